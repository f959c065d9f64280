"""What a reversal may leave behind it: later settlements that would come out otherwise."""

from yibao.benefit.terms import Rules
from yibao.policy import parameters as p
from yibao.registry import benefit_function


@benefit_function
def reversal_refused(rules: Rules, differing: int) -> bool:
    """Whether a reversal is refused for ``differing`` later settlements: their number."""
    return differing > 0 and rules[p.REVERSAL_ORDER] == p.REVERSAL_REFUSE
