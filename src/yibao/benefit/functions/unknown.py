"""Layers above the basic one whose terms no source gives: they are left out, and named."""

from yibao.benefit.functions.basic import outpatient_counts
from yibao.benefit.functions.cells import cell_1
from yibao.benefit.functions.ratio import disease_cell
from yibao.benefit.steps import UNKNOWN_ASSISTANCE, UNKNOWN_UPPER
from yibao.benefit.terms import Rules, Trace, VisitFacts
from yibao.policy import parameters as p
from yibao.policy.keys import KIND_CHRONIC, KIND_INPATIENT
from yibao.registry import benefit_function

LAYER_UPPER, LAYER_ASSISTANCE = 1, 2
"""Bits of the mask of layers."""


@benefit_function
def unknown_layers(rules: Rules, visit: VisitFacts, trace: Trace) -> int:
    """Mask of the layers of a visit that may pay, but whose terms no source gives.

    Nothing is paid by them or written to their accumulators.
    """
    if visit.entitled == 0:
        return 0
    if visit.kind == KIND_CHRONIC:
        if rules[disease_cell(rules, visit, p.DISEASE_TERM, p.FORMER_TERM)] == 0:
            return 0
    elif visit.kind != KIND_INPATIENT and outpatient_counts(rules, visit) == 0:
        return 0
    layers = 0
    cell = cell_1(rules, p.UPPER_RULE, visit.member)
    if rules[cell] == p.MISSING:
        layers = LAYER_UPPER
        if trace is not None:
            trace.append((UNKNOWN_UPPER, cell, 0))
    for group in range(rules[p.GROUPS]):
        if visit.groups >> group & 1:
            cell = cell_1(rules, p.ASSISTANCE_RATIO, group)
            if rules[cell] == p.MISSING and layers < LAYER_ASSISTANCE:
                layers += LAYER_ASSISTANCE
                if trace is not None:
                    trace.append((UNKNOWN_ASSISTANCE, cell, 0))
    return layers


@benefit_function
def may_be_unknown(rules: Rules) -> int:
    """1 if the terms of some layer for somebody have no source under these rules."""
    for member in range(3):
        if rules[cell_1(rules, p.UPPER_RULE, member)] == p.MISSING:
            return 1
    for group in range(rules[p.GROUPS]):
        if rules[cell_1(rules, p.ASSISTANCE_RATIO, group)] == p.MISSING:
            return 1
    return 0
