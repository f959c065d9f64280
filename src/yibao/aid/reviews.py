"""The case of a grant that waits for a review: opened with it, ended with it."""

from __future__ import annotations

import datetime

from yibao.access.permissions import Actor
from yibao.aid.applications import GRANT_REVIEW, GrantApplication
from yibao.benefit.facts import Grant, Person
from yibao.database.instants import now
from yibao.database.unit import Unit
from yibao.office.flows import CaseState
from yibao.office.operations import Subject, amend_within, close_within, open_within
from yibao.office.reading import open_cases


def open_review(
    unit: Unit,
    grantor: Person,
    new_grant: Grant,
    grant_id: str,
    actor: Actor,
    day: datetime.date,
) -> str:
    """The case in which somebody at the office decides; its id."""
    enrolment = grantor.enrolment_on(day)
    subject = Subject(grantor.area if enrolment is None else enrolment.area, grantor.id)
    application = _application(grant_id, new_grant)
    opened = open_within(unit, GRANT_REVIEW, subject, application, actor=actor, at=now())
    return str(opened["case"])


def close_review(
    unit: Unit, grantor: str, grant_id: str, state: CaseState, reason: str, actor: Actor
) -> None:
    """End the case of a grant whose matter ended in another way."""
    for case_id, application in open_cases(unit, GRANT_REVIEW, grantor):
        if application.grant_id == grant_id:
            close_within(unit, case_id, state, reason, actor=actor, at=now())


def amend_review(unit: Unit, grant_id: str, grant: Grant, actor: Actor) -> None:
    """Another last day or limit of a grant that waits: whoever has seen the old ones is told."""
    for case_id, application in open_cases(unit, GRANT_REVIEW, grant.grantor):
        if application.grant_id == grant_id:
            amend_within(unit, case_id, _application(grant_id, grant), actor=actor, at=now())


def _application(grant_id: str, grant: Grant) -> GrantApplication:
    return GrantApplication(
        grant_id=grant_id,
        grantee=grant.grantee,
        relation=str(grant.relation),
        start=grant.start,
        end=grant.end,
        limit_fen=grant.limit,
    )
