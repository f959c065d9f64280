"""One visit through the layers: basic pooled, upper, assistance (M22-M26, M30, M33)."""

from yibao.benefit.functions.above import own_counted, upper_layers, upper_of_outpatients
from yibao.benefit.functions.basic import (
    UNLISTED,
    basic_layer,
    chronic_layer,
    first_visit_cell,
    visit_terms,
)
from yibao.benefit.functions.ceiling import (
    ceiling_left,
    own_ceiling_cell,
)
from yibao.benefit.functions.cells import cell_1
from yibao.benefit.functions.maternity import delivery_payment, prenatal_payment
from yibao.benefit.steps import (
    ELIGIBLE,
    FIRST_VISIT,
    FUND,
    MATERNITY_QUALIFYING,
    MATERNITY_TO_OUTPATIENT,
    NOT_COVERED,
    NOT_ENTITLED,
    OWN,
)
from yibao.benefit.terms import (
    MOST_FEN,
    POOL_CHRONIC,
    POOL_OUTPATIENT,
    T_CEILING,
    T_CEILING_BY_MONTH,
    T_DISEASE_TERMS,
    T_FIRST_VISIT,
    T_OUTPATIENT_COUNTS,
    T_POOL,
    T_SHARED_CEILING,
    U_INPATIENT_DEDUCTIBLE,
    U_INPATIENT_ELIGIBLE,
    U_OUTPATIENT_DEDUCTIBLE,
    U_OUTPATIENT_ELIGIBLE,
    Accumulators,
    Basic,
    Figures,
    Increase,
    Rules,
    Settlement,
    Shares,
    Trace,
    Used,
    VisitFacts,
)
from yibao.policy import parameters as p
from yibao.policy.keys import (
    CHRONIC,
    INPATIENT,
    KIND_CHRONIC,
    KIND_INPATIENT,
    KIND_MATERNITY,
    KIND_PHARMACY,
    MEMBER_RESIDENT,
    OUTPATIENT,
)
from yibao.registry import benefit_function


@benefit_function
def refused(visit: VisitFacts, status: int) -> Settlement:
    """The answer where a figure has no source: nothing settled, the cell in ``status``."""
    return Settlement(status, visit.total, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0)


@benefit_function
def add_up(used: Accumulators, more: Increase) -> Accumulators:
    """The accumulators after a visit."""
    outpatient = more.care == OUTPATIENT
    inpatient = more.care == INPATIENT
    chronic = more.care == CHRONIC
    return Accumulators(
        used.outpatient_deductible + (more.deductible if outpatient else 0),
        used.inpatient_deductible + (more.deductible if inpatient else 0),
        used.chronic_deductible + (more.deductible if chronic else 0),
        used.outpatient_eligible + (more.eligible if outpatient else 0),
        used.inpatient_eligible + (more.eligible if inpatient else 0),
        used.chronic_eligible + (more.eligible if chronic else 0),
        used.outpatient_pooled + (more.pooled if outpatient else 0),
        used.inpatient_pooled + (more.pooled if inpatient else 0),
        used.chronic_pooled + (more.pooled if chronic else 0),
        used.special_pooled + more.special,
        used.upper + more.upper,
        used.assistance + more.assistance,
        used.eligible_own + more.own,
    )


@benefit_function
def settle_outpatient(
    rules: Rules,
    visit: VisitFacts,
    figures: Figures,
    eligible: int,
    used: Used,
    trace: Trace,
) -> Basic:
    """Ordinary outpatient pooling, also for a prescription filled at a pharmacy (S4-019)."""
    if figures[T_CEILING] < -1:
        return Basic(figures[T_CEILING], 0, 0, 0, 0)
    pool = figures[T_POOL]
    shared_left = -1
    if pool & POOL_OUTPATIENT:
        if figures[T_SHARED_CEILING] < -1:
            return Basic(figures[T_SHARED_CEILING], 0, 0, 0, 0)
        shared_left = ceiling_left(figures[T_SHARED_CEILING], INPATIENT, pool, used)
    left = ceiling_left(figures[T_CEILING], OUTPATIENT, pool, used)
    if left >= 0 and figures[T_CEILING_BY_MONTH] == 1:
        left = figures[T_CEILING] - visit.disease_used
        if left < 0:
            left = 0
    ceiling_cell = -1
    if trace is not None:
        ceiling_cell = own_ceiling_cell(rules, OUTPATIENT, visit.member, visit.groups)
    return basic_layer(
        rules,
        visit,
        figures,
        OUTPATIENT,
        eligible,
        used[U_OUTPATIENT_DEDUCTIBLE],
        used[U_OUTPATIENT_ELIGIBLE],
        left,
        ceiling_cell,
        shared_left,
        trace,
    )


@benefit_function
def settle_inpatient(
    rules: Rules,
    visit: VisitFacts,
    figures: Figures,
    eligible: int,
    used: Used,
    trace: Trace,
) -> Basic:
    """The basic layer of an inpatient stay."""
    if figures[T_CEILING] < -1:
        return Basic(figures[T_CEILING], 0, 0, 0, 0)
    return basic_layer(
        rules,
        visit,
        figures,
        INPATIENT,
        eligible,
        used[U_INPATIENT_DEDUCTIBLE],
        used[U_INPATIENT_ELIGIBLE],
        -1,
        -1,
        ceiling_left(figures[T_CEILING], INPATIENT, figures[T_POOL], used),
        trace,
    )


@benefit_function
def only_status(status: int) -> Shares:
    """Nothing borne, paid or counted: for a reason (0), or as a figure has no source."""
    return Shares(status, 0, 0, 0, -1, 0, 0)


@benefit_function
def settle_maternity(
    rules: Rules,
    visit: VisitFacts,
    figures: Figures,
    eligible: int,
    used: Used,
    trace: Trace,
) -> Shares:
    """Prenatal care against a quota, delivery against a ceiling (M28)."""
    scheme = 0 if visit.member == MEMBER_RESIDENT else 1
    cell = cell_1(rules, p.QUALIFYING_MONTHS, visit.contribution_class)
    if scheme == 1 and visit.qualifying_months < rules[cell]:
        if trace is not None:
            trace.append((MATERNITY_QUALIFYING, cell, rules[cell]))
        return only_status(0)
    if visit.delivery >= 0:
        paid = delivery_payment(
            rules,
            scheme,
            visit.delivery,
            visit.without_stay,
            visit.tier,
            visit.gestation_months,
            visit.maternity_used,
            eligible,
            trace,
        )
        return only_status(paid) if paid < 0 else Shares(0, 0, paid, 0, -1, paid, 0)
    paid, passed = prenatal_payment(
        rules, scheme, visit.fetuses, visit.maternity_used, eligible, trace
    )
    if paid < 0:
        return only_status(paid)
    if passed == 0:
        return Shares(0, 0, paid, 0, -1, paid, 0)
    if trace is not None:
        excess_cell = cell_1(rules, p.PRENATAL_EXCESS, scheme)
        trace.append((MATERNITY_TO_OUTPATIENT, excess_cell, passed))
    layer = settle_outpatient(rules, visit, figures, passed, used, trace)
    if layer.status < 0:
        return only_status(layer.status)
    return Shares(
        0, layer.deductible, paid + layer.pooled, layer.passed, passed, paid, layer.own_cut
    )


@benefit_function
def visit_shares(
    rules: Rules,
    visit: VisitFacts,
    figures: Figures,
    eligible: int,
    used: Used,
    trace: Trace,
) -> Shares:
    """What a visit's own kind of care bears and pays.

    A person without entitlement, a purchase without prescription, a disease on no list and
    care elsewhere than at the institution of first contact, where that has to come first,
    are settled with fund 0 and leave no trace.
    """
    if visit.total > MOST_FEN:
        return only_status(-1)
    if visit.entitled == 0:
        if trace is not None:
            trace.append((NOT_ENTITLED, -1, 0))
        return only_status(0)
    if visit.kind == KIND_MATERNITY:
        return settle_maternity(rules, visit, figures, eligible, used, trace)
    if visit.kind == KIND_INPATIENT:
        layer = settle_inpatient(rules, visit, figures, eligible, used, trace)
    elif visit.kind == KIND_CHRONIC:
        layer = chronic_layer(rules, visit, figures, eligible, used, trace)
        if layer.status == UNLISTED:
            return only_status(0)
    elif visit.kind == KIND_PHARMACY and visit.prescription == 0:
        if trace is not None:
            trace.append((NOT_COVERED, -1, 0))
        return only_status(0)
    else:
        if figures[T_FIRST_VISIT] == 1:
            if trace is not None:
                trace.append((FIRST_VISIT, first_visit_cell(rules, visit), 0))
            return only_status(0)
        layer = settle_outpatient(rules, visit, figures, eligible, used, trace)
    if layer.status < 0:
        return only_status(layer.status)
    return Shares(0, layer.deductible, layer.pooled, layer.passed, eligible, 0, layer.own_cut)


@benefit_function
def settle_on_terms(
    rules: Rules, visit: VisitFacts, figures: Figures, used: Used, trace: Trace
) -> tuple[Settlement, Increase]:
    """:func:`settle` with the visit's figures looked up before, and what it adds to ``used``.

    The person's part is always the remainder.
    """
    eligible = visit.total - visit.out_of_catalogue - visit.over_limit - visit.upfront
    if trace is not None:
        trace.append((ELIGIBLE, -1, eligible))
    shares = visit_shares(rules, visit, figures, eligible, used, trace)
    status = shares.status
    upward = shares.passed - shares.own_cut
    care = OUTPATIENT
    special = 0
    disease_paid = 0
    upper = 0
    assisted = 0
    own = 0
    if shares.counted >= 0 and figures[T_OUTPATIENT_COUNTS] == 1:
        own = own_counted(rules, visit, eligible - shares.pooled, shares.passed)
        under_inpatient = shares.pooled if figures[T_POOL] & POOL_OUTPATIENT else 0
        status, upper, assisted = upper_layers(
            rules, visit, own, shares.deductible, upward, under_inpatient, used, trace
        )
    elif shares.counted >= 0 and (visit.kind == KIND_INPATIENT or visit.kind == KIND_CHRONIC):
        own = own_counted(rules, visit, eligible - shares.pooled, shares.passed)
        under_inpatient = shares.pooled
        care = INPATIENT
        if visit.kind == KIND_CHRONIC:
            care = CHRONIC
            disease_paid = shares.pooled
            if figures[T_DISEASE_TERMS] == p.TERMS_INPATIENT:
                special = shares.pooled
            elif not figures[T_POOL] & POOL_CHRONIC:
                under_inpatient = 0
        status, upper, assisted = upper_layers(
            rules, visit, own, shares.deductible, upward, under_inpatient, used, trace
        )
    elif upward > 0:
        status, upper = upper_of_outpatients(rules, visit, upward, used, trace)
    if care == OUTPATIENT and shares.counted >= 0 and figures[T_CEILING_BY_MONTH] == 1:
        disease_paid = shares.pooled - shares.quota
    if status < 0:
        return refused(visit, status), Increase(OUTPATIENT, 0, 0, 0, 0, 0, 0, 0)
    fund = shares.pooled + upper + assisted
    if trace is not None:
        trace.append((FUND, -1, fund))
        trace.append((OWN, -1, visit.total - fund))
    settlement = Settlement(
        0,
        visit.total,
        visit.out_of_catalogue,
        visit.over_limit,
        visit.upfront,
        eligible,
        shares.deductible,
        shares.pooled,
        upper,
        assisted,
        0,
        fund,
        visit.total - fund,
        disease_paid,
        shares.quota,
    )
    more = Increase(
        care,
        shares.deductible,
        shares.counted if shares.counted >= 0 else 0,
        shares.pooled - shares.quota,
        special,
        upper,
        assisted,
        own,
    )
    return settlement, more


@benefit_function
def settle(
    rules: Rules, visit: VisitFacts, used: Accumulators, trace: Trace
) -> tuple[Settlement, Accumulators]:
    """One visit: what the fund pays, what is left to the person, and the new accumulators.

    A person without entitlement is settled with fund 0 and leaves no trace in the
    accumulators.  ``status`` below 0 names the cell that has no source.
    """
    settlement, more = settle_on_terms(rules, visit, visit_terms(rules, visit), used, trace)
    return settlement, add_up(used, more)
