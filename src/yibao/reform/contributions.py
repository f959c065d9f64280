"""What a year costs who pays it, by both rulebooks: the fund's income a head.

Residents pay for a year in the window before it, with the fiscal subsidy beside; who works pays
by month on a base that the user states, with the employer beside; the retired pay nothing.
"""

from __future__ import annotations

import datetime
from typing import Any

from yibao.benefit.billing import Bill, employee_bill, resident_bill
from yibao.benefit.facts import Enrolment, Person
from yibao.errors import YibaoError
from yibao.messages import CHINESE, text_of
from yibao.policy.compile import PolicyLibrary
from yibao.policy.kinds import ContributionClass, Scheme, Sex, Status

_GROWN_UP = 30
"""Of what age whoever is asked about is, so that no group of age fits."""


def contributions(
    base: PolicyLibrary,
    changed: PolicyLibrary,
    area: str,
    years: tuple[int, int],
    base_fen: int | None,
) -> dict[str, dict[str, Any]]:
    """Fen a head and year before and after, by membership: ``individual`` and ``beside``.

    ``beside`` is the fiscal subsidy or the employer's part.  ``base_fen``: of a month; without
    one nothing is said of those who work.  Where a rulebook refuses, ``why_not`` says it.
    """
    asked: dict[str, int | None] = {Scheme.RESIDENT: None}
    if base_fen is not None:
        asked[Status.WORKING] = base_fen
    answer: dict[str, dict[str, Any]] = {}
    for membership, monthly in asked.items():
        try:
            bills = [
                _bill(library, area, year, monthly)
                for library, year in zip((base, changed), years, strict=True)
            ]
        except YibaoError as error:
            answer[membership] = {"why_not": text_of(error.message, CHINESE)}
            continue
        answer[membership] = {
            "individual": [bill.due for bill in bills],
            "beside": [bill.subsidy if monthly is None else bill.employer for bill in bills],
        }
    return answer


def _bill(library: PolicyLibrary, area: str, year: int, base_fen: int | None) -> Bill:
    start = datetime.date(year - 5, 1, 1)
    scheme = Scheme.RESIDENT if base_fen is None else Scheme.EMPLOYEE
    status = None if base_fen is None else Status.WORKING
    enrolment = Enrolment(scheme, status, start, None, area, ContributionClass.EMPLOYER)
    if base_fen is not None:
        day = datetime.date(year, 12, 31)
        return employee_bill(
            library, enrolment, year * 100 + 1, base_fen, day, first_of_year=True, months=12
        )
    person = Person(
        id="reform",
        sex=Sex.FEMALE,
        birth=datetime.date(year - _GROWN_UP, 6, 1),
        area=area,
        groups=(),
        enrolments=(enrolment,),
        contributions_resident=None,
        contributions_employee=None,
    )
    return resident_bill(library, person, area, year, datetime.date(year - 1, 12, 1))
