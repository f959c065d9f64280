"""Applying for a chronic disease: what needs proof waits for the office, and takes no effect.

What the pack says needs no review takes effect at once, with what the person committed to."""

from __future__ import annotations

import datetime

import msgspec

from yibao.access.operations import Answer, Key, digest, record_message, write_once
from yibao.access.permissions import Actor, require
from yibao.benefit.facts import Filing, Person
from yibao.benefit.functions.cells import cell_1
from yibao.benefit.people import home_enrolment
from yibao.benefit.rules import day_rules
from yibao.crossing.applications import CHRONIC_QUALIFICATION, ChronicApplication
from yibao.crossing.operations import CHRONIC, check_filing, file, refuse_another
from yibao.database.instants import now
from yibao.database.joined import JoinedDatabase
from yibao.database.unit import Database, Unit
from yibao.errors import ConflictError, InputError
from yibao.insured.locks import lock_person, store_person
from yibao.messages import message
from yibao.office.flows import CaseState
from yibao.office.operations import Subject, close_within, open_within
from yibao.office.reading import open_cases
from yibao.policy import parameters as p
from yibao.policy.compile import PolicyLibrary

COMMITMENT = message("本人承诺符合这个病种的认定条件，所写属实；不符合的，退回多享的待遇。")
"""What somebody commits to whom the office does not review first."""
_BY_COMMITMENT = 1
"""Position of ``commitment`` among the choices of ``crossing.chronic_review``."""


def is_reviewed(library: PolicyLibrary, facts: Person, disease: str, day: datetime.date) -> bool:
    """Whether the office of the person's area looks at the proof first: unless the pack says no."""
    rules = day_rules(library, home_enrolment(facts, day).area, day, day)
    position = rules.rulebook.diseases.get(disease)
    if position is None:
        return True
    return rules.rules[cell_1(rules.rules, p.CHRONIC_REVIEW, position)] != _BY_COMMITMENT


def apply_chronic(
    database: Database,
    library: PolicyLibrary,
    key: Key,
    person_id: str,
    application: ChronicApplication,
    *,
    actor: Actor,
    committed: bool = False,
    at: datetime.datetime | None = None,
) -> Answer:
    """Open the case in which the office decides: ``case``, ``kind``, ``state``, ``filing``.

    ``filing``: what holds at once where the pack asks for no review, or None; there the case is
    closed with :data:`COMMITMENT`, to which the person has to be ``committed`` (``InputError``).

    What a filing would be refused for is refused here, and so is a second application for the
    disease while one waits (``ConflictError``).
    """
    require(actor, "file", person_id, actor.institution_id)
    wish = Filing(person_id, CHRONIC, None, application.disease, application.start, application.end)
    days = [application.start.isoformat(), str(application.end)]
    content_hash = digest([person_id, application.disease, *days])
    instant = at or now()

    def operation(unit: Unit) -> Answer:
        person = lock_person(unit, person_id)
        check_filing(library, person.facts, wish)
        refuse_another(wish, person.filings)
        for _, waiting in open_cases(unit, CHRONIC_QUALIFICATION, person_id):
            if waiting.disease == application.disease:
                raise ConflictError(message("这个病种已经有一份申请在办，请等它办完"))
        area = home_enrolment(person.facts, application.start).area
        reviewed = is_reviewed(library, person.facts, application.disease, application.start)
        filing_id = None
        if not reviewed:
            if not committed:
                raise InputError(
                    message("这个病种不用审核，要本人承诺：{words}", words=COMMITMENT),
                    place="committed",
                )
            joined = JoinedDatabase(database, unit)
            inner = Key(key.sender, "commitment", key.message_id)
            filing_id = file(joined, library, inner, wish, actor=actor)["filing_id"]
            person = lock_person(unit, person_id)
        title = library.rulebook(area).disease_names[application.disease]
        named = msgspec.structs.replace(application, title=title)
        answer = open_within(
            unit,
            CHRONIC_QUALIFICATION,
            Subject(area, person_id),
            named,
            actor=actor,
            at=instant,
        )
        if filing_id is not None:
            case_id = str(answer["case"])
            close_within(
                unit, case_id, CaseState.APPROVED, str(COMMITMENT), actor=actor, at=instant
            )
            answer["state"] = CaseState.APPROVED.value
        answer = {**answer, "filing": filing_id}
        record_message(unit, key, content_hash, person_id, answer)
        store_person(unit, person, actor, "open_case", answer)
        return answer

    return write_once(database, key, content_hash, operation, people=[person_id])
