"""Documents of people as they were first written: lists whose positions mean something.

Frozen: rows that were written so stay as they are, and this is how they read, whatever is
added to the facts since.  Nothing writes this form any more.
"""

from __future__ import annotations

import datetime
from collections.abc import Sequence
from typing import Any

from yibao.benefit.accounts import HeldGrant
from yibao.benefit.facts import (
    EmployeeContribution,
    Enrolment,
    Filing,
    Grant,
    GroupMembership,
    Person,
    ResidentContribution,
)
from yibao.benefit.state import PersonState
from yibao.benefit.terms import Accumulators
from yibao.policy.kinds import ContributionClass, FilingKind, RelationKind, Scheme, Sex, Status

Document = dict[str, Any]

ACCUMULATORS = (
    "outpatient_deductible inpatient_deductible chronic_deductible outpatient_eligible "
    "inpatient_eligible chronic_eligible outpatient_pooled inpatient_pooled chronic_pooled "
    "special_pooled upper assistance eligible_own"
).split()
"""What the numbers of a year stand for, in their order."""


def _day(text: str) -> datetime.date:
    return datetime.date.fromisoformat(text)


def _perhaps(text: str | None) -> datetime.date | None:
    return None if text is None else datetime.date.fromisoformat(text)


def person_of(person_id: str, sex: Sex, birth: datetime.date, profile: Document) -> Person:
    """The facts of a person's profile."""
    years, months = profile["resident_years"], profile["employee_months"]
    return Person(
        id=person_id,
        sex=sex,
        birth=birth,
        area=profile["area"],
        groups=tuple(
            GroupMembership(group=name, start=_day(start), end=_perhaps(end))
            for name, start, end in profile["groups"]
        ),
        enrolments=tuple(
            Enrolment(
                scheme=Scheme(scheme),
                status=None if status is None else Status(status),
                start=_day(start),
                end=_perhaps(end),
                area=area,
                contribution_class=ContributionClass(contribution_class),
            )
            for scheme, status, start, end, area, contribution_class in profile["enrolments"]
        ),
        contributions_resident=None
        if years is None
        else tuple(
            ResidentContribution(year=year, paid_on=_day(paid_on)) for year, paid_on in years
        ),
        contributions_employee=None
        if months is None
        else tuple(
            EmployeeContribution(month=month, base=base, paid_on=_perhaps(paid_on))
            for month, base, paid_on in months
        ),
    )


def filings_of(person_id: str, profile: Document) -> tuple[Filing, ...]:
    """The filings in a person's profile."""
    return tuple(
        Filing(
            person=person_id,
            kind=FilingKind(kind),
            care_area=care_area,
            disease=disease,
            start=_day(start),
            end=_perhaps(end),
        )
        for kind, care_area, disease, start, end in profile["filings"]
    )


def state_of(document: Document) -> PersonState:
    """The accumulators of a document."""
    return PersonState(
        accumulators={
            (scheme, year): Accumulators(**dict(zip(ACCUMULATORS, values, strict=True)))
            for scheme, year, *values in document["accumulators"]
        },
        admissions={(scheme, year): count for scheme, year, count in document["admissions"]},
        diseases={
            (scheme, disease, period): paid
            for scheme, disease, period, paid in document["diseases"]
        },
        maternity_used=document["maternity_used"],
        claims=dict(document["claims"]),
    )


def grant_of(grantor: str, row: Sequence[Any]) -> HeldGrant:
    """A grant as the grantor's account held it."""
    grantee, relation, start, end, limit, revoked_on = row
    grant = Grant(
        grantor=grantor,
        grantee=grantee,
        relation=RelationKind(relation),
        start=_day(start),
        end=_perhaps(end),
        limit=limit,
    )
    return HeldGrant(grant=grant, revoked_on=_perhaps(revoked_on))
