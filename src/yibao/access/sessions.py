"""Signing in: sessions that end, and signing out.

A session is known by a random token that only its holder has; the store keeps a hash.  After
the password alone whoever needs a second factor has a session that opens nothing but the next
step (:mod:`yibao.access.second`).
"""

from __future__ import annotations

import datetime
import hashlib
import secrets
from dataclasses import dataclass, replace
from enum import Enum
from typing import Any

from sqlalchemy import delete, insert, select, update

from yibao.access.actors import actor_of, users
from yibao.access.chains import extend_chain
from yibao.access.errors import UnknownActorError
from yibao.access.guesses import (
    Attempt,
    Guessed,
    Whence,
    begin_attempt,
    end_attempt,
    take_back_attempt,
)
from yibao.access.names import USER
from yibao.access.permissions import Actor
from yibao.access.second import (
    awaited_secret,
    begin_enrolment,
    is_enrolled,
    is_wanted,
    new_recovery_codes,
    recovery_hash,
    take_code,
    take_recovery_code,
)
from yibao.access.tables import actor as actors
from yibao.access.tables import session as sessions
from yibao.access.users import log_in, set_password
from yibao.database.instants import civil_day
from yibao.database.unit import Database, Unit
from yibao.messages import message

IDLE = datetime.timedelta(minutes=30)
LONGEST = datetime.timedelta(hours=12)
LONGEST_STEP = datetime.timedelta(minutes=10)
"""How long the second step may take after the password."""
_NOTHING = Guessed()
NOWHERE = Whence()
"""Of whoever signs in without a network."""
_OF_SESSION = ("token_hash", "form_token", "idle_until", "ends_at", "awaits")
_TOUCH_AFTER = datetime.timedelta(minutes=1)
"""A page that follows soon after another writes nothing."""


class Awaits(Enum):
    """What is missing after the password."""

    CODE = "code"
    ENROLMENT = "enrolment"


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
    awaits: Awaits | None = None
    """The step without which it opens nothing."""


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

    Whoever needs a second factor has a session then that awaits it.

    ``LockedError`` after too many wrong passwords from where this one comes, whether there is
    such a login or not: the password is not looked at then.
    """
    attempt = begin_attempt(database, login, whence, at)
    actor = log_in(database, login, password, civil_day(at))
    if is_wanted(actor.role):
        return _open_first_step(database, actor, at, attempt)
    return open_session(database, actor, at, attempt)


def _open_first_step(
    database: Database, actor: Actor, at: datetime.datetime, attempt: Attempt
) -> Session:
    token, form_token = secrets.token_urlsafe(32), secrets.token_urlsafe(32)
    ends_at = at + LONGEST_STEP

    def operation(unit: Unit) -> Awaits:
        take_back_attempt(unit, attempt)
        awaits = Awaits.CODE if is_enrolled(unit, actor.id) else Awaits.ENROLMENT
        if awaits is Awaits.ENROLMENT:
            begin_enrolment(unit, actor.id)
        row = {
            "token_hash": token_hash(token),
            "actor_id": actor.id,
            "form_token": form_token,
            "idle_until": ends_at,
            "ends_at": ends_at,
            "awaits": awaits.value,
        }
        unit.run(insert(sessions), row)
        content = {"awaits": awaits.value}
        extend_chain(unit, f"{USER}{actor.id}", actor.id, "give_password", content)
        return awaits

    return Session(token, form_token, actor, ends_at, awaits=database.write(operation))


def secret_to_enrol(database: Database, session: Session) -> tuple[str, str]:
    """Login and secret for the telephone, while no code of it was shown yet."""

    def operation(unit: Unit) -> tuple[str, str]:
        login = unit.run(
            select(actors.c.login).where(actors.c.actor_id == session.actor.id)
        ).scalar_one()
        return login, awaited_secret(unit, session.actor.id) or ""

    return database.read(operation)


def finish_sign_in(
    database: Database,
    session: Session,
    code: str,
    at: datetime.datetime,
    whence: Whence = NOWHERE,
) -> tuple[Session, list[str]]:
    """The second step: a code of the telephone, or one from paper, for a whole session.

    Besides it the codes for paper, where the telephone was enrolled by this.  Codes are counted
    as passwords are: ``LockedError``, and ``UnknownActorError`` for a wrong one.
    """
    actor = session.actor
    query = select(actors.c.login).where(actors.c.actor_id == actor.id)
    login = database.read(lambda unit: unit.run(query).scalar_one())
    attempt = begin_attempt(database, login, whence, at)
    hashed = recovery_hash(database, actor.id, code)
    whole = Session(secrets.token_urlsafe(32), secrets.token_urlsafe(32), actor, at + LONGEST)

    def operation(unit: Unit) -> tuple[Guessed, list[str]] | None:
        by_paper = session.awaits is Awaits.CODE and take_recovery_code(unit, hashed, actor.id, at)
        if not by_paper and not take_code(unit, actor.id, code, at):
            return None
        this = sessions.c.token_hash == token_hash(session.token)
        if not unit.run(delete(sessions).where(this)).rowcount:
            return None  # another took the step with it
        codes: list[str] = []
        if session.awaits is Awaits.ENROLMENT:
            codes = new_recovery_codes(unit, database, actor.id)
        second = "paper" if by_paper else "telephone"
        return _begin(unit, whole, at, attempt, {"second": second}), codes

    taken = database.write(operation)
    if taken is None:
        raise UnknownActorError(message("验证码不对，或者已经用过；每 30 秒换一个"))
    guessed, codes = taken
    return replace(whole, guessed=guessed), codes


def open_session(
    database: Database, actor: Actor, at: datetime.datetime, attempt: Attempt | None = None
) -> Session:
    """A session for somebody whose identity is established; ended ones are cleared away."""
    session = Session(secrets.token_urlsafe(32), secrets.token_urlsafe(32), actor, at + LONGEST)
    guessed = database.write(lambda unit: _begin(unit, session, at, attempt, {}))
    return replace(session, guessed=guessed)


def _begin(
    unit: Unit,
    session: Session,
    at: datetime.datetime,
    attempt: Attempt | None,
    content: dict[str, Any],
) -> Guessed:
    guessed = _NOTHING if attempt is None else end_attempt(unit, attempt, at)
    unit.run(delete(sessions).where(sessions.c.idle_until < at - LONGEST))
    unit.run(
        insert(sessions),
        {
            "token_hash": token_hash(session.token),
            "actor_id": session.actor.id,
            "form_token": session.form_token,
            "idle_until": at + IDLE,
            "ends_at": session.ends_at,
            "awaits": None,
        },
    )
    if guessed.failures:
        content = {**content, "guessed": guessed.failures}
    who = session.actor.id
    extend_chain(unit, f"{USER}{who}", who, "sign_in", content)
    return guessed


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
    log_in(database, login, current, civil_day(at))
    set_password(database, actor, login, password, at)
    database.write(lambda unit: end_attempt(unit, attempt, at))


def session_of(database: Database, token: str, at: datetime.datetime) -> Session | None:
    """The session of a token, kept from going idle; None where it has ended or never was.

    None too where the second step has not been taken.
    """
    session = begun_session(database, token, at)
    return None if session is None or session.awaits is not None else session


def begun_session(database: Database, token: str, at: datetime.datetime) -> Session | None:
    """:func:`session_of`, also one that awaits the second step."""
    wanted = users(*(sessions.c[name] for name in _OF_SESSION)).join(
        sessions, sessions.c.actor_id == actors.c.actor_id
    )
    row: Any = database.read(
        lambda unit: unit.run(
            wanted.where(
                sessions.c.token_hash == token_hash(token),
                actors.c.closed_on.is_(None) | (actors.c.closed_on > civil_day(at)),
            )
        ).one_or_none()
    )
    if row is None:
        return None
    idle_until, ends_at = row.idle_until, row.ends_at
    if idle_until <= at or ends_at <= at:
        return None
    awaits = None if row.awaits is None else Awaits(row.awaits)
    if awaits is None and idle_until - at < IDLE - _TOUCH_AFTER:
        database.write(
            lambda unit: unit.run(
                update(sessions)
                .where(sessions.c.token_hash == row.token_hash)
                .values(idle_until=at + IDLE)
            )
        )
    actor = actor_of(database, row)
    return Session(token, row.form_token, actor, ends_at, awaits=awaits)


def ended_session(database: Database, token: str, form_token: str) -> str | None:
    """Whose session a form came from that has ended since; None where no page showed it.

    The row of a session stays for hours after its end; one that was signed out is gone.
    """
    if not token or not form_token:
        return None
    this = sessions.c.token_hash == token_hash(token)
    query = select(sessions.c.actor_id, sessions.c.form_token).where(this)
    row: Any = database.read(lambda unit: unit.run(query).one_or_none())
    if row is None or not secrets.compare_digest(row.form_token.encode(), form_token.encode()):
        return None
    return str(row.actor_id)


def sign_out(database: Database, token: str) -> None:
    """End a session; nothing happens where there is none."""
    this = sessions.c.token_hash == token_hash(token)

    def operation(unit: Unit) -> None:
        actor_id = unit.run(select(sessions.c.actor_id).where(this)).scalar_one_or_none()
        if actor_id is not None:
            unit.run(delete(sessions).where(this))
            extend_chain(unit, f"{USER}{actor_id}", actor_id, "sign_out", {})

    database.write(operation)
