"""A channel's file of a day against the books: matched by number; the rest is somebody's work."""

from __future__ import annotations

import datetime
from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Any

from sqlalchemy import ColumnElement, and_, insert, select, update

from yibao.access.chains import extend_chain
from yibao.access.operations import Answer, Key, digest, record_message, write_once
from yibao.access.permissions import Actor, require
from yibao.database.instants import civil_day, now
from yibao.database.unit import Database, Unit
from yibao.employers import received as of_employers
from yibao.errors import ConflictError, InputError, NotFoundError
from yibao.finance.states import DifferenceKind
from yibao.finance.tables import CHANNEL_CHAIN, channel_difference, channel_file
from yibao.insured.payments import received as of_people
from yibao.insured.payments.channels import require_channel
from yibao.insured.payments.received import ReceivedPayment
from yibao.messages import message

LONGEST_RESOLUTION = 200
_LONGEST_REFERENCE = 80


@dataclass(frozen=True, slots=True)
class ReportedLine:
    """A payment as a channel's file has it."""

    reference: str
    amount: int
    """Fen; below 0: it went back."""


@dataclass(frozen=True, slots=True)
class ChannelDifference:
    """A payment that the file and the books do not agree about."""

    reference: str
    kind: DifferenceKind
    there: int | None
    here: int | None


def reconcile(
    database: Database,
    key: Key,
    channel: str,
    day: datetime.date,
    lines: Sequence[ReportedLine],
    *,
    actor: Actor,
    at: datetime.datetime | None = None,
) -> Answer:
    """Compare a channel's file of a day with the books: ``matched``, and how many ``differences``.

    The same file again changes nothing and is answered the same; another one of that day is a
    ``ConflictError``.  No money is moved.
    """
    require(actor, "reconcile", area=actor.area)
    require_channel(channel)
    instant = at or now()
    if day > civil_day(instant):
        raise InputError(message("到账日期 {day} 还没有到", day=day), place="day")
    for line in lines:
        if not 0 < len(line.reference) <= _LONGEST_REFERENCE:
            raise InputError(
                message("请填单号，最多 {most} 个字", most=_LONGEST_REFERENCE), place="file"
            )
    file_digest = digest([[line.reference, line.amount] for line in lines])
    content_hash = digest([channel, day.isoformat(), file_digest])

    def operation(unit: Unit) -> Answer:
        earlier = _file(unit, channel, day)
        if earlier is not None:
            answer = _again(unit, earlier, file_digest)
            record_message(unit, key, content_hash, key.sender, answer)
            extend_chain(unit, f"{CHANNEL_CHAIN}{channel}", actor.id, "reconcile_again", answer)
            return answer
        differences = list(differences_of(unit, channel, day, lines))
        references = {difference.reference for difference in differences}
        matched = len({line.reference for line in lines} - references)
        unit.run(
            insert(channel_file),
            {
                "channel": channel,
                "day": day,
                "digest": file_digest,
                "lines": len(lines),
                "total": sum(line.amount for line in lines),
                "matched": matched,
                "imported_at": instant,
                "imported_by": actor.id,
            },
        )
        rows = [
            {
                "channel": channel,
                "day": day,
                "reference": difference.reference,
                "kind": difference.kind,
                "there": difference.there,
                "here": difference.here,
                "resolution": None,
                "resolved_at": None,
                "resolved_by": None,
            }
            for difference in differences
        ]
        if rows:
            unit.run(insert(channel_difference), rows)
        answer = _answer(channel, day, len(lines), matched, len(rows))
        record_message(unit, key, content_hash, key.sender, answer)
        extend_chain(unit, f"{CHANNEL_CHAIN}{channel}", actor.id, "reconcile", answer)
        return answer

    return write_once(database, key, content_hash, operation)


def _answer(channel: str, day: datetime.date, lines: int, matched: int, different: int) -> Answer:
    return {
        "channel": channel,
        "day": day.isoformat(),
        "lines": lines,
        "matched": matched,
        "differences": different,
    }


def _file(unit: Unit, channel: str, day: datetime.date) -> Any:
    this = (channel_file.c.channel == channel) & (channel_file.c.day == day)
    return unit.run(select(channel_file).where(this)).one_or_none()


def _again(unit: Unit, earlier: Any, file_digest: str) -> Answer:
    if earlier.digest != file_digest:
        raise ConflictError(
            message(
                "{channel} {day} 的对账文件已经导入过，这一份内容不同，没有导入",
                channel=earlier.channel,
                day=earlier.day,
            )
        )
    this = (channel_difference.c.channel == earlier.channel) & (
        channel_difference.c.day == earlier.day
    )
    rows = unit.run(select(channel_difference.c.reference).where(this)).all()
    return _answer(earlier.channel, earlier.day, earlier.lines, earlier.matched, len(rows))


def differences_of(
    unit: Unit, channel: str, day: datetime.date, lines: Sequence[ReportedLine]
) -> Iterator[ChannelDifference]:
    """What the file and the books do not agree about, by number."""
    there: dict[str, int] = {}
    times = Counter(line.reference for line in lines)
    for line in lines:
        there.setdefault(line.reference, line.amount)
    rooms = (of_people, of_employers)
    today: dict[str, int] = {}
    for room in rooms:
        for received in room.received_of_day(unit, channel, day):
            today[received.reference] = today.get(received.reference, 0) + received.amount
    unknown = [reference for reference in there if reference not in today]
    other_days: dict[str, ReceivedPayment] = {}
    for room in rooms:
        for received in room.received_with(unit, channel, unknown):
            other_days[received.reference] = received
    for reference, amount in there.items():
        if times[reference] > 1:
            yield ChannelDifference(
                reference, DifferenceKind.DUPLICATE, amount * times[reference], today.get(reference)
            )
        elif reference in today:
            if today[reference] != amount:
                yield ChannelDifference(reference, DifferenceKind.AMOUNT, amount, today[reference])
        elif reference in other_days:
            yield ChannelDifference(
                reference, DifferenceKind.LATE, amount, other_days[reference].amount
            )
        else:
            yield ChannelDifference(reference, DifferenceKind.MISSING_HERE, amount, None)
    for reference, amount in today.items():
        if reference not in there:
            yield ChannelDifference(reference, DifferenceKind.MISSING_THERE, None, amount)


def resolve_difference(
    database: Database,
    key: Key,
    channel: str,
    day: datetime.date,
    reference: str,
    kind: str,
    resolution: str,
    *,
    actor: Actor,
    at: datetime.datetime | None = None,
) -> Answer:
    """Say what was found and done about a difference, once."""
    require(actor, "reconcile", area=actor.area)
    said = resolution.strip()
    if not 0 < len(said) <= LONGEST_RESOLUTION:
        raise InputError(
            message("写明查到什么、怎么处理的，最多 {most} 个字", most=LONGEST_RESOLUTION),
            place="resolution",
        )
    content_hash = digest([channel, day.isoformat(), reference, kind, said])

    def operation(unit: Unit) -> Answer:
        lock_difference(unit, channel, day, reference, kind)
        answer = close_difference(
            unit, channel, day, reference, kind, said, actor=actor, at=at or now()
        )
        record_message(unit, key, content_hash, key.sender, answer)
        return answer

    return write_once(database, key, content_hash, operation)


def _this(channel: str, day: datetime.date, reference: str, kind: str) -> ColumnElement[bool]:
    return and_(
        channel_difference.c.channel == channel,
        channel_difference.c.day == day,
        channel_difference.c.reference == reference,
        channel_difference.c.kind == kind,
    )


def lock_difference(unit: Unit, channel: str, day: datetime.date, reference: str, kind: str) -> Any:
    """Lock and read a difference that nobody has resolved; ``ConflictError`` where somebody has."""
    this = _this(channel, day, reference, kind)
    row = unit.run(select(channel_difference).where(this).with_for_update()).one_or_none()
    if row is None:
        raise NotFoundError(message("没有这一笔差异 {reference}", reference=reference))
    if row.resolved_at is not None:
        raise ConflictError(message("这一笔差异已经处理过，没有再写一次"))
    return row


def close_difference(
    unit: Unit,
    channel: str,
    day: datetime.date,
    reference: str,
    kind: str,
    said: str,
    *,
    actor: Actor,
    at: datetime.datetime,
) -> Answer:
    """A write fragment: write what was done about a difference that is locked."""
    values = {"resolution": said, "resolved_at": at, "resolved_by": actor.id}
    unit.run(
        update(channel_difference).where(_this(channel, day, reference, kind)).values(**values)
    )
    answer = {"channel": channel, "day": day.isoformat(), "reference": reference, "kind": kind}
    event = {**answer, "resolution": said}
    extend_chain(unit, f"{CHANNEL_CHAIN}{channel}", actor.id, "resolve_difference", event)
    return answer


@dataclass(frozen=True, slots=True)
class Reconciled:
    """What waits for somebody, and the latest files."""

    open: tuple[Any, ...]
    files: tuple[Any, ...]


def reconciled(database: Database, *, actor: Actor, most: int = 200) -> Reconciled:
    """Differences that nobody has looked at, the earliest first, and the latest files."""
    require(actor, "read_reconciliation", area=actor.area)

    def fetch(unit: Unit) -> Reconciled:
        waiting = unit.run(
            select(channel_difference)
            .where(channel_difference.c.resolved_at.is_(None))
            .order_by(channel_difference.c.day, channel_difference.c.reference)
            .limit(most)
        ).all()
        files = unit.run(
            select(channel_file)
            .order_by(channel_file.c.day.desc(), channel_file.c.channel)
            .limit(most)
        ).all()
        return Reconciled(tuple(waiting), tuple(files))

    return database.read(fetch, consistent=True)
