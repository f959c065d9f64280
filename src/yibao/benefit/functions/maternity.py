"""Maternity benefits: prenatal quota, delivery, miscarriage, allowance (M28)."""

from yibao.benefit.functions.cells import cell_1, cell_2, cell_3
from yibao.benefit.functions.refusal import lacking
from yibao.benefit.steps import (
    ALLOWANCE,
    ALLOWANCE_DAYS,
    MATERNITY_CEILING,
    MATERNITY_PAID,
    MATERNITY_QUOTA,
    MATERNITY_RATIO,
)
from yibao.benefit.terms import Rules, Trace
from yibao.money.rounding import ratio_amount
from yibao.policy import parameters as p
from yibao.policy.keys import LOST
from yibao.registry import benefit_function


@benefit_function
def gestation_band(rules: Rules, months: int) -> int:
    """The band of a number of months; a band holds from its first month (K34)."""
    band = 0
    for index in range(rules[p.GESTATIONS]):
        first = rules[cell_1(rules, p.GESTATION_FROM, index)]
        if first >= 0 and months >= first:
            band = index
    return band


@benefit_function
def prenatal_payment(
    rules: Rules, scheme: int, fetuses: int, used: int, eligible: int, trace: Trace
) -> tuple[int, int]:
    """Paid from the quota, and what goes on to outpatient pooling; or ``lacking``.

    What is above the quota is the person's, goes on to outpatient pooling, or is paid at a
    ratio of its own; a ceiling holds for all that is paid in the pregnancy.
    """
    cell = cell_1(rules, p.PRENATAL_QUOTA, scheme)
    if rules[cell] == p.MISSING:
        return lacking(cell), 0
    extra = fetuses - 1 if fetuses > 1 else 0
    left = rules[cell] + rules[cell_1(rules, p.PRENATAL_EXTRA, scheme)] * extra - used
    if left < 0:
        left = 0
    ratio = rules[cell_1(rules, p.PRENATAL_RATIO, scheme)]
    paid = ratio_amount(eligible, ratio, rules[p.ROUND_FUND])
    passed = 0
    if trace is not None:
        trace.append((MATERNITY_QUOTA, cell, left))
    if paid > left:
        paid = left
        base_used = (paid * 10_000 + ratio - 1) // ratio
        if base_used > eligible:  # the payment was rounded up
            base_used = eligible
        excess = rules[cell_1(rules, p.PRENATAL_EXCESS, scheme)]
        if excess == p.PRENATAL_EXCESS_OUTPATIENT:
            passed = eligible - base_used
        elif excess == p.PRENATAL_EXCESS_RATE:
            excess_cell = cell_1(rules, p.PRENATAL_EXCESS_RATIO, scheme)
            paid += ratio_amount(eligible - base_used, rules[excess_cell], rules[p.ROUND_FUND])
            if trace is not None:
                trace.append((MATERNITY_RATIO, excess_cell, rules[excess_cell]))
    if paid > eligible:  # rounded up to jiao
        paid = eligible
    ceiling_cell = cell_1(rules, p.PRENATAL_CEILING, scheme)
    ceiling = rules[ceiling_cell]
    if ceiling >= 0:
        room = ceiling - used if ceiling > used else 0
        if paid > room:
            paid = room
            if trace is not None:
                trace.append((MATERNITY_CEILING, ceiling_cell, room))
    if trace is not None:
        trace.append((MATERNITY_PAID, -1, paid))
    return paid, passed


@benefit_function
def delivery_payment(
    rules: Rules,
    scheme: int,
    delivery: int,
    without_stay: int,
    tier: int,
    gestation_months: int,
    used: int,
    eligible: int,
    trace: Trace,
) -> int:
    """What is paid for a delivery or a miscarriage; or ``lacking(cell)``.

    ``without_stay``: 1 where it was done outside, which may have a ceiling of its own.
    """
    ratio_cell = cell_2(rules, p.DELIVERY_RATIO, scheme, delivery)
    cell = cell_3(rules, p.DELIVERY_CEILING, scheme, delivery, tier)
    if rules[ratio_cell] == p.MISSING:
        return lacking(ratio_cell)
    outpatient = cell_2(rules, p.OUTPATIENT_DELIVERY_CEILING, scheme, delivery)
    done_outside = without_stay == 1 and rules[outpatient] >= 0
    if rules[cell] == p.MISSING and not done_outside:
        return lacking(cell)
    ceiling = rules[cell]
    if delivery in LOST:
        band = gestation_band(rules, gestation_months)
        banded = cell_2(rules, p.MISCARRIAGE_AMOUNT, scheme, band)
        if rules[banded] >= 0:
            cell = banded
            ceiling = rules[banded]
    if done_outside:
        cell = outpatient
        ceiling = rules[outpatient]
    paid = ratio_amount(eligible, rules[ratio_cell], rules[p.ROUND_FUND])
    if trace is not None:
        trace.append((MATERNITY_RATIO, ratio_cell, rules[ratio_cell]))
    if ceiling >= 0:
        if rules[cell_1(rules, p.DELIVERY_WITH_PRENATAL, scheme)] == 1:
            ceiling = ceiling - used if ceiling > used else 0
        if trace is not None:
            trace.append((MATERNITY_CEILING, cell, ceiling))
        if paid > ceiling:
            paid = ceiling
    if trace is not None:
        trace.append((MATERNITY_PAID, -1, paid))
    return paid


@benefit_function
def allowance_days(
    rules: Rules,
    miscarriage: int,
    gestation_months: int,
    difficult: int,
    fetuses: int,
    trace: Trace,
) -> int:
    """Days of maternity allowance; or ``lacking(cell)`` (O-MT-05)."""
    if miscarriage != 0:
        band = gestation_band(rules, gestation_months)
        cell = cell_1(rules, p.ALLOWANCE_MISCARRIAGE, band)
        days = rules[cell]
        if days < 0:
            return lacking(cell)
    else:
        cell = p.ALLOWANCE_DAYS
        days = rules[cell]
        if days == p.MISSING:
            return lacking(cell)
        if difficult != 0:
            days += rules[p.ALLOWANCE_DIFFICULT]
        if fetuses > 1:
            days += rules[p.ALLOWANCE_PER_CHILD] * (fetuses - 1)
    if trace is not None:
        trace.append((ALLOWANCE_DAYS, cell, days))
    return days


@benefit_function
def allowance(rules: Rules, monthly_average: int, days: int, trace: Trace) -> int:
    """Allowance for ``days`` at the employer's average monthly wage, rounded once."""
    month_days = rules[p.ALLOWANCE_MONTH_DAYS]
    amount = (monthly_average * days * 2 + month_days) // (month_days * 2)
    if trace is not None:
        trace.append((ALLOWANCE, p.ALLOWANCE_MONTH_DAYS, amount))
    return amount


@benefit_function
def spouse_payment(rules: Rules, payment: int) -> int:
    """What a worker's uninsured spouse gets of a payment; or ``lacking(cell)``."""
    if rules[p.SPOUSE_RATIO] < 0:
        return lacking(p.SPOUSE_RATIO)
    return ratio_amount(payment, rules[p.SPOUSE_RATIO], rules[p.ROUND_FUND])
