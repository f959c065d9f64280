"""The normalised rows of a person: written beside the profile, and the profile rebuilt."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import fields, replace
from typing import Any

from sqlalchemy import delete, or_, select

from yibao.benefit.facts import (
    EmployeeContribution,
    Enrolment,
    GroupMembership,
    Person,
    ResidentContribution,
)
from yibao.database.named import named, typed
from yibao.database.statements import Insertion
from yibao.database.unit import Unit
from yibao.errors import NotFoundError
from yibao.insured.stored.profile import person_of
from yibao.insured.tables import contribution, enrolment, group_membership, person
from yibao.messages import message
from yibao.policy.kinds import Scheme, Sex

Row = dict[str, Any]
Paid = ResidentContribution | EmployeeContribution

_ENROLMENTS, _GROUPS = Insertion(enrolment), Insertion(group_membership)
_CONTRIBUTIONS = Insertion(contribution)


_ENROLMENT = ("start", "end", "scheme", "status", "area", "contribution_class")
"""Facts of an enrolment that have a column of their own."""


def enrolment_row(person_id: str, enrolled: Enrolment) -> Row:
    return {
        "person_id": person_id,
        **{name: getattr(enrolled, name) for name in _ENROLMENT},
        "more": named(enrolled, _ENROLMENT) or None,
    }


def enrolment_of(row: Any) -> Enrolment:
    """The enrolment of a row."""
    columns = {name: getattr(row, name) for name in _ENROLMENT}
    return Enrolment(**typed(columns | (row.more or {}), Enrolment))


def group_row(person_id: str, membership: GroupMembership) -> Row:
    return {
        "person_id": person_id,
        "group_name": membership.group,
        "start": membership.start,
        "end": membership.end,
    }


def contribution_row(
    person_id: str,
    paid: Paid,
    *,
    due: int | None = None,
    bill_id: str | None = None,
    opening: bool = False,
) -> Row:
    if isinstance(paid, ResidentContribution):
        scheme, period, base = Scheme.RESIDENT, paid.year, None
    else:
        scheme, period, base = Scheme.EMPLOYEE, paid.month, paid.base
    return {
        "person_id": person_id,
        "scheme": scheme,
        "period": period,
        "base": base,
        "paid_on": paid.paid_on,
        "due": due,
        "bill_id": bill_id,
        "opening": opening,
    }


def insert_facts(unit: Unit, facts: Person, *, opening: bool = False) -> None:
    """The rows of a new person; ``opening``: its contributions only open the record."""
    unit.run(_ENROLMENTS, [enrolment_row(facts.id, spell) for spell in facts.enrolments])
    if facts.groups:
        unit.run(_GROUPS, [group_row(facts.id, membership) for membership in facts.groups])
    paid: list[Paid] = [
        *(facts.contributions_resident or ()),
        *(facts.contributions_employee or ()),
    ]
    if paid:
        insert_contributions(unit, facts.id, paid, opening=opening)


def insert_contributions(
    unit: Unit, person_id: str, paid: Iterable[Paid], *, opening: bool = False
) -> None:
    """The rows of periods that were paid somewhere else; ``opening``: they open the record."""
    unit.run(
        _CONTRIBUTIONS,
        [contribution_row(person_id, payment, opening=opening) for payment in paid],
    )


def replace_enrolments(unit: Unit, facts: Person, new: Sequence[Enrolment]) -> None:
    """Make the enrolment rows those of ``new``; rows that stay the same are left alone."""
    gone = [spell.start for spell in facts.enrolments if spell not in new]
    added = [spell for spell in new if spell not in facts.enrolments]
    if gone:
        unit.run(
            delete(enrolment).where(
                enrolment.c.person_id == facts.id, enrolment.c.start.in_(sorted(gone))
            )
        )
    if added:
        unit.run(_ENROLMENTS, [enrolment_row(facts.id, spell) for spell in added])


def replace_groups(unit: Unit, facts: Person, new: Sequence[GroupMembership]) -> None:
    """Make the group rows those of ``new``."""
    gone = [membership for membership in facts.groups if membership not in new]
    added = [membership for membership in new if membership not in facts.groups]
    if gone:
        unit.run(
            delete(group_membership).where(
                group_membership.c.person_id == facts.id,
                or_(
                    *(
                        (group_membership.c.group_name == membership.group)
                        & (group_membership.c.start == membership.start)
                        for membership in gone
                    )
                ),
            )
        )
    if added:
        unit.run(_GROUPS, [group_row(facts.id, membership) for membership in added])


def delete_contributions(unit: Unit, person_id: str, scheme: str, periods: Iterable[int]) -> None:
    """Take periods off the record (a refund); what happened stays in orders and events."""
    unit.run(
        delete(contribution).where(
            contribution.c.person_id == person_id,
            contribution.c.scheme == scheme,
            contribution.c.period.in_(sorted(periods)),
        )
    )


# --- rebuilding ----------------------------------------------------------------------------------


def rebuild_profile(unit: Unit, person_id: str) -> Person:
    """A person's facts from the rows alone; filings belong to another room."""
    row = unit.run(select(person).where(person.c.person_id == person_id)).one_or_none()
    if row is None:
        raise NotFoundError(message("没有登记的参保人 {person_id}", person_id=person_id))
    enrolments = unit.run(
        select(enrolment).where(enrolment.c.person_id == person_id).order_by(enrolment.c.start)
    )
    groups = unit.run(select(group_membership).where(group_membership.c.person_id == person_id))
    contributions = unit.run(
        select(contribution)
        .where(contribution.c.person_id == person_id)
        .order_by(contribution.c.period)
    ).all()
    years = [payment for payment in contributions if payment.scheme == Scheme.RESIDENT]
    months = [payment for payment in contributions if payment.scheme == Scheme.EMPLOYEE]
    return Person(
        id=person_id,
        sex=Sex(row.sex),
        birth=row.birth,
        area=row.area,
        groups=tuple(
            sorted(
                (
                    GroupMembership(membership.group_name, membership.start, membership.end)
                    for membership in groups
                ),
                key=group_order,
            )
        ),
        enrolments=tuple(enrolment_of(spell) for spell in enrolments),
        contributions_resident=tuple(
            ResidentContribution(payment.period, payment.paid_on) for payment in years
        )
        or None,
        contributions_employee=tuple(
            EmployeeContribution(payment.period, payment.base, payment.paid_on)
            for payment in months
        )
        or None,
    )


def group_order(membership: GroupMembership) -> tuple[str, str]:
    """The order in which a profile lists memberships."""
    return membership.start.isoformat(), membership.group


def profile_faults(unit: Unit, person_id: str) -> list[str]:
    """Parts of the profile that differ from the rows; empty: they are equal."""
    row = unit.run(select(person).where(person.c.person_id == person_id)).one_or_none()
    if row is None:  # a chain without a registration is told by the check of the chains
        return []
    rebuilt = rebuild_profile(unit, person_id)
    facts = person_of(person_id, row.sex, row.birth, row.profile)
    facts = replace(facts, groups=tuple(sorted(facts.groups, key=group_order)))
    return [
        field.name
        for field in fields(facts)
        if (getattr(rebuilt, field.name) or None) != (getattr(facts, field.name) or None)
    ]
