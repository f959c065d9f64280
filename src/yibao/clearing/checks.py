"""What must hold of clearing at any time, beyond what the chains vouch for."""

from __future__ import annotations

from collections.abc import Iterator

from sqlalchemy import select

from yibao.clearing.moves import BANK_POST
from yibao.clearing.states import ClearingState
from yibao.clearing.tables import clearing_application, clearing_move
from yibao.database.unit import Unit
from yibao.messages import Message, message

_SUMMED = (
    ClearingState.SUMMED_UP,
    ClearingState.SIGNED,
    ClearingState.AT_THE_BANK,
    ClearingState.PAID_OUT,
    ClearingState.CLEARED,
)


def clearing_faults(unit: Unit) -> Iterator[Message]:
    """Applications whose sum does not add up, and those where somebody acted in two posts."""
    for row in unit.run(select(clearing_application)):
        approved = row.fund - row.deducted + row.given_back + row.account + (row.returned or 0)
        spent = row.retained + row.advanced + row.carried_in + row.paid - row.carried
        if row.state in _SUMMED and approved != spent:
            yield message("清算申请 {id} 的汇总不平", id=row.application_id)
    posts: dict[tuple[str, str], set[str]] = {}
    query = select(clearing_move.c.application_id, clearing_move.c.actor, clearing_move.c.role)
    for row in unit.run(query.where(clearing_move.c.role != BANK_POST)):
        posts.setdefault((row.application_id, row.actor), set()).add(row.role)
    for (application_id, actor), roles in sorted(posts.items()):
        if len(roles) > 1:
            yield message("清算申请 {id} 里 {actor} 办了两个岗", id=application_id, actor=actor)
