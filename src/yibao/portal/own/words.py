"""Words that several pages of one's own share."""

from __future__ import annotations

import datetime

from yibao.inquiry.calculators.base import disease_choices
from yibao.inquiry.fields import Condition
from yibao.policy.compile import PolicyLibrary
from yibao.policy.kinds import Scheme
from yibao.policy.model import Words

OF_RESIDENTS: Condition = ("scheme", (Scheme.RESIDENT,))
OF_EMPLOYEES: Condition = ("scheme", (Scheme.EMPLOYEE,))
OF_CHANGES: Condition = ("action", ("change",))
CONDITIONS = (OF_RESIDENTS, OF_EMPLOYEES, OF_CHANGES)
"""On which inputs of the forms hang; the stylesheet hides what does not apply."""

NO_ROWS = Words("还没有记录", "Nothing yet")

ORDER_STATUS = {
    "created": Words("待支付", "To be paid"),
    "confirmed": Words("支付中", "Being paid"),
    "timed_out": Words("渠道没有回应，待查询", "No answer yet"),
    "posted": Words("已缴清", "Paid"),
    "paid": Words("收到但没有入账，将退回", "Received, to be given back"),
    "refunded": Words("已退款", "Refunded"),
    "failed": Words("支付失败", "Failed"),
}

GRANT_STATUS = {
    "pending": Words("待审核", "Under review"),
    "active": Words("有效", "In force"),
    "refused": Words("未通过审核", "Refused"),
    "ended": Words("已结束", "Ended"),
}

OPERATIONS = {
    "settle": Words("结算", "Settled a visit"),
    "reverse": Words("撤销结算", "Reversed a settlement"),
    "record_visit": Words("登记就诊", "Recorded a visit"),
    "register": Words("登记", "Registered"),
    "enrol": Words("参保登记", "Enrolled"),
    "bill": Words("出账单", "Made a bill"),
    "order": Words("下缴费订单", "Made an order"),
    "post": Words("缴费入账", "Posted a payment"),
    "contribute": Words("缴费", "Paid a contribution"),
    "credit": Words("划入个人账户", "Credited the account"),
    "transfer": Words("钱包转账", "Wallet transfer"),
    "grant": Words("家庭共济授权", "Granted mutual aid"),
    "change_grant": Words("变更授权", "Changed a grant"),
    "review_grant": Words("审核授权", "Reviewed a grant"),
    "revoke": Words("解除授权", "Ended a grant"),
    "file": Words("备案", "Filed"),
    "cancel_filing": Words("取消备案", "Cancelled a filing"),
    "read_person": Words("查看参保信息", "Read the registration"),
    "find_person": Words("查找到我", "Found me"),
    "read_settlement": Words("查看结算", "Read a settlement"),
    "read_account": Words("查看个人账户", "Read the account"),
    "read_contributions": Words("查看缴费记录", "Read contributions"),
    "read_grants": Words("查看授权", "Read grants"),
    "relate": Words("登记亲属关系", "Recorded a relation"),
}


def disease_names(packs: PolicyLibrary) -> dict[str, str]:
    """Chinese names of the listed diseases of all areas."""
    return {choice.code: choice.label.zh for choice in disease_choices(packs)}


def day_of(day: datetime.date | None) -> str:
    """A day, a dash where there is none."""
    return "—" if day is None else day.isoformat()


def days(start: datetime.date, end: datetime.date | None) -> str:
    """Both days; an open end says so."""
    return f"{start} 起" if end is None else f"{start} 至 {end}"


def period_text(scheme: str, period: int) -> str:
    """``2026 年`` or ``2025-03``."""
    return f"{period} 年" if scheme == Scheme.RESIDENT else f"{period // 100}-{period % 100:02}"
