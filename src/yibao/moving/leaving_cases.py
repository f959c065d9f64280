"""Leaving, a premium given back, and a benefit that comes back, as cases of two people each."""

from __future__ import annotations

from dataclasses import replace

from yibao.access.permissions import Role
from yibao.messages import Fen, Message, Text, message, message_in
from yibao.moving import leaving, recoveries, refunds
from yibao.moving.applications import (
    BENEFIT_RECOVERY,
    LEAVING,
    PREMIUM_REFUND,
    BenefitRecovery,
    Leaving,
    PremiumRefund,
    RecoveryWay,
    RefundReason,
)
from yibao.moving.states import LeavingState
from yibao.office.flows import (
    APPLICANT,
    CaseState,
    by_bank,
    by_program,
    moves_named,
    one_review,
    states_named,
)
from yibao.office.kinds import CaseKind, Move, State, register_kind
from yibao.policy.kinds import ClosingReason

_L, _S = LeavingState, CaseState

LEAVING_WORDS: dict[str, Message] = {
    ClosingReason.DEATH: message("死亡"),
    ClosingReason.ABROAD: message("出境定居"),
    ClosingReason.ENDED: message("终止参保"),
}
REFUND_WORDS: dict[str, Message] = {
    RefundReason.DEATH: message("保障年度开始以前死亡"),
    RefundReason.OTHER_COVER: message("保障年度开始以前改参职工或别处"),
    RefundReason.TWICE: message("重复参保"),
    RefundReason.SUBSIDY: message("资助对象退差"),
    RefundReason.OVERPAID: message("多缴错缴"),
}
WAY_WORDS: dict[str, Message] = {
    RecoveryWay.AT_ONCE: message("一次退回"),
    RecoveryWay.INSTALMENTS: message("分期退回"),
    RecoveryWay.SET_OFF: message("从以后的待遇里抵扣"),
    RecoveryWay.ACCOUNT: message("从个人账户里抵扣"),
}


# --- leaving -------------------------------------------------------------------------------------


def _leaving_moves() -> tuple[Move, ...]:
    shared = moves_named(one_review(leaving.close))
    taking_in = ("ask", "supplement", "not_accept", "pause", "resume", "withdraw")
    return (
        replace(shared["accept"], effect=leaving.accept),
        *(shared[name] for name in taking_in),
        replace(
            shared["approve"],
            end=_L.PAYING,
            roles=(Role.SECOND,),
            follow=leaving.then_finish,
        ),
        replace(shared["refuse"], roles=(Role.SECOND,)),
        Move(
            "leave_in_suspense",
            message("不再拨付，留在待处理"),
            (_L.BANK_RETURNED,),
            _L.IN_SUSPENSE,
            (Role.CASHIER,),
            needs_reason=True,
            effect=leaving.leave_in_suspense,
        ),
        by_program("finish", message("没有要付的，办结"), (_L.PAYING,), _S.APPROVED),
        *by_bank(_L.PAYING, _L.PAID, _L.BANK_RETURNED),
    )


register_kind(
    CaseKind(
        name=LEAVING,
        label=message("终止参保和销户"),
        forms={1: Leaving},
        states=(
            *states_named(_S.FILED, _S.TO_SUPPLEMENT, _S.ACCEPTED, _S.ON_HOLD),
            State(_L.PAYING, message("已销户，待拨付")),
            State(_L.BANK_RETURNED, message_in("claim", "银行退回")),
            State(_L.PAID, message("已付清"), is_final=True),
            State(_L.IN_SUSPENSE, message("钱在待处理"), is_final=True),
            *states_named(_S.APPROVED, _S.REFUSED, _S.NOT_ACCEPTED, _S.WITHDRAWN),
        ),
        moves=_leaving_moves(),
        papers_by_data=leaving.papers_of,
        people=lambda data, _: set() if data.heir is None else {data.heir},
        summary=lambda data: message(
            "{reason}，{day} 为止", reason=LEAVING_WORDS[data.reason], day=data.last_day
        ),
    )
)

# --- a premium given back ------------------------------------------------------------------------

register_kind(
    CaseKind(
        name=PREMIUM_REFUND,
        label=message("居民缴费退费"),
        forms={1: PremiumRefund},
        states=(
            State(_L.APPLIED, message("待审核")),
            State(_L.APPROVED, message("已同意，待送税务")),
            State(_L.SENT_TO_TAX, message("已送税务，待退回")),
            State(_L.REFUNDED, message("已退回原账户"), is_final=True),
            *states_named(_S.REFUSED, _S.WITHDRAWN),
        ),
        moves=(
            Move(
                "approve",
                message("没有用过基金，同意退费"),
                (_L.APPLIED,),
                _L.APPROVED,
                (Role.REVIEWER,),
                effect=refunds.approve,
            ),
            Move(
                "refuse",
                message_in("case", "不予批准"),
                (_L.APPLIED,),
                _S.REFUSED,
                (Role.REVIEWER,),
                needs_reason=True,
            ),
            Move(
                "withdraw",
                message_in("case", "撤回"),
                (_L.APPLIED,),
                _S.WITHDRAWN,
                (*APPLICANT, Role.CLERK),
            ),
            Move(
                "send_to_tax",
                message("送税务退回"),
                (_L.APPROVED,),
                _L.SENT_TO_TAX,
                (Role.CASHIER,),
            ),
            Move(
                "confirm_refund",
                message("税务已退回"),
                (_L.SENT_TO_TAX,),
                _L.REFUNDED,
                (Role.CASHIER,),
                effect=refunds.require_refunded,
            ),
        ),
        summary=lambda data: message(
            "退 {year} 年居民缴费，{reason}", year=data.year, reason=REFUND_WORDS[data.reason]
        ),
    )
)


# --- a benefit that comes back -------------------------------------------------------------------


def _recovery_summary(data: BenefitRecovery) -> Text:
    return message(
        "追回 {amount}，{way}：{ground}",
        amount=Fen(data.amount),
        way=WAY_WORDS[data.way],
        ground=data.ground,
    )


register_kind(
    CaseKind(
        name=BENEFIT_RECOVERY,
        label=message("追回多享的待遇"),
        forms={1: BenefitRecovery},
        states=(
            State(_L.FOUND, message("待听取本人意见")),
            State(_L.HEARD, message("已听取意见，待决定")),
            State(_L.DECIDED, message("已决定，待收回")),
            State(_L.RECOVERED, message("已收回"), is_final=True),
            State(_L.DROPPED, message("不追回"), is_final=True),
        ),
        moves=(
            Move(
                "hear",
                message("已听取本人意见"),
                (_L.FOUND,),
                _L.HEARD,
                (Role.REVIEWER,),
            ),
            Move(
                "approve",
                message("决定追回"),
                (_L.HEARD,),
                _L.DECIDED,
                (Role.SECOND,),
                effect=recoveries.decide,
            ),
            Move(
                "drop",
                message("不追回"),
                (_L.FOUND, _L.HEARD),
                _L.DROPPED,
                (Role.SECOND,),
                needs_reason=True,
            ),
            by_program("finish", message("收齐"), (_L.DECIDED,), _L.RECOVERED),
        ),
        summary=_recovery_summary,
    )
)
