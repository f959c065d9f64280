"""Waiting periods: fixed and variable months, repair, floor, start of cover (M03, M04)."""

from yibao.benefit.functions.calendar import add_months, civil, day_of
from yibao.benefit.functions.cells import cell_1
from yibao.benefit.functions.refusal import lacking
from yibao.benefit.steps import (
    GRACE,
    WAITING_EXEMPT,
    WAITING_FIXED,
    WAITING_FLOOR,
    WAITING_MONTHS,
    WAITING_REPAIR,
    WAITING_VARIABLE,
)
from yibao.benefit.terms import Rules, Trace
from yibao.policy import parameters as p
from yibao.registry import benefit_function


@benefit_function
def waiting_exempt(rules: Rules, groups: int, months_since_employee: int, trace: Trace) -> int:
    """1 if a group or a recent employee enrolment frees from waiting (O-WP-05).

    ``months_since_employee``: whole months since employee cover ended, -1: none ended.
    """
    for group in range(rules[p.GROUPS]):
        if groups >> group & 1:
            cell = cell_1(rules, p.WAITING_EXEMPT, group)
            if rules[cell] == 1:
                if trace is not None:
                    trace.append((WAITING_EXEMPT, cell, 0))
                return 1
    bridge = rules[p.WAITING_BRIDGE]
    if months_since_employee >= 0 and bridge > 0 and months_since_employee <= bridge:
        if trace is not None:
            trace.append((WAITING_EXEMPT, p.WAITING_BRIDGE, 0))
        return 1
    return 0


@benefit_function
def resident_waiting(
    rules: Rules, late: int, lapsed_years: int, repaired_years: int, trace: Trace
) -> int:
    """Months of waiting; or ``lacking(cell)`` (O-WP-02 to O-WP-04, O-WP-07).

    ``late``: paid after the enrolment window.  ``lapsed_years``: years without timely
    payment directly before; they wait even when the payment falls inside the window
    (C16).  Each repaired year takes variable months off; from a number of lapsed
    years on the sum has a floor.
    """
    if late == 0 and lapsed_years == 0:
        return 0
    fixed = rules[p.WAITING_FIXED]
    if fixed == p.MISSING:
        return lacking(p.WAITING_FIXED)
    if rules[p.WAITING_PER_YEAR] == p.MISSING:
        return lacking(p.WAITING_PER_YEAR)
    counted = lapsed_years - rules[p.WAITING_FREE_YEARS]
    if counted < 0:
        counted = 0
    variable = rules[p.WAITING_PER_YEAR] * counted
    repair = rules[p.WAITING_REPAIR] * repaired_years
    if repair > variable:
        repair = variable
    months = fixed + variable - repair
    if trace is not None:
        trace.append((WAITING_FIXED, p.WAITING_FIXED, fixed))
        if variable > 0:
            trace.append((WAITING_VARIABLE, p.WAITING_PER_YEAR, variable))
        if repair > 0:
            trace.append((WAITING_REPAIR, p.WAITING_REPAIR, repair))
    from_years = rules[p.WAITING_FLOOR_YEARS]
    if from_years >= 0 and lapsed_years >= from_years and months < rules[p.WAITING_FLOOR]:
        months = rules[p.WAITING_FLOOR]
        if trace is not None:
            trace.append((WAITING_FLOOR, p.WAITING_FLOOR, months))
    if trace is not None:
        trace.append((WAITING_MONTHS, -1, months))
    return months


@benefit_function
def employee_waiting(
    rules: Rules, contribution_class: int, lapsed_months: int, trace: Trace
) -> int:
    """Months of waiting after ``lapsed_months`` unpaid months; or ``lacking(cell)``.

    Up to the months of grace a back-payment keeps cover continuous (S2-018, K14);
    after that a new waiting period starts.
    """
    if lapsed_months == 0:
        return 0
    cell = cell_1(rules, p.EMPLOYEE_GRACE, contribution_class)
    if rules[cell] == p.MISSING:
        return lacking(cell)
    if trace is not None:
        trace.append((GRACE, cell, rules[cell]))
    cell = cell_1(rules, p.EMPLOYEE_WAITING, contribution_class)
    months = rules[cell]
    if months == p.MISSING:
        return lacking(cell)
    if trace is not None:
        trace.append((WAITING_MONTHS, cell, months))
    return months


@benefit_function
def repairable(rules: Rules, contribution_class: int, lapsed_months: int, same_year: int) -> int:
    """1 if unpaid months may still be paid so that cover stays continuous (K20)."""
    cell = cell_1(rules, p.EMPLOYEE_BACK_PAYMENT, contribution_class)
    rule = rules[cell]
    if rule == p.MISSING:
        return lacking(cell)
    if rule == 1:
        return same_year
    if rule == 2:
        cell = cell_1(rules, p.EMPLOYEE_GRACE, contribution_class)
        grace = rules[cell]
        if grace == p.MISSING:
            return lacking(cell)
        return 1 if lapsed_months <= grace else 0
    return 1 if rule == 3 else 0


@benefit_function
def window_start(rules: Rules, new_year: int, paid_day: int) -> int:
    """First day of cover of who paid inside the enrolment window, waiting apart.

    A window that closes after New Year may cover from New Year on, also what happened
    before the payment.
    """
    if rules[p.WINDOW_COVER_FROM] == 1 and new_year < paid_day:
        return new_year
    return paid_day


@benefit_function
def cover_before_year(rules: Rules, groups: int) -> tuple[int, int]:
    """The month of the year before from which a paid coverage year holds for one of the person's
    groups, as for who enters a school in autumn, and its cell; -1 twice: for none."""
    best = -1
    best_cell = -1
    for group in range(rules[p.GROUPS]):
        if groups >> group & 1:
            cell = cell_1(rules, p.GROUP_COVER_FROM_MONTH, group)
            if rules[cell] > 0 and (best < 0 or rules[cell] < best):
                best = rules[cell]
                best_cell = cell
    return best, best_cell


@benefit_function
def cover_start(rules: Rules, scheme: int, paid_day: int, months: int) -> int:
    """First day of cover after ``months`` of waiting counted from the day of payment.

    The same day of the month, the last of the month where there is none (C13); or the
    first of the following month where the pack says so.
    """
    start = add_months(paid_day, months)
    if months > 0 and rules[cell_1(rules, p.WAITING_START, scheme)] == 1:
        year, month, day = civil(start)
        if day > 1:
            start = add_months(day_of(year, month, 1), 1)
    return start
