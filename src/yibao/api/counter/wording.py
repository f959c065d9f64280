"""Words for what an errand asks for and changes; the pages of the desk and one's own share them."""

from __future__ import annotations

from yibao.api.counter.errand import Standing
from yibao.inquiry.fields import Field
from yibao.inquiry.words import SCHEME
from yibao.insured.payments.upcoming import NextDue
from yibao.messages import Fen, Listed, Text, message
from yibao.policy.kinds import Scheme


def said_of(field: Field, value: object) -> Text:
    """A value of a field as somebody reads it."""
    for choice in field.choices:
        if choice.code == value:
            return choice.label
    return message("是") if value is True else str(value)


def balance_text(standing: Standing) -> Text:
    """What the personal account holds."""
    return message("没有个人账户") if standing.balance is None else Fen(standing.balance)


def due_text(due: NextDue | None) -> Text:
    """What has to be paid next."""
    if due is None:
        return message("不用缴费")
    period = (
        message("{year} 年", year=due.period)
        if due.scheme == Scheme.RESIDENT
        else f"{due.period // 100}-{due.period % 100:02}"
    )
    if due.bill is None:
        return message("{period}：{note}", period=period, note=due.note)
    said = message(
        "{scheme} {period} 缴 {due}",
        scheme=SCHEME[Scheme(due.scheme)],
        period=period,
        due=Fen(due.bill.due),
    )
    return Listed([said, due.note]) if due.note else said
