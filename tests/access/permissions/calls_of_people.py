"""Operations on who is known, and who is insured."""

from __future__ import annotations

import datetime
from dataclasses import replace

from yibao.access.permissions import Actor, may
from yibao.benefit.facts import (
    Enrolment,
    GroupMembership,
)
from yibao.care import operations as care
from yibao.insured import operations as insured
from yibao.insured.enrolment.documents import Proof

from ...support.actors import CLERK
from .world import (
    DAY,
    PEOPLE,
    World,
    call_of,
    facts_of,
    number_of,
    relative_of,
)


@call_of("register")
def _register(world: World, actor: Actor, person: str) -> None:
    facts = replace(facts_of("wang", world.area), id="new")
    insured.register(world.database, facts, actor=actor, day=DAY)


@call_of("register")
def _register_person(world: World, actor: Actor, person: str) -> None:
    paper = [Proof("passport"), Proof("employment_contract"), Proof("photo", 2)]
    application = insured.Application(
        "新人",
        "passport",
        "E1234567",
        "workplace",
        Enrolment("employee", "working", DAY, None, world.area),
        tuple(paper),
        "male",
        datetime.date(1990, 1, 1),
    )
    insured.register_person(world.database, world.packs, world.key(), application, actor=actor)


@call_of("change_person")
def _add_certificate(world: World, actor: Actor, person: str) -> None:
    insured.add_certificate(
        world.database, world.key(), person, "passport", "E7654321", actor=actor
    )


@call_of("change_person")
def _join_group(world: World, actor: Actor, person: str) -> None:
    insured.join_group(
        world.database,
        world.packs,
        world.key(),
        person,
        GroupMembership("extremely_poor", DAY),
        actor=actor,
        proofs=[Proof("civil_affairs_certificate")],
    )


@call_of("change_person")
def _leave_group(world: World, actor: Actor, person: str) -> None:
    insured.leave_group(
        world.database,
        world.packs,
        world.key(),
        person,
        "low_income",
        DAY,
        actor=actor,
        proofs=[Proof("civil_affairs_certificate")],
    )


_BEFORE_IT_STANDS = datetime.date(1990, 1, 1), datetime.date(1990, 12, 31)


@call_of("change_person")
def _relate(world: World, actor: Actor, person: str) -> None:
    insured.relate(
        world.database,
        world.key(),
        insured.Relation(person, relative_of(person), "sibling", *_BEFORE_IT_STANDS),
        actor=actor,
        proofs=[Proof("household_book")],
    )


@call_of("change_person")
def _end_relation(world: World, actor: Actor, person: str) -> None:
    insured.end_relation(
        world.database,
        world.key(),
        person,
        relative_of(person),
        datetime.date(2025, 12, 1),
        actor=actor,
        proofs=[Proof("household_book")],
    )


@call_of("enrol")
def _end_enrolment(world: World, actor: Actor, person: str) -> None:
    insured.end_enrolment(
        world.database, world.packs, world.key(), person, DAY, "离职", actor=actor
    )


@call_of("enrol")
def _change_enrolment(world: World, actor: Actor, person: str) -> None:
    insured.change_enrolment(
        world.database,
        world.packs,
        world.key(),
        person,
        DAY,
        contribution_class="employer",
        actor=actor,
    )


@call_of("enrol")
def _enrol(world: World, actor: Actor, person: str) -> None:
    if may(actor, "enrol", person):
        _end_enrolment(world, CLERK, person)
    new = Enrolment("resident", None, datetime.date(2026, 1, 1), None, world.area)
    insured.enrol(world.database, world.packs, world.key(), person, new, actor=actor)


@call_of("find_person")
def _find_person(world: World, actor: Actor, person: str) -> None:
    number = number_of(PEOPLE.index(person))
    person_id = insured.find_person(world.database, "resident_identity_card", number, actor=actor)
    assert person_id == person


@call_of("find_person")
def _people_named(world: World, actor: Actor, person: str) -> None:
    assert insured.people_named(world.database, f"姓名{person}", actor=actor) == [person]


@call_of("read_person")
def _details(world: World, actor: Actor, person: str) -> None:
    insured.details(world.database, person, actor=actor)


@call_of("read_person")
def _cover_known(world: World, actor: Actor, person: str) -> None:
    insured.cover_known(world.database, person, DAY, actor=actor)


@call_of("read_person")
def _read_person(world: World, actor: Actor, person: str) -> None:
    care.read_person(world.database, person, actor=actor)
