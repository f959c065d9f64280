"""A desk that makes bills, takes orders and pays them through channels."""

from __future__ import annotations

import datetime
from typing import Any

from sqlalchemy import func, select

from yibao.access.operations import Key
from yibao.access.tables import event, message
from yibao.database.unit import Database
from yibao.insured import operations as insured
from yibao.insured import tables
from yibao.insured.payments.channels import SandboxChannel
from yibao.insured.payments.orders import Order
from yibao.insured.tables import bill, channel_payment, order_, receipt
from yibao.ledger.tables import account, entry
from yibao.policy.compile import PolicyLibrary

from ..support.actors import CLERK

DAY = datetime.date.fromisoformat
AUTUMN = datetime.datetime(2025, 11, 2, 4, tzinfo=datetime.UTC)
DUE = 40_000
"""A resident's year 2026, paid in its window."""


class Desk:
    """The operations of one store, on one day."""

    def __init__(self, database: Database, packs: PolicyLibrary, at: datetime.datetime) -> None:
        self.database, self.packs, self.at = database, packs, at
        self.count = 0

    def key(self) -> Key:
        self.count += 1
        return Key("desk", "test", str(self.count))

    def bill(self, **period: Any) -> dict[str, Any]:
        billed = insured.make_bill(
            self.database, self.packs, self.key(), "p1", self.at.date(), actor=CLERK, **period
        )
        new_bill: dict[str, Any] = billed["bills"][0]
        return new_bill

    def order(self, bill_id: str, channel: str = "wechat", payer: str | None = None) -> str:
        ordered = insured.create_order(
            self.database,
            self.key(),
            "p1",
            bill_id,
            channel,
            actor=CLERK,
            payer_id=payer,
            at=self.at,
        )
        return str(ordered["order"])

    def pay(self, channel: SandboxChannel, order_id: str) -> Order:
        return insured.pay_order(
            self.database, self.packs, channel, "p1", order_id, actor=CLERK, at=self.at
        )

    def resolve(self, channel: SandboxChannel, order_id: str) -> Order:
        return insured.resolve_order(
            self.database, self.packs, channel, "p1", order_id, actor=CLERK, at=self.at
        )

    def balance(self, name: str) -> int:
        query = select(func.coalesce(func.sum(entry.c.amount), 0)).where(entry.c.account == name)
        return int(self.database.read(lambda unit: unit.run(query).scalar_one()))

    def paid_years(self) -> list[int]:
        assert self.database.read(lambda unit: insured.profile_faults(unit, "p1")) == []
        return [
            row["period"] for row in insured.contribution_records(self.database, "p1", actor=CLERK)
        ]

    def whole(self) -> list[Any]:
        counted = (
            tables.person, tables.contribution, tables.cover, bill, order_, channel_payment,
            receipt, entry, account, event, message,
        )  # fmt: skip
        return self.database.read(
            lambda unit: [tuple(row) for table in counted for row in unit.run(select(table))]
        )
