"""From plain facts about a person to the integers that the benefit functions take."""

from __future__ import annotations

import datetime

from yibao.benefit.facts import Enrolment, Person
from yibao.benefit.rules import DayRules
from yibao.errors import InputError
from yibao.policy.keys import (
    EMPLOYEE,
    MEMBER_RESIDENT,
    MEMBER_RETIRED,
    MEMBER_WORKING,
    RESIDENT,
)
from yibao.policy.kinds import ContributionClass

CLASSES = tuple(ContributionClass)


def scheme_position(enrolment: Enrolment) -> int:
    return RESIDENT if enrolment.scheme == "resident" else EMPLOYEE


def member_position(enrolment: Enrolment) -> int:
    if enrolment.scheme == "resident":
        return MEMBER_RESIDENT
    return MEMBER_RETIRED if enrolment.status == "retired" else MEMBER_WORKING


def groups_on(person: Person, day: datetime.date) -> tuple[str, ...]:
    """The groups that the person counts as on a day."""
    return tuple(
        held.group
        for held in person.groups
        if held.start <= day and (held.end is None or day <= held.end)
    )


def group_mask(rules: DayRules, person: Person, day: datetime.date) -> int:
    """Bit mask of the person's groups on ``day``."""
    mask = 0
    for group in groups_on(person, day):
        position = rules.rulebook.groups.get(group)
        if position is None:
            raise InputError(
                f"{person.id} 的人群 {group} 不在 {rules.rulebook.area} 的政策包里，"
                f"可以写：{'、'.join(rules.rulebook.groups)}"
            )
        mask |= 1 << position
    return mask


def age_on(birth: datetime.date, day: datetime.date) -> int:
    """Completed years of age."""
    return day.year - birth.year - ((day.month, day.day) < (birth.month, birth.day))


def home_enrolment(person: Person, day: datetime.date) -> Enrolment:
    """The enrolment on ``day``; else the last before it, else the first: for area and split."""
    held = person.enrolment_on(day)
    if held is not None:
        return held
    before = [each for each in person.enrolments if each.start <= day]
    return before[-1] if before else person.enrolments[0]


def _in_year(person: Person, year: int) -> list[Enrolment]:
    return [
        held
        for held in person.enrolments
        if held.start.year <= year and (held.end is None or held.end.year >= year)
    ]


def scheme_in_year(person: Person, year: int) -> str:
    """The scheme of the last enrolment that touches a year; else of the last of all."""
    return (_in_year(person, year) or list(person.enrolments))[-1].scheme


def pays_as_resident(person: Person, year: int) -> bool:
    """Whether a coverage year is a resident's: also when the person changes scheme in it."""
    held = _in_year(person, year)
    return any(each.scheme == "resident" for each in held or list(person.enrolments)[-1:])


def month_end(month: int) -> datetime.date:
    """The last day of a month (yyyymm)."""
    year, number = divmod(month, 100)
    following = datetime.date(year + number // 12, number % 12 + 1, 1)
    return following - datetime.timedelta(days=1)


def enrolment_in_year(person: Person, scheme: str, year: int) -> Enrolment:
    """The last enrolment of a scheme that touches a year; else its last, or the last of all."""
    held = [each for each in _in_year(person, year) if each.scheme == scheme]
    of_scheme = [each for each in person.enrolments if each.scheme == scheme]
    return (held or of_scheme or list(person.enrolments))[-1]
