"""Where a declaration between two areas stands, and who moves it."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from yibao.messages import Text, message, message_in
from yibao.policy.kinds import TextEnum


class BetweenState(TextEnum):
    """Of what one area declares that another owes it for a month."""

    DECLARED = "between_declared"
    QUESTIONED = "between_questioned"
    CONFIRMED = "between_confirmed"
    NETTED = "between_netted"
    PAID = "between_paid"
    DROPPED = "between_dropped"


BETWEEN_WORDS: Mapping[str, Text] = {
    BetweenState.DECLARED: message("已申报，等参保地确认"),
    BetweenState.QUESTIONED: message("参保地有疑问，等就医地答复"),
    BetweenState.CONFIRMED: message("参保地已确认，等轧差付款"),
    BetweenState.NETTED: message("已轧差，等付款"),
    BetweenState.PAID: message_in("between", "已付"),
    BetweenState.DROPPED: message_in("between", "已撤回"),
}


class BetweenMove(TextEnum):
    """A step of a declaration."""

    CONFIRM = "between_confirm"
    QUESTION = "between_question"
    EXPLAIN = "between_explain"
    DROP = "between_drop"


@dataclass(frozen=True, slots=True)
class BetweenRule:
    """From which states a step leads where, and whose it is."""

    label: Text
    starts: tuple[BetweenState, ...]
    end: BetweenState
    permission: str
    by_home: bool
    """Whether it is the home area's; else it is that of the area of care."""
    needs_reason: bool = False


BETWEEN_MOVES: Mapping[BetweenMove, BetweenRule] = {
    BetweenMove.CONFIRM: BetweenRule(
        message("确认欠款"),
        (BetweenState.DECLARED,),
        BetweenState.CONFIRMED,
        "confirm_clearing",
        by_home=True,
    ),
    BetweenMove.QUESTION: BetweenRule(
        message("提出疑问"),
        (BetweenState.DECLARED,),
        BetweenState.QUESTIONED,
        "confirm_clearing",
        by_home=True,
        needs_reason=True,
    ),
    BetweenMove.EXPLAIN: BetweenRule(
        message("答复疑问"),
        (BetweenState.QUESTIONED,),
        BetweenState.DECLARED,
        "review_clearing",
        by_home=False,
        needs_reason=True,
    ),
    BetweenMove.DROP: BetweenRule(
        message("撤回申报"),
        (BetweenState.DECLARED, BetweenState.QUESTIONED),
        BetweenState.DROPPED,
        "review_clearing",
        by_home=False,
    ),
}
