"""The basic pooled layer: ratio by band, one rounding, the ceiling (M22, M23).

A base runs from ``start`` to ``end`` on the axis on which the bands are measured.
Bands are added exactly and rounded once; where the ceiling cuts the payment, the
base that the ceiling used is rounded up and the rest passes to the layer above
(case C39).
"""

from yibao.benefit.functions.ratio import reimbursement_ratio
from yibao.benefit.steps import BAND
from yibao.benefit.terms import Rules, Trace
from yibao.policy import parameters as p
from yibao.registry import benefit_function

BANDS = 5


@benefit_function
def portion(start: int, end: int, bottom: int, top: int) -> int:
    """The part of ``start``..``end`` that lies between ``bottom`` and ``top`` (-1: no top)."""
    low = start if start > bottom else bottom
    high = end if top < 0 or end < top else top
    return high - low if high > low else 0


@benefit_function
def banded_payment(
    rules: Rules,
    care: int,
    member: int,
    tier: int,
    age: int,
    place: int,
    groups: int,
    disease: int,
    family_doctor: int,
    start: int,
    end: int,
    trace: Trace,
) -> int:
    """The fund's part of the base before the ceiling, in 1/10,000 fen; or ``lacking``."""
    scaled = 0
    bottom = 0
    line = p.BAND_TOP + (care * 3 + member) * BANDS
    for band in range(BANDS):
        top = rules[line + band] if band < BANDS - 1 else -1
        part = portion(start, end, bottom, top)
        if part > 0 or (band == 0 and top < 0):
            if trace is not None and top >= 0:
                trace.append((BAND, line + band, part))
            ratio = reimbursement_ratio(
                rules, care, member, tier, age, band, place, groups, disease, family_doctor, trace
            )
            if ratio < 0:
                return ratio
            scaled += part * ratio
        if top < 0 or end <= top:
            break
        bottom = top
    return scaled


@benefit_function
def base_used_by_ceiling(
    rules: Rules,
    care: int,
    member: int,
    tier: int,
    age: int,
    place: int,
    groups: int,
    disease: int,
    family_doctor: int,
    start: int,
    end: int,
    paid: int,
) -> int:
    """The part of the base that a payment cut to ``paid`` fen used, rounded up."""
    left = paid * 10_000
    used = 0
    bottom = 0
    line = p.BAND_TOP + (care * 3 + member) * BANDS
    for band in range(BANDS):
        top = rules[line + band] if band < BANDS - 1 else -1
        part = portion(start, end, bottom, top)
        if part > 0:
            ratio = reimbursement_ratio(
                rules, care, member, tier, age, band, place, groups, disease, family_doctor, None
            )
            if part * ratio <= left:
                used += part
                left -= part * ratio
            else:
                cut = (left + ratio - 1) // ratio
                return used + (cut if cut < part else part)
        if top < 0 or end <= top:
            break
        bottom = top
    return used
