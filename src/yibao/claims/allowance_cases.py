"""A maternity allowance as a case: the clerk takes in, one reviews, another one decides."""

from __future__ import annotations

from dataclasses import replace

from yibao.access.permissions import Role
from yibao.claims import allowances
from yibao.claims.allowances import MATERNITY_ALLOWANCE, AllowanceState, MaternityAllowance
from yibao.claims.owing import RESEND, redirected
from yibao.messages import message, message_in
from yibao.office.flows import (
    APPLICANT,
    CaseState,
    by_program,
    moves_named,
    states_named,
    two_reviews,
)
from yibao.office.kinds import CaseKind, Move, State, register_kind
from yibao.policy.kinds import MISCARRIAGES

_A, _S = AllowanceState, CaseState


def _moves() -> tuple[Move, ...]:
    shared = moves_named(two_reviews(allowances.decide))
    return (
        *(move for name, move in shared.items() if name != "approve"),
        replace(shared["approve"], end=_A.PAYING),
        Move(
            RESEND,
            message("换账户再付"),
            (_A.BANK_RETURNED,),
            _A.PAYING,
            (Role.CLERK, *APPLICANT),
            effect=redirected(MATERNITY_ALLOWANCE),
        ),
        by_program("pay", message_in("claim", "银行付讫"), (_A.PAYING,), _A.PAID),
        by_program(
            "return", message_in("claim", "银行退回"), (_A.PAYING, _A.PAID), _A.BANK_RETURNED
        ),
    )


register_kind(
    CaseKind(
        name=MATERNITY_ALLOWANCE,
        label=message("生育津贴"),
        forms={1: MaternityAllowance},
        states=(
            *states_named(_S.FILED, _S.TO_SUPPLEMENT, _S.ACCEPTED, _S.ON_HOLD, _S.REVIEWED),
            State(_A.PAYING, message("已批准，待拨付")),
            State(_A.BANK_RETURNED, message_in("claim", "银行退回")),
            State(_A.PAID, message_in("claim", "已付"), is_final=True),
            *states_named(_S.REFUSED, _S.NOT_ACCEPTED, _S.WITHDRAWN),
        ),
        moves=_moves(),
        papers_by_data=allowances.papers_of,
        working_days=allowances.working_days,
        summary=lambda data: (
            message("流产，{on}", on=data.on)
            if data.delivery in MISCARRIAGES
            else message("生育，{on}", on=data.on)
        ),
    )
)
