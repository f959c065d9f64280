"""The calculators: each declares its inputs and makes an answer of them."""

from __future__ import annotations

from yibao.inquiry.calculators.aid import aid_calculator
from yibao.inquiry.calculators.base import Calculator, Context
from yibao.inquiry.calculators.compare import areas_calculator, days_calculator
from yibao.inquiry.calculators.contribute import contribute_calculator
from yibao.inquiry.calculators.cover import cover_calculator
from yibao.inquiry.calculators.family import family_calculator
from yibao.inquiry.calculators.maternity import maternity_calculator
from yibao.inquiry.calculators.retire import retire_calculator
from yibao.inquiry.calculators.visit import visit_calculator
from yibao.inquiry.calculators.year import year_calculator
from yibao.policy.compile import PolicyLibrary

__all__ = ["Calculator", "Context", "all_calculators"]

_MAKERS = (
    contribute_calculator,
    family_calculator,
    cover_calculator,
    visit_calculator,
    year_calculator,
    maternity_calculator,
    aid_calculator,
    retire_calculator,
    areas_calculator,
    days_calculator,
)


def all_calculators(packs: PolicyLibrary) -> dict[str, Calculator]:
    """Every calculator by its id, in the order of the pages."""
    calculators = [make(packs) for make in _MAKERS]
    return {calculator.id: calculator for calculator in calculators}
