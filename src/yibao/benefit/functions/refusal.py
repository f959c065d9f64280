"""Refusals as status codes: a figure that no source gives."""

from yibao.registry import benefit_function


@benefit_function
def lacking(cell: int) -> int:
    """The status that says: the figure in ``cell`` has no value in force."""
    return -2 - cell
