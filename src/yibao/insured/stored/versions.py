"""Versions of documents that settlements point to, each kept once under the hash of its content.

A version may stand on an earlier one: a person's paid months and what was used in past years
are chains of calendar years, so that a new month adds one short link however long the chain.
"""

from __future__ import annotations

import base64
import hashlib
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Any

from sqlalchemy import select
from sqlalchemy.dialects import postgresql, sqlite

from yibao.database.unit import Unit
from yibao.errors import NotFoundError
from yibao.insured.tables import document_version
from yibao.messages import message

HASH_BYTES = 16
_TOGETHER = 500
_FIRST_LINKS = 3
"""Links of a chain that are written before it is known whether the rest is there."""


@dataclass(frozen=True, slots=True)
class Version:
    """A document with the hash that names it."""

    hash: bytes
    earlier: bytes | None
    """The version that this one stands on."""
    body: str


def version_of(body: bytes, earlier: Version | None = None) -> Version:
    """The version of a document's text."""
    before = b"" if earlier is None else earlier.hash
    name = hashlib.sha256(before + body).digest()[:HASH_BYTES]
    return Version(name, before or None, body.decode())


def chain_of(bodies: Iterable[bytes]) -> list[Version]:
    """Documents that stand one on another, the first one first."""
    chain: list[Version] = []
    for body in bodies:
        chain.append(version_of(body, chain[-1] if chain else None))
    return chain


def hash_text(name: bytes) -> str:
    """A hash as documents write it."""
    return base64.urlsafe_b64encode(name).decode().rstrip("=")


def hash_of_text(text: str) -> bytes:
    """What :func:`hash_text` wrote."""
    return base64.urlsafe_b64decode(text + "=" * (-len(text) % 4))


def keep_chain(unit: Unit, chain: Sequence[Version]) -> None:
    """Write a chain, unless it is there; what a link stands on was written before it."""
    links = list(reversed(chain))
    first, rest = links[:_FIRST_LINKS], links[_FIRST_LINKS:]
    if first[-1].hash in keep_versions(unit, first) and rest:
        keep_versions(unit, rest)


def keep_versions(unit: Unit, versions: Sequence[Version]) -> set[bytes]:
    """Write versions that are not there; the hashes of those that were not.

    In the order of their hashes, so that two writers wait for each other and do not cross.
    """
    make = postgresql.insert if unit.is_postgresql else sqlite.insert
    rows = [
        {"hash": version.hash, "earlier": version.earlier, "body": version.body}
        for version in sorted(set(versions), key=lambda version: version.hash)
    ]
    statement = make(document_version).on_conflict_do_nothing()
    # At once, and nothing that waits before it: no row of another table hangs on it.
    written = unit.at_once(statement.values(rows).returning(document_version.c.hash))
    return {bytes(name) for name in written.scalars()}


def read_versions(unit: Unit, names: Iterable[bytes]) -> dict[bytes, Version]:
    """Versions by hash, with all that they stand on; ``NotFoundError``."""
    wanted = sorted(set(names))
    versions: dict[bytes, Version] = {}
    for start in range(0, len(wanted), _TOGETHER):
        some = wanted[start : start + _TOGETHER]
        chain = select(document_version).where(document_version.c.hash.in_(some))
        links = chain.cte("links", recursive=True)
        links = links.union(
            select(document_version).where(document_version.c.hash == links.c.earlier)
        )
        for row in unit.run(select(links)):
            versions[bytes(row.hash)] = _version(row)
    for name in wanted:
        if name not in versions:
            raise NotFoundError(message("数据库里没有留存的文档 {name}", name=name.hex()))
    return versions


def _version(row: Any) -> Version:
    earlier = None if row.earlier is None else bytes(row.earlier)
    return Version(bytes(row.hash), earlier, row.body)


def stored_versions(unit: Unit, hashes: Iterable[bytes]) -> set[bytes]:
    """A read fragment: those of some versions that are in the database."""
    names = select(document_version.c.hash).where(document_version.c.hash.in_(set(hashes)))
    return {bytes(name) for name in unit.run(names).scalars()}
