"""What went through accounts in a time, in sums: for statements over many people.

A month that is closed keeps what it said.  What is booked later for its days counts in the
month after it: an entry is told by its day and by its transfer, which sorts by when it was booked.
"""

from __future__ import annotations

import datetime
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from sqlalchemy import ColumnElement, FromClause, and_, case, func, or_, select

from yibao.database.unit import Unit
from yibao.ledger.chart import CHART, PERSONAL, PERSONAL_PREFIX
from yibao.ledger.fragments import names_beginning
from yibao.ledger.tables import account_name, entry


@dataclass(frozen=True, slots=True)
class Booked:
    """Which entries belong to a time: by day, and by when they were booked."""

    first: datetime.date
    last: datetime.date
    through: str | None = None
    """The last transfer that counts; None: all."""
    late_since: str | None = None
    """Entries of days before ``first`` count too where their transfer is later than this one."""

    def condition(self) -> ColumnElement[bool]:
        """On the entries."""
        days = and_(entry.c.day >= self.first, entry.c.day <= self.last)
        if self.late_since is not None:
            late = and_(entry.c.day < self.first, entry.c.transfer_id > self.late_since)
            days = or_(days, late)
        return days if self.through is None else and_(days, entry.c.transfer_id <= self.through)


@dataclass(frozen=True, slots=True)
class Movement:
    """One line of a transfer with the accounts that stood against it; debit positive, fen."""

    account: str
    transfer_id: str
    day: datetime.date
    amount: int
    against: tuple[str, ...]


def labelled_sums(
    unit: Unit, prefix: str, booked: Booked, labels: FromClause
) -> list[tuple[str, str, int]]:
    """(account, label, sum of entries) of the accounts that begin so.

    ``labels``: rows of ``person_id``, ``transfer_id`` and ``label``; transfers without one are
    left to :func:`other_movements`.
    """
    rows = unit.run(
        select(account_name.c.name, labels.c.label, func.sum(entry.c.amount).label("total"))
        .select_from(_entries_named().join(labels, _same_transfer(labels)))
        .where(*names_beginning(prefix), booked.condition())
        .group_by(account_name.c.name, labels.c.label)
        .order_by(account_name.c.name, labels.c.label)
    )
    return [(str(row.name), str(row.label), int(row.total)) for row in rows]


def other_movements(unit: Unit, prefix: str, booked: Booked, labels: FromClause) -> list[Movement]:
    """Lines on the accounts that begin so, of transfers that have no label."""
    other, other_name = entry.alias("other"), account_name.alias("other_name")
    rows = unit.run(
        select(
            account_name.c.name,
            entry.c.person_id,
            entry.c.transfer_id,
            entry.c.line,
            entry.c.day,
            entry.c.amount,
            other_name.c.name.label("against"),
        )
        .select_from(
            _entries_named()
            .outerjoin(labels, _same_transfer(labels))
            .join(
                other,
                and_(
                    other.c.transfer_id == entry.c.transfer_id,
                    other.c.person_id == entry.c.person_id,
                    other.c.line != entry.c.line,
                ),
            )
            .join(other_name, other_name.c.number == other.c.account)
        )
        .where(*names_beginning(prefix), booked.condition(), labels.c.label.is_(None))
        .order_by(entry.c.transfer_id, entry.c.person_id, entry.c.line, other.c.line)
    )
    movements: list[Movement] = []
    at: tuple[Any, ...] = ()
    for row in rows:
        if at == (row.person_id, row.transfer_id, row.line):
            before = movements.pop()
            against = (*before.against, row.against)
        else:
            at, against = (row.person_id, row.transfer_id, row.line), (row.against,)
        movements.append(Movement(row.name, row.transfer_id, row.day, int(row.amount), against))
    return movements


def sums_by_name(unit: Unit, prefix: str, booked: Booked) -> dict[str, int]:
    """Sum of the entries of every account that begins so, if not 0."""
    total = func.sum(entry.c.amount)
    rows = unit.run(
        select(account_name.c.name, total.label("total"))
        .select_from(_entries_named())
        .where(*names_beginning(prefix), booked.condition())
        .group_by(account_name.c.name)
        .having(total != 0)
        .order_by(account_name.c.name)
    )
    return {str(row.name): int(row.total) for row in rows}


_TOGETHER = 500

SETTLED = "settled"
"""What :func:`personal_sums` calls the part that settlements took."""

_AGAINST = ("contribution", "credit", "moved", "suspense", "channel", "opening", PERSONAL)
"""Kinds of the accounts that stand against a personal one, the first of a transfer counts."""


def personal_sums(
    unit: Unit, booked: Booked, owners: FromClause, labels: FromClause
) -> dict[str, int]:
    """What went through the personal accounts of ``owners`` (rows of ``person_id``), by against
    which kind of account it stood; of settlements by :data:`SETTLED`.  Debit positive, fen."""
    other, other_name = entry.alias("other"), account_name.alias("other_name")
    rank = case(
        {kind: number for number, kind in enumerate(_AGAINST)},
        value=other_name.c.kind,
        else_=len(_AGAINST),
    )
    against = (
        select(func.min(rank))
        .select_from(other.join(other_name, other_name.c.number == other.c.account))
        .where(
            other.c.transfer_id == entry.c.transfer_id,
            other.c.person_id == entry.c.person_id,
            other.c.line != entry.c.line,
        )
        .correlate(entry)
        .scalar_subquery()
    )
    place = case((labels.c.label.is_not(None), -1), else_=against).label("place")
    lines = (
        select(place, entry.c.amount)
        .select_from(
            _entries_named()
            .join(owners, _owned_by(owners))
            .outerjoin(labels, _same_transfer(labels))
        )
        .where(account_name.c.kind == PERSONAL, booked.condition())
        .subquery()
    )
    rows = unit.run(
        select(lines.c.place, func.sum(lines.c.amount).label("total")).group_by(lines.c.place)
    )
    names = (*_AGAINST, "other", SETTLED)
    return {names[int(row.place)]: int(row.total) for row in rows if row.total}


def personal_total(unit: Unit, booked: Booked, owners: FromClause) -> int:
    """Sum of the entries on the personal accounts of ``owners``."""
    row = unit.run(
        select(func.coalesce(func.sum(entry.c.amount), 0))
        .select_from(_entries_named().join(owners, _owned_by(owners)))
        .where(account_name.c.kind == PERSONAL, booked.condition())
    )
    return int(row.scalar_one())


@dataclass(frozen=True, slots=True)
class JournalLine:
    """An entry as a journal has it; personal accounts are one."""

    day: datetime.date
    transfer_id: str
    account: str
    amount: int
    """Debit positive, fen."""


def journal_lines(unit: Unit, accounts: Sequence[str], booked: Booked) -> list[JournalLine]:
    """The entries of these accounts, in the order of posting."""
    rows = unit.run(
        select(entry.c.day, entry.c.transfer_id, account_name.c.name, entry.c.amount)
        .select_from(_entries_named())
        .where(account_name.c.name.in_(list(accounts)), booked.condition())
        .order_by(entry.c.transfer_id, entry.c.line)
    )
    return [JournalLine(row.day, row.transfer_id, str(row.name), int(row.amount)) for row in rows]


def oldest_open(unit: Unit, prefix: str) -> list[tuple[str, datetime.date, int]]:
    """(account, day, sum of that day's entries) of accounts that begin so and are not at 0."""
    total = func.sum(entry.c.amount)
    open_accounts = (
        select(entry.c.account)
        .select_from(_entries_named())
        .where(*names_beginning(prefix))
        .group_by(entry.c.account)
        .having(total != 0)
    )
    rows = unit.run(
        select(account_name.c.name, entry.c.day, total.label("total"))
        .select_from(_entries_named())
        .where(entry.c.account.in_(open_accounts))
        .group_by(account_name.c.name, entry.c.day)
        .order_by(account_name.c.name, entry.c.day)
    )
    return [(str(row.name), row.day, int(row.total)) for row in rows]


def areas_with(unit: Unit, kinds: Sequence[str]) -> list[str]:
    """Areas whose accounts of these kinds have a name."""
    assert set(kinds) <= {kind.name for kind in CHART}
    names = select(account_name.c.name).where(account_name.c.kind.in_(list(kinds)))
    return sorted({str(name).split(":")[1] for name in unit.run(names).scalars()})


def _entries_named() -> Any:
    return entry.join(account_name, account_name.c.number == entry.c.account)


def _same_transfer(labels: FromClause) -> ColumnElement[bool]:
    return and_(
        labels.c.transfer_id == entry.c.transfer_id, labels.c.person_id == entry.c.person_id
    )


def _owned_by(owners: FromClause) -> ColumnElement[bool]:
    beginning = len(PERSONAL_PREFIX) + 1
    return func.substr(account_name.c.name, beginning) == owners.c.person_id


def lines_of_transfers(
    unit: Unit, person_id: str, transfer_ids: Sequence[str]
) -> dict[str, list[tuple[str, int]]]:
    """(account, fen) of each of these transfers of one owner."""
    lines: dict[str, list[tuple[str, int]]] = {}
    for start in range(0, len(transfer_ids), _TOGETHER):
        rows = unit.run(
            select(entry.c.transfer_id, account_name.c.name, entry.c.amount)
            .select_from(_entries_named())
            .where(
                entry.c.person_id == person_id,
                entry.c.transfer_id.in_(list(transfer_ids[start : start + _TOGETHER])),
            )
        )
        for row in rows:
            lines.setdefault(row.transfer_id, []).append((str(row.name), int(row.amount)))
    return lines
