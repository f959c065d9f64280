"""A late claim: its own year's accumulators as they stand, and what date order would give."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from yibao.care.history import again, base_state, read_rows, standing
from yibao.care.inputs import UsedRulebooks
from yibao.care.kept import Kept
from yibao.care.records import Row
from yibao.care.tables import settlement
from yibao.database.unit import Unit
from yibao.policy.compile import PolicyLibrary

if TYPE_CHECKING:
    from yibao.care.settling import Adjudicated


def date_order(
    unit: Unit, kept: Kept, library: PolicyLibrary, made: Adjudicated, row: Row
) -> dict[str, Any] | None:
    """What the visit would be paid after exactly those that ended before it, in date order.

    None where every later visit was reversed.  Shown, not used.
    """
    rows = read_rows(
        unit,
        settlement.c.person_id == row["person_id"],
        settlement.c.settlement_id != row["settlement_id"],
    )
    held = standing(rows)
    later = [one for one in held if one["end"] > row["end"]]
    if not later:
        return None
    state = base_state(rows)
    earlier = [one for one in held if one["end"] <= row["end"]]
    for one in sorted(earlier, key=lambda one: (one["end"], one["position"])):
        again(unit, kept, one, state).adjudication.apply(state)
    visit = made.settled.visit
    done = made.known.settle(UsedRulebooks(library), visit, state).adjudication.settlement
    return {
        "fund": done.fund,
        "own": done.own,
        "settled_before": [one["visit_id"] for one in later],
        "note": "按结算先后使用累计；若按就诊日期先后，基金支付与个人负担如上",
    }
