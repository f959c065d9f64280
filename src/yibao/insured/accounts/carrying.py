"""What somebody had used and held in another system, before this store began."""

from __future__ import annotations

import datetime
from collections.abc import Iterable, Mapping
from dataclasses import dataclass

from yibao.access.operations import Answer, stored_messages
from yibao.access.permissions import Actor
from yibao.benefit.state import PersonState
from yibao.database.ties import short_hash
from yibao.database.unit import Unit
from yibao.insured.locks import HeldPerson, store_person
from yibao.insured.stored.profile import state_document
from yibao.ledger import operations as ledger

IMPORT, IMPORT_ACCOUNT = "import", "import_account"
"""Sender and operation of the messages that say what was carried in, one a person."""


@dataclass(frozen=True, slots=True)
class CarriedOver:
    """Of one person."""

    state: PersonState | None = None
    """All accumulators; None: they stay as they are."""
    balance: int = 0
    """Of the personal account, fen, not negative."""
    day: datetime.date = datetime.date.min
    """Up to which the balance counts."""


def carried_answer(over: CarriedOver) -> Answer:
    """What the message of a person's import says, from which ``carried_through`` reads."""
    through = None if over.day == datetime.date.min else over.day.isoformat()
    return {"balance": over.balance, "through": through}


def carried_through(unit: Unit, people: Iterable[str]) -> dict[str, int]:
    """The month up to which each person's balance from elsewhere holds the credits (202610).

    A month is credited as of its first day: a balance of a day holds the month of that day.
    """
    messages = stored_messages(unit, IMPORT, IMPORT_ACCOUNT, people)
    days = {name: stored.answer.get("through") for name, stored in messages.items()}
    return {name: int(day[:4]) * 100 + int(day[5:7]) for name, day in days.items() if day}


def carry_in(
    unit: Unit,
    people: Mapping[str, HeldPerson],
    carried: Mapping[str, CarriedOver],
    *,
    actor: Actor,
    origin: Mapping[str, str],
) -> None:
    """Set the accumulators of people without a settlement, and post what they held.

    Person and account rows are locked.  A balance is posted against the opening account; the
    event of each person vouches for the accumulators until the first settlement does.
    """
    ledger.add_opening(
        unit,
        {name: over.balance for name, over in carried.items() if over.balance},
        {name: over.day for name, over in carried.items()},
    )
    for person_id, over in carried.items():
        locked = people[person_id]
        if over.state is not None:
            locked.state = over.state
            marks = unit.notes.of(person_id).rows.setdefault("person", {})
            marks["state"] = short_hash(state_document(over.state))
        content = {"balance": over.balance, **origin}
        store_person(unit, locked, actor, IMPORT_ACCOUNT, content)
