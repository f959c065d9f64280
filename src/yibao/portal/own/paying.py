"""我要办 → 缴费: the period, what it costs, the channel."""

from __future__ import annotations

import datetime
from dataclasses import dataclass
from typing import Any

from starlette.responses import RedirectResponse, Response

from yibao.access.operations import Answer, Key
from yibao.access.trail import read_record
from yibao.benefit.described import TODAY
from yibao.database.unit import Database, Unit
from yibao.errors import InputError, UnsourcedError
from yibao.inquiry import errands
from yibao.inquiry.asked import CONTRIBUTION
from yibao.inquiry.fact_fields import field_of
from yibao.inquiry.fields import NO_WORDS, Choice, Field, Values
from yibao.inquiry.sentences import BILL_LINES
from yibao.inquiry.words import SCHEME
from yibao.insured.payments.bills import (
    Periods,
    make_bill,
    periods_of,
    require_near,
    require_own_months,
    require_payable,
)
from yibao.insured.payments.channels import channel_names
from yibao.insured.payments.direct import Payable, pay_now
from yibao.insured.payments.orders import create_order
from yibao.insured.payments.paying import pay_order
from yibao.insured.payments.upcoming import resident_years
from yibao.messages import Fen, Listed, Text, Wording, message, message_in
from yibao.policy.kinds import Scheme
from yibao.policy.model import Words
from yibao.portal.own.frame import WHOSE, Form, OwnCall, recapped
from yibao.portal.own.orders import channel_of, order_address
from yibao.portal.own.reading import yuan
from yibao.portal.own.words import OF_EMPLOYEES, OF_RESIDENTS, period_text
from yibao.record.account import balance
from yibao.record.reminding import pays_by_month
from yibao.record.used import held_state

PATH = "/own/pay"
_COUNTER = "counter_slip"
_PAYEE = "payee"
_ACCOUNT = "account"
"""Paid out of one's personal account, by no channel."""


@dataclass(frozen=True, slots=True)
class _Offer:
    """What somebody and the relatives can pay today."""

    years: tuple[int, ...]
    """Coverage years of residents with an amount; none where nobody has one left to pay."""
    year: int | None
    """Of these the one that the form begins with."""
    unpublished: tuple[int, ...]
    """Years that somebody owes and no source prices."""
    by_month: bool
    scheme: str
    """What the form begins with."""


def _offer(call: OwnCall, people: list[str], first: str) -> _Offer:
    """Of the people on record, ``first`` the one that the form begins with."""
    known = call.database.read(
        lambda unit: {person: held_state(unit, person)[0] for person in people}
    )
    years = {
        person: resident_years(call.counter.packs, facts, call.today)
        for person, facts in known.items()
    }
    of_all = [year for of_person in years.values() for year in of_person]
    payable = [year.year for year in (*years.get(first, ()), *of_all) if year.is_payable]
    own = known[call.me].enrolment_on(call.today)
    by_month = (own is not None and own.scheme == Scheme.EMPLOYEE) or any(
        pays_by_month(facts, call.today) for facts in known.values()
    )
    of_first = known.get(first, known[call.me]).enrolment_on(call.today)
    scheme = Scheme.RESIDENT if of_first is None else of_first.scheme
    if scheme == Scheme.RESIDENT and not payable and by_month:
        scheme = Scheme.EMPLOYEE
    if scheme == Scheme.EMPLOYEE and not by_month:
        scheme = Scheme.RESIDENT
    soonest = [year.year for year in years.get(first, ()) if year.is_payable] or payable
    priced = tuple(sorted({year.year for year in of_all if year.bill is not None}))
    return _Offer(
        priced if payable else (),
        (max(soonest) if call.today.month >= _SEASON else min(soonest)) if soonest else None,
        tuple(sorted({year.year for year in of_all if year.bill is None})),
        by_month,
        scheme,
    )


_SEASON = 9
"""The month from which on the next year is collected."""


def _hindrance(call: OwnCall, offer: _Offer) -> Wording | None:
    """Why nothing can be paid here today, and what to do meanwhile."""
    if not call.counter.channels:
        return message("这里还没有接通缴费渠道，不能下单；请到经办窗口或税务部门缴。")
    if offer.years or offer.by_month:
        return None
    if offer.unpublished:
        return _not_published(offer)
    return message("今年和明年没有能缴的：没有参保的先办参保登记，缴过的不用再缴。")


def _not_published(offer: _Offer) -> Wording:
    return message(
        "{years} 年度居民医保个人缴多少还没有见到文件，所以这里还缴不了，也不替它报数。"
        "见到文件以后就能在这里缴；当地已经公布的，到税务部门或经办窗口缴。",
        years=Listed(offer.unpublished),
    )


def _form(call: OwnCall) -> Form:
    relatives = call.relatives()
    people = [call.me, *relatives]
    names = call.names([call.me]) | relatives
    begins = call.sent.get(WHOSE, call.me) if call.request.method == "GET" else ""
    offer = _offer(call, people, begins or call.me)
    hindered = _hindrance(call, offer)
    schemes = []
    if offer.years:
        schemes.append(Choice(Scheme.RESIDENT, message("城乡居民（按年）")))
    if offer.by_month:
        schemes.append(Choice(Scheme.EMPLOYEE, message("职工、灵活就业（按月）")))
    year = field_of(
        CONTRIBUTION["year"],
        label=message("哪一年的"),
        kind="choice",
        default=str(offer.year or ""),
        required=True,
        choices=tuple(
            Choice(str(paid_year), message("{year} 年", year=paid_year))
            for paid_year in offer.years
        ),
        when=(OF_RESIDENTS,),
        hint=message("集中缴费期一般在上一年秋冬。"),
    )
    return Form(
        message_in("paying", "缴费"),
        (
            Field(
                _PAYEE,
                message("给谁缴"),
                "choice",
                default=begins,
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
                default=offer.scheme,
                required=True,
                choices=tuple(schemes),
            ),
            *((year,) if offer.years else ()),
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
                choices=_ways(call),
                hint=message(
                    "沙箱渠道：不会真的扣钱。用个人账户给亲属缴，要先在“家庭共济”里授权给对方。"
                ),
            ),
        ),
        button=message("算应缴多少"),
        lead=_not_published(offer) if offer.unpublished and hindered is None else NO_WORDS,
        hindered=hindered,
        recap=message("请核对后支付"),
    )


def _ways(call: OwnCall) -> tuple[Choice, ...]:
    """The channels that are connected, and one's personal account where there is one."""
    connected = tuple(
        Choice(code, name)
        for code, name in channel_names().items()
        if code in call.counter.channels
    )
    in_account = read_record(
        call.database, call.actor, "read_account", call.me, lambda unit: balance(unit, call.me)
    )
    if not connected or in_account is None:
        return connected
    label = message("我的个人账户（余额 {balance}）", balance=Fen(in_account))
    return (*connected, Choice(_ACCOUNT, label))


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
            require_near(periods, call.today)
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
        lines.append((message("应缴合计"), yuan(bill.due)))
        if bill.yearly:
            about = message(
                "其中 {yearly}是全年的大额医疗补助，一年只缴这一次，以后各月不再缴",
                yearly=Fen(bill.yearly),
            )
            lines.append((message("全年一次的"), about))
        if bill.late:
            lines.append((message("逾期"), _late(periods, call.today)))
        way = str(values["channel"])
        if way == _ACCOUNT:
            return [*lines, (message("渠道"), message("我的个人账户"))]
        return [*lines, (message("渠道"), channel_names()[way])]

    def write(database: Database, values: Values, message_id: str) -> Answer:
        person, periods = payee(values), _periods(values)
        if values["channel"] == _ACCOUNT:
            own = "own" if person == call.me else call.me
            return pay_now(
                database,
                call.counter.packs,
                Key(call.me, "portal_pay", message_id),
                Payable(person, periods, call.today, (own,)),
                actor=call.actor,
                at=call.counter.now(),
            )
        channel = channel_of(call, str(values["channel"]))
        resident = periods.scheme == Scheme.RESIDENT
        billed = make_bill(
            database,
            call.counter.packs,
            Key(call.me, "portal_bill", message_id),
            person,
            call.today,
            actor=call.actor,
            year=periods.periods[0] if resident else None,
            month=None if resident else periods.periods[0],
            months=len(periods.periods),
            base=periods.base,
        )
        return create_order(
            database,
            Key(call.me, "portal_order", message_id),
            person,
            billed["bills"][0]["bill"],
            channel.name,
            actor=call.actor,
            payer_id=call.me,
            at=call.counter.now(),
        )

    def shown(values: Values, order: Answer) -> Response:
        person = payee(values)
        if values["channel"] == _ACCOUNT:
            return RedirectResponse(order_address(call, person, order["order"]), 303)
        channel = channel_of(call, str(values["channel"]))
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
        return RedirectResponse(order_address(call, person, order["order"]), 303)

    return recapped(call, form, PATH, recap, write, shown)


def _late(periods: Periods, today: datetime.date) -> Text:
    """Which of the periods are paid late, and what that means."""
    if periods.scheme == Scheme.RESIDENT:
        return message("过了集中缴费期，要连财政补助一起缴，待遇有等待期")
    this_month = today.year * 100 + today.month
    late = [period for period in periods.periods if period < this_month]
    return message(
        "{months}已经过了当月，算补缴；补上以前的待遇按断缴的规定",
        months=Listed(period_text(periods.scheme, period) for period in late),
    )
