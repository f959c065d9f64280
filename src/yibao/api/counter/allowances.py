"""The errand of a maternity allowance, for whoever bore or lost a child."""

from __future__ import annotations

from dataclasses import replace

from yibao.api.counter.errand import Errand, ErrandCall
from yibao.api.counter.inputs import EXAMPLE_DAY, day_field
from yibao.claims.allowances import MATERNITY_ALLOWANCE, MaternityAllowance, check_allowance
from yibao.disbursement.payees import payee_of
from yibao.inquiry.asked import ALLOWANCE
from yibao.inquiry.claiming import ACCOUNT
from yibao.inquiry.fact_fields import field_of
from yibao.inquiry.fields import NO_WORDS, Field, Values
from yibao.inquiry.question import VISIT
from yibao.messages import message
from yibao.policy.kinds import Delivery

_MOST = 10**12
FIELDS: tuple[Field, ...] = (
    day_field("on", message("分娩或流产的日期")),
    field_of(VISIT["delivery"], required=True, when=(), hint=NO_WORDS),
    field_of(ALLOWANCE["difficult"], when=()),
    field_of(VISIT["gestation_months"], when=(), hint=message("流产的写。")),
    field_of(VISIT["fetuses"], when=()),
    Field(
        "average",
        message("单位上年度月平均缴费工资"),
        "fen",
        most=_MOST,
        unit=message("元"),
        hint=message("本系统有单位上年账单的不写，按账单算；没有的凭单位的证明写。"),
    ),
    *(
        replace(field, required=False, hint=message("发给本人的地方要写；发给单位的不写。"))
        for field in ACCOUNT
    ),
)


def allowance_of(values: Values) -> MaternityAllowance:
    """What was written."""
    payee = None
    if values["account"]:
        payee = payee_of(values["holder"] or "", values["bank"] or "", str(values["account"]))
    return MaternityAllowance(
        on=values["on"],
        delivery=Delivery(values["delivery"]),
        difficult=bool(values["difficult"]),
        gestation_months=values["gestation_months"],
        fetuses=values["fetuses"] or 1,
        average=values["average"],
        payee=payee,
    )


def _application(call: ErrandCall) -> MaternityAllowance:
    allowance = allowance_of(call.values)
    check_allowance(allowance, call.day)
    return allowance


ALLOWANCES: tuple[Errand, ...] = (
    Errand(
        "allowance",
        "applyMaternityAllowance",
        message("申请生育津贴"),
        "apply",
        lambda asked: FIELDS,
        {
            "on": EXAMPLE_DAY,
            "delivery": Delivery.VAGINAL,
            "holder": "王小明",
            "bank": "工商银行",
            "account": "6217000012345678",
        },
        kind=MATERNITY_ALLOWANCE,
        application=_application,
        lead=message(
            "单位上年度月平均缴费工资除以 30，乘以天数；天数和发给谁按本统筹区的规定，"
            "没有来源的不付、说出缺什么。"
        ),
    ),
)
