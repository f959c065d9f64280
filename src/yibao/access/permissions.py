"""Who may do what: a matrix of operation and role, as data, and the guard that reads it."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from enum import Enum
from types import MappingProxyType

from yibao.access.errors import DeniedError
from yibao.access.titles import TITLES
from yibao.messages import Text, message, message_in


class Role(Enum):
    """What somebody is to the insurance."""

    INSURED = "insured"
    OFFICER = "officer"
    """Everything at a counter, wherever somebody lives: programs that act in the office's stead,
    and logins of stores from before there were posts."""
    CLERK = "clerk"
    REVIEWER = "reviewer"
    SECOND = "second"
    CASHIER = "cashier"
    INSPECTOR = "inspector"
    LEGAL = "legal"
    HEAD = "head"
    INSTITUTION = "institution"
    EMPLOYER = "employer"
    AUDITOR = "auditor"
    ADMINISTRATOR = "administrator"

    @property
    def wording(self) -> Text:
        """What it is called, in any language."""
        return _LABELS[self]

    @property
    def label(self) -> str:
        return str(self.wording)


_LABELS: Mapping[Role, Text] = {
    Role.INSURED: message_in("role", "参保人"),
    Role.OFFICER: message_in("role", "经办人员"),
    Role.CLERK: message_in("role", "受理岗"),
    Role.REVIEWER: message_in("role", "初审岗"),
    Role.SECOND: message_in("role", "复审岗"),
    Role.CASHIER: message_in("role", "财务岗"),
    Role.INSPECTOR: message_in("role", "执法人员"),
    Role.LEGAL: message_in("role", "法制审核"),
    Role.HEAD: message_in("role", "负责人"),
    Role.INSTITUTION: message_in("role", "定点医药机构"),
    Role.EMPLOYER: message_in("role", "参保单位"),
    Role.AUDITOR: message_in("role", "审计人员"),
    Role.ADMINISTRATOR: message_in("role", "系统管理员"),
}


POSTS = (
    Role.CLERK,
    Role.REVIEWER,
    Role.SECOND,
    Role.CASHIER,
    Role.INSPECTOR,
    Role.LEGAL,
    Role.HEAD,
)
"""Roles of the agency's staff: each acts for an agency, on the people of its area."""


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
    FIRM = "firm"
    """What concerns the actor's own employer."""
    AREA = "area"
    """Anybody's who is insured in the area of the actor's agency."""
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
    employer_id: str | None = None
    agency_id: str | None = None
    area: str | None = None
    """Of the agency that the actor works for."""
    lives_here: Callable[[str], bool] | None = field(default=None, compare=False, repr=False)
    """Whether a person's area is within the agency's; one whom nobody knows is nobody's."""


def insured_actor(person_id: str) -> Actor:
    """The insured person, acting without a login: the person's own phone or terminal."""
    return Actor(person_id, Role.INSURED, person_id=person_id)


def officer(name: str) -> Actor:
    """Somebody at the office, or a process that acts in its stead, by name."""
    return Actor(name[:40], Role.OFFICER)


def institution_actor(institution_id: str) -> Actor:
    """An institution's system, known by its code."""
    return Actor(institution_id, Role.INSTITUTION, institution_id=institution_id)


_WHOSE: Mapping[Reach, Text] = {
    Reach.OWN: message_in("whose", "本人"),
    Reach.WARD: message("本人和所监护的孩子"),
    Reach.RELATIVE: message("本人和登记过的亲属"),
    Reach.PLACE: message("本机构"),
    Reach.FIRM: message("本单位"),
    Reach.AREA: message("本统筹区"),
}


def _staff(*posts: Role) -> dict[Role, Reach]:
    """These posts, each within its area, and whoever is the whole office."""
    return {Role.OFFICER: Reach.ALL} | dict.fromkeys(posts, Reach.AREA)


_OWN = {Role.INSURED: Reach.OWN}
_WARD = {Role.INSURED: Reach.WARD}
_RELATIVE = {Role.INSURED: Reach.RELATIVE}
_OFFICE = _staff()
_COUNTER = _staff(Role.CLERK)
_DECIDING = _staff(Role.REVIEWER)
_CONFIRMING = _staff(Role.SECOND)
_MONEY = _staff(Role.CASHIER)
_LOOKING = _staff(Role.CLERK, Role.REVIEWER, Role.SECOND, Role.CASHIER, Role.INSPECTOR, Role.HEAD)
"""Whoever has to know the person to do the post's work; legal review reads cases alone."""
_JUDGING = _staff(Role.CLERK, Role.REVIEWER, Role.SECOND, Role.INSPECTOR, Role.HEAD)
"""Whoever has to know the care too; a cashier pays what others decided."""
_PLACE = {Role.INSTITUTION: Reach.PLACE}
_FIRM = {Role.EMPLOYER: Reach.FIRM}
_AUDIT = {Role.AUDITOR: Reach.ALL}
_SYSTEM = {Role.ADMINISTRATOR: Reach.ALL}

MATRIX: Mapping[str, Mapping[Role, Reach]] = MappingProxyType(
    {
        # people
        "register": _COUNTER,
        "change_person": _COUNTER,
        "enrol": _COUNTER,
        "apply": _WARD | _COUNTER,
        "find_person": _LOOKING | _PLACE | _AUDIT,
        "read_person": _WARD | _LOOKING | _PLACE | _AUDIT,
        "activate_credential": _WARD,
        "show_credential": _WARD,
        "end_credential": _WARD | _COUNTER,
        "scan_credential": _PLACE | _COUNTER,
        # contributions; `pay` is out of personal accounts, `contribute` as recorded at a counter
        "bill": _RELATIVE | _COUNTER,
        "order": _RELATIVE | _COUNTER,
        "pay": _RELATIVE | _staff(Role.CLERK, Role.CASHIER),
        "contribute": _MONEY,
        "collect": _OFFICE | _SYSTEM,
        "refund": _MONEY,
        "rerate": _CONFIRMING,
        "read_contributions": _WARD | _LOOKING | _AUDIT,
        "read_receipt": _WARD | _LOOKING | _AUDIT,
        # employers: their staff, months and money, never anybody's care
        "register_employer": _COUNTER,
        "set_terms": _staff(Role.HEAD),
        "read_employer": _FIRM | _LOOKING | _AUDIT,
        "declare": _FIRM | _COUNTER,
        "order_for_staff": _FIRM,
        "apply_for_staff": _FIRM,
        "assess": _CONFIRMING,
        "book_money": _MONEY,
        "return_money": _MONEY,
        "reconcile": _MONEY,
        "read_reconciliation": _MONEY | _AUDIT,
        # the fund's own books: whoever enters money or prepares a closing never signs it
        "carry_fund": _MONEY,
        "enter_fund_money": _MONEY,
        "sign_fund_money": _staff(Role.SECOND, Role.HEAD),
        "enter_budget": _MONEY,
        "approve_budget": _staff(Role.HEAD),
        "prepare_closing": _MONEY,
        "close_month": _staff(Role.HEAD),
        "read_finance": _staff(Role.CASHIER, Role.SECOND, Role.HEAD) | _AUDIT,
        # counted of everybody, with small numbers of people left out
        "read_statistics": _staff(Role.CASHIER, Role.SECOND, Role.INSPECTOR, Role.HEAD) | _AUDIT,
        # personal accounts
        "credit": _MONEY,
        "transfer": _OWN,
        "close_account": _CONFIRMING,
        "clear_suspense": _MONEY,
        "find_overpaid": _COUNTER,
        "recover": _MONEY,
        "read_suspense": _MONEY | _AUDIT,
        "read_account": _WARD | _LOOKING | _AUDIT,
        # mutual aid: the grantor's records, but for the consent, which is the grantee's
        "grant": _OWN | _COUNTER,
        "review_grant": _DECIDING,
        "revoke": _OWN | _COUNTER,
        "consent_to_details": _WARD | _COUNTER,
        "read_grants": _WARD | _JUDGING | _AUDIT,
        "read_draws": _OWN | _JUDGING | _AUDIT,
        # care; `settle_claim` is a claim with documents, at the office or sent in by an institution
        "quote": _PLACE | _WARD | _JUDGING,
        "settle": _PLACE,
        "settle_claim": _CONFIRMING | _PLACE,
        "reverse": _PLACE | _CONFIRMING,
        "readjudicate": _CONFIRMING,
        "pay_after_year": _CONFIRMING,
        "read_settlement": _PLACE | _WARD | _JUDGING | _AUDIT,
        "file": _WARD | _PLACE | _COUNTER,
        "register_institution": _staff(Role.HEAD),
        "load_catalogue": _OFFICE,
        # what institutions charge: whoever handed a list in never confirms it
        "list_prices": _PLACE | _COUNTER,
        "confirm_prices": _DECIDING,
        "read_prices": _PLACE | _LOOKING | _AUDIT,
        # an area's catalogue: whoever drew a change up never confirms it
        "change_catalogue": _DECIDING,
        "confirm_catalogue": _CONFIRMING,
        # the whole store at once
        "assess_impact": _OFFICE | _AUDIT,
        "replay": _OFFICE | _AUDIT,
        "rebuild": _OFFICE | _AUDIT,
        # cases: which step of a case is whose, its kind says (`yibao.office`)
        "open_case": _WARD | _PLACE | _FIRM | _COUNTER,
        "move_case": _WARD | _PLACE | _FIRM | _staff(*POSTS),
        "hand_in": _WARD | _PLACE | _FIRM | _staff(Role.CLERK, Role.INSPECTOR),
        "note_case": _staff(*POSTS),
        "read_case": _WARD | _PLACE | _FIRM | _staff(*POSTS) | _AUDIT,
        "read_cases": _WARD | _JUDGING | _AUDIT,
        # payments: whoever makes a batch never signs it
        "draft_payments": _MONEY,
        "sign_payments": _staff(Role.HEAD),
        "send_payments": _MONEY,
        "drop_payments": _staff(Role.CASHIER, Role.HEAD),
        "answer_payments": _MONEY,
        "read_payments": _staff(Role.CASHIER, Role.HEAD) | _AUDIT,
        # clearing with institutions: nobody acts in two posts on one application
        "agree_clearing": _staff(Role.CLERK, Role.HEAD),
        "apply_clearing": _PLACE | _COUNTER,
        "appeal_clearing": _PLACE,
        "take_clearing": _COUNTER,
        "review_clearing": _DECIDING,
        "confirm_clearing": _CONFIRMING,
        "sign_clearing": _staff(Role.HEAD),
        "advance_clearing": _MONEY,
        "close_clearing": _MONEY,
        "read_clearing": _PLACE | _LOOKING | _AUDIT,
        # supervision: nobody acts in two posts in one case, and never fewer than two inspect
        "check_conduct": _staff(Role.INSPECTOR),
        "read_conduct": _staff(*POSTS) | _AUDIT,
        "note_lead": _staff(*POSTS),
        "judge_hit": _staff(Role.INSPECTOR),
        "allow_instalments": _staff(Role.HEAD),
        "name_subject": _staff(Role.INSPECTOR),
        "propose_sanction": _staff(Role.INSPECTOR),
        "give_points": _staff(Role.INSPECTOR),
        "suspend_practitioner": _staff(Role.HEAD),
        "lift_suspension": _staff(Role.HEAD),
        "book_recovery": _MONEY,
        "reward_informer": _staff(Role.HEAD),
        "read_informer": _staff(Role.INSPECTOR, Role.HEAD),
        # ledger and audit
        "read_ledger": _OFFICE | _AUDIT,
        "snapshot": _OFFICE | _SYSTEM,
        "export_ledger": _OFFICE | _AUDIT,
        "read_trail": _OWN | _AUDIT,
        "verify_trail": _AUDIT | _SYSTEM,
        "seal": _AUDIT | _SYSTEM,
        # access itself: whoever gives out the keys reads nobody's records
        "manage_actors": _SYSTEM,
        # another system's data; whoever lets it in answers for it
        "import_records": _staff(Role.HEAD),
        # a login for somebody whose identity was checked: the code goes out by another way
        "give_sign_up_code": _COUNTER,
        # work that comes again
        "run_jobs": _SYSTEM,
        "read_jobs": _SYSTEM | _AUDIT,
    }
)
"""Operation -> role -> reach; a role that is not named may not."""


def area_prefix(area: str) -> str:
    """The beginning of the codes of an area and of every place in it: zeros stand for all."""
    return re.sub("(00)+$", "", area)


def is_within(area: str, outer: str) -> bool:
    """Whether an area's code is that of ``outer``, or of a place in it."""
    return area.startswith(area_prefix(outer))


def may(
    actor: Actor,
    operation: str,
    person_id: str | None = None,
    institution_id: str | None = None,
    area: str | None = None,
    employer_id: str | None = None,
) -> bool:
    """Whether ``actor`` may do ``operation`` on this person's records, at this institution.

    ``area``: where it is done, of what concerns nobody who is insured yet, or many at once.
    ``employer_id``: which employer it concerns.
    """
    reach = MATRIX[operation].get(actor.role)
    if reach is Reach.FIRM:
        return employer_id is not None and employer_id == actor.employer_id
    if reach is Reach.PLACE:
        return institution_id is not None and institution_id == actor.institution_id
    if reach is None or reach is Reach.ALL:
        return reach is Reach.ALL
    if reach is Reach.AREA:
        return _is_here(actor, person_id, area)
    if person_id is None:
        return False
    return (
        person_id == actor.person_id
        or (reach is not Reach.OWN and person_id in actor.wards)
        or (reach is Reach.RELATIVE and person_id in actor.relatives)
    )


def _is_here(actor: Actor, person_id: str | None, area: str | None) -> bool:
    if actor.area is None or (person_id is None and area is None):
        return False
    if area is not None and not is_within(area, actor.area):
        return False
    return person_id is None or (actor.lives_here is not None and actor.lives_here(person_id))


def require(
    actor: Actor,
    operation: str,
    person_id: str | None = None,
    institution_id: str | None = None,
    area: str | None = None,
    employer_id: str | None = None,
) -> None:
    """``DeniedError`` unless :func:`may`; called before an operation begins its transaction."""
    if may(actor, operation, person_id, institution_id, area, employer_id):
        return
    reach = MATRIX[operation].get(actor.role)
    if reach is None:
        raise DeniedError(
            message(
                "{role}没有权限办理“{operation}”，没有做任何改动",
                role=_LABELS[actor.role],
                operation=TITLES[operation],
            )
        )
    whose = _WHOSE[reach]
    raise DeniedError(
        message(
            "{role}办理“{operation}”只限{whose}的业务，没有做任何改动",
            role=_LABELS[actor.role],
            operation=TITLES[operation],
            whose=whose,
        )
    )
