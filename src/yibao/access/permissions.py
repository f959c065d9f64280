"""Who may do what: a matrix of operation and role, as data, and the guard that reads it."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from enum import Enum
from types import MappingProxyType

from yibao.access.errors import DeniedError


class Role(Enum):
    """What somebody is to the insurance."""

    INSURED = "insured"
    OFFICER = "officer"
    INSTITUTION = "institution"
    AUDITOR = "auditor"
    ADMINISTRATOR = "administrator"

    @property
    def label(self) -> str:
        return _LABELS[self]


_LABELS = {
    Role.INSURED: "参保人",
    Role.OFFICER: "经办人员",
    Role.INSTITUTION: "定点医药机构",
    Role.AUDITOR: "审计人员",
    Role.ADMINISTRATOR: "系统管理员",
}


class Reach(Enum):
    """Whose records an operation may touch."""

    OWN = "own"
    """The insured person's own."""
    PLACE = "place"
    """Anybody's, at the actor's own institution."""
    ALL = "all"


@dataclass(frozen=True, slots=True)
class Actor:
    """Somebody, or an institution's system, that acts."""

    id: str
    role: Role
    person_id: str | None = None
    institution_id: str | None = None


_OWN = {Role.INSURED: Reach.OWN}
_OFFICE = {Role.OFFICER: Reach.ALL}
_PLACE = {Role.INSTITUTION: Reach.PLACE}
_AUDIT = {Role.AUDITOR: Reach.ALL}
_SYSTEM = {Role.ADMINISTRATOR: Reach.ALL}

MATRIX: Mapping[str, Mapping[Role, Reach]] = MappingProxyType(
    {
        # people
        "register": _OFFICE,
        "change_person": _OFFICE,
        "enrol": _OWN | _OFFICE,
        "read_person": _OWN | _OFFICE | _AUDIT,
        # contributions and personal accounts; `pay` names whose account pays
        "contribute": _OWN | _OFFICE,
        "pay": _OWN,
        "refund": _OFFICE,
        "credit": _OFFICE,
        "transfer": _OWN,
        "read_account": _OWN | _OFFICE | _AUDIT,
        # mutual aid: the grantor's records
        "grant": _OWN | _OFFICE,
        "review_grant": _OFFICE,
        "revoke": _OWN | _OFFICE,
        # care
        "quote": _PLACE | _OWN | _OFFICE,
        "settle": _PLACE,
        "reverse": _PLACE | _OFFICE,
        "readjudicate": _OFFICE,
        "read_settlement": _PLACE | _OWN | _OFFICE | _AUDIT,
        "file": _OWN | _PLACE | _OFFICE,
        "review_filing": _OFFICE,
        "register_institution": _OFFICE,
        "load_catalogue": _OFFICE,
        # ledger and audit
        "read_ledger": _OFFICE | _AUDIT,
        "snapshot": _OFFICE,
        "export_ledger": _OFFICE | _AUDIT,
        "read_trail": _OWN | _AUDIT,
        "verify_trail": _AUDIT | _SYSTEM,
        "seal": _AUDIT | _SYSTEM,
        # access itself: whoever gives out the keys reads nobody's records
        "manage_actors": _SYSTEM,
        "manage_keys": _SYSTEM,
    }
)
"""Operation -> role -> reach; a role that is not named may not."""


def may(
    actor: Actor,
    operation: str,
    person_id: str | None = None,
    institution_id: str | None = None,
) -> bool:
    """Whether ``actor`` may do ``operation`` on this person's records, at this institution."""
    reach = MATRIX[operation].get(actor.role)
    if reach is Reach.OWN:
        return person_id is not None and person_id == actor.person_id
    if reach is Reach.PLACE:
        return institution_id is not None and institution_id == actor.institution_id
    return reach is Reach.ALL


def require(
    actor: Actor,
    operation: str,
    person_id: str | None = None,
    institution_id: str | None = None,
) -> None:
    """``DeniedError`` unless :func:`may`; called before an operation begins its transaction."""
    if may(actor, operation, person_id, institution_id):
        return
    reach = MATRIX[operation].get(actor.role)
    if reach is None:
        raise DeniedError(f"{actor.role.label}没有办理 {operation} 的权限，没有做任何改动")
    whose = "本人" if reach is Reach.OWN else "本机构"
    raise DeniedError(f"{actor.role.label}办理 {operation} 只限{whose}的业务，没有做任何改动")
