"""What is paid in: residents by year, employees and flexible by month (M01-M03, M37)."""

from yibao.benefit.functions.cells import cell_1
from yibao.benefit.functions.refusal import lacking
from yibao.benefit.steps import (
    BASIC_PREMIUM,
    CONTRIBUTION_BASE,
    CONTRIBUTION_RATE,
    EMPLOYER_PART,
    EXTRA_PREMIUM,
    FISCAL_SUBSIDY,
    GROUP_SUBSIDY,
    INDIVIDUAL,
    LARGE_AMOUNT_PREMIUM,
    PREMIUM_SUBSIDY,
    PREMIUM_SUBSIDY_RATIO,
    WAGE_LIMIT_HIGH,
    WAGE_LIMIT_LOW,
)
from yibao.benefit.terms import Rules, Trace
from yibao.money.rounding import ratio_amount
from yibao.policy import parameters as p
from yibao.registry import benefit_function


@benefit_function
def amount_cell_of_groups(rules: Rules, of_group: int, of_all: int, groups: int) -> int:
    """The cell of the least amount of the person's groups, or of the one for everybody.

    ``of_group`` is a table by group whose cells are negative where a group has none of its
    own, ``of_all`` the amount for everybody.
    """
    best_cell = of_all
    for group in range(rules[p.GROUPS]):
        if groups >> group & 1:
            cell = cell_1(rules, of_group, group)
            if rules[cell] >= 0 and (best_cell == of_all or rules[cell] < rules[best_cell]):
                best_cell = cell
    return best_cell


@benefit_function
def resident_individual(rules: Rules, groups: int, trace: Trace) -> tuple[int, int]:
    """Individual amount of a coverage year and the subsidy of the person's groups.

    Both in fen; the first may be ``lacking(cell)``.  Of several groups the one that
    leaves the person least to pay counts.
    """
    best_amount = rules[p.INDIVIDUAL]
    best_subsidy = 0
    best_cell = p.INDIVIDUAL
    subsidy_cell = -1
    of_person = amount_cell_of_groups(rules, p.GROUP_INDIVIDUAL, p.INDIVIDUAL, groups)
    if rules[of_person] == p.MISSING:
        return lacking(of_person), 0
    if best_amount == p.MISSING:
        best_amount = rules[of_person]
        best_cell = of_person
    for group in range(rules[p.GROUPS]):
        if groups >> group & 1:
            amount_cell = cell_1(rules, p.GROUP_INDIVIDUAL, group)
            if rules[amount_cell] < 0:
                amount_cell = of_person if rules[p.INDIVIDUAL] == p.MISSING else p.INDIVIDUAL
            amount = rules[amount_cell]
            own_cell = cell_1(rules, p.GROUP_SUBSIDY_RATIO, group)
            if rules[own_cell] > 0:
                subsidy = ratio_amount(amount, rules[own_cell], rules[p.ROUND_BILL])
            else:
                own_cell = cell_1(rules, p.GROUP_SUBSIDY, group)
                subsidy = rules[own_cell]
            if subsidy > amount:
                subsidy = amount
            if amount - subsidy < best_amount - best_subsidy:
                best_amount = amount
                best_subsidy = subsidy
                best_cell = amount_cell
                subsidy_cell = own_cell
    if trace is not None:
        trace.append((INDIVIDUAL, best_cell, best_amount))
        if best_subsidy > 0:
            trace.append((GROUP_SUBSIDY, subsidy_cell, best_subsidy))
    return best_amount, best_subsidy


@benefit_function
def late_for_window(rules: Rules, paid_day: int) -> int:
    """1 if ``paid_day`` lies after the enrolment window, 0 if not; or ``lacking(cell)``."""
    if rules[p.WINDOW_CLOSE] == p.MISSING:
        return lacking(p.WINDOW_CLOSE)
    return 1 if paid_day > rules[p.WINDOW_CLOSE] else 0


@benefit_function
def late_for_year(rules: Rules, paid_day: int, first_day: int) -> int:
    """:func:`late_for_window` of a year that begins on ``first_day``.

    Where no source gives the window, a year that is paid before it begins is paid in time.
    """
    if rules[p.WINDOW_CLOSE] == p.MISSING and paid_day < first_day:
        return 0
    return late_for_window(rules, paid_day)


@benefit_function
def in_flexible_window(rules: Rules, paid_day: int) -> int:
    """1 if a year of a flexible member was paid inside its window, 0 if before or after it; -1:
    the year has no window."""
    close = rules[p.FLEXIBLE_WINDOW_CLOSE]
    if close < 0:
        return -1
    return 1 if rules[p.FLEXIBLE_WINDOW_OPEN] <= paid_day and paid_day <= close else 0


@benefit_function
def late_share(rules: Rules, groups: int, late: int, trace: Trace) -> int:
    """The fiscal share that a late payer bears as well (S0-013); or ``lacking(cell)``."""
    if late == 0:
        return 0
    for group in range(rules[p.GROUPS]):
        if groups >> group & 1 and rules[cell_1(rules, p.GROUP_LATE_EXEMPT, group)] == 1:
            return 0
    if rules[p.LATE_PAYMENT] == p.MISSING:
        return lacking(p.LATE_PAYMENT)
    if rules[p.LATE_PAYMENT] == 1:
        return 0
    cell = amount_cell_of_groups(rules, p.GROUP_FISCAL_SUBSIDY, p.FISCAL_SUBSIDY, groups)
    if rules[cell] == p.MISSING:
        return lacking(cell)
    if trace is not None:
        trace.append((FISCAL_SUBSIDY, cell, rules[cell]))
    return rules[cell]


@benefit_function
def contribution_base(rules: Rules, declared: int, trace: Trace) -> int:
    """The declared monthly wage inside the limits of the base; or ``lacking(cell)``."""
    if rules[p.BASE_FLOOR] == p.MISSING:
        return lacking(p.BASE_FLOOR)
    if rules[p.BASE_CEILING] == p.MISSING:
        return lacking(p.BASE_CEILING)
    base = declared
    if base < rules[p.BASE_FLOOR]:
        base = rules[p.BASE_FLOOR]
        if trace is not None:
            trace.append((WAGE_LIMIT_LOW, p.BASE_FLOOR, base))
    if base > rules[p.BASE_CEILING]:
        base = rules[p.BASE_CEILING]
        if trace is not None:
            trace.append((WAGE_LIMIT_HIGH, p.BASE_CEILING, base))
    if trace is not None:
        trace.append((CONTRIBUTION_BASE, -1, base))
    return base


@benefit_function
def rate_cell(rules: Rules, table: int, plans: int, groups: int) -> int:
    """The cell of a rate: that of the person's tier of contribution in ``plans``, else ``table``.

    Of several plans the first one counts.
    """
    for group in range(rules[p.GROUPS]):
        if groups >> group & 1:
            cell = cell_1(rules, plans, group)
            if rules[cell] >= 0:
                return cell
    return table


@benefit_function
def employee_month(rules: Rules, groups: int, base: int, trace: Trace) -> tuple[int, int]:
    """A worker's month on a limited base: the individual's part and the employer's part.

    The first may be ``lacking(cell)``.
    """
    of_individual = rate_cell(rules, p.INDIVIDUAL_RATE, p.PLAN_INDIVIDUAL_RATE, groups)
    of_employer = rate_cell(rules, p.EMPLOYER_RATE, p.PLAN_EMPLOYER_RATE, groups)
    if rules[of_individual] == p.MISSING:
        return lacking(of_individual), 0
    if rules[of_employer] == p.MISSING:
        return lacking(of_employer), 0
    individual = ratio_amount(base, rules[of_individual], rules[p.ROUND_BILL])
    employer = ratio_amount(base, rules[of_employer], rules[p.ROUND_BILL])
    if trace is not None:
        trace.append((CONTRIBUTION_RATE, of_individual, rules[of_individual]))
        trace.append((INDIVIDUAL, -1, individual))
        trace.append((CONTRIBUTION_RATE, of_employer, rules[of_employer]))
        trace.append((EMPLOYER_PART, -1, employer))
    return individual, employer


@benefit_function
def fixed_month(rules: Rules, retired: int, trace: Trace) -> int:
    """The fixed monthly sum of a worker beside the rate, or of a retiree; or ``lacking(cell)``.

    A retiree of whom the pack asks nothing has no amount to be found: ``RETIRED_MONTH`` is
    NONE, which reads as lacking.
    """
    cell = p.RETIRED_MONTH if retired == 1 else p.INDIVIDUAL_EXTRA_MONTH
    amount = rules[cell]
    if amount < 0:
        return lacking(cell)
    if trace is not None and amount > 0:
        trace.append((EXTRA_PREMIUM, cell, amount))
    return amount


@benefit_function
def flexible_month(
    rules: Rules, groups: int, base: int, first_of_year: int, trace: Trace
) -> tuple[int, int, int]:
    """A flexible month: basic premium, large-amount premium, other premiums.

    The large-amount premium of a year falls due whole with the first month paid in
    that year (K01: beside the basic premium, never inside it).  Where the pack prints one
    amount for all, the base does not matter.  The first may be ``lacking(cell)``.
    """
    of_rate = rate_cell(rules, p.FLEXIBLE_RATE, p.PLAN_FLEXIBLE_RATE, groups)
    basic = rules[p.FLEXIBLE_AMOUNT_MONTH]
    if basic == p.MISSING:
        return lacking(p.FLEXIBLE_AMOUNT_MONTH), 0, 0
    if basic < 0:
        if rules[of_rate] == p.MISSING:
            return lacking(of_rate), 0, 0
        basic = ratio_amount(base, rules[of_rate], rules[p.ROUND_BILL])
    large_cell = p.FLEXIBLE_LARGE_AMOUNT_MONTH
    large = rules[large_cell]
    if first_of_year != 0 and rules[p.FLEXIBLE_LARGE_AMOUNT_YEAR] > 0:
        large_cell = p.FLEXIBLE_LARGE_AMOUNT_YEAR
        large += rules[large_cell]
    extra = rules[p.FLEXIBLE_EXTRA_MONTH]
    if trace is not None:
        if rules[p.FLEXIBLE_AMOUNT_MONTH] >= 0:
            trace.append((BASIC_PREMIUM, p.FLEXIBLE_AMOUNT_MONTH, basic))
        else:
            trace.append((CONTRIBUTION_RATE, of_rate, rules[of_rate]))
            trace.append((BASIC_PREMIUM, -1, basic))
        if large > 0:
            trace.append((LARGE_AMOUNT_PREMIUM, large_cell, large))
        if extra > 0:
            trace.append((EXTRA_PREMIUM, p.FLEXIBLE_EXTRA_MONTH, extra))
    return basic, large, extra


@benefit_function
def monthly_equivalent(annual: int) -> int:
    """A yearly bill spread over twelve months, half up: for information, never a bill (C02)."""
    return (annual * 2 + 12) // 24


@benefit_function
def premium_subsidy(rules: Rules, groups: int, paid: int, trace: Trace) -> int:
    """What is paid back of a flexible year's contributions (S3-031 to S3-033).

    ``lacking(cell)`` where the ratio of a group is known to have no source.
    """
    best = 0
    best_cell = -1
    for group in range(rules[p.GROUPS]):
        if groups >> group & 1:
            cell = cell_1(rules, p.PREMIUM_SUBSIDY_RATIO, group)
            if rules[cell] == p.MISSING:
                return lacking(cell)
            if rules[cell] > best:
                best_cell = cell
                best = rules[cell]
    if best_cell < 0:
        return 0
    amount = ratio_amount(paid, best, rules[p.ROUND_BILL])
    if trace is not None:
        trace.append((PREMIUM_SUBSIDY_RATIO, best_cell, best))
        trace.append((PREMIUM_SUBSIDY, p.PREMIUM_SUBSIDY_FROM_MONTH, amount))
    return amount
