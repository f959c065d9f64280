"""我要办 → 缴费: the period, what it costs, the channel, and what became of it."""

from __future__ import annotations

from typing import Any

from starlette.responses import RedirectResponse, Response

from yibao.access.operations import Key
from yibao.access.trail import read_record
from yibao.access.users import SYSTEM
from yibao.database.unit import Unit
from yibao.errors import InputError, NotFoundError, UnsourcedError
from yibao.inquiry.fields import Choice, Field, Values
from yibao.inquiry.record_words import english_value
from yibao.inquiry.sentences import BILL_LINES
from yibao.inquiry.words import SCHEME
from yibao.insured.bills import Periods, make_bill, periods_of, read_bill, require_payable
from yibao.insured.channels import Channel, channel_names
from yibao.insured.orders import Order, create_order, read_order
from yibao.insured.paying import pay_order, resolve_order
from yibao.money.text import format_yuan
from yibao.policy.model import Words
from yibao.portal.own.blocks import Block, Link, Told, figure, plain
from yibao.portal.own.frame import WHOSE, Form, Visit, recapped
from yibao.portal.own.reading import HOME, yuan
from yibao.portal.own.words import OF_EMPLOYEES, OF_RESIDENTS, ORDER_STATUS, period_text
from yibao.record.used import held_state

PATH = "/own/pay"
_COUNTER = "counter_slip"
_PAYEE = "payee"
_MOST_MONTHS = 12


def _scheme_of(visit: Visit) -> str:
    """What the person is enrolled in today; the form begins with it."""
    facts, _ = visit.database.read(lambda unit: held_state(unit, visit.me))
    held = facts.enrolment_on(visit.today)
    return "resident" if held is None else held.scheme


def _form(visit: Visit) -> Form:
    people = [visit.me, *sorted(visit.actor.relatives)]
    names = visit.names(people)
    year = visit.today.year
    years = [str(one) for one in (year, year + 1)]
    return Form(
        Words("缴费", "Pay a contribution"),
        (
            Field(
                _PAYEE,
                Words("给谁缴", "For whom"),
                "choice",
                default=visit.sent.get(WHOSE, visit.me) if visit.request.method == "GET" else "",
                required=True,
                choices=tuple(Choice(one, Words(names[one], names[one])) for one in people),
                hint=Words(
                    "可以给登记过的亲属缴；没有列出的，先带证明到经办窗口登记亲属关系。",
                    "Yourself and relatives on record; others must be recorded at the office.",
                ),
            ),
            Field(
                "scheme",
                Words("险种", "Scheme"),
                "choice",
                default=_scheme_of(visit),
                required=True,
                choices=(
                    Choice("resident", Words("城乡居民（按年）", "Residents, by year")),
                    Choice("employee", Words("职工、灵活就业（按月）", "Employees, by month")),
                ),
            ),
            Field(
                "year",
                Words("哪一年的", "Year"),
                "choice",
                default=years[1] if visit.today.month >= 9 else years[0],
                required=True,
                choices=tuple(Choice(one, Words(f"{one} 年", one)) for one in years),
                when=(OF_RESIDENTS,),
                hint=Words("集中缴费期一般在上一年秋冬。", "Paid in the autumn before, as a rule."),
            ),
            Field(
                "month",
                Words("从哪个月起", "First month"),
                "month",
                default="today",
                required=True,
                when=(OF_EMPLOYEES,),
            ),
            Field(
                "months",
                Words("缴几个月", "How many months"),
                "whole",
                default="1",
                required=True,
                least=1,
                most=_MOST_MONTHS,
                when=(OF_EMPLOYEES,),
            ),
            Field(
                "base",
                Words("缴费基数", "Contribution base"),
                "amount",
                unit=Words("元/月", "yuan a month"),
                when=(OF_EMPLOYEES,),
                hint=Words("不填按最低基数。", "The lowest base if left empty."),
            ),
            Field(
                "channel",
                Words("怎么缴", "How"),
                "choice",
                default="wechat",
                required=True,
                choices=tuple(
                    Choice(code, Words(name, english_value(name)))
                    for code, name in channel_names().items()
                    if code in visit.counter.channels
                ),
                hint=Words("沙箱渠道：不会真的扣钱。", "A sandbox: no money is taken."),
            ),
        ),
        button=Words("算应缴多少", "See what is due"),
        recap=Words("请核对后支付", "Please check before paying"),
    )


def _periods(found: Values) -> Periods:
    if found["scheme"] == "resident":
        return periods_of(int(found["year"]), None, 1, None)
    return periods_of(None, found["month"], found["months"], found["base"])


def pay(visit: Visit) -> Response:
    """Whom, what, how; then what it costs; then the channel is asked."""
    form = _form(visit)

    def payee(found: Values) -> str:
        chosen = str(found[_PAYEE])
        if chosen != visit.me and chosen not in visit.actor.relatives:
            raise InputError("只能给本人和登记过的亲属缴", place=_PAYEE)
        return chosen

    def recap(found: Values) -> list[tuple[Words, str]]:
        person, wanted = payee(found), _periods(found)

        def priced(unit: Unit) -> Any:
            facts, _ = held_state(unit, person)
            require_payable(facts, wanted)
            return wanted.price(visit.counter.packs, facts, visit.today)

        try:
            bill = read_record(visit.database, visit.actor, "bill", person, priced, purpose="price")
        except UnsourcedError:
            raise InputError(
                "这一期的缴费标准还没有公布，不能代为估计；公布以后再来缴",
                place="year" if wanted.scheme == "resident" else "month",
            ) from None
        lines = [
            (Words("给谁缴", "For"), visit.names([person])[person]),
            (Words("险种", "Scheme"), SCHEME[wanted.scheme]),
            (
                Words("所属期", "Period"),
                "、".join(period_text(wanted.scheme, one) for one in wanted.periods),
            ),
        ]
        lines += [
            (BILL_LINES.get(one.name, Words(one.name)), f"{format_yuan(one.amount)} 元")
            for one in bill.lines
        ]
        return [
            *lines,
            (Words("应缴合计", "Due"), yuan(bill.due)),
            (Words("渠道", "Channel"), channel_names()[str(found["channel"])]),
        ]

    def act(found: Values) -> Response:
        person, wanted, once = payee(found), _periods(found), visit.once()
        channel = _channel(visit, str(found["channel"]))
        resident = wanted.scheme == "resident"
        made = make_bill(
            visit.database,
            visit.counter.packs,
            Key(visit.me, "portal_bill", once),
            person,
            visit.today,
            actor=visit.actor,
            year=wanted.periods[0] if resident else None,
            month=None if resident else wanted.periods[0],
            months=len(wanted.periods),
            base=wanted.base,
        )
        order = create_order(
            visit.database,
            Key(visit.me, "portal_order", once),
            person,
            made["bills"][0]["bill"],
            channel.name,
            actor=visit.actor,
            payer_id=visit.me,
            at=visit.counter.now(),
        )
        if channel.name != _COUNTER:
            pay_order(
                visit.database,
                visit.counter.packs,
                channel,
                person,
                order["order"],
                actor=visit.actor,
                at=visit.counter.now(),
            )
        return RedirectResponse(_order_address(visit, person, order["order"]), 303)

    return recapped(visit, form, PATH, recap, act)


def _order_address(visit: Visit, person: str, order: str) -> str:
    return f"/own/orders/{order}" + ("" if person == visit.me else f"?payee={person}")


def _payee(visit: Visit) -> str:
    """Whose order it is: one's own, or that of a relative for whom one paid."""
    chosen = visit.sent.get("payee", "") or visit.whose
    if chosen != visit.me and chosen not in visit.actor.relatives:
        raise NotFoundError("没有这个人的订单可看")
    return chosen


def _channel(visit: Visit, name: str) -> Channel:
    channel = visit.counter.channels.get(name)
    if channel is None:
        raise InputError("没有这个缴费渠道", place="channel")
    return channel


_NEXT_STEP = {
    "created": Words("打印缴款单，到柜台缴；也可以在这里支付。", "Print the slip, or pay here."),
    "confirmed": Words("渠道正在处理，过一会儿再查。", "The channel is at work; ask again soon."),
    "timed_out": Words(
        "渠道没有回应：钱可能已经扣了。请点“再查一次”，不要重复缴；查清以前不会重复扣。",
        "No answer came: the money may have been taken. Ask again; do not pay twice.",
    ),
    "posted": Words("已经入账，收据可以下载。", "It is on your record; the receipt is ready."),
    "paid": Words("收到的钱不能入账，会原路退回。", "The money goes back the way it came."),
    "refunded": Words("钱已经原路退回。", "The money went back."),
    "failed": Words("没有扣钱，可以换个渠道再缴。", "Nothing was taken; try another channel."),
}


def order(visit: Visit) -> Response:
    """What became of an order, and what to do next."""
    person = _payee(visit)
    order_id = visit.parameters["order"]

    def fetch(unit: Unit) -> tuple[Order, Any]:
        found = read_order(unit, person, order_id)
        return found, read_bill(unit, person, found.bill_id)

    found, bill = read_record(visit.database, visit.actor, "order", person, fetch, purpose="order")
    if person != visit.me and person not in visit.actor.wards and found.payer_id != visit.me:
        raise NotFoundError("没有这笔订单")
    fields = [("payee", person)]
    links = []
    if found.status in ("confirmed", "timed_out"):
        links.append(
            Link(
                Words("再查一次", "Ask again"),
                f"/own/orders/{order_id}/again",
                post=True,
                second=False,
                fields=fields,
            )
        )
    if found.status == "created":
        own = "" if person == visit.me else f"?{WHOSE}={person}"
        if person == visit.me or person in visit.actor.wards:
            links.append(
                Link(Words("缴款单（PDF）", "Slip (PDF)"), f"/own/orders/{order_id}/slip.pdf{own}")
            )
        links.append(
            Link(
                Words("在这里支付（沙箱）", "Pay here (sandbox)"),
                f"/own/orders/{order_id}/again",
                post=True,
                fields=fields,
            )
        )
    if found.receipt_no and (person == visit.me or person in visit.actor.wards):
        own = "" if person == visit.me else f"?{WHOSE}={person}"
        links.append(
            Link(
                Words("收据（PDF）", "Receipt (PDF)"),
                f"/own/receipts/{order_id}.pdf{own}",
                second=False,
            )
        )
    if found.status == "failed":
        links.append(Link(Words("再缴一次", "Pay again"), PATH, second=False))
    status = ORDER_STATUS.get(found.status, Words(found.status))
    block = Block(
        Words("订单", "Order"),
        lead=_NEXT_STEP.get(found.status),
        facts=[
            (Words("订单号", "Reference"), found.order_id),
            (Words("给谁缴", "For"), visit.names([person])[person]),
            (Words("险种", "Scheme"), SCHEME[bill.wanted.scheme]),
            (
                Words("所属期", "Period"),
                "、".join(period_text(bill.wanted.scheme, one) for one in bill.wanted.periods),
            ),
            (Words("金额", "Amount"), yuan(found.amount)),
            (Words("渠道", "Channel"), channel_names()[found.channel]),
            *([(Words("说明", "Note"), found.reason)] if found.reason else []),
            *([(Words("收据编号", "Receipt"), found.receipt_no)] if found.receipt_no else []),
        ],
        columns=[Words("明细", "Line"), Words("金额", "Amount")],
        rows=[
            [plain(visit.say(BILL_LINES.get(one.name, Words(one.name)))), figure(yuan(one.amount))]
            for one in bill.lines
        ],
        links=links,
    )
    told = Told(
        Words("缴费结果", "Payment"),
        f"{visit.say(status)}，{yuan(found.amount)}",
        blocks=[block],
        back=HOME,
        good=found.status == "posted",
    )
    return visit.show(told)


def again(visit: Visit) -> Response:
    """Pay an order that waits, or ask what became of it."""
    person = _payee(visit)
    order_id = visit.parameters["order"]
    found = read_record(
        visit.database,
        visit.actor,
        "order",
        person,
        lambda unit: read_order(unit, person, order_id),
        purpose="order",
    )
    channel = _channel(visit, found.channel)
    paying = found.status == "created"
    step = pay_order if paying else resolve_order
    step(
        visit.database,
        visit.counter.packs,
        channel,
        person,
        order_id,
        # What became of an order is asked by the service, for the person who may see it.
        actor=visit.actor if paying else SYSTEM,
        at=visit.counter.now(),
    )
    return RedirectResponse(_order_address(visit, person, order_id), 303)
