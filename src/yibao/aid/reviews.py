"""The case of a grant that waits for a review: opened with it, ended with it."""

from __future__ import annotations

import datetime
from typing import Any

from sqlalchemy import select

from yibao.access.permissions import Actor, insured_actor, require
from yibao.aid.applications import GRANT_REVIEW, GrantApplication
from yibao.aid.states import GrantStatus
from yibao.aid.tables import aid_grant
from yibao.benefit.facts import Grant, Person
from yibao.database.instants import civil_day, now
from yibao.database.unit import Database, Unit
from yibao.insured.locks import lock_people, store_person
from yibao.office.flows import CaseState
from yibao.office.operations import Subject, amend_within, close_within, open_within
from yibao.office.reading import open_cases
from yibao.policy.kinds import RelationKind


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


def open_missing_reviews(database: Database, *, actor: Actor) -> int:
    """Open the cases of grants that wait for a review without one; how many were opened.

    Such are left by programs from before there were cases.  Done again it finds none.
    """
    require(actor, "review_grant", area=actor.area)
    waits = (aid_grant.c.status == GrantStatus.PENDING) & aid_grant.c.revoked_on.is_(None)
    columns = (aid_grant.c.grantor_id, aid_grant.c.grant_id, aid_grant.c.grantee_id)
    rows = database.read(lambda unit: unit.run(select(*columns).where(waits)).all())
    return sum(_open_missing(database, row, actor) for row in rows)


def _open_missing(database: Database, waiting: Any, actor: Actor) -> bool:
    people = [waiting.grantor_id, waiting.grantee_id]

    def operation(unit: Unit) -> bool:
        grantor = lock_people(unit, people)[waiting.grantor_id]
        known = open_cases(unit, GRANT_REVIEW, waiting.grantor_id)
        if any(application.grant_id == waiting.grant_id for _, application in known):
            return False
        this_grant = (aid_grant.c.grantor_id == waiting.grantor_id) & (
            aid_grant.c.grant_id == waiting.grant_id
        )
        row = unit.run(select(aid_grant).where(this_grant)).one()
        if row.status != GrantStatus.PENDING or row.revoked_on is not None:
            return False
        grant = Grant(
            row.grantor_id,
            row.grantee_id,
            RelationKind(row.relation),
            row.start,
            row.end,
            row.limit,
        )
        applicant = insured_actor(row.grantor_id)
        day = civil_day(now())
        case_id = open_review(unit, grantor.facts, grant, row.grant_id, applicant, day)
        event = {"case": case_id, "grant_id": row.grant_id}
        store_person(unit, grantor, actor, "open_case", event)
        return True

    return database.write(operation, people=people)


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
