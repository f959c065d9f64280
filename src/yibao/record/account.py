"""The personal account: balance, statement, monthly credits, and who used it."""

from __future__ import annotations

import datetime
from dataclasses import dataclass
from typing import Any

from sqlalchemy import func, select, tuple_

from yibao.aid.operations import details_allowed
from yibao.care.tables import settlement
from yibao.database.secrets import Secrets
from yibao.database.unit import Unit
from yibao.insured.tables import monthly_credit
from yibao.ledger.chart import PERSONAL, kind_of, personal
from yibao.ledger.tables import account, account_name, entry, named_entry
from yibao.record.care import institution_names
from yibao.record.insurance import masked_name, names_of
from yibao.record.paging import Asked, Page, read_page, read_rows

_PAYABLE = "payable"


@dataclass(frozen=True, slots=True)
class Counterparty:
    """What stands against a movement: a kind of account, and whose it is."""

    kind: str
    """As the chart of accounts names it."""
    name: str = ""
    """Of an institution, or of a relative, masked; empty for what belongs to nobody else."""


@dataclass(frozen=True, slots=True)
class StatementRow:
    """One movement of a personal account; amounts in fen, money that comes in positive."""

    transfer: str
    day: datetime.date
    amount: int
    balance: int
    """After this movement."""
    other_side: tuple[str, ...]
    """What stands against it, in Chinese."""
    against: tuple[Counterparty, ...] = ()
    """The same by kind, with whose it is, where one may know."""
    on_behalf_of: str = ""
    """The name, masked, of the relative whose treatment or contribution it paid."""


@dataclass(frozen=True, slots=True)
class CreditRow:
    """What was credited for a month (yyyymm)."""

    month: int
    amount: int
    base: int | None


@dataclass(frozen=True, slots=True)
class UsedBy:
    """A draw on one's account by somebody whom one granted it; a reversal is negative."""

    settlement: str
    day: datetime.date
    person: str
    name: str
    institution: str
    amount: int
    kind: str | None
    """None unless the grantee lets the grantor see details."""


def balance(unit: Unit, person_id: str) -> int | None:
    """What the account holds, fen; None where there is no account."""
    fen: int | None = unit.run(
        select(account.c.balance).where(account.c.person_id == person_id)
    ).scalar_one_or_none()
    return fen


def statement_between(
    unit: Unit,
    secrets: Secrets,
    person_id: str,
    asked: Asked,
    first: datetime.date | None = None,
    last: datetime.date | None = None,
) -> Page[StatementRow]:
    """The movements of some days, both included, the newest first, with whom they were.

    The balance after each is the sum of all up to it: days are not in the order of posting.
    """
    name = personal(person_id)
    sign = kind_of(name).sign
    order = (entry.c.transfer_id, entry.c.line)
    running = func.sum(entry.c.amount).over(order_by=order).label("running")
    movements = (
        select(*order, entry.c.person_id, entry.c.day, entry.c.amount, running)
        .where(entry.c.account == name)
        .subquery()
    )
    query = select(movements)
    if first is not None:
        query = query.where(movements.c.day >= first)
    if last is not None:
        query = query.where(movements.c.day <= last)
    rows, after = read_rows(unit, query, (movements.c.transfer_id, movements.c.line), asked)
    against = _counterparties(unit, secrets, name, rows)
    relatives = names_of(
        unit, secrets, sorted({row.person_id for row in rows if row.person_id != person_id})
    )
    return Page(
        tuple(
            StatementRow(
                row.transfer_id,
                row.day,
                sign * row.amount,
                sign * row.running,
                (),
                against[row.transfer_id],
                masked_name(relatives.get(row.person_id, "")),
            )
            for row in rows
        ),
        after,
    )


def _counterparties(
    unit: Unit, secrets: Secrets, name: str, lines: list[Any]
) -> dict[str, tuple[Counterparty, ...]]:
    """What stands against each transfer's line; institutions and relatives by their names."""
    sides = _sides(unit, name, lines)
    accounts = [account for of_transfer in sides.values() for account in of_transfer]
    of_people = sorted(
        {_owner(account) for account in accounts if kind_of(account).name == PERSONAL}
    )
    of_places = sorted(
        {_owner(account) for account in accounts if kind_of(account).name == _PAYABLE}
    )
    people = names_of(unit, secrets, of_people)
    places = institution_names(unit, of_places)

    def counterparty(account: str) -> Counterparty:
        kind = kind_of(account).name
        if kind == PERSONAL:
            return Counterparty(kind, masked_name(people.get(_owner(account), "")))
        if kind == _PAYABLE:
            return Counterparty(kind, places.get(_owner(account), ""))
        return Counterparty(kind)

    return {
        transfer: tuple(dict.fromkeys(counterparty(account) for account in of_transfer))
        for transfer, of_transfer in sides.items()
    }


def _owner(account: str) -> str:
    return account.partition(":")[2]


def statement(unit: Unit, person_id: str, asked: Asked) -> Page[StatementRow]:
    """The movements of the account, the newest first.

    ``asked.after`` is (transfer, line, balance before that line): the balance of each row
    follows from the one after it, so that no page adds up what other pages show.
    """
    name = personal(person_id)
    sign = kind_of(name).sign
    query = select(
        entry.c.transfer_id, entry.c.line, entry.c.person_id, entry.c.day, entry.c.amount
    ).where(entry.c.account == name)
    mark = None if asked.after is None else asked.after[:2]
    after_line = (balance(unit, person_id) or 0) if asked.after is None else int(asked.after[2])
    rows, after = read_rows(
        unit, query, (entry.c.transfer_id, entry.c.line), Asked(mark, asked.most)
    )
    against = _other_sides(unit, name, rows)
    movements = []
    for row in rows:
        amount = sign * row.amount
        movements.append(
            StatementRow(row.transfer_id, row.day, amount, after_line, against[row.transfer_id])
        )
        after_line -= amount
    return Page(tuple(movements), None if after is None else (*after, after_line))


def _other_sides(unit: Unit, name: str, lines: list[Any]) -> dict[str, tuple[str, ...]]:
    """The kinds of the accounts against each transfer's line; whose they are is not told."""
    return {
        transfer: tuple(dict.fromkeys(kind_of(account).title for account in accounts))
        for transfer, accounts in _sides(unit, name, lines).items()
    }


def _sides(unit: Unit, name: str, lines: list[Any]) -> dict[str, list[str]]:
    """The accounts against each transfer's line."""
    if not lines:
        return {}
    grows = {line.transfer_id: line.amount > 0 for line in lines}
    sides: dict[str, list[str]] = {transfer: [] for transfer in grows}
    transfers = [(line.person_id, line.transfer_id) for line in lines]
    rows = unit.run(
        select(entry.c.transfer_id, account_name.c.name, entry.c.amount)
        .select_from(named_entry)
        .where(tuple_(entry.c.person_id, entry.c.transfer_id).in_(transfers))
        .order_by(entry.c.transfer_id, entry.c.line)
    )
    for row in rows:
        if row.name != name and (row.amount > 0) != grows[row.transfer_id]:
            sides[row.transfer_id].append(row.name)
    return sides


def credits(unit: Unit, person_id: str, asked: Asked) -> Page[CreditRow]:
    """The monthly credits."""
    query = select(monthly_credit.c.month, monthly_credit.c.amount, monthly_credit.c.base).where(
        monthly_credit.c.person_id == person_id
    )
    return read_page(
        unit,
        query,
        (monthly_credit.c.month,),
        asked,
        lambda row: CreditRow(row.month, row.amount, row.base),
    )


def used_by(unit: Unit, secrets: Secrets, person_id: str, asked: Asked) -> Page[UsedBy]:
    """谁用了我的账户: draws by others, names masked."""
    query = select(
        settlement.c.settlement_id,
        settlement.c.person_id,
        settlement.c.institution_id,
        settlement.c.end,
        settlement.c.mutual_aid,
        settlement.c.kind,
    ).where(settlement.c.grantor_id == person_id, settlement.c.mutual_aid != 0)
    rows, after = read_rows(unit, query, (settlement.c.settlement_id,), asked)
    allowed = details_allowed(unit, person_id)
    names = names_of(unit, secrets, [row.person_id for row in rows])
    places = institution_names(unit, [row.institution_id for row in rows])

    def used_by_row(row: Any) -> UsedBy:
        return UsedBy(
            row.settlement_id,
            row.end,
            row.person_id,
            masked_name(names[row.person_id]),
            places.get(row.institution_id, row.institution_id),
            row.mutual_aid,
            row.kind if row.person_id in allowed else None,
        )

    return Page(tuple(used_by_row(row) for row in rows), after)
