"""The subsidy of the flexibly employed as a case: taken in, reviewed, decided by another one."""

from __future__ import annotations

from dataclasses import replace

from yibao.access.permissions import Role
from yibao.claims import subsidies
from yibao.claims.owing import RESEND, redirected
from yibao.claims.subsidies import PREMIUM_SUBSIDY, SubsidyApplication, SubsidyState
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

_P, _S = SubsidyState, CaseState


def _moves() -> tuple[Move, ...]:
    shared = moves_named(two_reviews(subsidies.decide))
    return (
        *(move for name, move in shared.items() if name != "approve"),
        replace(shared["approve"], end=_P.PAYING),
        Move(
            RESEND,
            message("换账户再付"),
            (_P.BANK_RETURNED,),
            _P.PAYING,
            (Role.CLERK, *APPLICANT),
            effect=redirected(PREMIUM_SUBSIDY),
        ),
        by_program("pay", message_in("claim", "银行付讫"), (_P.PAYING,), _P.PAID),
        by_program(
            "return", message_in("claim", "银行退回"), (_P.PAYING, _P.PAID), _P.BANK_RETURNED
        ),
    )


register_kind(
    CaseKind(
        name=PREMIUM_SUBSIDY,
        label=message("灵活就业缴费补贴"),
        forms={1: SubsidyApplication},
        states=(
            *states_named(_S.FILED, _S.TO_SUPPLEMENT, _S.ACCEPTED, _S.ON_HOLD, _S.REVIEWED),
            State(_P.PAYING, message("已批准，待拨付")),
            State(_P.BANK_RETURNED, message_in("claim", "银行退回")),
            State(_P.PAID, message_in("claim", "已付"), is_final=True),
            *states_named(_S.REFUSED, _S.NOT_ACCEPTED, _S.WITHDRAWN),
        ),
        moves=_moves(),
        papers_by_data=subsidies.papers_of,
        summary=lambda data: message("{year} 年的缴费", year=data.year),
    )
)
