"""Refusals as status codes: a figure that no source gives."""

from yibao.benefit.terms import Rules
from yibao.policy import parameters as p
from yibao.registry import benefit_function


@benefit_function
def lacking(cell: int) -> int:
    """The status that says: the figure in ``cell`` has no value in force."""
    return -2 - cell


def asks_for_prescriber(rules: Rules, cell: int) -> bool:
    """Whether a cell that was lacking has its figure: what lacks is who prescribed."""
    return cell == p.PHARMACY_CLASS and rules[cell] != p.MISSING
