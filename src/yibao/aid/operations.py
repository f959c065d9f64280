"""Granting and revoking, under the grantor's account lock: a draw sees a grant whole or not."""

from __future__ import annotations

import datetime
from dataclasses import replace

from sqlalchemy import update

from yibao.access.operations import Answer, Key, digest, record_message, write_once
from yibao.benefit.accounts import HeldGrant
from yibao.benefit.facts import Grant
from yibao.database.unit import Database, Unit
from yibao.errors import NotFoundError
from yibao.insured.grants import grant_row, held_grants
from yibao.insured.locks import lock_people
from yibao.insured.operations import store_person
from yibao.ledger.locks import lock_accounts
from yibao.ledger.tables import account


def _store(unit: Unit, grantor: str, grants: list[HeldGrant]) -> None:
    unit.run(
        update(account)
        .where(account.c.person_id == grantor)
        .values(grants=[grant_row(held) for held in grants])
    )


def grant(database: Database, key: Key, given: Grant, *, actor: str) -> Answer:
    """Record a grant; whether it pays is decided on the day of each draw."""
    content = [given.grantor, *grant_row(HeldGrant(given))]

    def operation(unit: Unit) -> Answer:
        held = lock_people(unit, [given.grantor])[given.grantor]
        accounts = lock_accounts(unit, [given.grantor])
        _store(unit, given.grantor, [*held_grants(accounts), HeldGrant(given)])
        answer = {"grantor": given.grantor, "grantee": given.grantee}
        record_message(unit, key, digest(content), given.grantor, answer)
        store_person(unit, held, actor, "grant", answer)
        return answer

    return write_once(database, key, digest(content), operation)


def revoke(
    database: Database, key: Key, grantor: str, grantee: str, on: datetime.date, *, actor: str
) -> Answer:
    """End every grant between two people from ``on``, its own day included."""
    content = [grantor, grantee, on.isoformat()]

    def operation(unit: Unit) -> Answer:
        held = lock_people(unit, [grantor])[grantor]
        grants = held_grants(lock_accounts(unit, [grantor]))
        if not any(one.grant.grantee == grantee for one in grants):
            raise NotFoundError(f"{grantor} 没有给 {grantee} 的授权")
        _store(
            unit,
            grantor,
            [
                replace(one, revoked_on=min(on, one.revoked_on or on))
                if one.grant.grantee == grantee
                else one
                for one in grants
            ],
        )
        answer = {"grantor": grantor, "grantee": grantee, "on": on.isoformat()}
        record_message(unit, key, digest(content), grantor, answer)
        store_person(unit, held, actor, "revoke", answer)
        return answer

    return write_once(database, key, digest(content), operation)
