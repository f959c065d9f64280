"""Personal accounts: drawing on one's own, on a relative's, and the monthly credit."""

from yibao.benefit.functions.cells import cell_1
from yibao.benefit.functions.refusal import lacking
from yibao.benefit.steps import (
    ACCOUNT,
    AID_FLOOR,
    AID_LIMIT,
    AID_REFUSED_AREA,
    AID_REFUSED_DATES,
    AID_REFUSED_GRANTEE,
    AID_REFUSED_GRANTOR,
    AID_REFUSED_OWN,
    AID_REFUSED_RELATION,
    CASH,
    CREDIT,
    CREDIT_RATIO,
    MUTUAL_AID,
)
from yibao.benefit.terms import Draw, Rules, Trace
from yibao.money.rounding import ratio_amount
from yibao.policy import parameters as p
from yibao.registry import benefit_function


@benefit_function
def aid_refusal(
    rules: Rules,
    relation: int,
    grant_in_force: int,
    grantee_in_order: int,
    grantor_in_order: int,
    same_area: int,
    same_province: int,
) -> tuple[int, int]:
    """Step code of the reason why a relative's account may not pay today, and its cell.

    Code 0: it may.  Relation set by date (K02, O-MA-01, O-MA-02), dates and
    revocation of the grant, both sides in order (S4-017), area (S4-011, K23).
    """
    cell = cell_1(rules, p.AID_RELATION, relation)
    if rules[cell] != 1:
        return AID_REFUSED_RELATION, cell
    if grant_in_force == 0:
        return AID_REFUSED_DATES, -1
    if grantee_in_order == 0:
        return AID_REFUSED_GRANTEE, -1
    if grantor_in_order == 0:
        return AID_REFUSED_GRANTOR, -1
    area = rules[p.AID_AREA]
    if (area == 0 and same_province == 0) or (area == 1 and same_area == 0):
        return AID_REFUSED_AREA, p.AID_AREA
    return 0, -1


@benefit_function
def aid_available(
    rules: Rules, own_balance: int, grantor_balance: int, limit: int, trace: Trace
) -> int:
    """The most that a relative's account may pay in one payment; or ``lacking(cell)``.

    ``own_balance`` is the person's own balance before this payment if the own account
    does not take part, or what it leaves if it does; ``limit`` -1 is none.
    """
    if rules[p.AID_FLOOR] == p.MISSING:
        return lacking(p.AID_FLOOR)
    if own_balance > 0:
        if trace is not None:
            trace.append((AID_REFUSED_OWN, p.AID_OWN_BALANCE, 0))
        return 0
    floor = rules[p.AID_FLOOR]
    usable = grantor_balance
    if floor > 0:
        usable = grantor_balance - floor if grantor_balance > floor else 0
        if trace is not None:
            trace.append((AID_FLOOR, p.AID_FLOOR, floor))
    if limit >= 0 and usable > limit:
        usable = limit
        if trace is not None:
            trace.append((AID_LIMIT, -1, limit))
    return usable


@benefit_function
def draw(
    rules: Rules,
    own: int,
    payable: int,
    use_own: int,
    own_balance: int,
    use_relative: int,
    grantor_balance: int,
    limit: int,
    trace: Trace,
) -> Draw:
    """Pay ``own`` fen: own account until it is empty, then one relative, then cash.

    ``payable`` is the part that accounts may pay under the pack's scope;
    ``use_relative`` is 1 where ``aid_refusal`` found no reason against it.  With
    ``must_be_zero_before`` a relative pays only if the own balance was 0 before the
    payment (K22).  A negative ``cash`` is a ``lacking`` status.
    """
    account = 0
    if use_own != 0:
        account = own_balance if own_balance < payable else payable
        if trace is not None and account > 0:
            trace.append((ACCOUNT, -1, account))
    aid = 0
    if use_relative != 0 and payable > account:
        if rules[p.AID_OWN_BALANCE] == p.MISSING:
            return Draw(0, 0, lacking(p.AID_OWN_BALANCE))
        left = own_balance - account
        if rules[p.AID_OWN_BALANCE] == 1:
            left = own_balance
        available = aid_available(rules, left, grantor_balance, limit, trace)
        if available < 0:
            return Draw(0, 0, available)
        aid = payable - account
        if aid > available:
            aid = available
        if trace is not None:
            trace.append((MUTUAL_AID, -1, aid))
    if trace is not None:
        trace.append((CASH, -1, own - account - aid))
    return Draw(account, aid, own - account - aid)


@benefit_function
def payable_by_accounts(rules: Rules, own: int, out_of_catalogue: int) -> int:
    """The part of the own share that personal accounts may pay (S2-042)."""
    if rules[p.ACCOUNT_SCOPE] == 1:
        return own - out_of_catalogue
    return own


@benefit_function
def credited_in(rules: Rules, retired: int, month: int) -> int:
    """1 if an account is credited in a calendar month (1 to 12): a retiree's may be yearly."""
    if retired == 0 or rules[p.CREDIT_RETIRED_PERIOD] == 0:
        return 1
    return 1 if month == rules[p.CREDIT_RETIRED_MONTH] else 0


@benefit_function
def monthly_credit(
    rules: Rules, retired: int, age: int, groups: int, base: int, pension: int, trace: Trace
) -> int:
    """The month's credit to a personal account; or ``lacking(cell)`` (O-PA-01 to O-PA-03).

    A worker: a ratio of the contribution base, by age or group where the pack says so.  A
    retiree: a fixed amount by age, or a ratio of the pension (``pension`` -1: not given).
    Whether a retiree's amount is that of a month or a year, see :func:`credited_in`.
    """
    of_age = 1 if age >= rules[p.CREDIT_AGE_LINE] else 0
    amount_cell = cell_1(rules, p.CREDIT_RETIRED_AMOUNT, of_age)
    if retired == 0:
        cell = cell_1(rules, p.CREDIT_WORKING_RATIO, of_age)
        best = -1
        for group in range(rules[p.GROUPS]):
            if groups >> group & 1:
                own_cell = cell_1(rules, p.CREDIT_GROUP_RATIO, group)
                if rules[own_cell] > best:
                    best = rules[own_cell]
                    cell = own_cell
        if rules[cell] == p.MISSING:
            return lacking(cell)
        amount = ratio_amount(base, rules[cell], rules[p.ROUND_BILL])
        if trace is not None:
            trace.append((CREDIT_RATIO, cell, rules[cell]))
    elif rules[amount_cell] >= 0:
        cell = amount_cell
        amount = rules[cell]
    else:
        cell = p.CREDIT_RETIRED_RATIO
        if rules[cell] < 0 or pension < 0:
            return lacking(cell)
        amount = ratio_amount(pension, rules[cell], rules[p.ROUND_BILL])
        if trace is not None:
            trace.append((CREDIT_RATIO, cell, rules[cell]))
    if trace is not None:
        trace.append((CREDIT, cell, amount))
    return amount
