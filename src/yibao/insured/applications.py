"""What is asked for in cases about people: relations, groups, retirement, enrolment, newborns."""

from __future__ import annotations

import datetime

import msgspec

RELATION_RECORD = "relation_record"
RELATION_END = "relation_end"
GROUP_MEMBERSHIP = "group_membership"
RETIREMENT = "retirement"
ENROLMENT_SWITCH = "enrolment_switch"
NEWBORN = "newborn_registration"
DETAIL_CORRECTION = "detail_correction"
"""The kinds of the cases."""


class RelationApplication(msgspec.Struct, frozen=True, kw_only=True):
    """The first form: what ``relative`` is to the person whose case it is."""

    relative: str
    relation: str
    start: datetime.date
    end: datetime.date | None = None


class RelationEndApplication(msgspec.Struct, frozen=True, kw_only=True):
    """The first form: the last day of the relation to ``relative``."""

    relative: str
    last_day: datetime.date


class GroupApplication(msgspec.Struct, frozen=True, kw_only=True):
    """The first form."""

    group: str
    title: str = ""
    """What the pack called the group when it was applied for."""
    start: datetime.date
    end: datetime.date | None = None


class RetirementApplication(msgspec.Struct, frozen=True, kw_only=True):
    """The first form: from ``on`` as a retiree."""

    on: datetime.date
    earlier_months: int = 0
    """Months paid before the store's record begins, or elsewhere, by the documents."""
    deemed_months: int = 0
    """Months that count as paid, by the documents."""


class SwitchApplication(msgspec.Struct, frozen=True, kw_only=True):
    """The first form: an enrolment; the one before ends with the day before."""

    scheme: str
    """A ``Contributor``: ``resident`` or ``flexible``."""
    area: str
    route: str
    start: datetime.date


class NewbornApplication(msgspec.Struct, frozen=True, kw_only=True):
    """The first form: a child, in the charge of the parent whose case it is."""

    name: str
    birth: datetime.date
    sex: str
    number: str
    """Of the birth certificate."""


class DetailCorrection(msgspec.Struct, frozen=True, kw_only=True):
    """The first form: the right sex and birth, and the right number of the resident card."""

    sex: str
    birth: datetime.date
    wrong: str = ""
    right: str = ""
