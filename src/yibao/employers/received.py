"""Employers' money by channel, for whoever compares it with the channel's own file."""

from __future__ import annotations

import datetime
from collections.abc import Iterable
from typing import Any

from sqlalchemy import select

from yibao.database.unit import Unit
from yibao.employers.tables import employer_money
from yibao.insured.payments.received import ReceivedPayment

_TOGETHER = 500


def received_of_day(unit: Unit, channel: str, day: datetime.date) -> list[ReceivedPayment]:
    """A read fragment: what came for employers through a channel on a day, or went back."""
    query = select(employer_money).where(
        employer_money.c.channel == channel, employer_money.c.paid_on == day
    )
    return [ReceivedPayment(row.reference, row.amount, row.paid_on) for row in unit.run(query)]


def received_with(unit: Unit, channel: str, references: Iterable[str]) -> list[ReceivedPayment]:
    """A read fragment: those with these numbers, of whatever day."""
    wanted = sorted(set(references))
    rows: list[ReceivedPayment] = []
    for start in range(0, len(wanted), _TOGETHER):
        query = select(employer_money).where(
            employer_money.c.channel == channel,
            employer_money.c.reference.in_(wanted[start : start + _TOGETHER]),
        )
        rows += [ReceivedPayment(row.reference, row.amount, row.paid_on) for row in unit.run(query)]
    return rows


def payers_of(unit: Unit, channel: str, reference: str) -> list[str]:
    """A read fragment: the employer whose money came with a number; none: nobody's did."""
    query = select(employer_money.c.employer_id).where(
        employer_money.c.channel == channel,
        employer_money.c.reference == reference,
        employer_money.c.amount > 0,
    )
    return list(unit.run(query).scalars())


def days_received(unit: Unit, first: datetime.date, last: datetime.date) -> set[Any]:
    """A read fragment: (channel, day) on which money came for employers or went back."""
    query = select(employer_money.c.channel, employer_money.c.paid_on).where(
        employer_money.c.paid_on >= first, employer_money.c.paid_on <= last
    )
    return {tuple(row) for row in unit.run(query.distinct())}
