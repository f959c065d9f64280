"""What an office corrects goes into the institution's book in the words of the interface."""

from __future__ import annotations

import datetime
from typing import Any

from yibao.care.readjudication import Corrected
from yibao.care.stored import StoredSettlement
from yibao.database.unit import Database, Unit
from yibao.exchange import control
from yibao.exchange.amounts import Money
from yibao.exchange.corrections import book_correction
from yibao.gateway.answers import encode_output
from yibao.gateway.settings import Clock
from yibao.gateway.settled import restated_output, reversal_output
from yibao.gateway.values import instant


def booked_corrections(database: Database) -> Corrected:
    """For whoever corrects settlements of this store: each goes into the book that it stands in."""
    clock = told_clock(database)

    def corrected(unit: Unit, mirror: StoredSettlement, correction: StoredSettlement) -> None:
        book_correction(unit, mirror, correction, _rendered, clock.now())

    return corrected


def told_clock(database: Database) -> Clock:
    """The platform's clock: where a sandbox was told a time, that."""
    clock = Clock()
    order = control.controls(database).get(control.CLOCK)
    if order is not None:
        clock.set(instant(order["at"], "clock"))
    return clock


def _rendered(
    entry: Any,
    reversal_id: str,
    undone: Money,
    rest_id: str,
    rest: Money,
    at: datetime.datetime,
) -> tuple[str, str]:
    reversal = reversal_output(entry, reversal_id, None, undone, at, proposals=0)
    restated = restated_output(entry, rest_id, None, rest, at)
    return encode_output(reversal).decode(), encode_output(restated).decode()
