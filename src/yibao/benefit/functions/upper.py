"""The upper layers: large-amount (employees) and major-illness (residents) (M24)."""

from yibao.benefit.functions.bands import portion
from yibao.benefit.functions.cells import cell_1, cell_2
from yibao.benefit.functions.refusal import lacking
from yibao.benefit.steps import (
    UPPER,
    UPPER_BASE,
    UPPER_CEILING,
    UPPER_FIRST,
    UPPER_RATIO,
    UPPER_SECOND,
    UPPER_THRESHOLD,
)
from yibao.benefit.terms import Rules, Trace
from yibao.money.rounding import ratio_amount, round_scaled
from yibao.policy import parameters as p
from yibao.registry import benefit_function


@benefit_function
def upper_banded(rules: Rules, member: int, points: int, base: int, trace: Trace) -> int:
    """``base`` through the layer's bands, rounded once; or ``lacking(cell)``."""
    scaled = 0
    bottom = 0
    bands = rules[p.BANDS]
    for band in range(bands):
        top = -1
        if band < bands - 1:
            top = rules[cell_2(rules, p.UPPER_BAND_TOP, member, band)]
        part = portion(0, base, bottom, top)
        if part > 0:
            cell = cell_2(rules, p.UPPER_RATIO, member, band)
            if rules[cell] == p.MISSING:
                return lacking(cell)
            ratio = rules[cell] + points
            if ratio > 10_000:
                ratio = 10_000
            if trace is not None:
                trace.append((UPPER_RATIO, cell, ratio))
            scaled += part * ratio
        if top < 0 or base <= top:
            break
        bottom = top
    paid = round_scaled(scaled, rules[p.ROUND_FUND])
    return paid if paid < base else base  # rounded up to jiao


@benefit_function
def large_amount(
    rules: Rules, member: int, passed: int, used: int, bonus: int, trace: Trace
) -> int:
    """What the layer above the basic ceiling pays on the base that passed up (O-LA-01)."""
    if passed <= 0:
        return 0
    cell = cell_1(rules, p.UPPER_ANNUAL_CEILING, member)
    ceiling = rules[cell]
    if ceiling == p.MISSING:
        return lacking(cell)
    if trace is not None:
        trace.append((UPPER_BASE, -1, passed))
    paid = upper_banded(rules, member, 0, passed, trace)
    if paid < 0:
        return paid
    if ceiling >= 0:
        left = ceiling + bonus - used
        if left < 0:
            left = 0
        if paid > left:
            paid = left
            if trace is not None:
                trace.append((UPPER_CEILING, cell, ceiling + bonus))
    if trace is not None:
        trace.append((UPPER, -1, paid))
    return paid


@benefit_function
def major_illness_year(
    rules: Rules,
    member: int,
    groups: int,
    own: int,
    ceiling_reached: int,
    bonus: int,
    trace: Trace,
) -> int:
    """What the year comes to for ``own`` fen of eligible own payment; or ``lacking``.

    One threshold, bands above it, a second compensation on what is left (O-MI-01 to
    O-MI-04), a ceiling raised by incentives; groups may have a lower threshold, more
    points and no ceiling.
    """
    cell = cell_1(rules, p.UPPER_THRESHOLD, member)
    threshold = rules[cell]
    points = 0
    uncapped = 0
    if groups != 0:
        factor = 10_000
        for group in range(rules[p.GROUPS]):
            if groups >> group & 1:
                factor_cell = cell_2(rules, p.UPPER_GROUP_THRESHOLD_FACTOR, member, group)
                if rules[factor_cell] < factor:
                    factor = rules[factor_cell]
                    cell = factor_cell
                of_group = rules[cell_2(rules, p.UPPER_GROUP_POINTS, member, group)]
                if of_group > points:
                    points = of_group
                if rules[cell_2(rules, p.UPPER_GROUP_UNCAPPED, member, group)] == 1:
                    uncapped = 1
        threshold = ratio_amount(threshold, factor, rules[p.ROUND_FUND])
    waived_cell = cell_1(rules, p.UPPER_CEILING_REACHED, member)
    if ceiling_reached != 0 and rules[waived_cell] == 1:
        threshold = 0
        cell = waived_cell
    if own <= threshold:
        return 0
    if trace is not None:
        trace.append((UPPER_THRESHOLD, cell, threshold))
        trace.append((UPPER_BASE, -1, own - threshold))
    first = upper_banded(rules, member, points, own - threshold, trace)
    if first < 0:
        return first
    second = 0
    second_cell = cell_1(rules, p.UPPER_SECOND_THRESHOLD, member)
    if rules[second_cell] >= 0 and own - first > rules[second_cell]:
        second = ratio_amount(
            own - first - rules[second_cell],
            rules[cell_1(rules, p.UPPER_SECOND_RATIO, member)],
            rules[p.ROUND_FUND],
        )
    if trace is not None:
        trace.append((UPPER_FIRST, -1, first))
        if second > 0:
            trace.append((UPPER_SECOND, second_cell, second))
    total = first + second
    ceiling_cell = cell_1(rules, p.UPPER_ANNUAL_CEILING, member)
    ceiling = rules[ceiling_cell]
    if ceiling == p.MISSING:
        return lacking(ceiling_cell)
    if ceiling >= 0 and uncapped == 0 and total > ceiling + bonus:
        total = ceiling + bonus
        if trace is not None:
            trace.append((UPPER_CEILING, ceiling_cell, total))
    return total


@benefit_function
def major_illness(
    rules: Rules,
    member: int,
    groups: int,
    own: int,
    used: int,
    ceiling_reached: int,
    bonus: int,
    trace: Trace,
) -> int:
    """This visit's part: what the year comes to, less what was paid before."""
    year = major_illness_year(rules, member, groups, own, ceiling_reached, bonus, trace)
    if year < 0:
        return year
    paid = year - used if year > used else 0
    if trace is not None and year > 0:
        trace.append((UPPER, -1, paid))
    return paid
