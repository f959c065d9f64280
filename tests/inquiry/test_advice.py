"""What one changed fact does to the money, by the engine itself, and the step that follows."""

from __future__ import annotations

import datetime
from collections.abc import Mapping

import pytest

from yibao.inquiry.advice import Advice, Alternative, advice, alternatives
from yibao.inquiry.calculators import Context, all_calculators
from yibao.inquiry.filling import read
from yibao.policy.compile import PolicyLibrary

TODAY = datetime.date(2026, 11, 30)
STAY = {"kind": "inpatient", "institution": "grade-3A", "total": "30000"}
RETIRED_AWAY = {
    **STAY,
    "scheme": "employee",
    "status": "retired",
    "where": "away",
    "care_area": "110000",
}


def _told(
    packs: PolicyLibrary, name: str, written: Mapping[str, str]
) -> tuple[tuple[Alternative, ...], Advice | None, int]:
    context = Context(packs, TODAY)
    calculator = all_calculators(packs)[name]
    answer = calculator.answer(context, read(calculator.inputs, written, TODAY).values)
    rows = alternatives(calculator, context, written, answer)
    figure = answer.figure.value if answer.figure is not None else 0
    return (
        rows,
        advice(calculator, context, written, answer, rows),
        figure if isinstance(figure, int) else 0,
    )


def _own(packs: PolicyLibrary, name: str, written: Mapping[str, str]) -> int:
    return _told(packs, name, written)[2]


def test_every_alternative_is_the_answer_to_its_own_address(packs: PolicyLibrary) -> None:
    for written in (STAY, RETIRED_AWAY):
        rows, _, now = _told(packs, "visit", written)
        assert rows
        for row in rows:
            assert row.difference == row.amount - now != 0
            assert _own(packs, "visit", {**written, **row.changes}) == row.amount


def test_an_unfiled_stay_away_says_what_a_filing_saves(packs: PolicyLibrary) -> None:
    _, said, unfiled = _told(packs, "visit", RETIRED_AWAY)
    filed = _own(packs, "visit", {**RETIRED_AWAY, "filing": "referral"})
    assert unfiled > filed
    assert said is not None
    saved = (unfiled - filed) // 100
    assert str(said.title).startswith(f"走之前先备案，少付 {saved:,}")
    assert said.address == "/guides?task=filing"


def test_a_filed_stay_says_what_no_filing_would_cost(packs: PolicyLibrary) -> None:
    _, said, _ = _told(packs, "visit", {**RETIRED_AWAY, "filing": "referral"})
    assert said is not None
    assert "没有备案就去" in str(said.text)


def test_what_one_can_choose_comes_first_and_the_least_first(packs: PolicyLibrary) -> None:
    rows, said, _ = _told(packs, "visit", STAY)
    assert [row.chosen for row in rows] == sorted((row.chosen for row in rows), reverse=True)
    chosen = [row.amount for row in rows if row.chosen]
    assert chosen == sorted(chosen)
    assert said is None, "at home nothing is to be filed"


@pytest.mark.parametrize(
    ("paid_on", "words"),
    [("2024-12-20", "过了 2025-02-25 才缴"), ("2025-06-01", "不晚于 2025-02-25 缴")],
)
def test_a_payment_says_what_the_last_day_is_worth(
    packs: PolicyLibrary, paid_on: str, words: str
) -> None:
    written = {"scheme": "resident", "year": "2025", "paid_on": paid_on}
    rows, said, _ = _told(packs, "contribute", written)
    assert [str(row.label) for row in rows] == [words]
    assert said is not None
    assert words in str(said.text)


def test_who_has_no_cover_learns_since_when_a_payment_today_would_give_it(
    packs: PolicyLibrary,
) -> None:
    written = {
        "scheme": "resident",
        "enrolled_from": "2018-01-01",
        "history": "listed",
        "year-1": "2025",
        "paid_on-1": "2024-12-01",
        "on": "2026-11-30",
    }
    _, said, _ = _told(packs, "cover", written)
    assert said is not None
    assert str(said.title) == "2026 年度还没有缴"
    assert said.address.startswith("/calc/contribute?")
    paid = {**written, "year-2": "2026", "paid_on-2": "2025-12-01"}
    assert _told(packs, "cover", paid)[1] is None
