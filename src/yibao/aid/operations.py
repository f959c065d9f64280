"""Granting and revoking, under the grantor's account lock: a draw sees a grant whole or not.

A grant is recorded with the text that the grantor consented to.  Where a review is asked
for it waits, and pays nothing until it is approved.  A grant expires by its own last day.
"""

from __future__ import annotations

import datetime
from collections.abc import Callable
from dataclasses import dataclass, replace
from typing import Any

from sqlalchemy import ColumnElement, delete, insert, select, update

from yibao.access.operations import Answer, Key, digest, record_message, write_once
from yibao.access.permissions import Actor, require
from yibao.access.trail import read_record
from yibao.aid.checks import check_terms, refuse_more_grantors, refuse_second
from yibao.aid.reviews import amend_review, close_review, open_review
from yibao.aid.states import GrantStatus
from yibao.aid.tables import aid_grant, detail_consent
from yibao.benefit.accounts import HeldGrant
from yibao.benefit.facts import Grant, Person
from yibao.benefit.people import home_enrolment
from yibao.benefit.rules import day_rules
from yibao.database.identifiers import new_identifier
from yibao.database.unit import Database, Unit
from yibao.errors import ConflictError, InputError, NotFoundError
from yibao.insured.enrolment.cover import civil_day, now
from yibao.insured.locks import HeldPerson, lock_people, store_person
from yibao.insured.people.relations import require_relative
from yibao.insured.stored.grants import grant_content, grants_document
from yibao.ledger.fragments import is_open, store_grants
from yibao.ledger.locks import lock_accounts
from yibao.messages import message
from yibao.office.flows import CaseState
from yibao.policy import parameters as p
from yibao.policy.compile import PolicyLibrary
from yibao.policy.kinds import RelationKind

BY_OFFICE = 1
"""Position of ``office`` among the choices of ``mutual_aid.review``."""


@dataclass(frozen=True, slots=True)
class Consent:
    """What the grantor agreed to."""

    version: str
    text: str


RECORDED = Consent("recorded", "")
"""A grant that another system recorded, with its own consent."""


def _store(unit: Unit, grantor: str) -> None:
    """Write the grants that may pay into the account row, which the caller has locked."""
    rows = unit.run(
        select(aid_grant)
        .where(aid_grant.c.grantor_id == grantor, aid_grant.c.status == GrantStatus.ACTIVE)
        .order_by(aid_grant.c.sequence)
    )
    store_grants(unit, grantor, grants_document(held_of(row) for row in rows))


def held_of(row: Any) -> HeldGrant:
    """The facts of a grant's row."""
    relation = RelationKind(row.relation)
    grant = Grant(row.grantor_id, row.grantee_id, relation, row.start, row.end, row.limit)
    return HeldGrant(grant, row.revoked_on)


def grant(
    database: Database,
    key: Key,
    new_grant: Grant,
    *,
    actor: Actor,
    consent: Consent = RECORDED,
    library: PolicyLibrary | None = None,
    on: datetime.date | None = None,
) -> Answer:
    """Record a grant; whether it pays is decided on the day of each draw.

    One that the grantor applies for on ``on`` (None: today), with a consent, waits for
    :func:`decide` where the pack of the grantor's area asks for a review; without a
    ``library`` nobody knows, and it waits.  The grantee has to be on record as what the grant
    says, and a grantee has one grant of a grantor at a time: two would each have a limit, and
    nobody could say which of them holds; :func:`change` alters the one there is.  How many
    grantors a grantee may have at a time, the pack says.

    One that another system recorded stands as it was recorded there, where the proof was
    seen: only the office brings such a grant in.
    """
    require(actor, "grant", new_grant.grantor)
    if consent is RECORDED:
        require(actor, "review_grant", new_grant.grantor)
    check_terms(new_grant)
    if consent is not RECORDED and not consent.text.strip():
        raise InputError(message("授权须附授权人确认过的同意书全文"))
    content_hash = digest(
        [new_grant.grantor, *grant_content(HeldGrant(new_grant)), consent.version]
    )
    day = on or civil_day(now())

    def operation(unit: Unit) -> Answer:
        grantor = lock_people(unit, {new_grant.grantor, new_grant.grantee})[new_grant.grantor]
        _lock_account(unit, new_grant.grantor)
        if consent is not RECORDED:
            require_relative(
                unit,
                new_grant.grantor,
                new_grant.grantee,
                day,
                relation=str(new_grant.relation),
            )
            refuse_second(unit, new_grant)
            most = _grantors_at_a_time(library, grantor.facts, day)
            refuse_more_grantors(unit, new_grant, most)
        grant_id = new_identifier()
        reviewed = consent is not RECORDED and _is_reviewed(library, grantor.facts, day)
        status = GrantStatus.PENDING if reviewed else GrantStatus.ACTIVE
        unit.run(
            insert(aid_grant),
            {
                "grantor_id": new_grant.grantor,
                "grant_id": grant_id,
                "sequence": grantor.sequence + 1,
                "grantee_id": new_grant.grantee,
                "relation": new_grant.relation,
                "start": new_grant.start,
                "end": new_grant.end,
                "limit": new_grant.limit,
                "revoked_on": None,
                "consent_version": consent.version,
                "consent_text": consent.text,
                "status": status,
                "applied_on": day,
            },
        )
        _store(unit, new_grant.grantor)
        answer = {
            "grantor": new_grant.grantor,
            "grantee": new_grant.grantee,
            "grant_id": grant_id,
            "status": status,
        }
        if reviewed:
            answer["case"] = open_review(unit, grantor.facts, new_grant, grant_id, actor, day)
        return _recorded(unit, key, content_hash, grantor, answer, actor, "grant")

    people = [new_grant.grantor, new_grant.grantee]
    return write_once(database, key, content_hash, operation, people=people)


def _is_reviewed(library: PolicyLibrary | None, grantor: Person, day: datetime.date) -> bool:
    if library is None:
        return True
    area = home_enrolment(grantor, day).area
    return day_rules(library, area, day, day).rules[p.AID_REVIEW] == BY_OFFICE


def _grantors_at_a_time(library: PolicyLibrary | None, grantor: Person, day: datetime.date) -> int:
    """How many grantors a grantee may have at a time; 0: nobody has set a number."""
    if library is None:
        return 0
    area = home_enrolment(grantor, day).area
    return day_rules(library, area, day, day).rules[p.AID_GRANTORS_AT_A_TIME]


def decide(
    database: Database,
    key: Key,
    grantor: str,
    grant_id: str,
    *,
    approved: bool,
    note: str = "",
    actor: Actor,
    on: datetime.date | None = None,
    in_its_case: bool = False,
) -> Answer:
    """Approve or refuse a grant that waits for a review; nobody reviews their own.

    A refusal says why.  ``in_its_case``: it is what a move of its case does, which closes the
    case; else the case ends with it.
    """
    require(actor, "review_grant", grantor)
    if not approved and not note.strip():
        raise InputError(message("不通过要写明原因，申请人看得到"))

    def reviewed(unit: Unit, person: Person, row: Any) -> dict[str, Any]:
        if row.status != GrantStatus.PENDING or row.revoked_on is not None:
            raise ConflictError(
                message("授权 {grant_id} 不在待审核状态，不能再审核", grant_id=grant_id)
            )
        if {actor.id, actor.person_id} & {row.grantor_id, row.grantee_id}:
            raise ConflictError(message("不能审核自己的授权"))
        if not in_its_case:
            state = CaseState.APPROVED if approved else CaseState.REFUSED
            close_review(unit, grantor, grant_id, state, note, actor)
        return {
            "status": GrantStatus.ACTIVE if approved else GrantStatus.REFUSED,
            "reviewed_by": actor.id,
            "review_note": note,
            "reviewed_on": on or civil_day(now()),
        }

    content_hash = digest([grantor, grant_id, approved, note])
    return _alter(database, key, content_hash, grantor, grant_id, reviewed, actor, "review_grant")


def change(
    database: Database,
    key: Key,
    grantor: str,
    grant_id: str,
    *,
    end: datetime.date | None,
    limit: int | None,
    actor: Actor,
    library: PolicyLibrary | None = None,
    on: datetime.date | None = None,
) -> Answer:
    """Another last day and limit per payment (None: none) for draws to come.

    More days are granted as a new grant is: the grantee has no more grantors on them than the
    pack of the grantor's area allows on ``on`` (None: today).
    """
    require(actor, "grant", grantor)
    day = on or civil_day(now())

    def changed(unit: Unit, person: Person, row: Any) -> dict[str, Any]:
        if row.status == GrantStatus.REFUSED or row.revoked_on is not None:
            raise ConflictError(
                message("授权 {grant_id} 已经解除或未通过审核，不能变更", grant_id=grant_id)
            )
        grant = replace(held_of(row).grant, end=end, limit=limit)
        check_terms(grant)
        if row.end is not None and (end is None or end > row.end):
            added = replace(grant, start=row.end + datetime.timedelta(days=1))
            refuse_more_grantors(unit, added, _grantors_at_a_time(library, person, day))
        if row.status == GrantStatus.PENDING:
            amend_review(unit, grant_id, grant, actor)
        return {"end": end, "limit": limit}

    content_hash = digest([grantor, grant_id, str(end), limit])
    return _alter(database, key, content_hash, grantor, grant_id, changed, actor, "change_grant")


def revoke(
    database: Database, key: Key, grantor: str, grant_id: str, on: datetime.date, *, actor: Actor
) -> Answer:
    """End this grant from ``on``, its own day included; ended before, it stays as it ended.

    Another grant to the same person stands: each is ended by its own id.
    """
    require(actor, "revoke", grantor)
    content_hash = digest([grantor, grant_id, on.isoformat()])

    def operation(unit: Unit) -> Answer:
        grantor_row = lock_people(unit, [grantor])[grantor]
        _lock_account(unit, grantor)
        this_grant = _this(grantor, grant_id)
        row = _row_of(unit, grantor, grant_id)
        later = aid_grant.c.revoked_on.is_(None) | (aid_grant.c.revoked_on > on)
        unit.run(update(aid_grant).where(this_grant, later).values(revoked_on=on))
        _store(unit, grantor)
        if row.status == GrantStatus.PENDING:
            close_review(unit, grantor, grant_id, CaseState.WITHDRAWN, "", actor)
        answer = {
            "grantor": grantor,
            "grantee": row.grantee_id,
            "grant_id": grant_id,
            "on": on.isoformat(),
        }
        return _recorded(unit, key, content_hash, grantor_row, answer, actor, "revoke")

    return write_once(database, key, content_hash, operation, people=[grantor])


def consent_to_details(
    database: Database,
    key: Key,
    grantee: str,
    grantor: str,
    *,
    agreed: bool,
    consent: Consent,
    actor: Actor,
) -> Answer:
    """Whether the grantor may see diagnosis and items of what the grantee had paid.

    ``NotFoundError`` where the grantor never granted the grantee anything.
    """
    require(actor, "consent_to_details", grantee)
    content_hash = digest([grantee, grantor, agreed, consent.version])

    def operation(unit: Unit) -> Answer:
        person = lock_people(unit, [grantee])[grantee]
        between = (aid_grant.c.grantor_id == grantor) & (aid_grant.c.grantee_id == grantee)
        if unit.run(select(aid_grant.c.grant_id).where(between).limit(1)).first() is None:
            raise NotFoundError(
                message("{grantor} 没有给 {grantee} 的授权", grantor=grantor, grantee=grantee)
            )
        pair = (detail_consent.c.grantee_id == grantee) & (detail_consent.c.grantor_id == grantor)
        unit.run(delete(detail_consent).where(pair))
        unit.run(
            insert(detail_consent),
            {
                "grantee_id": grantee,
                "grantor_id": grantor,
                "given": agreed,
                "consent_version": consent.version,
            },
        )
        answer = {"grantee": grantee, "grantor": grantor, "given": agreed}
        return _recorded(unit, key, content_hash, person, answer, actor, "consent_to_details")

    return write_once(database, key, content_hash, operation, people=[grantee])


def grants_of(
    database: Database,
    person_id: str,
    day: datetime.date,
    *,
    actor: Actor,
    as_grantee: bool = False,
) -> list[dict[str, Any]]:
    """The grants that a person gave, or got, with where each one stands on ``day``.

    ``applied_on``, ``reviewed_on`` and ``review_note`` say what became of an application.
    """
    return read_record(
        database,
        actor,
        "read_grants",
        person_id,
        lambda unit: grant_rows(unit, person_id, day, as_grantee=as_grantee),
        institution_id=actor.institution_id,
    )


def grant_rows(
    unit: Unit, person_id: str, day: datetime.date, *, as_grantee: bool = False
) -> list[dict[str, Any]]:
    """A read fragment: :func:`grants_of` for a room above that has checked who reads."""
    column = aid_grant.c.grantee_id if as_grantee else aid_grant.c.grantor_id
    rows = unit.run(
        select(aid_grant, is_open(aid_grant.c.grantor_id).label("is_open"))
        .where(column == person_id)
        .order_by(aid_grant.c.grant_id)
    )
    grants = []
    for row in rows:
        shown = row._asdict()
        may_draw = shown.pop("is_open")
        grants.append(shown | {"status": status_on(row, day) if may_draw else GrantStatus.ENDED})
    return grants


def status_on(row: Any, day: datetime.date) -> str:
    """``pending``, ``refused``, ``active``, or ``ended`` by revocation or its own last day."""
    if row.status == GrantStatus.REFUSED:
        return GrantStatus.REFUSED
    state = held_of(row)
    over = (state.grant.end is not None and state.grant.end < day) or (
        state.revoked_on is not None and state.revoked_on <= day
    )
    return GrantStatus.ENDED if over else str(row.status)


def details_allowed(unit: Unit, grantor: str) -> set[str]:
    """The grantees who let a grantor see details."""
    return set(
        unit.run(
            select(detail_consent.c.grantee_id).where(
                detail_consent.c.grantor_id == grantor, detail_consent.c.given.is_(True)
            )
        ).scalars()
    )


def _alter(
    database: Database,
    key: Key,
    content_hash: str,
    grantor: str,
    grant_id: str,
    altered: Callable[[Unit, Person, Any], dict[str, Any]],
    actor: Actor,
    name: str,
) -> Answer:
    # Whom it is for never changes; both are locked, as two grantors may ask at the same time.
    people = {grantor, database.read(lambda unit: _row_of(unit, grantor, grant_id)).grantee_id}

    def operation(unit: Unit) -> Answer:
        grantor_row = lock_people(unit, people)[grantor]
        _lock_account(unit, grantor)
        values = altered(unit, grantor_row.facts, _row_of(unit, grantor, grant_id))
        unit.run(update(aid_grant).where(_this(grantor, grant_id)).values(**values))
        _store(unit, grantor)
        shown = {
            name: value.isoformat() if isinstance(value, datetime.date) else value
            for name, value in values.items()
        }
        answer = {"grantor": grantor, "grant_id": grant_id, **shown}
        return _recorded(unit, key, content_hash, grantor_row, answer, actor, name)

    return write_once(database, key, content_hash, operation, people=sorted(people))


def _this(grantor: str, grant_id: str) -> ColumnElement[bool]:
    return (aid_grant.c.grantor_id == grantor) & (aid_grant.c.grant_id == grant_id)


def _row_of(unit: Unit, grantor: str, grant_id: str) -> Any:
    row = unit.run(select(aid_grant).where(_this(grantor, grant_id))).one_or_none()
    if row is None:
        raise NotFoundError(
            message("{grantor} 没有授权 {grant_id}", grantor=grantor, grant_id=grant_id)
        )
    return row


def _lock_account(unit: Unit, grantor: str) -> None:
    if grantor not in lock_accounts(unit, [grantor]):
        raise ConflictError(message("{grantor} 没有个人账户，不能授权", grantor=grantor))


def _recorded(
    unit: Unit,
    key: Key,
    content_hash: str,
    person: HeldPerson,
    answer: Answer,
    actor: Actor,
    name: str,
) -> Answer:
    record_message(unit, key, content_hash, person.facts.id, answer)
    store_person(unit, person, actor, name, answer)
    return answer
