"""Registering people: with documents, or as taken over from before the store."""

from __future__ import annotations

import datetime
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any

from sqlalchemy import delete, insert, select
from sqlalchemy.exc import IntegrityError

from yibao.access.operations import (
    START,
    Answer,
    Key,
    canonical,
    record_event,
    record_message,
    write_once,
)
from yibao.access.permissions import Actor, require
from yibao.benefit.facts import (
    Enrolment,
    Filing,
    GroupMembership,
    Person,
)
from yibao.benefit.state import PersonState
from yibao.database.identifiers import new_identifier
from yibao.database.instants import civil_day
from yibao.database.secrets import Secrets, mask
from yibao.database.unit import Database, Unit
from yibao.errors import ConflictError, InputError, NotFoundError
from yibao.insured.enrolment.checks import check_enrolment, check_groups
from yibao.insured.enrolment.cover import now, opening_of, update_cover
from yibao.insured.enrolment.documents import (
    Proof,
    insert_proofs,
    proof_content,
    require_route,
)
from yibao.insured.locks import STORE_HEAD, lock_person, store_person
from yibao.insured.people.certificates import (
    CertificateNumber,
    family,
    read_number,
    sex_and_birth,
    written_forms,
)
from yibao.insured.stored.contents import content_text
from yibao.insured.stored.profile import profile_of, registered_marks, state_document
from yibao.insured.stored.rows import group_order, insert_facts
from yibao.insured.tables import identity, person
from yibao.ledger import operations as ledger
from yibao.messages import message
from yibao.policy.compile import PolicyLibrary


@dataclass(frozen=True, slots=True)
class Application:
    """What a person hands in to be registered."""

    name: str
    certificate: str
    """A key of ``certificates.yaml``."""
    number: str
    route: str
    """``hukou``, ``workplace`` or ``birth``."""
    enrolment: Enrolment
    proofs: tuple[Proof, ...]
    sex: str | None = None
    """Needed where the number does not say it; else it must agree with the number."""
    birth: datetime.date | None = None
    groups: tuple[GroupMembership, ...] = ()


@dataclass(frozen=True, slots=True)
class Named:
    """Name and certificate of a person who is taken over."""

    name: str
    certificate: str
    number: str


def identity_hashes(secrets: Secrets, certificate: str, number: str) -> list[str]:
    """The hashes under which a number, however it is written, may be on record.

    The first is what it is recorded by now.
    """
    return [
        hashed
        for form in written_forms(certificate, number)
        for hashed in secrets.search_hashes(f"{family(certificate)}:{form}")
    ]


def register_person(
    database: Database,
    library: PolicyLibrary,
    key: Key,
    application: Application,
    *,
    actor: Actor,
    at: datetime.datetime | None = None,
) -> Answer:
    """Register a person with documents; the answer holds the new ``person``.

    A number that is registered already is a ``ConflictError`` with no effect.
    """
    require(actor, "register", area=application.enrolment.area)
    name = " ".join(application.name.split())
    if not name:
        raise InputError(message("姓名不能为空"))
    read = read_number(application.certificate, application.number)
    number = read.number
    sex, birth = sex_and_birth(read, application.sex, application.birth)
    require_route(application.route, application.proofs)
    check_enrolment(library, application.enrolment)
    check_groups(library, application.enrolment.area, application.groups)
    instant = at or now()
    if birth > civil_day(instant):
        raise InputError(message("出生日期 {birth} 还没有到，请核对", birth=birth))
    if application.enrolment.start < birth:
        raise InputError(
            message("参保日期 {start} 早于出生日期，请核对", start=application.enrolment.start)
        )
    secrets = database.secrets
    # Keyed, because what a message said could be guessed from a plain hash of it.
    content_hash = secrets.lasting_hash(canonical(_content(application, name, number)))
    person_id = new_identifier()
    residents, employees = opening_of(application.enrolment)
    facts = Person(
        id=person_id,
        sex=sex,
        birth=birth,
        area=application.enrolment.area,
        groups=tuple(sorted(application.groups, key=group_order)),
        enrolments=(application.enrolment,),
        contributions_resident=residents,
        contributions_employee=employees,
    )

    def operation(unit: Unit) -> Answer:
        _insert_identity(unit, database, person_id, read, application.number)
        _insert_person(
            unit,
            facts,
            actor=actor,
            profile=profile_of(facts),
            state=PersonState(),
            opening=True,
            named=name_columns(secrets, person_id, name),
            proofs=application.proofs,
        )
        insert_proofs(unit, secrets, person_id, "registration", application.proofs, instant)
        ledger.open_account(unit, person_id, 0, application.enrolment.start, new_identifier())
        update_cover(unit, library, facts, datetime.date.min, instant)
        answer = {"person": person_id, "number": mask(number), **_noted(read)}
        record_message(unit, key, content_hash, person_id, answer)
        return answer

    return write_once(database, key, content_hash, operation)


def name_columns(secrets: Secrets, person_id: str, name: str) -> dict[str, str]:
    """What a person's row has of the name."""
    return {
        "name_cipher": secrets.encrypt(name, person_id),
        "name_hash": secrets.search_hashes(f"name:{name}")[0],
    }


def add_certificate(
    database: Database,
    key: Key,
    person_id: str,
    certificate: str,
    number: str,
    *,
    actor: Actor,
) -> Answer:
    """Another certificate of a registered person, such as a child's first identity card.

    Birth and sex must agree with those on record.
    """
    require(actor, "change_person", person_id)
    read = read_number(certificate, number)
    secrets = database.secrets
    content_hash = secrets.lasting_hash(canonical([person_id, certificate, read.number]))

    def operation(unit: Unit) -> Answer:
        locked = lock_person(unit, person_id)
        sex_and_birth(read, locked.facts.sex, locked.facts.birth)
        _insert_identity(unit, database, person_id, read, number)
        added = {"person": person_id, "certificate": certificate, "number": mask(read.number)}
        answer = {**added, **_noted(read)}
        record_message(unit, key, content_hash, person_id, answer)
        store_person(unit, locked, actor, "add_certificate", added)
        return answer

    return write_once(database, key, content_hash, operation, people=[person_id])


def correct_certificate(
    database: Database,
    key: Key,
    person_id: str,
    certificate: str,
    wrong: str,
    right: str,
    *,
    actor: Actor,
) -> Answer:
    """Replace the number of a certificate: ``certificate``, ``number`` as it is now, masked.

    ``wrong``: the number on record.  The right one must agree with the birth and sex on record,
    and be nobody's; the chain keeps the end of both.
    """
    require(actor, "change_person", person_id)
    read = read_number(certificate, right)
    secrets = database.secrets
    content_hash = secrets.lasting_hash(canonical([person_id, certificate, wrong, read.number]))

    def operation(unit: Unit) -> Answer:
        locked = lock_person(unit, person_id)
        sex_and_birth(read, locked.facts.sex, locked.facts.birth)
        earlier = replace_number(unit, database, person_id, certificate, wrong, right)
        answer = {"person": person_id, "certificate": certificate, "number": mask(read.number)}
        record_message(unit, key, content_hash, person_id, answer)
        event = {**answer, "earlier": earlier}
        store_person(unit, locked, actor, "correct_certificate", event)
        return answer

    return write_once(database, key, content_hash, operation, people=[person_id])


def replace_number(
    unit: Unit, database: Database, person_id: str, certificate: str, wrong: str, right: str
) -> str:
    """Another number in place of one on record, under the person's lock; the earlier one masked."""
    secrets = database.secrets
    this_one = (identity.c.person_id == person_id) & identity.c.identity_hash.in_(
        identity_hashes(secrets, certificate, wrong)
    )
    row = unit.run(select(identity).where(this_one)).one_or_none()
    if row is None or row.certificate != certificate:
        raise NotFoundError(message("这个人没有登记过这个证件号码，请核对原来的号码"))
    earlier = mask(secrets.decrypt(row.number_cipher, person_id))
    unit.run(delete(identity).where(this_one))
    _insert_identity(unit, database, person_id, read_number(certificate, right), right)
    return earlier


def _noted(read: CertificateNumber) -> dict[str, list[str]]:
    """What an answer says of a number that was put right or looks odd."""
    return {"notes": [note.text() for note in read.notes]} if read.notes else {}


def _insert_identity(
    unit: Unit, database: Database, person_id: str, read: CertificateNumber, written: str
) -> None:
    """Record a certificate; ``ConflictError`` where somebody has the number.

    ``written``: the number as it came, under which an earlier version may have kept it.

    Of two that register one number while the store's key is replaced neither misses the other:
    no key begins to be written with while one of them has not come to its end.
    """
    database.hold_keys(unit.connection)
    secrets = database.secrets
    hash_of_form, *earlier = identity_hashes(secrets, read.certificate, written)
    if earlier and unit.run(select(identity).where(identity.c.identity_hash.in_(earlier))).first():
        raise _registered_already()
    row = {
        "identity_hash": hash_of_form,
        "person_id": person_id,
        "certificate": read.certificate,
        "number_cipher": secrets.encrypt(read.number, person_id),
    }
    try:
        unit.run(insert(identity), row)
    except IntegrityError:
        raise _registered_already() from None


def _registered_already() -> ConflictError:
    return ConflictError(message("这个证件号码已经登记过，不能重复登记"))


def _content(application: Application, name: str, number: str) -> list[Any]:
    return [
        name,
        application.certificate,
        number,
        application.route,
        application.sex,
        str(application.birth),
        content_text(application.enrolment),
        [content_text(membership) for membership in application.groups],
        [content_text(shown_proof) for shown_proof in application.proofs],
    ]


def register(
    database: Database,
    facts: Person,
    *,
    actor: Actor,
    filings: Sequence[Filing] = (),
    state: PersonState | None = None,
    balance: int = 0,
    day: datetime.date,
    named: Named | None = None,
    library: PolicyLibrary | None = None,
    at: datetime.datetime | None = None,
    then: Callable[[Unit], None] | None = None,
) -> None:
    """Take over a person with enrolments, groups, contributions so far and an account.

    ``state`` and ``balance`` are what was used and held before this store began; ``named``
    may be missing, because not every other system gives it.  With a
    ``library`` the cover that follows is recorded as known from now on.  ``then``: what
    another room writes with it.
    """
    require(actor, "register", area=facts.area)

    read = None if named is None else read_number(named.certificate, named.number)
    if read is not None:
        sex_and_birth(read, facts.sex, facts.birth)

    def operation(unit: Unit) -> None:
        document = profile_of(facts, tuple(filings))
        if named is not None and read is not None:
            _insert_identity(unit, database, facts.id, read, named.number)
        _insert_person(
            unit,
            facts,
            actor=actor,
            profile=document,
            state=state or PersonState(),
            opening=False,
            named=None if named is None else name_columns(database.secrets, facts.id, named.name),
        )
        ledger.open_account(unit, facts.id, balance, day, new_identifier())
        if library is not None:
            update_cover(unit, library, facts, datetime.date.min, at or now())
        if then is not None:
            then(unit)

    database.write(operation)


def _insert_person(
    unit: Unit,
    facts: Person,
    *,
    actor: Actor,
    profile: dict[str, Any],
    state: PersonState,
    opening: bool,
    named: dict[str, str] | None = None,
    proofs: Sequence[Proof] = (),
) -> None:
    content = {**profile, "proofs": proof_content(proofs)} if proofs else profile
    row = {
        "person_id": facts.id,
        "sex": facts.sex,
        "birth": facts.birth,
        "area": facts.area,
        "profile": profile,
        "state": state_document(state),
        "sequence": 1,
        **(named or {}),
    }
    try:
        unit.run(insert(person), {**row, "head": START})
    except IntegrityError:
        raise ConflictError(message("参保人 {id} 已经登记", id=facts.id)) from None
    insert_facts(unit, facts, opening=opening)

    def first_event() -> None:
        note = unit.notes.take(facts.id)
        note.rows["person"] = registered_marks(facts.sex, facts.birth, row["state"])
        noted = note.with_content(content)
        head = record_event(unit, facts.id, 1, START, actor.id, "register", noted)
        unit.run(STORE_HEAD, {"person": facts.id, "head": head})

    unit.at_the_end(facts.id, first_event)
