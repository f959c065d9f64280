"""The books of one area: its accounts with their balances, and everything that went through them.

A store holds the books of several areas, and the accounts of institutions, people and channels
beside them: what stood against an area's own accounts is one line, and nobody is named.
"""

from __future__ import annotations

import datetime
import io
import zipfile
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from itertools import groupby
from typing import Any

from yibao.access.permissions import Actor, require
from yibao.database.unit import Database, Unit
from yibao.errors import InputError
from yibao.finance.items import LAYERS, PART_WORDS, SCHEME_WORDS
from yibao.finance.months import month_days
from yibao.finance.pack import ARCHIVE_STAMP, area_accounts, csv_table
from yibao.ledger.balances import balance
from yibao.ledger.chart import kind_of
from yibao.ledger.export import beancount_account, beancount_amount
from yibao.ledger.movements import Booked, JournalLine, journal_lines
from yibao.messages import Text, message
from yibao.money.text import format_yuan

_MOST_MONTHS = 120
_FUND, _BANK, _CONTRIBUTION, _CREDIT = "fund", "bank", "contribution", "credit"
_BANKS: dict[str, Text] = {
    "": message("支出户"),
    "income": message("收入户"),
    "treasury": message("财政专户"),
}
_REST = "Equity:Elsewhere"
"""What stood against the area's own accounts, in beancount."""


@dataclass(frozen=True, slots=True)
class AreaAccount:
    """An account of an area's books; fen, the way it grows."""

    name: str
    label: Text
    kind: str
    balance: int


def chart_of_area(
    database: Database, area: str, month: int, *, actor: Actor
) -> tuple[AreaAccount, ...]:
    """The accounts of an area's funds, banks and contributions at the end of a month."""
    require(actor, "read_finance", area=area)
    _, last = month_days(month)

    def fetch(unit: Unit) -> tuple[AreaAccount, ...]:
        return tuple(
            AreaAccount(name, _label(name), kind_of(name).name, balance(unit, name, last))
            for name in area_accounts(unit, area)
        )

    return database.read(fetch, consistent=True)


def _label(account: str) -> Text:
    kind, _, *parts = account.split(":")
    if kind == _FUND:
        scheme, layer = parts
        part = PART_WORDS[LAYERS[layer]]
        return message("{scheme} {part}", scheme=SCHEME_WORDS[scheme], part=part)
    if kind == _BANK:
        return _BANKS.get(parts[0] if parts else "", kind_of(account).title)
    return {
        _CONTRIBUTION: message("缴费，还没有划入基金的"),
        _CREDIT: message("划入个人账户，基金还没有补平的"),
    }[kind]


def area_books(
    database: Database, area: str, first_month: int, last_month: int, *, actor: Actor
) -> bytes:
    """A ZIP of some months: ``accounts.csv``, ``journal.csv``, ``books.beancount``.

    ``InputError`` for more than ten years at once, or months that run backwards.
    """
    require(actor, "read_finance", area=area)
    first, last = month_days(first_month)[0], month_days(last_month)[1]
    if first > last or last.year - first.year > _MOST_MONTHS // 12:
        raise InputError(message("月份从前到后，一次最多十年"), place="month")
    booked = Booked(first, last)
    files = database.read(lambda unit: _files(unit, area, booked), consistent=True)
    archive = io.BytesIO()
    with zipfile.ZipFile(archive, "w", zipfile.ZIP_DEFLATED) as books:
        for name, content in files.items():
            books.writestr(zipfile.ZipInfo(name, ARCHIVE_STAMP), content, zipfile.ZIP_DEFLATED)
    return archive.getvalue()


def _files(unit: Unit, area: str, booked: Booked) -> dict[str, bytes]:
    names = area_accounts(unit, area)
    lines = journal_lines(unit, names, booked)
    before = booked.first - datetime.timedelta(days=1)
    rows: list[Sequence[str]] = []
    for name in names:
        moved = [line.amount for line in lines if line.account == name]
        amounts = (
            balance(unit, name, before),
            sum(amount for amount in moved if amount > 0),
            -sum(amount for amount in moved if amount < 0),
            balance(unit, name, booked.last),
        )
        rows.append((name, str(_label(name)), *map(_plain, amounts)))
    heads = ("account", "title", "opening_yuan", "debit_yuan", "credit_yuan", "closing_yuan")
    journal = [
        (str(line.day), line.transfer_id, line.account, str(_label(line.account)),
         _plain(line.amount))
        for line in lines
    ]  # fmt: skip
    return {
        "accounts.csv": csv_table(heads, rows),
        "journal.csv": csv_table(("day", "transfer", "account", "title", "debit_yuan"), journal),
        "books.beancount": "\n".join([*_beancount(names, lines, booked), ""]).encode(),
    }


def _plain(fen: int) -> str:
    return format_yuan(fen, grouped=False)


def _beancount(names: Sequence[str], lines: Sequence[JournalLine], booked: Booked) -> Iterator[str]:
    yield 'option "operating_currency" "CNY"'
    day = min([booked.first, *(line.day for line in lines)])
    for name in names:
        yield f"{day} open {beancount_account(name)} CNY"
    yield f"{day} open {_REST} CNY"
    for transfer_id, group in groupby(lines, lambda line: line.transfer_id):
        of_transfer: list[Any] = list(group)
        yield f'{of_transfer[0].day} * "{transfer_id}"'
        for line in of_transfer:
            yield f"  {beancount_account(line.account)}  {beancount_amount(line.amount)}"
        rest = -sum(line.amount for line in of_transfer)
        if rest:
            yield f"  {_REST}  {beancount_amount(rest)}"
