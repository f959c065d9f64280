"""Signing in: sessions that end, a lock after wrong passwords, and signing out.

A session is known by a random token that only its holder has; the store keeps a hash.
"""

from __future__ import annotations

import datetime
import hashlib
import secrets
from dataclasses import dataclass
from typing import Any

from sqlalchemy import delete, insert, select, update
from sqlalchemy.exc import IntegrityError

from yibao.access.errors import LockedError, UnknownActorError
from yibao.access.permissions import Actor, Role
from yibao.access.tables import actor as actors
from yibao.access.tables import session as sessions
from yibao.access.tables import sign_in_failure
from yibao.access.trail import utc
from yibao.access.users import log_in
from yibao.database.unit import Database, Unit
from yibao.messages import message

IDLE = datetime.timedelta(minutes=30)
LONGEST = datetime.timedelta(hours=12)
MOST_FAILURES = 5
LOCKED_FOR = datetime.timedelta(minutes=15)
_TOUCH_AFTER = datetime.timedelta(minutes=1)
"""A page that follows soon after another writes nothing."""


@dataclass(frozen=True, slots=True)
class Session:
    """Somebody who is signed in."""

    token: str
    """Known to the holder alone; never logged."""
    form_token: str
    """Goes into every form of this session, so that no other site can send one."""
    actor: Actor
    ends_at: datetime.datetime


def token_hash(token: str) -> str:
    """What the store knows a token by; a token has enough chance in it to need no salt."""
    return hashlib.sha256(token.encode()).hexdigest()


def sign_in(database: Database, login: str, password: str, at: datetime.datetime) -> Session:
    """A new session; ``UnknownActorError`` says only that something was wrong.

    ``LockedError`` after ``MOST_FAILURES`` wrong passwords in a row, for ``LOCKED_FOR``,
    whether there is such a login or not.
    """
    name = database.secrets.search_hash(f"sign in {login}")
    _refuse_locked(database, name, at)
    try:
        actor = log_in(database, login, password, at.date())
    except UnknownActorError:
        _count_failure(database, name, at)
        raise
    return open_session(database, actor, at, forget=name)


def open_session(
    database: Database, actor: Actor, at: datetime.datetime, *, forget: str = ""
) -> Session:
    """A session for somebody whose identity is established; ended ones are cleared away."""
    session = Session(secrets.token_urlsafe(32), secrets.token_urlsafe(32), actor, at + LONGEST)

    def operation(unit: Unit) -> None:
        unit.run(delete(sign_in_failure).where(sign_in_failure.c.login_hash == forget))
        unit.run(delete(sessions).where(sessions.c.idle_until < at - LONGEST))
        unit.run(
            insert(sessions),
            {
                "token_hash": token_hash(session.token),
                "actor_id": actor.id,
                "form_token": session.form_token,
                "idle_until": at + IDLE,
                "ends_at": session.ends_at,
            },
        )

    database.write(operation)
    return session


def session_of(database: Database, token: str, at: datetime.datetime) -> Session | None:
    """The session of a token, kept from going idle; None where it has ended or never was."""
    row: Any = database.read(
        lambda unit: unit.run(
            select(sessions, actors.c.role, actors.c.person_id, actors.c.institution_id)
            .join(actors, actors.c.actor_id == sessions.c.actor_id)
            .where(
                sessions.c.token_hash == token_hash(token),
                actors.c.closed_on.is_(None) | (actors.c.closed_on > at.date()),
            )
        ).one_or_none()
    )
    if row is None:
        return None
    idle_until, ends_at = utc(row.idle_until), utc(row.ends_at)
    if idle_until <= at or ends_at <= at:
        return None
    if idle_until - at < IDLE - _TOUCH_AFTER:
        database.write(
            lambda unit: unit.run(
                update(sessions)
                .where(sessions.c.token_hash == row.token_hash)
                .values(idle_until=at + IDLE)
            )
        )
    actor = Actor(row.actor_id, Role(row.role), row.person_id, row.institution_id)
    return Session(token, row.form_token, actor, ends_at)


def sign_out(database: Database, token: str) -> None:
    """End a session; nothing happens where there is none."""
    database.write(
        lambda unit: unit.run(delete(sessions).where(sessions.c.token_hash == token_hash(token)))
    )


def _refuse_locked(database: Database, name: str, at: datetime.datetime) -> None:
    row: Any = database.read(
        lambda unit: unit.run(
            select(sign_in_failure).where(sign_in_failure.c.login_hash == name)
        ).one_or_none()
    )
    if row is None or row.failures < MOST_FAILURES:
        return
    until = utc(row.last_at) + LOCKED_FOR
    if at < until:
        minutes = -int((at - until).total_seconds() // 60)
        raise LockedError(
            message(
                "连续 {count} 次不对，已暂停登录，请 {minutes} 分钟后再试",
                count=MOST_FAILURES,
                minutes=minutes,
            )
        )


def _count_failure(database: Database, name: str, at: datetime.datetime) -> None:
    """One more; a pause longer than the lock begins anew."""
    this = sign_in_failure.c.login_hash == name

    def operation(unit: Unit) -> None:
        unit.run(delete(sign_in_failure).where(this, sign_in_failure.c.last_at < at - LOCKED_FOR))
        again = update(sign_in_failure).where(this)
        more = again.values(failures=sign_in_failure.c.failures + 1, last_at=at)
        if not unit.run(more).rowcount:
            unit.run(insert(sign_in_failure), {"login_hash": name, "failures": 1, "last_at": at})

    try:
        database.write(operation)
    except IntegrityError:  # two first failures at once
        database.write(operation)
