"""Paying the person's own part of a visit: what accounts may pay, and the rest in cash."""

from yibao.benefit.functions.account import draw, payable_by_accounts
from yibao.benefit.steps import OPTION
from yibao.benefit.terms import Draw, Rules, Trace
from yibao.policy import parameters as p
from yibao.registry import benefit_function


@benefit_function
def pay_own_part(
    rules: Rules,
    own: int,
    out_of_catalogue: int,
    use_own: int,
    own_balance: int,
    use_relative: int,
    grantor_balance: int,
    limit: int,
    trace: Trace,
) -> Draw:
    """Pay ``own`` fen, of them ``out_of_catalogue`` outside the catalogue, from accounts.

    ``rules`` of the area whose account pays: the grantor's where a relative's account is
    named.  The other arguments are those of :func:`draw`; a negative ``cash`` is a
    ``lacking`` status.
    """
    if own == 0:
        return Draw(0, 0, 0)
    if trace is not None and out_of_catalogue > 0:
        trace.append((OPTION, p.ACCOUNT_SCOPE, 0))
    return draw(
        rules,
        own,
        payable_by_accounts(rules, own, out_of_catalogue),
        use_own,
        own_balance,
        use_relative,
        grantor_balance,
        limit,
        trace,
    )
