"""What processes that were killed had been answered, compared with what the store holds."""

from __future__ import annotations

import datetime
import time
from collections.abc import Sequence
from typing import Any, Protocol

from sqlalchemy import text

from yibao.access.operations import Key
from yibao.benefit.facts import Enrolment, Institution, Person

from ..support.actors import WARD
from ..support.store import Store
from .settler import GRANTEES, visit_of


class Acknowledging(Protocol):
    """A process that settled until it was killed."""

    name: str
    acknowledged: list[tuple[str, dict[str, Any]]]
    """Messages with their answers, numbered from 0."""

    def message(self, number: int) -> str: ...


def register_settled(store: Store, area: str) -> None:
    """The people and the hospital of the settling processes, in a store without them."""
    store.institution(Institution("h1", area, "hospital", 1))
    start, birth = datetime.date(2020, 1, 1), datetime.date(1980, 3, 15)
    working = Enrolment("employee", "working", start, None, area, "employer")
    store.person(
        Person("worker", "female", birth, area, (), (working,), None, None), balance=20_000_000
    )
    resident = Enrolment("resident", None, start, None, area, "employer")
    for name in GRANTEES:
        store.person(Person(name, "female", birth, area, (), (resident,), None, None))
        store.grant("worker", name)


_BUSY = text(
    "select count(*) from pg_stat_activity where datname = current_database()"
    " and pid <> pg_backend_pid() and state <> 'idle'"
)


def _wait_for_the_server(store: Store) -> None:
    """What the dead had sent is done or given up: PostgreSQL ends it after its client is gone."""
    if not store.database.is_postgresql:
        return
    until = time.monotonic() + 60
    while store.database.read(lambda unit: unit.run(_BUSY).scalar_one()):
        assert time.monotonic() < until, "a server process of a dead client goes on for ever"
        time.sleep(0.02)


def check_acknowledged(store: Store, children: Sequence[Acknowledging]) -> int:
    """What was answered is there; a repeat gets the same answer; the rest is whole or absent.

    How many are whole without having been answered comes back.
    """
    _wait_for_the_server(store)
    before = store.fingerprint()
    for child in children:
        for number, (message, answer) in enumerate(child.acknowledged):
            assert message == child.message(number)
            key = Key(child.name, "settle", message)
            assert store.settlements.settle(key, visit_of(message), actor=WARD) == answer
    assert store.fingerprint() == before
    acknowledged = sum(len(child.acknowledged) for child in children)
    settled = len(store.rows())
    assert acknowledged <= settled <= acknowledged + len(children)
    # The message on the way when the process died: whole or absent, and once either way.
    for child in children:
        following = child.message(len(child.acknowledged))
        store.settlements.settle(
            Key(child.name, "settle", following), visit_of(following), actor=WARD
        )
    assert len(store.rows()) == acknowledged + len(children)
    store.check()
    return settled - acknowledged
