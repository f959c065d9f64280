"""The basic pooled layer: deductible, ratio, ceiling; and a listed disease's own terms."""

from yibao.benefit.functions.bands import banded_payment, base_used_by_ceiling
from yibao.benefit.functions.deductible import deductible
from yibao.benefit.functions.ratio import disease_ratio
from yibao.benefit.functions.refusal import lacking
from yibao.benefit.steps import (
    CEILING_BASE_USED,
    CEILING_LEFT,
    NOT_COVERED,
    OPTION,
    PASSED_UP,
    POOLED,
    POOLED_BEFORE_CEILING,
)
from yibao.benefit.terms import Accumulators, Basic, Rules, Trace, VisitFacts
from yibao.money.rounding import round_scaled
from yibao.policy import parameters as p
from yibao.policy.keys import CHRONIC, INPATIENT, MEMBER_RESIDENT
from yibao.registry import benefit_function

UNLISTED = 1
"""Status of a basic layer: the disease is on no list, nothing is paid or counted."""


@benefit_function
def ceiling_left(rules: Rules, care: int, member: int, used: Accumulators) -> int:
    """What is left of the ceiling on the basic layer's payments; -1: there is none."""
    line = care * 3 + member
    ceiling = rules[p.ANNUAL_CEILING + line]
    if care == INPATIENT:
        spent = used.inpatient_pooled + used.special_pooled
    elif care == CHRONIC:
        spent = used.chronic_pooled - used.special_pooled
    else:
        spent = used.outpatient_pooled
    if ceiling < 0:
        return -1
    return ceiling - spent if ceiling > spent else 0


@benefit_function
def basic_layer(
    rules: Rules,
    care: int,
    visit: VisitFacts,
    eligible: int,
    deductible_used: int,
    eligible_used: int,
    left: int,
    ceiling_cell: int,
    own_ratio: int,
    own_ratio_cell: int,
    trace: Trace,
) -> Basic:
    """Deductible, ratio by band, one rounding, ceiling.

    ``left`` is what the ceiling still allows (-1: none); ``own_ratio`` replaces the
    ratio table where it is 0 or more (a disease with its own ratio).
    """
    member = visit.member
    line = care * 3 + member
    borne = deductible(
        rules,
        care,
        member,
        visit.tier,
        visit.place,
        visit.groups,
        visit.nth,
        deductible_used,
        eligible,
        trace,
    )
    if borne < 0:
        return Basic(borne, 0, 0, 0)
    start = borne
    if rules[p.BAND_START + line] == 1:
        start = 0
    if rules[p.BAND_PERIOD + line] == 1:
        start += eligible_used
        if rules[p.BAND_START + line] == 1:
            start -= deductible_used
    end = start + eligible - borne
    if own_ratio >= 0:
        own_ratio = disease_ratio(
            rules, care, member, visit.place, own_ratio, own_ratio_cell, trace
        )
        if own_ratio < 0:
            return Basic(own_ratio, 0, 0, 0)
        scaled = (eligible - borne) * own_ratio
    else:
        scaled = banded_payment(
            rules,
            care,
            member,
            visit.tier,
            visit.age,
            visit.place,
            visit.groups,
            visit.disease,
            visit.family_doctor,
            start,
            end,
            trace,
        )
        if scaled < 0:
            return Basic(scaled, 0, 0, 0)
    paid = round_scaled(scaled, rules[p.ROUND_FUND])
    if paid > eligible - borne:  # rounded up to jiao
        paid = eligible - borne
    if trace is not None:
        trace.append((POOLED_BEFORE_CEILING, p.ROUND_FUND, paid))
    passed = 0
    if left >= 0 and paid > left:
        paid = left
        if own_ratio > 0:
            base_used = (left * 10_000 + own_ratio - 1) // own_ratio
            if base_used > eligible - borne:
                base_used = eligible - borne
        else:
            base_used = base_used_by_ceiling(
                rules,
                care,
                member,
                visit.tier,
                visit.age,
                visit.place,
                visit.groups,
                visit.disease,
                visit.family_doctor,
                start,
                end,
                paid,
            )
        passed = eligible - borne - base_used
        if trace is not None:
            trace.append((CEILING_LEFT, ceiling_cell, left))
            trace.append((CEILING_BASE_USED, -1, base_used))
            trace.append((PASSED_UP, -1, passed))
    elif left == paid > 0 and trace is not None:
        # Used up to the fen: nothing passes, but the steps say so (case C40).
        trace.append((CEILING_LEFT, ceiling_cell, left))
        trace.append((CEILING_BASE_USED, -1, eligible - borne))
        trace.append((PASSED_UP, -1, passed))
    if trace is not None:
        trace.append((POOLED, -1, paid))
    return Basic(0, borne, paid, passed)


@benefit_function
def chronic_layer(
    rules: Rules, visit: VisitFacts, eligible: int, used: Accumulators, trace: Trace
) -> tuple[Basic, int]:
    """A visit for a listed disease; with it the disease's terms (position in the choices).

    The terms are those in force, or the former ones for a person who was admitted to
    the list before it changed (rule shape 12).
    """
    member = visit.member
    row = (0 if member == MEMBER_RESIDENT else 1) * 64 + visit.disease
    if visit.former != 0:
        terms_cell = p.FORMER_TERM + row
        ceiling_cell = p.FORMER_CEILING + row
        ratio_cell = p.FORMER_RATIO + row
    else:
        terms_cell = p.DISEASE_TERM + row
        ceiling_cell = p.DISEASE_CEILING + row
        ratio_cell = p.DISEASE_RATIO + row
    terms = rules[terms_cell]
    if trace is not None:
        trace.append((OPTION, terms_cell, terms))
    if terms == p.TERMS_NOT_LISTED:
        if trace is not None:
            trace.append((NOT_COVERED, terms_cell, 0))
        return Basic(UNLISTED, 0, 0, 0), terms
    line = CHRONIC * 3 + member
    annual_cell = p.ANNUAL_CEILING + line
    if terms == p.TERMS_INPATIENT:
        annual_cell = p.ANNUAL_CEILING + INPATIENT * 3 + member
        left = ceiling_left(rules, INPATIENT, member, used)
    else:
        left = ceiling_left(rules, CHRONIC, member, used)
    if rules[annual_cell] == p.MISSING:
        return Basic(lacking(annual_cell), 0, 0, 0), terms
    if terms == p.TERMS_MONTH or terms == p.TERMS_YEAR:
        if rules[ceiling_cell] < 0:
            return Basic(lacking(ceiling_cell), 0, 0, 0), terms
        disease_left = rules[ceiling_cell] - visit.disease_used
        if disease_left < 0:
            disease_left = 0
        if left < 0 or disease_left < left:
            left = disease_left
            annual_cell = ceiling_cell
    layer = basic_layer(
        rules,
        CHRONIC,
        visit,
        eligible,
        used.chronic_deductible,
        used.chronic_eligible,
        left,
        annual_cell,
        rules[ratio_cell],
        ratio_cell,
        trace,
    )
    return layer, terms
