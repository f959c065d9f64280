"""The books as a text that beancount loads and checks."""

from __future__ import annotations

import datetime
from collections.abc import Callable, Iterator
from itertools import groupby

from sqlalchemy import func, select

from yibao.access.permissions import Actor, require
from yibao.database.unit import Database, Unit
from yibao.ledger.balances import accounts, total
from yibao.ledger.chart import kind_of
from yibao.ledger.tables import account_name, entry, named_entry

_CURRENCY = "CNY"


def beancount_account(account: str) -> str:
    """An account's name in beancount; two accounts never get the same."""
    kind = kind_of(account)
    _, *parts = account.split(":", len(kind.parts))
    title = kind.name.capitalize()
    return ":".join([kind.nature.value, title, *(_component(part) for part in parts)])


def _component(text: str) -> str:
    """Letters and digits as they are, anything else as ``-HEX-``; begins with ``N``."""
    return "N" + "".join(
        sign if sign.isascii() and sign.isalnum() else f"-{ord(sign):x}-" for sign in text
    )


def beancount_amount(fen: int, *, exactly: bool = False) -> str:
    """Fen in beancount; ``exactly``: as a balance that tolerates nothing."""
    sign = "-" if fen < 0 else ""
    tolerance = " ~ 0" if exactly else ""
    return f"{sign}{abs(fen) // 100}.{abs(fen) % 100:02d}{tolerance} {_CURRENCY}"


def export_books(
    database: Database, write: Callable[[Iterator[str]], None], *, actor: Actor
) -> None:
    """Hand the whole books, as they are at one moment, to ``write`` line by line."""
    require(actor, "export_ledger")
    database.read(lambda unit: write(beancount_lines(unit)), consistent=True)


def beancount_lines(unit: Unit) -> Iterator[str]:
    """Line by line: accounts, transactions in the order of posting, and what each must hold.

    Read it in a consistent unit: the balances asserted at the end are taken apart from
    the transactions.
    """
    yield f'option "operating_currency" "{_CURRENCY}"'
    days = unit.run(
        select(func.min(entry.c.day).label("first"), func.max(entry.c.day).label("last"))
    ).one()
    if days.first is None:
        return
    named = list(accounts(unit))
    for account in named:
        yield f"{days.first} open {beancount_account(account)} {_CURRENCY}"
        yield f'  account: "{_quoted(account)}"'
    rows = unit.run(
        select(entry, account_name.c.name)
        .select_from(named_entry)
        .order_by(entry.c.transfer_id, entry.c.person_id, entry.c.line)
        .execution_options(yield_per=2000)
    )
    for (_, transfer_id), lines in groupby(rows, lambda row: (row.person_id, row.transfer_id)):
        for number, row in enumerate(lines):
            if number == 0:
                yield f'{row.day} * "{_quoted(transfer_id)}"'
            yield f"  {beancount_account(row.name)}  {beancount_amount(row.amount)}"
    day = days.last + datetime.timedelta(days=1)
    for account in named:
        balance = beancount_amount(total(unit, account), exactly=True)
        yield f"{day} balance {beancount_account(account)}  {balance}"


def _quoted(text: str) -> str:
    return text.replace("\\", "\\\\").replace('"', '\\"')
