"""The layers above the basic one: what counts for them, and what they pay (M24, M36)."""

from yibao.benefit.functions.assistance import assistance
from yibao.benefit.functions.ceiling import ceiling_left, own_ceiling_cell, pool_of
from yibao.benefit.functions.cells import cell_1, cell_2
from yibao.benefit.functions.refusal import lacking
from yibao.benefit.functions.unknown import unknown_layers
from yibao.benefit.functions.upper import large_amount, major_illness, major_illness_year
from yibao.benefit.steps import (
    UNKNOWN_UPPER,
    UPPER,
    UPPER_AFTER_YEAR,
    UPPER_BASE,
    UPPER_BY_DISEASE,
    UPPER_CEILING,
    UPPER_RATIO,
)
from yibao.benefit.terms import (
    POOL_COST,
    U_ASSISTANCE,
    U_ELIGIBLE_OWN,
    U_UPPER,
    Rules,
    Trace,
    Used,
    VisitFacts,
)
from yibao.money.rounding import ratio_amount
from yibao.policy import parameters as p
from yibao.policy.keys import INPATIENT
from yibao.registry import benefit_function


@benefit_function
def pays_beside(rules: Rules, member: int) -> bool:
    """Whether a layer that goes by the own burden pays of what lies above the basic ceiling
    beside it (GZ-S04): each fen is then in one of the two bases only."""
    return (
        rules[cell_1(rules, p.UPPER_RULE, member)] == p.UPPER_OWN_BURDEN
        and rules[cell_1(rules, p.UPPER_ABOVE_RATIO, member)] != p.NONE
    )


@benefit_function
def own_counted(rules: Rules, visit: VisitFacts, own: int, passed: int) -> int:
    """What counts for the layers above of ``own`` fen that the basic layer left.

    ``passed`` of them are above its ceiling: they count where the pack says so, never where
    the layer pays of them beside the burden; what was paid first of class B where it says so.
    """
    counted = own
    if passed > 0 and (
        pays_beside(rules, visit.member)
        or rules[cell_1(rules, p.UPPER_COUNTS_ABOVE_CEILING, visit.member)] == 0
    ):
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
def payment_after_year(
    rules: Rules, member: int, groups: int, used: Used, bonus: int, trace: Trace
) -> int:
    """What the layer above comes to for a year that is over, by the rules of its last day.

    0 where it pays at visits, or not by the own burden of the year; or ``lacking(cell)``.
    """
    rule = rules[cell_1(rules, p.UPPER_RULE, member)]
    if rule != p.UPPER_OWN_BURDEN or rules[cell_1(rules, p.UPPER_SETTLED, member)] == 0:
        return 0
    ceiling = rules[own_ceiling_cell(rules, INPATIENT, member, groups)]
    left = ceiling_left(ceiling, INPATIENT, pool_of(rules, member), used)
    reached = 1 if left == 0 else 0
    return major_illness_year(rules, member, groups, used[U_ELIGIBLE_OWN], reached, bonus, trace)


@benefit_function
def upper_by_disease(rules: Rules, visit: VisitFacts, own: int, used: int, trace: Trace) -> int:
    """What a layer without threshold pays of ``own`` fen for the diseases that it lists.

    A group may have a ratio of its own, the best one counts; ``used``: paid in the year before.
    """
    if visit.disease < 0 or own <= 0:
        return 0
    cell = cell_2(rules, p.UPPER_DISEASE_RATIO, visit.member, visit.disease)
    if rules[cell] < 0:
        return 0
    for group in range(rules[p.GROUPS]):
        if visit.groups >> group & 1:
            of_group = cell_2(rules, p.UPPER_GROUP_DISEASE_RATIO, visit.member, group)
            if rules[of_group] > rules[cell]:
                cell = of_group
    ceiling_cell = cell_1(rules, p.UPPER_ANNUAL_CEILING, visit.member)
    ceiling = rules[ceiling_cell]
    if ceiling == p.MISSING:
        return lacking(ceiling_cell)
    paid = ratio_amount(own, rules[cell], rules[p.ROUND_FUND])
    if trace is not None:
        trace.append((UPPER_BY_DISEASE, cell, rules[cell]))
    if ceiling >= 0:
        left = ceiling + visit.ceiling_bonus - used
        if left < 0:
            left = 0
        if paid > left:
            paid = left
            if trace is not None:
                trace.append((UPPER_CEILING, ceiling_cell, ceiling + visit.ceiling_bonus))
    if trace is not None:
        trace.append((UPPER, -1, paid))
    return paid


@benefit_function
def above_ceiling_part(rules: Rules, member: int, passed: int, trace: Trace) -> int:
    """What a layer by the own burden pays beside it of ``passed`` fen above the basic ceiling:
    one ratio, at most all of them; or ``lacking(cell)``."""
    if passed <= 0 or not pays_beside(rules, member):
        return 0
    cell = cell_1(rules, p.UPPER_ABOVE_RATIO, member)
    if rules[cell] == p.MISSING:
        return lacking(cell)
    if trace is not None:
        trace.append((UPPER_BASE, -1, passed))
        trace.append((UPPER_RATIO, cell, rules[cell]))
    paid = ratio_amount(passed, rules[cell], rules[p.ROUND_FUND])
    if paid > passed:  # rounded up to jiao
        paid = passed
    if trace is not None:
        trace.append((UPPER, -1, paid))
    return paid


@benefit_function
def paid_of_burden(rules: Rules, visit: VisitFacts, used: Used, ceiling_reached: int) -> int:
    """What the layer has paid of the own burden of the year before this visit; or ``lacking``.

    Of a layer that pays above the ceiling as well, what is kept of the year is the sum of both:
    the burden's part is worked out again, which comes out alike, since nothing that changes
    within a year may be combined with it (``policy.clashes``).
    """
    if not pays_beside(rules, visit.member):
        return used[U_UPPER]
    if rules[cell_1(rules, p.UPPER_SETTLED, visit.member)] == 1:
        return 0
    return major_illness_year(
        rules,
        visit.member,
        visit.groups,
        used[U_ELIGIBLE_OWN],
        ceiling_reached,
        visit.ceiling_bonus,
        None,
    )


@benefit_function
def upper_layers(
    rules: Rules,
    visit: VisitFacts,
    own: int,
    borne: int,
    passed: int,
    under_inpatient: int,
    used: Used,
    trace: Trace,
) -> tuple[int, int, int]:
    """Status, upper payment and assistance of a visit that counts for the layers above.

    ``own`` is what the visit adds to the year's own payment, see :func:`own_counted`, of
    which the deductible is ``borne``; ``under_inpatient`` the part of this that counts under
    the inpatient ceiling, beside what ``used`` holds.
    A layer whose terms no source gives pays nothing and says so.
    """
    member = visit.member
    rule = rules[cell_1(rules, p.UPPER_RULE, member)]
    if trace is not None:
        unknown_layers(rules, visit, trace)
    upper = 0
    paid_before = used[U_UPPER]
    if rule == p.UPPER_ABOVE_CEILING:
        upper = large_amount(rules, member, passed, used[U_UPPER], visit.ceiling_bonus, trace)
    elif rule == p.UPPER_EACH_VISIT:
        upper = large_amount(rules, member, own - borne, used[U_UPPER], visit.ceiling_bonus, trace)
    elif rule == p.UPPER_OWN_BURDEN:
        ceiling = rules[own_ceiling_cell(rules, INPATIENT, member, visit.groups)]
        pool = pool_of(rules, member)
        left = ceiling_left(ceiling, INPATIENT, pool, used)
        if pool & POOL_COST:
            under_inpatient += own
        reached = 1 if 0 <= left <= under_inpatient else 0
        of_year = used[U_ELIGIBLE_OWN] + own
        paid_before = paid_of_burden(rules, visit, used, reached)
        if paid_before < 0:
            return paid_before, 0, 0
        if rules[cell_1(rules, p.UPPER_SETTLED, member)] == 1:
            if trace is not None:
                after_year(rules, visit, of_year, reached, trace)
        else:
            upper = major_illness(
                rules,
                member,
                visit.groups,
                of_year,
                paid_before,
                reached,
                visit.ceiling_bonus,
                trace,
            )
    elif rule == p.UPPER_BY_DISEASE:
        upper = upper_by_disease(rules, visit, own, used[U_UPPER], trace)
    if upper < 0:
        return upper, 0, 0
    if upper > own:
        upper = own
    above = above_ceiling_part(rules, member, passed, trace)
    if above < 0:
        return above, 0, 0
    before = used[U_ELIGIBLE_OWN] - paid_before - used[U_ASSISTANCE]
    if before < 0:
        before = 0
    assisted = assistance(
        rules, visit.groups, before, before + own - upper, used[U_ASSISTANCE], trace
    )
    return 0, upper + above, assisted


@benefit_function
def upper_of_outpatients(
    rules: Rules, visit: VisitFacts, passed: int, used: Used, trace: Trace
) -> tuple[int, int]:
    """Status and upper payment of what a shared ceiling cuts from a visit of outpatients.

    Only a layer that pays above the ceiling does, by that alone or beside; the person's own
    payment of outpatients counts in no layer.
    """
    cell = cell_1(rules, p.UPPER_RULE, visit.member)
    if rules[cell] == p.MISSING and trace is not None:
        trace.append((UNKNOWN_UPPER, cell, 0))
    if rules[cell] == p.UPPER_OWN_BURDEN:
        upper = above_ceiling_part(rules, visit.member, passed, trace)
        return (upper, 0) if upper < 0 else (0, upper)
    if rules[cell] != p.UPPER_ABOVE_CEILING:
        return 0, 0
    upper = large_amount(rules, visit.member, passed, used[U_UPPER], visit.ceiling_bonus, trace)
    return (upper, 0) if upper < 0 else (0, upper)
