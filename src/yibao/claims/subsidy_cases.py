"""The subsidy of the flexibly employed as a case: taken in, reviewed, decided by another one."""

from __future__ import annotations

from yibao.claims import subsidies
from yibao.claims.owing import PaidStates, paid_out, paid_out_states
from yibao.claims.subsidies import PREMIUM_SUBSIDY, SubsidyApplication, SubsidyState
from yibao.messages import message
from yibao.office.kinds import CaseKind, register_kind

_STATES = PaidStates(SubsidyState.PAYING, SubsidyState.BANK_RETURNED, SubsidyState.PAID)

register_kind(
    CaseKind(
        name=PREMIUM_SUBSIDY,
        label=message("灵活就业缴费补贴"),
        forms={1: SubsidyApplication},
        states=paid_out_states(_STATES),
        moves=paid_out(PREMIUM_SUBSIDY, subsidies.decide, _STATES),
        papers_by_data=subsidies.papers_of,
        summary=lambda data: message("{year} 年的缴费", year=data.year),
    )
)
