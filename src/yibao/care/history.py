"""A person's settlements in order, and settling them again as if one had not been made."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from sqlalchemy import ColumnElement, select

from yibao.benefit.facts import Visit
from yibao.benefit.settling import Settled
from yibao.benefit.state import PersonState
from yibao.care.inputs import KnownInput, UsedRulebooks
from yibao.care.memory import Memory
from yibao.care.rows import ORIGIN
from yibao.care.stored import StoredSettlement, read_stored
from yibao.care.tables import settlement
from yibao.database.unit import Unit
from yibao.errors import RefusedError
from yibao.insured.people.merged import TakenOver, taken_over
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


def read_row(unit: Unit, person_id: str, settlement_id: str) -> StoredSettlement:
    """One settlement or reversal, which is there."""
    (row,) = read_rows(
        unit, settlement.c.person_id == person_id, settlement.c.settlement_id == settlement_id
    )
    return row


def standing_of_visit(unit: Unit, person_id: str, visit_id: str) -> StoredSettlement:
    """What stands of a visit that was settled."""
    rows = read_rows(unit, settlement.c.person_id == person_id, settlement.c.visit_id == visit_id)
    return standing(rows)[-1]


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
    return sum_of(unit, memory, base_state(rows), in_order(unit, rows))


Lived = StoredSettlement | TakenOver
"""What adds to a person's accumulators: a settlement, or another record that was merged."""


def place_of(row: Lived) -> int:
    """Where it stands in the person's own order."""
    return row.sequence if isinstance(row, TakenOver) else int(row["position"])


def in_order(unit: Unit, rows: Sequence[StoredSettlement]) -> list[Lived]:
    """What stands of a person's rows, and between them what was taken over since the first."""
    first = min(int(row["sequence"]) for row in rows)
    merged = taken_over(unit, str(rows[0]["person_id"]))
    added = [other for other in merged if other.sequence > first]
    if not added:
        return list(standing(rows))
    return sorted([*standing(rows), *added], key=place_of)


def sum_of(unit: Unit, memory: Memory, state: PersonState, rows: Sequence[Lived]) -> PersonState:
    """A state and what each of ``rows`` used, as it was settled."""
    added = state.copy()
    for row in rows:
        if isinstance(row, TakenOver):
            row.apply(added)
        else:
            again(unit, memory, row, row.state).adjudication.apply(added)
    return added


# --- a late claim --------------------------------------------------------------------------------


IN_ORDER_OF_SETTLING = message("按结算先后使用累计；若按就诊日期先后，基金支付与个人负担如上")


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
    for other in in_order(unit, rows):
        if isinstance(other, TakenOver):
            other.apply(state)
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


@dataclass(slots=True)
class Change:
    """A later settlement that another fen would come of."""

    row: StoredSettlement
    settled: Settled
    state_in: PersonState
    balances: Mapping[str, int]


@dataclass(slots=True)
class Otherwise:
    """The life without one settlement."""

    state: PersonState
    """The sums over what stands then."""
    changes: list[Change] = field(default_factory=list)
    """What stands after it and would come out otherwise, in order, each as if those before
    it had been settled anew."""


def without(
    unit: Unit,
    memory: Memory,
    undone: StoredSettlement,
    instead: StoredSettlement | None = None,
) -> Otherwise:
    """Settle again what the person settled after ``undone``; the caller holds the locks.

    Accounts do not depend on order: what was drawn on them is not looked at.
    ``instead``: what takes its place.
    """
    state, later = around(unit, memory, undone)
    if instead is not None:
        state = sum_of(unit, memory, state, [instead])
    changes = relived(unit, memory, state, later)
    return Otherwise(sum_of(unit, memory, state, later), changes)


def around(unit: Unit, memory: Memory, undone: StoredSettlement) -> tuple[PersonState, list[Lived]]:
    """What a person had used before a standing settlement, and what adds to it after, in order."""
    own = read_rows(
        unit,
        settlement.c.person_id == undone["person_id"],
        settlement.c.sequence >= undone["sequence"],
    )
    known = {row["settlement_id"] for row in own}
    rewritten = any(
        row["reversal_of"] is not None and row["reversal_of"] not in known for row in own
    )
    if rewritten or undone["position"] != undone["sequence"]:
        own = read_rows(unit, settlement.c.person_id == undone["person_id"])
        earlier = [row for row in in_order(unit, own) if place_of(row) < undone["position"]]
        state = sum_of(unit, memory, base_state(own), earlier)
    else:
        state = undone.state.copy()
    return state, [row for row in in_order(unit, own) if place_of(row) > undone["position"]]


def settled_on(unit: Unit, memory: Memory, row: StoredSettlement, state: PersonState) -> Settled:
    """A row settled again on a state; as it stands where the rules refuse it there."""
    try:
        return again(unit, memory, row, state)
    except RefusedError:
        return again(unit, memory, row, row.state)


def relived(unit: Unit, memory: Memory, state: PersonState, rows: Sequence[Lived]) -> list[Change]:
    """What of ``rows``, settled again in order from a state, comes out otherwise."""
    lived = state.copy()
    changes = []
    for row in rows:
        if isinstance(row, TakenOver):
            row.apply(lived)
            continue
        before = lived.copy()
        settled = settled_on(unit, memory, row, lived)
        if settled.adjudication.settlement != row.amounts:
            changes.append(Change(row, settled, before, row.known.balances))
        settled.adjudication.apply(lived)
    return changes
