"""The ways through an office that kinds of cases share."""

from __future__ import annotations

from collections.abc import Iterable

from yibao.access.permissions import Role
from yibao.messages import Text, message, message_in
from yibao.office.kinds import Effect, Follow, Move, State
from yibao.policy.kinds import TextEnum


class CaseState(TextEnum):
    """The states of the shared ways."""

    FILED = "filed"
    TO_SUPPLEMENT = "to_supplement"
    ACCEPTED = "accepted"
    ON_HOLD = "on_hold"
    REVIEWED = "reviewed"
    APPROVED = "approved"
    REFUSED = "refused"
    NOT_ACCEPTED = "not_accepted"
    WITHDRAWN = "withdrawn"


_OPEN = (
    State(CaseState.FILED, message("待受理")),
    State(CaseState.TO_SUPPLEMENT, message("待补正")),
    State(CaseState.ACCEPTED, message_in("case", "已受理"), runs=True),
    State(CaseState.ON_HOLD, message_in("case", "已暂停")),
)
_REVIEWED = State(CaseState.REVIEWED, message("初审通过"), runs=True)
_CLOSED = (
    State(CaseState.APPROVED, message_in("case", "已批准"), is_final=True),
    State(CaseState.REFUSED, message_in("case", "不予批准"), is_final=True),
    State(CaseState.NOT_ACCEPTED, message("不予受理"), is_final=True),
    State(CaseState.WITHDRAWN, message_in("case", "已撤回"), is_final=True),
)

ONE_REVIEW_STATES = (*_OPEN, *_CLOSED)
TWO_REVIEWS_STATES = (*_OPEN, _REVIEWED, *_CLOSED)

APPLICANT = (Role.INSURED, Role.INSTITUTION, Role.EMPLOYER)
"""Whoever the case is about; the office asks that they are."""


def _taking_in(*, reviewed_too: bool) -> tuple[Move, ...]:
    under_review = (CaseState.ACCEPTED, *((CaseState.REVIEWED,) if reviewed_too else ()))
    return (
        Move(
            "accept",
            message_in("case", "受理"),
            (CaseState.FILED,),
            CaseState.ACCEPTED,
            (Role.CLERK,),
            needs_papers=True,
        ),
        Move(
            "ask",
            message("要求补正"),
            (CaseState.FILED, CaseState.ACCEPTED),
            CaseState.TO_SUPPLEMENT,
            (Role.CLERK, Role.REVIEWER),
            needs_reason=True,
        ),
        Move(
            "supplement",
            message_in("case", "补正"),
            (CaseState.TO_SUPPLEMENT,),
            CaseState.FILED,
            (*APPLICANT, Role.CLERK),
        ),
        Move(
            "not_accept",
            message("不予受理"),
            (CaseState.FILED, CaseState.TO_SUPPLEMENT),
            CaseState.NOT_ACCEPTED,
            (Role.CLERK,),
            needs_reason=True,
        ),
        Move(
            "pause",
            message_in("case", "暂停计时"),
            (CaseState.ACCEPTED,),
            CaseState.ON_HOLD,
            (Role.REVIEWER, Role.CLERK),
            needs_reason=True,
        ),
        Move(
            "resume",
            message_in("case", "恢复计时"),
            (CaseState.ON_HOLD,),
            CaseState.ACCEPTED,
            (Role.REVIEWER, Role.CLERK),
        ),
        Move(
            "withdraw",
            message_in("case", "撤回"),
            (CaseState.FILED, CaseState.TO_SUPPLEMENT, CaseState.ON_HOLD, *under_review),
            CaseState.WITHDRAWN,
            (*APPLICANT, Role.CLERK),
        ),
    )


def one_review(
    approve: Effect, refuse: Effect | None = None, *, takes_end: bool = False
) -> tuple[Move, ...]:
    """A clerk takes in, a reviewer decides; ``takes_end``: and says until when it holds."""
    return (
        *_taking_in(reviewed_too=False),
        Move(
            "approve",
            message_in("case", "批准"),
            (CaseState.ACCEPTED,),
            CaseState.APPROVED,
            (Role.REVIEWER,),
            effect=approve,
            takes_end=takes_end,
        ),
        Move(
            "refuse",
            message_in("case", "不予批准"),
            (CaseState.ACCEPTED,),
            CaseState.REFUSED,
            (Role.REVIEWER,),
            needs_reason=True,
            effect=refuse,
        ),
    )


def two_reviews(approve: Effect, refuse: Effect | None = None) -> tuple[Move, ...]:
    """A clerk takes in, a reviewer looks, and another one decides."""
    return (
        *_taking_in(reviewed_too=True),
        Move(
            "review",
            message("初审通过"),
            (CaseState.ACCEPTED,),
            CaseState.REVIEWED,
            (Role.REVIEWER,),
        ),
        Move(
            "send_back",
            message("退回初审"),
            (CaseState.REVIEWED,),
            CaseState.ACCEPTED,
            (Role.SECOND,),
            needs_reason=True,
        ),
        Move(
            "approve",
            message_in("case", "批准"),
            (CaseState.REVIEWED,),
            CaseState.APPROVED,
            (Role.SECOND,),
            effect=approve,
        ),
        Move(
            "refuse",
            message_in("case", "不予批准"),
            (CaseState.REVIEWED,),
            CaseState.REFUSED,
            (Role.SECOND,),
            needs_reason=True,
            effect=refuse,
        ),
    )


def states_named(*names: str) -> tuple[State, ...]:
    """Some of the shared states, for a kind that has others beside them."""
    shared = {state.name: state for state in TWO_REVIEWS_STATES}
    return tuple(shared[name] for name in names)


def moves_named(moves: Iterable[Move]) -> dict[str, Move]:
    """Shared moves by name, of which a kind takes some and changes others."""
    return {move.name: move for move in moves}


def by_program(
    name: str,
    label: Text,
    start: tuple[str, ...],
    end: str,
    effect: Effect | None = None,
    follow: Follow | None = None,
) -> Move:
    """A step that nobody takes: it follows from another one, or from another room."""
    return Move(name, label, start, end, (), by_program=True, effect=effect, follow=follow)


def by_bank(sent: str, paid: str, returned: str) -> tuple[Move, Move]:
    """What a bank's answer leads to: paid out, or back again, also after it was paid."""
    return (
        by_program("pay", message_in("claim", "银行付讫"), (sent,), paid),
        by_program("return", message_in("claim", "银行退回"), (sent, paid), returned),
    )
