"""Fixed amounts of contributions and credits, amounts by group, a window past New Year."""

from __future__ import annotations

import pytest

from yibao.errors import RefusedError
from yibao.policy.compile import PolicyLibrary
from yibao.scenario.read import read_scenario
from yibao.scenario.roads import run_through

from .life import Answer, scenario_file


@pytest.fixture(scope="module")
def answers(packs: PolicyLibrary) -> list[Answer]:
    """All answers of the scenario but the last, which is refused."""
    scenario = read_scenario(scenario_file("18_fixed_amounts"))
    answered: list[Answer] = []
    with pytest.raises(RefusedError, match=r"resident\.contribution\.individual"):
        answered.extend(step.as_json() for step in run_through("engine", packs, scenario))
    return answered


def _lines(answer: Answer) -> dict[str, int]:
    return {line["name"]: line["amount"] for line in answer["lines"]}


def test_shape_18_fixed_monthly_amounts(answers: list[Answer]) -> None:
    worker, retiree, flexible = answers[:3]
    assert _lines(worker) == {"individual": 200_00, "extra": 3_00}  # 2% of 10000, and 3 yuan
    assert (retiree["due"], _lines(retiree)) == (3_50, {"extra": 3_50})
    assert _lines(flexible) == {"basic": 1728_96, "large_amount": 75_00, "extra": 4_50}


def test_shape_18_amounts_by_group(answers: list[Answer]) -> None:
    in_time, late_pupil, late_adult = answers[3:6]
    assert (in_time["due"], in_time["total_funding"]) == (325_00, 1970_00)
    assert (late_pupil["due"], late_adult["due"]) == (1970_00, 2790_00)


def test_shape_18_a_window_that_covers_from_new_year(answers: list[Answer]) -> None:
    before, on_the_day, late, lapsed = answers[6:10]
    for answer in (before, on_the_day):  # known later, covers what happened before it
        assert (answer["months"], answer["from"], answer["entitled"]) == (0, "2025-01-01", True)
    assert (late["months"], late["from"]) == (3, "2025-07-10")
    assert (lapsed["months"], lapsed["from"]) == (4, "2025-06-10")  # one lapsed year


def test_shape_18_credits_by_age_and_year(answers: list[Answer]) -> None:
    assert [credit["amount"] for credit in answers[10:]] == [100_00, 0, 1890_00]
