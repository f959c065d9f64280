"""Reads of a record go on from the chain as it was just read, or from where it is now."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

import pytest
from sqlalchemy import func, select

from yibao.access.chains import ChainEnd
from yibao.access.tables import event
from yibao.access.trail import read_record
from yibao.database.unit import Database
from yibao.errors import NotFoundError, YibaoError
from yibao.exchange.reading import known_person
from yibao.policy.compile import PolicyLibrary

from ..support.actors import CLERK, oneself
from ..support.store import Store

Together = Callable[[Sequence[Callable[[], Any]]], list[Any]]


@pytest.fixture
def store(database: Database, packs: PolicyLibrary, make_person: Callable[..., Any]) -> Store:
    """One person."""
    new_store = Store(database, packs)
    new_store.person(make_person("worker"))
    return new_store


def _reads(database: Database) -> int:
    count = select(func.count()).where(event.c.operation == "read_person")
    return int(database.read(lambda unit: unit.run(count).scalar_one()))


def _read(database: Database, end: ChainEnd | None, who: str = "worker") -> None:
    read_record(database, CLERK, "read_person", who, lambda _: None, end=end)


def test_a_read_goes_on_from_the_end_that_was_read(store: Store) -> None:
    end = known_person(store.database, "worker").end
    _read(store.database, end)
    assert known_person(store.database, "worker").end.sequence == end.sequence + 1
    store.check()
    _read(store.database, end)  # the end has moved since
    _read(store.database, ChainEnd(end.sequence + 2, "0" * 64))
    assert known_person(store.database, "worker").end.sequence == end.sequence + 3
    assert _reads(store.database) == 3
    store.check()


def test_of_many_at_once_each_is_on_the_chain(store: Store, together: Together) -> None:
    end = known_person(store.database, "worker").end
    processes = [store.another().database for _ in range(8)]
    together([lambda process=process: _read(process, end) for process in processes])
    assert _reads(store.database) == 8
    store.check()


def test_what_is_refused_leaves_nothing(store: Store) -> None:
    end = known_person(store.database, "worker").end
    with pytest.raises(YibaoError):
        read_record(
            store.database, oneself("child"), "read_person", "worker", lambda _: None, end=end
        )
    with pytest.raises(NotFoundError):
        _read(store.database, end, "nobody")
    assert _reads(store.database) == 0
    store.check()
