"""What somebody had used and held in another system, before this store began."""

from __future__ import annotations

import datetime
from collections.abc import Mapping
from dataclasses import dataclass

from yibao.access.permissions import Actor
from yibao.benefit.state import PersonState
from yibao.database.ties import short_hash
from yibao.database.unit import Unit
from yibao.insured.locks import HeldPerson, store_person
from yibao.insured.stored.profile import state_document
from yibao.ledger import operations as ledger


@dataclass(frozen=True, slots=True)
class CarriedOver:
    """Of one person."""

    state: PersonState | None = None
    """All accumulators; None: they stay as they are."""
    balance: int = 0
    """Of the personal account, fen, not negative."""
    day: datetime.date = datetime.date.min
    """Up to which the balance counts."""


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
        store_person(unit, locked, actor, "import_account", content)
