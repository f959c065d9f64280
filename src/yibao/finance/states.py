"""How what a channel reports differs from the books, and whether somebody has looked at it."""

from __future__ import annotations

from yibao.policy.kinds import TextEnum


class DifferenceKind(TextEnum):
    """``MISSING_HERE``: the channel has it, the books do not; ``LATE``: they have it on another
    day."""

    MISSING_HERE = "missing_here"
    MISSING_THERE = "missing_there"
    AMOUNT = "other_amount"
    DUPLICATE = "twice"
    LATE = "other_day"


def one_of(kinds: type[TextEnum]) -> str:
    """The members as the condition of a column writes them."""
    return ", ".join(repr(kind) for kind in kinds)
