"""Relations between people, dated and with proof, read the same from both sides."""

from __future__ import annotations

import datetime
from collections.abc import Sequence
from dataclasses import dataclass

from sqlalchemy import insert, select, update

from yibao.access.operations import Answer, Key, canonical, record_message, write_once
from yibao.access.permissions import Actor, require
from yibao.database.unit import Database, Unit
from yibao.errors import InputError, NotFoundError, RefusedError
from yibao.insured.enrolment.cover import now
from yibao.insured.enrolment.documents import (
    Proof,
    catalogue,
    insert_proofs,
    proof_content,
    require_one,
)
from yibao.insured.locks import HeldPerson, lock_people, store_person
from yibao.insured.stored.contents import content_text
from yibao.insured.stored.profile import day_text
from yibao.insured.tables import relation
from yibao.messages import Listed, message
from yibao.policy.keys import RELATIONS
from yibao.policy.kinds import RelationKind

MIRROR = {
    RelationKind.SPOUSE: RelationKind.SPOUSE,
    RelationKind.PARENT: RelationKind.CHILD,
    RelationKind.CHILD: RelationKind.PARENT,
    RelationKind.SIBLING: RelationKind.SIBLING,
    RelationKind.GRANDPARENT: RelationKind.GRANDCHILD,
    RelationKind.MATERNAL_GRANDPARENT: RelationKind.MATERNAL_GRANDCHILD,
    RelationKind.GRANDCHILD: RelationKind.GRANDPARENT,
    RelationKind.MATERNAL_GRANDCHILD: RelationKind.MATERNAL_GRANDPARENT,
}
"""What I am to somebody who is this to me."""

_OLDER = (RelationKind.PARENT, RelationKind.GRANDPARENT, RelationKind.MATERNAL_GRANDPARENT)


@dataclass(frozen=True, slots=True)
class Relation:
    """What ``relative`` is to ``person``; both days included."""

    person: str
    relative: str
    relation: str
    start: datetime.date
    end: datetime.date | None = None

    def holds_on(self, day: datetime.date) -> bool:
        return self.start <= day and (self.end is None or day <= self.end)

    def mirrored(self) -> Relation:
        return Relation(
            self.relative, self.person, MIRROR[RelationKind(self.relation)], self.start, self.end
        )


def relations_of(unit: Unit, person_id: str) -> list[Relation]:
    """All relations of a person, ended ones too."""
    rows = unit.run(
        select(relation)
        .where(relation.c.person_id == person_id)
        .order_by(relation.c.start, relation.c.relative_id)
    )
    return [
        Relation(row.person_id, row.relative_id, row.relation, row.start, row.end) for row in rows
    ]


def relation_on(unit: Unit, person_id: str, relative_id: str, day: datetime.date) -> str | None:
    """What ``relative_id`` is to ``person_id`` on a day; None: no relation is recorded."""
    return next(
        (
            recorded.relation
            for recorded in relations_of(unit, person_id)
            if recorded.relative == relative_id and recorded.holds_on(day)
        ),
        None,
    )


def require_relative(
    unit: Unit, person_id: str, relative_id: str, day: datetime.date, *, relation: str = ""
) -> None:
    """``RefusedError`` unless ``relative_id`` is on record as a relative of ``person_id``.

    ``relation``: what the request says the relative is, which the record has to say too.
    The caller holds both people's locks, so that the answer stands until its commit.
    """
    recorded = relation_on(unit, person_id, relative_id, day)
    if recorded is None:
        raise RefusedError(
            message(
                "{relative_id} 在 {day} 不是 {person_id} 登记过的亲属，没有做任何改动；"
                "请先带证明到参保地经办窗口登记亲属关系",
                relative_id=relative_id,
                day=day,
                person_id=person_id,
            )
        )
    if relation and relation != recorded:
        raise RefusedError(
            message(
                "{relative_id} 登记的亲属关系与所写的不同，没有做任何改动；请按登记的关系写",
                relative_id=relative_id,
            )
        )


def require_related(unit: Unit, actor: Actor, person_id: str, day: datetime.date) -> None:
    """``RefusedError`` where somebody acts for another who is no relative on record.

    What an actor brings from the sign-in says whom a page may offer; this is what holds.
    """
    if actor.person_id is not None and actor.person_id != person_id:
        require_relative(unit, actor.person_id, person_id, day)


def relate(
    database: Database,
    key: Key,
    new: Relation,
    *,
    actor: Actor,
    proofs: Sequence[Proof],
    at: datetime.datetime | None = None,
) -> Answer:
    """Record a relation with its mirror, under both people's locks."""
    require(actor, "change_person", new.person)
    if new.relation not in RELATIONS:
        raise InputError(
            message(
                "亲属关系写 {relations}，不是 {relation}",
                relations=Listed(RELATIONS),
                relation=new.relation,
            )
        )
    if new.person == new.relative:
        raise InputError(message("不能登记本人与本人的亲属关系"))
    if new.end is not None and new.end < new.start:
        raise InputError(
            message("关系的末日 {end} 早于首日 {start}，请核对", end=new.end, start=new.start)
        )
    require_one(catalogue()["relations"][new.relation], proofs, message("登记亲属关系"))
    content_hash = database.secrets.lasting_hash(
        canonical([content_text(new), [content_text(proof) for proof in proofs]])
    )

    def operation(unit: Unit) -> Answer:
        people = lock_people(unit, [new.person, new.relative])
        _check(unit, people, new)
        instant = at or now()
        unit.run(insert(relation), [_row(side) for side in (new, new.mirrored())])
        insert_proofs(unit, database.secrets, new.person, "relate", proofs, instant)
        answer = {"person": new.person, "relative": new.relative, "relation": new.relation}
        record_message(unit, key, content_hash, new.person, answer)
        _store_both(unit, people, actor, "relate", new, proofs)
        return answer

    return write_once(database, key, content_hash, operation)


def _check(unit: Unit, people: dict[str, HeldPerson], new: Relation) -> None:
    born = {name: person.facts.birth for name, person in people.items()}
    for side in (new, new.mirrored()):
        if side.relation in _OLDER and born[side.relative] >= born[side.person]:
            raise RefusedError(message("长辈的出生日期不早于晚辈，亲属关系写反了，请核对"))
        for recorded in relations_of(unit, side.person):
            if not _overlap(recorded, side):
                continue
            if recorded.relative == side.relative:
                raise RefusedError(
                    message(
                        "这两个人在 {start} 起已经登记了亲属关系，请先终止", start=recorded.start
                    )
                )
            if recorded.relation == side.relation == RelationKind.SPOUSE:
                raise RefusedError(
                    message(
                        "{person} 在 {start} 起已经登记了配偶，请先终止",
                        person=side.person,
                        start=recorded.start,
                    )
                )


def _overlap(first: Relation, second: Relation) -> bool:
    return (first.end is None or second.start <= first.end) and (
        second.end is None or first.start <= second.end
    )


def _row(side: Relation) -> dict[str, object]:
    return {
        "person_id": side.person,
        "relative_id": side.relative,
        "relation": side.relation,
        "start": side.start,
        "end": side.end,
    }


def end_relation(
    database: Database,
    key: Key,
    person_id: str,
    relative_id: str,
    last_day: datetime.date,
    *,
    actor: Actor,
    proofs: Sequence[Proof],
    at: datetime.datetime | None = None,
) -> Answer:
    """End the relation that holds on ``last_day`` with that day, from both sides."""
    require(actor, "change_person", person_id)
    require_one(catalogue()["ending"], proofs, message("终止亲属关系"))
    content = [
        person_id,
        relative_id,
        last_day.isoformat(),
        [content_text(proof) for proof in proofs],
    ]
    content_hash = database.secrets.lasting_hash(canonical(content))

    def operation(unit: Unit) -> Answer:
        people = lock_people(unit, [person_id, relative_id])
        current = next(
            (
                recorded
                for recorded in relations_of(unit, person_id)
                if recorded.relative == relative_id
                and recorded.start <= last_day
                and (recorded.end is None or last_day < recorded.end)
            ),
            None,
        )
        if current is None:
            raise NotFoundError(
                message(
                    "{person_id} 与 {relative_id} 在 {last_day} 没有可以终止的亲属关系",
                    person_id=person_id,
                    relative_id=relative_id,
                    last_day=last_day,
                )
            )
        for side in (current, current.mirrored()):
            unit.run(
                update(relation)
                .where(
                    relation.c.person_id == side.person,
                    relation.c.relative_id == side.relative,
                    relation.c.start == side.start,
                )
                .values(end=last_day)
            )
        insert_proofs(unit, database.secrets, person_id, "end_relation", proofs, at or now())
        answer = {"person": person_id, "relative": relative_id, "end": last_day.isoformat()}
        record_message(unit, key, content_hash, person_id, answer)
        _store_both(unit, people, actor, "end_relation", current, proofs, last_day)
        return answer

    return write_once(database, key, content_hash, operation)


def _store_both(
    unit: Unit,
    people: dict[str, HeldPerson],
    actor: Actor,
    operation: str,
    changed: Relation,
    proofs: Sequence[Proof],
    last_day: datetime.date | None = None,
) -> None:
    for side in (changed, changed.mirrored()):
        content = {
            "relative": side.relative,
            "relation": side.relation,
            "start": side.start.isoformat(),
            "end": day_text(last_day or side.end),
            "proofs": proof_content(proofs),
        }
        store_person(unit, people[side.person], actor, operation, content)
