"""Visits: the list, the items of one, its settlement with every step; used against ceilings."""

from __future__ import annotations

import datetime
from dataclasses import dataclass
from typing import Any

from sqlalchemy import select

from yibao.care.records import settlement_answer
from yibao.care.tables import fee_item, institution, settlement
from yibao.database.unit import Unit
from yibao.errors import NotFoundError
from yibao.record.paging import Asked, Page, read_page, read_rows

_MONEY = ("total", "fund", "own", "account", "mutual_aid", "cash")


@dataclass(frozen=True, slots=True)
class Settled:
    """One line of 就医记录: a settlement or a reversal, amounts in fen."""

    settlement: str
    visit: str
    institution: str
    institution_name: str
    kind: str
    start: datetime.date
    end: datetime.date
    reverses: str | None
    """The settlement that this one takes back; then no amount is positive."""
    total: int
    fund: int
    own: int
    account: int
    mutual_aid: int
    cash: int


@dataclass(frozen=True, slots=True)
class Item:
    """One line of 费用清单."""

    line: int
    day: datetime.date
    code: str
    name: str
    item_class: str
    kind: str
    quantity: str
    """With up to four decimals."""
    amount: int
    """Fen."""
    upfront: int | None
    """Basis points."""
    cancels: int | None
    """The line that this one takes back."""


@dataclass(frozen=True, slots=True)
class Statement:
    """结算明细: a settlement with everything that stands behind it."""

    settled: Settled
    answer: dict[str, Any]
    """The amounts and steps in the shape of a scenario's answer, fen."""
    area: str
    scheme: str
    charged: tuple[dict[str, Any], ...]
    """What was charged as the settlement took it, fen and basis points."""


def settlements(
    unit: Unit,
    person_id: str,
    asked: Asked,
    *,
    since: datetime.date | None = None,
    until: datetime.date | None = None,
) -> Page[Settled]:
    """A person's settlements and reversals, the newest first; of visits that end in the days."""
    query = _lines(person_id)
    if since is not None:
        query = query.where(settlement.c.end >= since)
    if until is not None:
        query = query.where(settlement.c.end <= until)
    rows, after = read_rows(unit, query, (settlement.c.sequence,), asked)
    names = institution_names(unit, [row.institution_id for row in rows])
    return Page(tuple(_settled(row, names) for row in rows), after)


def statement(unit: Unit, person_id: str, settlement_id: str) -> Statement:
    """One settlement with its steps; ``NotFoundError``."""
    row = unit.run(
        select(settlement).where(
            settlement.c.person_id == person_id, settlement.c.settlement_id == settlement_id
        )
    ).one_or_none()
    if row is None:
        raise NotFoundError(f"没有结算 {settlement_id}")
    names = institution_names(unit, [row.institution_id])
    told = row.explanation
    return Statement(
        _settled(row, names),
        settlement_answer(row),
        told["area"],
        told["scheme"],
        tuple(row.visit["items"]),
    )


def items(unit: Unit, person_id: str, visit_id: str, asked: Asked) -> Page[Item]:
    """The charged lines of a visit, the last one first."""
    query = select(fee_item).where(
        fee_item.c.person_id == person_id, fee_item.c.visit_id == visit_id
    )
    return read_page(unit, query, (fee_item.c.line,), asked, _item)


def institution_names(unit: Unit, ids: list[str]) -> dict[str, str]:
    """The latest name of each institution of a page."""
    wanted = sorted(set(ids))
    if not wanted:
        return {}
    rows = unit.run(
        select(institution.c.institution_id, institution.c.name)
        .where(institution.c.institution_id.in_(wanted))
        .order_by(institution.c.institution_id, institution.c.revision)
    )
    return {row.institution_id: row.name for row in rows}


def _lines(person_id: str) -> Any:
    """Settlements without the documents that stand behind them."""
    return select(
        settlement.c.settlement_id,
        settlement.c.sequence,
        settlement.c.visit_id,
        settlement.c.institution_id,
        settlement.c.kind,
        settlement.c.start,
        settlement.c.end,
        settlement.c.reversal_of,
        *(settlement.c[name] for name in _MONEY),
    ).where(settlement.c.person_id == person_id)


def _settled(row: Any, names: dict[str, str]) -> Settled:
    return Settled(
        row.settlement_id,
        row.visit_id,
        row.institution_id,
        names.get(row.institution_id, row.institution_id),
        row.kind,
        row.start,
        row.end,
        row.reversal_of,
        *(getattr(row, name) for name in _MONEY),
    )


def _item(row: Any) -> Item:
    whole, rest = divmod(row.quantity, 10_000)
    quantity = f"{whole}.{rest:04}".rstrip("0").rstrip(".")
    return Item(
        row.line,
        row.day,
        row.code,
        row.name,
        row.item_class,
        row.kind,
        quantity,
        row.amount,
        row.upfront,
        row.cancels,
    )
