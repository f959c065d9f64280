"""Part of a settlement is given back: a reversal and the rest, two entries of the book."""

from __future__ import annotations

import datetime
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any

from sqlalchemy import Row

from yibao.benefit.facts import Item
from yibao.care.partial import PartialRefund
from yibao.database.identifiers import new_identifier
from yibao.database.unit import Unit
from yibao.exchange.amounts import Money, money_of
from yibao.exchange.book import Book, Booking, balance_of, enter
from yibao.exchange.sent import Sent, output_of
from yibao.exchange.visits import Document, RegisteredVisit, store_visit

RenderPart = Callable[[str, Money, str, Money, int], tuple[str, str]]
"""The texts of the reversal and of the answer, from the ids and amounts of both entries."""


@dataclass(frozen=True, slots=True)
class Rest:
    """What is left of a settled batch."""

    items: Sequence[Item]
    """As they are settled anew."""
    lines: list[Document]
    """All lines of the visit then."""


def refund_part(
    book: Book,
    sent: Sent,
    entry: Row[Any],
    registered: RegisteredVisit,
    left: Rest,
    render: RenderPart,
    at: datetime.datetime,
) -> str:
    """Give back part of a settlement: a reversal and the rest, two entries of the book.

    ``registered`` is the visit as it was read.
    """
    person_id = entry.person_id

    def booked(unit: Unit, part: PartialRefund) -> str:
        balance = balance_of(unit, person_id)
        undone, rest = money_of(part.reversal, balance), money_of(part.rest, balance)
        reversal_id, rest_id = new_identifier(), str(part.rest["settlement_id"])
        reversal, output = render(reversal_id, undone, rest_id, rest, part.proposals)
        lines = [
            {**line, "settled": rest_id} if line.get("settled") == entry.entry_id else line
            for line in left.lines
        ]
        settled = dict(registered.settled)
        settled[entry.batch] = {**settled[entry.batch], "entry": rest_id}
        store_visit(unit, registered, {**registered.document, "settled": settled, "lines": lines})
        booking = Booking(entry.batch, entry.scheme, entry.clear_type, entry.area, at)
        for entry_id, reverses, money, text in (
            (reversal_id, entry.entry_id, undone, reversal),
            (rest_id, None, rest, output),
        ):
            enter(
                unit,
                sent,
                registered,
                entry.care_visit_id,
                booking,
                entry_id,
                reverses,
                entry.day,
                money,
                text,
            )
        return output

    answer = book.partial.refund(
        sent.inner("reverse"),
        person_id,
        entry.care_visit_id,
        left.items,
        actor=sent.actor,
        then=sent.then(booked),
    )
    return output_of(answer)
