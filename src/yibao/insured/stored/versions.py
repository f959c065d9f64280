"""Versions of documents that settlements point to, each kept once under the hash of its content.

A version may stand on an earlier one: a person's paid months and what was used in past years
are chains of calendar years, so that a new month adds one short link however long the chain.
"""

from __future__ import annotations

import base64
import hashlib
import zlib
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from functools import cache
from typing import Any

from sqlalchemy import select

from yibao.database.statements import Insertion, Query, adding
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
    rows = [
        {"hash": version.hash, "earlier": version.earlier, "body": packed_body(version.body)}
        for version in sorted(set(versions), key=lambda version: version.hash)
    ]
    statement = _keeping(len(rows), postgresql=unit.is_postgresql)
    # At once, and nothing that waits before it: no row of another table hangs on it.
    return {bytes(row.hash) for row in unit.at_once(statement, Insertion.values(rows))}


@cache
def _keeping(count: int, *, postgresql: bool) -> Query:
    """The statement that writes so many versions, those that are there left out."""
    return adding(document_version, count, postgresql=postgresql, giving="hash")


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
    return Version(bytes(row.hash), earlier, unpacked_body(bytes(row.body)))


_YEAR = b",".join(b'"2025-%02d-15"' % month for month in range(1, 13))
_MONTHS = b",".join(b"2025%02d" % month for month in range(1, 13))
_KNOWN_WORDS = (
    b'"diseases":[{"scheme":"disease":"period":"paid":"claims":"schemes":{"resident":{"used":{'
    b'"chronic_deductible":"chronic_eligible":"chronic_pooled":"special_pooled":'
    b'"inpatient_deductible":"inpatient_eligible":"inpatient_pooled":"outpatient_deductible":'
    b'"outpatient_eligible":"outpatient_pooled":"eligible_own":},"admissions":'
    b'{"schema":2,"terms":{"area":","scheme":"resident","kernel":"rulebook":"rulebooks":['
    b'"contribution_class":"flexible","plan":"filings":[{"kind":"care_area":"disease":'
    b'"hypertension","diabetes","residents_listed":true"gestation_months":"family_doctor":'
    b'{"residents":{"count":1,"year":[2025],"paid_on":["2024-11-15"]}}{"year":2025,'
    b'{"schema":2,"sex":"female","sex":"male","birth":"19","area":","groups":[],'
    b'"groups":[{"group":"start":"enrolments":[{"scheme":"employee","status":"retired",'
    b'"status":"working","start":"2024-01-01","end":null,"area":"}],'
    b'"employees_listed":true}'
    b'{"employees":{"count":12,"month":['
    + _MONTHS
    + b'],"base":[null],"base":[400000],"paid_on":[null]}}"paid_on":['
    + _YEAR
    + b"]}}"
)
"""What bodies of the first deflated form say again and again: part of it, never changed."""
_RUN_WORDS = (
    b'{"residents":{"count":10,"year":[2015,2016,2017,2018,2019,2020,2021,2022,2023,2024,2025],'
    b'"paid_on":["2014-11-15","2015-11-15"]},"months":12}]}"base":"months":12,"base":'
    b'"paid":[15]},{"first":201901,"months":12,"base":3{"first":202001,"months":12,"base":4'
    b'{"first":202101,"months":12,"base":5{"first":202201,"months":12,"base":6'
    b'{"first":202301,"months":12,"base":7{"first":202401,"months":12,"base":1'
    b'"employees_listed":true,"paid":{"months":[{"first":202501,"months":12,"base":2'
)
"""And those that hold months as runs."""
_WORDS = {b"\x01": _KNOWN_WORDS, b"\x02": _KNOWN_WORDS + _RUN_WORDS}
"""By the first byte of a body; one written before it was deflated begins with none of them."""
_NEWEST = b"\x02"


def packed_body(body: str) -> bytes:
    """A body as its row keeps it."""
    deflate = zlib.compressobj(9, zlib.DEFLATED, -zlib.MAX_WBITS, zdict=_WORDS[_NEWEST])
    return _NEWEST + deflate.compress(body.encode()) + deflate.flush()


def unpacked_body(kept_body: bytes) -> str:
    """What :func:`packed_body` wrote, or the text of a row from before."""
    words = _WORDS.get(kept_body[:1])
    if words is None:
        return kept_body.decode()
    inflate = zlib.decompressobj(-zlib.MAX_WBITS, zdict=words)
    return inflate.decompress(kept_body[1:]).decode()


def stored_versions(unit: Unit, hashes: Iterable[bytes]) -> set[bytes]:
    """A read fragment: those of some versions that are in the database."""
    names = select(document_version.c.hash).where(document_version.c.hash.in_(set(hashes)))
    return {bytes(name) for name in unit.run(names).scalars()}
