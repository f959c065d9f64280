"""Sex or date of birth that was registered wrong, put right with what follows from it."""

from __future__ import annotations

import datetime
from collections.abc import Sequence
from dataclasses import dataclass, replace

from sqlalchemy import select, update

from yibao.access.operations import Answer, Key, canonical, record_message, write_once
from yibao.access.permissions import Actor, require
from yibao.database.unit import Database, Unit
from yibao.errors import InputError, RefusedError
from yibao.insured.enrolment.cover import now, update_cover
from yibao.insured.enrolment.documents import Proof, insert_proofs, proof_content, require_one
from yibao.insured.locks import lock_person, store_person
from yibao.insured.people.certificates import RESIDENT, read_number, sex_and_birth
from yibao.insured.people.registration import replace_number
from yibao.insured.stored.contents import content_text
from yibao.insured.stored.profile import registered_marks, state_document
from yibao.insured.tables import identity, person
from yibao.messages import message
from yibao.policy.compile import PolicyLibrary
from yibao.policy.kinds import Sex

DETAIL_PROOFS = ("identity_card", "household_book", "birth_certificate")


@dataclass(frozen=True, slots=True)
class Correction:
    """What is right, and the number of the resident card where that was wrong as well."""

    person_id: str
    sex: str
    birth: datetime.date
    wrong: str = ""
    right: str = ""


def correct_details(
    database: Database,
    library: PolicyLibrary,
    key: Key,
    correction: Correction,
    *,
    actor: Actor,
    proofs: Sequence[Proof],
    at: datetime.datetime | None = None,
) -> Answer:
    """Put sex and birth right, with the number that says them, and the cover that follows.

    What was settled stays as it was settled.  ``InputError`` where a certificate on record says
    otherwise, ``RefusedError`` where nothing is wrong.
    """
    person_id = correction.person_id
    require(actor, "change_person", person_id)
    require_one(DETAIL_PROOFS, proofs, message("更正性别或出生日期"))
    content = [person_id, correction.sex, correction.birth.isoformat()]
    content += [correction.wrong, correction.right, *map(content_text, proofs)]
    content_hash = database.secrets.lasting_hash(canonical(content))

    def operation(unit: Unit) -> Answer:
        instant = at or now()
        locked = lock_person(unit, person_id)
        facts, sex = locked.facts, Sex(correction.sex)
        if (facts.sex, facts.birth) == (sex, correction.birth):
            raise RefusedError(message("登记的性别和出生日期就是这样，没有变更"))
        if facts.enrolments[0].start < correction.birth:
            raise InputError(message("出生日期晚于参保日期，请核对"), place="birth")
        if correction.right:
            replace_number(unit, database, person_id, RESIDENT, correction.wrong, correction.right)
        _require_agreed(unit, database, correction)
        mine = person.c.person_id == person_id
        unit.run(update(person).where(mine).values(sex=sex, birth=correction.birth))
        marks = registered_marks(sex, correction.birth, state_document(locked.state))
        unit.notes.of(person_id).rows.setdefault("person", {})["who"] = marks["who"]
        locked.facts = replace(facts, sex=sex, birth=correction.birth)
        insert_proofs(unit, database.secrets, person_id, "correct_details", proofs, instant)
        update_cover(unit, library, locked.facts, facts.enrolments[0].start, instant)
        answer = {
            "person": person_id,
            "before": [facts.sex, facts.birth.isoformat()],
            "after": [sex, correction.birth.isoformat()],
        }
        record_message(unit, key, content_hash, person_id, answer)
        event = {**answer, "proofs": proof_content(proofs)}
        store_person(unit, locked, actor, "correct_details", event)
        return answer

    return write_once(database, key, content_hash, operation, people=[person_id])


def _require_agreed(unit: Unit, database: Database, correction: Correction) -> None:
    """``InputError`` for a certificate on record that says another sex or birth."""
    mine = identity.c.person_id == correction.person_id
    for row in unit.run(select(identity).where(mine)).all():
        number = database.secrets.decrypt(row.number_cipher, correction.person_id)
        read = read_number(row.certificate, number)
        sex_and_birth(read, correction.sex, correction.birth)
