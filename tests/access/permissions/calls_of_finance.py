"""The fund's own books: read, entered, signed, carried, closed."""

from __future__ import annotations

import contextlib
import datetime

from yibao.access.permissions import Actor
from yibao.errors import ConflictError, NotFoundError
from yibao.finance import budgets, closing, vouchers
from yibao.finance.carrying import carry_month
from yibao.finance.items import FundItem, FundPart
from yibao.finance.statement import fund_statement
from yibao.finance.states import VoucherKind
from yibao.policy.kinds import Scheme
from yibao.statistics.reading import monthly_table
from yibao.statistics.shapes import TableCode

from .world import World, call_of

_MONTH = 202001


@call_of("read_finance")
def _read(world: World, actor: Actor, person: str) -> None:
    fund_statement(world.database, world.area, _MONTH, actor=actor)


@call_of("read_statistics")
def _count(world: World, actor: Actor, person: str) -> None:
    day = datetime.date(2020, 2, 1)
    monthly_table(world.database, world.area, _MONTH, TableCode.T1, actor=actor, today=day)


@call_of("enter_fund_money")
def _enter(world: World, actor: Actor, person: str) -> None:
    interest = vouchers.FundMoney(
        world.area,
        VoucherKind.INTEREST,
        100,
        datetime.date(2020, 1, 31),
        "1",
        Scheme.EMPLOYEE,
        FundPart.POOLED,
    )
    vouchers.enter_voucher(world.database, world.key(), interest, actor=actor)


@call_of("sign_fund_money")
def _sign(world: World, actor: Actor, person: str) -> None:
    with contextlib.suppress(NotFoundError):
        vouchers.sign_voucher(world.database, world.key(), "none", actor=actor)


@call_of("carry_fund")
def _carry(world: World, actor: Actor, person: str) -> None:
    carry_month(world.database, world.key(), world.area, _MONTH, actor=actor)


@call_of("enter_budget")
def _plan(world: World, actor: Actor, person: str) -> None:
    line = (Scheme.EMPLOYEE, FundPart.POOLED, FundItem.INTEREST, 100)
    with contextlib.suppress(ConflictError):
        budgets.change_budget_line(
            world.database, world.key(), world.area, 2020, line, "1", actor=actor
        )


@call_of("approve_budget")
def _approve(world: World, actor: Actor, person: str) -> None:
    with contextlib.suppress(NotFoundError):
        budgets.approve_budget(world.database, world.key(), "none", actor=actor)


@call_of("prepare_closing")
def _prepare(world: World, actor: Actor, person: str) -> None:
    closing.prepare_closing(world.database, world.key(), world.area, 201912, actor=actor)


@call_of("close_month")
def _close(world: World, actor: Actor, person: str) -> None:
    with contextlib.suppress(NotFoundError):
        closing.close_month(world.database, world.key(), world.area, 201911, actor=actor)
