"""One visit through the layers: basic pooled, upper, assistance (M22-M26, M30, M33)."""

from yibao.benefit.functions.assistance import assistance
from yibao.benefit.functions.basic import (
    UNLISTED,
    basic_layer,
    ceiling_left,
    chronic_layer,
    visit_terms,
)
from yibao.benefit.functions.cells import cell_1, cell_2
from yibao.benefit.functions.maternity import delivery_payment, prenatal_payment
from yibao.benefit.functions.unknown import unknown_layers
from yibao.benefit.functions.upper import large_amount, major_illness, major_illness_year
from yibao.benefit.steps import (
    ELIGIBLE,
    FUND,
    MATERNITY_QUALIFYING,
    MATERNITY_TO_OUTPATIENT,
    NOT_COVERED,
    NOT_ENTITLED,
    OWN,
    UPPER_AFTER_YEAR,
)
from yibao.benefit.terms import (
    MOST_FEN,
    T_CEILING,
    T_DISEASE_TERMS,
    T_OUTPATIENT_COUNTS,
    U_ASSISTANCE,
    U_ELIGIBLE_OWN,
    U_INPATIENT_DEDUCTIBLE,
    U_INPATIENT_ELIGIBLE,
    U_OUTPATIENT_DEDUCTIBLE,
    U_OUTPATIENT_ELIGIBLE,
    U_UPPER,
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
def own_counted(rules: Rules, visit: VisitFacts, own: int, passed: int) -> int:
    """What counts for the layers above of ``own`` fen that the basic layer left.

    ``passed`` of them are above its ceiling; shares of class B that were paid first count
    where the pack says so.
    """
    counted = own
    if passed > 0 and rules[cell_1(rules, p.UPPER_COUNTS_ABOVE_CEILING, visit.member)] == 0:
        counted -= passed
    if visit.upfront > 0 and rules[cell_1(rules, p.UPPER_COUNTS_UPFRONT, visit.member)] == 1:
        counted += visit.upfront
    return counted


@benefit_function
def after_year(
    rules: Rules, visit: VisitFacts, own: int, ceiling_reached: int, trace: Trace
) -> int:
    """What the layer above will pay once the year is over, as the year stands; nothing now."""
    year = major_illness_year(
        rules, visit.member, visit.groups, own, ceiling_reached, visit.ceiling_bonus, trace
    )
    if year > 0 and trace is not None:
        trace.append((UPPER_AFTER_YEAR, cell_1(rules, p.UPPER_SETTLED, visit.member), year))
    return year


@benefit_function
def upper_layers(
    rules: Rules,
    visit: VisitFacts,
    own: int,
    passed: int,
    under_inpatient: int,
    used: Used,
    trace: Trace,
) -> tuple[int, int, int]:
    """Status, upper payment and assistance of a visit that counts for the layers above.

    ``own`` is what the visit adds to the year's own payment, see :func:`own_counted`;
    ``under_inpatient`` the
    part of this that counts under the inpatient ceiling, beside what ``used`` holds.
    A layer whose terms no source gives pays nothing and says so.
    """
    member = visit.member
    rule = rules[cell_1(rules, p.UPPER_RULE, member)]
    if trace is not None:
        unknown_layers(rules, visit, trace)
    upper = 0
    if rule == p.UPPER_ABOVE_CEILING:
        upper = large_amount(rules, member, passed, used[U_UPPER], visit.ceiling_bonus, trace)
    elif rule == p.UPPER_OWN_BURDEN:
        ceiling = rules[cell_2(rules, p.ANNUAL_CEILING, INPATIENT, member)]
        left = ceiling_left(ceiling, INPATIENT, used)
        reached = 1 if 0 <= left <= under_inpatient else 0
        of_year = used[U_ELIGIBLE_OWN] + own
        if rules[cell_1(rules, p.UPPER_SETTLED, member)] == 1:
            if trace is not None:
                after_year(rules, visit, of_year, reached, trace)
        else:
            upper = major_illness(
                rules,
                member,
                visit.groups,
                of_year,
                used[U_UPPER],
                reached,
                visit.ceiling_bonus,
                trace,
            )
    if upper < 0:
        return upper, 0, 0
    if upper > own:
        upper = own
    before = used[U_ELIGIBLE_OWN] - used[U_UPPER] - used[U_ASSISTANCE]
    if before < 0:
        before = 0
    assisted = assistance(
        rules, visit.groups, before, before + own - upper, used[U_ASSISTANCE], trace
    )
    return 0, upper, assisted


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
        return Basic(figures[T_CEILING], 0, 0, 0)
    return basic_layer(
        rules,
        visit,
        figures,
        OUTPATIENT,
        eligible,
        used[U_OUTPATIENT_DEDUCTIBLE],
        used[U_OUTPATIENT_ELIGIBLE],
        ceiling_left(figures[T_CEILING], OUTPATIENT, used),
        cell_2(rules, p.ANNUAL_CEILING, OUTPATIENT, visit.member),
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
        return Basic(figures[T_CEILING], 0, 0, 0)
    return basic_layer(
        rules,
        visit,
        figures,
        INPATIENT,
        eligible,
        used[U_INPATIENT_DEDUCTIBLE],
        used[U_INPATIENT_ELIGIBLE],
        ceiling_left(figures[T_CEILING], INPATIENT, used),
        cell_2(rules, p.ANNUAL_CEILING, INPATIENT, visit.member),
        trace,
    )


@benefit_function
def only_status(status: int) -> Shares:
    """Nothing borne, paid or counted: for a reason (0), or as a figure has no source."""
    return Shares(status, 0, 0, 0, -1, 0)


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
            visit.gestation_months,
            visit.maternity_used,
            eligible,
            trace,
        )
        return only_status(paid) if paid < 0 else Shares(0, 0, paid, 0, -1, paid)
    paid, passed = prenatal_payment(
        rules, scheme, visit.fetuses, visit.maternity_used, eligible, trace
    )
    if paid < 0:
        return only_status(paid)
    if passed == 0:
        return Shares(0, 0, paid, 0, -1, paid)
    if trace is not None:
        excess_cell = cell_1(rules, p.PRENATAL_EXCESS, scheme)
        trace.append((MATERNITY_TO_OUTPATIENT, excess_cell, passed))
    layer = settle_outpatient(rules, visit, figures, passed, used, trace)
    if layer.status < 0:
        return only_status(layer.status)
    return Shares(0, layer.deductible, paid + layer.pooled, 0, passed, paid)


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

    A person without entitlement, a purchase without prescription and a disease on no list
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
        layer = settle_outpatient(rules, visit, figures, eligible, used, trace)
    if layer.status < 0:
        return only_status(layer.status)
    return Shares(0, layer.deductible, layer.pooled, layer.passed, eligible, 0)


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
    care = OUTPATIENT
    special = 0
    disease_paid = 0
    upper = 0
    assisted = 0
    own = 0
    if shares.counted >= 0 and figures[T_OUTPATIENT_COUNTS] == 1:
        own = own_counted(rules, visit, eligible - shares.pooled, shares.passed)
        status, upper, assisted = upper_layers(rules, visit, own, 0, 0, used, trace)
    elif shares.counted >= 0 and (visit.kind == KIND_INPATIENT or visit.kind == KIND_CHRONIC):
        own = own_counted(rules, visit, eligible - shares.pooled, shares.passed)
        passed = shares.passed
        under_inpatient = shares.pooled
        care = INPATIENT
        if visit.kind == KIND_CHRONIC:
            care = CHRONIC
            disease_paid = shares.pooled
            if figures[T_DISEASE_TERMS] == p.TERMS_INPATIENT:
                special = shares.pooled
            else:
                passed = 0
                under_inpatient = 0
        status, upper, assisted = upper_layers(
            rules, visit, own, passed, under_inpatient, used, trace
        )
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
