"""Continuity and zero-claim incentives on the major-illness ceiling (M05)."""

from yibao.benefit.functions.cells import cell_1
from yibao.benefit.functions.refusal import lacking
from yibao.benefit.steps import (
    INCENTIVE_BONUS,
    INCENTIVE_CEILING,
    INCENTIVE_CONTINUITY,
    INCENTIVE_ORIGINAL,
    INCENTIVE_ZERO_CLAIM,
)
from yibao.benefit.terms import Rules, Trace
from yibao.money.rounding import ratio_amount
from yibao.policy import parameters as p
from yibao.policy.keys import MEMBER_RESIDENT
from yibao.registry import benefit_function


@benefit_function
def incentive_year(
    rules: Rules,
    streak: int,
    earned_steps: int,
    zero_claim_years: int,
    paid: int,
    claimed: int,
    bonus_used: int,
) -> tuple[int, int, int]:
    """Streak, earned continuity steps and zero-claim years after one coverage year.

    A year that is paid in time lengthens the streak and, past the threshold, earns a
    step; a break restarts the streak and keeps or loses what was earned (O-IN-04).  A
    year without any fund payment counts as zero-claim (O-IN-06); using the raised
    ceiling resets the zero-claim years (O-IN-05).
    """
    if paid == 0:
        if rules[p.INCENTIVE_AFTER_BREAK] == 1:
            earned_steps = 0
        if rules[p.INCENTIVE_BREAK_ZERO_CLAIM] == 1:
            zero_claim_years = 0
        return 0, earned_steps, zero_claim_years
    streak += 1
    if streak > rules[p.INCENTIVE_THRESHOLD]:
        earned_steps += 1
    if claimed == 0:
        zero_claim_years += 1
    if bonus_used != 0:
        if rules[p.INCENTIVE_AFTER_USE] <= 1:
            zero_claim_years = 0
        if rules[p.INCENTIVE_AFTER_USE] == 1:
            earned_steps = 0
            streak = 0
    return streak, earned_steps, zero_claim_years


@benefit_function
def incentive(
    rules: Rules, earned_steps: int, zero_claim_years: int, trace: Trace
) -> tuple[int, int, int, int]:
    """Original ceiling, continuity part, zero-claim part and the bonus within its ceiling.

    The first may be ``lacking(cell)``, or -1 where there is no ceiling to raise.
    """
    cell = cell_1(rules, p.UPPER_ANNUAL_CEILING, MEMBER_RESIDENT)
    original = rules[cell]
    if original == p.MISSING:
        return lacking(cell), 0, 0, 0
    continuity = rules[p.INCENTIVE_CONTINUITY] * earned_steps
    zero_claim = rules[p.INCENTIVE_ZERO_CLAIM] * zero_claim_years
    bonus = continuity + zero_claim
    most = bonus
    if original >= 0:
        most = ratio_amount(original, rules[p.INCENTIVE_CEILING], rules[p.ROUND_FUND])
        if bonus > most:
            bonus = most
    if trace is not None:
        trace.append((INCENTIVE_ORIGINAL, cell, original))
        trace.append((INCENTIVE_CONTINUITY, p.INCENTIVE_CONTINUITY, continuity))
        trace.append((INCENTIVE_ZERO_CLAIM, p.INCENTIVE_ZERO_CLAIM, zero_claim))
        trace.append((INCENTIVE_CEILING, p.INCENTIVE_CEILING, most))
        trace.append((INCENTIVE_BONUS, -1, bonus))
    return original, continuity, zero_claim, bonus
