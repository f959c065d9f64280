"""Replacing the key of a store while it is open, and going on where it was killed.

The new key is *announced* in the store, sealed under the old one, and the old one under it:
every process can open what either wrote.  Once all have read that, the new one is *current*
and the old one *leaving*: rows are written anew, some at a time, until none is left under it,
and it is *retired*.  Nothing of it stays in the store but its fingerprint.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from typing import Any

from sqlalchemy import (
    Column,
    ColumnElement,
    LargeBinary,
    Select,
    Table,
    bindparam,
    func,
    insert,
    literal,
    literal_column,
    or_,
    select,
    text,
    tuple_,
    type_coerce,
    update,
)

from yibao.database import keyring
from yibao.database.activity import others
from yibao.database.errors import StoreKeyError
from yibao.database.schema import APPEND_ONLY, guard_statements, whole_schema
from yibao.database.sealed import Sealed
from yibao.database.secrets import StoreKey
from yibao.database.tables import secret_key
from yibao.database.unit import Database, Unit
from yibao.errors import ConflictError, InputError
from yibao.messages import message

_PAGE = 500
_MARGIN = 3
"""How often over ``KNOWN_FOR`` is waited for whoever goes by the keys of before."""
_LONGEST_WAIT = 60.0
"""Seconds that transactions of before are waited for."""
_REKEYING = "SET LOCAL yibao.rekeying = 'on'"
"""Lets PostgreSQL's guard of append-only tables write the ciphers of one transaction anew."""

Rehash = Callable[[Database, str], int]
"""Writes anew, with their events, the rows that are found by a hash; how many people it were.
Given what the ciphers of the leaving key begin with."""
Told = Callable[[str, int], None]
"""Is told of every table with the number of its rows that were written anew."""


def rotate(
    database: Database, new: StoreKey, rehash: Rehash, told: Told, keep: Callable[[], None]
) -> None:
    """Replace the key of a store, or go on with it; the caller sees to being alone.

    ``keep``: puts the new key where the store finds it, while both open it.

    ``InputError`` for a key that was the store's before, ``ConflictError`` where another new
    one was announced.
    """
    if database.write_alone(lambda unit: _announce(unit, database, new)):
        _wait_for_everybody(database)
        database.write_alone(lambda unit: _switch(unit, new))
    database.read_keys()
    _wait_for_everybody(database)
    keep()
    leaving = _leaving(database)
    while rows := _write_anew(database, leaving, rehash, told):
        del rows
    database.write_alone(lambda unit: _retire(unit, leaving))
    database.read_keys()


# --- the keys ------------------------------------------------------------------------------------


def _locked_keys(unit: Unit) -> Sequence[Any]:
    keyring.hold_keys(unit.connection, shared=False)
    rows = unit.run(select(secret_key).order_by(secret_key.c.number)).all()
    if not rows:
        raise StoreKeyError(message("这个库还没有记下密钥，请先运行 yibao db upgrade"))
    return rows


def _announce(unit: Unit, database: Database, new: StoreKey) -> bool:
    """Whether the new key is not written with yet."""
    rows = _locked_keys(unit)
    by_status = {row.status: row for row in rows}
    current, announced = by_status["current"], by_status.get("announced")
    if current.fingerprint == new.fingerprint:
        if "leaving" not in by_status:
            raise InputError(message("新密钥就是这个库现在的密钥，没有改动"))
        return False
    pending = announced or by_status.get("leaving")
    if pending is not None and (announced is None or announced.fingerprint != new.fingerprint):
        target = announced or current
        raise ConflictError(
            message(
                "正在换成指纹 {fingerprint} 的密钥，请用那一把接着换完",
                fingerprint=target.fingerprint[: keyring.SHOWN],
            )
        )
    if announced is not None:
        return True
    if any(row.fingerprint == new.fingerprint for row in rows):
        raise InputError(message("新密钥从前用过、已经换下，请另生成一把"))
    ring = database.secrets.ring
    old = ring.keys[current.number]
    unit.run(
        insert(secret_key),
        {
            "number": current.number + 1,
            "fingerprint": new.fingerprint,
            "status": "announced",
            "under_previous": old.seal(new.raw, keyring.UNDER_PREVIOUS),
            "lasting": new.seal(ring.lasting, keyring.LASTING),
        },
    )
    _change(unit, current.number, under_next=new.seal(old.raw, keyring.UNDER_NEXT))
    return True


def _switch(unit: Unit, new: StoreKey) -> None:
    for row in _locked_keys(unit):
        if row.status == "current":
            _change(unit, row.number, status="leaving")
        elif row.fingerprint == new.fingerprint:
            _change(unit, row.number, status="current")


def _retire(unit: Unit, leaving: int) -> None:
    _locked_keys(unit)
    _change(unit, leaving, status="retired", under_next=None, lasting=None)
    _change(unit, leaving + 1, under_previous=None)


def _change(unit: Unit, number: int, **values: Any) -> None:
    unit.run(update(secret_key).where(secret_key.c.number == number).values(**values))


def _leaving(database: Database) -> int:
    with database.unit() as unit:
        rows = keyring.stored_keys(unit.connection)
    return int(next(row.number for row in rows if row.status == "leaving"))


# --- who goes by the keys of before --------------------------------------------------------------


def _wait_for_everybody(database: Database) -> None:
    """Until every process has read the keys as they are, and ended what it began before."""
    time.sleep(keyring.KNOWN_FOR * _MARGIN)
    if not database.is_postgresql:
        with database.unit():  # the one writer of before has ended
            return
    now = text("SELECT clock_timestamp()")
    begun = database.read(lambda unit: unit.run(now).scalar_one())

    def older(unit: Unit) -> int:
        sessions = f"{others(unit)} AND backend_type = 'client backend' AND xact_start < :begun"
        return int(unit.run(text(f"SELECT count(*) {sessions}"), {"begun": begun}).scalar_one())

    deadline = time.monotonic() + _LONGEST_WAIT
    while database.read(older):
        if time.monotonic() > deadline:
            raise ConflictError(
                message("有事务开始了很久还没有结束，密钥先不换；请再运行一次，从断处接着")
            )
        time.sleep(0.05)


# --- rows ----------------------------------------------------------------------------------------


def _write_anew(database: Database, leaving: int, rehash: Rehash, told: Told) -> int:
    """One pass over all rows; how many were under the leaving key."""
    begins = f"{leaving}:"
    total = rehash(database, begins)
    told("person", total)
    for table, columns in _encrypted_tables():
        rows = sum(_pages_of(database, table, columns, leaving))
        told(table.name, rows)
        total += rows
    return total


def _encrypted_tables() -> Iterator[tuple[Table, list[Column[Any]]]]:
    """Tables with the columns that are written anew where they stand."""
    owners = {(name, column): owner for name, column, owner in keyring.ENCRYPTED}
    for table in whole_schema().sorted_tables:
        columns = [
            column
            for column in table.columns
            if isinstance(column.type, Sealed)
            or ((table.name, column.name) in owners and table.name not in keyring.FOUND_BY_HASH)
        ]
        if columns:
            yield table, columns


def _pages_of(
    database: Database, table: Table, columns: Sequence[Column[Any]], leaving: int
) -> Iterator[int]:
    """Write the rows of a table anew, some in a transaction; how many in each."""
    last: Any = None
    while True:
        count, last = database.write_alone(
            lambda unit, after=last: _page(  # type: ignore[misc]
                unit, database, table, columns, leaving, after
            )
        )
        if count == 0:
            return
        yield count


def _page(
    unit: Unit,
    database: Database,
    table: Table,
    columns: Sequence[Column[Any]],
    leaving: int,
    after: Any,
) -> tuple[int, Any]:
    """Some rows after a key, and the last of their keys."""
    keys = list(table.primary_key.columns)
    rows = unit.connection.execute(_under(unit, table, columns, leaving, after)).all()
    if not rows:
        return 0, after
    written = [
        {
            **{f"this_{key.name}": row._mapping[key.name] for key in keys},
            **{
                f"new_{column.name}": _anew(database, column, row._mapping, leaving)
                for column in columns
            },
        }
        for row in rows
    ]
    statement = (
        update(table)
        .where(*(key == bindparam(f"this_{key.name}", type_=key.type) for key in keys))
        .values(
            {
                column.name: bindparam(f"new_{column.name}", type_=_stored_type(column))
                for column in columns
            }
        )
    )
    with _guard_aside(unit, table):
        # Past the unit: what a chain vouches for is what the ciphers say, and that is the same.
        unit.connection.execute(statement, written)
    return len(rows), [rows[-1]._mapping[key.name] for key in keys]


def _under(
    unit: Unit, table: Table, columns: Sequence[Column[Any]], leaving: int, after: Any
) -> Select[Any]:
    keys = list(table.primary_key.columns)
    owners = {table.c[owner] for name, _, owner in keyring.ENCRYPTED if name == table.name} - set(
        keys
    )
    stored = [type_coerce(column, _stored_type(column)).label(column.name) for column in columns]
    query = select(*keys, *owners, *stored).where(or_(*(_is_under(c, leaving) for c in columns)))
    if after is not None:
        place = [literal(part, key.type) for part, key in zip(after, keys, strict=True)]
        query = query.where(tuple_(*keys) > tuple_(*place))
    query = query.order_by(*keys).limit(_PAGE)
    # What somebody else has locked now is under the current key when the next pass comes.
    return query.with_for_update(skip_locked=True) if unit.is_postgresql else query


def _stored_type(column: Column[Any]) -> Any:
    return LargeBinary() if isinstance(column.type, Sealed) else column.type


def _is_under(column: Column[Any], number: int) -> ColumnElement[bool]:
    if isinstance(column.type, Sealed):
        # A number that is bound is of too long a type for PostgreSQL's substr.
        first_place: ColumnElement[int] = literal_column("1")
        stored = type_coerce(column, LargeBinary)
        first = func.substr(stored, first_place, first_place, type_=LargeBinary)
        return first == literal(bytes([number]), LargeBinary)
    return column.like(f"{number}:%")


def _anew(database: Database, column: Column[Any], row: Any, leaving: int) -> Any:
    """A stored value under the current key; one that is not under the leaving one as it is."""
    stored, secrets = row[column.name], database.secrets
    if stored is None:
        return None
    if isinstance(column.type, Sealed):
        if bytes(stored)[0] != leaving:
            return stored
        return secrets.seal(secrets.unseal(bytes(stored), column.type.purpose), column.type.purpose)
    if not stored.startswith(f"{leaving}:"):
        return stored
    owner = next(
        row[owner]
        for name, cipher, owner in keyring.ENCRYPTED
        if (name, cipher) == (column.table.name, column.name)
    )
    return secrets.encrypt(secrets.decrypt(stored, owner), owner)


@contextmanager
def _guard_aside(unit: Unit, table: Table) -> Iterator[None]:
    """The guard of an append-only table stands aside for one write of this transaction."""
    if APPEND_ONLY not in table.info:
        yield
    elif unit.is_postgresql:
        unit.connection.exec_driver_sql(_REKEYING)
        yield
    else:
        for action in ("update", "delete"):
            unit.connection.exec_driver_sql(f"DROP TRIGGER append_only_{table.name}_{action}")
        yield
        for statement in guard_statements(table.name, "sqlite"):
            unit.connection.exec_driver_sql(statement)
