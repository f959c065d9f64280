"""Rules over settlements: what they find, once, and no line counted twice."""

from __future__ import annotations

import datetime
from collections.abc import Callable
from dataclasses import replace
from typing import Any

import pytest

from yibao.access.errors import DeniedError
from yibao.access.permissions import Role
from yibao.conduct import operations as conduct
from yibao.conduct.checking import findings_of
from yibao.conduct.looks import CheckedLine, CheckedPerson, CheckedVisit
from yibao.conduct.reading import list_hits
from yibao.errors import ConflictError
from yibao.jobs.operations import run_due
from yibao.office.reading import queue
from yibao.policy.kinds import Sex, VisitKind

from ..support.actors import ADMINISTRATOR, AUDITOR, WARD, oneself
from .conftest import AT, Bureau

Build = Callable[..., Any]


def _day(text: str) -> datetime.date:
    return datetime.date.fromisoformat(text)


def _visit(name: str, start: str, end: str = "", **facts: Any) -> CheckedVisit:
    visit = CheckedVisit(
        "p", name, "h1", "140100", VisitKind.INPATIENT if end else VisitKind.OUTPATIENT,
        _day(start), _day(end or start), 10_000,
    )  # fmt: skip
    return replace(visit, **facts)


def _drug(key: str, day: str, **facts: Any) -> CheckedLine:
    return replace(CheckedLine(key, "X1", "某药", day, 500, is_drug=True), **facts)


def _found(*visits: CheckedVisit, **facts: Any) -> list[tuple[str, str]]:
    person = replace(CheckedPerson("p", Sex.FEMALE, None, visits), **facts)
    return [(rule.code, finding.visit.visit_id) for rule, finding in findings_of(person)]


def test_each_rule_finds_what_it_is_for_and_nothing_else() -> None:
    stay = _visit("s1", "2026-05-01", "2026-05-10")
    assert _found(stay) == []
    again = _visit("s2", "2026-05-25", "2026-05-28")
    assert _found(stay, again) == [("RC1", "s2")], "the fifteenth day still counts"
    assert _found(stay, replace(again, start=_day("2026-05-26"))) == []
    assert _found(stay, replace(again, emergency=True)) == []
    assert _found(replace(stay, disease="a"), replace(again, disease="b")) == []
    other = _visit("s3", "2026-05-09", "2026-05-12", institution_id="h2")
    assert _found(stay, other) == [("RC2", "s3")]
    transfer = replace(other, start=_day("2026-05-10"), emergency=True)
    assert _found(stay, transfer) == [], "the day of a transfer is common to both"
    inside = _visit("o1", "2026-05-05", institution_id="h2")
    assert _found(stay, inside) == [("RC3", "o1")]
    assert _found(stay, replace(inside, start=_day("2026-05-10"), end=_day("2026-05-10"))) == []
    birth = _visit("m1", "2026-05-05", kind=VisitKind.MATERNITY)
    assert _found(birth) == []
    assert _found(birth, sex=Sex.MALE) == [("RC7", "m1")]
    assert _found(inside, died_on=_day("2026-05-04")) == [("RC12", "o1")]
    assert _found(inside, died_on=_day("2026-05-05")) == []


def test_rules_of_lines() -> None:
    boxes = _visit("o1", "2026-05-05", lines=(_drug("1", "2026-05-05"), _drug("2", "2026-05-05")))
    assert _found(boxes) == [], "two boxes in one visit"
    later = _visit("o2", "2026-05-05", lines=(_drug("3", "2026-05-05"),))
    assert _found(boxes, later) == [("RC4", "o2")]
    days = [f"2026-05-0{day}" for day in range(1, 6)]
    five = [_visit(f"b{day}", day, lines=(_drug(day, day),)) for day in days]
    assert _found(*five) == [("RC10", "b2026-05-05")]
    assert _found(*five[:4]) == []
    dear = _visit("d1", "2026-05-05", lines=(_drug("1", "2026-05-05", over_limit=1),))
    assert _found(dear) == [("RC13", "d1")]


@pytest.fixture
def checked(bureau: Bureau, make_visit: Build, make_institution: Build) -> Bureau:
    """Two stays that overlap, the second one soon after a first one."""
    bureau.store.institution(make_institution("h2", price_class=2))
    for name, where, start, end in (
        ("v1", "h1", "2026-04-01", "2026-04-20"),
        ("v2", "h2", "2026-05-01", "2026-05-10"),
        ("v3", "h1", "2026-05-08", "2026-05-12"),
    ):
        visit = make_visit(name, "worker", where, 2_000_000, start=start, end=end)
        bureau.store.settle(visit)
    return bureau


def test_a_month_is_checked_once_and_no_fen_counts_twice(checked: Bureau) -> None:
    inspector = checked.of(Role.INSPECTOR)
    funds = {row["visit_id"]: row["fund"] for row in checked.store.rows()}
    first = conduct.check_month(checked.database, 202605, actor=inspector, at=AT)
    assert (first.people, first.new) == (1, 2)
    hits = list_hits(checked.database, inspector)
    assert [(hit.rule.code, hit.visit_id, hit.amount) for hit in hits] == [
        ("RC2", "v3", funds["v3"]),
        ("RC1", "v2", funds["v2"]),
    ]
    assert "重叠" in str(hits[0].reason)
    assert first.amount == funds["v2"] + funds["v3"]
    again = conduct.check_month(checked.database, 202605, actor=inspector, at=AT)
    assert (again.new, again.amount) == (0, 0)
    (ran,) = run_due(
        checked.database, checked.packs, AT.date(), by=ADMINISTRATOR, names=["conduct"]
    )
    assert (ran.state, ran.period, ran.served) == ("completed", 202605, 1)
    assert not list(
        run_due(checked.database, checked.packs, AT.date(), by=ADMINISTRATOR, names=["conduct"])
    )
    checked.check()


def test_a_hit_becomes_a_lead_once_or_is_dropped_with_a_reason(checked: Bureau) -> None:
    inspector = checked.of(Role.INSPECTOR)
    conduct.check_month(checked.database, 202605, actor=inspector, at=AT)
    overlap, split = list_hits(checked.database, inspector)
    lead = checked.lead(
        source="rule", subject_kind="institution", subject_id="h1", hits=(overlap.hit_id,)
    )
    for actor in (oneself("worker"), WARD, AUDITOR, checked.of(Role.CLERK)):
        with pytest.raises(DeniedError):
            conduct.drop_hit(checked.database, checked.key(actor), split.hit_id, "急", actor=actor)
        with pytest.raises(DeniedError):
            conduct.check_month(checked.database, 202605, actor=actor)
    case = checked.note(lead, Role.INSPECTOR)
    assert checked.page(case).data.found == overlap.amount
    with pytest.raises(ConflictError, match="已经办过"):
        checked.note(lead, Role.INSPECTOR)
    conduct.drop_hit(
        checked.database, checked.key(inspector), split.hit_id, "按计划化疗", actor=inspector
    )
    assert list_hits(checked.database, inspector) == []
    checked.check()


def test_care_after_death_is_a_lead_at_once(
    bureau: Bureau, make_visit: Build, monkeypatch: pytest.MonkeyPatch
) -> None:
    bureau.store.settle(make_visit("v1", "worker", "h1", 900_000, start="2026-05-04"))
    died = {"worker": datetime.date(2026, 5, 1)}
    monkeypatch.setattr("yibao.conduct.checking.deaths_of", lambda unit, people: died)
    inspector = bureau.of(Role.INSPECTOR)
    assert conduct.check_month(bureau.database, 202605, actor=inspector, at=AT).new == 1
    assert conduct.check_month(bureau.database, 202605, actor=inspector, at=AT).new == 0
    assert list_hits(bureau.database, inspector) == [], "it waits as a lead"
    (lead,) = queue(bureau.database, inspector, AT.date(), kinds=["conduct"], every=True)
    page = bureau.page(lead.case_id)
    assert (page.data.subject_id, page.data.found) == ("h1", bureau.store.rows()[0]["fund"])
    assert "登记的死亡日期是 2026-05-01" in page.data.text
    bureau.check()
