"""What rooms above may join into their own statements, and change under the account's lock."""

from __future__ import annotations

import datetime
from collections.abc import Iterable
from typing import Any

from sqlalchemy import ColumnElement, delete, func, select, update

from yibao.database.unit import Unit
from yibao.ledger.chart import CHART
from yibao.ledger.tables import account, account_name, entry, named_entry


def names_beginning(prefix: str) -> list[ColumnElement[bool]]:
    """Accounts whose name begins so, as conditions on ``account_name``; the index leads there."""
    kinds = [
        kind.name
        for kind in CHART
        if kind.name.startswith(prefix) or prefix.startswith(f"{kind.name}:")
    ]
    return [
        account_name.c.kind.in_(kinds),
        account_name.c.name.startswith(prefix, autoescape=True),
    ]


def is_open(owner: ColumnElement[str]) -> ColumnElement[bool]:
    """Whether somebody has a personal account, as a column beside ``owner``."""
    return select(account.c.person_id).where(account.c.person_id == owner).exists()


def own_balance(unit: Unit, owner: str) -> int | None:
    """The balance as it is stored, nothing locked; None without an account."""
    balance = unit.run(select(account.c.balance).where(account.c.person_id == owner)).scalar()
    return None if balance is None else int(balance)


def totals(unit: Unit, *, prefix: str = "", name: str = "") -> dict[str, int]:
    """Sums of the entries (debit positive) of one account or of all that begin so, if not 0."""
    rows = unit.run(
        select(account_name.c.name, func.sum(entry.c.amount).label("total"))
        .select_from(named_entry)
        .where(*names_beginning(prefix) if prefix else [account_name.c.number == name])
        .group_by(account_name.c.name)
        .having(func.sum(entry.c.amount) != 0)
        .order_by(account_name.c.name)
    )
    return {str(row.name): int(row.total) for row in rows}


def store_grants(unit: Unit, owner: str, grants: Any) -> None:
    """Replace what the row says of who may draw; the caller has locked the account."""
    unit.run(update(account).where(account.c.person_id == owner).values(grants=grants))


def drop_account(unit: Unit, owner: str) -> None:
    """Delete the row of an account that was emptied; the caller has locked it."""
    unit.run(delete(account).where(account.c.person_id == owner))


def booked_for(unit: Unit, name: str, person_id: str, day: datetime.date) -> int:
    """What is booked on an account for one person and one day, in fen."""
    booked = unit.run(
        select(func.coalesce(func.sum(entry.c.amount), 0)).where(
            entry.c.account == name,
            entry.c.day == day,
            entry.c.person_id == person_id,
        )
    )
    return int(booked.scalar_one())


def has_entries(unit: Unit, name: str, transfer_ids: Iterable[str]) -> bool:
    """Whether any of these transfers is booked on an account."""
    wanted = (entry.c.account == name, entry.c.transfer_id.in_(list(transfer_ids)))
    return unit.run(select(entry.c.line).where(*wanted).limit(1)).first() is not None
