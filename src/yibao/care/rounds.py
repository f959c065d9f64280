"""The rounds of a visit: settled, reversed, settled again; and messages withdrawn unseen."""

from __future__ import annotations

from typing import Any

from sqlalchemy import select
from sqlalchemy.exc import IntegrityError

from yibao.access.operations import Key
from yibao.access.tables import message
from yibao.care.tables import settlement
from yibao.database.unit import Unit
from yibao.errors import ConflictError, NotFoundError

WITHDRAWN = "withdrawn"
"""Content hash of the tombstone that refuses a message which never came."""


class RoundTakenError(ConflictError):
    """The visit has a settlement of this round already."""


def round_of(error: IntegrityError, visit_id: str) -> Exception:
    """What a refused insert of a settlement means."""
    said = str(error.orig)
    if "uq_settlement_round" in said or "settlement.round" in said:
        return RoundTakenError(f"就诊 {visit_id} 已经结算过，要改请先撤销")
    return error


def next_round(unit: Unit, person_id: str, visit_id: str) -> int | None:
    """The round in which a visit can be settled; None while a settlement of it stands."""
    rounds = (
        unit.run(
            select(settlement.c.round).where(
                settlement.c.person_id == person_id, settlement.c.visit_id == visit_id
            )
        )
        .scalars()
        .all()
    )
    last = max(rounds, default=0)
    return last + 1 if last == 0 or -last in rounds else None


def read_settlement(unit: Unit, person_id: str, visit_id: str) -> Any:
    """The row of a visit's latest settlement, reversed or not; ``NotFoundError``."""
    row = unit.run(
        select(settlement)
        .where(
            settlement.c.person_id == person_id,
            settlement.c.visit_id == visit_id,
            settlement.c.round > 0,
        )
        .order_by(settlement.c.round.desc())
        .limit(1)
    ).one_or_none()
    if row is None:
        raise NotFoundError(f"没有 {person_id} 的就诊 {visit_id} 的结算")
    return row


def is_withdrawn(unit: Unit, key: Key) -> bool:
    """Whether a message was withdrawn before it came."""
    found = unit.run(
        select(message.c.content_hash).where(
            message.c.sender == key.sender,
            message.c.operation == key.operation,
            message.c.message_id == key.message_id,
        )
    ).scalar_one_or_none()
    return found == WITHDRAWN
