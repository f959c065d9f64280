"""Which key a store was encrypted with: asked before anything is read or written with a key.

A store remembers the fingerprint of its key.  With another key or with none it is not opened:
rows under two keys, or one person registered under two, could not be told apart later.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from typing import Any

from sqlalchemy import Connection, insert, inspect, select, text
from sqlalchemy.engine import URL

from yibao.database.errors import DatabaseError, StoreKeyError
from yibao.database.secrets import (
    FILE_VARIABLE,
    KEY_VARIABLE,
    KeyRing,
    Secrets,
    StoreKey,
    given_key,
    key_file,
    secrets_for,
)
from yibao.database.tables import secret_key
from yibao.messages import message

LASTING = "secret_key.lasting"
UNDER_NEXT = "secret_key.under_next"
UNDER_PREVIOUS = "secret_key.under_previous"
"""The purposes under which the table of keys has something sealed."""
FOUND_BY_HASH = ("identity", "person")
"""Tables whose rows have the hash of a cipher beside it: they are written anew together."""
ENCRYPTED = (
    ("identity", "number_cipher", "person_id"),
    ("person", "name_cipher", "person_id"),
    ("proof", "number_cipher", "person_id"),
    ("institution_key", "secret_cipher", "key_id"),
    ("exchange_person", "number_cipher", "person_id"),
    ("exchange_person", "name_cipher", "person_id"),
    ("exchange_raw", "cipher", "raw_id"),
)
"""What the stores of every version have encrypted: table, column, and the owner of a cipher."""

KNOWN_FOR = 0.5
"""Seconds for which a process goes by the keys that it read; it reads them with what it does."""

_KEYS_LOCK = 5_150_110_142
"""Number of the lock on the keys of a store."""
SHOWN = 8
"""Characters of a fingerprint that are enough to tell keys apart."""


def stored_keys(connection: Connection) -> Sequence[Any]:
    """The keys that a store knows, first to last; none in one whose tables were just made."""
    if not inspect(connection).has_table(secret_key.name):
        return ()
    return connection.execute(select(secret_key).order_by(secret_key.c.number)).all()


def held_keys(connection: Connection) -> Sequence[Any]:
    """:func:`stored_keys`, none of which changes before the transaction ends.

    On SQLite nobody else writes until then.  Not a lock on the rows: a role that serves may read
    them, and nothing more.
    """
    hold_keys(connection, shared=True)
    return connection.execute(select(secret_key).order_by(secret_key.c.number)).all()


def hold_keys(connection: Connection, *, shared: bool) -> None:
    """Until the transaction ends no key changes; not ``shared``: nobody else relies on that."""
    if connection.dialect.name == "postgresql":
        function = "pg_advisory_xact_lock_shared" if shared else "pg_advisory_xact_lock"
        connection.execute(text(f"SELECT {function}({_KEYS_LOCK})"))


def opened_secrets(connection: Connection, url: URL) -> Secrets:
    """The secrets of a store under its own key; ``StoreKeyError`` for another one or none."""
    rows = stored_keys(connection)
    if not rows:
        return proven_secrets(connection, url)
    key = given_key(url)
    if key is None:
        raise _missing(url, _current(rows).fingerprint)
    return Secrets.of(ring_of(rows, [StoreKey(key)]), lambda: None)


def ring_of(rows: Sequence[Any], known: Iterable[StoreKey]) -> KeyRing:
    """The keys of a store that open something, from those that are known already.

    While a key is replaced each of the two is in the store under the other.
    ``StoreKeyError`` for keys that are not the store's, or no longer.
    """
    by_fingerprint = {key.fingerprint: key for key in known}
    keys = {
        row.number: by_fingerprint[row.fingerprint]
        for row in rows
        if row.fingerprint in by_fingerprint and row.status != "retired"
    }
    if not keys:
        raise _not_the_key(rows, by_fingerprint)
    for row in rows:
        for cipher, number, purpose in (
            (row.under_previous, row.number - 1, UNDER_PREVIOUS),
            (row.under_next, row.number + 1, UNDER_NEXT),
        ):
            if row.number not in keys and cipher is not None and number in keys:
                keys[row.number] = StoreKey(keys[number].unseal(bytes(cipher), purpose))
    current = _current(rows)
    if current.number not in keys:
        raise _not_the_key(rows, by_fingerprint)
    key = keys[current.number]
    lasting = key.hashes
    if current.lasting is not None:
        lasting = key.unseal(bytes(current.lasting), LASTING)
    return KeyRing(keys, current.number, lasting)


def _current(rows: Sequence[Any]) -> Any:
    return next(row for row in rows if row.status == "current")


def _not_the_key(rows: Sequence[Any], known: Mapping[str, StoreKey]) -> StoreKeyError:
    (fingerprint, *_), expected = known, _current(rows).fingerprint
    if any(row.fingerprint in known for row in rows):
        return StoreKeyError(
            message(
                "给出的密钥（指纹 {given}）已经换下，现在的是指纹 {expected} 的那一把，"
                "请换成它；没有写入任何内容",
                given=fingerprint[:SHOWN],
                expected=expected[:SHOWN],
            )
        )
    return StoreKeyError(
        message(
            "给出的密钥（指纹 {given}）不是这个库的密钥（指纹 {expected}），"
            "请换成写这个库的那一把；没有写入任何内容",
            given=fingerprint[:SHOWN],
            expected=expected[:SHOWN],
        )
    )


def proven_secrets(connection: Connection, url: URL) -> Secrets:
    """The secrets of a store that knows no key yet, proven on the rows that are encrypted.

    Only where no row is, a key is made; ``StoreKeyError`` where a row does not open.
    """
    ciphers = list(_some_ciphers(connection))
    if not ciphers:
        return secrets_for(url)
    key = given_key(url)
    if key is None:
        raise _missing(url, "")
    secrets = Secrets(key)
    for cipher, owner in ciphers:
        try:
            secrets.decrypt(cipher, owner)
        except DatabaseError:
            raise StoreKeyError(
                message(
                    "给出的密钥（指纹 {given}）打不开这个库里已有的密文，"
                    "请换成写这个库的那一把；没有写入任何内容",
                    given=secrets.fingerprint[:SHOWN],
                )
            ) from None
    return secrets


def remember_key(connection: Connection, secrets: Secrets) -> None:
    """Write down the fingerprint of the first key, in the transaction of an upgrade."""
    if stored_keys(connection):
        return
    row = {"number": 1, "fingerprint": secrets.fingerprint, "status": "current"}
    connection.execute(insert(secret_key), row)


def _some_ciphers(connection: Connection) -> Iterator[tuple[str, str]]:
    """One cipher of each kind with its owner, where there is one."""
    seen = inspect(connection)
    for table, column, owner in ENCRYPTED:
        if not seen.has_table(table):
            continue
        row = connection.execute(
            text(f"SELECT {column}, {owner} FROM {table} WHERE {column} IS NOT NULL LIMIT 1")
        ).first()
        if row is not None:
            yield row[0], row[1]


def _missing(url: URL, fingerprint: str) -> StoreKeyError:
    path = key_file(url)
    return StoreKeyError(
        message(
            "库里有加密的记录而没有密钥（指纹 {fingerprint}）："
            "请用 {key} 或 {file} 给出写它的那一把{place}；没有写入任何内容",
            fingerprint=fingerprint[:SHOWN] or "?",
            key=KEY_VARIABLE,
            file=FILE_VARIABLE,
            place="" if path is None else message("，或放回密钥文件 {path}", path=path),
        )
    )
