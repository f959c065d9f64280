"""A manual claim as a case of the office: its states, and who takes which step."""

from __future__ import annotations

from dataclasses import replace

from yibao.access.permissions import Role
from yibao.claims import allowance_cases, effects, subsidy_cases
from yibao.claims.coded import cares, refusals
from yibao.claims.forms import MANUAL_CLAIM, ManualClaim
from yibao.claims.owing import RESEND, redirected
from yibao.claims.terms import working_days
from yibao.messages import Fen, Text, message, message_in
from yibao.office.flows import (
    APPLICANT,
    CaseState,
    by_bank,
    by_program,
    moves_named,
    one_review,
    states_named,
)
from yibao.office.kinds import CaseKind, Move, NeededPaper, State, register_kind
from yibao.policy.kinds import TextEnum


class ClaimState(TextEnum):
    """States beyond those that cases share."""

    ENTERED = "entered"
    QUOTED = "quoted"
    SIGNING = "signing"
    SETTLED = "settled"
    SENT = "sent"
    RETURNED = "returned"
    PAID = "paid"
    CLOSED = "closed"
    REVERSED = "reversed"


__all__ = ["allowance_cases", "subsidy_cases"]

_C, _S = ClaimState, CaseState
_BEFORE_SETTLING = (_S.ACCEPTED, _C.ENTERED, _C.QUOTED, _S.REVIEWED, _C.SIGNING)

STATES = (
    *states_named(_S.FILED, _S.TO_SUPPLEMENT, _S.ACCEPTED, _S.ON_HOLD),
    State(_C.ENTERED, message_in("claim", "已录入"), runs=True),
    State(_C.QUOTED, message_in("claim", "待初审"), runs=True),
    State(_S.REVIEWED, message_in("claim", "待复审"), runs=True),
    State(_C.SIGNING, message_in("claim", "待负责人签"), runs=True),
    State(_C.SETTLED, message_in("claim", "已结算，待拨付"), runs=True),
    State(_C.SENT, message_in("claim", "已报盘"), runs=True),
    State(_C.RETURNED, message_in("claim", "银行退回")),
    State(_C.PAID, message_in("claim", "已付"), is_final=True),
    State(_C.CLOSED, message_in("claim", "已结算，没有要付的"), is_final=True),
    State(_C.REVERSED, message_in("claim", "已冲正"), is_final=True),
    *states_named(_S.REFUSED, _S.NOT_ACCEPTED, _S.WITHDRAWN),
)


def _taking_in() -> list[Move]:
    """The steps that all cases share, with what they do to a claim."""
    shared = moves_named(one_review(effects.free))
    ask = replace(shared["ask"], start=(_S.FILED, _S.ACCEPTED, _C.ENTERED, _C.QUOTED))
    return [
        replace(shared["accept"], effect=effects.accept),
        ask,
        shared["supplement"],
        replace(shared["not_accept"], effect=effects.free, needs_basis=True),
        shared["pause"],
        shared["resume"],
        replace(
            shared["withdraw"],
            start=(_S.FILED, _S.TO_SUPPLEMENT, _S.ON_HOLD, *_BEFORE_SETTLING),
            effect=effects.free,
        ),
    ]


MOVES = (
    *_taking_in(),
    Move(
        "enter",
        message("录完，送初审"),
        (_S.ACCEPTED,),
        _C.ENTERED,
        (Role.CLERK,),
        effect=effects.enter,
        follow=effects.then_quote,
    ),
    Move(
        "back_to_entry",
        message("退回录入"),
        (_C.ENTERED, _C.QUOTED),
        _S.ACCEPTED,
        (Role.REVIEWER,),
        needs_reason=True,
    ),
    Move(
        "review",
        message("初审完，送复审"),
        (_C.QUOTED,),
        _S.REVIEWED,
        (Role.REVIEWER,),
        effect=effects.review,
    ),
    Move(
        "send_back",
        message("退回初审"),
        (_S.REVIEWED,),
        _C.QUOTED,
        (Role.SECOND,),
        needs_reason=True,
    ),
    Move(
        "approve",
        message("同意支付"),
        (_S.REVIEWED,),
        _C.SIGNING,
        (Role.SECOND,),
        follow=effects.then_settle,
    ),
    Move(
        "refuse",
        message("不予支付"),
        (_S.REVIEWED,),
        _S.REFUSED,
        (Role.SECOND,),
        needs_reason=True,
        needs_basis=True,
        effect=effects.free,
    ),
    Move(
        "sign",
        message("签字同意"),
        (_C.SIGNING,),
        _C.SETTLED,
        (Role.HEAD,),
        effect=effects.settle,
        follow=effects.then_finish,
    ),
    Move(
        "not_sign",
        message("不签，退回复审"),
        (_C.SIGNING,),
        _S.REVIEWED,
        (Role.HEAD,),
        needs_reason=True,
    ),
    Move(
        RESEND,
        message("换账户再付"),
        (_C.RETURNED,),
        _C.SETTLED,
        (Role.CLERK, *APPLICANT),
        effect=redirected(MANUAL_CLAIM),
    ),
    Move(
        "reverse",
        message("冲正"),
        (_C.SETTLED, _C.RETURNED, _C.PAID, _C.CLOSED),
        _C.REVERSED,
        (Role.SECOND,),
        needs_reason=True,
        effect=effects.reverse,
    ),
    by_program("quote", message("试算"), (_C.ENTERED,), _C.QUOTED, effect=effects.quote),
    by_program(
        "settle",
        message_in("claim", "结算"),
        (_C.SIGNING,),
        _C.SETTLED,
        effect=effects.settle,
        follow=effects.then_finish,
    ),
    by_program("finish", message("没有要付的，办结"), (_C.SETTLED,), _C.CLOSED),
    by_program("send", message("报盘"), (_C.SETTLED,), _C.SENT),
    *by_bank(_C.SENT, _C.PAID, _C.RETURNED),
)


def _papers(claim: ManualClaim) -> tuple[NeededPaper, ...]:
    return cares()[claim.care].papers


def _summary(claim: ManualClaim) -> Text:
    return message(
        "{care}，{place}，{start} 至 {end}，{total}",
        care=cares()[claim.care].label,
        place=claim.place.name,
        start=claim.start,
        end=claim.end,
        total=Fen(claim.total),
    )


register_kind(
    CaseKind(
        name=MANUAL_CLAIM,
        label=message("手工报销"),
        forms={1: ManualClaim},
        states=STATES,
        moves=MOVES,
        bases=refusals(),
        papers_by_data=_papers,
        working_days=working_days,
        summary=_summary,
    )
)

_ACCEPTANCE = {
    _S.FILED: 0,
    _S.TO_SUPPLEMENT: 1,
    _S.NOT_ACCEPTED: 4,
    _S.REFUSED: 4,
    _S.WITHDRAWN: 5,
}
_ACCEPTED = 3


def acceptance_of(state: str) -> int:
    """``acp_stas`` of the national interface for a state of a claim."""
    return _ACCEPTANCE.get(CaseState(state), _ACCEPTED) if state in tuple(CaseState) else _ACCEPTED
