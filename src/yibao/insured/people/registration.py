"""Registering people: with documents, or as taken over from before the store."""

from __future__ import annotations

import datetime
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any

import stdnum.exceptions
from sqlalchemy import insert
from sqlalchemy.exc import IntegrityError
from stdnum.cn import ric

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
from yibao.database.secrets import Secrets, mask
from yibao.database.unit import Database, Unit
from yibao.errors import ConflictError, InputError
from yibao.insured.enrolment.checks import check_enrolment, check_groups
from yibao.insured.enrolment.cover import now, opening_of, update_cover
from yibao.insured.enrolment.documents import (
    Proof,
    catalogue,
    insert_proofs,
    proof_content,
    require_route,
)
from yibao.insured.locks import lock_person, store_person
from yibao.insured.stored.contents import content_text
from yibao.insured.stored.profile import profile_of, state_document
from yibao.insured.stored.rows import group_order, insert_facts
from yibao.insured.tables import identity, person
from yibao.ledger import operations as ledger
from yibao.messages import Listed, message
from yibao.policy.compile import PolicyLibrary
from yibao.policy.kinds import Sex


@dataclass(frozen=True, slots=True)
class Application:
    """What a person hands in to be registered."""

    name: str
    certificate: str
    """A key of ``certificates`` in ``documents.yaml``."""
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


def checked_number(certificate: str, number: str) -> str:
    """The number in its one written form; ``InputError`` for one that cannot be."""
    kinds = catalogue()["certificates"]
    if certificate not in kinds:
        raise InputError(
            message(
                "不认识的证件类型 {certificate}，可以写：{kinds}",
                certificate=certificate,
                kinds=Listed(kinds),
            )
        )
    plain = "".join(number.split()).upper()
    if kinds[certificate].get("check") == "resident_identity":
        try:
            checked: str = ric.validate(plain)
        except stdnum.exceptions.InvalidLength:
            raise InputError(message("居民身份证号码应有 18 位，请核对")) from None
        except stdnum.exceptions.InvalidChecksum:
            raise InputError(message("居民身份证号码的校验位不对，请逐位核对")) from None
        except (stdnum.exceptions.ValidationError, KeyError):
            # KeyError: the library's way to say that the prefecture has no such county.
            raise InputError(
                message("居民身份证号码里的地区、出生日期或顺序码不存在，请核对")
            ) from None
        return checked
    if not (plain.isascii() and plain.isalnum() and 4 <= len(plain) <= 40):
        raise InputError(
            message(
                "{certificate}号码应为 4 到 40 位字母或数字，请核对",
                certificate=kinds[certificate]["zh"],
            )
        )
    return plain


def _sex_and_birth(
    certificate: str, number: str, sex: str | None, birth: datetime.date | None
) -> tuple[Sex, datetime.date]:
    """As the number says them where it does; ``InputError`` where something else was said."""
    if catalogue()["certificates"][certificate].get("check") == "resident_identity":
        said_birth = ric.get_birth_date(number)
        said_sex = Sex.MALE if int(number[16]) % 2 else Sex.FEMALE
        if birth is not None and birth != said_birth:
            raise InputError(
                message(
                    "出生日期 {birth} 与身份证号码里的 {said_birth} 不符，请核对",
                    birth=birth,
                    said_birth=said_birth,
                )
            )
        if sex is not None and sex != said_sex:
            raise InputError(message("性别与身份证号码不符，请核对"))
        sex, birth = said_sex, said_birth
    if birth is None or sex is None:
        raise InputError(message("这种证件的号码不含性别和出生日期，请一并填写"))
    if sex not in tuple(Sex):
        raise InputError(message("性别写 male 或 female，不是 {sex}", sex=sex))
    return Sex(sex), birth


def identity_hash(secrets: Secrets, certificate: str, number: str) -> str:
    """What a certificate is found by."""
    return secrets.search_hash(f"{certificate}:{number}")


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
    require(actor, "register")
    name = " ".join(application.name.split())
    if not name:
        raise InputError(message("姓名不能为空"))
    number = checked_number(application.certificate, application.number)
    sex, birth = _sex_and_birth(application.certificate, number, application.sex, application.birth)
    require_route(application.route, application.proofs)
    check_enrolment(library, application.enrolment)
    check_groups(library, application.enrolment.area, application.groups)
    instant = at or now()
    if birth > instant.date():
        raise InputError(message("出生日期 {birth} 还没有到，请核对", birth=birth))
    if application.enrolment.start < birth:
        raise InputError(
            message("参保日期 {start} 早于出生日期，请核对", start=application.enrolment.start)
        )
    secrets = database.secrets
    # Keyed, because what a message said could be guessed from a plain hash of it.
    content_hash = secrets.search_hash(canonical(_content(application, name, number)))
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
    named = _name_columns(secrets, person_id, name)

    def operation(unit: Unit) -> Answer:
        _insert_identity(unit, secrets, person_id, application.certificate, number)
        _insert_person(
            unit,
            facts,
            actor=actor,
            profile=profile_of(facts),
            state=PersonState(),
            opening=True,
            named=named,
            proofs=application.proofs,
        )
        insert_proofs(unit, secrets, person_id, "registration", application.proofs, instant)
        ledger.open_account(unit, person_id, 0, application.enrolment.start, new_identifier())
        update_cover(unit, library, facts, datetime.date.min, instant)
        answer = {"person": person_id, "number": mask(number)}
        record_message(unit, key, content_hash, person_id, answer)
        return answer

    return write_once(database, key, content_hash, operation)


def _name_columns(secrets: Secrets, person_id: str, name: str) -> dict[str, str]:
    return {
        "name_cipher": secrets.encrypt(name, person_id),
        "name_hash": secrets.search_hash(f"name:{name}"),
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
    tidy_number = checked_number(certificate, number)
    secrets = database.secrets
    content_hash = secrets.search_hash(canonical([person_id, certificate, tidy_number]))

    def operation(unit: Unit) -> Answer:
        locked = lock_person(unit, person_id)
        _sex_and_birth(certificate, tidy_number, locked.facts.sex, locked.facts.birth)
        _insert_identity(unit, secrets, person_id, certificate, tidy_number)
        answer = {"person": person_id, "certificate": certificate, "number": mask(tidy_number)}
        record_message(unit, key, content_hash, person_id, answer)
        store_person(unit, locked, actor, "add_certificate", answer)
        return answer

    return write_once(database, key, content_hash, operation, people=[person_id])


def _insert_identity(
    unit: Unit, secrets: Secrets, person_id: str, certificate: str, number: str
) -> None:
    row = {
        "identity_hash": identity_hash(secrets, certificate, number),
        "person_id": person_id,
        "certificate": certificate,
        "number_cipher": secrets.encrypt(number, person_id),
    }
    try:
        unit.run(insert(identity), row)
    except IntegrityError:
        raise ConflictError(message("这个证件号码已经登记过，不能重复登记")) from None


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
    require(actor, "register")

    number = "" if named is None else checked_number(named.certificate, named.number)
    if named is not None:
        _sex_and_birth(named.certificate, number, facts.sex, facts.birth)

    def operation(unit: Unit) -> None:
        document = profile_of(facts, tuple(filings))
        if named is not None:
            _insert_identity(unit, database.secrets, facts.id, named.certificate, number)
        _insert_person(
            unit,
            facts,
            actor=actor,
            profile=document,
            state=state or PersonState(),
            opening=False,
            named=None if named is None else _name_columns(database.secrets, facts.id, named.name),
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
        row["head"] = record_event(unit, facts.id, 1, START, actor.id, "register", content)
        unit.run(insert(person), row)
    except IntegrityError:
        raise ConflictError(message("参保人 {id} 已经登记", id=facts.id)) from None
    insert_facts(unit, facts, opening=opening)
