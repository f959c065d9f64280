"""Deductibles that are borne once in a number of days; a year that is paid in a window."""

from __future__ import annotations

import pytest

from yibao.errors import RefusedError
from yibao.policy.compile import PolicyLibrary
from yibao.scenario.read import read_scenario
from yibao.scenario.roads import run_through

from .life import Answer, check, live, scenario_file, visits

SCENARIO = "32_days"


def test_shape_32_once_a_day_and_institution(packs: PolicyLibrary) -> None:
    settled = visits(packs, SCENARIO)
    check(settled["morning"], de=40_00, pooled=96_00)
    check(settled["noon"], de=40_00, pooled=96_00)  # another institution
    check(settled["evening"], de=0, pooled=120_00)
    check(settled["next_day"], de=40_00, pooled=96_00)
    check(settled["late"], de=40_00, pooled=96_00)  # of a day before: by itself
    check(settled["after_late"], de=0, pooled=120_00)


def test_shape_32_once_in_360_days_across_new_year(packs: PolicyLibrary) -> None:
    settled = visits(packs, SCENARIO)
    check(settled["first"], de=1000_00, pooled=0)
    check(settled["new_year"], de=300_00, pooled=850_00)
    check(settled["higher"], de=0, pooled=1495_00)  # 700 at 85%, 1,000 above 3,000 at 90%
    check(settled["last_day"], de=0, pooled=90_00)
    check(settled["again"], de=1300_00, pooled=595_00)  # day 361
    said = [step["label"] for step in settled["new_year"]["steps"]]
    assert "若干天一次的起付" in said


def test_shape_32_comes_out_alike_by_columns(packs: PolicyLibrary) -> None:
    def amounts(answers: list[Answer]) -> list[dict[str, object]]:
        return [
            {name: of_step.get(name) for name in ("visit", "deductible", "pooled", "own")}
            for of_step in answers
        ]

    scenario = read_scenario(scenario_file(SCENARIO))
    by_columns = [step.as_json() for step in run_through("batch", packs, scenario)]
    assert amounts(by_columns) == amounts(live(packs, SCENARIO))


def test_shape_33_a_flexible_year_is_paid_in_its_window(packs: PolicyLibrary) -> None:
    answers: list[Answer] = []
    with pytest.raises(RefusedError, match="2024-11-01 至 2025-02-20"):
        answers.extend(
            step.as_json()
            for step in run_through(
                "engine", packs, read_scenario(scenario_file("33_flexible_window"))
            )
        )
    covered = [answer["entitled"] for answer in answers[:3]]
    assert covered == [True, False, False]  # in the window it counts from New Year on
    check(answers[3], de=40_00, pooled=96_00)
    assert len(answers) == 6  # a month by itself is no year
