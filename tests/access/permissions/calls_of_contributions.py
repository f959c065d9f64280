"""Operations on bills, orders and payments."""

from __future__ import annotations

import datetime

import pytest

import yibao
from yibao.access.permissions import Actor, may
from yibao.insured import operations as insured
from yibao.insured.payments.bills import Periods
from yibao.insured.payments.channels import ChannelPayment, SandboxChannel

from .world import (
    AT,
    DAY,
    PAID,
    World,
    call_of,
)


@call_of("bill")
def _make_bill(world: World, actor: Actor, person: str) -> None:
    insured.make_bill(
        world.database, world.packs, world.key(), person, DAY, actor=actor, month=202602
    )


@call_of("bill")
def _make_back_bills(world: World, actor: Actor, person: str) -> None:
    insured.make_back_bills(world.database, world.packs, world.key(), person, DAY, actor=actor)


@call_of("order")
def _create_order(world: World, actor: Actor, person: str) -> None:
    _, bill_id = world.order(person, "created")
    insured.create_order(world.database, world.key(), person, bill_id, "alipay", actor=actor)


@call_of("order")
def _pay_order(world: World, actor: Actor, person: str) -> None:
    order_id, _ = world.order(person, "created")
    channel = SandboxChannel("wechat")
    paid = insured.pay_order(
        world.database, world.packs, channel, person, order_id, actor=actor, at=AT
    )
    assert paid.status == PAID


@call_of("collect")
def _resolve_order(world: World, actor: Actor, person: str) -> None:
    order_id, _ = world.order(person, "created")
    insured.resolve_order(
        world.database, world.packs, SandboxChannel("wechat"), person, order_id, actor=actor
    )


@call_of("collect")
def _take_payment(world: World, actor: Actor, person: str) -> None:
    order_id, _ = world.order(person, "created")
    payment = ChannelPayment("p1", 1, DAY)
    insured.take_payment(
        world.database, world.packs, "wechat", person, order_id, payment, actor=actor
    )


@call_of("collect")
def _send_refunds(world: World, actor: Actor, person: str) -> None:
    insured.send_refunds(world.database, SandboxChannel("wechat"), actor=actor)


@call_of("pay")
def _pay_now(world: World, actor: Actor, person: str) -> None:
    """From the own account; for a relative from the payer's, by a grant."""
    own = person == actor.person_id or person in actor.wards or actor.person_id is None
    draw = ("own",) if own else (str(actor.person_id),)
    periods = Periods("employee", (202602,), 400_000)
    payable = insured.Payable(person, periods, datetime.date(2026, 2, 2), draw)
    if not own and may(actor, "pay", person):
        with pytest.raises(yibao.errors.RefusedError, match="请走缴费渠道"):
            insured.pay_now(world.database, world.packs, world.key(), payable, actor=actor)
        return  # a relative's own contribution is not what aid may pay here: a rule says so
    insured.pay_now(world.database, world.packs, world.key(), payable, actor=actor)


@call_of("contribute")
def _contribute(world: World, actor: Actor, person: str) -> None:
    insured.contribute(
        world.database,
        world.packs,
        world.key(),
        person,
        datetime.date(2026, 2, 2),
        actor=actor,
        month=202602,
        base=800_000,
    )


@call_of("refund")
def _refund_order(world: World, actor: Actor, person: str) -> None:
    order_id, _ = world.order(person, PAID)
    insured.refund_order(
        world.database, world.packs, world.key(), person, order_id, "多缴", DAY, actor=actor
    )


@call_of("rerate")
def _rerate_bill(world: World, actor: Actor, person: str) -> None:
    _, bill_id = world.order(person, PAID)
    insured.rerate_bill(world.database, world.packs, world.key(), person, bill_id, DAY, actor=actor)


@call_of("rerate")
def _rerate_area(world: World, actor: Actor, person: str) -> None:
    insured.rerate_area(world.database, world.packs, world.area, DAY, actor=actor)


@call_of("read_contributions")
def _contribution_records(world: World, actor: Actor, person: str) -> None:
    insured.contribution_records(world.database, person, actor=actor)


@call_of("read_contributions")
def _orders_of(world: World, actor: Actor, person: str) -> None:
    insured.orders_of(world.database, person, actor=actor)
