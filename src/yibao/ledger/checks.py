"""What must hold of the books at any time."""

from __future__ import annotations

from collections.abc import Iterator

from sqlalchemy import func, literal, select

from yibao.database.unit import Unit
from yibao.ledger.balances import snapshot_faults
from yibao.ledger.chart import PERSONAL, PERSONAL_PREFIX
from yibao.ledger.tables import account, account_name, entry, named_entry, number_of
from yibao.messages import Message, message


def ledger_faults(unit: Unit) -> Iterator[Message]:
    """Every rule of the books that does not hold, one sentence each."""
    open_transfers = unit.run(
        select(entry.c.person_id, entry.c.transfer_id, func.sum(entry.c.amount).label("total"))
        .group_by(entry.c.transfer_id, entry.c.person_id)
        .having(func.sum(entry.c.amount) != 0)
    )
    for row in open_transfers:
        yield message(
            "{person_id} 的转账 {transfer_id} 不平，差 {total} 分",
            person_id=row.person_id,
            transfer_id=row.transfer_id,
            total=row.total,
        )
    yield from _name_faults(unit)
    for row in unit.run(select(account).where(account.c.balance < 0)):
        yield message(
            "{person_id} 的个人账户余额为负：{balance} 分",
            person_id=row.person_id,
            balance=row.balance,
        )
    for person_id, stored, rebuilt in differing_balances(unit):
        yield message(
            "{person_id} 的个人账户余额是 {stored} 分，按分录是 {rebuilt} 分",
            person_id=person_id,
            stored=stored,
            rebuilt=rebuilt,
        )
    yield from snapshot_faults(unit)


def _name_faults(unit: Unit) -> Iterator[Message]:
    """Accounts whose name is missing or is not theirs."""
    nameless = (
        select(entry.c.account)
        .outerjoin(account_name, account_name.c.number == entry.c.account)
        .where(account_name.c.number.is_(None))
        .distinct()
    )
    for row in unit.run(nameless):
        yield message("分录的账户 {account} 没有名字", account=row.account)
    for row in unit.run(select(account_name).order_by(account_name.c.kind, account_name.c.name)):
        if number_of(row.name) != row.number or row.kind != row.name.partition(":")[0]:
            yield message("账户 {account} 的编号或种类不对", account=row.name)


def differing_balances(unit: Unit) -> list[tuple[str, int, int]]:
    """Personal accounts whose balance is not that of their entries: (person, stored, rebuilt)."""
    booked = (
        select(account_name.c.name, (-func.sum(entry.c.amount)).label("rebuilt"))
        .select_from(named_entry)
        .where(account_name.c.kind == PERSONAL)
        .group_by(account_name.c.name)
        .subquery()
    )
    rebuilt = func.coalesce(booked.c.rebuilt, 0)
    rows = unit.run(
        select(account.c.person_id, account.c.balance, rebuilt.label("rebuilt"))
        .outerjoin(booked, booked.c.name == literal(PERSONAL_PREFIX) + account.c.person_id)
        .where(account.c.balance != rebuilt)
        .order_by(account.c.person_id)
    )
    differing = [(str(row.person_id), int(row.balance), int(row.rebuilt)) for row in rows]
    without_row = unit.run(
        select(booked.c.name, booked.c.rebuilt)
        .outerjoin(account, booked.c.name == literal(PERSONAL_PREFIX) + account.c.person_id)
        .where(account.c.person_id.is_(None), booked.c.rebuilt != 0)
        .order_by(booked.c.name)
    )
    return differing + [
        (str(row.name).removeprefix(PERSONAL_PREFIX), 0, int(row.rebuilt)) for row in without_row
    ]
