"""A visit for a chronic disease is settled by the disease that is on file."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

from yibao.benefit.facts import Filing, Visit
from yibao.errors import RefusedError
from yibao.messages import Listed, message
from yibao.policy.kinds import VisitKind


def with_disease(visit: Visit, filings: Sequence[Filing]) -> Visit:
    """A chronic visit with its disease, which has to be filed on its first day."""
    if visit.kind != VisitKind.CHRONIC:
        return visit
    filed = sorted(
        {filing.disease for filing in filings if filing.disease and filing.holds_on(visit.start)}
    )
    if not filed:
        raise RefusedError(
            message(
                "{person} 在 {start} 没有门诊慢特病备案，不能按慢特病结算",
                person=visit.person,
                start=visit.start,
            )
        )
    if visit.disease is None and len(filed) == 1:
        return replace(visit, disease=filed[0])
    if visit.disease not in filed:
        raise RefusedError(
            message(
                "就诊 {visit_id} 的病种 {disease}，{person} 在 {start} 备案的是：{filed}",
                visit_id=visit.id,
                disease=visit.disease or message("没有写明"),
                person=visit.person,
                start=visit.start,
                filed=Listed(filed),
            )
        )
    return visit
