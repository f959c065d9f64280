"""我要办 → 缴费: the period, what it costs, the channel, and what became of it."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from starlette.responses import RedirectResponse, Response

from yibao.access.operations import Key
from yibao.access.trail import read_record
from yibao.access.users import SYSTEM
from yibao.benefit.billing import BillLine
from yibao.benefit.described import TODAY
from yibao.database.unit import Unit
from yibao.errors import InputError, NotFoundError, UnsourcedError
from yibao.inquiry import errands
from yibao.inquiry.asked import CONTRIBUTION
from yibao.inquiry.citations import cited_source
from yibao.inquiry.fact_fields import field_of
from yibao.inquiry.fields import NO_WORDS, Choice, Field, Values
from yibao.inquiry.sentences import BILL_LINES
from yibao.inquiry.words import SCHEME
from yibao.insured.payments.bills import (
    Periods,
    make_bill,
    periods_of,
    read_bill,
    require_own_months,
    require_payable,
)
from yibao.insured.payments.channels import PaymentChannel, channel_names
from yibao.insured.payments.orders import Order, create_order, read_order
from yibao.insured.payments.paying import pay_order, resolve_order
from yibao.insured.states import OrderStatus
from yibao.messages import Fen, Listed, Message, Text, Wording, message, message_in
from yibao.policy.kinds import Scheme
from yibao.policy.model import Words
from yibao.portal.own.blocks import Card, Cell, Link, Sheet, figure, leading, plain
from yibao.portal.own.frame import WHOSE, Form, OwnCall, recapped
from yibao.portal.own.reading import HOME, yuan
from yibao.portal.own.words import OF_EMPLOYEES, OF_RESIDENTS, ORDER_STATUS, period_text
from yibao.record.used import held_state

PATH = "/own/pay"
_COUNTER = "counter_slip"
_PAYEE = "payee"


def _scheme_of(call: OwnCall) -> str:
    """What the person is enrolled in today; the form begins with it."""
    facts, _ = call.database.read(lambda unit: held_state(unit, call.me))
    enrolment = facts.enrolment_on(call.today)
    return Scheme.RESIDENT if enrolment is None else enrolment.scheme


def _form(call: OwnCall) -> Form:
    relatives = call.relatives()
    people = [call.me, *relatives]
    names = call.names([call.me]) | relatives
    year = call.today.year
    years = [str(paid_year) for paid_year in (year, year + 1)]
    return Form(
        message_in("paying", "缴费"),
        (
            Field(
                _PAYEE,
                message("给谁缴"),
                "choice",
                default=call.sent.get(WHOSE, call.me) if call.request.method == "GET" else "",
                required=True,
                choices=tuple(
                    Choice(person_id, Words(names[person_id], names[person_id]))
                    for person_id in people
                ),
                hint=message("可以给登记过的亲属缴；没有列出的，先带证明到经办窗口登记亲属关系。"),
            ),
            field_of(
                CONTRIBUTION["scheme"],
                label=message("险种"),
                default=_scheme_of(call),
                required=True,
                choices=(
                    Choice(Scheme.RESIDENT, message("城乡居民（按年）")),
                    Choice(Scheme.EMPLOYEE, message("职工、灵活就业（按月）")),
                ),
            ),
            field_of(
                CONTRIBUTION["year"],
                label=message("哪一年的"),
                kind="choice",
                default=years[1] if call.today.month >= 9 else years[0],
                required=True,
                choices=tuple(
                    Choice(paid_year, message("{year} 年", year=paid_year)) for paid_year in years
                ),
                when=(OF_RESIDENTS,),
                hint=message("集中缴费期一般在上一年秋冬。"),
            ),
            field_of(
                CONTRIBUTION["month"],
                label=message_in("paying", "从哪个月起"),
                hint=NO_WORDS,
                default=TODAY,
                required=True,
                when=(OF_EMPLOYEES,),
            ),
            field_of(
                CONTRIBUTION["months"],
                required=True,
                unit=NO_WORDS,
                when=(OF_EMPLOYEES,),
            ),
            field_of(
                CONTRIBUTION["base"],
                when=(OF_EMPLOYEES,),
                hint=message("不填按最低基数。"),
            ),
            field_of(
                errands.CHANNEL,
                default="wechat",
                choices=tuple(
                    Choice(code, name)
                    for code, name in channel_names().items()
                    if code in call.counter.channels
                ),
                hint=message("沙箱渠道：不会真的扣钱。"),
            ),
        ),
        button=message("算应缴多少"),
        hindered=None
        if call.counter.channels
        else message("这里还没有接通缴费渠道，不能下单；请到经办窗口或税务部门缴。"),
        recap=message("请核对后支付"),
    )


def _periods(values: Values) -> Periods:
    if values["scheme"] == Scheme.RESIDENT:
        return periods_of(int(values["year"]), None, 1, None)
    return periods_of(None, values["month"], values["months"], values["base"])


def pay(call: OwnCall) -> Response:
    """Whom, what, how; then what it costs; then the channel is asked."""
    form = _form(call)

    def payee(values: Values) -> str:
        chosen = str(values[_PAYEE])
        if chosen != call.me and chosen not in call.actor.relatives:
            raise InputError(message("只能给本人和登记过的亲属缴"), place=_PAYEE)
        return chosen

    def recap(values: Values) -> list[tuple[Wording, Text]]:
        person, periods = payee(values), _periods(values)

        def priced(unit: Unit) -> Any:
            facts, _ = held_state(unit, person)
            require_payable(facts, periods, priced_next=True)
            require_own_months(call.actor, facts, periods)
            return periods.price(call.counter.packs, facts, call.today)

        try:
            bill = read_record(call.database, call.actor, "bill", person, priced, purpose="price")
        except UnsourcedError:
            raise InputError(
                message("这一期的缴费标准还没有公布，不能代为估计；公布以后再来缴"),
                place="year" if periods.scheme == Scheme.RESIDENT else "month",
            ) from None
        lines: list[tuple[Wording, Text]] = [
            (message_in("paying", "给谁缴"), call.labels([person])[person]),
            (message("险种"), SCHEME[periods.scheme]),
            (
                message("所属期"),
                Listed(period_text(periods.scheme, period) for period in periods.periods),
            ),
        ]
        lines += [(BILL_LINES[line.name], Fen(line.amount)) for line in bill.lines]
        return [
            *lines,
            (message("应缴合计"), yuan(bill.due)),
            (message("渠道"), channel_names()[str(values["channel"])]),
        ]

    def act(values: Values) -> Response:
        person, periods, once = payee(values), _periods(values), call.once()
        channel = _channel(call, str(values["channel"]))
        resident = periods.scheme == Scheme.RESIDENT
        billed = make_bill(
            call.database,
            call.counter.packs,
            Key(call.me, "portal_bill", once),
            person,
            call.today,
            actor=call.actor,
            year=periods.periods[0] if resident else None,
            month=None if resident else periods.periods[0],
            months=len(periods.periods),
            base=periods.base,
        )
        order = create_order(
            call.database,
            Key(call.me, "portal_order", once),
            person,
            billed["bills"][0]["bill"],
            channel.name,
            actor=call.actor,
            payer_id=call.me,
            at=call.counter.now(),
        )
        if channel.name != _COUNTER:
            pay_order(
                call.database,
                call.counter.packs,
                channel,
                person,
                order["order"],
                actor=call.actor,
                at=call.counter.now(),
            )
        return RedirectResponse(_order_address(call, person, order["order"]), 303)

    return recapped(call, form, PATH, recap, act)


def _order_address(call: OwnCall, person: str, order: str) -> str:
    return f"/own/orders/{order}" + ("" if person == call.me else f"?payee={person}")


def _payee(call: OwnCall) -> str:
    """Whose order it is: one's own, or that of a relative for whom one paid."""
    chosen = call.sent.get("payee", "") or call.whose
    if chosen != call.me and chosen not in call.actor.relatives:
        raise NotFoundError(message("没有这个人的订单可看"))
    return chosen


def _channel(call: OwnCall, name: str) -> PaymentChannel:
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
    if person != call.me and person not in call.actor.wards and placed.payer_id != call.me:
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
        links.append(Link(message("再缴一次"), PATH, second=False))
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
            (message("金额"), yuan(placed.amount)),
            (message("渠道"), channel_names()[placed.channel]),
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
        message("{status}，{amount}", status=status, amount=yuan(placed.amount)),
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
    channel = _channel(call, placed.channel)
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
    return RedirectResponse(_order_address(call, person, order_id), 303)
