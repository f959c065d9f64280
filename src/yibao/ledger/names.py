"""Names of accounts beside their numbers, written when an account is first posted to.

Entries hold the number alone.  It is made from the name, so that nothing has to be read or
given out before an entry is written, and two processes give the same account the same one.
"""

from __future__ import annotations

from collections.abc import Iterable
from functools import cache
from weakref import WeakKeyDictionary

from sqlalchemy import Engine, select

from yibao.database.statements import Insertion, Query, adding
from yibao.database.transaction import when_committed
from yibao.database.unit import Unit
from yibao.ledger.chart import kind_of, personal
from yibao.ledger.tables import account_name

_MOST = 50_000
_TOGETHER = 100
_WRITTEN: WeakKeyDictionary[Engine, set[str]] = WeakKeyDictionary()
"""Names that are known to be committed, by database."""


def _written(unit: Unit) -> set[str]:
    names = _WRITTEN.setdefault(unit.connection.engine, set())
    if len(names) > _MOST:
        names.clear()
    return names


def name_accounts(unit: Unit, names: Iterable[str]) -> None:
    """Write the names of accounts that are not known to have one."""
    written = _written(unit)
    unknown = set(names) - written
    if unknown:
        write_names(unit, unknown)
        when_committed(unit, lambda: written.update(unknown))


def write_names(unit: Unit, names: Iterable[str]) -> None:
    """Write names that are not there, in their order, so that two writers do not cross."""
    rows = [
        {"number": name, "kind": kind_of(name).name, "name": name} for name in sorted(set(names))
    ]
    new: set[str] = set()
    for start in range(0, len(rows), _TOGETHER):
        some = rows[start : start + _TOGETHER]
        statement = _adding(len(some), postgresql=unit.is_postgresql)
        # At once, and nothing that waits before it: entries do not wait for their names.
        new.update(row.name for row in unit.at_once(statement, Insertion.values(some)))
    there_before = [row["name"] for row in rows if row["name"] not in new]
    if there_before:
        same_number = select(account_name.c.name).where(account_name.c.number.in_(there_before))
        if set(unit.run(same_number).scalars()) != set(there_before):
            raise AssertionError(f"two accounts have one number: {there_before}")


@cache
def _adding(count: int, *, postgresql: bool) -> Query:
    """The statement that writes so many names, those that are there left out."""
    return adding(account_name, count, postgresql=postgresql, giving="name")


def are_named(unit: Unit, owners: Iterable[str]) -> None:
    """Say that personal accounts have a row: their name was written with it."""
    _written(unit).update(map(personal, owners))
