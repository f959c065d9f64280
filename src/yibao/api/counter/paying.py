"""Errands of whoever takes a person's money at the counter."""

from __future__ import annotations

from dataclasses import replace

from yibao.access.operations import Answer
from yibao.api.counter.errand import Errand, ErrandCall, ErrandSetting
from yibao.api.counter.inputs import EXAMPLE_DAY, day_field
from yibao.disbursement.payees import Payee, payee_of
from yibao.inquiry import errands
from yibao.inquiry.claiming import ACCOUNT
from yibao.inquiry.fact_fields import field_of
from yibao.inquiry.fields import Choice, Field
from yibao.insured.payments.bills import Periods
from yibao.insured.payments.counter import (
    CounterMoney,
    OwedPeriod,
    book_contribution,
    own_periods,
    paid_periods,
    redirect_rest,
)
from yibao.messages import Fen, Message, Text, message, message_in
from yibao.policy.kinds import Scheme

_MOST = 10**9
_WAYS = {
    "counter_slip": message("缴款单"),
    "bank": message("银行转账"),
    "unionpay": message("刷卡"),
}
_FIRST_MONTH = 10_000
"""A period from here on is a month (yyyymm), one below a year."""


def _payee(call: ErrandCall) -> Payee | None:
    values = call.values
    if not values["account"]:
        return None
    return payee_of(values["holder"] or "", values["bank"] or "", str(values["account"]))


def _named(period: int) -> Text:
    """A year or a month as people write it."""
    if period < _FIRST_MONTH:
        return message("{year} 年", year=period)
    return f"{period // 100}-{period % 100:02}"


def _said(owed: OwedPeriod) -> Message:
    period = _named(owed.period)
    said = message("{period} {due}", period=period, due=Fen(owed.due))
    return message("{said}（逾期）", said=said) if owed.is_late else said


def _period_field(asked: ErrandSetting) -> Field:
    """Of a person what may be paid today, each with what it costs and whether it is late."""
    label = message("缴哪一期")
    if asked.facts is None or asked.day is None:
        hint = message("居民写年度（2026），灵活就业写月份（202611）。")
        return Field("period", label, "whole", required=True, least=1990, most=900_012, hint=hint)
    owed = own_periods(asked.library, asked.facts, asked.day)
    # A slip that is sent twice names a period that is paid by then.
    paid = paid_periods(asked.facts, asked.day)
    hint = message("应缴多少按今天算；单位申报的、退休的不在这里缴。")
    if not owed:
        hint = message("现在没有可以由个人缴的。")
    choices = (
        *(Choice(str(row.period), _said(row)) for row in owed),
        *(
            Choice(str(period), message("{period}（已缴）", period=_named(period)))
            for period in paid
        ),
    )
    return Field("period", label, "choice", required=True, choices=choices, hint=hint)


def _contribute(call: ErrandCall) -> Answer:
    values = call.values
    period = int(values["period"])
    wanted = (
        Periods(Scheme.RESIDENT, (period,))
        if period < _FIRST_MONTH
        else Periods(Scheme.EMPLOYEE, (period,), values["base"])
    )
    money = CounterMoney(
        str(values["way"]),
        str(values["reference"]).strip(),
        values["amount"],
        values["paid_on"],
        _payee(call),
    )
    answer = book_contribution(
        call.database,
        call.library,
        call.person_id,
        wanted,
        money,
        actor=call.actor,
        at=call.at,
    )
    notes = [str(message("应缴 {due}", due=Fen(int(answer["due"]))))]
    if answer["rest"]:
        rest = Fen(int(answer["rest"]))
        notes.append(
            str(
                message("多收 {rest}，出付款单退到写明的账户", rest=rest)
                if answer["payment"]
                else message("多收 {rest}，记在待处理，由财务付出", rest=rest)
            )
        )
    return {**answer, "notes": notes}


def _redirect(call: ErrandCall) -> Answer:
    payee = _payee(call)
    assert payee is not None
    return redirect_rest(call.database, call.key, call.person_id, payee, actor=call.actor)


PAYING: tuple[Errand, ...] = (
    Errand(
        "contribution",
        "takeContribution",
        message("登记个人缴费"),
        "contribute",
        lambda asked: (
            _period_field(asked),
            field_of(
                errands.STAFF_BASE,
                hint=message("灵活就业自己选的才写；不写按最低的。"),
            ),
            Field(
                "way",
                message("怎样收的"),
                "choice",
                required=True,
                default="counter_slip",
                choices=tuple(Choice(code, said) for code, said in _WAYS.items()),
            ),
            Field("reference", message_in("errand", "单号"), "name", required=True),
            Field(
                "amount",
                message("收到的金额"),
                "fen",
                required=True,
                most=_MOST,
                unit=message("元"),
            ),
            day_field("paid_on", message("哪天到账")),
            *(
                replace(field, required=False, hint=message("多收了要退的才写。"))
                for field in ACCOUNT
            ),
        ),
        {
            "period": 2026,
            "way": "counter_slip",
            "reference": "S20261121001",
            "amount": 40000,
            "paid_on": EXAMPLE_DAY,
        },
        _contribute,
        lead=message("同一张单只入一次账；收少了不入账，收多了的退回。"),
    ),
    Errand(
        "overpaid-account",
        "redirectOverpaid",
        message("多缴退款换账户"),
        "contribute",
        lambda asked: ACCOUNT,
        {"holder": "王小明", "bank": "工商银行", "account": "6217000012345678"},
        _redirect,
        lead=message("银行退回的多缴退款，换一个账户再付。"),
    ),
)
