"""What rooms above may read of settlements beside their own rows."""

from __future__ import annotations

import datetime
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, fields

from sqlalchemy import Subquery, exists, select

from yibao.care.history import read_rows, standing
from yibao.care.stored import StoredSettlement
from yibao.care.tables import institution, settlement
from yibao.database.unit import Unit
from yibao.insured.fragments import deaths_after

_TOGETHER = 500


def settled_people(unit: Unit, people: Iterable[str]) -> set[str]:
    """Those of some people who have a settlement here, whether it stands or not."""
    query = select(settlement.c.person_id).where(settlement.c.person_id.in_(set(people)))
    return set(unit.run(query.distinct()).scalars())


def settled_money(
    unit: Unit, people: Iterable[str]
) -> dict[tuple[str, str], tuple[int, int, int, int]]:
    """(person, settlement) → total, fund, from accounts (mutual aid included), cash; in fen.

    Of one that contains an interim settlement, what it adds to that.
    """
    columns = settlement.c
    rows = unit.run(
        select(
            columns.person_id,
            columns.settlement_id,
            columns.goes_on,
            columns.total,
            columns.fund,
            columns.account,
            columns.mutual_aid,
            columns.cash,
        ).where(columns.person_id.in_(list(people)))
    ).all()
    money = {
        (row.person_id, row.settlement_id): (
            row.total,
            row.fund,
            row.account + row.mutual_aid,
            row.cash,
        )
        for row in rows
    }
    return {
        (row.person_id, row.settlement_id): (
            amounts
            if (before := money.get((row.person_id, row.goes_on))) is None
            else _more(amounts, before)
        )
        for row, amounts in zip(rows, money.values(), strict=True)
    }


def standing_money(
    unit: Unit, people: Iterable[str]
) -> dict[tuple[str, str], tuple[int, int, int, int]]:
    """(person, visit) → total, fund, from accounts, cash in fen of the settlement that stands."""
    columns = settlement.c
    reversal = settlement.alias("reversal")
    is_reversed = exists().where(
        reversal.c.person_id == columns.person_id,
        reversal.c.reversal_of == columns.settlement_id,
    )
    rows = unit.run(
        select(
            columns.person_id,
            columns.visit_id,
            columns.total,
            columns.fund,
            (columns.account + columns.mutual_aid).label("accounts"),
            columns.cash,
        ).where(columns.person_id.in_(list(people)), columns.round > 0, ~is_reversed)
    )
    return {
        (row.person_id, row.visit_id): (row.total, row.fund, row.accounts, row.cash) for row in rows
    }


def settled_after_death(unit: Unit) -> Iterator[tuple[str, str, datetime.date, datetime.date]]:
    """Settlements that stand of care after somebody's death: person, visit, end, day of death.

    A lead for whoever looks into it; it takes nothing back.
    """
    after = ""
    while known := deaths_after(unit, after, _TOGETHER):
        after = known[-1][0]
        died = dict(known)
        reversal = settlement.alias("reversal")
        is_reversed = exists().where(
            reversal.c.person_id == settlement.c.person_id,
            reversal.c.reversal_of == settlement.c.settlement_id,
        )
        columns = settlement.c
        rows = unit.run(
            select(columns.person_id, columns.visit_id, columns.end)
            .where(columns.person_id.in_(list(died)), columns.round > 0, ~is_reversed)
            .order_by(columns.person_id, columns.end)
        )
        for row in rows:
            if row.end > died[row.person_id]:
                yield row.person_id, row.visit_id, row.end, died[row.person_id]


def institution_areas(unit: Unit, ids: Iterable[str]) -> dict[str, str]:
    """Where institutions are, by id, as last recorded."""
    columns = institution.c
    query = (
        select(columns.institution_id, columns.area)
        .where(columns.institution_id.in_(set(ids)))
        .order_by(columns.revision)
    )
    return {row.institution_id: row.area for row in unit.run(query)}


def settlement_kinds() -> Subquery:
    """Rows of ``person_id``, ``transfer_id`` (under which a settlement is in the ledger) and
    ``label``: what kind of visit it settled."""
    columns = settlement.c
    return select(
        columns.person_id,
        columns.settlement_id.label("transfer_id"),
        columns.kind.label("label"),
    ).subquery("settlement_kinds")


@dataclass(frozen=True, slots=True)
class SettledCare:
    """A settlement that stands, for who looks for the same care twice."""

    visit_id: str
    institution_id: str
    kind: str
    start: datetime.date
    end: datetime.date
    total: int
    """Fen."""


def standing_visits(
    unit: Unit, person_id: str, first: datetime.date, last: datetime.date
) -> list[SettledCare]:
    """A person's settlements that stand and touch a period, both days included."""
    columns = settlement.c
    reversal = settlement.alias("reversal")
    is_reversed = exists().where(
        reversal.c.person_id == columns.person_id,
        reversal.c.reversal_of == columns.settlement_id,
    )
    names = [field.name for field in fields(SettledCare)]
    query = select(*(columns[name] for name in names)).where(
        columns.person_id == person_id,
        columns.round > 0,
        columns.start <= last,
        columns.end >= first,
        ~is_reversed,
    )
    return [SettledCare(**row._mapping) for row in unit.run(query.order_by(columns.start))]


_Money = tuple[int, int, int, int]


def _more(amounts: _Money, before: _Money) -> _Money:
    total, fund, account, cash = (
        amount - earlier for amount, earlier in zip(amounts, before, strict=True)
    )
    return total, fund, account, cash


def people_settled_in(
    unit: Unit, first: datetime.date, last: datetime.date, after: str, most: int
) -> list[str]:
    """The next people by id with a settlement whose care ended in a period."""
    person_id = settlement.c.person_id
    query = select(person_id).where(settlement.c.end.between(first, last)).distinct()
    if after:
        query = query.where(person_id > after)
    return list(unit.run(query.order_by(person_id).limit(most)).scalars())


def areas_of_institutions(unit: Unit) -> list[str]:
    """A read fragment: the areas in which an institution was ever registered."""
    areas = select(institution.c.area).distinct().order_by(institution.c.area)
    return list(unit.run(areas).scalars())


def standing_care(
    unit: Unit, people: Iterable[str], first: datetime.date, last: datetime.date
) -> list[StoredSettlement]:
    """Settlements of some people that stand and touch a period, with their whole input."""
    columns = settlement.c
    touching = (columns.start <= last, columns.end >= first)
    return standing(read_rows(unit, columns.person_id.in_(list(people)), *touching))
