"""Paid months as runs: what is written is read, and no longer for more years of the same."""

from __future__ import annotations

import dataclasses
import datetime
import random

import msgspec

from yibao.benefit.facts import EmployeeContribution, Person, ResidentContribution, next_month
from yibao.benefit.paid_months import PaidMonths
from yibao.insured.stored.facts import FactsVersion, facts_of, facts_version
from yibao.insured.stored.months import PaidRun, StoredMonths, months_of, runs_of
from yibao.insured.stored.profile import profile_of, read_profile
from yibao.insured.stored.versions import packed_body
from yibao.policy.kinds import Sex


def _months(chance: random.Random) -> list[EmployeeContribution]:
    month, months = 200_001 + chance.randrange(12), []
    for _ in range(chance.randrange(0, 60)):
        month = next_month(month) if chance.random() < 0.9 else next_month(next_month(month))
        first_day = datetime.date(month // 100, month % 100, 1)
        paid_on = chance.choice([None, first_day, first_day + datetime.timedelta(days=50)])
        months.append(EmployeeContribution(month, chance.choice([None, 1, 1, 1, 2]), paid_on))
    if chance.random() < 0.2:
        chance.shuffle(months)
    return months


def test_runs_hold_every_field_of_a_month() -> None:
    fields = {field.name for field in dataclasses.fields(EmployeeContribution)}
    assert fields == {"month", "base", "paid_on"}, "write the new field in months.py too"


def test_what_is_written_as_runs_is_read() -> None:
    chance = random.Random(1)
    for _ in range(500):
        months = _months(chance)
        written = msgspec.json.encode(runs_of(months))
        assert months_of(msgspec.json.decode(written, type=list[PaidRun])) == months


def test_runs_answer_what_their_months_would() -> None:
    """Without being unfolded, where they stand in order."""
    chance = random.Random(2)
    for _ in range(500):
        listed = _months(chance)
        runs = msgspec.json.decode(msgspec.json.encode(runs_of(listed)), type=list[PaidRun])
        stored, plain = StoredMonths(runs), PaidMonths(listed)
        assert (len(stored), stored.paid, stored.in_time) == (
            len(plain),
            plain.paid,
            plain.in_time,
        )
        for month in {m for paid in listed for m in (paid.month, next_month(paid.month))}:
            assert stored.payment_for(month) == plain.payment_for(month)
        assert not listed or stored.first_month == plain.first_month
        if [paid.month for paid in listed] == sorted(paid.month for paid in listed):
            assert "_unfolded" not in vars(stored)
        assert stored == plain == tuple(listed)
        assert tuple(listed) == stored


def test_a_version_is_the_same_of_runs_and_of_their_months() -> None:
    chance = random.Random(3)
    for _ in range(500):
        listed = _months(chance)
        of_months = _person(listed, residents=chance.randrange(3))
        runs = msgspec.json.decode(msgspec.json.encode(runs_of(listed)), type=list[PaidRun])
        of_runs = dataclasses.replace(of_months, contributions_employee=StoredMonths(runs))
        version = facts_version(of_months, ())
        assert facts_version(of_runs, ()) == version
        again = _read(version)
        assert facts_version(again, ()) == version


def _person(months: list[EmployeeContribution] | None, residents: int = 0) -> Person:
    years = tuple(
        ResidentContribution(year, datetime.date(year - 1, 12, 1))
        for year in range(2010, 2010 + residents)
    )
    return Person(
        "p",
        Sex.FEMALE,
        datetime.date(1970, 1, 1),
        "140100",
        (),
        (),
        years or None,
        None if months is None else tuple(months),
    )


def _read(version: FactsVersion) -> Person:
    every = {each.hash: each for each in [*version.paid, version.facts]}
    return facts_of("p", version.facts.hash, every)[0]


def test_versions_and_profiles_are_read_as_they_were_written() -> None:
    chance = random.Random(2)
    for number in range(300):
        months = None if number % 7 == 0 else _months(chance)
        person = _person(months, chance.choice([0, 1, 14]))
        assert _read(facts_version(person, ())) == person
        document = msgspec.json.encode(profile_of(person))
        assert read_profile("p", person.sex, person.birth, document)[0] == person


def _paid(first: int, last: int) -> list[EmployeeContribution]:
    return [
        EmployeeContribution(
            year * 100 + month, 400_000 + 1_000 * year, datetime.date(year, month, 15)
        )
        for year in range(first, last + 1)
        for month in range(1, 13)
    ]


def test_a_month_more_writes_one_version_however_many_the_years() -> None:
    for first in (2025, 2006, 1990):
        months = _paid(first, 2025)
        before = facts_version(_person(months[:-1]), ())
        after = facts_version(_person(months), ())
        assert after.paid == before.paid
        assert len(after.paid) <= 5
        written = sum(len(packed_body(each.body)) for each in [*after.paid, after.facts])
        assert written < 120 + 15 * (2025 - first)


def test_a_year_more_leaves_most_versions_as_they_are() -> None:
    written: set[bytes] = set()
    for last in range(1990, 2040):
        version = facts_version(_person(_paid(1990, last)), ())
        written |= {each.hash for each in version.paid}
    assert len(written) < 2 * 50
