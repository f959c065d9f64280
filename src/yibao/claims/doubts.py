"""Whether the same care was settled or claimed before: doubts for the reviewer."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from sqlalchemy import insert, select

from yibao.care.fragments import SettledCare, standing_visits
from yibao.care.past import PastVisit, visits_before
from yibao.claims.forms import MANUAL_CLAIM, ManualClaim
from yibao.claims.quoting import place_id
from yibao.claims.tables import claim_check
from yibao.database.unit import Unit
from yibao.messages import Text, message
from yibao.office.reading import open_cases
from yibao.policy.kinds import TextEnum, VisitKind


class DoubtKind(TextEnum):
    """What may be wrong with a claim."""

    OVERLAP_SAME = "overlap_same"
    OVERLAP_ELSEWHERE = "overlap_elsewhere"
    SAME_SUM = "same_sum"
    SAME_NUMBER = "same_number"
    OPEN_CLAIM = "open_claim"
    NOT_COVERED = "not_covered"


DOUBT_WORDS: Mapping[str, Text] = {
    DoubtKind.OVERLAP_SAME: message("同一机构的就医日期与已有结算重叠"),
    DoubtKind.OVERLAP_ELSEWHERE: message("住院期间在另一家机构也有住院结算"),
    DoubtKind.SAME_SUM: message("同一天、同一机构、同样金额已经结算过"),
    DoubtKind.SAME_NUMBER: message("票据号码是原系统结算过的一次就诊的编号"),
    DoubtKind.OPEN_CLAIM: message("另有一件在办的手工报销日期重叠"),
    DoubtKind.NOT_COVERED: message("就医当日不享受待遇"),
}


def doubts_of(
    unit: Unit, case_id: str, person_id: str, claim: ManualClaim, *, entitled: bool
) -> list[dict[str, Any]]:
    """Every doubt: its ``kind``, and the ``visit`` or ``case`` that it comes from."""
    doubts: list[dict[str, Any]] = []
    for visit in standing_visits(unit, person_id, claim.start, claim.end):
        kind = _of_visit(visit, claim)
        if kind is not None:
            doubts.append({"kind": kind.value, "other": visit.visit_id})
    for past in visits_before(unit, [person_id]):
        kind = _of_past_visit(past, claim)
        if kind is not None:
            doubts.append({"kind": kind.value, "other": past.visit_id})
    for other_id, other in open_cases(unit, MANUAL_CLAIM, person_id):
        if other_id != case_id and other.start <= claim.end and other.end >= claim.start:
            doubts.append({"kind": DoubtKind.OPEN_CLAIM.value, "other": other_id})
    if not entitled:
        doubts.append({"kind": DoubtKind.NOT_COVERED.value, "other": ""})
    return doubts


def _of_past_visit(visit: PastVisit, claim: ManualClaim) -> DoubtKind | None:
    """As of a settlement; another system may have known the institution by its name alone."""
    if visit.visit_id.upper() in {voucher.number.upper() for voucher in claim.vouchers}:
        return DoubtKind.SAME_NUMBER
    if visit.start > claim.end or visit.end < claim.start:
        return None
    is_same_place = visit.institution_id == place_id(claim.place) or (
        visit.institution_name == claim.place.name.strip()
    )
    return _of_care(visit, claim, is_same_place=is_same_place)


def _of_visit(visit: SettledCare, claim: ManualClaim) -> DoubtKind | None:
    return _of_care(visit, claim, is_same_place=visit.institution_id == place_id(claim.place))


def _of_care(
    visit: SettledCare | PastVisit, claim: ManualClaim, *, is_same_place: bool
) -> DoubtKind | None:
    if is_same_place and visit.total == claim.total and visit.start == claim.start:
        return DoubtKind.SAME_SUM
    is_stay = visit.kind == VisitKind.INPATIENT
    if is_same_place and (is_stay or claim.start < claim.end):
        return DoubtKind.OVERLAP_SAME
    if is_stay and claim.start < claim.end:
        return DoubtKind.OVERLAP_ELSEWHERE
    return None


def keep_doubts(
    unit: Unit, case_id: str, person_id: str, doubts: list[dict[str, Any]], at: Any
) -> None:
    """The log of the check: another look is another row."""
    query = select(claim_check.c.number).where(claim_check.c.case_id == case_id)
    number = len(unit.run(query).all()) + 1
    row = {"case_id": case_id, "number": number, "person_id": person_id, "at": at, "hits": doubts}
    unit.run(insert(claim_check), row)


def last_doubts(unit: Unit, case_id: str) -> list[dict[str, Any]] | None:
    """A read fragment: what the last check found; None before there was one."""
    query = select(claim_check.c.hits).where(claim_check.c.case_id == case_id)
    query = query.order_by(claim_check.c.number.desc()).limit(1)
    hits: list[dict[str, Any]] | None = unit.run(query).scalar_one_or_none()
    return hits
