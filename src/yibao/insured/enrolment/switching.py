"""From one scheme to the other: the enrolment before ends the day before, in one transaction."""

from __future__ import annotations

import datetime
from collections.abc import Sequence

from yibao.access.operations import Answer, Key, canonical, record_message, write_once
from yibao.access.permissions import Actor, require
from yibao.benefit.facts import Enrolment
from yibao.database.joined import JoinedDatabase
from yibao.database.unit import Database, Unit
from yibao.insured.enrolment.checks import day_before
from yibao.insured.enrolment.documents import Proof
from yibao.insured.enrolment.enrolments import end_enrolment, enrol
from yibao.insured.locks import lock_person
from yibao.insured.stored.contents import content_text
from yibao.policy.compile import PolicyLibrary
from yibao.policy.kinds import ContributionClass, Contributor, Scheme, Status


def enrolment_as(contributor: str, area: str, start: datetime.date) -> Enrolment:
    """An enrolment of the kind that a ``Contributor`` has."""
    if contributor == Contributor.RESIDENT:
        return Enrolment(Scheme.RESIDENT, None, start, None, area)
    flexible = contributor == Contributor.FLEXIBLE
    paid_by = ContributionClass.FLEXIBLE if flexible else ContributionClass.EMPLOYER
    return Enrolment(Scheme.EMPLOYEE, Status.WORKING, start, None, area, paid_by)


def switch_enrolment(
    database: Database,
    library: PolicyLibrary,
    key: Key,
    person_id: str,
    new: Enrolment,
    *,
    actor: Actor,
    proofs: Sequence[Proof] = (),
    at: datetime.datetime | None = None,
) -> Answer:
    """Enrol somebody, ending what would overlap with the day before the new one begins.

    The answer is that of enrolling; ``ends_earlier`` says whether an enrolment ended for it.
    """
    require(actor, "enrol", person_id)
    written = [person_id, content_text(new), [content_text(proof) for proof in proofs]]
    content_hash = database.secrets.lasting_hash(canonical(written))

    def operation(unit: Unit) -> Answer:
        joined = JoinedDatabase(database, unit)
        last_day = day_before(new.start)
        current = lock_person(unit, person_id).facts.enrolment_on(last_day)
        ends = current is not None and (current.end is None or current.end > last_day)
        if ends:
            end_enrolment(
                joined,
                library,
                Key(key.sender, f"{key.operation}_end", key.message_id),
                person_id,
                last_day,
                "switched",
                actor=actor,
                at=at,
            )
        inner = Key(key.sender, f"{key.operation}_enrol", key.message_id)
        enrolled = enrol(joined, library, inner, person_id, new, actor=actor, proofs=proofs, at=at)
        answer = {**enrolled, "ends_earlier": ends}
        record_message(unit, key, content_hash, person_id, answer)
        return answer

    return write_once(database, key, content_hash, operation, people=[person_id])
