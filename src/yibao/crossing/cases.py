"""Recognition of a chronic disease, as a case of the office."""

from __future__ import annotations

from yibao.access.operations import Answer
from yibao.benefit.facts import Filing
from yibao.crossing.applications import CHRONIC_QUALIFICATION, ChronicApplication
from yibao.crossing.operations import CHRONIC, file
from yibao.database.unit import Database
from yibao.messages import Text, message
from yibao.office.flows import ONE_REVIEW_STATES, one_review
from yibao.office.kinds import CaseKind, Decided, NeededPaper, register_kind
from yibao.policy.compile import PolicyLibrary
from yibao.policy.pack_names import pack_name


def _file(database: Database, library: PolicyLibrary, decided: Decided) -> Answer:
    application: ChronicApplication = decided.data
    assert decided.person_id is not None
    filing = Filing(
        decided.person_id, CHRONIC, None, application.disease, application.start, application.end
    )
    return file(database, library, decided.key, filing, actor=decided.actor)


def _summary(application: ChronicApplication) -> Text:
    return message(
        "{disease}，从 {start} 起",
        disease=pack_name("disease", application.disease, application.title),
        start=application.start,
    )


register_kind(
    CaseKind(
        name=CHRONIC_QUALIFICATION,
        label=message("门诊慢特病认定"),
        forms={1: ChronicApplication},
        states=ONE_REVIEW_STATES,
        moves=one_review(_file, takes_end=True),
        papers=(
            NeededPaper("diagnosis", message("诊断证明"), required=False),
            NeededPaper("examination", message("检查资料"), required=False),
        ),
        summary=_summary,
    )
)
