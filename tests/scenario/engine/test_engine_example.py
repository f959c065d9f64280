"""The worked example of the scenario format, to the fen."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest

Live = Callable[..., list[dict[str, Any]]]

PEOPLE = """
- id: li
  sex: male
  birth: 1960-03-01
  groups: [{group: low_income, from: 2024-01-01}]
  enrolments:
    - {scheme: employee, status: retired, from: 2020-01-01}
  account: 3500.00
  used:
    {year: 2025, outpatient_deductible: 0, outpatient_pooled: 0, inpatient_pooled: 0,
     chronic_pooled: 0, upper: 0, assistance: 0, eligible_own: 0, admissions: 0}
- id: wang
  sex: female
  birth: 1962-05-01
  enrolments:
    - {scheme: resident, from: 2017-01-01}
  contributions:
    - {year: 2025, paid_on: 2024-12-20}
"""
GRANTS = """
- {grantor: li, grantee: wang, relation: spouse, from: 2025-01-01, to: 2025-12-31, limit: 1000.00}
"""
FILINGS = """
- {person: li, kind: long_stay, care_area: "110000", from: 2025-03-01}
- {person: li, kind: chronic, disease: hypertension, from: 2025-01-01}
"""
STEPS = """
- visit: v1
  person: wang
  institution: h1
  kind: inpatient
  admitted: 2025-03-01
  discharged: 2025-03-09
  items:
    - {class: A, amount: 5000.00}
    - {class: B, amount: 2000.00, upfront: 10}
    - {class: A, amount: 600.00, limit: 450.00}
    - {class: C, amount: 300.00}
  draw: [own, li]
- ask: {accumulators: wang, year: 2025}
- reverse: v1
- contribute: {person: wang, year: 2026, paid_on: 2025-11-02}
- credit: {person: li, month: 2025-04}
- revoke: {grantor: li, grantee: wang, on: 2025-07-01}
- transfer: {from: li, to: wang, amount: 100.00, on: 2025-07-02}
- ask: {waiting: wang, on: 2025-06-01}
- ask: {contribution: wang, year: 2026, on: 2025-11-02}
- ask: {entitlement: wang, on: 2025-06-01}
- ask: {accumulators: wang, year: 2025}
- ask: {balance: li, on: 2025-12-31}
- ask: {ceiling: wang, on: 2026-06-01}
- ask: {balance: wang}
"""
EXPECTED: list[dict[str, Any]] = [
    {
        "visit": "v1",
        "person": "wang",
        "entitled": True,
        "total": 7900_00,
        "out_of_catalogue": 300_00,
        "over_limit": 150_00,
        "upfront": 200_00,
        "eligible": 7250_00,
        "deductible": 1000_00,
        "pooled": 3750_00,
        "upper": 0,
        "assistance": 0,
        "other_fund": 0,
        "fund": 3750_00,
        "own": 4150_00,
        "account": 0,
        "mutual_aid": 1000_00,
        "cash": 3150_00,
    },
    {
        "ask": "accumulators",
        "person": "wang",
        "year": 2025,
        "outpatient_deductible": 0,
        "outpatient_pooled": 0,
        "inpatient_pooled": 3750_00,
        "chronic_pooled": 0,
        "upper": 0,
        "assistance": 0,
        "eligible_own": 3500_00,
        "admissions": 1,
    },
    {
        "reverse": "v1",
        "fund": -3750_00,
        "own": -4150_00,
        "account": 0,
        "mutual_aid": -1000_00,
        "cash": -3150_00,
        "proposals": [],
    },
    {
        "contribute": "wang",
        "year": 2026,
        "paid_on": "2025-11-02",
        "due": 400_00,
        "late": False,
        "lines": [{"name": "individual", "amount": 400_00, "source": "O-CT-01"}],
    },
    {"credit": "li", "month": "2025-04", "amount": 85_00, "balance": 3585_00},
    {"revoke": "li", "grantee": "wang", "on": "2025-07-01"},
    {"transfer": "li", "to": "wang", "amount": 100_00, "on": "2025-07-02", "balance": 3485_00},
    {
        "ask": "waiting",
        "person": "wang",
        "on": "2025-06-01",
        "months": 0,
        "from": "2025-01-01",
        "entitled": True,
    },
    {"ask": "contribution", "person": "wang", "year": 2026, "due": 400_00, "late": False},
    {
        "ask": "entitlement",
        "person": "wang",
        "on": "2025-06-01",
        "entitled": True,
        "scheme": "resident",
    },
    {
        "ask": "accumulators",
        "person": "wang",
        "year": 2025,
        "outpatient_deductible": 0,
        "outpatient_pooled": 0,
        "inpatient_pooled": 0,
        "chronic_pooled": 0,
        "upper": 0,
        "assistance": 0,
        "eligible_own": 0,
        "admissions": 0,
    },
    {"ask": "balance", "person": "li", "on": "2025-12-31", "balance": 3485_00},
    {
        "ask": "ceiling",
        "person": "wang",
        "on": "2026-06-01",
        "original": 400000_00,
        "continuity": 0,
        "zero_claim": 3000_00,
        "ceiling": 403000_00,
    },
    {"ask": "balance", "person": "wang", "on": "2025-12-31", "balance": 100_00},
]


@pytest.fixture(scope="module")
def answers(live: Live) -> list[dict[str, Any]]:
    return live(top="today: 2025-12-31", people=PEOPLE, grants=GRANTS, filings=FILINGS, steps=STEPS)


@pytest.mark.parametrize("place", range(len(EXPECTED)))
def test_each_step_answers_as_the_format_says(answers: list[dict[str, Any]], place: int) -> None:
    answer = answers[place]
    assert {key: answer[key] for key in EXPECTED[place]} == EXPECTED[place]


def test_one_answer_for_each_step(answers: list[dict[str, Any]]) -> None:
    assert len(answers) == len(EXPECTED)


def test_the_visit_names_its_rulebook_assumptions_and_sources(
    answers: list[dict[str, Any]],
) -> None:
    visit = answers[0]
    assert "G29" in visit["assumptions"]
    assert visit["rulebook"]
    assert visit["kernel"]
    deductible = [step for step in visit["steps"] if step["label"] == "起付线"]
    assert [(step["amount"], step["source"]) for step in deductible] == [(1000_00, "O-RI-01")]


def test_the_waiting_answer_says_why(answers: list[dict[str, Any]]) -> None:
    assert answers[7]["why"]
    assert answers[9]["why"]
