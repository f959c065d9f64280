"""Grants that wait for a review, as cases of the office."""

from __future__ import annotations

from yibao.access.operations import Answer
from yibao.aid.applications import GRANT_REVIEW, GrantApplication
from yibao.aid.operations import decide
from yibao.database.unit import Database
from yibao.messages import Text, message
from yibao.office.flows import ONE_REVIEW_STATES, one_review
from yibao.office.kinds import CaseKind, Decided, NeededPaper, register_kind
from yibao.policy.compile import PolicyLibrary


def _decide(database: Database, decided: Decided, *, approved: bool) -> Answer:
    application: GrantApplication = decided.data
    assert decided.person_id is not None
    return decide(
        database,
        decided.key,
        decided.person_id,
        application.grant_id,
        approved=approved,
        note=decided.reason,
        actor=decided.actor,
        on=decided.day,
        in_its_case=True,
    )


def _approve(database: Database, library: PolicyLibrary, decided: Decided) -> Answer:
    return _decide(database, decided, approved=True)


def _refuse(database: Database, library: PolicyLibrary, decided: Decided) -> Answer:
    return _decide(database, decided, approved=False)


def _summary(application: GrantApplication) -> Text:
    return message("授权亲属使用个人账户，从 {start} 起", start=application.start)


register_kind(
    CaseKind(
        name=GRANT_REVIEW,
        label=message("家庭共济授权审核"),
        forms={1: GrantApplication},
        states=ONE_REVIEW_STATES,
        moves=one_review(_approve, _refuse),
        papers=(NeededPaper("kinship", message("亲属关系证明"), required=False),),
        people=lambda application, _: {application.grantee},
        summary=_summary,
    )
)
