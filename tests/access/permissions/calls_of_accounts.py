"""Operations on personal accounts and mutual aid."""

from __future__ import annotations

import datetime
from contextlib import suppress
from dataclasses import replace

from yibao.access.permissions import Actor, require
from yibao.access.trail import read_record
from yibao.aid import operations as aid
from yibao.api.counter.errand import ErrandCall, done
from yibao.api.counter.errands import BY_NAME
from yibao.errors import ConflictError
from yibao.insured import operations as insured
from yibao.insured.enrolment.documents import Proof
from yibao.moving.recoveries import RecoveryPayment, take_recovery
from yibao.record import account
from yibao.record.paging import Asked

from .world import (
    CONSENT,
    DAY,
    PEOPLE,
    World,
    call_of,
    grant_of,
    relative_of,
)


@call_of("credit")
def _credit(world: World, actor: Actor, person: str) -> None:
    insured.credit(world.database, world.packs, world.key(), person, 202509, actor=actor)


@call_of("credit")
def _run_credits(world: World, actor: Actor, person: str) -> None:
    insured.run_credits(world.database, world.packs, world.area, 202508, actor=actor)


@call_of("transfer")
def _transfer(world: World, actor: Actor, person: str) -> None:
    insured.transfer(
        world.database, world.key(), person, relative_of(person), 100, DAY, actor=actor
    )


@call_of("close_account")
def _close_account(world: World, actor: Actor, person: str) -> None:
    insured.close_account(
        world.database,
        world.packs,
        world.key(),
        insured.Closing(person, "abroad", DAY),
        actor=actor,
        proofs=[Proof("settlement_abroad")],
    )


@call_of("read_suspense")
def _suspense(world: World, actor: Actor, person: str) -> None:
    waiting = {row.person_id for row in insured.suspense(world.database, actor=actor)}
    if person not in waiting:  # of another area: the list does not tell of it
        require(actor, "read_suspense", person)
    assert person in waiting


@call_of("clear_suspense")
def _clear_suspense(world: World, actor: Actor, person: str) -> None:
    insured.clear_suspense(
        world.database, world.key(), person, 500, DAY, actor=actor, reason="付给本人"
    )


@call_of("recover")
def _recover(world: World, actor: Actor, person: str) -> None:
    with suppress(ConflictError):  # nothing is owed
        take_recovery(
            world.database,
            world.packs,
            world.key(),
            person,
            RecoveryPayment("at_once", 100),
            area=world.area,
            actor=actor,
        )


@call_of("find_overpaid")
def _find_overpaid(world: World, actor: Actor, person: str) -> None:
    values = {"amount": 100, "scheme": "employee", "ground": "重复", "way": "at_once"}
    at = datetime.datetime.combine(DAY, datetime.time(4), datetime.UTC)
    asked = ErrandCall(
        world.database,
        world.packs,
        actor,
        world.key(),
        person,
        {**values, "instalments": None},
        at,
    )
    done(BY_NAME["recovery"], asked)


@call_of("grant")
def _grant(world: World, actor: Actor, person: str) -> None:
    another = PEOPLE[(PEOPLE.index(person) + 2) % len(PEOPLE)]  # has none of this person yet
    new_grant = replace(grant_of(person), grantee=another)
    aid.grant(world.database, world.key(), new_grant, actor=actor, consent=CONSENT, on=DAY)


@call_of("grant")
def _change_grant(world: World, actor: Actor, person: str) -> None:
    grant_id = world.grant_id(person)
    aid.change(world.database, world.key(), person, grant_id, end=None, limit=9, actor=actor)


@call_of("review_grant")
def _decide(world: World, actor: Actor, person: str) -> None:
    grant_id = world.grant_id(person)
    aid.decide(world.database, world.key(), person, grant_id, approved=True, actor=actor)


@call_of("revoke")
def _revoke(world: World, actor: Actor, person: str) -> None:
    grant_id = world.grant_id(person)
    aid.revoke(world.database, world.key(), person, grant_id, DAY, actor=actor)


@call_of("consent_to_details")
def _consent_to_details(world: World, actor: Actor, person: str) -> None:
    aid.consent_to_details(
        world.database,
        world.key(),
        person,
        relative_of(person),
        agreed=True,
        consent=CONSENT,
        actor=actor,
    )


@call_of("read_grants")
def _grants_of(world: World, actor: Actor, person: str) -> None:
    assert aid.grants_of(world.database, person, DAY, actor=actor)


@call_of("read_draws")
def _used_by(world: World, actor: Actor, person: str) -> None:
    secrets = world.database.secrets
    read_record(
        world.database,
        actor,
        "read_draws",
        person,
        lambda unit: account.used_by(unit, secrets, person, Asked()),
    )
