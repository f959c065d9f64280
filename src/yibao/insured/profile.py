"""A person's facts as a document, and back: what a person's row holds for the hot path."""

from __future__ import annotations

import datetime
from typing import Any

from yibao.benefit.facts import (
    EmployeeContribution,
    Enrolment,
    Filing,
    GroupMembership,
    Person,
    ResidentContribution,
)
from yibao.benefit.state import PersonState
from yibao.benefit.terms import Accumulators
from yibao.policy.kinds import ContributionClass, FilingKind, Scheme, Sex, Status

Document = dict[str, Any]


def _day(text: str | None) -> datetime.date | None:
    return None if text is None else datetime.date.fromisoformat(text)


def day_text(day: datetime.date | None) -> str | None:
    """A day as documents keep it."""
    return None if day is None else day.isoformat()


def profile_of(person: Person, filings: tuple[Filing, ...] = ()) -> Document:
    """The document that a person's row keeps."""
    residents, employees = person.contributions_resident, person.contributions_employee
    return {
        "area": person.area,
        "groups": [
            [membership.group, day_text(membership.start), day_text(membership.end)]
            for membership in person.groups
        ],
        "enrolments": [
            [
                enrolment.scheme,
                enrolment.status,
                day_text(enrolment.start),
                day_text(enrolment.end),
                enrolment.area,
                enrolment.contribution_class,
            ]
            for enrolment in person.enrolments
        ],
        "resident_years": residents
        and [[paid.year, paid.paid_on.isoformat()] for paid in residents],
        "employee_months": employees
        and [[paid.month, paid.base, day_text(paid.paid_on)] for paid in employees],
        "filings": [
            [
                filing.kind,
                filing.care_area,
                filing.disease,
                day_text(filing.start),
                day_text(filing.end),
            ]
            for filing in filings
        ],
    }


def person_of(person_id: str, sex: Sex, birth: datetime.date, profile: Document) -> Person:
    """The facts of a person's row."""
    years, months = profile["resident_years"], profile["employee_months"]
    day = datetime.date.fromisoformat
    return Person(
        id=person_id,
        sex=sex,
        birth=birth,
        area=profile["area"],
        groups=tuple(
            GroupMembership(name, day(start), _day(end)) for name, start, end in profile["groups"]
        ),
        enrolments=tuple(
            Enrolment(
                Scheme(scheme),
                None if status is None else Status(status),
                day(start),
                _day(end),
                area,
                ContributionClass(contribution_class),
            )
            for scheme, status, start, end, area, contribution_class in profile["enrolments"]
        ),
        contributions_resident=None
        if years is None
        else tuple(ResidentContribution(year, day(paid_on)) for year, paid_on in years),
        contributions_employee=None
        if months is None
        else tuple(
            EmployeeContribution(month, base, _day(paid_on)) for month, base, paid_on in months
        ),
    )


def filings_of(person_id: str, profile: Document) -> tuple[Filing, ...]:
    """The filings in a person's row."""
    return tuple(
        Filing(
            person_id,
            FilingKind(kind),
            care_area,
            disease,
            datetime.date.fromisoformat(start),
            _day(end),
        )
        for kind, care_area, disease, start, end in profile["filings"]
    )


def state_document(state: PersonState) -> Document:
    """Accumulators as a document; keys are lists, so that JSON keeps them."""
    return {
        "accumulators": [[*key, *values] for key, values in sorted(state.accumulators.items())],
        "admissions": [[*key, count] for key, count in sorted(state.admissions.items())],
        "diseases": [[*key, paid] for key, paid in sorted(state.diseases.items())],
        "maternity_used": state.maternity_used,
        "claims": [[year, paid] for year, paid in sorted(state.claims.items())],
    }


def state_of(document: Document) -> PersonState:
    """The accumulators of a document."""
    return PersonState(
        accumulators={
            (scheme, year): Accumulators(*values)
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
