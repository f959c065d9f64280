"""The second locks of a writer: account rows by owner, after the person rows."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from functools import lru_cache
from typing import Any

from sqlalchemy import select

from yibao.database.schema import Identifier
from yibao.database.statements import Query, numbered, placeholders
from yibao.database.unit import Unit
from yibao.ledger.names import are_named
from yibao.ledger.tables import account


@dataclass(frozen=True, slots=True)
class HeldAccount:
    """A personal account whose row is locked: balance and the grants on it."""

    balance: int
    grants: Any
    """As the room that knows grants wrote them."""


@lru_cache(maxsize=256)
def _locking(count: int) -> Query:
    return Query(
        select(account.c.person_id, account.c.balance, account.c.grants)
        .where(account.c.person_id.in_(placeholders(count, Identifier)))
        .order_by(account.c.person_id)
        .with_for_update()
    )


def expect_accounts(unit: Unit, owners: Iterable[str]) -> None:
    """Say that :func:`lock_accounts` comes after the next query: the two go together."""
    ordered_owners = sorted(set(owners))
    if not unit.is_spread:
        unit.foresee(_locking(len(ordered_owners)), numbered(ordered_owners))


def lock_accounts(unit: Unit, owners: Iterable[str]) -> dict[str, HeldAccount]:
    """Lock and read personal accounts in the order of their owners; some may have none."""
    ordered_owners = sorted(set(owners))
    rows: list[Any] = []
    for together in [[name] for name in ordered_owners] if unit.is_spread else [ordered_owners]:
        rows += unit.run(_locking(len(together)), numbered(together))
    accounts = {row.person_id: HeldAccount(row.balance, row.grants) for row in rows}
    are_named(unit, accounts)
    return accounts


def read_accounts(unit: Unit, owners: Iterable[str]) -> dict[str, HeldAccount]:
    """The same rows, nothing locked: for a check."""
    columns = (account.c.person_id, account.c.balance, account.c.grants)
    rows = unit.run(select(*columns).where(account.c.person_id.in_(list(owners))))
    return {row.person_id: HeldAccount(row.balance, row.grants) for row in rows}
