"""Seals: now and then a Merkle root over the heads of the chains, itself a chain.

Whoever keeps a seal's hash elsewhere can tell later that no event before it was changed.
"""

from __future__ import annotations

import datetime
import hashlib
import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from typing import Any

from sqlalchemy import ColumnElement, Subquery, func, insert, select
from sqlalchemy.exc import IntegrityError

from yibao.access.chains import every_end
from yibao.access.operations import START, digest
from yibao.access.permissions import Actor, require
from yibao.access.tables import seal, sealed_head
from yibao.database.unit import Database, Unit
from yibao.errors import ConflictError, InputError
from yibao.messages import Message, message

Leaf = tuple[str, int, str]
"""(person, sequence, head)."""

MOST_HEADS = 50_000
"""Heads in one seal: what one transaction writes at most."""


def merkle_root(leaves: Iterable[Leaf]) -> str:
    """The root over leaves in the order of their people; one without a partner moves up."""
    level = [hashlib.sha256(b"\0" + digest(list(leaf)).encode()).digest() for leaf in leaves]
    while len(level) > 1:
        odd = level[len(level) // 2 * 2 :]
        level = [
            hashlib.sha256(b"\1" + left + right).digest()
            for left, right in zip(level[::2], level[1::2], strict=False)
        ] + odd
    return level[0].hex() if level else START


def seal_hash(number: int, at: datetime.datetime, people: int, root: str, previous: str) -> str:
    """The hash of a seal over its root and the seal before."""
    instant = at.astimezone(datetime.UTC).isoformat(timespec="microseconds")
    return digest([number, instant, people, root, previous])


def seal_heads(database: Database, by: Actor, *, most: int = MOST_HEADS) -> list[int]:
    """Seal the heads of the chains that grew since they were sealed; numbers of the seals.

    Of two sealers at once the second gets ``ConflictError``; nothing is lost, the next
    run takes what is left.
    """
    require(by, "seal")
    numbers: list[int] = []
    try:
        while (number := database.write(lambda unit: _next_seal(unit, most))) is not None:
            numbers.append(number)
    except IntegrityError:
        raise ConflictError(message("另一个封存正在进行，请稍后再运行")) from None
    return numbers


def _has_grown(end: Subquery) -> ColumnElement[bool]:
    reached = (
        select(func.max(sealed_head.c.sequence))
        .where(sealed_head.c.person_id == end.c.person_id)
        .scalar_subquery()
    )
    return end.c.sequence > func.coalesce(reached, 0)


def unsealed(unit: Unit) -> int:
    """How many chains have grown since they were sealed."""
    end = every_end().subquery()
    count = select(func.count()).select_from(end).where(_has_grown(end))
    return int(unit.run(count).scalar_one())


def last_seal(unit: Unit) -> Any:
    """The row of the last seal; None where there is none."""
    return unit.run(select(seal).order_by(seal.c.number.desc()).limit(1)).one_or_none()


def _next_seal(unit: Unit, most: int) -> int | None:
    end = every_end().subquery()
    grown = select(end).where(_has_grown(end)).order_by(end.c.person_id).limit(most)
    leaves: list[Leaf] = [(row.person_id, row.sequence, row.head) for row in unit.run(grown)]
    if not leaves:
        return None
    leaves.sort()
    last = last_seal(unit)
    number, previous = (1, START) if last is None else (last.number + 1, last.hash)
    at = datetime.datetime.now(datetime.UTC)
    root = merkle_root(leaves)
    unit.run(
        insert(seal),
        {
            "number": number,
            "at": at,
            "people": len(leaves),
            "root": root,
            "previous": previous,
            "hash": seal_hash(number, at, len(leaves), root, previous),
        },
    )
    unit.run(
        insert(sealed_head),
        [
            {"person_id": person_id, "sequence": sequence, "seal": number, "head": head}
            for person_id, sequence, head in leaves
        ],
    )
    return number


@dataclass(frozen=True, slots=True)
class KeptSeal:
    """A seal as somebody kept it outside the store."""

    number: int
    hash: str


def kept_seal(text: str, place: str) -> KeptSeal:
    """A kept seal from ``NUMBER=HASH``; ``InputError`` for anything else."""
    number, _, hash_text = text.partition("=")
    if not number.strip().isdecimal() or not re.fullmatch(
        "[0-9a-f]{64}", hash_text.strip().lower()
    ):
        raise InputError(
            message("{text} 应写成 号=散列，散列是 64 位十六进制", text=repr(text)), place=place
        )
    return KeptSeal(int(number), hash_text)


def seals_outside_differ(database: Database, outside: Iterable[KeptSeal]) -> Iterator[Message]:
    """Seals of the store that are not those that were kept outside it."""
    stored = {
        row.number: row.hash
        for row in database.read(lambda unit: unit.run(select(seal.c.number, seal.c.hash)).all())
    }
    for known in outside:
        if known.number not in stored:
            yield message(
                "第 {number} 号封存另存的散列是 {hash}，库里没有这一号（库里到第 {last} 号）："
                "封存连同其后的事件可能被删除",
                number=known.number,
                hash=known.hash,
                last=max(stored, default=0),
            )
        elif stored[known.number] != known.hash:
            yield message(
                "第 {number} 号封存与另存的不同：另存的是 {hash}，库里是 {stored}："
                "它之前的事件可能被改写后重新封存",
                number=known.number,
                hash=known.hash,
                stored=stored[known.number],
            )


def seal_faults(database: Database) -> Iterator[Message]:
    """What is wrong with the seals themselves: their chain, and their roots over their leaves."""
    seals = database.read(lambda unit: unit.run(select(seal).order_by(seal.c.number)).all())
    previous = START
    for expected, row in enumerate(seals, start=1):
        computed = seal_hash(row.number, row.at, row.people, row.root, row.previous)
        if row.number != expected or row.previous != previous or row.hash != computed:
            yield message("封存链在第 {number} 号处断开", number=expected)
            return
        previous = row.hash
        leaves = database.read(lambda unit, number=expected: _leaves(unit, number))  # type: ignore[misc]
        if len(leaves) != row.people or merkle_root(leaves) != row.root:
            yield message("第 {number} 号封存的内容被改动过", number=expected)


def _leaves(unit: Unit, number: int) -> list[Leaf]:
    rows = unit.run(
        select(sealed_head.c.person_id, sealed_head.c.sequence, sealed_head.c.head).where(
            sealed_head.c.seal == number
        )
    )
    return sorted((row.person_id, row.sequence, row.head) for row in rows)
