"""A child that has no number of its own yet: by its birth certificate and a parent's record."""

from __future__ import annotations

import datetime
from collections.abc import Sequence
from dataclasses import astuple, dataclass

from yibao.access.operations import Answer, Key, canonical, record_message, write_once
from yibao.access.permissions import Actor, officer, require
from yibao.benefit.facts import Enrolment, GroupMembership
from yibao.benefit.people import home_enrolment
from yibao.database.instants import civil_day, now
from yibao.database.joined import JoinedDatabase
from yibao.database.unit import Database, Unit
from yibao.insured.enrolment.documents import Proof
from yibao.insured.locks import lock_person
from yibao.insured.people.registration import Application, register_person
from yibao.insured.people.relations import Relation, relate
from yibao.insured.stored.contents import content_text
from yibao.policy.compile import PolicyLibrary
from yibao.policy.kinds import RelationKind, Scheme

_GROUP = "newborn"
_CERTIFICATE = "birth_certificate"
_ROUTE = "birth"


@dataclass(frozen=True, slots=True)
class Newborn:
    """What a parent hands in for a child."""

    parent: str
    name: str
    birth: datetime.date
    sex: str
    number: str
    """Of the birth certificate."""


def register_newborn(
    database: Database,
    library: PolicyLibrary,
    key: Key,
    child: Newborn,
    *,
    actor: Actor,
    proofs: Sequence[Proof],
    at: datetime.datetime | None = None,
) -> Answer:
    """Register a child as a resident from its birth where its parent is insured.

    The relation to the parent, and the group of newborns where the area's pack has one, are
    recorded with it, in one transaction; ``person`` is the child.
    """
    require(actor, "change_person", child.parent)
    instant = at or now()
    # The child lives nowhere before it is committed: what follows is the office's own act.
    office = officer(actor.id)
    written = [*map(str, astuple(child)), [content_text(proof) for proof in proofs]]
    content_hash = database.secrets.lasting_hash(canonical(written))

    def operation(unit: Unit) -> Answer:
        joined = JoinedDatabase(database, unit)
        parent = lock_person(unit, child.parent)
        area = home_enrolment(parent.facts, max(child.birth, civil_day(instant))).area
        covering = library.covering(area)
        named = {} if covering is None else library.rulebook(covering.code).groups
        last_day = datetime.date(child.birth.year, 12, 31)
        groups = (GroupMembership(_GROUP, child.birth, last_day),) if _GROUP in named else ()
        application = Application(
            name=child.name,
            certificate=_CERTIFICATE,
            number=child.number,
            route=_ROUTE,
            enrolment=Enrolment(Scheme.RESIDENT, None, child.birth, None, area),
            proofs=tuple(proofs),
            sex=child.sex,
            birth=child.birth,
            groups=groups,
        )
        inner = Key(key.sender, f"{key.operation}_child", key.message_id)
        answer = register_person(joined, library, inner, application, actor=office, at=instant)
        relate(
            joined,
            Key(key.sender, f"{key.operation}_relate", key.message_id),
            Relation(str(answer["person"]), child.parent, RelationKind.PARENT, child.birth),
            actor=office,
            proofs=proofs,
            at=instant,
        )
        record_message(unit, key, content_hash, child.parent, answer)
        return answer

    return write_once(database, key, content_hash, operation)
