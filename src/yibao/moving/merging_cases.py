"""The case in which somebody who was registered twice becomes one: two people of the office."""

from __future__ import annotations

from yibao.messages import message
from yibao.moving.applications import MERGER, Merger
from yibao.moving.merging import merge, papers_of
from yibao.office.flows import ONE_REVIEW_STATES, one_review
from yibao.office.kinds import CaseKind, register_kind

register_kind(
    CaseKind(
        name=MERGER,
        label=message("重复登记合并"),
        forms={1: Merger},
        states=ONE_REVIEW_STATES,
        moves=one_review(merge),
        papers_by_data=papers_of,
        people=lambda data, _: {data.merged, *data.relatives},
        summary=lambda data: message("把另一份登记并入这一份"),
    )
)
