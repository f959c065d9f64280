"""医保电子凭证: a code that identifies a person for a few minutes, and only once."""

from __future__ import annotations

import datetime
import hashlib
import secrets
from dataclasses import dataclass
from typing import Any

from sqlalchemy import delete, insert, select, update

from yibao.access.permissions import Actor, require
from yibao.database.unit import Database, Unit
from yibao.errors import NotFoundError, RefusedError
from yibao.insured.people.activations import require_active
from yibao.insured.tables import credential, credential_activation, person
from yibao.messages import Message, message

VALID_FOR = datetime.timedelta(minutes=5)
_KEPT_FOR = datetime.timedelta(days=1)
_PREFIX = "YB"


@dataclass(frozen=True, slots=True)
class Credential:
    """A code as it is shown, once, to whoever asked for it."""

    person_id: str
    code: str
    expires_at: datetime.datetime


def is_credential(text: str) -> bool:
    """Whether a text has the form of a code, valid or not."""
    return text.startswith(_PREFIX) and len(text) == len(_PREFIX) + 32


def show_credential(
    database: Database, person_id: str, at: datetime.datetime, *, actor: Actor, device: str = ""
) -> Credential:
    """A new code for a person; earlier ones of that person that nobody used end with it.

    ``RefusedError`` where the credential is not active, or is bound to another ``device``.
    """
    require(actor, "show_credential", person_id)
    shown = Credential(person_id, _PREFIX + secrets.token_hex(16).upper(), at + VALID_FOR)

    def operation(unit: Unit) -> None:
        of_person = select(person.c.person_id).where(person.c.person_id == person_id)
        if unit.run(of_person).one_or_none() is None:
            raise NotFoundError(message("没有登记的参保人 {person_id}", person_id=person_id))
        require_active(unit, person_id, device)
        open_ones = credential.c.used_at.is_(None) & (credential.c.person_id == person_id)
        unit.run(delete(credential).where(open_ones))
        unit.run(delete(credential).where(credential.c.expires_at < at - _KEPT_FOR))
        unit.run(
            insert(credential),
            {
                "code_hash": _hash(shown.code),
                "person_id": person_id,
                "shown_by": actor.id,
                "expires_at": shown.expires_at,
                "used_at": None,
                "used_by": None,
            },
        )

    database.write(operation)
    return shown


def scan_credential(database: Database, code: str, at: datetime.datetime, *, actor: Actor) -> str:
    """Whom a code identifies; it is used up.  ``RefusedError`` says why it is not taken."""
    require(actor, "scan_credential", institution_id=actor.institution_id, area=actor.area)
    this = credential.c.code_hash == _hash(code)

    is_active = (
        select(credential_activation.c.person_id)
        .where(
            credential_activation.c.person_id == credential.c.person_id,
            credential_activation.c.ended_at.is_(None),
        )
        .exists()
    )

    def operation(unit: Unit) -> str | None:
        taken: str | None = unit.run(
            update(credential)
            .where(this, credential.c.used_at.is_(None), credential.c.expires_at >= at)
            .where(is_active)
            .values(used_at=at, used_by=actor.institution_id or actor.id)
            .returning(credential.c.person_id)
        ).scalar_one_or_none()
        return taken

    shown_by = database.read(
        lambda unit: unit.run(select(credential.c.person_id).where(this)).scalar_one_or_none()
    )
    if shown_by is not None:
        # Before it is used up: the counter where it belongs can still take it.
        require(actor, "scan_credential", shown_by, actor.institution_id)
    person_id = database.write(operation)
    if person_id is None:
        row: Any = database.read(
            lambda unit: unit.run(select(credential).where(this)).one_or_none()
        )
        raise RefusedError(_why(row, at))
    return person_id


def _why(row: Any, at: datetime.datetime) -> Message:
    if row is None:
        return message("电子凭证无效或已更换，请参保人重新打开二维码")
    if row.used_at is not None:
        return message("电子凭证已经用过一次，请参保人重新打开二维码")
    minutes = int((at - row.expires_at).total_seconds() // 60)
    return message("电子凭证已过期 {minutes} 分钟，请参保人重新打开二维码", minutes=max(minutes, 1))


def _hash(code: str) -> str:
    return hashlib.sha256(code.encode()).hexdigest()
