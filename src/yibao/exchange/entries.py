"""Finding entries of the books: of a message, and what stands in the place of a corrected one."""

from __future__ import annotations

from typing import Any

from sqlalchemy import Row, select

from yibao.database.unit import Unit
from yibao.errors import NotFoundError
from yibao.exchange.tables import exchange_settlement
from yibao.messages import message

CORRECTED = "corrected"
"""Stands in the place of the transaction of entries that an office's correction made.  Their
message is named for the entry that stands then."""


def find_entry(unit: Unit, person_id: str, entry_id: str) -> Row[Any] | None:
    """An entry of the book of a person."""
    return unit.run(
        select(exchange_settlement).where(
            exchange_settlement.c.person_id == person_id,
            exchange_settlement.c.entry_id == entry_id,
        )
    ).one_or_none()


def entry_of_message(unit: Unit, institution: str, message_id: str) -> Row[Any]:
    """The settlement that a message made, as it was; ``NotFoundError``."""
    row = unit.run(
        select(exchange_settlement).where(
            exchange_settlement.c.institution_id == institution,
            exchange_settlement.c.message_id == message_id,
            exchange_settlement.c.reverses.is_(None),
        )
    ).one_or_none()
    if row is None:
        raise NotFoundError(message("没有报文 {message_id} 的结算", message_id=message_id))
    return row


def reversal_of(unit: Unit, entry: Row[Any]) -> Row[Any] | None:
    """The entry that reversed a settlement."""
    return unit.run(
        select(exchange_settlement).where(
            exchange_settlement.c.person_id == entry.person_id,
            exchange_settlement.c.reverses == entry.entry_id,
        )
    ).one_or_none()


def current_entry(unit: Unit, entry: Row[Any]) -> Row[Any]:
    """What stands in the place of an entry that an office corrected; else the entry itself.

    An institution goes on to name the one that it was answered.
    """
    while True:
        reversal = reversal_of(unit, entry)
        if reversal is None or reversal.infno != CORRECTED:
            return entry
        corrected = find_entry(unit, entry.person_id, reversal.message_id)
        assert corrected is not None
        entry = corrected
