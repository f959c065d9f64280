"""From plain facts about a person to the integers that the benefit functions take."""

from __future__ import annotations

import datetime

from yibao.benefit.facts import Enrolment, Person
from yibao.benefit.functions.visit_facts import completed_years, groups_of_age, member_of
from yibao.benefit.groups import PLAN_GROUP, SENT_ON_GROUP, said_groups
from yibao.benefit.rules import DayRules
from yibao.errors import InputError
from yibao.messages import Listed, message
from yibao.policy.keys import (
    EMPLOYEE,
    RESIDENT,
)
from yibao.policy.kinds import ContributionClass, Scheme, Status
from yibao.policy.rulebook import Rulebook

CLASSES = tuple(ContributionClass)


def scheme_position(enrolment: Enrolment) -> int:
    return RESIDENT if enrolment.scheme == Scheme.RESIDENT else EMPLOYEE


def member_position(enrolment: Enrolment) -> int:
    return member_of(scheme_position(enrolment), int(enrolment.status == Status.RETIRED))


def groups_on(person: Person, day: datetime.date) -> tuple[str, ...]:
    """The groups that the person counts as on a day."""
    return tuple(
        membership.group
        for membership in person.groups
        if membership.start <= day and (membership.end is None or day <= membership.end)
    )


def group_mask(rules: DayRules, person: Person, day: datetime.date) -> int:
    """Bit mask of the person's groups on ``day``: recorded, of the age, of the plan paid for."""
    mask = groups_of_age(rules.rules, age_on(person.birth, day))
    mask |= plan_mask(rules.rulebook, home_enrolment(person, day))
    for group in groups_on(person, day):
        position = rules.rulebook.groups.get(group)
        if position is None:
            raise InputError(
                message(
                    "{id} 的人群 {group} 不在 {area} 的政策包里，可以写：{groups}",
                    id=person.id,
                    group=group,
                    area=rules.rulebook.area,
                    groups=Listed(said_groups(rules.rulebook)),
                )
            )
        mask |= 1 << position
    return mask


def plan_mask(rulebook: Rulebook, enrolment: Enrolment) -> int:
    """Bit of the group of an enrolment's contribution plan: :func:`tier_mask`."""
    return tier_mask(rulebook, enrolment.plan)


def tier_mask(rulebook: Rulebook, tier: str | None) -> int:
    """Bit of the group that a contribution plan is: packs name it ``plan_`` and the plan.

    0 without one, and where the area knows no plans at all.
    """
    position = None if tier is None else rulebook.groups.get(f"{PLAN_GROUP}{tier}")
    if position is not None:
        return 1 << position
    tiers = [
        group.removeprefix(PLAN_GROUP) for group in rulebook.groups if group.startswith(PLAN_GROUP)
    ]
    if tier is not None and tiers:
        raise InputError(
            message(
                "缴费档次 {tier} 不在 {area} 的政策包里，可以写：{tiers}",
                tier=tier,
                area=rulebook.area,
                tiers=Listed(tiers),
            )
        )
    return 0


def visit_mask(rulebook: Rulebook, sent_on: bool) -> int:
    """Bits of the groups that a visit itself counts as: ``sent_on``, where the packs name it."""
    position = rulebook.groups.get(SENT_ON_GROUP) if sent_on else None
    return 0 if position is None else 1 << position


def age_on(birth: datetime.date, day: datetime.date) -> int:
    """Completed years of age."""
    return completed_years(_civil_number(birth), _civil_number(day))


def _civil_number(day: datetime.date) -> int:
    return day.year * 10_000 + day.month * 100 + day.day


def home_enrolment(person: Person, day: datetime.date) -> Enrolment:
    """The enrolment on ``day``; else the last before it, else the first: for area and split."""
    enrolment = person.enrolment_on(day)
    if enrolment is not None:
        return enrolment
    earlier = [spell for spell in person.enrolments if spell.start <= day]
    return earlier[-1] if earlier else person.enrolments[0]


def _in_year(person: Person, year: int) -> list[Enrolment]:
    return [
        enrolment
        for enrolment in person.enrolments
        if enrolment.start.year <= year and (enrolment.end is None or enrolment.end.year >= year)
    ]


def enrolled_in_year(person: Person, scheme: str, year: int) -> bool:
    """Whether an enrolment in ``scheme`` touches a year."""
    return any(enrolment.scheme == scheme for enrolment in _in_year(person, year))


def scheme_in_year(person: Person, year: int) -> str:
    """The scheme of the last enrolment that touches a year; else of the last of all."""
    return (_in_year(person, year) or list(person.enrolments))[-1].scheme


def pays_as_resident(person: Person, year: int) -> bool:
    """Whether a coverage year is a resident's: also when the person changes scheme in it."""
    enrolments = _in_year(person, year) or list(person.enrolments)[-1:]
    return any(enrolment.scheme == Scheme.RESIDENT for enrolment in enrolments)


def month_end(month: int) -> datetime.date:
    """The last day of a month (yyyymm)."""
    year, number = divmod(month, 100)
    following = datetime.date(year + number // 12, number % 12 + 1, 1)
    return following - datetime.timedelta(days=1)


def enrolment_in_year(person: Person, scheme: str, year: int) -> Enrolment:
    """The last enrolment of a scheme that touches a year; else its last, or the last of all."""
    in_year = [enrolment for enrolment in _in_year(person, year) if enrolment.scheme == scheme]
    of_scheme = [enrolment for enrolment in person.enrolments if enrolment.scheme == scheme]
    return (in_year or of_scheme or list(person.enrolments))[-1]
