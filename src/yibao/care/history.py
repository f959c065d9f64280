"""A person's settlements in order, and settling them again as if one had not been made."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from sqlalchemy import ColumnElement, or_, select

from yibao.benefit.facts import Visit
from yibao.benefit.settling import Settled
from yibao.benefit.state import PersonState
from yibao.care.inputs import KnownInput, UsedRulebooks
from yibao.care.memory import Memory
from yibao.care.rows import ORIGIN, taken_by
from yibao.care.stored import StoredSettlement, read_stored
from yibao.care.tables import settlement
from yibao.database.unit import Unit
from yibao.messages import message
from yibao.policy.compile import PolicyLibrary


def read_rows(unit: Unit, *conditions: ColumnElement[bool]) -> list[StoredSettlement]:
    """Settlements and reversals, in the order in which they were made."""
    rows = unit.run(
        select(settlement)
        .where(*conditions)
        .order_by(ORIGIN, settlement.c.person_id, settlement.c.sequence)
    )
    return read_stored(unit, rows.all())


def standing(rows: Sequence[StoredSettlement]) -> list[StoredSettlement]:
    """Those that were not reversed, each person's in the person's own order."""
    gone = {row["reversal_of"] for row in rows if row["reversal_of"] is not None}
    left = [row for row in rows if row["round"] > 0 and row["settlement_id"] not in gone]
    return sorted(left, key=lambda row: (row["person_id"], row["position"]))


def again(
    unit: Unit,
    memory: Memory,
    row: StoredSettlement,
    state: PersonState,
    balances: Mapping[str, int] | None = None,
) -> Settled:
    """Settle a stored visit from its stored input on a state and balances."""
    return row.known.settle(memory.library_of(unit, row.terms), row.visit, state, balances)


def same_fen(row: StoredSettlement, settled: Settled) -> bool:
    """Whether settling again gives the amounts that the row holds."""
    paid = settled.payment.draw
    return settled.adjudication.settlement == row.amounts and (
        paid.account,
        paid.mutual_aid,
        paid.cash,
    ) == (row["account"], row["mutual_aid"], row["cash"])


def base_state(rows: Sequence[StoredSettlement]) -> PersonState:
    """What a person had used before the first settlement; ``rows`` are all of the person's."""
    return min(rows, key=lambda row: int(row["sequence"])).state.copy()


def state_after(unit: Unit, memory: Memory, rows: Sequence[StoredSettlement]) -> PersonState:
    """Accumulators from a person's rows alone; ``rows`` are all of them, at least one."""
    state = base_state(rows)
    for row in standing(rows):
        again(unit, memory, row, state).adjudication.apply(state)
    return state


# --- a late claim --------------------------------------------------------------------------------


def date_order(
    unit: Unit,
    memory: Memory,
    library: PolicyLibrary,
    known: KnownInput,
    visit: Visit,
    settlement_id: str,
) -> dict[str, Any] | None:
    """What the visit would be paid after exactly those that ended before it, in date order.

    None where every later visit was reversed.  Shown, not used: a late claim uses its own
    year's accumulators as they stand.
    """
    rows = read_rows(
        unit,
        settlement.c.person_id == visit.person,
        settlement.c.settlement_id != settlement_id,
    )
    others = standing(rows)
    later = [row for row in others if row["end"] > visit.end]
    if not later:
        return None
    state = base_state(rows)
    earlier = [row for row in others if row["end"] <= visit.end]
    for row in sorted(earlier, key=lambda row: (row["end"], row["position"])):
        again(unit, memory, row, state).adjudication.apply(state)
    amounts = known.settle(UsedRulebooks(library), visit, state).adjudication.settlement
    return {
        "fund": amounts.fund,
        "own": amounts.own,
        "settled_before": [row["visit_id"] for row in later],
        "note": str(IN_ORDER_OF_SETTLING),
    }


# --- life without one settlement -----------------------------------------------------------------


IN_ORDER_OF_SETTLING = message("按结算先后使用累计；若按就诊日期先后，基金支付与个人负担如上")


@dataclass(slots=True)
class Change:
    """A later settlement that another fen would come of."""

    row: StoredSettlement
    settled: Settled
    state_in: PersonState
    balances: dict[str, int]


IN_ORDER_OF_SETTLING = message("按结算先后使用累计；若按就诊日期先后，基金支付与个人负担如上")


@dataclass(slots=True)
class Otherwise:
    """The life without one settlement: what would change, and the accumulators then."""

    state: PersonState
    changes: list[Change] = field(default_factory=list)
    people: set[str] = field(default_factory=set)
    """Whose settlements would change."""
    owners: set[str] = field(default_factory=set)
    """Whose accounts would hold something else."""


def without(unit: Unit, memory: Memory, undone: StoredSettlement) -> Otherwise:
    """Settle again what came after ``undone``; the caller holds the locks.

    On the accounts that it drew on, what came after finds the money that it took.
    """
    owners = {name for name, taken in taken_by(undone).items() if taken}
    while True:
        otherwise = _without(unit, memory, undone, owners)
        if otherwise.owners <= owners:
            return otherwise
        owners |= otherwise.owners


def _without(unit: Unit, memory: Memory, undone: StoredSettlement, owners: set[str]) -> Otherwise:
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
                again(unit, memory, row, state).adjudication.apply(state)
    else:
        state = undone.state.copy()
    mine = [row for row in standing(own) if row["position"] > undone["position"]]
    others = _later_draws(unit, undone, owners, person_id)
    return _relive(unit, memory, undone, [*mine, *others], state)


def _relive(
    unit: Unit,
    memory: Memory,
    undone: StoredSettlement,
    later: Sequence[StoredSettlement],
    state: PersonState,
) -> Otherwise:
    person_id = undone["person_id"]
    returned = dict(taken_by(undone))
    result = Otherwise(state, owners={name for name, taken in returned.items() if taken})
    for row in sorted(later, key=lambda row: (row.origin, row["position"])):
        own_state = state if row["person_id"] == person_id else row.state.copy()
        balances = {
            name: max(balance + returned.get(name, 0), 0)
            for name, balance in row.known.balances.items()
        }
        before = own_state.copy()
        settled = again(unit, memory, row, own_state, balances)
        if not same_fen(row, settled):
            result.changes.append(Change(row, settled, before, balances))
            result.people.add(row["person_id"])
            for name, taken in taken_by(row).items():
                returned[name] = returned.get(name, 0) + taken
            take(returned, row["person_id"], settled)
            result.owners |= {name for name, amount in returned.items() if amount}
        settled.adjudication.apply(own_state)
    return result


def take(returned: dict[str, int], person_id: str, settled: Settled) -> None:
    """Subtract what a settlement takes from what others gave back to the same accounts."""
    paid = settled.payment
    returned[person_id] = returned.get(person_id, 0) - paid.draw.account
    if paid.grantor is not None:
        returned[paid.grantor] = returned.get(paid.grantor, 0) - paid.draw.mutual_aid


def _later_draws(
    unit: Unit, undone: StoredSettlement, owners: set[str], person_id: str
) -> list[StoredSettlement]:
    """Other people's standing settlements after ``undone`` that drew on these accounts."""
    if not owners:
        return []
    rows = read_rows(
        unit,
        undone.origin < ORIGIN,
        settlement.c.person_id != person_id,
        or_(settlement.c.person_id.in_(owners), settlement.c.grantor_id.in_(owners)),
    )
    return [row for row in standing(rows) if row.known.balances]
