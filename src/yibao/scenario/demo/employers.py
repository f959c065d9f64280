"""The employer of a demo: some of the town work there, and a month's bill waits."""

from __future__ import annotations

import datetime

from yibao.access.operations import Key
from yibao.access.permissions import officer
from yibao.database.instants import civil_day
from yibao.database.unit import Database, Unit
from yibao.employers import operations as employers
from yibao.employers.lines import DeclaredLine
from yibao.employers.months import month_of
from yibao.employers.states import ChangeKind, EmployerKind
from yibao.insured.people.certificates import RESIDENT
from yibao.insured.people.finding import details_of, full_numbers
from yibao.policy.compile import PolicyLibrary
from yibao.policy.kinds import ContributionClass, Scheme, Status
from yibao.scenario.demo.logins import names
from yibao.scenario.demo.town import YEAR
from yibao.scenario.model import Scenario

_OFFICE = officer("demo")
_STAFF = 6
_TERMS = employers.CollectionTerms(cut_off_day=15, due_day=15)
_LOWEST_BASE, _STEP = 500_000, 50_000
"""Fen a month."""
_DECLARED_ON = datetime.date(YEAR + 1, 11, 5)


def leave_employer(database: Database, library: PolicyLibrary, scenario: Scenario) -> None:
    """Register the employer, declare a month and bill it; its own login has to pay."""
    at = datetime.datetime.combine(_DECLARED_ON, datetime.time(1), datetime.UTC)
    month = month_of(civil_day(at))
    ((code, name),) = names()["employers"].items()
    area = scenario.area
    employers.set_terms(
        database, Key("demo", "terms", code), area, month - 100, _TERMS, actor=_OFFICE
    )
    employers.register_employer(
        database,
        library,
        Key("demo", "register", code),
        code,
        name,
        area,
        employers.EmployerDetails(
            bank="演示银行", account="6200 0000 0000", kind=EmployerKind.ENTERPRISE
        ),
        civil_day(at),
        actor=_OFFICE,
    )
    lines = tuple(_lines(database, _staff(scenario, civil_day(at))))
    declared = employers.DeclaredMonth(code, month, lines)
    employers.declare(
        database, library, Key("demo", "declare", code), declared, actor=_OFFICE, at=at
    )
    employers.bill_month(
        database, library, Key("demo", "bill", code), code, month, actor=_OFFICE, at=at
    )


def _staff(scenario: Scenario, day: datetime.date) -> list[str]:
    """The first few employed people of the town."""
    employed = [
        person.id
        for person in scenario.people.values()
        if (enrolment := person.enrolment_on(day)) is not None
        and enrolment.scheme == Scheme.EMPLOYEE
        and enrolment.status == Status.WORKING
        and enrolment.contribution_class == ContributionClass.EMPLOYER
        and enrolment.area == scenario.area
    ]
    return employed[:_STAFF]


def _lines(database: Database, people: list[str]) -> list[DeclaredLine]:
    secrets = database.secrets

    def read(unit: Unit) -> list[DeclaredLine]:
        lines = []
        for number, person_id in enumerate(people):
            numbers = dict(full_numbers(unit, secrets, person_id))
            name = details_of(unit, secrets, person_id)[0].name
            base = _LOWEST_BASE + number * _STEP
            lines.append(DeclaredLine(number + 1, numbers[RESIDENT], name, ChangeKind.ADD, base))
        return lines

    return database.read(read)
