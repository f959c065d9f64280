"""What the books have of a channel, for whoever compares it with the channel's own file."""

from __future__ import annotations

import datetime
from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any

from sqlalchemy import select

from yibao.database.unit import Unit
from yibao.insured.tables import channel_payment

_TOGETHER = 500


@dataclass(frozen=True, slots=True)
class ReceivedPayment:
    """Money that a channel took, by its own number; below 0: that went back."""

    reference: str
    amount: int
    """Fen."""
    day: datetime.date


def received_of_day(unit: Unit, channel: str, day: datetime.date) -> list[ReceivedPayment]:
    """A read fragment: people's payments of a channel and day, nothing of theirs but the money."""
    query = select(channel_payment).where(
        channel_payment.c.channel == channel, channel_payment.c.paid_on == day
    )
    return [_received(row) for row in unit.run(query)]


def _received(row: Any) -> ReceivedPayment:
    """The whole of it: what was due, and what came beyond."""
    return ReceivedPayment(row.payment_id, row.amount + (row.rest or 0), row.paid_on)


def received_with(unit: Unit, channel: str, references: Iterable[str]) -> list[ReceivedPayment]:
    """A read fragment: those with these numbers, of whatever day."""
    wanted = sorted(set(references))
    rows: list[ReceivedPayment] = []
    for start in range(0, len(wanted), _TOGETHER):
        query = select(channel_payment).where(
            channel_payment.c.channel == channel,
            channel_payment.c.payment_id.in_(wanted[start : start + _TOGETHER]),
        )
        rows += [_received(row) for row in unit.run(query)]
    return rows


def payers_of(unit: Unit, channel: str, reference: str) -> list[tuple[str, str]]:
    """A read fragment: (person, order) of whatever came with a number."""
    query = select(channel_payment.c.person_id, channel_payment.c.order_id).where(
        channel_payment.c.channel == channel, channel_payment.c.payment_id == reference
    )
    return [(row.person_id, row.order_id) for row in unit.run(query)]


def days_received(unit: Unit, first: datetime.date, last: datetime.date) -> set[Any]:
    """A read fragment: (channel, day) on which people paid through a channel."""
    query = select(channel_payment.c.channel, channel_payment.c.paid_on).where(
        channel_payment.c.paid_on >= first, channel_payment.c.paid_on <= last
    )
    return {tuple(row) for row in unit.run(query.distinct())}
