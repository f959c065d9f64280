"""Bearer tokens: a person makes one for a program, sees it once, and takes it back.

The store keeps a hash only.  A token acts as its maker, no further than it was made for,
until it expires or is revoked.
"""

from __future__ import annotations

import datetime
import hashlib
import secrets
from dataclasses import dataclass
from typing import Any

from sqlalchemy import insert, select, update
from sqlalchemy.exc import IntegrityError

from yibao.access.actors import actor_of, users
from yibao.access.chains import extend_chain
from yibao.access.errors import UnknownActorError
from yibao.access.names import USER
from yibao.access.permissions import Actor
from yibao.access.tables import actor as actors
from yibao.access.tables import token
from yibao.database.identifiers import new_identifier
from yibao.database.unit import Database, Unit
from yibao.errors import ConflictError, InputError, NotFoundError
from yibao.messages import message

PREFIX = "yibao_"
MOST_DAYS = 366
MOST_TOKENS = 20
MOST_NAME = 40
_BYTES = 32


@dataclass(frozen=True, slots=True)
class Token:
    """A token as its maker sees it; never the secret."""

    token: str
    name: str
    writes: bool
    """Whether it may change anything; else it reads only."""
    created_at: datetime.datetime
    expires_at: datetime.datetime
    revoked_at: datetime.datetime | None

    def holds_at(self, at: datetime.datetime) -> bool:
        return self.revoked_at is None and at < self.expires_at


def _hash(secret: str) -> str:
    # 256 random bits need no slow hash: nobody guesses them.
    return hashlib.sha256(secret.encode()).hexdigest()


def _token_of(row: Any) -> Token:
    return Token(
        row.token_id,
        row.name,
        row.writes,
        row.created_at,
        row.expires_at,
        row.revoked_at,
    )


def make_token(
    database: Database,
    by: Actor,
    name: str,
    days: int,
    *,
    writes: bool,
    at: datetime.datetime,
    token_id: str | None = None,
) -> tuple[Token, str]:
    """A new token for ``by`` with its secret, which is shown this once.

    ``InputError`` for a name or time out of bounds; ``ConflictError`` for too many, or
    for a ``token_id`` that was made before.
    """
    if not 0 < len(name.strip()) <= MOST_NAME:
        raise InputError(message("给令牌起个名字，最多 {most} 个字", most=MOST_NAME), place="name")
    if not 1 <= days <= MOST_DAYS:
        raise InputError(message("有效期 1 到 {most} 天", most=MOST_DAYS), place="days")
    secret = PREFIX + secrets.token_urlsafe(_BYTES)
    row = {
        "token_id": token_id or new_identifier(),
        "actor_id": by.id,
        "name": name.strip(),
        "secret_hash": _hash(secret),
        "writes": writes,
        "created_at": at,
        "expires_at": at + datetime.timedelta(days=days),
        "revoked_at": None,
    }

    def operation(unit: Unit) -> None:
        # The maker's row is locked, so that two at once are counted one after the other.
        maker = unit.run(
            select(actors.c.actor_id).where(actors.c.actor_id == by.id).with_for_update()
        ).one_or_none()
        if maker is None:
            raise NotFoundError(message("没有用户 {id}", id=by.id))
        valid_tokens = sum(old_token.holds_at(at) for old_token in _tokens(unit, by.id))
        if valid_tokens >= MOST_TOKENS:
            raise ConflictError(
                message("最多 {most} 个有效的令牌，请先撤销不用的", most=MOST_TOKENS)
            )
        unit.run(insert(token), row)
        content = {"token": row["token_id"], "writes": writes}
        extend_chain(unit, f"{USER}{by.id}", by.id, "make_token", content)

    try:
        database.write(operation)
    except IntegrityError:
        raise ConflictError(
            message("这个令牌已经建好，密文只显示一次；没有抄下来就撤销，再建一个")
        ) from None
    new_token = Token(
        str(row["token_id"]), name.strip(), writes, at, at + datetime.timedelta(days=days), None
    )
    return new_token, secret


def _tokens(unit: Unit, actor_id: str) -> list[Token]:
    rows = unit.run(
        select(token).where(token.c.actor_id == actor_id).order_by(token.c.token_id.desc())
    )
    return [_token_of(row) for row in rows]


def tokens_of(database: Database, by: Actor) -> list[Token]:
    """The tokens that ``by`` made, the newest first, ended ones too."""
    return database.read(lambda unit: _tokens(unit, by.id))


def revoke_token(database: Database, by: Actor, token_id: str, at: datetime.datetime) -> None:
    """Take a token back from now on; ``NotFoundError`` for one that ``by`` did not make."""
    mine = (token.c.token_id == token_id) & (token.c.actor_id == by.id)

    def operation(unit: Unit) -> None:
        if unit.run(select(token.c.token_id).where(mine)).one_or_none() is None:
            raise NotFoundError(message("没有令牌 {token_id}", token_id=token_id))
        unit.run(update(token).where(mine, token.c.revoked_at.is_(None)).values(revoked_at=at))
        extend_chain(unit, f"{USER}{by.id}", by.id, "revoke_token", {"token": token_id})

    database.write(operation)


def actor_of_token(
    database: Database, secret: str, at: datetime.datetime, day: datetime.date
) -> tuple[Actor, Token]:
    """Who shows this token, and what it was made for; ``UnknownActorError``.

    ``day``: the civil day of ``at``, for users who were closed.
    """
    row: Any = database.read(
        lambda unit: unit.run(
            users(*(column for column in token.c if column.name != "actor_id"))
            .join(token, token.c.actor_id == actors.c.actor_id)
            .where(token.c.secret_hash == _hash(secret))
        ).one_or_none()
    )
    closed = row is not None and row.closed_on is not None and row.closed_on <= day
    if row is None or closed or not _token_of(row).holds_at(at):
        raise UnknownActorError(message("令牌不存在、已撤销或已过期"))
    return actor_of(database, row), _token_of(row)
