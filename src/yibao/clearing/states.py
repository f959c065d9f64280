"""Where an application stands, in the numbers of ``clr_stas``, and who moves it."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from enum import IntEnum

from yibao.messages import Text, message, message_in
from yibao.policy.kinds import TextEnum


class ClearingState(IntEnum):
    """The numbers of ``clr_stas``; those between two of them are steps of one paper here."""

    CANCELLED = 0
    APPLIED = 10
    ACCEPTED = 20
    IN_REVIEW = 30
    REVIEWED = 40
    SUMMED_UP = 90
    SIGNED = 101
    AT_THE_BANK = 120
    PAID_OUT = 60
    CLEARED = 50


STATE_WORDS: Mapping[int, Text] = {
    ClearingState.CANCELLED: message("未申报（撤销或不予受理）"),
    ClearingState.APPLIED: message("已申报"),
    ClearingState.ACCEPTED: message("申请已受理"),
    ClearingState.IN_REVIEW: message("正在审核"),
    ClearingState.REVIEWED: message("审核完成"),
    ClearingState.SUMMED_UP: message("结算汇总审核"),
    ClearingState.SIGNED: message("领导审签，等财务拨付"),
    ClearingState.AT_THE_BANK: message("银行报盘"),
    ClearingState.PAID_OUT: message("已拨付，等清算"),
    ClearingState.CLEARED: message("已清算"),
}


SETTLED = (
    ClearingState.SIGNED,
    ClearingState.AT_THE_BANK,
    ClearingState.PAID_OUT,
    ClearingState.CLEARED,
)
"""Where the sum of an application no longer changes."""


class ClearingMove(TextEnum):
    """A step of an application by somebody."""

    APPLY = "clr_apply"
    CANCEL = "clr_cancel"
    ACCEPT = "clr_accept"
    TURN_DOWN = "clr_turn_down"
    BEGIN_REVIEW = "clr_begin_review"
    FINISH_REVIEW = "clr_finish_review"
    SEND_BACK = "clr_send_back"
    SUM_UP = "clr_sum_up"
    SIGN = "clr_sign"
    CLOSE = "clr_close"
    DRAW_UP = "clr_draw_up"
    DROP = "clr_drop"


@dataclass(frozen=True, slots=True)
class MoveRule:
    """From which states a step leads where, and which permission it takes."""

    label: Text
    starts: tuple[ClearingState, ...]
    end: ClearingState
    permission: str
    needs_reason: bool = False
    only_of_years: bool = False
    """Whether it is a step of the paper of a year alone."""


MOVES: Mapping[ClearingMove, MoveRule] = {
    ClearingMove.CANCEL: MoveRule(
        message("撤销申报"),
        (ClearingState.APPLIED, ClearingState.ACCEPTED),
        ClearingState.CANCELLED,
        "apply_clearing",
    ),
    ClearingMove.ACCEPT: MoveRule(
        message("受理"), (ClearingState.APPLIED,), ClearingState.ACCEPTED, "take_clearing"
    ),
    ClearingMove.TURN_DOWN: MoveRule(
        message("不予受理"),
        (ClearingState.APPLIED,),
        ClearingState.CANCELLED,
        "take_clearing",
        needs_reason=True,
    ),
    ClearingMove.BEGIN_REVIEW: MoveRule(
        message("开始审核"),
        (ClearingState.ACCEPTED,),
        ClearingState.IN_REVIEW,
        "review_clearing",
    ),
    ClearingMove.FINISH_REVIEW: MoveRule(
        message("审核完成"),
        (ClearingState.IN_REVIEW,),
        ClearingState.REVIEWED,
        "confirm_clearing",
    ),
    ClearingMove.SEND_BACK: MoveRule(
        message("退回审核"),
        (ClearingState.REVIEWED, ClearingState.SUMMED_UP),
        ClearingState.IN_REVIEW,
        "confirm_clearing",
        needs_reason=True,
    ),
    ClearingMove.SUM_UP: MoveRule(
        message("制单汇总"),
        (ClearingState.REVIEWED,),
        ClearingState.SUMMED_UP,
        "confirm_clearing",
    ),
    ClearingMove.SIGN: MoveRule(
        message("审签"), (ClearingState.SUMMED_UP,), ClearingState.SIGNED, "sign_clearing"
    ),
    ClearingMove.CLOSE: MoveRule(
        message("清算"), (ClearingState.PAID_OUT,), ClearingState.CLEARED, "close_clearing"
    ),
    ClearingMove.DROP: MoveRule(
        message("作废年终清算"),
        (ClearingState.IN_REVIEW,),
        ClearingState.CANCELLED,
        "review_clearing",
        needs_reason=True,
        only_of_years=True,
    ),
}


_OTHER_STEPS: Mapping[str, Text] = {
    ClearingMove.APPLY: message_in("clearing", "申报"),
    ClearingMove.DRAW_UP: message_in("clearing", "做年终清算"),
    "tell_doubt": message_in("clearing", "提出疑点"),
    "appeal_doubt": message_in("clearing", "机构申诉"),
    "decide_doubt": message_in("clearing", "疑点定论"),
    "ask_panel": message_in("clearing", "机构申请合议"),
    "decide_panel": message_in("clearing", "合议定论"),
    "give_back_doubt": message_in("clearing", "返还扣减"),
    "clearing_advance": message_in("clearing", "即时结算先付"),
    "redirect_advance": message_in("clearing", "先付换账户再付"),
    "cancel_advance": message_in("clearing", "先付不再付，下一份清算付"),
    "redirect_clearing": message_in("clearing", "换账户再付"),
    "pay_clearing": message_in("clearing", "银行"),
}


def step_label(name: str) -> Text:
    """What a step of an application's history is called."""
    if name in _OTHER_STEPS:
        return _OTHER_STEPS[name]
    return MOVES[ClearingMove(name)].label


class PeriodState(TextEnum):
    """Of the points or groups of a period."""

    DRAWN = "points_drawn"
    CONFIRMED = "points_confirmed"
    DROPPED = "points_dropped"


PERIOD_WORDS: Mapping[str, Text] = {
    PeriodState.DRAWN: message("等复审"),
    PeriodState.CONFIRMED: message("已复审，进清算"),
    PeriodState.DROPPED: message("已作废"),
}


class DoubtState(TextEnum):
    """Of a doubt about what was applied for."""

    TOLD = "doubt_told"
    APPEALED = "doubt_appealed"
    DECIDED = "doubt_decided"
    BEFORE_PANEL = "doubt_panel"
    FINAL = "doubt_final"


DOUBT_WORDS: Mapping[str, Text] = {
    DoubtState.TOLD: message("等机构申诉"),
    DoubtState.APPEALED: message("已申诉，等复审"),
    DoubtState.DECIDED: message("已定"),
    DoubtState.BEFORE_PANEL: message("已申请合议，等合议"),
    DoubtState.FINAL: message("合议已定"),
}


YEAR_END = "year_end"
"""Stands where a month says its kind of care: the paper of a whole year."""


def year_label(year: int) -> Text:
    """What the paper of a year is called."""
    return message("{year} 年的年终清算", year=str(year))


CLEAR_TYPE_WORDS: Mapping[str, Text] = {
    "11": message_in("clearing", "门诊"),
    "1103": message_in("clearing", "意外伤害门诊"),
    "12": message_in("clearing", "门诊挂号"),
    "13": message_in("clearing", "急诊"),
    "14": message_in("clearing", "门诊慢特病"),
    "15": message_in("clearing", "两病门诊"),
    "18": message_in("clearing", "特药购药"),
    "21": message_in("clearing", "住院"),
    "22": message_in("clearing", "意外伤害住院"),
    "27": message_in("clearing", "单病种住院"),
    "28": message_in("clearing", "日间手术"),
    "41": message_in("clearing", "药店购药"),
    "53": message_in("clearing", "生育门诊"),
    "99923": message_in("clearing", "单病种"),
    "99928": message_in("clearing", "精神病住院"),
    "99940": message_in("clearing", "生育住院"),
    "99962": message_in("clearing", "门诊癌症筛查"),
    YEAR_END: message_in("clearing", "年终清算"),
}
"""The kinds of care that a month is cleared by, as ``clr_type`` counts them."""


def clear_type_label(code: str) -> Text:
    """What a kind of care is called; its code where nobody named it."""
    return CLEAR_TYPE_WORDS.get(code, code)
