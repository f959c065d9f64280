"""Who may do what: a matrix of operation and role, as data, and the guard that reads it."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
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
    WARD = "ward"
    """One's own, or those of a child in one's charge."""
    RELATIVE = "relative"
    """One's own, a ward's, or those of a relative on record."""
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
    wards: frozenset[str] = frozenset()
    """Children in this person's charge, as on record when the person signed in."""
    relatives: frozenset[str] = frozenset()
    """Relatives on record when the person signed in."""


def insured_actor(person_id: str) -> Actor:
    """The insured person, acting without a login: the person's own phone or terminal."""
    return Actor(person_id, Role.INSURED, person_id=person_id)


def officer(name: str) -> Actor:
    """Somebody at the office, or a process that acts in its stead, by name."""
    return Actor(name[:40], Role.OFFICER)


def institution_actor(institution_id: str) -> Actor:
    """An institution's system, known by its code."""
    return Actor(institution_id, Role.INSTITUTION, institution_id=institution_id)


_WHOSE = {
    Reach.OWN: "本人",
    Reach.WARD: "本人和所监护的孩子",
    Reach.RELATIVE: "本人和登记过的亲属",
    Reach.PLACE: "本机构",
}

_OWN = {Role.INSURED: Reach.OWN}
_WARD = {Role.INSURED: Reach.WARD}
_RELATIVE = {Role.INSURED: Reach.RELATIVE}
_OFFICE = {Role.OFFICER: Reach.ALL}
_PLACE = {Role.INSTITUTION: Reach.PLACE}
_AUDIT = {Role.AUDITOR: Reach.ALL}
_SYSTEM = {Role.ADMINISTRATOR: Reach.ALL}

MATRIX: Mapping[str, Mapping[Role, Reach]] = MappingProxyType(
    {
        # people
        "register": _OFFICE,
        "change_person": _OFFICE,
        "enrol": _WARD | _OFFICE,
        "find_person": _OFFICE | _PLACE | _AUDIT,
        "read_person": _WARD | _OFFICE | _PLACE | _AUDIT,
        "show_credential": _WARD,
        "scan_credential": _PLACE | _OFFICE,
        # contributions; `pay` is out of personal accounts, `contribute` as recorded at a counter
        "bill": _RELATIVE | _OFFICE,
        "order": _RELATIVE | _OFFICE,
        "pay": _RELATIVE | _OFFICE,
        "contribute": _OFFICE,
        "collect": _OFFICE | _SYSTEM,
        "refund": _OFFICE,
        "rerate": _OFFICE,
        "read_contributions": _WARD | _OFFICE | _AUDIT,
        "read_receipt": _WARD | _OFFICE | _AUDIT,
        # personal accounts
        "credit": _OFFICE,
        "transfer": _OWN,
        "close_account": _OFFICE,
        "clear_suspense": _OFFICE,
        "read_suspense": _OFFICE | _AUDIT,
        "read_account": _WARD | _OFFICE | _AUDIT,
        # mutual aid: the grantor's records, but for the consent, which is the grantee's
        "grant": _OWN | _OFFICE,
        "review_grant": _OFFICE,
        "revoke": _OWN | _OFFICE,
        "consent_to_details": _WARD | _OFFICE,
        "read_grants": _WARD | _OFFICE | _PLACE | _AUDIT,
        "read_draws": _OWN | _OFFICE | _AUDIT,
        # care; `settle_claim` is a claim with documents, at the office or sent in by an institution
        "quote": _PLACE | _WARD | _OFFICE,
        "settle": _PLACE,
        "settle_claim": _OFFICE | _PLACE,
        "reverse": _PLACE | _OFFICE,
        "readjudicate": _OFFICE,
        "read_settlement": _PLACE | _WARD | _OFFICE | _AUDIT,
        "file": _WARD | _PLACE | _OFFICE,
        "register_institution": _OFFICE,
        "load_catalogue": _OFFICE,
        # the whole store at once
        "assess_impact": _OFFICE | _AUDIT,
        "replay": _OFFICE | _AUDIT,
        "rebuild": _OFFICE | _AUDIT,
        "mend_balances": _SYSTEM,
        # ledger and audit
        "read_ledger": _OFFICE | _AUDIT,
        "snapshot": _OFFICE | _SYSTEM,
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


_TITLES = {
    "register": "参保登记",
    "change_person": "变更个人资料",
    "enrol": "参保变更",
    "find_person": "查找参保人",
    "read_person": "查看参保人资料",
    "show_credential": "出示电子凭证",
    "scan_credential": "核验电子凭证",
    "bill": "出缴费账单",
    "order": "缴费",
    "pay": "用个人账户缴费",
    "contribute": "登记柜台缴费",
    "collect": "渠道对账",
    "refund": "退费",
    "rerate": "重算缴费",
    "read_contributions": "查看缴费记录",
    "read_receipt": "查看收据",
    "credit": "划入个人账户",
    "transfer": "钱包转账",
    "close_account": "注销个人账户",
    "clear_suspense": "付出待处理的钱",
    "read_suspense": "查看待处理的钱",
    "read_account": "查看个人账户",
    "grant": "家庭共济授权",
    "review_grant": "审核共济授权",
    "revoke": "终止共济授权",
    "consent_to_details": "同意授权人看明细",
    "read_grants": "查看共济授权",
    "read_draws": "查看共济使用记录",
    "quote": "预结算",
    "settle": "结算",
    "settle_claim": "手工报销",
    "reverse": "撤销结算",
    "readjudicate": "更正结算",
    "read_settlement": "查看结算",
    "file": "备案",
    "register_institution": "登记定点机构",
    "load_catalogue": "装入目录",
    "assess_impact": "评估政策影响",
    "replay": "重算核对",
    "rebuild": "重建核对",
    "mend_balances": "修正余额",
    "read_ledger": "查账",
    "snapshot": "打快照",
    "export_ledger": "导出账目",
    "read_trail": "查看审计链",
    "verify_trail": "检查审计链",
    "seal": "封存审计链",
    "manage_actors": "管理用户",
    "manage_keys": "管理机构密钥",
}
"""What an operation is called where somebody is told that it is denied."""


def may(
    actor: Actor,
    operation: str,
    person_id: str | None = None,
    institution_id: str | None = None,
) -> bool:
    """Whether ``actor`` may do ``operation`` on this person's records, at this institution."""
    reach = MATRIX[operation].get(actor.role)
    if reach is Reach.PLACE:
        return institution_id is not None and institution_id == actor.institution_id
    if reach is None or reach is Reach.ALL:
        return reach is Reach.ALL
    if person_id is None:
        return False
    return (
        person_id == actor.person_id
        or (reach is not Reach.OWN and person_id in actor.wards)
        or (reach is Reach.RELATIVE and person_id in actor.relatives)
    )


def require_place(actor: Actor, operations: Iterable[str]) -> None:
    """``DeniedError`` unless ``actor`` may do one of these at the own institution at least.

    For what names a record whose institution is known once it is read; then :func:`require`
    follows in the same transaction.
    """
    names = list(operations)
    if not any(may(actor, name, None, actor.institution_id) for name in names):
        require(actor, names[0], None, actor.institution_id)


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
        raise DeniedError(f"{actor.role.label}没有权限办理“{_TITLES[operation]}”，没有做任何改动")
    whose = _WHOSE[reach]
    raise DeniedError(
        f"{actor.role.label}办理“{_TITLES[operation]}”只限{whose}的业务，没有做任何改动"
    )
