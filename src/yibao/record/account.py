"""The personal account: balance, statement, monthly credits, and who used it."""

from __future__ import annotations

import datetime
from dataclasses import dataclass
from typing import Any

from sqlalchemy import select, tuple_

from yibao.aid.operations import details_allowed
from yibao.care.tables import settlement
from yibao.database.secrets import Secrets
from yibao.database.unit import Unit
from yibao.insured.tables import monthly_credit
from yibao.ledger.chart import kind_of, personal
from yibao.ledger.tables import account, account_name, entry, named_entry
from yibao.record.care import institution_names
from yibao.record.insurance import masked_name, names_of
from yibao.record.paging import Asked, Page, read_page, read_rows


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
    if not lines:
        return {}
    grows = {line.transfer_id: line.amount > 0 for line in lines}
    sides: dict[str, dict[str, None]] = {transfer: {} for transfer in grows}
    transfers = [(line.person_id, line.transfer_id) for line in lines]
    rows = unit.run(
        select(entry.c.transfer_id, account_name.c.name, entry.c.amount)
        .select_from(named_entry)
        .where(tuple_(entry.c.person_id, entry.c.transfer_id).in_(transfers))
        .order_by(entry.c.transfer_id, entry.c.line)
    )
    for row in rows:
        if row.name != name and (row.amount > 0) != grows[row.transfer_id]:
            sides[row.transfer_id][kind_of(row.name).title] = None
    return {transfer: tuple(titles) for transfer, titles in sides.items()}


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
