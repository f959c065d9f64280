"""The second factor: codes of a telephone (TOTP, RFC 6238), and the codes that replace it once.

Whoever is not insured has one.  A code is taken once, one of the step before still counts, and
none is looked at before the attempt has been counted (:mod:`yibao.access.guesses`).
"""

from __future__ import annotations

import base64
import datetime
import hmac
import secrets

from cryptography.hazmat.primitives.hashes import SHA1
from cryptography.hazmat.primitives.twofactor.totp import TOTP
from sqlalchemy import delete, insert, select, update

from yibao.access.chains import extend_chain
from yibao.access.names import USER
from yibao.access.permissions import Actor, Role, require
from yibao.access.tables import actor as actors
from yibao.access.tables import recovery_code, second_factor, session
from yibao.database.unit import Database, Unit
from yibao.errors import NotFoundError
from yibao.messages import message

STEP = 30
"""Seconds for which a code is shown."""
DIGITS = 6
RECOVERY_CODES = 8
_SECRET_BYTES, _RECOVERY_BYTES = 20, 5
_ISSUER = "yibao"
_NEVER = -1


def is_wanted(role: Role) -> bool:
    """Whether a user in this role has to have one."""
    return role is not Role.INSURED


def _totp(secret: str) -> TOTP:
    # SHA-1, because that is what every app on a telephone knows; RFC 6238 has no other default.
    return TOTP(base64.b32decode(secret), DIGITS, SHA1(), STEP)


def new_secret() -> str:
    """160 random bits in base32, as apps take them."""
    return base64.b32encode(secrets.token_bytes(_SECRET_BYTES)).decode()


def code_at(secret: str, at: datetime.datetime) -> str:
    """What the telephone shows."""
    return _totp(secret).generate(int(at.timestamp())).decode()


def address_of(secret: str, login: str) -> str:
    """What a telephone reads as a QR code (``otpauth:``)."""
    return _totp(secret).get_provisioning_uri(login, _ISSUER)


def _step_of(secret: str, code: str, at: datetime.datetime) -> int | None:
    """The step whose code this is, of those that count now; None: of none."""
    now = int(at.timestamp()) // STEP
    matching = [
        step
        for step in (now - 1, now)
        if hmac.compare_digest(_totp(secret).generate(step * STEP), code.encode())
    ]
    return matching[-1] if matching else None


def begin_enrolment(unit: Unit, actor_id: str) -> None:
    """A secret to be shown, unless one waits for its first code already."""
    if unit.run(select(second_factor).where(second_factor.c.actor_id == actor_id)).one_or_none():
        return
    row = {
        "actor_id": actor_id,
        "secret": new_secret(),
        "confirmed_at": None,
        "last_step": _NEVER,
    }
    unit.run(insert(second_factor), row)


def is_enrolled(unit: Unit, actor_id: str) -> bool:
    """Whether a first code was shown."""
    query = select(second_factor.c.confirmed_at).where(second_factor.c.actor_id == actor_id)
    return unit.run(query).scalar_one_or_none() is not None


def awaited_secret(unit: Unit, actor_id: str) -> str | None:
    """The secret while it waits for its first code; None afterwards: it is not shown again."""
    query = select(second_factor.c.secret).where(
        second_factor.c.actor_id == actor_id, second_factor.c.confirmed_at.is_(None)
    )
    secret: str | None = unit.run(query).scalar_one_or_none()
    return secret


def take_code(unit: Unit, actor_id: str, written: str, at: datetime.datetime) -> bool:
    """Whether the telephone's code is right and was not taken before; it is taken now."""
    mine = second_factor.c.actor_id == actor_id
    row = unit.run(select(second_factor).where(mine).with_for_update()).one_or_none()
    step = None if row is None else _step_of(row.secret, "".join(written.split()), at)
    if row is None or step is None or step <= row.last_step:
        return False
    confirmed_at = row.confirmed_at or at
    unit.run(update(second_factor).where(mine).values(last_step=step, confirmed_at=confirmed_at))
    return True


def take_recovery_code(unit: Unit, hashed: str, actor_id: str, at: datetime.datetime) -> bool:
    """Whether a code from paper is one of this user's that was not used; it is used now."""
    this = (recovery_code.c.actor_id == actor_id) & (recovery_code.c.code_hash == hashed)
    row = unit.run(select(recovery_code).where(this).with_for_update()).one_or_none()
    if row is None or row.used_at is not None:
        return False
    unit.run(update(recovery_code).where(this).values(used_at=at))
    return True


def recovery_hash(database: Database, actor_id: str, written: str) -> str:
    """What a code from paper is found by, however it was typed."""
    plain = "".join(letter for letter in written.upper() if letter.isalnum())
    return database.secrets.lasting_hash(f"recovery code {actor_id} {plain}")


def new_recovery_codes(unit: Unit, database: Database, actor_id: str) -> list[str]:
    """Codes for paper, shown this once; those of before hold no longer."""
    unit.run(delete(recovery_code).where(recovery_code.c.actor_id == actor_id))
    codes = []
    for _ in range(RECOVERY_CODES):
        plain = base64.b32encode(secrets.token_bytes(_RECOVERY_BYTES)).decode()
        hashed = recovery_hash(database, actor_id, plain)
        row = {"actor_id": actor_id, "code_hash": hashed, "used_at": None}
        unit.run(insert(recovery_code), row)
        codes.append(f"{plain[:4]}-{plain[4:]}")
    return codes


def reset_second_factor(database: Database, by: Actor, login: str) -> None:
    """The telephone is gone: the next sign-in enrols another; whoever is signed in is out."""
    require(by, "manage_actors")

    def operation(unit: Unit) -> None:
        query = select(actors.c.actor_id).where(actors.c.login == login)
        actor_id = unit.run(query).scalar_one_or_none()
        if actor_id is None:
            raise NotFoundError(message("没有用户 {login}", login=login))
        _forget(unit, actor_id)
        ended = unit.run(delete(session).where(session.c.actor_id == actor_id)).rowcount
        content = {"login": login, "sessions": ended}
        extend_chain(unit, f"{USER}{actor_id}", by.id, "reset_second_factor", content)

    database.write(operation)


def _forget(unit: Unit, actor_id: str) -> None:
    unit.run(delete(second_factor).where(second_factor.c.actor_id == actor_id))
    unit.run(delete(recovery_code).where(recovery_code.c.actor_id == actor_id))


def set_second_factor(
    database: Database, by: Actor, actor_id: str, secret: str, at: datetime.datetime
) -> None:
    """Give a user a secret that somebody else knows: for the logins of a sandbox alone."""
    require(by, "manage_actors")
    if not database.is_sandbox():
        raise NotFoundError(message("只有沙箱的用户有别人知道的验证码"))

    def operation(unit: Unit) -> None:
        _forget(unit, actor_id)
        row = {
            "actor_id": actor_id,
            "secret": secret,
            "confirmed_at": at,
            "last_step": _NEVER,
        }
        unit.run(insert(second_factor), row)
        extend_chain(unit, f"{USER}{actor_id}", by.id, "set_second_factor", {})

    database.write(operation)
