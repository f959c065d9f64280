"""The book follows what an office corrects: a reversal and a new settlement, two entries.

Nobody sent them: both stand under :data:`~yibao.exchange.entries.CORRECTED` and the number of
the new settlement, and what the institution is told when it asks is kept as every answer is.
"""

from __future__ import annotations

import datetime
from collections.abc import Callable
from typing import Any

from sqlalchemy import Row, select

from yibao.access.operations import digest, record_message
from yibao.care.reversal import interim_of
from yibao.care.rows import next_identifier
from yibao.care.stored import StoredSettlement
from yibao.database.unit import Unit
from yibao.exchange.amounts import Money, money_of
from yibao.exchange.book import Booking, balance_of, enter
from yibao.exchange.entries import CORRECTED, find_entry
from yibao.exchange.sent import Sent
from yibao.exchange.tables import exchange_settlement
from yibao.exchange.visits import RegisteredVisit, read_visit, store_visit

RenderCorrection = Callable[[Row[Any], str, Money, str, Money, datetime.datetime], tuple[str, str]]
"""The texts of the reversal and of what stands now, from the entry that was corrected and the
ids and amounts of both new ones."""


def book_correction(
    unit: Unit,
    mirror: StoredSettlement,
    correction: StoredSettlement,
    render: RenderCorrection,
    now: datetime.datetime,
) -> None:
    """Book a correction, its reversal first; nothing where no institution was answered.

    ``mirror`` is the reversal; the balances are moved.
    """
    standing = _standing(unit, mirror["person_id"], mirror["visit_id"])
    if standing is None:
        return
    registered, entry = standing
    balance = balance_of(unit, entry.person_id)
    undone, rest = money_of(mirror, balance), money_of(correction, balance)
    interim = interim_of(unit, correction)
    if interim is not None:  # the book has what was added to it
        before = money_of(interim, 0)
        undone, rest = undone.plus(before), rest.plus(before, -1)
    at = max(now, entry.at)
    reversal_id, rest_id = next_identifier(), str(correction["settlement_id"])
    reversal, output = render(entry, reversal_id, undone, rest_id, rest, at)
    store_visit(unit, registered, _corrected_document(registered, entry, rest_id))
    booking = Booking(entry.batch, entry.scheme, entry.clear_type, entry.area, at)
    sent = Sent(entry.institution_id, CORRECTED, rest_id, digest([entry.entry_id, rest_id]))
    care_visit = entry.care_visit_id
    for entry_id, reverses, money, text in (
        (reversal_id, entry.entry_id, undone, reversal),
        (rest_id, None, rest, output),
    ):
        enter(
            unit, sent, registered, care_visit, booking, entry_id, reverses, entry.day, money, text
        )
    record_message(unit, sent.key, sent.content_hash, entry.person_id, {"output": output})


def _standing(
    unit: Unit, person_id: str, care_visit: str
) -> tuple[RegisteredVisit, Row[Any]] | None:
    """The visit of a settlement, locked, and the entry that stands of it; None: no such."""
    entries = exchange_settlement.c
    named = unit.run(
        select(entries.visit_id, entries.batch)
        .where(entries.person_id == person_id, entries.care_visit_id == care_visit)
        .limit(1)
    ).one_or_none()
    if named is None:
        return None
    registered = read_visit(unit, person_id, named.visit_id, lock=True)
    settlement = registered.settled.get(named.batch)
    if settlement is None:
        return None
    entry = find_entry(unit, person_id, settlement["entry"])
    assert entry is not None
    return registered, entry


def _corrected_document(
    registered: RegisteredVisit, entry: Row[Any], rest_id: str
) -> dict[str, Any]:
    settled = registered.settled
    lines = [
        {**line, "settled": rest_id} if line.get("settled") == entry.entry_id else line
        for line in registered.lines
    ]
    return {
        **registered.document,
        "settled": {**settled, entry.batch: {**settled[entry.batch], "entry": rest_id}},
        "lines": lines,
    }
