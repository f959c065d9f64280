"""Recognition of a chronic disease or for a dual-channel drug, as cases of the office."""

from __future__ import annotations

from yibao.access.operations import Answer
from yibao.benefit.facts import Filing
from yibao.crossing.applications import CHRONIC_QUALIFICATION, ChronicApplication
from yibao.crossing.drugs import DRUG_QUALIFICATION, DrugQualification, qualify
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


def _qualify(database: Database, library: PolicyLibrary, decided: Decided) -> Answer:
    return database.write(lambda unit: qualify(unit, decided))


def _drug_summary(data: DrugQualification) -> Text:
    drug, disease, start = data.medicine, data.disease, data.start
    if data.end is None:
        return message(
            "{drug}（{disease}），从 {start} 起", drug=drug, disease=disease, start=start
        )
    return message(
        "{drug}（{disease}），{start} 至 {end}",
        drug=drug,
        disease=disease,
        start=start,
        end=data.end,
    )


register_kind(
    CaseKind(
        name=DRUG_QUALIFICATION,
        label=message("双通道药品资格"),
        forms={1: DrugQualification},
        states=ONE_REVIEW_STATES,
        moves=one_review(_qualify, takes_end=True),
        papers=(
            NeededPaper("diagnosis", message("诊断证明")),
            NeededPaper("prescription", message("处方或用药评估"), required=False),
            NeededPaper("examination", message("检查资料"), required=False),
        ),
        summary=_drug_summary,
    )
)
