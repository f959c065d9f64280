"""Lapses are found by ranges of months; month by month gives the same."""

from __future__ import annotations

import datetime
import random

from yibao.benefit.coverage import _Lapse, _lapses, months_paid_before
from yibao.benefit.facts import (
    EmployeeContribution,
    Enrolment,
    Person,
    month_of,
    next_month,
)
from yibao.benefit.paid_months import PaidMonths
from yibao.policy.compile import PolicyLibrary
from yibao.policy.kinds import Scheme, Sex, Status

AREA = "140100"


def month_by_month(person: Person, day: datetime.date) -> list[_Lapse]:
    """The runs of months without timely payment before the month of ``day``."""
    listed = person.contributions_employee
    if not listed:
        return []
    by_month = {payment.month: payment for payment in listed}
    first = min(each.start for each in person.enrolments if each.scheme == Scheme.EMPLOYEE)
    month, last = max(listed[0].month, month_of(first)), month_of(day)
    runs: list[_Lapse] = []
    run: _Lapse | None = None
    while month <= last:
        payment = by_month.get(month)
        enrolment = person.enrolment_in_month(month)
        if enrolment is not None and (
            enrolment.scheme != Scheme.EMPLOYEE or enrolment.status == Status.RETIRED
        ):
            month = next_month(month)
            continue
        if payment is not None and (
            payment.paid_on is None or month_of(payment.paid_on) <= payment.month
        ):
            resumed = payment.paid_on or datetime.date(month // 100, month % 100, 1)
            if run is not None and resumed <= day:
                run.open_, run.resumed, run = False, resumed, None
        elif month < last:
            if run is None:
                run = _Lapse([], True, None, True)
                runs.append(run)
            run.months.append(month)
            if payment is None or payment.paid_on is None or payment.paid_on > day:
                run.repaired = False
        month = next_month(month)
    return runs


def paid_month_by_month(person: Person, day: datetime.date) -> int:
    """The months insured as an employee and paid, or not listed, in a row before a day."""
    enrolment = person.enrolment_on(day)
    if enrolment is None or enrolment.scheme != Scheme.EMPLOYEE:
        return 0
    months_listed = [payment.month for payment in person.contributions_employee or ()]
    count, month = 0, month_of(day)
    while count < 600:
        month = month - 1 if month % 100 > 1 else (month // 100 - 1) * 100 + 12
        then = person.enrolment_in_month(month)
        if then is None or then.scheme != Scheme.EMPLOYEE:
            break
        if months_listed and month >= months_listed[0] and month not in months_listed:
            break
        count += 1
    return count


def _life(chance: random.Random) -> Person:
    """Somebody who changes schemes, has gaps between them, and pays late or not at all."""
    start = datetime.date(2015, 1, 1) + datetime.timedelta(days=chance.randrange(400))
    enrolments = []
    for number in range(chance.randrange(1, 5)):
        end = start + datetime.timedelta(days=chance.randrange(1, 900))
        is_employee = number == 0 or chance.random() < 0.6
        status = chance.choice([Status.WORKING, Status.RETIRED]) if is_employee else None
        scheme = Scheme.EMPLOYEE if is_employee else Scheme.RESIDENT
        enrolments.append(Enrolment(scheme, status, start, end, AREA))
        start = end + datetime.timedelta(days=chance.choice([1, 1, 1, 20, 200]))
    if chance.random() < 0.5:
        last = enrolments.pop()
        enrolments.append(Enrolment(last.scheme, last.status, last.start, None, AREA))
    months = []
    month = month_of(enrolments[0].start)
    for _ in range(chance.randrange(1, 100)):
        month = next_month(month)
        if chance.random() < 0.12:
            continue
        first_day = datetime.date(month // 100, month % 100, 1)
        late = chance.choice([None, 0, 14, 14, -40, 45, 300])
        paid_on = None if late is None else first_day + datetime.timedelta(days=late)
        months.append(EmployeeContribution(month, 400_000, paid_on))
    birth = datetime.date(1980, 1, 1)
    return Person("p", Sex.MALE, birth, AREA, (), tuple(enrolments), None, tuple(months) or None)


def test_ranges_give_the_lapses_of_every_month(packs: PolicyLibrary, verify: bool) -> None:
    chance = random.Random(20)
    several = 0
    for _ in range(20_000 if verify else 1_500):
        person = _life(chance)
        day = datetime.date(2015, 1, 1) + datetime.timedelta(days=chance.randrange(4_000))
        lapses = _lapses(packs, person, day)
        assert lapses == month_by_month(person, day)
        several += len(lapses) > 1
    assert several > 100


def test_ranges_count_the_months_paid_in_a_row(verify: bool) -> None:
    chance = random.Random(21)
    counted = 0
    for _ in range(20_000 if verify else 1_500):
        person = _life(chance)
        day = datetime.date(2015, 1, 1) + datetime.timedelta(days=chance.randrange(4_000))
        assert months_paid_before(person, day) == paid_month_by_month(person, day)
        counted += months_paid_before(person, day) > 3
    assert counted > 100
    since = datetime.date(1950, 1, 1)
    enrolment = Enrolment(Scheme.EMPLOYEE, Status.WORKING, since, None, AREA)
    person = Person("p", Sex.MALE, since, AREA, (), (enrolment,), None, None)
    assert months_paid_before(person, datetime.date(2025, 1, 1)) == 600


def test_what_is_asked_of_many_years_is_asked_of_few_months(packs: PolicyLibrary) -> None:
    """Months without a lapse are passed over together, however many there are."""

    class Counted(PaidMonths):
        asked = 0

        def in_time_until(self, month: int) -> int:
            type(self).asked += 1
            return super().in_time_until(month)

    months = [
        EmployeeContribution(year * 100 + month, 1, None)
        for year in range(2000, 2026)
        for month in range(1, 13)
    ]
    enrolment = Enrolment(Scheme.EMPLOYEE, Status.WORKING, datetime.date(2000, 1, 1), None, AREA)
    birth = datetime.date(1980, 1, 1)
    person = Person("p", Sex.MALE, birth, AREA, (), (enrolment,), None, Counted(months))
    assert _lapses(packs, person, datetime.date(2025, 12, 5)) == []
    assert Counted.asked == 1
