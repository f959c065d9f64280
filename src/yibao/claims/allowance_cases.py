"""A maternity allowance as a case: the clerk takes in, one reviews, another one decides."""

from __future__ import annotations

from yibao.claims import allowances
from yibao.claims.allowances import MATERNITY_ALLOWANCE, AllowanceState, MaternityAllowance
from yibao.claims.owing import PaidStates, paid_out, paid_out_states
from yibao.messages import message
from yibao.office.kinds import CaseKind, register_kind
from yibao.policy.kinds import MISCARRIAGES

_STATES = PaidStates(AllowanceState.PAYING, AllowanceState.BANK_RETURNED, AllowanceState.PAID)

register_kind(
    CaseKind(
        name=MATERNITY_ALLOWANCE,
        label=message("生育津贴"),
        forms={1: MaternityAllowance},
        states=paid_out_states(_STATES),
        moves=paid_out(MATERNITY_ALLOWANCE, allowances.decide, _STATES),
        papers_by_data=allowances.papers_of,
        working_days=allowances.working_days,
        summary=lambda data: (
            message("流产，{on}", on=data.on)
            if data.delivery in MISCARRIAGES
            else message("生育，{on}", on=data.on)
        ),
    )
)
