"""Visits: the list, the items of one, its settlement with every step; used against ceilings."""

from __future__ import annotations

import datetime
from dataclasses import asdict, dataclass
from typing import Any

from sqlalchemy import select

from yibao.benefit.answers import VisitAnswer
from yibao.care.answers import settlement_answer
from yibao.care.memory import Memory
from yibao.care.stored import read_stored
from yibao.care.tables import institution, settlement
from yibao.database.unit import Unit
from yibao.errors import NotFoundError
from yibao.exchange.tables import exchange_settlement
from yibao.exchange.visits import RegisteredVisit, read_visit
from yibao.insured.people.merged import records_of
from yibao.messages import message
from yibao.record.paging import Asked, Page, read_rows

_MONEY = ("total", "fund", "own", "account", "mutual_aid", "cash")


@dataclass(frozen=True, slots=True)
class SettledVisit:
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
class ChargedLine:
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


@dataclass(frozen=True, slots=True)
class SettlementStatement:
    """结算明细: a settlement with everything that stands behind it."""

    settled: SettledVisit
    answer: VisitAnswer
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
    institution_id: str | None = None,
) -> Page[SettledVisit]:
    """A person's settlements and reversals, the newest first; of visits that end in the days.

    ``institution_id``: only those at one institution.
    """
    query = _lines(records_of(unit, person_id))
    if institution_id is not None:
        query = query.where(settlement.c.institution_id == institution_id)
    if since is not None:
        query = query.where(settlement.c.end >= since)
    if until is not None:
        query = query.where(settlement.c.end <= until)
    rows, after = read_rows(unit, query, (settlement.c.settlement_id,), asked)
    names = institution_names(unit, [row.institution_id for row in rows])
    return Page(tuple(_settled(row, names) for row in rows), after)


def statement(unit: Unit, person_id: str, settlement_id: str) -> SettlementStatement:
    """One settlement with its steps; ``NotFoundError``."""
    row = unit.run(
        select(settlement).where(
            settlement.c.person_id.in_(records_of(unit, person_id)),
            settlement.c.settlement_id == settlement_id,
        )
    ).one_or_none()
    if row is None:
        raise NotFoundError(message("没有结算 {settlement_id}", settlement_id=settlement_id))
    names = institution_names(unit, [row.institution_id])
    (stored,) = read_stored(unit, [row])
    return SettlementStatement(
        _settled(row, names),
        settlement_answer(unit, _RULEBOOKS, stored),
        stored.terms.area,
        stored.terms.scheme,
        tuple(asdict(item) for item in stored.visit.items),
    )


_RULEBOOKS = Memory()
"""Pinned rulebooks never change: whoever reads here shares those that were read."""


def items(unit: Unit, person_id: str, visit_id: str, asked: Asked) -> Page[ChargedLine]:
    """The charged lines of a visit as its institution sent them, the last one first.

    None where it was settled by its amounts alone.
    """
    settled = unit.run(
        select(
            exchange_settlement.c.person_id,
            exchange_settlement.c.visit_id,
            exchange_settlement.c.batch,
        )
        .where(
            exchange_settlement.c.person_id.in_(records_of(unit, person_id)),
            exchange_settlement.c.care_visit_id == visit_id,
        )
        .limit(1)
    ).one_or_none()
    if settled is None:
        return Page((), None)
    visit = read_visit(unit, settled.person_id, settled.visit_id)
    lines = [
        _item(number, visit, line)
        for number, line in enumerate(visit.lines, start=1)
        if visit.stay or line["batch"] == settled.batch
    ]
    first = len(visit.lines) + 1 if asked.after is None else int(asked.after[0])
    rest = [line for line in reversed(lines) if line.line < first]
    page = rest[: asked.most]
    return Page(tuple(page), (page[-1].line,) if len(rest) > asked.most else None)


def place_of_settlement(unit: Unit, person_id: str, settlement_id: str) -> str | None:
    """The institution of a settlement; None: there is none."""
    return _place(unit, person_id, settlement_id=settlement_id)


def place_of_visit(unit: Unit, person_id: str, visit_id: str) -> str | None:
    """The institution of a settled visit; None: there is none."""
    return _place(unit, person_id, visit_id=visit_id)


def place_where_settled(unit: Unit, person_id: str, institution_id: str) -> str | None:
    """The institution itself, if it ever settled for the person; else None."""
    return _place(unit, person_id, institution_id=institution_id)


def _place(unit: Unit, person_id: str, **named: str) -> str | None:
    mine = settlement.c.person_id.in_(records_of(unit, person_id))
    rows = select(settlement.c.institution_id).where(mine)
    for name, value in named.items():
        rows = rows.where(settlement.c[name] == value)
    place: str | None = unit.run(rows.limit(1)).scalar_one_or_none()
    return place


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


def _lines(records: list[str]) -> Any:
    """Settlements of a person's records without the documents that stand behind them."""
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
    ).where(settlement.c.person_id.in_(records))


def _settled(row: Any, names: dict[str, str]) -> SettledVisit:
    return SettledVisit(
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


def _item(number: int, visit: RegisteredVisit, line: dict[str, Any]) -> ChargedLine:
    whole, rest = divmod(abs(line["quantity"]), 10_000)
    quantity = f"{whole}.{rest:04}".rstrip("0").rstrip(".")
    charged = str(line.get("raw", {}).get("fee_ocur_time", ""))[:10]
    try:
        day = datetime.date.fromisoformat(charged)
    except ValueError:
        day = visit.opened_on
    return ChargedLine(
        number,
        day,
        line["code"],
        line["name"],
        line["class"],
        line["kind"],
        f"-{quantity}" if line["quantity"] < 0 else quantity,
        line["amount"],
        line["upfront"],
    )
