"""Balances of any account: the last snapshot and the tail of entries after it.

A snapshot counts the entries up to a transfer, because transfers arrive for days long
past.  Nothing is locked: it stops before the oldest transaction that may still commit.
"""

from __future__ import annotations

import datetime
import re
from collections.abc import Iterator
from dataclasses import dataclass, replace
from typing import Any

from sqlalchemy import ColumnElement, Select, delete, func, insert, or_, select, text

from yibao.access.chains import extend_chain
from yibao.access.names import STORE
from yibao.access.permissions import Actor, require
from yibao.access.trail import read_record
from yibao.database.activity import others
from yibao.database.identifiers import identifier_at, made_at
from yibao.database.unit import Database, Unit
from yibao.errors import ConflictError, InputError
from yibao.ledger.chart import CHART, PERSONAL, kind_of, owner_of
from yibao.ledger.fragments import names_beginning
from yibao.ledger.tables import account_name, entry, snapshot
from yibao.messages import Message, message

_LAG_SECONDS = 24 * 3600
"""Kept away from now: a clock that was hours ahead for a while, transactions that nobody sees.
What a snapshot leaves out is in the tail of every balance."""
_TOLERANCE = datetime.timedelta(minutes=5)
"""How far clocks may differ."""
_BY_CLOCK = re.compile("[0-9a-f]{32}")


def check_account(account: str) -> None:
    """``InputError`` for a name that the chart of accounts does not know."""
    try:
        kind_of(account)
    except ValueError:
        raise InputError(
            message("会计科目表里没有 {account} 这种账户，见 docs/ledger.md", account=account)
        ) from None


def _sum_of(*conditions: ColumnElement[bool]) -> Select[Any]:
    return select(func.coalesce(func.sum(entry.c.amount), 0)).where(*conditions)


def _last_snapshot(unit: Unit, account: str, day: datetime.date | None) -> Any:
    query = select(snapshot).where(snapshot.c.account == account)
    if day is not None:
        query = query.where(snapshot.c.day <= day)
    return unit.run(query.order_by(snapshot.c.day.desc()).limit(1)).one_or_none()


def total(unit: Unit, account: str, day: datetime.date | None = None) -> int:
    """Sum of an account's entries to the end of ``day`` (None: of all), debit positive."""
    taken = _last_snapshot(unit, account, day)
    mine = entry.c.account == account
    if taken is None:
        until = [] if day is None else [entry.c.day <= day]
        return int(unit.run(_sum_of(mine, *until)).scalar_one())
    between = [mine, entry.c.day > taken.day]
    if day is not None:
        between.append(entry.c.day <= day)
    since = _sum_of(*between)
    late = _sum_of(mine, entry.c.transfer_id > taken.through, entry.c.day <= taken.day)
    tail = unit.run(since.union_all(late)).scalars()
    return int(taken.total) + sum(int(amount) for amount in tail)


def balance(unit: Unit, account: str, day: datetime.date | None = None) -> int:
    """What an account holds at the end of ``day``, the way its kind grows."""
    check_account(account)
    return kind_of(account).sign * total(unit, account, day)


def accounts(unit: Unit, *, prefix: str = "", personal: bool = True) -> Iterator[str]:
    """Every account that has entries, by name; one index step each."""
    has_entries = select(entry.c.line).where(entry.c.account == account_name.c.number).exists()
    query = select(account_name.c.name).where(has_entries).order_by(account_name.c.name)
    if prefix:
        query = query.where(*names_beginning(prefix))
    if not personal:
        shared = [kind.name for kind in CHART if kind.name != PERSONAL]
        query = query.where(account_name.c.kind.in_(shared))
    yield from unit.run(query).scalars().all()


# --- snapshots -----------------------------------------------------------------------------------


def _now() -> datetime.datetime:
    return datetime.datetime.now(datetime.UTC)


def _newest_transfer(unit: Unit) -> str | None:
    """The highest committed transfer that was named by the clock."""
    newest = unit.run(
        select(entry.c.transfer_id)
        .where(entry.c.transfer_id < "g")
        .order_by(entry.c.transfer_id.desc())
        .limit(1)
    ).scalar_one_or_none()
    return newest if newest is not None and _BY_CLOCK.fullmatch(newest) else None


def require_steady_clock(unit: Unit) -> None:
    """``ConflictError`` where this machine's clock went back, or jumped and came back.

    Transfers sort by the clock: one that comes later and sorts before a snapshot would never
    be counted.
    """
    latest = _now() + _TOLERANCE
    if unit.is_postgresql:
        theirs = unit.run(text("SELECT clock_timestamp()")).scalar_one()
        if abs(theirs - _now()) > _TOLERANCE:
            raise ConflictError(
                message(
                    "本机的时钟与数据库的相差 {seconds} 秒，请先校准；没有打快照",
                    seconds=abs(int((theirs - _now()).total_seconds())),
                )
            )
    through = unit.run(
        select(snapshot.c.through).order_by(snapshot.c.through.desc()).limit(1)
    ).scalar_one_or_none()
    newest = _newest_transfer(unit)
    ahead = max(
        (name for name in (newest, through) if name is not None and _BY_CLOCK.fullmatch(name)),
        default=None,
    )
    if ahead is not None and made_at(ahead) > latest:
        raise ConflictError(
            message(
                "账里已有写于 {at} 的分录或快照，晚于现在：时钟被调回，或者那时走快了；没有打快照。"
                "请校准时钟，那以后打的快照用 yibao ledger snapshot --void 日期 作废，"
                "过了那个时刻再打",
                at=made_at(ahead).isoformat(timespec="minutes"),
            )
        )


def settled_through(unit: Unit, lag_seconds: int) -> str | None:
    """The highest committed transfer before which none can still be committed.

    ``lag_seconds``: how far clocks may differ; with 0 they are taken to agree.
    """
    newest = _newest_transfer(unit)
    if newest is None:
        return None
    lag = datetime.timedelta(seconds=lag_seconds)
    bounds = [newest]
    if lag_seconds:
        bounds.append(identifier_at(_now() - lag))
    if unit.is_postgresql:
        oldest = unit.run(
            text(f"SELECT min(xact_start) {others(unit)} AND xact_start IS NOT NULL")
        ).scalar_one()
        if oldest is not None:
            bounds.append(identifier_at(oldest - lag))
    return min(bounds)


def take_snapshots(
    database: Database, day: datetime.date, *, actor: Actor, lag_seconds: int = _LAG_SECONDS
) -> int:
    """Snapshot every shared account at the end of ``day``; how many are new.

    Only derived figures are written: taken twice, late or never, balances are the same.
    ``ConflictError`` where the clock went back; see :func:`require_steady_clock`.
    """
    require(actor, "snapshot")

    def operation(unit: Unit) -> int:
        require_steady_clock(unit)
        through = settled_through(unit, lag_seconds)
        if through is None:
            return 0
        count = 0
        for account in list(accounts(unit, personal=False)):
            taken = _last_snapshot(unit, account, day)
            if taken is not None and taken.day == day:
                continue
            mine = [entry.c.account == account, entry.c.transfer_id <= through]
            if taken is None:
                balance = int(unit.run(_sum_of(*mine, entry.c.day <= day)).scalar_one())
            else:
                new = or_(entry.c.day > taken.day, entry.c.transfer_id > taken.through)
                balance = int(taken.total) + int(
                    unit.run(_sum_of(*mine, entry.c.day <= day, new)).scalar_one()
                )
            unit.run(
                insert(snapshot),
                {"account": account, "day": day, "through": through, "total": balance},
            )
            count += 1
        return count

    return database.write(operation)


def void_snapshots(database: Database, day: datetime.date, *, actor: Actor) -> int:
    """Delete the snapshots of ``day`` and after, which stand on one another; how many.

    They only repeat what the entries say; that they were voided stands on the store's own
    chain.  :func:`take_snapshots` makes them again.
    """
    require(actor, "snapshot")

    def operation(unit: Unit) -> int:
        since = snapshot.c.day >= day
        count = int(unit.run(select(func.count()).select_from(snapshot).where(since)).scalar_one())
        if count:
            unit.run(delete(snapshot).where(since))
            content = {"day": day.isoformat(), "count": count}
            extend_chain(unit, f"{STORE}ledger", actor.id, "void_snapshots", content)
        return count

    return database.write(operation)


def snapshot_faults(unit: Unit) -> Iterator[Message]:
    """Snapshots that their entries do not add up to."""
    for row in unit.run(select(snapshot).order_by(snapshot.c.account, snapshot.c.day)).all():
        booked = unit.run(
            _sum_of(
                entry.c.account == row.account,
                entry.c.day <= row.day,
                entry.c.transfer_id <= row.through,
            )
        ).scalar_one()
        if int(booked) != row.total:
            yield message(
                "{account} 在 {day} 的快照是 {total} 分，按分录是 {booked} 分",
                account=row.account,
                day=row.day,
                total=row.total,
                booked=booked,
            )


# --- statements ----------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class StatementLine:
    """One entry with what stood against it; amounts the way the account grows, in fen."""

    day: datetime.date
    person_id: str
    transfer_id: str
    amount: int
    balance: int
    """After this line."""
    counterparts: tuple[tuple[str, int], ...]
    """The other accounts of the transfer, each the way it grows itself."""


@dataclass(frozen=True, slots=True)
class AccountStatement:
    """An account over a period, both days included."""

    account: str
    first: datetime.date
    last: datetime.date
    opening: int
    lines: tuple[StatementLine, ...]
    closing: int


def account_statement(
    database: Database,
    account: str,
    first: datetime.date,
    last: datetime.date,
    *,
    actor: Actor,
) -> AccountStatement:
    """:func:`statement` of any account; of a person's own it stands on the person's trail."""
    check_account(account)

    def fetch(unit: Unit) -> AccountStatement:
        return statement(unit, account, first, last)

    owner = owner_of(account)
    if owner is not None:
        return read_record(
            database, actor, "read_account", owner, fetch, purpose="ledger statement"
        )
    require(actor, "read_ledger")
    return database.read(fetch, consistent=True)


def shared_balances(
    database: Database, *, actor: Actor, prefix: str = "", day: datetime.date | None = None
) -> list[tuple[str, int]]:
    """Every account but personal ones, by name, with what it holds at the end of ``day``."""
    require(actor, "read_ledger")

    def fetch(unit: Unit) -> list[tuple[str, int]]:
        names = accounts(unit, prefix=prefix, personal=False)
        return [(name, balance(unit, name, day)) for name in names]

    return database.read(fetch, consistent=True)


def statement(
    unit: Unit, account: str, first: datetime.date, last: datetime.date
) -> AccountStatement:
    """Opening balance, every line with its counterparts, closing balance."""
    check_account(account)
    if last < first:
        raise InputError(message("末日 {last} 早于首日 {first}", last=last, first=first))
    sign = kind_of(account).sign
    other = entry.alias("other")
    rows = unit.run(
        select(
            entry.c.day,
            entry.c.person_id,
            entry.c.transfer_id,
            entry.c.line,
            entry.c.amount,
            account_name.c.name.label("against"),
            other.c.amount.label("against_amount"),
        )
        .select_from(entry)
        .outerjoin(
            other,
            (other.c.person_id == entry.c.person_id)
            & (other.c.transfer_id == entry.c.transfer_id)
            & (other.c.line != entry.c.line),
        )
        .outerjoin(account_name, account_name.c.number == other.c.account)
        .where(entry.c.account == account, entry.c.day >= first, entry.c.day <= last)
        .order_by(entry.c.day, entry.c.transfer_id, entry.c.person_id, entry.c.line, other.c.line)
    )
    opening = balance = sign * total(unit, account, first - datetime.timedelta(days=1))
    lines: list[StatementLine] = []
    at: tuple[str, str, int] | None = None
    for row in rows:
        if at != (row.person_id, row.transfer_id, row.line):
            at = (row.person_id, row.transfer_id, row.line)
            balance += sign * row.amount
            lines.append(
                StatementLine(
                    row.day, row.person_id, row.transfer_id, sign * row.amount, balance, ()
                )
            )
        if row.against is not None:
            against = (row.against, kind_of(row.against).sign * row.against_amount)
            lines[-1] = replace(lines[-1], counterparts=(*lines[-1].counterparts, against))
    return AccountStatement(account, first, last, opening, tuple(lines), balance)
