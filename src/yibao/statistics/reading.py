"""A table of a month, as whoever may read it gets it."""

from __future__ import annotations

import datetime
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

from yibao.access.permissions import Actor, require
from yibao.database.unit import Database, Unit
from yibao.errors import InputError
from yibao.finance.months import month_days
from yibao.messages import Listed, Text, message, text_of
from yibao.statistics import care, cases, insured
from yibao.statistics.hiding import least_people, shown_rows
from yibao.statistics.shapes import ShownRow, StatColumn, StatTable, TableCode
from yibao.statistics.words import TABLE_WORDS

_Count = Callable[[Unit, str, datetime.date, datetime.date, datetime.date], StatTable]


def _of_month(
    count: Callable[[Unit, str, datetime.date, datetime.date], StatTable],
) -> _Count:
    return lambda unit, area, first, last, today: count(unit, area, first, last)


_COUNTS: Mapping[TableCode, _Count] = {
    TableCode.T1: _of_month(insured.insured_table),
    TableCode.T2: _of_month(insured.contributions_table),
    TableCode.T4: _of_month(care.benefits_table),
    TableCode.T5: _of_month(care.stays_table),
    TableCode.T6: _of_month(care.elsewhere_table),
    TableCode.T7: cases.clearing_table,
    TableCode.T8: _of_month(cases.supervision_table),
    TableCode.T9: cases.claims_table,
}


@dataclass(frozen=True, slots=True)
class MonthlyTable:
    """A table as it may be read."""

    code: TableCode
    area: str
    month: int
    columns: tuple[StatColumn, ...]
    rows: tuple[ShownRow, ...]
    least: int
    """Fewer people than this are not shown."""

    @property
    def title(self) -> Text:
        return TABLE_WORDS[self.code]

    @property
    def hides(self) -> bool:
        """Whether anything is left out."""
        return any(row.hidden for row in self.rows)


def table_code(text: str) -> TableCode:
    """``InputError`` for what is none of the tables."""
    try:
        return TableCode(text.strip().upper())
    except ValueError:
        raise InputError(
            message("没有 {table} 这张表；有：{tables}", table=text, tables=Listed(TableCode)),
            place="table",
        ) from None


def monthly_table(
    database: Database,
    area: str,
    month: int,
    code: TableCode,
    *,
    actor: Actor,
    today: datetime.date,
) -> MonthlyTable:
    """One table of one area and month, small numbers of people left out.

    ``today``: by which what is overdue is told.
    """
    require(actor, "read_statistics", area=area)
    first, last = month_days(month)
    least = least_people()
    counted = database.read(
        lambda unit: _COUNTS[code](unit, area, first, last, today), consistent=True
    )
    rows = tuple(shown_rows(counted, least))
    return MonthlyTable(code, area, month, counted.columns, rows, least)


def table_json(table: MonthlyTable) -> dict[str, Any]:
    """As programs read it: a number that is hidden is null, and named under ``hidden``."""
    return {
        "table": table.code,
        "title": str(table.title),
        "area": table.area,
        "month": table.month,
        "least_people": table.least,
        "columns": [
            {"name": column.name, "title": str(column.label), "measure": column.measure}
            for column in table.columns
        ],
        "rows": [
            {
                "title": text_of(row.label),
                "depth": row.depth,
                "values": [{"name": name, "value": value} for name, value in row.values.items()],
                "hidden": [column.name for column in table.columns if column.name in row.hidden],
            }
            for row in table.rows
        ],
    }
