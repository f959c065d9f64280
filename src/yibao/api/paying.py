"""Paying over the API: bills, orders, payment, wallet transfers."""

from __future__ import annotations

from collections.abc import Iterator

from yibao.api import care_views, views
from yibao.api.acting import RecordCall, RecordService
from yibao.api.records import path_parameter
from yibao.api.schemas import FEN, FLAG, TEXT, WHOLE, items, named, optional
from yibao.api.serving import Json, Operation
from yibao.api.writes import declared, identifier
from yibao.errors import RefusedError
from yibao.inquiry import errands
from yibao.inquiry.asked import CONTRIBUTION
from yibao.inquiry.fact_fields import field_of
from yibao.inquiry.fields import NO_WORDS, Choice, Field
from yibao.insured.accounts.transfers import transfer
from yibao.insured.payments.bills import make_bill
from yibao.insured.payments.channels import PaymentChannel, channel_names
from yibao.insured.payments.orders import create_order, read_order
from yibao.insured.payments.paying import pay_order
from yibao.messages import message
from yibao.policy.kinds import Scheme

_BILL: tuple[Field, ...] = (
    field_of(CONTRIBUTION["year"], label=message("居民缴费年度"), hint=NO_WORDS, when=()),
    field_of(CONTRIBUTION["month"], label=message("职工从哪个月起"), hint=NO_WORDS, when=()),
    field_of(CONTRIBUTION["months"], label=message("职工缴几个月"), when=()),
    field_of(CONTRIBUTION["base"], label=message("申报的缴费基数"), hint=NO_WORDS, when=()),
)
_ORDER = (
    identifier("bill", message("账单编号")),
    field_of(
        errands.CHANNEL,
        label=message("缴费渠道"),
        choices=tuple(Choice(code, name) for code, name in channel_names().items()),
    ),
)
_TRANSFER = (
    identifier("to", message("转给谁：参保人的编号")),
    field_of(errands.TRANSFER_AMOUNT, unit=NO_WORDS),
)
_LINE = named(name=TEXT, amount_fen=FEN, source=TEXT)
_BILL_VIEW = named(
    bill=TEXT,
    scheme=TEXT,
    periods=items(WHOLE),
    due_fen=FEN,
    late=FLAG,
    base_fen=optional(FEN),
    employer_fen=FEN,
    lines=items(_LINE),
)


def paying(service: RecordService) -> Iterator[Operation]:
    """What a person pays, and moves between personal accounts."""
    yield declared(
        service,
        "makeBill",
        "POST",
        "/bills",
        "出账单：居民写年度，职工写月份",
        "bill",
        _BILL,
        {"year": 2026},
        lambda call: _bill(service, call),
        _BILL_VIEW,
        {
            "bill": views.ORDER.example["bill"],
            "scheme": Scheme.RESIDENT,
            "periods": [2026],
            "due_fen": 40000,
            "late": False,
            "base_fen": None,
            "employer_fen": 0,
            "lines": [{"name": "individual", "amount_fen": 40000, "source": "O-CT-01"}],
        },
    )
    yield declared(
        service,
        "createOrder",
        "POST",
        "/orders",
        "下订单，等付款",
        "order",
        _ORDER,
        {"bill": views.ORDER.example["bill"], "channel": "wechat"},
        lambda call: _create_order(service, call),
        named(order=TEXT, person=TEXT, amount_fen=FEN),
        {"order": views.ORDER.example["order"], "person": "me", "amount_fen": 40000},
    )
    yield declared(
        service,
        "payOrder",
        "POST",
        "/orders/{order}/payment",
        "付款：向渠道收款，入账，开收据",
        "order",
        (),
        {},
        lambda call: _pay(service, call),
        named(order=TEXT, status=TEXT, reason=TEXT, amount_fen=FEN, receipt=optional(TEXT)),
        {
            name: views.ORDER.example[name]
            for name in ("order", "status", "reason", "amount_fen", "receipt")
        },
        path_parameter("order", "订单编号。", views.ORDER.example["order"]),
        status=200,
    )
    yield declared(
        service,
        "transfer",
        "POST",
        "/account/transfers",
        "医保钱包转账",
        "transfer",
        _TRANSFER,
        {"to": care_views.GRANT.example["grantee"], "amount": "100.00"},
        lambda call: _transfer(service, call),
        named(amount_fen=FEN, balance_fen=FEN),
        {"amount_fen": 10000, "balance_fen": 340000},
    )


def _bill(service: RecordService, call: RecordCall) -> Json:
    values = call.values
    answer = make_bill(
        call.database,
        service.library,
        call.key,
        call.person_id,
        call.day,
        actor=call.actor,
        year=values["year"],
        month=values["month"],
        months=values["months"],
        base=values["base"],
    )
    (bill,) = answer["bills"]
    return {
        "bill": bill["bill"],
        "scheme": bill["scheme"],
        "periods": bill["periods"],
        "due_fen": bill["due"],
        "late": bill["late"],
        "base_fen": bill["base"],
        "employer_fen": bill["employer"],
        "lines": [
            {"name": line["name"], "amount_fen": line["amount"], "source": line["source"]}
            for line in bill["lines"]
        ],
    }


def _create_order(service: RecordService, call: RecordCall) -> Json:
    _channel(service, call.values["channel"])
    order = create_order(
        call.database,
        call.key,
        call.person_id,
        call.values["bill"],
        call.values["channel"],
        actor=call.actor,
        payer_id=call.actor.person_id,
        at=call.at,
    )
    return {
        "person": order["person"],
        "order": order["order"],
        "amount_fen": order["amount"],
    }


def _channel(service: RecordService, name: str) -> PaymentChannel:
    channel = service.channels.get(name)
    if channel is None:
        raise RefusedError(
            message("没有接通这个缴费渠道，不能下单，也没有收钱；请到经办窗口或税务部门缴")
        )
    return channel


def _pay(service: RecordService, call: RecordCall) -> Json:
    name = call.path["order"]
    order = call.database.read(lambda unit: read_order(unit, call.person_id, name))
    channel = _channel(service, order.channel)
    paid = pay_order(
        call.database,
        service.library,
        channel,
        call.person_id,
        order.order_id,
        actor=call.actor,
        at=call.at,
    )
    return {
        "order": paid.order_id,
        "status": paid.status,
        "reason": paid.reason,
        "amount_fen": paid.amount,
        "receipt": paid.receipt_no,
    }


def _transfer(service: RecordService, call: RecordCall) -> Json:
    moved = transfer(
        call.database,
        call.key,
        call.person_id,
        call.values["to"],
        call.values["amount"],
        call.day,
        actor=call.actor,
        library=service.library,
    )
    return {"amount_fen": moved["amount"], "balance_fen": moved["balance"]}
