"""Users with passwords."""

from __future__ import annotations

import datetime
import re
from collections.abc import Iterable
from typing import Any

from sqlalchemy import delete, func, insert, select, update
from sqlalchemy.exc import IntegrityError

from yibao.access import passwords
from yibao.access.actors import actor_of, users
from yibao.access.chains import extend_chain
from yibao.access.errors import UnknownActorError
from yibao.access.names import USER
from yibao.access.permissions import POSTS, Actor, Role, require
from yibao.access.tables import actor as actors
from yibao.access.tables import agency as agencies
from yibao.access.tables import session, token
from yibao.database.identifiers import new_identifier
from yibao.database.unit import Database, Unit
from yibao.errors import ConflictError, InputError, NotFoundError
from yibao.messages import message

SHORTEST_PASSWORD = 10
_OF_THE_OFFICE = (*POSTS, Role.OFFICER, Role.AUDITOR)
SYSTEM = Actor("system", Role.ADMINISTRATOR)
"""The command line of whoever runs the store: it made the database."""

_NAMES_SOMEBODY = re.compile(r"\d{17}[\dXx]|\d{15}|1\d{10}")
"""Identity and mobile numbers."""


def add_user(
    database: Database,
    by: Actor,
    login: str,
    password: str,
    role: Role,
    *,
    person_id: str | None = None,
    institution_id: str | None = None,
    employer_id: str | None = None,
    agency_id: str | None = None,
) -> Actor:
    """A new user in one role; whoever holds a post at an agency names it."""
    require(by, "manage_actors")
    if not login.strip():
        raise InputError(message("登录名不能为空"))
    if _NAMES_SOMEBODY.fullmatch(login):
        raise InputError(message("登录名不能是证件号或手机号：它在库里不加密"))
    if (role is Role.INSURED) != (person_id is not None):
        raise InputError(message("参保人用户要写明本人的编号，其他角色不写"))
    if (role is Role.INSTITUTION) != (institution_id is not None):
        raise InputError(message("机构用户要写明机构编号，其他角色不写"))
    if (role is Role.EMPLOYER) != (employer_id is not None):
        raise InputError(message("单位用户要写明单位编号，其他角色不写"))
    _check_post(role, agency_id)
    row = {
        "actor_id": new_identifier(),
        "login": login,
        "role": role.value,
        "person_id": person_id,
        "institution_id": institution_id,
        "password_hash": _hash(password),
        "closed_on": None,
        "agency_id": agency_id,
        "employer_id": employer_id,
    }

    def operation(unit: Unit) -> None:
        _require_agency(unit, agency_id)
        unit.run(insert(actors), row)
        content = {"login": login, "role": role.value, **_of_agency(agency_id)}
        extend_chain(unit, f"{USER}{row['actor_id']}", by.id, "add_user", content)

    try:
        database.write(operation)
    except IntegrityError:
        raise ConflictError(message("登录名 {login} 已经有人用了", login=login)) from None
    query = users().where(actors.c.login == login)
    return actor_of(database, database.read(lambda unit: unit.run(query).one()))


def _check_post(role: Role, agency_id: str | None) -> None:
    if role in POSTS and agency_id is None:
        raise InputError(message("{role}要写明在哪个经办机构", role=role.wording), place="agency")
    if role not in POSTS and agency_id is not None:
        raise InputError(message("只有经办机构的岗位写明经办机构"), place="agency")


def _require_agency(unit: Unit, agency_id: str | None) -> None:
    if agency_id is None:
        return
    open_one = (agencies.c.agency_id == agency_id) & agencies.c.closed_on.is_(None)
    if unit.run(select(agencies.c.agency_id).where(open_one)).one_or_none() is None:
        raise NotFoundError(message("没有经办机构 {agency}", agency=agency_id))


def _of_agency(agency_id: str | None) -> dict[str, str]:
    return {} if agency_id is None else {"agency": agency_id}


def set_post(
    database: Database,
    by: Actor,
    login: str,
    role: Role,
    agency_id: str | None,
    at: datetime.datetime,
) -> None:
    """Give a user of the office another post, or another agency; sessions and tokens end.

    From ``officer`` of stores from before there were posts too.
    """
    require(by, "manage_actors")
    if role not in _OF_THE_OFFICE:
        raise InputError(message("这个用户不能改成{role}，请另建一个", role=role.wording))
    _check_post(role, agency_id)

    def operation(unit: Unit) -> None:
        query = select(actors).where(actors.c.login == login).with_for_update()
        row = unit.run(query).one_or_none()
        if row is None:
            raise NotFoundError(message("没有用户 {login}", login=login))
        if Role(row.role) not in _OF_THE_OFFICE:
            raise InputError(message("只有经办机构的用户能换岗位"))
        _require_agency(unit, agency_id)
        changes = {"role": role.value, "agency_id": agency_id}
        unit.run(update(actors).where(actors.c.login == login).values(changes))
        content = {
            "login": login,
            "before": row.role,
            "role": role.value,
            **_of_agency(agency_id),
            **_end_all(unit, row.actor_id, at),
        }
        extend_chain(unit, f"{USER}{row.actor_id}", by.id, "set_post", content)

    database.write(operation)


def _hash(password: str) -> str:
    if len(password) < SHORTEST_PASSWORD:
        raise InputError(message("密码至少 {shortest} 位", shortest=SHORTEST_PASSWORD))
    return passwords.hasher().hash(password)


def open_login_of(unit: Unit, person_id: str) -> str | None:
    """A read fragment: the newest login of an insured person that is not closed."""
    query = (
        select(actors.c.login)
        .where(actors.c.person_id == person_id, actors.c.closed_on.is_(None))
        .order_by(actors.c.actor_id.desc())
        .limit(1)
    )
    login: str | None = unit.run(query).scalar_one_or_none()
    return login


def set_password(
    database: Database, by: Actor, login: str, password: str, at: datetime.datetime
) -> None:
    """A new password; users change their own, an administrator anybody's.

    Whoever knew the old one is out: all sessions end, and all tokens are revoked.
    """
    row = database.read(
        lambda unit: unit.run(select(actors).where(actors.c.login == login)).one_or_none()
    )
    if row is None or row.actor_id != by.id:
        require(by, "manage_actors")
    if row is None:
        raise NotFoundError(message("没有用户 {login}", login=login))
    hashed = _hash(password)

    def operation(unit: Unit) -> None:
        unit.run(update(actors).where(actors.c.login == login).values(password_hash=hashed))
        content = {"login": login, **_end_all(unit, row.actor_id, at)}
        extend_chain(unit, f"{USER}{row.actor_id}", by.id, "set_password", content)

    database.write(operation)


def _end_all(unit: Unit, actor_id: str, at: datetime.datetime) -> dict[str, int]:
    """End the sessions of a user and revoke its tokens; how many of each."""
    ended = unit.run(delete(session).where(session.c.actor_id == actor_id)).rowcount
    valid = (token.c.actor_id == actor_id) & token.c.revoked_at.is_(None)
    revoked = unit.run(select(func.count()).select_from(token).where(valid)).scalar_one()
    unit.run(update(token).where(valid).values(revoked_at=at))
    return {"sessions": ended, "tokens": revoked}


def users_of(database: Database, by: Actor) -> list[dict[str, Any]]:
    """Everybody who may sign in, by login; no password, not even its hash."""
    require(by, "manage_actors")
    hidden = {"password_hash", "agency_id"}
    shown = [column for column in actors.c if column.name not in hidden]
    query = (
        select(*shown, agencies.c.name.label("agency"))
        .join_from(actors, agencies, agencies.c.agency_id == actors.c.agency_id, isouter=True)
        .order_by(actors.c.login)
    )
    return database.read(lambda unit: [dict(row) for row in unit.run(query).mappings()])


def logins_of(database: Database, actor_ids: Iterable[str]) -> dict[str, str]:
    """What colleagues are called by; programs and the insured are not in it."""
    query = select(actors.c.actor_id, actors.c.login).where(
        actors.c.actor_id.in_(sorted(set(actor_ids))), actors.c.role != Role.INSURED.value
    )
    return database.read(lambda unit: {row.actor_id: row.login for row in unit.run(query)})


def move_logins(unit: Unit, person_id: str, to: str, *, by: Actor) -> None:
    """Let whoever signs in as one record of a person act as the other; for a room above."""
    rows = unit.run(select(actors).where(actors.c.person_id == person_id)).all()
    for row in rows:
        this_user = actors.c.actor_id == row.actor_id
        unit.run(update(actors).where(this_user).values(person_id=to))
        content = {"login": row.login, "before": person_id, "person": to}
        extend_chain(unit, f"{USER}{row.actor_id}", by.id, "move_login", content)


def close_user(database: Database, by: Actor, login: str, day: datetime.date) -> None:
    """Let a user act no longer from ``day`` on; the row stays, because events name it."""
    require(by, "manage_actors")

    def operation(unit: Unit) -> bool:
        this_login = actors.c.login == login
        actor_id = unit.run(select(actors.c.actor_id).where(this_login)).scalar_one_or_none()
        if actor_id is None:
            return False
        unit.run(update(actors).where(this_login).values(closed_on=day))
        content = {"login": login, "day": day.isoformat()}
        extend_chain(unit, f"{USER}{actor_id}", by.id, "close_user", content)
        return True

    if not database.write(operation):
        raise NotFoundError(message("没有用户 {login}", login=login))


def log_in(database: Database, login: str, password: str, day: datetime.date) -> Actor:
    """The user with this password; ``UnknownActorError`` does not say what was wrong."""
    row: Any = database.read(
        lambda unit: unit.run(users().where(actors.c.login == login)).one_or_none()
    )
    nobodys = (
        passwords.nobodys_hash()
    )  # made for everybody: the first to sign in waits as long as any
    stored = nobodys if row is None else row.password_hash
    if not passwords.is_hash_of(stored, password):
        row = None
    if row is None or (row.closed_on is not None and row.closed_on <= day):
        raise UnknownActorError(message("登录名或密码不对"))
    if passwords.hasher().check_needs_rehash(stored):
        hashed = passwords.hasher().hash(password)

        def hash_again(unit: Unit) -> None:
            unit.run(
                update(actors)
                .where(actors.c.actor_id == row.actor_id, actors.c.password_hash == stored)
                .values(password_hash=hashed)
            )
            extend_chain(unit, f"{USER}{row.actor_id}", row.actor_id, "hash_password_again", {})

        database.write(hash_again)
    return actor_of(database, row)
