"""Applying for a chronic disease: what needs proof waits for the office, and takes no effect."""

from __future__ import annotations

import datetime

import msgspec

from yibao.access.operations import Answer, Key, digest, record_message, write_once
from yibao.access.permissions import Actor, require
from yibao.benefit.facts import Filing
from yibao.benefit.people import home_enrolment
from yibao.crossing.applications import CHRONIC_QUALIFICATION, ChronicApplication
from yibao.crossing.operations import CHRONIC, check_filing, refuse_another
from yibao.database.instants import now
from yibao.database.unit import Database, Unit
from yibao.errors import ConflictError
from yibao.insured.locks import lock_person, store_person
from yibao.messages import message
from yibao.office.operations import Subject, open_within
from yibao.office.reading import open_cases
from yibao.policy.compile import PolicyLibrary


def apply_chronic(
    database: Database,
    library: PolicyLibrary,
    key: Key,
    person_id: str,
    application: ChronicApplication,
    *,
    actor: Actor,
    at: datetime.datetime | None = None,
) -> Answer:
    """Open the case in which the office decides: ``case``, ``kind`` and ``state``.

    What a filing would be refused for is refused here, and so is a second application for the
    disease while one waits (``ConflictError``).
    """
    require(actor, "file", person_id, actor.institution_id)
    wish = Filing(person_id, CHRONIC, None, application.disease, application.start, application.end)
    days = [application.start.isoformat(), str(application.end)]
    content_hash = digest([person_id, application.disease, *days])

    def operation(unit: Unit) -> Answer:
        person = lock_person(unit, person_id)
        check_filing(library, person.facts, wish)
        refuse_another(wish, person.filings)
        for _, waiting in open_cases(unit, CHRONIC_QUALIFICATION, person_id):
            if waiting.disease == application.disease:
                raise ConflictError(message("这个病种已经有一份申请在办，请等它办完"))
        area = home_enrolment(person.facts, application.start).area
        title = library.rulebook(area).disease_names[application.disease]
        named = msgspec.structs.replace(application, title=title)
        answer = open_within(
            unit,
            CHRONIC_QUALIFICATION,
            Subject(area, person_id),
            named,
            actor=actor,
            at=at or now(),
        )
        record_message(unit, key, content_hash, person_id, answer)
        store_person(unit, person, actor, "open_case", answer)
        return answer

    return write_once(database, key, content_hash, operation, people=[person_id])
