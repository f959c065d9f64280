"""The benefit functions: what the rules give, as pure functions over integers.

Importing this package fills :data:`yibao.registry.REGISTERED`, callees first.
Every function takes ``rules`` (one segment of a rulebook, see
``yibao.policy.parameters``) and named facts; amounts are fen, ratios basis
points, days are day numbers since 1970-01-01, months yyyymm.  A function that
needs a figure which no source gives answers with ``lacking(cell)``.

``trace`` is ``None`` or a list that receives (step code, cell, amount).
"""

from yibao.benefit.functions import (
    above,
    account,
    assistance,
    bands,
    basic,
    calendar,
    catalogue,
    catalogue_area,
    ceiling,
    cells,
    contribution,
    deductible,
    deductible_days,
    disease_terms,
    incentive,
    incentive_years,
    item_groups,
    left_behind,
    maternity,
    own_part,
    period,
    price_class,
    ratio,
    retirement,
    reversal,
    rounding_known,
    settlement,
    stay,
    unknown,
    upper,
    visit_facts,
    waiting,
)

__all__ = [
    "above",
    "account",
    "assistance",
    "bands",
    "basic",
    "calendar",
    "catalogue",
    "catalogue_area",
    "ceiling",
    "cells",
    "contribution",
    "deductible",
    "deductible_days",
    "disease_terms",
    "incentive",
    "incentive_years",
    "item_groups",
    "left_behind",
    "maternity",
    "own_part",
    "period",
    "price_class",
    "ratio",
    "retirement",
    "reversal",
    "rounding_known",
    "settlement",
    "stay",
    "unknown",
    "upper",
    "visit_facts",
    "waiting",
]
