"""Who pays contributions: from what people say to a person who has an enrolment."""

from __future__ import annotations

import datetime
from collections.abc import Iterable, Sequence
from typing import Any

from yibao import library
from yibao.benefit.facts import Person
from yibao.errors import InputError
from yibao.inquiry.care import birth_of, group_code, rulebook_area
from yibao.inquiry.question import ENROLMENT_FACTS, Said
from yibao.messages import message
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
