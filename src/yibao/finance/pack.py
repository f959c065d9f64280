"""An audit pack: a month's statement, journal and balances, with hashes and the chain's head."""

from __future__ import annotations

import csv
import hashlib
import io
import zipfile
from collections.abc import Iterable, Sequence
from typing import Any

import msgspec

from yibao.access.chains import chain_head
from yibao.access.permissions import Actor, require
from yibao.access.seals import last_seal
from yibao.database.unit import Database, Unit
from yibao.finance.carrying import fund_chain
from yibao.finance.months import month_days
from yibao.finance.payables import payables_json, read_payables
from yibao.finance.statement import booked_in, closing_row, read_statement, statement_json
from yibao.finance.written import statement_csv
from yibao.ledger.balances import accounts, balance
from yibao.ledger.chart import kind_of
from yibao.ledger.movements import journal_lines
from yibao.money.text import format_yuan

_KINDS = ("fund", "bank", "contribution", "credit")
ARCHIVE_STAMP = (1980, 1, 1, 0, 0, 0)
"""No clock in the archive: the same books give the same bytes."""


def audit_pack(database: Database, area: str, month: int, *, actor: Actor) -> bytes:
    """A ZIP: ``statement.csv``, ``statement.json``, ``journal.csv``, ``balances.csv``,
    ``payables.json``, and ``manifest.json`` with the sha256 of each, the head of the funds'
    audit chain and the last seal.  No person is named in it."""
    require(actor, "read_finance", area=area)
    month_days(month)
    files = database.read(lambda unit: _files(unit, area, month), consistent=True)
    archive = io.BytesIO()
    with zipfile.ZipFile(archive, "w", zipfile.ZIP_DEFLATED) as pack:
        for name, content in files.items():
            pack.writestr(zipfile.ZipInfo(name, ARCHIVE_STAMP), content, zipfile.ZIP_DEFLATED)
    return archive.getvalue()


def _files(unit: Unit, area: str, month: int) -> dict[str, bytes]:
    booked = booked_in(unit, area, month)
    read = read_statement(unit, area, month)
    names = area_accounts(unit, area)
    journal = [
        (str(line.day), line.transfer_id, line.account, _plain(line.amount))
        for line in journal_lines(unit, names, booked)
    ]
    balances = [
        (name, kind_of(name).title, _plain(balance(unit, name, booked.last))) for name in names
    ]
    files = {
        "statement.csv": statement_csv(read),
        "statement.json": _json(statement_json(read)),
        "journal.csv": csv_table(("day", "transfer", "account", "debit_yuan"), journal),
        "balances.csv": csv_table(("account", "title", "balance_yuan"), balances),
        "payables.json": _json(payables_json(read_payables(unit, area, booked.last))),
    }
    manifest = _manifest(unit, area, month, files)
    return {**files, "manifest.json": _json(manifest)}


def area_accounts(unit: Unit, area: str) -> list[str]:
    """A read fragment: the accounts of an area's funds, banks, contributions and credits."""
    return [
        name
        for kind in _KINDS
        for name in accounts(unit, prefix=f"{kind}:{area}", personal=False)
        if name.split(":")[1] == area
    ]


def _manifest(unit: Unit, area: str, month: int, files: dict[str, bytes]) -> dict[str, Any]:
    row, head, seal = closing_row(unit, area, month), None, last_seal(unit)
    end = chain_head(unit, fund_chain(area))
    if end is not None:
        head = {"chain": fund_chain(area), "sequence": end[0], "head": end[1]}
    return {
        "area": area,
        "month": month,
        "state": None if row is None else row.state,
        "through": None if row is None else row.through,
        "closed_by": None if row is None else row.closed_by,
        "prepared_by": None if row is None else row.prepared_by,
        "chain": head,
        "seal": None if seal is None else {"number": seal.number, "hash": seal.hash},
        "sha256": {name: hashlib.sha256(content).hexdigest() for name, content in files.items()},
    }


def _plain(fen: int) -> str:
    return format_yuan(fen, grouped=False)


def _json(content: Any) -> bytes:
    return msgspec.json.format(msgspec.json.encode(content), indent=1)


def csv_table(heads: Sequence[str], rows: Iterable[Sequence[str]]) -> bytes:
    """UTF-8 with the mark that spreadsheets look for."""
    text = io.StringIO(newline="")
    csv.writer(text).writerows([heads, *rows])
    return text.getvalue().encode("utf-8-sig")
