"""Users with passwords, and the keys of institutions."""

from __future__ import annotations

import datetime
import hmac
import secrets
from dataclasses import dataclass
from typing import Any

from argon2 import PasswordHasher
from argon2.exceptions import InvalidHashError, VerificationError
from sqlalchemy import insert, select, update
from sqlalchemy.exc import IntegrityError

from yibao.access.chains import extend_chain
from yibao.access.errors import UnknownActorError
from yibao.access.names import INSTITUTION, USER
from yibao.access.permissions import Actor, Role, require
from yibao.access.tables import actor as actors
from yibao.access.tables import institution_key
from yibao.database.identifiers import new_identifier
from yibao.database.unit import Database, Unit
from yibao.errors import ConflictError, InputError, NotFoundError
from yibao.messages import message

SHORTEST_PASSWORD = 10
SYSTEM = Actor("system", Role.ADMINISTRATOR)
"""The command line of whoever runs the store: it made the database."""

_HASHER = PasswordHasher()
_NOBODY = _HASHER.hash(secrets.token_hex(16))
"""Checked where there is no such user, so that the time taken tells nothing."""


def add_user(
    database: Database,
    by: Actor,
    login: str,
    password: str,
    role: Role,
    *,
    person_id: str | None = None,
    institution_id: str | None = None,
) -> Actor:
    """A new user in one role."""
    require(by, "manage_actors")
    if not login.strip():
        raise InputError(message("登录名不能为空"))
    if (role is Role.INSURED) != (person_id is not None):
        raise InputError(message("参保人用户要写明本人的编号，其他角色不写"))
    if (role is Role.INSTITUTION) != (institution_id is not None):
        raise InputError(message("机构用户要写明机构编号，其他角色不写"))
    row = {
        "actor_id": new_identifier(),
        "login": login,
        "role": role.value,
        "person_id": person_id,
        "institution_id": institution_id,
        "password_hash": _hash(password),
        "closed_on": None,
    }

    def operation(unit: Unit) -> None:
        unit.run(insert(actors), row)
        content = {"login": login, "role": role.value}
        extend_chain(unit, f"{USER}{row['actor_id']}", by.id, "add_user", content)

    try:
        database.write(operation)
    except IntegrityError:
        raise ConflictError(message("登录名 {login} 已经有人用了", login=login)) from None
    return Actor(str(row["actor_id"]), role, person_id, institution_id)


def _hash(password: str) -> str:
    if len(password) < SHORTEST_PASSWORD:
        raise InputError(message("密码至少 {shortest} 位", shortest=SHORTEST_PASSWORD))
    return _HASHER.hash(password)


def set_password(database: Database, by: Actor, login: str, password: str) -> None:
    """A new password; users change their own, an administrator anybody's."""
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
        extend_chain(unit, f"{USER}{row.actor_id}", by.id, "set_password", {"login": login})

    database.write(operation)


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
        lambda unit: unit.run(select(actors).where(actors.c.login == login)).one_or_none()
    )
    stored = _NOBODY if row is None else row.password_hash
    try:
        _HASHER.verify(stored, password)
    except (VerificationError, InvalidHashError):
        row = None
    if row is None or (row.closed_on is not None and row.closed_on <= day):
        raise UnknownActorError(message("登录名或密码不对"))
    if _HASHER.check_needs_rehash(stored):
        hashed = _HASHER.hash(password)

        def hash_again(unit: Unit) -> None:
            unit.run(
                update(actors)
                .where(actors.c.actor_id == row.actor_id, actors.c.password_hash == stored)
                .values(password_hash=hashed)
            )
            extend_chain(unit, f"{USER}{row.actor_id}", row.actor_id, "hash_password_again", {})

        database.write(hash_again)
    return Actor(row.actor_id, Role(row.role), row.person_id, row.institution_id)


# --- institutions --------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class InstitutionKey:
    """A key as its institution receives it, once."""

    key_id: str
    secret: str
    """64 hexadecimal digits; the store keeps it encrypted only."""


def issue_key(
    database: Database,
    by: Actor,
    institution_id: str,
    valid_from: datetime.date,
    valid_to: datetime.date | None = None,
) -> InstitutionKey:
    """A new key; older ones keep their days, so that an institution can change over."""
    require(by, "manage_keys", institution_id=institution_id)
    if valid_to is not None and valid_to < valid_from:
        raise InputError(message("密钥的末日不能早于首日"))
    key = InstitutionKey(new_identifier(), secrets.token_hex(32))
    row = {
        "key_id": key.key_id,
        "institution_id": institution_id,
        "secret_cipher": database.secrets.encrypt(key.secret, key.key_id),
        "valid_from": valid_from,
        "valid_to": valid_to,
    }

    def operation(unit: Unit) -> None:
        unit.run(insert(institution_key), row)
        content = {"key": key.key_id, "from": valid_from.isoformat()}
        extend_chain(unit, f"{INSTITUTION}{institution_id}", by.id, "issue_key", content)

    database.write(operation)
    return key


def revoke_key(database: Database, by: Actor, key_id: str, last_day: datetime.date) -> None:
    """End a key with ``last_day``, or earlier where it ended before."""
    require(by, "manage_keys")
    row: Any = database.read(
        lambda unit: unit.run(
            select(institution_key).where(institution_key.c.key_id == key_id)
        ).one_or_none()
    )
    if row is None:
        raise NotFoundError(message("没有机构密钥 {key_id}", key_id=key_id))

    def operation(unit: Unit) -> None:
        unit.run(
            update(institution_key)
            .where(
                institution_key.c.key_id == key_id,
                (institution_key.c.valid_to > last_day) | institution_key.c.valid_to.is_(None),
            )
            .values(valid_to=last_day)
        )
        content = {"key": key_id, "last_day": last_day.isoformat()}
        extend_chain(unit, f"{INSTITUTION}{row.institution_id}", by.id, "revoke_key", content)

    database.write(operation)


def key_secret(database: Database, key_id: str, day: datetime.date) -> tuple[Actor, str]:
    """Whose key this is and its secret, for checking a signature."""
    row: Any = database.read(
        lambda unit: unit.run(
            select(institution_key).where(institution_key.c.key_id == key_id)
        ).one_or_none()
    )
    if row is None or day < row.valid_from or (row.valid_to is not None and row.valid_to < day):
        raise UnknownActorError(message("机构密钥不存在或不在有效期内"))
    secret = database.secrets.decrypt(row.secret_cipher, row.key_id)
    return Actor(row.key_id, Role.INSTITUTION, institution_id=row.institution_id), secret


def actor_of_key(database: Database, key_id: str, secret: str, day: datetime.date) -> Actor:
    """The institution that shows this key."""
    actor, stored_secret = key_secret(database, key_id, day)
    if not hmac.compare_digest(stored_secret.encode(), secret.encode()):
        raise UnknownActorError(message("机构密钥不存在或不在有效期内"))
    return actor
