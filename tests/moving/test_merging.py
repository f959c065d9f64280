"""Somebody registered twice becomes one: money, accumulators and cards, by two people."""

from __future__ import annotations

import datetime
from collections.abc import Callable
from dataclasses import replace
from typing import Any

import pytest

from yibao.access.errors import DeniedError
from yibao.access.permissions import Role
from yibao.access.users import add_user, log_in
from yibao.api.counter.errand import ErrandCall, outlook
from yibao.api.counter.errands import BY_NAME
from yibao.benefit.facts import Enrolment, Filing, Institution, ResidentContribution, Visit
from yibao.crossing import operations as crossing
from yibao.errors import ConflictError, InputError
from yibao.insured.accounts.credits import run_credits
from yibao.insured.accounts.merging import running_relations
from yibao.insured.enrolment.cover import cover_rows
from yibao.insured.errors import MergedError
from yibao.insured.people.certificates import RESIDENT
from yibao.insured.people.finding import find_person
from yibao.insured.people.merged import records_of, survivor_of
from yibao.insured.people.registration import Named, register
from yibao.ledger import operations as ledger
from yibao.moving.applications import MERGER, Merger
from yibao.moving.merging import merger_of
from yibao.office.documents import add_document
from yibao.office.errors import MovedOnError
from yibao.office.operations import Subject, open_case
from yibao.record import care
from yibao.record.filings import filings
from yibao.record.paging import Asked
from yibao.record.store_check import StoreCheck

from ..support.actors import ADMINISTRATOR, CLERK, oneself
from ..support.pictures import picture
from .conftest import BALANCE, NUMBER, OLD, Areas, months, mover, spell

AT = datetime.datetime(2026, 9, 25, 2, tzinfo=datetime.UTC)
DAY = AT.date()
PASSPORT = "E12345678"
EARLIER = spell(OLD, datetime.date(2020, 1, 1), datetime.date(2024, 12, 31))
LATER = spell(OLD, datetime.date(2025, 1, 1))
Visits = Callable[..., Visit]


def _register(
    areas: Areas, name: str, since: Any, number: str = "", kind: str = RESIDENT, balance: int = 0
) -> None:
    """Paid to the end of the enrolment, of one that runs through August 2026."""
    first, last = since.start, since.end or datetime.date(2026, 8, 31)
    count = (last.year - first.year) * 12 + last.month - first.month + 1
    paid = months(first.year * 100 + first.month, count)
    register(
        areas.database,
        mover(name, since, paid=paid),
        actor=CLERK,
        balance=balance,
        day=since.start,
        named=Named("王秀兰", kind, number) if number else None,
        library=areas.packs,
    )


def _twice(areas: Areas) -> None:
    """Wang since 2025 with an identity card, and before that with a passport."""
    _register(areas, "wang", LATER, number=NUMBER, balance=BALANCE)
    _register(areas, "wang2", EARLIER, number=PASSPORT, kind="passport", balance=12_345)
    areas.store.institution(Institution("h1", OLD, "hospital", 2))


def _call(areas: Areas, actor: Any, number: str = PASSPORT, kind: str = "passport") -> ErrandCall:
    values = {"certificate": kind, "number": number}
    return ErrandCall(areas.database, areas.packs, actor, areas.key(actor), "wang", values, AT)


def _opened(areas: Areas, survivor: str = "wang", merged: str = "wang2") -> str:
    clerk = areas.of(Role.CLERK, OLD)
    data = areas.database.read(lambda unit: merger_of(unit, merged, DAY))
    answer = open_case(
        areas.database, areas.key(clerk), MERGER, Subject(OLD, survivor), data, actor=clerk, at=AT
    )
    case = str(answer["case"])
    with pytest.raises(ConflictError, match="材料不齐"):
        areas.move(case, "accept", clerk, AT)
    add_document(
        areas.database, areas.key(clerk), case, "identity_card", "a.jpg", picture(), actor=clerk,
        at=AT,
    )  # fmt: skip
    areas.move(case, "accept", clerk, AT)
    return case


def _merge(areas: Areas, survivor: str = "wang", merged: str = "wang2") -> Any:
    case = _opened(areas, survivor, merged)
    return areas.move(case, "approve", areas.of(Role.REVIEWER, OLD), AT)["effect"]


def _check(areas: Areas) -> None:
    areas.check()
    check = StoreCheck(areas.database, 0)
    for part in (check._of_the_books, check._of_the_chains, check._of_the_people):
        assert [str(fault) for fault in part()] == []


def test_one_record_with_the_money_the_months_and_the_cards_of_both(areas: Areas) -> None:
    _twice(areas)
    _register(areas, "son", LATER)
    areas.store.relate("wang2", "son", "spouse")
    disease = min(areas.packs.rulebook(OLD).disease_names)
    filed = Filing("wang2", "chronic", None, disease, datetime.date(2024, 3, 1))
    crossing.record(areas.database, areas.store.key("file"), filed, actor=CLERK)
    add_user(areas.database, ADMINISTRATOR, "old", "correct horse", Role.INSURED, person_id="wang2")
    clerk = areas.of(Role.CLERK, OLD)
    before = areas.store.fingerprint()
    seen = outlook(BY_NAME["merger"], _call(areas, clerk))
    notes = "\n".join(seen.answer["notes"])
    assert "缴费 20 个月" in notes
    assert "缴费 60 个月" in notes
    assert "备案 1 份" in notes
    assert "123.45 元" in notes
    assert seen.before is not None
    assert (seen.before.balance, seen.after.balance) == (BALANCE, BALANCE + 12_345)
    assert areas.store.fingerprint() == before, "nothing is left of what was only shown"
    assert _merge(areas)["amount"] == 12_345
    assert areas.store.balance("wang") == BALANCE + 12_345
    assert areas.store.entries(ledger.personal("wang2")) == 0
    facts = areas.store.facts("wang")
    assert [(spell.start.year, spell.end) for spell in facts.enrolments] == [
        (2020, datetime.date(2024, 12, 31)),
        (2025, None),
    ]
    assert facts.contributions_employee is not None
    assert len(facts.contributions_employee) == 80
    covered = areas.database.read(lambda unit: cover_rows(unit, "wang"))
    assert (covered[0].start, covered[0].entitled) == (datetime.date(2020, 1, 1), True)
    read = areas.database.read
    assert read(lambda unit: survivor_of(unit, "wang2")) == "wang"
    assert read(lambda unit: records_of(unit, "wang")) == ["wang", "wang2"]
    for kind, number in ((RESIDENT, NUMBER), ("passport", PASSPORT)):
        assert find_person(areas.database, kind, number, actor=clerk) == "wang"
    assert log_in(areas.database, "old", "correct horse", DAY).person_id == "wang"
    assert read(lambda unit: crossing_of(unit, "wang")) == [disease]
    assert read(lambda unit: relatives_of(unit, "son")) == ["wang"]
    with pytest.raises(MergedError, match="已经并入 wang"):
        areas.store.relate("wang2", "son", "sibling")
    _check(areas)


def crossing_of(unit: Any, person_id: str) -> list[str | None]:
    return [row.disease for row in filings(unit, person_id, Asked(None, 5)).rows]  # type: ignore[attr-defined]


def relatives_of(unit: Any, person_id: str) -> list[str]:
    return [known.relative for known in running_relations(unit, person_id, DAY)]


def test_what_was_used_on_both_counts_together_and_stays_where_it_was_settled(
    areas: Areas, make_visit: Visits
) -> None:
    """The third visit is paid as of somebody who had all of them on one record."""
    _twice(areas)
    _register(areas, "zhao", replace(EARLIER, end=None))
    for name in ("wang", "zhao"):
        areas.store.settle(make_visit("v1", name, "h1", 310_000, start="2025-03-10"))
    for name in ("wang2", "zhao"):
        areas.store.settle(
            make_visit("v2", name, "h1", 2_500_000, start="2024-12-02", end="2024-12-09")
        )
    own, other = areas.store.state("wang"), areas.store.state("wang2")
    _merge(areas)
    together = areas.store.state("wang")
    assert together == areas.store.state("zhao")
    assert together != own
    assert together != other
    third = [
        areas.store.settle(
            make_visit("v3", name, "h1", 900_000, start="2025-05-10", end="2025-05-19")
        )
        for name in ("wang", "zhao")
    ]
    assert third[0]["fund"] == third[1]["fund"]
    assert third[0]["own"] == third[1]["own"]
    visits = areas.database.read(lambda unit: care.settlements(unit, "wang", Asked(None, 9)))
    assert sorted(row.visit for row in visits.rows) == ["v1", "v2", "v3"]
    _check(areas)
    areas.store.reverse("wang", "v1")
    areas.store.reverse("zhao", "v1")
    assert areas.store.state("wang") == areas.store.state("zhao")
    with pytest.raises(MergedError):
        areas.store.reverse("wang2", "v2")
    month = run_credits(areas.database, areas.packs, OLD, 202408, actor=CLERK)
    assert month is not None, "a run over a month of before passes the closed record over"
    _check(areas)


def test_open_matters_and_contradictions_stand_against_it_by_name(areas: Areas) -> None:
    _twice(areas)
    clerk = areas.of(Role.CLERK, OLD)
    with pytest.raises(InputError, match="就是这份登记的"):
        outlook(BY_NAME["merger"], _call(areas, clerk, NUMBER, RESIDENT))
    _register(areas, "li", LATER)
    born = mover("qian", LATER, paid=months(202501, 3), birth=datetime.date(1981, 1, 1))
    register(areas.database, born, actor=CLERK, balance=0, day=LATER.start)
    with pytest.raises(ConflictError, match="性别或出生日期不同"):
        _merge(areas, "wang", "qian")
    areas.store.relate("wang2", "li", "spouse")
    areas.store.grant("wang2", "li")
    case = _opened(areas)
    reviewer = areas.of(Role.REVIEWER, OLD)
    before = areas.store.fingerprint()
    with pytest.raises(ConflictError, match="共济授权"):
        areas.move(case, "approve", reviewer, AT)
    assert areas.store.fingerprint() == before
    areas.store.revoke("wang2", "li", "2026-09-01")
    areas.apply("wang2", area=OLD)
    with pytest.raises(ConflictError, match="还有没有办完的事：医保关系转入"):
        areas.move(case, "approve", reviewer, AT)
    _check(areas)


def test_years_that_both_paid_are_given_back_first(areas: Areas) -> None:
    year = Enrolment("resident", None, datetime.date(2025, 1, 1), None, OLD)
    paid = (ResidentContribution(2026, datetime.date(2025, 11, 1)),)
    for name in ("wang", "wang2"):
        facts = mover(name, year, contributions_resident=paid)
        register(areas.database, facts, actor=CLERK, balance=0, day=year.start)
    with pytest.raises(ConflictError, match="居民医保 2026 年两份登记都缴了费"):
        _merge(areas)


def test_who_may_not_merge_changes_nothing_and_of_two_one_wins(areas: Areas, together: Any) -> None:
    _twice(areas)
    case = _opened(areas)
    before = areas.store.fingerprint()
    for role in Role:
        if role in (Role.REVIEWER, Role.OFFICER):
            continue
        actor = oneself("wang") if role is Role.INSURED else areas.of(role, OLD)
        with pytest.raises(DeniedError):
            areas.move(case, "approve", actor, AT)
    with pytest.raises(DeniedError):
        areas.move(case, "approve", areas.of(Role.REVIEWER), AT)
    for role in Role:
        actor = oneself("wang") if role is Role.INSURED else areas.of(role, OLD)
        if role not in (Role.CLERK, Role.OFFICER):
            with pytest.raises(DeniedError):
                outlook(BY_NAME["merger"], _call(areas, actor))
    assert areas.store.fingerprint() == before
    answers = together(
        [
            lambda name=name: areas.move(case, "approve", areas.of(Role.REVIEWER, OLD, name), AT)
            for name in ("zhao", "qian")
        ]
    )
    assert sum(isinstance(answer, dict) for answer in answers) == 1
    assert sum(isinstance(answer, MovedOnError) for answer in answers) == 1
    assert areas.store.balance("wang") == BALANCE + 12_345
    assert Merger(merged="wang2").relatives == ()
    _check(areas)
