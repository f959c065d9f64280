"""The monthly tables at the desk, and each for a spreadsheet."""

from __future__ import annotations

from starlette.responses import Response

from yibao.finance.carrying import area_to_read
from yibao.messages import message
from yibao.portal.desk.frame import DESK, DeskCall
from yibao.portal.desk.months import month_of_call, written_month
from yibao.statistics.reading import MonthlyTable, monthly_table, table_code
from yibao.statistics.shapes import TableCode
from yibao.statistics.words import TABLE_WORDS
from yibao.statistics.written import cell_text, table_csv

STATISTICS = f"{DESK}/statistics"


def _read(call: DeskCall) -> MonthlyTable:
    call.require_role("read_statistics")
    return monthly_table(
        call.database,
        area_to_read(call.database, call.actor, None),
        month_of_call(call),
        table_code(call.sent.get("table") or TableCode.T4),
        actor=call.actor,
        today=call.today,
    )


def show(call: DeskCall) -> Response:
    """One table of one month."""
    table = _read(call)
    values = {
        "table": table,
        "month": written_month(table.month),
        "tables": TABLE_WORDS,
        "lines": [
            (row, [(column, cell_text(row, column)) for column in table.columns])
            for row in table.rows
        ],
    }
    return call.show("statistics.html", message("统计表"), values)


def download(call: DeskCall) -> Response:
    """The same for a spreadsheet."""
    table = _read(call)
    name = f"{table.code}-{table.area}-{table.month}.csv"
    headers = {
        "Content-Disposition": f'attachment; filename="{name}"',
        "Cache-Control": "no-store",
    }
    return Response(table_csv(table), media_type="text/csv; charset=utf-8", headers=headers)
