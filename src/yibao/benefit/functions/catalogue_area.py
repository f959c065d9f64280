"""Whose catalogue gives the shares of class B items (K16)."""

from yibao.benefit.functions.catalogue import CLASS_B
from yibao.benefit.functions.refusal import lacking
from yibao.benefit.terms import Rules
from yibao.policy import parameters as p
from yibao.registry import benefit_function


@benefit_function
def asks_catalogue(item_class: int, upfront: int) -> int:
    """1 if the share of an item is the catalogue's: class B that names none (-1) itself."""
    return 1 if item_class == CLASS_B and upfront < 0 else 0


@benefit_function
def catalogue_of_care_area(rules: Rules, manual: int) -> int:
    """1 if the care area's catalogue counts, 0 if the home area's; or ``lacking(cell)``.

    ``manual``: a claim with documents instead of a settlement at the counter.
    """
    cell = p.CATALOGUE_MANUAL if manual == 1 else p.CATALOGUE_DIRECT
    choice = rules[cell]
    if choice == p.MISSING:
        return lacking(cell)
    # The choices stand in the order of what is usual: direct in the care area, manual at home.
    of_care_area = choice == 1 if manual == 1 else choice == 0
    return 1 if of_care_area else 0
