"""The years that the incentives of a resident look at, lived one by one (M05)."""

from yibao.benefit.functions.cells import cell_1
from yibao.benefit.functions.incentive import incentive_year
from yibao.benefit.steps import OPTION
from yibao.benefit.terms import Rules, Trace
from yibao.policy import parameters as p
from yibao.policy.keys import MEMBER_RESIDENT
from yibao.registry import benefit_function


@benefit_function
def incentive_years(rules: Rules, year: int) -> int:
    """How many coverage years, the last of them ``year``, count; ``rules`` of the day asked."""
    first = rules[p.INCENTIVE_FIRST_YEAR]
    return year - first + 1 if 0 <= first <= year else 0


@benefit_function
def live_incentive_year(
    rules: Rules,
    streak: int,
    earned_steps: int,
    zero_claim_years: int,
    paid: int,
    claims: int,
    upper_used: int,
    finished: int,
    trace: Trace,
) -> tuple[int, int, int]:
    """Streak, earned continuity steps and zero-claim years after one coverage year.

    ``rules`` of that year; ``paid``: it was paid in time; ``claims``: what the fund paid in
    it; ``upper_used``: what the major-illness layer paid of that.  A year that is not yet
    ``finished`` lengthens the streak but is no zero-claim year.
    """
    if trace is not None and paid == 0 and zero_claim_years > 0:
        trace.append((OPTION, p.INCENTIVE_BREAK_ZERO_CLAIM, 0))
    original = rules[cell_1(rules, p.UPPER_ANNUAL_CEILING, MEMBER_RESIDENT)]
    return incentive_year(
        rules,
        streak,
        earned_steps,
        zero_claim_years,
        paid,
        1 if claims > 0 or finished == 0 else 0,
        1 if 0 <= original < upper_used else 0,
    )
