"""Enrolments and groups that change: never overlapping, always dated, with proof.

Every operation keeps profile and rows equal under the person's lock, brings the cover
in line with what is now known, and writes its message and its event.
"""

from __future__ import annotations

import datetime
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from typing import Any

from sqlalchemy import insert

from yibao.access.operations import Answer, Key, canonical, record_message, write_once
from yibao.access.permissions import Actor, require
from yibao.benefit.facts import Enrolment, GroupMembership
from yibao.database.unit import Database, Unit
from yibao.errors import InputError, NotFoundError, RefusedError
from yibao.insured.enrolment.checks import (
    CLASSES,
    STATUSES,
    check_enrolment,
    check_groups,
    check_no_double_group,
    check_no_overlap,
    day_before,
)
from yibao.insured.enrolment.cover import now, opening_of, update_cover
from yibao.insured.enrolment.documents import (
    Proof,
    catalogue,
    insert_proofs,
    proof_content,
    require_one,
)
from yibao.insured.locks import HeldPerson, lock_person, store_person
from yibao.insured.stored.contents import content_text
from yibao.insured.stored.profile import day_text
from yibao.insured.stored.rows import (
    Paid,
    contribution_row,
    enrolment_row,
    group_order,
    replace_enrolments,
    replace_groups,
)
from yibao.insured.tables import contribution
from yibao.messages import Listed, message
from yibao.policy.compile import PolicyLibrary
from yibao.policy.kinds import ContributionClass, Scheme, Status


@dataclass(frozen=True, slots=True)
class _Change:
    """One change to a person's facts, applied and written by :meth:`run`."""

    database: Database
    library: PolicyLibrary
    key: Key
    person_id: str
    operation: str
    content: list[Any]
    since: datetime.date
    actor: Actor
    proofs: Sequence[Proof]
    at: datetime.datetime | None

    def run(self, apply: Callable[[Unit, HeldPerson], Answer]) -> Answer:
        """``apply`` checks, writes rows and changes the facts that it is given."""
        written = [self.person_id, *self.content, [content_text(proof) for proof in self.proofs]]
        content_hash = self.database.secrets.lasting_hash(canonical(written))

        def operation(unit: Unit) -> Answer:
            at = self.at or now()
            person = lock_person(unit, self.person_id)
            answer = apply(unit, person)
            insert_proofs(
                unit, self.database.secrets, self.person_id, self.operation, self.proofs, at
            )
            update_cover(unit, self.library, person.facts, self.since, at)
            record_message(unit, self.key, content_hash, self.person_id, answer)
            event = {**answer, "proofs": proof_content(self.proofs)}
            store_person(unit, person, self.actor, self.operation, event)
            return answer

        return write_once(self.database, self.key, content_hash, operation)


def _store_enrolments(unit: Unit, person: HeldPerson, new: Sequence[Enrolment]) -> Answer:
    """Replace the enrolments; the answer says what was and what is."""
    ordered = check_no_overlap(new)
    before = person.facts.enrolments
    replace_enrolments(unit, person.facts, ordered)
    person.facts = replace(person.facts, enrolments=ordered, area=ordered[-1].area)
    return {
        "person": person.facts.id,
        "before": [_written(enrolment) for enrolment in before if enrolment not in ordered],
        "after": [_written(enrolment) for enrolment in ordered if enrolment not in before],
    }


def _written(enrolment: Enrolment) -> dict[str, Any]:
    row = enrolment_row("", enrolment)
    more = row.pop("more") or {}
    del row["person_id"]
    return {**row, **more, "start": day_text(enrolment.start), "end": day_text(enrolment.end)}


def enrol(
    database: Database,
    library: PolicyLibrary,
    key: Key,
    person_id: str,
    new: Enrolment,
    *,
    actor: Actor,
    proofs: Sequence[Proof] = (),
    at: datetime.datetime | None = None,
) -> Answer:
    """Enrol a registered person; refused where it would overlap another enrolment."""
    require(actor, "enrol", person_id)
    check_enrolment(library, new)
    change = _Change(
        database,
        library,
        key,
        person_id,
        "enrol",
        [content_text(new)],
        new.start,
        actor,
        proofs,
        at,
    )

    def apply(unit: Unit, person: HeldPerson) -> Answer:
        if new.start < person.facts.birth:
            raise InputError(message("参保日期 {start} 早于出生日期，请核对", start=new.start))
        answer = _store_enrolments(unit, person, [*person.facts.enrolments, new])
        _open_record(unit, person, new)
        return answer

    return change.run(apply)


def _open_record(unit: Unit, person: HeldPerson, new: Enrolment) -> None:
    """A scheme whose contributions begin here: from now on, what is not listed is not paid."""
    facts = person.facts
    listed = (
        facts.contributions_resident
        if new.scheme == Scheme.RESIDENT
        else facts.contributions_employee
    )
    earlier = any(
        enrolment.scheme == new.scheme and enrolment != new for enrolment in facts.enrolments
    )
    if listed or earlier:
        return
    residents, employees = opening_of(new)
    paid: list[Paid] = [*(residents or ()), *(employees or ())]
    unit.run(
        insert(contribution),
        [contribution_row(facts.id, payment, opening=True) for payment in paid],
    )
    if residents:
        person.facts = replace(facts, contributions_resident=residents)
    else:
        person.facts = replace(facts, contributions_employee=employees)


def change_enrolment(
    database: Database,
    library: PolicyLibrary,
    key: Key,
    person_id: str,
    on: datetime.date,
    *,
    actor: Actor,
    status: str | None = None,
    area: str | None = None,
    contribution_class: str | None = None,
    proofs: Sequence[Proof] = (),
    at: datetime.datetime | None = None,
) -> Answer:
    """From ``on``: another status (retirement), area (a move) or contribution class.

    The enrolment of ``on`` ends the day before; one that begins on that very day is
    changed as a whole.  ``RefusedError`` where nobody is enrolled or nothing changes.
    """
    require(actor, "enrol", person_id)
    if status is not None and status not in STATUSES:
        raise InputError(
            message(
                "职工医保的状态写 {statuses}，不是 {status}",
                statuses=Listed(STATUSES),
                status=status,
            )
        )
    if contribution_class is not None and contribution_class not in CLASSES:
        raise InputError(
            message(
                "缴费类别写 {classes}，不是 {contribution_class}",
                classes=Listed(CLASSES),
                contribution_class=contribution_class,
            )
        )
    needed = catalogue()["changes"].get(status)
    if needed:
        require_one(needed, proofs, message("办理退休"))
    content = [on.isoformat(), status, area, contribution_class]
    change = _Change(
        database, library, key, person_id, "change_enrolment", content, on, actor, proofs, at
    )

    def apply(unit: Unit, person: HeldPerson) -> Answer:
        current = _enrolled_on(person, on)
        if status is not None and current.scheme != Scheme.EMPLOYEE:
            raise RefusedError(message("城乡居民医保不分在职和退休，不能变更状态"))
        if status == Status.WORKING and current.status == Status.RETIRED:
            raise RefusedError(message("已经退休的人不能改回在职，登记有误请先终止再重新登记"))
        after = replace(
            current,
            start=on,
            status=Status(status) if status else current.status,
            area=area or current.area,
            contribution_class=(
                ContributionClass(contribution_class)
                if contribution_class
                else current.contribution_class
            ),
        )
        if replace(after, start=current.start) == current:
            raise RefusedError(message("{on} 的参保已经如此，没有变更", on=on))
        check_enrolment(library, after)
        others = [enrolment for enrolment in person.facts.enrolments if enrolment != current]
        if current.start < on:
            others.append(replace(current, end=day_before(on)))
        return _store_enrolments(unit, person, [*others, after])

    return change.run(apply)


def end_enrolment(
    database: Database,
    library: PolicyLibrary,
    key: Key,
    person_id: str,
    last_day: datetime.date,
    reason: str,
    *,
    actor: Actor,
    proofs: Sequence[Proof] = (),
    at: datetime.datetime | None = None,
) -> Answer:
    """End the enrolment of ``last_day`` with that day (leaving, death, another scheme)."""
    require(actor, "enrol", person_id)
    content = [last_day.isoformat(), reason]
    since = last_day + datetime.timedelta(days=1)
    change = _Change(
        database, library, key, person_id, "end_enrolment", content, since, actor, proofs, at
    )

    def apply(unit: Unit, person: HeldPerson) -> Answer:
        current = _enrolled_on(person, last_day)
        if current.end == last_day:
            raise RefusedError(
                message("这段参保本来就在 {last_day} 终止，没有变更", last_day=last_day)
            )
        others = [enrolment for enrolment in person.facts.enrolments if enrolment != current]
        answer = _store_enrolments(unit, person, [*others, replace(current, end=last_day)])
        return {**answer, "reason": reason}

    return change.run(apply)


def _enrolled_on(person: HeldPerson, day: datetime.date) -> Enrolment:
    current = person.facts.enrolment_on(day)
    if current is None:
        raise NotFoundError(
            message("{id} 在 {day} 没有参保，无从变更", id=person.facts.id, day=day)
        )
    return current


# --- groups --------------------------------------------------------------------------------------


def join_group(
    database: Database,
    library: PolicyLibrary,
    key: Key,
    person_id: str,
    membership: GroupMembership,
    *,
    actor: Actor,
    proofs: Sequence[Proof],
    at: datetime.datetime | None = None,
) -> Answer:
    """A person counts as one of a group, with proof; never twice on one day."""
    require(actor, "change_person", person_id)
    require_one(catalogue()["groups"], proofs, message("认定人群"))
    change = _Change(
        database,
        library,
        key,
        person_id,
        "join_group",
        [content_text(membership)],
        membership.start,
        actor,
        proofs,
        at,
    )

    def apply(unit: Unit, person: HeldPerson) -> Answer:
        home = person.facts.enrolment_on(membership.start) or person.facts.enrolments[-1]
        check_groups(library, home.area, [membership])
        return _store_groups(unit, person, [*person.facts.groups, membership], membership)

    return change.run(apply)


def leave_group(
    database: Database,
    library: PolicyLibrary,
    key: Key,
    person_id: str,
    group: str,
    last_day: datetime.date,
    *,
    actor: Actor,
    proofs: Sequence[Proof] = (),
    at: datetime.datetime | None = None,
) -> Answer:
    """End the membership that holds on ``last_day`` with that day."""
    require(actor, "change_person", person_id)
    change = _Change(
        database,
        library,
        key,
        person_id,
        "leave_group",
        [group, last_day.isoformat()],
        last_day + datetime.timedelta(days=1),
        actor,
        proofs,
        at,
    )

    def apply(unit: Unit, person: HeldPerson) -> Answer:
        current = next(
            (
                earlier_membership
                for earlier_membership in person.facts.groups
                if earlier_membership.group == group
                and earlier_membership.start <= last_day
                and (earlier_membership.end is None or last_day < earlier_membership.end)
            ),
            None,
        )
        if current is None:
            raise NotFoundError(
                message(
                    "{id} 在 {last_day} 没有可以终止的人群 {group}",
                    id=person.facts.id,
                    last_day=last_day,
                    group=group,
                )
            )
        ended = replace(current, end=last_day)
        others = [
            earlier_membership
            for earlier_membership in person.facts.groups
            if earlier_membership != current
        ]
        return _store_groups(unit, person, [*others, ended], ended)

    return change.run(apply)


def _store_groups(
    unit: Unit, person: HeldPerson, new: Sequence[GroupMembership], changed: GroupMembership
) -> Answer:
    check_no_double_group(new)
    ordered = tuple(sorted(new, key=group_order))
    replace_groups(unit, person.facts, ordered)
    person.facts = replace(person.facts, groups=ordered)
    return {
        "person": person.facts.id,
        "group": changed.group,
        "start": day_text(changed.start),
        "end": day_text(changed.end),
    }
