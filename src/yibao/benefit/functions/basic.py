"""The basic pooled layer: deductible, ratio, ceiling; and a listed disease's own terms."""

from yibao.benefit.functions.bands import (
    band_ratio,
    band_top,
)
from yibao.benefit.functions.ceiling import ceiling_left, own_ceiling_cell, write_ceilings
from yibao.benefit.functions.cells import cell_1, cell_2
from yibao.benefit.functions.deductible import BY_DAYS, deductible, standard_deductible
from yibao.benefit.functions.item_groups import base_used, payment_of_base
from yibao.benefit.functions.ratio import disease_cell
from yibao.benefit.functions.refusal import lacking
from yibao.benefit.functions.visit_facts import care_of_kind
from yibao.benefit.steps import (
    CEILING_BASE_USED,
    CEILING_COST_LEFT,
    CEILING_LEFT,
    NOT_COVERED,
    OPTION,
    PASSED_UP,
    POOLED,
    POOLED_BEFORE_CEILING,
)
from yibao.benefit.terms import (
    POOL_COST,
    T_BAND_PERIOD,
    T_BAND_START,
    T_CEILING,
    T_DEDUCTIBLE,
    T_DEDUCTIBLE_CEILING,
    T_DEDUCTIBLE_YEARLY,
    T_DISEASE_CEILING,
    T_DISEASE_TERMS,
    T_FIRST_VISIT,
    T_MORE_BANDS,
    T_OUTPATIENT_COUNTS,
    T_POOL,
    T_RATIO_1,
    T_ROUNDING,
    T_SHARED_CEILING,
    T_TOP_1,
    U_CHRONIC_DEDUCTIBLE,
    U_CHRONIC_ELIGIBLE,
    Basic,
    Figures,
    Rules,
    Trace,
    Used,
    VisitFacts,
)
from yibao.money.rounding import round_scaled
from yibao.policy import parameters as p
from yibao.policy.keys import (
    CHRONIC,
    INPATIENT,
    KIND_CHRONIC,
    KIND_OUTPATIENT,
    KIND_PHARMACY,
    OUTPATIENT,
    PLACE_HOME,
)
from yibao.registry import benefit_function

UNLISTED = 1
"""Status of a basic layer: the disease is on no list, nothing is paid or counted."""


@benefit_function
def first_visit_cell(rules: Rules, visit: VisitFacts) -> int:
    """The cell of the rule by which nothing is paid, as first contact was passed by; -1: none.

    Groups of residents may have to see an institution of first contact at home before any
    other, unless they have a family doctor or were sent on.
    """
    if (
        visit.kind != KIND_OUTPATIENT
        or visit.groups == 0
        or visit.place != PLACE_HOME
        or visit.family_doctor == 1
        or visit.sent_on == 1
        or rules[cell_1(rules, p.FIRST_CONTACT, visit.tier)] == 1
    ):
        return -1
    for group in range(rules[p.GROUPS]):
        if visit.groups >> group & 1:
            cell = cell_2(rules, p.FIRST_VISIT_RULE, visit.member, group)
            if rules[cell] == 1:
                return cell
    return -1


@benefit_function
def outpatient_counts(rules: Rules, visit: VisitFacts) -> int:
    """1 if a visit is none of a layer above by itself, but what it leaves to the person counts."""
    if visit.kind != KIND_OUTPATIENT and (visit.kind != KIND_PHARMACY or visit.prescription == 0):
        return 0
    return rules[cell_1(rules, p.UPPER_COUNTS_OUTPATIENT, visit.member)]


@benefit_function
def write_terms(rules: Rules, visit: VisitFacts, figures: Figures) -> None:
    """The figures of a visit's basic layer, which do not depend on amounts."""
    care = care_of_kind(visit.kind)
    disease_terms = -1
    disease_ceiling = -1
    if visit.kind == KIND_CHRONIC:
        terms_cell = disease_cell(rules, visit, p.DISEASE_TERM, p.FORMER_TERM)
        disease_terms = rules[terms_cell]
        if disease_terms == p.MISSING:
            disease_terms = lacking(terms_cell)
        cell = disease_cell(rules, visit, p.DISEASE_CEILING, p.FORMER_CEILING)
        disease_ceiling = rules[cell] if rules[cell] >= 0 else lacking(cell)
    amount, _ = standard_deductible(rules, visit, care, None)
    under = INPATIENT if disease_terms == p.TERMS_INPATIENT else care
    write_ceilings(rules, care, under, visit.member, visit.groups, figures)
    year_ceiling = rules[cell_2(rules, p.DEDUCTIBLE_YEAR_CEILING, care, visit.member)]
    top = band_top(rules, visit, care, 0)
    figures[T_DEDUCTIBLE] = amount
    figures[T_DEDUCTIBLE_YEARLY] = rules[cell_2(rules, p.DEDUCTIBLE_PERIOD, care, visit.member)]
    if rules[cell_2(rules, p.DEDUCTIBLE_DAYS, care, visit.member)] > 0:
        figures[T_DEDUCTIBLE_YEARLY] = BY_DAYS
    figures[T_DEDUCTIBLE_CEILING] = year_ceiling if year_ceiling >= 0 else -1
    figures[T_ROUNDING] = rules[p.ROUND_FUND]
    figures[T_TOP_1] = top
    figures[T_RATIO_1] = band_ratio(rules, visit, care, 0, None)
    figures[T_BAND_START] = rules[cell_2(rules, p.BAND_START, care, visit.member)]
    figures[T_BAND_PERIOD] = rules[cell_2(rules, p.BAND_PERIOD, care, visit.member)]
    figures[T_DISEASE_TERMS] = disease_terms
    figures[T_DISEASE_CEILING] = disease_ceiling
    figures[T_FIRST_VISIT] = 1 if first_visit_cell(rules, visit) >= 0 else 0
    figures[T_OUTPATIENT_COUNTS] = outpatient_counts(rules, visit)
    for band in range(1, rules[p.BANDS]):
        ratio = 0
        if top >= 0:
            top = band_top(rules, visit, care, band)
            ratio = band_ratio(rules, visit, care, band, None)
        figures[T_MORE_BANDS + 2 * band - 2] = top
        figures[T_MORE_BANDS + 2 * band - 1] = ratio


@benefit_function
def figures_needed(rules: Rules) -> int:
    """How many figures :func:`write_terms` writes: as many as there are bands."""
    return T_MORE_BANDS + 2 * (rules[p.BANDS] - 1)


@benefit_function
def visit_terms(rules: Rules, visit: VisitFacts) -> list[int]:
    """:func:`write_terms` for one visit: the figures by themselves."""
    figures = [0] * figures_needed(rules)
    write_terms(rules, visit, figures)
    return figures


@benefit_function
def uncertain_cell(
    rules: Rules, visit: VisitFacts, figures: Figures, care: int, shared: bool, most: int
) -> int:
    """The cell of the ceiling that would cut, where only what it is not below is known; else -1.

    ``most``: what it still allows.  A disease's own ceiling is known for itself.
    """
    if not shared and figures[T_DISEASE_TERMS] in (p.TERMS_MONTH, p.TERMS_YEAR):
        disease_left = figures[T_DISEASE_CEILING] - visit.disease_used
        if most == (disease_left if disease_left > 0 else 0):
            return -1
    under = INPATIENT if shared else care
    cell = own_ceiling_cell(rules, under, visit.member, visit.groups)
    return cell if rules[cell] == p.MISSING else -1


@benefit_function
def basic_layer(
    rules: Rules,
    visit: VisitFacts,
    figures: Figures,
    care: int,
    eligible: int,
    deductible_used: int,
    eligible_used: int,
    left: int,
    ceiling_cell: int,
    shared_left: int,
    trace: Trace,
) -> Basic:
    """Deductible, ratio by band, one rounding, ceilings.

    ``left`` is what the ceiling in ``ceiling_cell`` still allows, ``shared_left`` what the
    inpatient ceiling does (-1: none).  What that cuts passes up.
    """
    borne = deductible(rules, visit, figures, care, deductible_used, eligible, trace)
    if borne < 0:
        return Basic(borne, 0, 0, 0, 0)
    start = borne
    if figures[T_BAND_START] == 1:
        start = 0
    if figures[T_BAND_PERIOD] == 1:
        start += eligible_used
        if figures[T_BAND_START] == 1:
            start -= deductible_used
    elif figures[T_BAND_PERIOD] == BY_DAYS:
        start += visit.period_eligible
        if figures[T_BAND_START] == 1:
            start -= visit.period_deductible
    base = eligible - borne
    passed = 0
    own_cut = 0
    if shared_left >= 0 and care != OUTPATIENT and figures[T_POOL] & POOL_COST:
        room = shared_left if shared_left > borne else borne
        if eligible > room:
            cell = own_ceiling_cell(rules, INPATIENT, visit.member, visit.groups)
            if rules[cell] == p.MISSING:
                return Basic(lacking(cell), 0, 0, 0, 0)
            passed = eligible - room
            base -= passed
            if trace is not None:
                trace.append((CEILING_COST_LEFT, cell, shared_left))
                trace.append((PASSED_UP, -1, passed))
        shared_left = -1
    scaled = payment_of_base(rules, visit, figures, care, start, base, trace)
    if scaled < 0:
        return Basic(scaled, 0, 0, 0, 0)
    paid = round_scaled(scaled, figures[T_ROUNDING])
    if paid > base:  # rounded up to jiao
        paid = base
    if trace is not None:
        trace.append((POOLED_BEFORE_CEILING, p.ROUND_FUND, paid))
    shared = shared_left >= 0 and (left < 0 or shared_left <= left)
    most = shared_left if shared else left
    if 0 <= most <= paid and paid > 0:
        if paid > most:
            cell = uncertain_cell(rules, visit, figures, care, shared, most)
            if cell >= 0:
                return Basic(lacking(cell), 0, 0, 0, 0)
        # Used up to the fen nothing passes, but the steps say so (case C40).
        within = base
        if paid > most:
            within = base_used(rules, visit, figures, care, start, base, most)
        passed += base - within
        if not shared:
            own_cut = base - within
        elif 0 <= left < paid:
            own_cut = base - base_used(rules, visit, figures, care, start, base, left)
        if trace is not None:
            if shared:
                ceiling_cell = own_ceiling_cell(rules, INPATIENT, visit.member, visit.groups)
            trace.append((CEILING_LEFT, ceiling_cell, most))
            trace.append((CEILING_BASE_USED, -1, within))
            trace.append((PASSED_UP, -1, base - within - (own_cut if shared else 0)))
        paid = most
    if trace is not None:
        trace.append((POOLED, -1, paid))
    return Basic(0, borne, paid, passed, own_cut)


@benefit_function
def chronic_layer(
    rules: Rules,
    visit: VisitFacts,
    figures: Figures,
    eligible: int,
    used: Used,
    trace: Trace,
) -> Basic:
    """A visit for a listed disease, on the terms that ``figures`` name."""
    terms = figures[T_DISEASE_TERMS]
    if terms < 0:
        return Basic(terms, 0, 0, 0, 0)
    if trace is not None:
        cell = disease_cell(rules, visit, p.DISEASE_TERM, p.FORMER_TERM)
        trace.append((OPTION, cell, terms))
        if terms == p.TERMS_NOT_LISTED:
            trace.append((NOT_COVERED, cell, 0))
    if terms == p.TERMS_NOT_LISTED:
        return Basic(UNLISTED, 0, 0, 0, 0)
    if figures[T_CEILING] < -1:
        return Basic(figures[T_CEILING], 0, 0, 0, 0)
    if figures[T_SHARED_CEILING] < -1:
        return Basic(figures[T_SHARED_CEILING], 0, 0, 0, 0)
    pool = figures[T_POOL]
    left = -1
    shared_left = ceiling_left(figures[T_SHARED_CEILING], INPATIENT, pool, used)
    if terms == p.TERMS_INPATIENT:
        shared_left = ceiling_left(figures[T_CEILING], INPATIENT, pool, used)
    else:
        left = ceiling_left(figures[T_CEILING], CHRONIC, pool, used)
    ceiling_cell = -1
    if trace is not None:
        ceiling_cell = own_ceiling_cell(rules, CHRONIC, visit.member, visit.groups)
    if terms == p.TERMS_MONTH or terms == p.TERMS_YEAR:
        if figures[T_DISEASE_CEILING] < 0:
            return Basic(figures[T_DISEASE_CEILING], 0, 0, 0, 0)
        disease_left = figures[T_DISEASE_CEILING] - visit.disease_used
        if disease_left < 0:
            disease_left = 0
        if left < 0 or disease_left < left:
            left = disease_left
            ceiling_cell = disease_cell(rules, visit, p.DISEASE_CEILING, p.FORMER_CEILING)
    return basic_layer(
        rules,
        visit,
        figures,
        CHRONIC,
        eligible,
        used[U_CHRONIC_DEDUCTIBLE],
        used[U_CHRONIC_ELIGIBLE],
        left,
        ceiling_cell,
        shared_left,
        trace,
    )
