"""Personal accounts with their balance, the entries of every account, and snapshots."""

from __future__ import annotations

import hashlib
from functools import lru_cache

from sqlalchemy import (
    BigInteger,
    CheckConstraint,
    Column,
    Date,
    Dialect,
    Index,
    PrimaryKeyConstraint,
    SmallInteger,
    String,
    Table,
)
from sqlalchemy.types import TypeDecorator

from yibao.database.compact import Compact
from yibao.database.schema import (
    METADATA,
    Document,
    Fen,
    Identifier,
    append_only,
    deletable,
    locked,
)
from yibao.database.ties import tied


@lru_cache(maxsize=10_000)
def number_of(account: str) -> int:
    """The number of an account: it follows from the name, so that nobody has to give it out."""
    return int.from_bytes(hashlib.sha256(account.encode()).digest()[:8], "big", signed=True)


class AccountNumber(TypeDecorator[int]):
    """The number of an account; a statement may give the name in its place."""

    impl = BigInteger
    cache_ok = True

    def process_bind_param(self, value: int | str | None, dialect: Dialect) -> int | None:
        """As the column has it."""
        return self.stored_value(value)

    @staticmethod
    def stored_value(value: int | str | None) -> int | None:
        """The number, also of a name."""
        return number_of(value) if isinstance(value, str) else value


account = Table(
    "account",
    METADATA,
    Column("person_id", Identifier, primary_key=True),
    Column("balance", Fen, nullable=False),
    Column("grants", Document, nullable=False),
    CheckConstraint("balance >= 0", name="never_negative"),
)
"""A personal account; its row is the lock under which draws see balance and grants."""
locked(account, place=2)

account_name = append_only(
    Table(
        "account_name",
        METADATA,
        Column("number", AccountNumber, primary_key=True, autoincrement=False),
        Column("kind", String(20), nullable=False),
        Column("name", String(120), nullable=False),
        Index("ix_account_name_kind", "kind", "name"),
    )
)
"""Every account of the ledger: its number, its kind in the chart, its name."""

entry = append_only(
    Table(
        "entry",
        METADATA,
        Column("amount", Fen, nullable=False),
        Column("account", AccountNumber, nullable=False),
        Column("day", Date, nullable=False),
        Column("line", SmallInteger, nullable=False),
        Column("person_id", Compact, nullable=False),
        Column("transfer_id", Compact, nullable=False),
        PrimaryKeyConstraint("transfer_id", "person_id", "line"),
        CheckConstraint("amount <> 0", name="moves_something"),
        Index("ix_entry_account_day", "account", "day"),
        Index("ix_entry_account_transfer", "account", "transfer_id"),
    )
)
"""Debit positive, credit negative, in fen; a transfer's lines sum to zero.
``transfer_id`` sorts by the time of posting, ``day`` is when it happened.  The columns stand
in the order in which PostgreSQL leaves no room between them."""
tied(entry, together="transfer_id", once="e")

named_entry = entry.join(account_name, account_name.c.number == entry.c.account)
"""Entries beside the name of their account: how people read them."""

snapshot = Table(
    "snapshot",
    METADATA,
    Column("account", String(120), primary_key=True),
    Column("day", Date, primary_key=True),
    Column("through", Identifier, nullable=False),
    Column("total", Fen, nullable=False),
)
"""The sum of an account's entries of ``day`` and before whose transfer is not after
``through``.  What came later, for whatever day, is the tail."""

deletable(account, snapshot)
