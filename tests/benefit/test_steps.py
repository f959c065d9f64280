"""Settlements keep step codes for ever: none moves, none is given away."""

from __future__ import annotations

from yibao.benefit import steps
from yibao.benefit.explain import Explanation, step_of
from yibao.benefit.steps import STEP_KINDS
from yibao.policy.rulebook import NO_CITATION

WRITTEN = """
OPTION ITEM_OUT ITEM_OVER_LIMIT ITEM_UPFRONT_RATIO ITEM_UPFRONT ELIGIBLE NOT_ENTITLED
NOT_COVERED DEDUCTIBLE_STANDARD DEDUCTIBLE_PLACE DEDUCTIBLE_NTH DEDUCTIBLE_GROUP DEDUCTIBLE_YEAR
DEDUCTIBLE_CEILING DEDUCTIBLE RATIO_TABLE RATIO_RETIREE_POINTS RATIO_RETIREE_FACTOR RATIO_PLACE
RATIO_PLACE_POINTS RATIO_FAMILY_DOCTOR RATIO_DISEASE RATIO_GROUP RATIO_DISEASE_OWN BAND
POOLED_BEFORE_CEILING CEILING_LEFT CEILING_BASE_USED PASSED_UP POOLED UPPER_BASE UPPER_THRESHOLD
UPPER_RATIO UPPER_FIRST UPPER_SECOND UPPER_CEILING UPPER ASSISTANCE_RATIO ASSISTANCE
MATERNITY_QUOTA MATERNITY_CEILING MATERNITY_RATIO MATERNITY_PAID MATERNITY_TO_OUTPATIENT
MATERNITY_QUALIFYING ALLOWANCE_DAYS ALLOWANCE FUND OWN ACCOUNT AID_REFUSED_RELATION
AID_REFUSED_DATES AID_REFUSED_GRANTEE AID_REFUSED_GRANTOR AID_REFUSED_AREA AID_REFUSED_OWN
AID_FLOOR AID_LIMIT MUTUAL_AID CASH INDIVIDUAL FISCAL_SUBSIDY GROUP_SUBSIDY WAGE_LIMIT_LOW
WAGE_LIMIT_HIGH CONTRIBUTION_BASE CONTRIBUTION_RATE EMPLOYER_PART BASIC_PREMIUM
LARGE_AMOUNT_PREMIUM EXTRA_PREMIUM PREMIUM_SUBSIDY_RATIO PREMIUM_SUBSIDY CREDIT_RATIO CREDIT
WAITING_EXEMPT WAITING_FIXED WAITING_VARIABLE WAITING_REPAIR WAITING_FLOOR WAITING_MONTHS GRACE
INCENTIVE_ORIGINAL INCENTIVE_CONTINUITY INCENTIVE_ZERO_CLAIM INCENTIVE_CEILING INCENTIVE_BONUS
RETIREMENT_REQUIRED RETIREMENT_ACTUAL RETIREMENT_SHORT RETIREMENT_COST UNKNOWN_UPPER
UNKNOWN_ASSISTANCE UPPER_AFTER_YEAR CEILING_COST_LEFT DEDUCTIBLE_AGAIN FIRST_VISIT
DEDUCTIBLE_FAMILY_DOCTOR RATIO_GROUP_POINTS RATIO_PLAN
DEDUCTIBLE_FREE COVER_BEFORE_YEAR UPPER_BY_DISEASE ITEM_GROUP_BASE ITEM_GROUP_POINTS
DEDUCTIBLE_DAYS
""".split()
"""The steps by their code, from 1 on, as stores have them; new ones are added at the end."""


def test_no_code_moves() -> None:
    named = {code: name for name, code in vars(steps).items() if name in WRITTEN}
    assert [named.get(code) for code in range(1, len(WRITTEN) + 1)] == WRITTEN
    assert set(STEP_KINDS) == set(range(1, len(WRITTEN) + 1))


def test_a_stored_trace_reads_like_the_one_that_was_recorded() -> None:
    cited = NO_CITATION._replace(
        parameter="resident.inpatient.deductible",
        sources=("O-TY-01", "O-TY-02"),
        grade="A",
        status="assumed",
        gap="G05",
        disputes=("K01",),
        note="第二次减半",
    )
    rows = ((steps.DEDUCTIBLE, cited, 50_000), (steps.OWN, NO_CITATION, 120_050))
    stored = Explanation.of_steps(step_of(*row) for row in rows)
    recorded = Explanation.of_steps(
        [step_of(steps.DEDUCTIBLE, cited, 50_000), step_of(steps.OWN, None, 120_050)]
    )
    assert stored == recorded
    assert stored.assumptions == ("G05",)
    assert stored.disputes == ("K01",)
    first, second = stored.steps
    assert str(first.why) == "本次由个人先付起付线 500.00 元（第二次减半）"
    assert first.why.text("en") == "This time you first pay ¥500.00 (第二次减半)"
    assert first.as_json()["source"] == "O-TY-01、O-TY-02"
    assert second.as_json() == {
        "label": "个人负担",
        "amount": 120_050,
        "unit": "fen",
        "why": "个人负担 1,200.50 元",
        "source": "",
    }
