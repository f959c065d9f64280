"""Many people of another system at once: checked one by one, written together."""

from __future__ import annotations

import datetime
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass

from sqlalchemy import select

from yibao.access.operations import START, record_event
from yibao.access.permissions import Actor, require
from yibao.benefit.facts import Person
from yibao.benefit.state import PersonState
from yibao.database.gathering import Gathering
from yibao.database.secrets import Secrets
from yibao.database.statements import Insertion
from yibao.database.unit import Database, Unit
from yibao.errors import InputError
from yibao.insured.enrolment.checks import check_enrolment, check_groups, check_no_overlap
from yibao.insured.enrolment.cover import update_cover
from yibao.insured.people.certificates import CertificateNumber, read_number, sex_and_birth
from yibao.insured.people.registration import Named, identity_hashes, name_columns
from yibao.insured.stored.profile import profile_of, registered_marks, state_document
from yibao.insured.stored.rows import insert_facts
from yibao.insured.tables import identity, person
from yibao.ledger import operations as ledger
from yibao.messages import Message, message
from yibao.policy.compile import PolicyLibrary

_PERSON, _IDENTITY = Insertion(person), Insertion(identity)


@dataclass(frozen=True, slots=True)
class Arrival:
    """Somebody of another system, checked."""

    facts: Person
    named: Named
    read: CertificateNumber

    @property
    def notes(self) -> tuple[Message, ...]:
        """What was put right in the number, or looks odd."""
        return self.read.notes


def checked_arrival(library: PolicyLibrary, facts: Person, named: Named) -> Arrival:
    """A person whose number, enrolments and groups can be; ``InputError``, ``RefusedError``."""
    read = read_number(named.certificate, named.number)
    sex_and_birth(read, facts.sex, facts.birth)
    for enrolment in facts.enrolments:
        check_enrolment(library, enrolment)
        if enrolment.start < facts.birth:
            raise InputError(
                message("参保日期 {start} 早于出生日期，请核对", start=enrolment.start)
            )
    check_no_overlap(facts.enrolments)
    check_groups(library, facts.area, facts.groups)
    return Arrival(facts, named, read)


def number_hashes(secrets: Secrets, arrival: Arrival) -> list[str]:
    """Under what the number of somebody may be on record, what it is recorded by first."""
    return identity_hashes(secrets, arrival.named.certificate, arrival.named.number)


def owners_of_numbers(unit: Unit, hashes: Iterable[str]) -> dict[str, str]:
    """Whose the certificates on record are: hash → person."""
    query = select(identity.c.identity_hash, identity.c.person_id)
    rows = unit.run(query.where(identity.c.identity_hash.in_(sorted(set(hashes)))))
    return {row.identity_hash: row.person_id for row in rows}


def take_over(
    unit: Gathering,
    database: Database,
    library: PolicyLibrary,
    arrivals: Sequence[Arrival],
    *,
    actor: Actor,
    at: datetime.datetime,
    origin: Mapping[str, str],
) -> None:
    """Register people who are not here yet; each has a chain whose first event says so.

    ``origin``: what every event says of the act.  Nothing was paid and nothing is in the
    account until it is imported.
    """
    for arrival in arrivals:
        require(actor, "import_records", area=arrival.facts.area)
    database.hold_keys(unit.connection)
    secrets = database.secrets
    for arrival in arrivals:
        unit.mark()
        facts = arrival.facts
        unit.run(
            _IDENTITY,
            {
                "identity_hash": number_hashes(secrets, arrival)[0],
                "person_id": facts.id,
                "certificate": arrival.named.certificate,
                "number_cipher": secrets.encrypt(arrival.read.number, facts.id),
            },
        )
        insert_facts(unit, facts)
        update_cover(unit, library, facts, datetime.date.min, at, rows=())
        state = state_document(PersonState())
        profile = profile_of(facts)
        note = unit.notes.take(facts.id)
        note.rows["person"] = registered_marks(facts.sex, facts.birth, state)
        noted = note.with_content({**profile, **origin})
        head = record_event(unit, facts.id, 1, START, actor.id, "register", noted)
        unit.run(
            _PERSON,
            {
                "person_id": facts.id,
                **name_columns(secrets, facts.id, arrival.named.name),
                "sex": facts.sex,
                "birth": facts.birth,
                "area": facts.area,
                "profile": profile,
                "state": state,
                "sequence": 1,
                "head": head,
                "facts_version": None,
                "used_version": None,
                "merged_into": None,
            },
        )
    ledger.open_accounts(unit, [arrival.facts.id for arrival in arrivals])
