"""Proposals: standing settlements that would come out otherwise since an earlier reversal.

Written under the person's lock.  A proposal is open until it has a decision.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from sqlalchemy import ColumnElement, and_, insert, select

from yibao.access.permissions import Actor
from yibao.benefit.terms import Settlement
from yibao.care.history import Change
from yibao.care.stored import StoredSettlement
from yibao.care.tables import proposal, proposal_decision
from yibao.database.identifiers import new_identifier
from yibao.database.unit import Unit

TAKEN, DROPPED, SUPERSEDED = "taken", "dropped", "superseded"
LAYERS = ("pooled", "upper", "assistance", "other_fund")


def amounts_of(amounts: Settlement) -> dict[str, int]:
    """What funds and the person pay, fen."""
    return {name: getattr(amounts, name) for name in ("fund", *LAYERS, "own")}


def propose(unit: Unit, mirror: StoredSettlement, changes: Sequence[Change], actor: Actor) -> None:
    """Write what a reversal changes; what is open or was dropped with the same amounts stays."""
    rows = read_open(
        unit,
        proposal.c.person_id == mirror["person_id"],
        proposal.c.position > mirror["position"],
    )
    repropose(unit, mirror["person_id"], changes, rows, str(mirror["settlement_id"]), actor)


def refresh(unit: Unit, rows: Sequence[Any], changes: Sequence[Change], actor: Actor) -> None:
    """Supersede open proposals whose settlement would not come to their amounts."""
    amounts = {
        change.row["settlement_id"]: (
            change.settled.adjudication.settlement.fund,
            change.settled.adjudication.settlement.own,
        )
        for change in changes
    }
    for row in rows:
        if amounts.get(row.settlement_id) != (row.fund, row.own):
            decide(unit, row, SUPERSEDED, actor)


def _write(unit: Unit, change: Change, reversal_id: str) -> None:
    after = change.settled.adjudication.settlement
    unit.run(
        insert(proposal),
        {
            "person_id": change.row["person_id"],
            "proposal_id": new_identifier(),
            "settlement_id": change.row["settlement_id"],
            "visit_id": change.row["visit_id"],
            "position": change.row["position"],
            "reversal_id": reversal_id,
            "fund": after.fund,
            "own": after.own,
            "document": {"before": amounts_of(change.row.amounts), "after": amounts_of(after)},
        },
    )


def repropose(
    unit: Unit,
    person_id: str,
    changes: Sequence[Change],
    rows: Sequence[Any],
    reversal_id: str,
    actor: Actor,
) -> None:
    """The open proposals ``rows`` become those for ``changes``, new ones because of a reversal."""
    refresh(unit, rows, changes, actor)
    cause = {row.settlement_id: row.reversal_id for row in rows}
    known = {
        (row.settlement_id, row.fund, row.own)
        for row in read_proposals(unit, proposal.c.person_id == person_id)
        if row.decision in (None, DROPPED)
    }
    for change in changes:
        after = change.settled.adjudication.settlement
        settlement_id = change.row["settlement_id"]
        if (settlement_id, after.fund, after.own) not in known:
            _write(unit, change, cause.get(settlement_id, reversal_id))


def decide(
    unit: Unit,
    row: Any,
    decision: str,
    actor: Actor,
    *,
    reason: str = "",
    settlement_id: str | None = None,
) -> None:
    """Close an open proposal."""
    unit.run(
        insert(proposal_decision),
        {
            "person_id": row.person_id,
            "proposal_id": row.proposal_id,
            "decision": decision,
            "reason": reason,
            "settlement_id": settlement_id,
            "actor": actor.id,
        },
    )


def close(unit: Unit, person_id: str, settlement_id: str, actor: Actor) -> None:
    """Supersede what is open on a settlement that stands no longer."""
    for row in read_open(
        unit, proposal.c.person_id == person_id, proposal.c.settlement_id == settlement_id
    ):
        decide(unit, row, SUPERSEDED, actor)


def dropped(unit: Unit, person_id: str) -> set[str]:
    """Settlements of a person of which somebody has said that they stay as they are."""
    rows = read_proposals(
        unit, proposal.c.person_id == person_id, proposal_decision.c.decision == DROPPED
    )
    return {row.settlement_id for row in rows}


def read_proposals(unit: Unit, *conditions: ColumnElement[bool]) -> list[Any]:
    """Proposals with their ``decision`` (None: open), each person's in order."""
    rows = unit.run(
        select(proposal, proposal_decision.c.decision)
        .select_from(
            proposal.outerjoin(
                proposal_decision,
                and_(
                    proposal_decision.c.person_id == proposal.c.person_id,
                    proposal_decision.c.proposal_id == proposal.c.proposal_id,
                ),
            )
        )
        .where(*conditions)
        .order_by(proposal.c.person_id, proposal.c.position, proposal.c.proposal_id)
    )
    return list(rows.all())


def read_open(unit: Unit, *conditions: ColumnElement[bool]) -> list[Any]:
    """Those without a decision."""
    return read_proposals(unit, *conditions, proposal_decision.c.decision.is_(None))
