"""Signing in: sessions that end, and signing out.

A session is known by a random token that only its holder has; the store keeps a hash.
"""

from __future__ import annotations

import datetime
import hashlib
import secrets
from dataclasses import dataclass, replace
from typing import Any

from sqlalchemy import delete, insert, select, update

from yibao.access.chains import extend_chain
from yibao.access.guesses import Attempt, Guessed, Whence, begin_attempt, end_attempt
from yibao.access.names import USER
from yibao.access.permissions import Actor, Role
from yibao.access.tables import actor as actors
from yibao.access.tables import session as sessions
from yibao.access.trail import utc
from yibao.access.users import log_in, set_password
from yibao.database.unit import Database, Unit

IDLE = datetime.timedelta(minutes=30)
LONGEST = datetime.timedelta(hours=12)
_NOTHING = Guessed()
NOWHERE = Whence()
"""Of whoever signs in without a network."""
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
    guessed: Guessed = _NOTHING
    """What others tried as this login since the last time, told once, at the beginning."""


def token_hash(token: str) -> str:
    """What the store knows a token by; a token has enough chance in it to need no salt."""
    return hashlib.sha256(token.encode()).hexdigest()


def sign_in(
    database: Database,
    login: str,
    password: str,
    at: datetime.datetime,
    whence: Whence = NOWHERE,
) -> Session:
    """A new session; ``UnknownActorError`` says only that something was wrong.

    ``LockedError`` after too many wrong passwords from where this one comes, whether there is
    such a login or not: the password is not looked at then.
    """
    attempt = begin_attempt(database, login, whence, at)
    actor = log_in(database, login, password, at.date())
    return open_session(database, actor, at, attempt)


def open_session(
    database: Database, actor: Actor, at: datetime.datetime, attempt: Attempt | None = None
) -> Session:
    """A session for somebody whose identity is established; ended ones are cleared away."""
    session = Session(secrets.token_urlsafe(32), secrets.token_urlsafe(32), actor, at + LONGEST)

    def operation(unit: Unit) -> Guessed:
        guessed = _NOTHING if attempt is None else end_attempt(unit, attempt, at)
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
        content = {"guessed": guessed.failures} if guessed.failures else {}
        extend_chain(unit, f"{USER}{actor.id}", actor.id, "sign_in", content)
        return guessed

    return replace(session, guessed=database.write(operation))


def change_password(
    database: Database, actor: Actor, current: str, password: str, at: datetime.datetime
) -> None:
    """A new password of one's own; ``UnknownActorError`` for a wrong one of before.

    Those are counted too, against a screen that was left open.
    """
    query = select(actors.c.login).where(actors.c.actor_id == actor.id)
    login = database.read(lambda unit: unit.run(query).scalar_one())
    whence = Whence(f"a session of {actor.id}")
    attempt = begin_attempt(database, login, whence, at, signed_in=True)
    log_in(database, login, current, at.date())
    set_password(database, actor, login, password, at)
    database.write(lambda unit: end_attempt(unit, attempt, at))


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
    this = sessions.c.token_hash == token_hash(token)

    def operation(unit: Unit) -> None:
        actor_id = unit.run(select(sessions.c.actor_id).where(this)).scalar_one_or_none()
        if actor_id is not None:
            unit.run(delete(sessions).where(this))
            extend_chain(unit, f"{USER}{actor_id}", actor_id, "sign_out", {})

    database.write(operation)
