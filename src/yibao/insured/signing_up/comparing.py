"""What the register says of whoever asks for a login."""

from __future__ import annotations

import datetime
from dataclasses import dataclass

from sqlalchemy import select

from yibao.access.permissions import is_within
from yibao.benefit.people import age_on
from yibao.database.secrets import Secrets
from yibao.database.unit import Unit
from yibao.insured.enrolment.documents import catalogue
from yibao.insured.people.registration import identity_hashes
from yibao.insured.signing_up.forms import SignUp
from yibao.insured.tables import identity, person
from yibao.messages import Text, message


@dataclass(frozen=True, slots=True)
class Registered:
    """The person of a number, as the register has it."""

    person_id: str
    name: str
    birth: datetime.date
    area: str


def registered_as(unit: Unit, secrets: Secrets, asked: SignUp) -> Registered | None:
    """Whoever is registered with the number; a read fragment for those who checked who reads."""
    hashes = identity_hashes(secrets, asked.certificate, asked.number)
    query = (
        select(person.c.person_id, person.c.name_cipher, person.c.birth, person.c.area)
        .join(identity, identity.c.person_id == person.c.person_id)
        .where(identity.c.identity_hash.in_(hashes))
    )
    row = unit.run(query).first()
    if row is None:
        return None
    name = "" if row.name_cipher is None else secrets.decrypt(row.name_cipher, row.person_id)
    return Registered(row.person_id, name, row.birth, row.area)


def difference(
    asked: SignUp, registered: Registered | None, area: str, day: datetime.date
) -> Text | None:
    """Why the register does not bear out what was asked for; None: it does."""
    if registered is None or not _is_of(registered.area, area):
        return message("登记簿里没有这个证件号码，或者不在本统筹区参保")
    if " ".join(registered.name.split()) != " ".join(asked.name.split()):
        return message("姓名和登记的不一样")
    grown = int(catalogue()["ward_until"])
    is_child = age_on(registered.birth, day) < grown
    if is_child and not asked.is_for_child:
        return message("不满 {age} 岁，要由监护人申请", age=grown)
    if asked.is_for_child and not is_child:
        return message("已满 {age} 岁，要由本人申请", age=grown)
    return None


def _is_of(area: str, office: str) -> bool:
    """Whether somebody's area is the one that was named, or within it, or around it."""
    return is_within(area, office) or is_within(office, area)
