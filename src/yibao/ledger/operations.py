"""Transfers between accounts, and the balances of personal accounts that they move."""

from __future__ import annotations

import datetime
from collections.abc import Mapping, Sequence
from functools import lru_cache

from sqlalchemy import bindparam, case, func, select, update
from sqlalchemy.exc import IntegrityError

from yibao.database.identifiers import new_identifier
from yibao.database.schema import Fen, Identifier
from yibao.database.statements import Insertion, Write, numbered, placeholders
from yibao.database.unit import Unit
from yibao.errors import InputError, RefusedError
from yibao.ledger.chart import (
    OPENING,
    advance,
    area_due,
    area_owed,
    bank,
    channel,
    claim,
    contributions,
    credits,
    employer,
    fund,
    kind_of,
    maker,
    moved,
    payable,
    personal,
    recovery,
    retained,
    reward,
    rewarded,
    suspense,
)
from yibao.ledger.names import name_accounts, write_names
from yibao.ledger.tables import account, entry
from yibao.messages import message

__all__ = [
    "OPENING",
    "Line",
    "add_opening",
    "advance",
    "area_due",
    "area_owed",
    "bank",
    "change_balances",
    "channel",
    "claim",
    "contributions",
    "credits",
    "employer",
    "fund",
    "maker",
    "moved",
    "open_account",
    "open_accounts",
    "payable",
    "personal",
    "post",
    "rebuilt_balance",
    "recovery",
    "retained",
    "reward",
    "rewarded",
    "suspense",
]

Line = tuple[str, int]
"""(account, fen): debit positive, credit negative."""

_ACCOUNTS, _ENTRIES = Insertion(account), Insertion(entry)


def post(
    unit: Unit, person_id: str, transfer_id: str, day: datetime.date, lines: Sequence[Line]
) -> None:
    """Write a transfer; refuses one that does not sum to zero, or an account off the chart."""
    moved = [(name, amount) for name, amount in lines if amount]
    if sum(amount for _, amount in moved):
        raise AssertionError(f"transfer {transfer_id} does not sum to zero: {moved}")
    for name, _ in moved:
        kind_of(name)
    if not moved:
        return
    name_accounts(unit, [name for name, _ in moved])
    rows = [
        {
            "person_id": person_id,
            "transfer_id": transfer_id,
            "line": number,
            "account": name,
            "amount": amount,
            "day": day,
        }
        for number, (name, amount) in enumerate(moved)
    ]
    unit.run(_ENTRIES, rows)


def change_balances(unit: Unit, changes: dict[str, int]) -> None:
    """Add to personal balances in one statement; refused below zero by the database."""
    moved = {person: amount for person, amount in sorted(changes.items()) if amount}
    if not moved:
        return
    for together in [[person] for person in moved] if unit.is_spread else [list(moved)]:
        amounts = {f"change{number}": moved[person] for number, person in enumerate(together)}
        unit.run(_changing(len(together)), {**numbered(together), **amounts}, broken=_too_little)


@lru_cache(maxsize=64)
def _changing(count: int) -> Write:
    people = placeholders(count, Identifier)
    changes = [
        (account.c.person_id == person, bindparam(f"change{number}", type_=Fen))
        for number, person in enumerate(people)
    ]
    return Write(
        update(account)
        .where(account.c.person_id.in_(people))
        .values(balance=account.c.balance + case(*changes))
    )


def _too_little(error: IntegrityError) -> Exception | None:
    if "never_negative" in str(error.orig):
        return RefusedError(message("个人账户余额不足，没有写入任何内容"))
    return None


def open_account(
    unit: Unit, person_id: str, balance: int, day: datetime.date, transfer: str
) -> None:
    """A new personal account with what it held before the store."""
    if balance < 0:
        raise InputError(message("个人账户的期初余额不能为负"))
    _open(unit, [person_id], balance)
    post(unit, person_id, transfer, day, _opened_with(person_id, balance))


def open_accounts(unit: Unit, people: Sequence[str]) -> None:
    """New personal accounts with nothing in them."""
    _open(unit, people, 0)


def add_opening(
    unit: Unit, balances: Mapping[str, int], day_of: Mapping[str, datetime.date]
) -> None:
    """What accounts that are here already held before the store, in fen; rows are locked.

    Of each person a transfer of its own, of the day up to which the balance counts.
    """
    for person_id, balance in balances.items():
        lines = _opened_with(person_id, balance)
        post(unit, person_id, new_identifier(), day_of[person_id], lines)
    change_balances(unit, dict(balances))


def _open(unit: Unit, people: Sequence[str], balance: int) -> None:
    rows = [{"person_id": name, "balance": balance, "grants": []} for name in people]
    unit.run(_ACCOUNTS, rows)
    write_names(unit, map(personal, people))


def _opened_with(person_id: str, balance: int) -> list[Line]:
    return [(OPENING, balance), (personal(person_id), -balance)]


def rebuilt_balance(unit: Unit, person_id: str) -> int:
    """A personal account's balance from its entries alone."""
    total = unit.run(
        select(func.coalesce(func.sum(entry.c.amount), 0)).where(
            entry.c.account == personal(person_id)
        )
    ).scalar_one()
    return -int(total)
