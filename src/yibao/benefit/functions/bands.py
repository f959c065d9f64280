"""The basic pooled layer: ratio by band, one rounding, the ceiling (M22, M23).

A base runs from ``start`` to ``end`` on the axis on which the bands are measured.
Bands are added exactly and rounded once; where the ceiling cuts the payment, the
base that the ceiling used is rounded up and the rest passes to the layer above
(case C39).
"""

from yibao.benefit.functions.cells import cell_4
from yibao.benefit.functions.ratio import disease_cell, disease_ratio, reimbursement_ratio
from yibao.benefit.steps import BAND
from yibao.benefit.terms import (
    T_MORE_BANDS,
    T_RATIO_1,
    T_TOP_1,
    Figures,
    Rules,
    Trace,
    VisitFacts,
)
from yibao.policy import parameters as p
from yibao.policy.keys import CHRONIC
from yibao.registry import benefit_function


@benefit_function
def portion(start: int, end: int, bottom: int, top: int) -> int:
    """The part of ``start``..``end`` that lies between ``bottom`` and ``top`` (-1: no top)."""
    low = start if start > bottom else bottom
    high = end if top < 0 or end < top else top
    return high - low if high > low else 0


@benefit_function
def band_ratio(rules: Rules, visit: VisitFacts, care: int, band: int, trace: Trace) -> int:
    """The ratio of a band of this visit, or ``lacking(cell)``; a disease may have its own."""
    if care == CHRONIC:
        cell = disease_cell(rules, visit, p.DISEASE_RATIO, p.FORMER_RATIO)
        if rules[cell] >= 0:
            return disease_ratio(rules, care, visit.member, visit.place, rules[cell], cell, trace)
    return reimbursement_ratio(
        rules,
        care,
        visit.member,
        visit.tier,
        visit.age,
        band,
        visit.place,
        visit.groups,
        visit.disease,
        visit.family_doctor,
        trace,
    )


@benefit_function
def band_top(rules: Rules, visit: VisitFacts, care: int, band: int) -> int:
    """Where a band ends; below 0: nowhere.  A disease's own ratio knows no bands."""
    if band >= rules[p.BANDS] - 1:
        return -1
    if care == CHRONIC and rules[disease_cell(rules, visit, p.DISEASE_RATIO, p.FORMER_RATIO)] >= 0:
        return -1
    top = rules[cell_4(rules, p.BAND_TOP, care, visit.member, visit.tier, band)]
    return top if top >= 0 else -1


@benefit_function
def banded_payment(
    rules: Rules,
    visit: VisitFacts,
    figures: Figures,
    care: int,
    start: int,
    end: int,
    trace: Trace,
) -> int:
    """The fund's part of the base before the ceiling, in 1/10,000 fen; or ``lacking``."""
    top = figures[T_TOP_1]
    ratio = figures[T_RATIO_1]
    part = portion(start, end, 0, top)
    scaled = 0
    if part > 0 or top < 0:
        if trace is not None:
            band_steps(rules, visit, care, 0, part, trace)
        if ratio < 0:
            return ratio
        scaled = part * ratio
    if top < 0 or end <= top:
        return scaled
    bottom = top
    for band in range(1, rules[p.BANDS]):
        top = figures[T_MORE_BANDS + 2 * band - 2]
        part = portion(start, end, bottom, top)
        if part > 0:
            if trace is not None:
                band_steps(rules, visit, care, band, part, trace)
            ratio = figures[T_MORE_BANDS + 2 * band - 1]
            if ratio < 0:
                return ratio
            scaled += part * ratio
        if top < 0 or end <= top:
            break
        bottom = top
    return scaled


@benefit_function
def band_steps(
    rules: Rules, visit: VisitFacts, care: int, band: int, part: int, trace: Trace
) -> int:
    """Say which part of the base lies in a band, and where its ratio, the answer, comes from."""
    if trace is not None and band_top(rules, visit, care, band) >= 0:
        trace.append((BAND, cell_4(rules, p.BAND_TOP, care, visit.member, visit.tier, band), part))
    return band_ratio(rules, visit, care, band, trace)


@benefit_function
def base_used_by_ceiling(figures: Figures, start: int, end: int, paid: int) -> int:
    """The part of the base that a payment cut to ``paid`` fen used, rounded up."""
    left = paid * 10_000
    used = 0
    bottom = 0
    top = figures[T_TOP_1]
    ratio = figures[T_RATIO_1]
    for band in range(len(figures)):
        part = portion(start, end, bottom, top)
        if part > 0:
            if part * ratio <= left:
                used += part
                left -= part * ratio
            else:
                cut = (left + ratio - 1) // ratio
                return used + (cut if cut < part else part)
        if top < 0 or end <= top:
            break
        bottom = top
        top = figures[T_MORE_BANDS + 2 * band]
        ratio = figures[T_MORE_BANDS + 2 * band + 1]
    return used
