"""Cover on two time axes: what was known before stays."""

from __future__ import annotations

import datetime
import itertools
from collections.abc import Callable
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from yibao.access.operations import Key
from yibao.benefit.coverage import cover_on
from yibao.benefit.facts import (
    EmployeeContribution,
    Enrolment,
    GroupMembership,
    Institution,
    Person,
    ResidentContribution,
    Visit,
)
from yibao.care.institutions import register_institution
from yibao.care.settling import Settlements
from yibao.database.unit import Database
from yibao.insured import operations as insured
from yibao.insured.enrolment.cover import CoverInterval, cover_intervals, cover_rows
from yibao.insured.enrolment.documents import Proof
from yibao.policy.compile import PolicyLibrary

from ..support.actors import CLERK, WARD, oneself

DAY = datetime.date.fromisoformat


def instant(day: str) -> datetime.datetime:
    return datetime.datetime.combine(DAY(day), datetime.time(4), datetime.UTC)


@pytest.fixture
def known(database: Database) -> Callable[[str, str], str | None]:
    """What was known on one day about another: a reason, or None."""

    def ask(day: str, known_on: str) -> str | None:
        interval = insured.cover_known(database, "p1", DAY(day), DAY(known_on), actor=CLERK)
        return None if interval is None else interval.reason

    return ask


def test_a_back_payment_leaves_what_was_known(
    database: Database,
    packs: PolicyLibrary,
    make_person: Callable[..., Person],
    known: Callable[[str, str], str | None],
) -> None:
    facts = make_person("p1", months=[(202501, 500000), (202502, 500000)])
    insured.register(
        database,
        facts,
        actor=CLERK,
        day=DAY("2025-01-01"),
        library=packs,
        at=instant("2025-03-01"),
    )
    assert known("2025-02-15", "2025-03-01") == "covered"
    assert known("2025-05-20", "2025-03-01") == "lapsed"
    assert known("2025-05-20", "2025-02-28") is None  # nobody knew the person yet
    owed = insured.owed_periods(packs, facts, DAY("2025-05-10"))
    assert [each.periods for each in owed] == [(202503,), (202504,)]
    bills = insured.make_back_bills(
        database, packs, Key("desk", "bill", "1"), "p1", DAY("2025-05-10"), actor=CLERK
    )
    assert [each["periods"] for each in bills["bills"]] == [[202503], [202504]]
    assert bills["due"] == sum(each["due"] for each in bills["bills"]) > 0
    for number, month in enumerate((202503, 202504, 202505)):
        insured.contribute(
            database,
            packs,
            Key("desk", "contribute", str(number)),
            "p1",
            DAY("2025-05-10"),
            actor=CLERK,
            month=month,
            months=[month],
            base=500000,
            at=instant("2025-05-10"),
        )
    assert known("2025-05-20", "2025-05-09") == "lapsed"  # as it was known then
    assert known("2025-05-20", "2025-05-10") == "covered"
    assert known("2025-05-05", "2025-05-10") == "lapsed"  # made good from the payment on
    assert database.read(lambda unit: insured.profile_faults(unit, "p1")) == []
    facts = database.read(lambda unit: insured.rebuild_profile(unit, "p1"))
    assert insured.owed_periods(packs, facts, DAY("2025-05-20")) == []


def test_a_settlement_reads_what_is_known_at_its_instant(
    database: Database,
    packs: PolicyLibrary,
    make_person: Callable[..., Person],
    make_institution: Callable[..., Institution],
    make_visit: Callable[..., Visit],
    known: Callable[[str, str], str | None],
) -> None:
    facts = make_person("p1", scheme="resident", years=[(2024, "2023-12-01")])
    insured.register(
        database,
        facts,
        actor=CLERK,
        day=DAY("2024-01-01"),
        library=packs,
        at=instant("2025-01-02"),
    )
    register_institution(database, make_institution("h1"), actor=CLERK)
    settlements = Settlements(database, packs)
    dates = {"start": "2025-03-10", "end": "2025-03-20"}

    def settle(visit_id: str) -> Any:
        visit = make_visit(visit_id, "p1", "h1", 1_000_000, **dates)
        key = Key("h1", "settle", visit_id)
        settlements.settle(key, visit, actor=WARD)
        return settlements.read("p1", visit_id, actor=oneself("p1"))

    before = settle("v1")
    assert (before.entitled, before.fund) == (False, 0)
    # Paid in the window, but the channel told it months later.
    insured.contribute(
        database,
        packs,
        Key("desk", "contribute", "1"),
        "p1",
        DAY("2024-12-20"),
        actor=CLERK,
        year=2025,
        at=instant("2025-05-02"),
    )
    after = settle("v2")
    assert after.entitled is True
    assert after.fund > 0
    assert settlements.read("p1", "v1", actor=oneself("p1")) == before
    assert known("2025-03-10", "2025-03-20") == "unpaid"
    assert known("2025-03-10", "2025-05-02") == "covered"


def test_a_clock_that_goes_back_hides_nothing(
    database: Database,
    packs: PolicyLibrary,
    make_person: Callable[..., Person],
    known: Callable[[str, str], str | None],
) -> None:
    facts = make_person("p1", scheme="resident", years=[(2024, "2023-12-01")])
    at = instant("2025-02-01")
    insured.register(database, facts, actor=CLERK, day=DAY("2024-01-01"), library=packs, at=at)
    insured.contribute(
        database,
        packs,
        Key("desk", "contribute", "1"),
        "p1",
        DAY("2024-12-20"),
        actor=CLERK,
        year=2025,
        at=instant("2025-01-01"),
    )
    assert known("2025-06-01", "2025-02-02") == "covered"
    rows = database.read(lambda unit: cover_rows(unit, "p1", at))
    assert (
        next(interval for interval in rows if interval.holds_on(DAY("2025-06-01"))).reason
        == "unpaid"
    )


def test_retirement_is_known_from_the_day_it_is_recorded(
    database: Database,
    packs: PolicyLibrary,
    make_person: Callable[..., Person],
) -> None:
    facts = make_person("p1")
    insured.register(
        database,
        facts,
        actor=CLERK,
        day=DAY("2020-01-01"),
        library=packs,
        at=instant("2025-01-01"),
    )
    insured.change_enrolment(
        database,
        packs,
        Key("desk", "change", "1"),
        "p1",
        DAY("2025-03-01"),
        actor=CLERK,
        status="retired",
        proofs=(Proof("retirement_approval"),),
        at=instant("2025-06-01"),
    )
    asked = [
        insured.cover_known(database, "p1", DAY("2025-04-01"), DAY(day), actor=CLERK)
        for day in ("2025-05-31", "2025-06-01")
    ]
    assert [interval and interval.status for interval in asked] == ["working", "retired"]
    before = insured.cover_known(database, "p1", DAY("2025-02-01"), DAY("2025-06-01"), actor=CLERK)
    assert before == CoverInterval(
        DAY("2020-01-01"),
        DAY("2025-02-28"),
        True,
        "employee",
        "working",
        facts.area,
        "covered",
    )


# --- intervals say what the kernel says, day by day ----------------------------------------------

_START = DAY("2022-01-01")
_DAYS = st.integers(0, 900).map(lambda n: _START + datetime.timedelta(days=n))


@st.composite
def lives(draw: Any, area: str) -> Person:
    cuts = sorted(draw(st.sets(_DAYS, min_size=1, max_size=3)))
    enrolments = []
    for start, following in itertools.pairwise([*cuts, None]):
        scheme = draw(st.sampled_from(["resident", "employee", "employee"]))
        end = None if following is None else following - datetime.timedelta(days=1)
        status = None if scheme == "resident" else draw(st.sampled_from(["working", "retired"]))
        kind = draw(st.sampled_from(["employer", "flexible"]))
        enrolments.append(Enrolment(scheme, status, start, end, area, kind))
    years = draw(st.sets(st.integers(2021, 2025), max_size=3))
    months = draw(st.sets(st.integers(0, 35), max_size=12))
    residents = tuple(
        ResidentContribution(
            year, DAY(f"{year - 1}-10-01") + datetime.timedelta(draw(st.integers(0, 500)))
        )
        for year in sorted(years)
    )
    employees = tuple(
        EmployeeContribution((2022 + n // 12) * 100 + n % 12 + 1, 500000, draw(st.none() | _DAYS))
        for n in sorted(months)
    )
    groups = (GroupMembership("low_income", draw(_DAYS)),) if draw(st.booleans()) else ()
    return Person(
        "p",
        "male",
        DAY("1980-01-01"),
        area,
        groups,
        tuple(enrolments),
        residents or None,
        employees or None,
    )


@given(data=st.data())
def test_intervals_answer_every_day_as_the_kernel_does(
    data: Any, packs: PolicyLibrary, area: str
) -> None:
    person = data.draw(lives(area))
    intervals = cover_intervals(packs, person)
    for earlier, later in itertools.pairwise(intervals):
        assert earlier.end is not None
        assert earlier.end < later.start
    since = data.draw(_DAYS).replace(day=1)
    for later_interval in cover_intervals(packs, person, since):
        assert later_interval.start >= since
    for n in range(0, 1200, 3):
        day = _START + datetime.timedelta(days=n)
        kernel = cover_on(packs, person, day)
        interval = next((candidate for candidate in intervals if candidate.holds_on(day)), None)
        if kernel.enrolment is None:
            assert interval is None
        else:
            assert interval is not None
            assert (interval.entitled, interval.scheme) == (
                kernel.entitled,
                kernel.enrolment.scheme,
            ), day
