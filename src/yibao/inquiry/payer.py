"""Who pays contributions: from what people say to a person who has an enrolment."""

from __future__ import annotations

import datetime
from collections.abc import Iterable, Sequence
from typing import Any

from yibao import library
from yibao.benefit.facts import Person
from yibao.benefit.rules import day_rules
from yibao.errors import InputError
from yibao.inquiry.care import birth_of, group_code, rulebook_area
from yibao.inquiry.question import ENROLMENT_FACTS, Said
from yibao.messages import message
from yibao.policy import parameters as p
from yibao.policy.compile import PolicyLibrary
from yibao.policy.kinds import Contributor, Scheme, Status

NEWBORN = "newborn"
"""The group whose members are what they are by their day of birth."""
NO_BIRTH = datetime.date(1980, 1, 1)
"""Stands where nobody says when the person was born."""


def group_codes(packs: PolicyLibrary, area: str, texts: Iterable[str]) -> tuple[str, ...]:
    """Groups as the packs of an area name them, by code or name; ``InputError``."""
    rulebook = packs.rulebook(rulebook_area(packs, area))
    return tuple(group_code(rulebook, text, "group") for text in texts)


def enrolment_facts(said: Said) -> dict[str, Any]:
    """The facts of an enrolment beside scheme and class that were said, for :func:`payer`."""
    facts = {fact.name: said.get(fact.name) for fact in ENROLMENT_FACTS}
    return {name: value for name, value in facts.items() if value is not None}


def require_age(
    packs: PolicyLibrary, area: str, said: Said, on: datetime.date, groups: Sequence[str]
) -> None:
    """``InputError`` where a resident's year costs what the age says and nobody says the age.

    Whoever is of a group that has an amount of its own (a pupil) need not say it.
    """
    if said["scheme"] != Contributor.RESIDENT or birth_of(said, on) is not None:
        return
    year = max(said["year"], on.year)  # one that is over is paid by the amounts of the payment
    rules = day_rules(packs, rulebook_area(packs, area), datetime.date(year, 1, 1), on)
    own = {
        position
        for position in range(rules.rules[p.GROUPS])
        if rules.at(p.GROUP_INDIVIDUAL, position) >= 0
    }
    of_age = {
        position
        for position in own
        if max(rules.at(p.GROUP_FROM_AGE, position), rules.at(p.GROUP_TO_AGE, position)) >= 0
    }
    if of_age and not own & {rules.rulebook.groups[group] for group in groups}:
        raise InputError(message("这里的缴费随年龄变化，请写周岁或出生日期"), place="age")


def payer(
    area: str, said: Said, on: datetime.date, groups: Sequence[str], **enrolment: Any
) -> Person:
    """The person who pays on ``on``; an ``InputError`` names the fact as its place.

    ``said``: ``scheme``, ``birth`` and ``age``; ``groups``: codes of the packs;
    ``enrolment`` as :func:`yibao.library.person` takes it.
    """
    birth = birth_of(said, on)
    if NEWBORN in groups and said.get("birth") is None:
        raise InputError(message("新生儿要写出生日期"), place="birth")
    resident = said["scheme"] == Contributor.RESIDENT
    start = enrolment.get("enrolled_from") or NO_BIRTH
    return library.person(
        area,
        Scheme.RESIDENT if resident else Scheme.EMPLOYEE,
        None if resident else Status.WORKING,
        birth=birth or min(start, NO_BIRTH),
        groups=groups,
        flexible=said["scheme"] == Contributor.FLEXIBLE,
        **enrolment,
    )
