"""A person's settlements in order, and settling them again as if one had not been made."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

from sqlalchemy import ColumnElement, or_, select

from yibao.benefit.settling import Settled
from yibao.benefit.state import PersonState
from yibao.care.inputs import KnownInput
from yibao.care.kept import Kept
from yibao.care.records import Row, taken_by, visit_of
from yibao.care.tables import settlement
from yibao.database.unit import Unit
from yibao.insured.profile import state_of


def read_rows(unit: Unit, *conditions: ColumnElement[bool]) -> list[Row]:
    """Settlements and reversals, in the order in which they were made."""
    rows = unit.run(
        select(settlement)
        .where(*conditions)
        .order_by(settlement.c.origin, settlement.c.person_id, settlement.c.sequence)
    )
    return [row._asdict() for row in rows]


def standing(rows: Sequence[Row]) -> list[Row]:
    """Those that were not reversed, each person's in the person's own order."""
    gone = {row["reversal_of"] for row in rows if row["reversal_of"] is not None}
    kept = [row for row in rows if row["round"] > 0 and row["settlement_id"] not in gone]
    return sorted(kept, key=lambda row: (row["person_id"], row["position"]))


def again(
    unit: Unit,
    kept: Kept,
    row: Row,
    state: PersonState,
    balances: Mapping[str, int] | None = None,
) -> Settled:
    """Settle a stored visit from its stored input on a state and balances."""
    known = KnownInput.of(row["known"], row["person_id"])
    return known.settle(kept.library_of(unit, row), visit_of(row["visit"]), state, balances)


def same_fen(row: Row, settled: Settled) -> bool:
    """Whether settling again gives the amounts that the row holds."""
    paid = settled.payment.draw
    return list(settled.adjudication.settlement) == row["amounts"] and (
        paid.account,
        paid.mutual_aid,
        paid.cash,
    ) == (row["account"], row["mutual_aid"], row["cash"])


def base_state(rows: Sequence[Row]) -> PersonState:
    """What a person had used before the first settlement; ``rows`` are all of the person's."""
    first = min(rows, key=lambda row: int(row["sequence"]))
    return state_of(first["state_in"])


def state_after(unit: Unit, kept: Kept, rows: Sequence[Row]) -> PersonState:
    """Accumulators from a person's rows alone; ``rows`` are all of them, at least one."""
    state = base_state(rows)
    for row in standing(rows):
        again(unit, kept, row, state).adjudication.apply(state)
    return state


@dataclass(slots=True)
class Change:
    """A later settlement that another fen would come of."""

    row: Row
    settled: Settled
    state_in: PersonState
    balances: dict[str, int]


@dataclass(slots=True)
class Otherwise:
    """The life without one settlement: what would change, and the accumulators then."""

    state: PersonState
    changes: list[Change] = field(default_factory=list)
    people: set[str] = field(default_factory=set)
    """Whose settlements would change."""
    owners: set[str] = field(default_factory=set)
    """Whose accounts would hold something else."""


def without(unit: Unit, kept: Kept, undone: Row) -> Otherwise:
    """Settle again what came after ``undone``; the caller holds the locks.

    On the accounts that it drew on, what came after finds the money that it took.
    """
    owners = {name for name, taken in taken_by(undone).items() if taken}
    while True:
        found = _without(unit, kept, undone, owners)
        if found.owners <= owners:
            return found
        owners |= found.owners


def _without(unit: Unit, kept: Kept, undone: Row, owners: set[str]) -> Otherwise:
    person_id = undone["person_id"]
    own = read_rows(
        unit,
        settlement.c.person_id == person_id,
        settlement.c.sequence >= undone["sequence"],
    )
    known = {row["settlement_id"] for row in own}
    rewritten = any(
        row["reversal_of"] is not None and row["reversal_of"] not in known for row in own
    )
    if rewritten or undone["position"] != undone["sequence"]:
        own = read_rows(unit, settlement.c.person_id == person_id)
        state = base_state(own)
        for row in standing(own):
            if row["position"] < undone["position"]:
                again(unit, kept, row, state).adjudication.apply(state)
    else:
        state = state_of(undone["state_in"])
    mine = [row for row in standing(own) if row["position"] > undone["position"]]
    others = _later_draws(unit, undone, owners, person_id)
    return _relive(unit, kept, undone, [*mine, *others], state)


def _relive(
    unit: Unit, kept: Kept, undone: Row, later: Sequence[Row], state: PersonState
) -> Otherwise:
    person_id = undone["person_id"]
    returned = dict(taken_by(undone))
    result = Otherwise(state, owners={name for name, taken in returned.items() if taken})
    for row in sorted(later, key=lambda row: (row["origin"], row["position"])):
        own_state = state if row["person_id"] == person_id else state_of(row["state_in"])
        balances = {
            name: max(balance + returned.get(name, 0), 0)
            for name, balance in row["known"]["balances"].items()
        }
        before = own_state.copy()
        settled = again(unit, kept, row, own_state, balances)
        if not same_fen(row, settled):
            result.changes.append(Change(row, settled, before, balances))
            result.people.add(row["person_id"])
            for name, taken in taken_by(row).items():
                returned[name] = returned.get(name, 0) + taken
            _take(returned, row["person_id"], settled)
            result.owners |= {name for name, amount in returned.items() if amount}
        settled.adjudication.apply(own_state)
    return result


def _take(returned: dict[str, int], person_id: str, settled: Settled) -> None:
    paid = settled.payment
    returned[person_id] = returned.get(person_id, 0) - paid.draw.account
    if paid.grantor is not None:
        returned[paid.grantor] = returned.get(paid.grantor, 0) - paid.draw.mutual_aid


def _later_draws(unit: Unit, undone: Row, owners: set[str], person_id: str) -> list[Row]:
    """Other people's standing settlements after ``undone`` that drew on these accounts."""
    if not owners:
        return []
    rows = read_rows(
        unit,
        settlement.c.origin > undone["origin"],
        settlement.c.person_id != person_id,
        or_(settlement.c.person_id.in_(owners), settlement.c.grantor_id.in_(owners)),
    )
    return [row for row in standing(rows) if row["known"]["balances"]]
