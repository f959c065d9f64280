"""What became of an order to pay, and what to do next."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from starlette.responses import RedirectResponse, Response

from yibao.access.trail import read_record
from yibao.access.users import SYSTEM
from yibao.benefit.billing import BillLine
from yibao.database.unit import Unit
from yibao.errors import InputError, NotFoundError
from yibao.inquiry.citations import cited_source
from yibao.inquiry.sentences import BILL_LINES
from yibao.inquiry.words import SCHEME
from yibao.insured.payments.bills import (
    read_bill,
)
from yibao.insured.payments.channels import PaymentChannel, channel_names
from yibao.insured.payments.orders import Order, read_order
from yibao.insured.payments.paying import pay_order, resolve_order
from yibao.insured.states import OrderStatus
from yibao.messages import Listed, Message, message, message_in
from yibao.portal.own.blocks import Card, Cell, Link, Sheet, figure, leading, plain
from yibao.portal.own.frame import WHOSE, OwnCall
from yibao.portal.own.reading import HOME, yuan
from yibao.portal.own.words import ORDER_STATUS, period_text

_PAY = "/own/pay"


def order_address(call: OwnCall, person: str, order: str) -> str:
    return f"/own/orders/{order}" + ("" if person == call.me else f"?payee={person}")


def _payee(call: OwnCall) -> str:
    """Whose order it is: one's own, or that of a relative for whom one paid."""
    chosen = call.sent.get("payee", "") or call.whose
    if chosen != call.me and chosen not in call.actor.relatives:
        raise NotFoundError(message("没有这个人的订单可看"))
    return chosen


def channel_of(call: OwnCall, name: str) -> PaymentChannel:
    channel = call.counter.channels.get(name)
    if channel is None:
        raise InputError(message("没有这个缴费渠道"), place="channel")
    return channel


_NEXT_STEP: dict[str, Message] = {
    OrderStatus.CREATED: message("打印缴款单，到柜台缴；也可以在这里支付。"),
    OrderStatus.CONFIRMED: message("渠道正在处理，过一会儿再查。"),
    OrderStatus.TIMED_OUT: message(
        "渠道没有回应：钱可能已经扣了。请点“再查一次”，不要重复缴；查清以前不会重复扣。"
    ),
    OrderStatus.POSTED: message("已经入账，收据可以下载。"),
    OrderStatus.PAID: message("收到的钱不能入账，会原路退回。"),
    OrderStatus.REFUNDED: message("钱已经原路退回。"),
    OrderStatus.FAILED: message("没有扣钱，可以换个渠道再缴。"),
}


def order(call: OwnCall) -> Response:
    """What became of an order, and what to do next."""
    person = _payee(call)
    order_id = call.parameters["order"]

    def fetch(unit: Unit) -> tuple[Order, Any]:
        placed = read_order(unit, person, order_id)
        return placed, read_bill(unit, person, placed.bill_id)

    placed, bill = read_record(call.database, call.actor, "order", person, fetch, purpose="order")
    payers = {placed.payer_id, *(owner for owner, _ in placed.taken)}
    if person != call.me and person not in call.actor.wards and call.me not in payers:
        raise NotFoundError(message("没有这笔订单"))
    fields = [("payee", person)]
    links = []
    if placed.status in (OrderStatus.CONFIRMED, OrderStatus.TIMED_OUT):
        links.append(
            Link(
                message("再查一次"),
                f"/own/orders/{order_id}/again",
                post=True,
                second=False,
                fields=fields,
            )
        )
    if placed.status == OrderStatus.CREATED:
        own = "" if person == call.me else f"?{WHOSE}={person}"
        if person == call.me or person in call.actor.wards:
            links.append(Link(message("缴款单（PDF）"), f"/own/orders/{order_id}/slip.pdf{own}"))
        if placed.channel in call.counter.channels:
            links.append(
                Link(
                    message("在这里支付（沙箱）"),
                    f"/own/orders/{order_id}/again",
                    post=True,
                    fields=fields,
                )
            )
    if placed.receipt_no and (person == call.me or person in call.actor.wards):
        own = "" if person == call.me else f"?{WHOSE}={person}"
        links.append(
            Link(message("收据（PDF）"), f"/own/receipts/{order_id}.pdf{own}", second=False)
        )
    if placed.status == OrderStatus.FAILED:
        links.append(Link(message("再缴一次"), _PAY, second=False))
    status = ORDER_STATUS[placed.status]
    block = Card(
        message("订单"),
        lead=_NEXT_STEP.get(placed.status),
        facts=[
            (message("订单号"), placed.order_id),
            (message_in("paying", "给谁缴"), call.names([person])[person]),
            (message("险种"), SCHEME[bill.wanted.scheme]),
            (
                message("所属期"),
                Listed(period_text(bill.wanted.scheme, period) for period in bill.wanted.periods),
            ),
            (message("金额"), yuan(placed.total)),
            (
                message("渠道"),
                message("个人账户") if placed.taken else channel_names()[placed.channel],
            ),
            *([(message("说明"), Message(placed.reason))] if placed.reason else []),
            *([(message("收据编号"), placed.receipt_no)] if placed.receipt_no else []),
        ],
        columns=[message_in("paying", "明细"), message("金额")],
        rows=[[plain(BILL_LINES[line.name]), figure(yuan(line.amount))] for line in bill.lines],
        links=links,
    )
    behind = Card(
        message("依据"),
        columns=[message_in("paying", "明细"), message("来源")],
        rows=_sources(call, bill.lines),
    )
    sheet = Sheet(
        message("缴费结果"),
        message("{status}，{amount}", status=status, amount=yuan(placed.total)),
        blocks=[block, behind] if behind.rows else [block],
        back=HOME,
        good=placed.status == OrderStatus.POSTED,
    )
    return call.show(sheet)


def _sources(call: OwnCall, lines: Sequence[BillLine]) -> list[list[Cell]]:
    """What each line rests on: the title of every source, with the page that has it whole."""
    packs = call.counter.packs
    known = packs.sources()
    return [
        [
            plain(BILL_LINES[line.name]),
            leading(f"{name} {cited_source(packs, name).title}", f"/policy/source/{name}")
            if name in known
            else plain(name),
        ]
        for line in lines
        for name in line.source
    ]


def again(call: OwnCall) -> Response:
    """Pay an order that waits, or ask what became of it."""
    person = _payee(call)
    order_id = call.parameters["order"]
    placed = read_record(
        call.database,
        call.actor,
        "order",
        person,
        lambda unit: read_order(unit, person, order_id),
        purpose="order",
    )
    channel = channel_of(call, placed.channel)
    paying = placed.status == OrderStatus.CREATED
    step = pay_order if paying else resolve_order
    step(
        call.database,
        call.counter.packs,
        channel,
        person,
        order_id,
        # What became of an order is asked by the service, for the person who may see it.
        actor=call.actor if paying else SYSTEM,
        at=call.counter.now(),
    )
    return RedirectResponse(order_address(call, person, order_id), 303)
