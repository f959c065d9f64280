"""The members of the answers of all calculators, each with the type that says what it is."""

from __future__ import annotations

from yibao.benefit.accounts import AidToday
from yibao.benefit.answers import VisitAnswer
from yibao.benefit.billing import Bill, BillLine
from yibao.benefit.explain import Step
from yibao.benefit.incentives import Ceiling
from yibao.benefit.lifetime import Allowance, Retirement
from yibao.inquiry.units import shape_of
from yibao.money.units import Fen

_STEPS = shape_of(assumptions=list[str], disputes=list[str], steps=[Step])
_ASKED = shape_of(_STEPS, ask=str, person=str, on=str)
VISIT = shape_of(VisitAnswer, _STEPS)
"""One settled visit."""
VISIT_IN_AREA = shape_of(VISIT, area=str)
MATERNITY = shape_of(VISIT_IN_AREA, allowance=shape_of(Allowance), spouse_part=Fen)
YEAR = shape_of(year=int, total=Fen, fund=Fen, own=Fen, visits=[shape_of(VISIT, on=str)])
COMPARISON = shape_of(
    sides=[shape_of(VISIT_IN_AREA, name=str)],
    difference=VISIT,
)
_CONTRIBUTION = shape_of(
    Bill,
    _ASKED,
    year=int,
    month=str,
    months=int,
    lines=[shape_of(BillLine)],
    total_funding=Fen,
    fiscal_subsidy=Fen,
)
CONTRIBUTION = shape_of(_CONTRIBUTION, area=str, premium_subsidy=Fen)
FAMILY = shape_of(area=str, year=int, due=Fen, members=[_CONTRIBUTION])
WAITING = shape_of(
    _ASKED,
    {"from": str},
    months=int,
    entitled=bool,
    why=str,
    lapsed_months=int,
    repairable=bool,
    back_payment=Fen,
    area=str,
    ceiling=shape_of(Ceiling, _ASKED, ceiling=Fen),
)
MUTUAL_AID = shape_of(AidToday, _STEPS, area=str, relation=str, on=str, why=str)
RETIREMENT = shape_of(
    Retirement,
    _STEPS,
    area=str,
    sex=str,
    on=str,
    actual_months=int,
    deemed_months=int,
)
