"""Transfers between accounts; the chart of accounts in one place.

``personal:ID`` what the area owes a person; ``fund:AREA:SCHEME:LAYER`` what a layer
of a pooled fund has paid; ``payable:INSTITUTION`` what an institution is owed;
``opening`` balances from before the store; ``credit:AREA`` monthly credits;
``contribution:AREA`` bills paid from accounts.
"""

from __future__ import annotations

import datetime
from collections.abc import Sequence

from sqlalchemy import case, insert, literal, select, update
from sqlalchemy.exc import IntegrityError

from yibao.database.unit import Unit
from yibao.errors import InputError, RefusedError
from yibao.ledger.tables import account, entry

OPENING = "opening"

Line = tuple[str, int]
"""(account, fen): debit positive, credit negative."""


def personal(person_id: str) -> str:
    return f"personal:{person_id}"


def fund(area: str, scheme: str, layer: str) -> str:
    return f"fund:{area}:{scheme}:{layer}"


def payable(institution_id: str) -> str:
    return f"payable:{institution_id}"


def credits(area: str) -> str:
    return f"credit:{area}"


def contributions(area: str) -> str:
    return f"contribution:{area}"


def post(
    unit: Unit, person_id: str, transfer_id: str, day: datetime.date, lines: Sequence[Line]
) -> None:
    """Write a transfer; refuses one that does not sum to zero."""
    moved = [(name, amount) for name, amount in lines if amount]
    if sum(amount for _, amount in moved):
        raise AssertionError(f"transfer {transfer_id} does not sum to zero: {moved}")
    if not moved:
        return
    unit.run(
        insert(entry),
        [
            {
                "person_id": person_id,
                "transfer_id": transfer_id,
                "line": number,
                "account": name,
                "amount": amount,
                "day": day,
            }
            for number, (name, amount) in enumerate(moved)
        ],
    )


def change_balances(unit: Unit, changes: dict[str, int]) -> None:
    """Add to personal balances in one statement; refused below zero by the database."""
    moved = {person: amount for person, amount in changes.items() if amount}
    if not moved:
        return
    delta = case(
        *((account.c.person_id == person, literal(amount)) for person, amount in moved.items()),
        else_=literal(0),
    )
    try:
        unit.run(
            update(account)
            .where(account.c.person_id.in_(sorted(moved)))
            .values(balance=account.c.balance + delta)
        )
    except IntegrityError as error:
        if "never_negative" in str(error.orig):
            raise RefusedError("个人账户余额不足，没有写入任何内容") from None
        raise


def open_account(
    unit: Unit, person_id: str, balance: int, day: datetime.date, transfer: str
) -> None:
    """A new personal account with what it held before the store."""
    if balance < 0:
        raise InputError("个人账户的期初余额不能为负")
    unit.run(insert(account), {"person_id": person_id, "balance": balance, "grants": []})
    post(unit, person_id, transfer, day, [(OPENING, balance), (personal(person_id), -balance)])


def rebuilt_balance(unit: Unit, person_id: str) -> int:
    """A personal account's balance from its entries alone."""
    rows = unit.run(select(entry.c.amount).where(entry.c.account == personal(person_id)))
    return -sum(int(row.amount) for row in rows)
