"""One visit through the layers: basic pooled, upper, assistance (M22-M26, M30, M33)."""

from yibao.benefit.functions.assistance import assistance
from yibao.benefit.functions.basic import UNLISTED, basic_layer, ceiling_left, chronic_layer
from yibao.benefit.functions.maternity import delivery_payment, prenatal_payment
from yibao.benefit.functions.refusal import lacking
from yibao.benefit.functions.upper import large_amount, major_illness
from yibao.benefit.steps import (
    ELIGIBLE,
    FUND,
    MATERNITY_QUALIFYING,
    MATERNITY_TO_OUTPATIENT,
    NOT_COVERED,
    NOT_ENTITLED,
    OWN,
)
from yibao.benefit.terms import (
    MOST_FEN,
    Accumulators,
    Basic,
    Rules,
    Settlement,
    Trace,
    VisitFacts,
)
from yibao.policy import parameters as p
from yibao.policy.keys import (
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
def upper_layers(
    rules: Rules,
    visit: VisitFacts,
    own: int,
    passed: int,
    used: Accumulators,
    trace: Trace,
) -> tuple[int, int, int]:
    """Status, upper payment and assistance of an inpatient or chronic visit.

    ``own`` is the visit's eligible amount less the basic payment; ``used`` already
    counts this visit's basic payment.
    """
    member = visit.member
    cell = p.UPPER_RULE + member
    rule = rules[cell]
    if rule == p.MISSING:
        return lacking(cell), 0, 0
    upper = 0
    if rule == p.UPPER_ABOVE_CEILING:
        upper = large_amount(rules, member, passed, used.upper, visit.ceiling_bonus, trace)
    elif rule == p.UPPER_OWN_BURDEN:
        left = ceiling_left(rules, INPATIENT, member, used)
        upper = major_illness(
            rules,
            member,
            visit.groups,
            used.eligible_own + own,
            used.upper,
            1 if left == 0 else 0,
            visit.ceiling_bonus,
            trace,
        )
    if upper < 0:
        return upper, 0, 0
    if upper > own:
        upper = own
    before = used.eligible_own - used.upper - used.assistance
    if before < 0:
        before = 0
    assisted = assistance(rules, visit.groups, before, before + own - upper, used.assistance, trace)
    return 0, upper, assisted


@benefit_function
def refused(visit: VisitFacts, status: int) -> Settlement:
    """The answer where a figure has no source: nothing settled, the cell in ``status``."""
    return Settlement(status, visit.total, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0)


@benefit_function
def settlement_of(
    visit: VisitFacts,
    eligible: int,
    borne: int,
    pooled: int,
    upper: int,
    assisted: int,
    disease_paid: int,
    maternity_paid: int,
    trace: Trace,
) -> Settlement:
    """The settlement; the person's part is always the remainder."""
    fund = pooled + upper + assisted
    if trace is not None:
        trace.append((FUND, -1, fund))
        trace.append((OWN, -1, visit.total - fund))
    return Settlement(
        0,
        visit.total,
        visit.out_of_catalogue,
        visit.over_limit,
        visit.upfront,
        eligible,
        borne,
        pooled,
        upper,
        assisted,
        0,
        fund,
        visit.total - fund,
        disease_paid,
        maternity_paid,
    )


@benefit_function
def settle_outpatient(
    rules: Rules, visit: VisitFacts, eligible: int, used: Accumulators, trace: Trace
) -> tuple[Basic, Accumulators]:
    """Ordinary outpatient pooling, also for a prescription filled at a pharmacy (S4-019)."""
    cell = p.ANNUAL_CEILING + OUTPATIENT * 3 + visit.member
    if rules[cell] == p.MISSING:
        return Basic(lacking(cell), 0, 0, 0), used
    layer = basic_layer(
        rules,
        OUTPATIENT,
        visit,
        eligible,
        used.outpatient_deductible,
        used.outpatient_eligible,
        ceiling_left(rules, OUTPATIENT, visit.member, used),
        cell,
        -1,
        -1,
        trace,
    )
    if layer.status < 0:
        return layer, used
    return layer, Accumulators(
        used.outpatient_deductible + layer.deductible,
        used.inpatient_deductible,
        used.chronic_deductible,
        used.outpatient_eligible + eligible,
        used.inpatient_eligible,
        used.chronic_eligible,
        used.outpatient_pooled + layer.pooled,
        used.inpatient_pooled,
        used.chronic_pooled,
        used.special_pooled,
        used.upper,
        used.assistance,
        used.eligible_own,
    )


@benefit_function
def settle_inpatient(
    rules: Rules, visit: VisitFacts, eligible: int, used: Accumulators, trace: Trace
) -> tuple[Basic, Accumulators]:
    """The basic layer of an inpatient stay."""
    cell = p.ANNUAL_CEILING + INPATIENT * 3 + visit.member
    if rules[cell] == p.MISSING:
        return Basic(lacking(cell), 0, 0, 0), used
    layer = basic_layer(
        rules,
        INPATIENT,
        visit,
        eligible,
        used.inpatient_deductible,
        used.inpatient_eligible,
        ceiling_left(rules, INPATIENT, visit.member, used),
        cell,
        -1,
        -1,
        trace,
    )
    if layer.status < 0:
        return layer, used
    return layer, Accumulators(
        used.outpatient_deductible,
        used.inpatient_deductible + layer.deductible,
        used.chronic_deductible,
        used.outpatient_eligible,
        used.inpatient_eligible + eligible,
        used.chronic_eligible,
        used.outpatient_pooled,
        used.inpatient_pooled + layer.pooled,
        used.chronic_pooled,
        used.special_pooled,
        used.upper,
        used.assistance,
        used.eligible_own,
    )


@benefit_function
def settle_chronic(
    rules: Rules, visit: VisitFacts, eligible: int, used: Accumulators, trace: Trace
) -> tuple[Basic, Accumulators]:
    """The basic layer of a visit for a listed disease; an unlisted one leaves no trace."""
    layer, terms = chronic_layer(rules, visit, eligible, used, trace)
    if layer.status != 0 or terms == p.TERMS_NOT_LISTED:
        return layer, used
    special = layer.pooled if terms == p.TERMS_INPATIENT else 0
    passed = layer.passed if terms == p.TERMS_INPATIENT else 0
    return Basic(0, layer.deductible, layer.pooled, passed), Accumulators(
        used.outpatient_deductible,
        used.inpatient_deductible,
        used.chronic_deductible + layer.deductible,
        used.outpatient_eligible,
        used.inpatient_eligible,
        used.chronic_eligible + eligible,
        used.outpatient_pooled,
        used.inpatient_pooled,
        used.chronic_pooled + layer.pooled,
        used.special_pooled + special,
        used.upper,
        used.assistance,
        used.eligible_own,
    )


@benefit_function
def settle_layers(
    rules: Rules, visit: VisitFacts, eligible: int, used: Accumulators, trace: Trace
) -> tuple[Settlement, Accumulators]:
    """An inpatient stay or a chronic visit: basic layer, then the layers above."""
    if visit.kind == KIND_INPATIENT:
        layer, after = settle_inpatient(rules, visit, eligible, used, trace)
    else:
        layer, after = settle_chronic(rules, visit, eligible, used, trace)
        if layer.status == UNLISTED:
            return settlement_of(visit, eligible, 0, 0, 0, 0, 0, 0, trace), used
    if layer.status < 0:
        return refused(visit, layer.status), used
    own = eligible - layer.pooled
    status, upper, assisted = upper_layers(rules, visit, own, layer.passed, after, trace)
    if status < 0:
        return refused(visit, status), used
    done = settlement_of(
        visit,
        eligible,
        layer.deductible,
        layer.pooled,
        upper,
        assisted,
        layer.pooled if visit.kind == KIND_CHRONIC else 0,
        0,
        trace,
    )
    return done, Accumulators(
        after.outpatient_deductible,
        after.inpatient_deductible,
        after.chronic_deductible,
        after.outpatient_eligible,
        after.inpatient_eligible,
        after.chronic_eligible,
        after.outpatient_pooled,
        after.inpatient_pooled,
        after.chronic_pooled,
        after.special_pooled,
        after.upper + upper,
        after.assistance + assisted,
        after.eligible_own + own,
    )


@benefit_function
def settle_maternity(
    rules: Rules, visit: VisitFacts, eligible: int, used: Accumulators, trace: Trace
) -> tuple[Settlement, Accumulators]:
    """Prenatal care against a quota, delivery against a ceiling (M28)."""
    scheme = 0 if visit.member == MEMBER_RESIDENT else 1
    cell = p.QUALIFYING_MONTHS + visit.contribution_class
    if scheme == 1 and visit.qualifying_months < rules[cell]:
        if trace is not None:
            trace.append((MATERNITY_QUALIFYING, cell, rules[cell]))
        return settlement_of(visit, eligible, 0, 0, 0, 0, 0, 0, trace), used
    if visit.delivery >= 0:
        paid = delivery_payment(
            rules,
            scheme,
            visit.delivery,
            visit.gestation_months,
            visit.maternity_used,
            eligible,
            trace,
        )
        if paid < 0:
            return refused(visit, paid), used
        return settlement_of(visit, eligible, 0, paid, 0, 0, 0, paid, trace), used
    paid, passed = prenatal_payment(
        rules, scheme, visit.fetuses, visit.maternity_used, eligible, trace
    )
    if paid < 0:
        return refused(visit, paid), used
    if passed == 0:
        return settlement_of(visit, eligible, 0, paid, 0, 0, 0, paid, trace), used
    if trace is not None:
        trace.append((MATERNITY_TO_OUTPATIENT, p.PRENATAL_EXCESS + scheme, passed))
    layer, after = settle_outpatient(rules, visit, passed, used, trace)
    if layer.status < 0:
        return refused(visit, layer.status), used
    done = settlement_of(
        visit, eligible, layer.deductible, paid + layer.pooled, 0, 0, 0, paid, trace
    )
    return done, after


@benefit_function
def settle(
    rules: Rules, visit: VisitFacts, used: Accumulators, trace: Trace
) -> tuple[Settlement, Accumulators]:
    """One visit: what the fund pays, what is left to the person, and the new accumulators.

    A person without entitlement is settled with fund 0 and leaves no trace in the
    accumulators.  ``status`` below 0 names the cell that has no source.
    """
    eligible = visit.total - visit.out_of_catalogue - visit.over_limit - visit.upfront
    if trace is not None:
        trace.append((ELIGIBLE, -1, eligible))
    if visit.total > MOST_FEN:
        return refused(visit, -1), used
    if visit.entitled == 0:
        if trace is not None:
            trace.append((NOT_ENTITLED, -1, 0))
        return settlement_of(visit, eligible, 0, 0, 0, 0, 0, 0, trace), used
    if visit.kind == KIND_INPATIENT or visit.kind == KIND_CHRONIC:
        return settle_layers(rules, visit, eligible, used, trace)
    if visit.kind == KIND_MATERNITY:
        return settle_maternity(rules, visit, eligible, used, trace)
    if visit.kind == KIND_PHARMACY and visit.prescription == 0:
        if trace is not None:
            trace.append((NOT_COVERED, -1, 0))
        return settlement_of(visit, eligible, 0, 0, 0, 0, 0, 0, trace), used
    layer, after = settle_outpatient(rules, visit, eligible, used, trace)
    if layer.status < 0:
        return refused(visit, layer.status), used
    done = settlement_of(visit, eligible, layer.deductible, layer.pooled, 0, 0, 0, 0, trace)
    return done, after
