"""Words that several pages of one's own share."""

from __future__ import annotations

import datetime

from yibao.aid.states import GrantStatus
from yibao.api.signing_up import OF_A_CHILD
from yibao.benefit.described import Condition
from yibao.inquiry.calculators.base import disease_choices
from yibao.insured.states import OrderStatus
from yibao.messages import Message, Text, message, message_in
from yibao.policy.compile import PolicyLibrary
from yibao.policy.kinds import Scheme

OF_RESIDENTS: Condition = ("scheme", (Scheme.RESIDENT,))
OF_EMPLOYEES: Condition = ("scheme", (Scheme.EMPLOYEE,))
OF_CHANGES: Condition = ("action", ("change",))
CONDITIONS = (OF_RESIDENTS, OF_EMPLOYEES, OF_CHANGES, OF_A_CHILD)
"""On which inputs of the forms hang; the stylesheet hides what does not apply."""

NO_ROWS = message("还没有记录")

ORDER_STATUS: dict[str, Message] = {
    OrderStatus.CREATED: message("待支付"),
    OrderStatus.CONFIRMED: message("支付中"),
    OrderStatus.TIMED_OUT: message("渠道没有回应，待查询"),
    OrderStatus.POSTED: message("已缴清"),
    OrderStatus.PAID: message("收到但没有入账，将退回"),
    OrderStatus.REFUNDED: message("已退款"),
    OrderStatus.FAILED: message("支付失败"),
}

GRANT_STATUS: dict[str, Message] = {
    GrantStatus.PENDING: message("待审核"),
    GrantStatus.ACTIVE: message("有效"),
    GrantStatus.REFUSED: message("未通过审核"),
    GrantStatus.ENDED: message("已结束"),
}

OPERATIONS = {
    "settle": message("结算"),
    "reverse": message("撤销结算"),
    "record_visit": message("登记就诊"),
    "register": message_in("words", "登记"),
    "enrol": message_in("words", "参保登记"),
    "bill": message("出账单"),
    "order": message("下缴费订单"),
    "post": message("缴费入账"),
    "contribute": message_in("words", "缴费"),
    "credit": message("划入个人账户"),
    "transfer": message("钱包转账"),
    "grant": message("家庭共济授权"),
    "change_grant": message("变更授权"),
    "review_grant": message("审核授权"),
    "revoke": message("解除授权"),
    "file": message_in("words", "备案"),
    "cancel_filing": message("取消备案"),
    "read_person": message("查看参保信息"),
    "find_person": message("查找到我"),
    "read_settlement": message("查看结算"),
    "read_account": message("查看个人账户"),
    "read_contributions": message("查看缴费记录"),
    "read_grants": message("查看授权"),
    "relate": message("登记亲属关系"),
    "open_case": message("提交申请"),
    "move_case": message("办理案件"),
    "hand_in": message("提交材料"),
    "note_case": message("写备注"),
    "read_case": message("查看案件"),
    "read_cases": message("查看办过的事"),
    "read_draws": message("查看共济使用记录"),
    "rekey": message("库换密钥，重新加密"),
    "make_bill": message("出账单"),
    "create_order": message("下缴费订单"),
    "confirm_order": message("缴费确认"),
    "order_outcome": message("缴费入账"),
    "refund": message("退费"),
    "refund_sent": message("退费已退回"),
    "withdraw": message("撤回"),
    "correct": message("更正登记"),
    "add_certificate": message("登记证件"),
    "correct_certificate": message("更正证件"),
    "change_filing": message("变更备案"),
    "rerate": message("按新基数重算缴费"),
    "readjudicate": message("重新结算"),
    "apply_impact": message("重新结算"),
    "pay_after_year": message("年度结束后补付"),
    "close_account": message("个人账户销户"),
    "clear_suspense": message("退还销户后的余额"),
    "inherit": message("继承个人账户"),
    "activate_credential": message("激活电子凭证"),
    "end_credential": message("停用电子凭证"),
    "open_login": message("凭身份核对开通网上登录"),
    "merge_person": message("两份登记合并成一份"),
    "merge_relative": message("亲属的两份登记合并"),
}


def disease_names(packs: PolicyLibrary) -> dict[str, Text]:
    """Names of the listed diseases of all areas."""
    return {choice.code: choice.label for choice in disease_choices(packs)}


def day_of(day: datetime.date | None) -> str:
    """A day, a dash where there is none."""
    return "—" if day is None else day.isoformat()


def days(start: datetime.date, end: datetime.date | None) -> Message:
    """Both days; an open end says so."""
    if end is None:
        return message("{start} 起", start=start)
    return message("{start} 至 {end}", start=start, end=end)


def period_text(scheme: str, period: int) -> Text:
    """``2026 年`` or ``2025-03``."""
    if scheme == Scheme.RESIDENT:
        return message("{year} 年", year=period)
    return f"{period // 100}-{period % 100:02}"
