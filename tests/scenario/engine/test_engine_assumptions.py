"""What an answer rests on without a source is listed with it."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest

Live = Callable[..., list[dict[str, Any]]]


def resident(more: str = "", start: str = "2017-01-01") -> str:
    return (
        f"- {{id: r, sex: male, birth: 1980-01-01, {more}"
        f" enrolments: [{{scheme: resident, from: {start}}}]}}"
    )


WORKER = """
- id: e
  sex: male
  birth: 1980-01-01
  enrolments: [{scheme: employee, status: working, from: 2020-01-01}]
  contributions: [{month: 2025-03, base: 6000.00, paid_on: 2025-03-15}]
"""
LAPSED = "contributions: [{year: 2029, paid_on: 2028-12-01}, {year: 2031, paid_on: 2030-12-01}],"
POOR = "groups: [{group: low_income, from: 2020-01-01}],"


@pytest.mark.parametrize(
    ("people", "step", "gaps"),
    [
        # nothing assumed: the window and the amounts of 2025 have sources
        (resident(), "ask: {contribution: r, year: 2025, on: 2024-12-20}", set()),
        (resident(), "ask: {contribution: r, year: 2025, on: 2025-03-20}", set()),
        # the last day of the window and the subsidy of 2026 have sources (T-WD-04, T-CT-09)
        (resident(), "ask: {contribution: r, year: 2026, on: 2025-11-02}", set()),
        (resident(), "ask: {contribution: r, year: 2026, on: 2026-03-01}", set()),
        # the poor pay no more when late
        (resident(POOR), "ask: {contribution: r, year: 2025, on: 2025-06-10}", {"G44"}),
        (resident(POOR), "ask: {contribution: r, year: 2025, on: 2024-12-10}", set()),
        # a percentage of a base is rounded
        (WORKER, "ask: {contribution: e, month: 2025-03, base: 6000, on: 2025-03-20}", {"G26"}),
        (WORKER, "credit: {person: e, month: 2025-03}", {"G26"}),
        # cover of a year whose window has a source (T-WD-04)
        (
            resident("contributions: [{year: 2026, paid_on: 2025-11-02}],"),
            "ask: {waiting: r, on: 2026-03-01}",
            set(),
        ),
        # months of 2024 and the day from which they count
        (
            resident(
                "contributions: [{year: 2023, paid_on: 2022-12-20},"
                " {year: 2024, paid_on: 2024-03-10}],"
            ),
            "ask: {waiting: r, on: 2024-12-15}",
            {"G21", "G22"},
        ),
        # zero claims survive a lapse; a year far ahead is answered by today's rules
        (resident(), "ask: {ceiling: r, on: 2031-06-01}", {"projected"}),
        (resident(LAPSED), "ask: {ceiling: r, on: 2031-06-01}", {"G23", "projected"}),
    ],
)
def test_assumptions_of_answers(live: Live, people: str, step: str, gaps: set[str]) -> None:
    assert set(live(people=people, steps=f"- {step}")[0]["assumptions"]) == gaps


STAY = (
    "visit: v, person: r, institution: {}, kind: inpatient, admitted: 2025-03-01,"
    " discharged: 2025-03-09,"
)


@pytest.mark.parametrize(
    ("institution", "bill", "gaps"),
    [
        ("h1", "total: 10000", {"G26", "G29"}),
        ("x", "total: 10000", {"G26", "G29", "G37"}),
        ("h1", "items: [{class: B, amount: 100, upfront: 10}]", {"G26", "G29"}),
        ("h1", "items: [{class: B, amount: 100}]", {"G26", "G29"}),  # T-RI-05
        ("h1", "items: [{class: B, amount: 100, kind: service}]", {"G05", "G26", "G29"}),
        ("h1", "items: [{class: C, amount: 100}], draw: [own]", {"G26", "G27", "G29"}),
    ],
)
def test_assumptions_of_stays(live: Live, institution: str, bill: str, gaps: set[str]) -> None:
    done = live(
        people=resident("account: 10,"),
        steps=f"- {{{STAY.format(institution)} {bill}}}",
        more_institutions='- {id: x, area: "140100", kind: hospital, grade: 3A}\n',
    )[0]
    assert set(done["assumptions"]) == gaps


def test_assumptions_of_a_second_stay(live: Live) -> None:
    stay = f"- {{{STAY.format('h1')} total: 10000}}\n"
    done = live(people=resident(), steps=stay + stay.replace("visit: v,", "visit: v2,"))
    assert set(done[1]["assumptions"]) == {"G26", "G29"}  # its factor has a source (T-RI-01)
