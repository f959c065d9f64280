"""Bills and messages of real hospitals come to the figures that stand on them, on every road."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

pytest.importorskip("pyarrow", reason="没有装 pyarrow")

from yibao.policy.compile import PolicyLibrary
from yibao.scenario.read import read_scenario
from yibao.scenario.roads import ROADS, run_through

FIELD = Path(__file__).parent / "field"


@pytest.fixture(scope="module")
def library() -> PolicyLibrary:
    return PolicyLibrary.load()


def answers(road: str, library: PolicyLibrary, name: str) -> list[dict[str, Any]]:
    scenario = read_scenario(FIELD / f"{name}.yaml")
    return [step.answer.as_json() for step in run_through(road, library, scenario)]


def figures(answer: dict[str, Any], *names: str) -> tuple[int, ...]:
    return tuple(answer[name] for name in names)


@pytest.mark.parametrize("road", ROADS)
def test_what_hospitals_and_a_pharmacy_were_answered(road: str, library: PolicyLibrary) -> None:
    visit, before, used, purchase, stay, after = answers(road, library, "real_bills")
    # 4.52 at 5% first is 0.226: half up.
    of_visit = figures(visit, "upfront", "eligible", "deductible", "fund", "account")
    assert of_visit == (23, 4_29, 4_29, 0, 4_52)
    assert (before["balance"], used["outpatient_deductible"]) == (1_373_63, 4_29)
    assert figures(purchase, "upfront", "eligible", "fund", "account") == (2_80, 25_20, 0, 56_00)
    assert figures(stay, "fund", "own") == (0, 3_300_00)
    assert after["balance"] == 1_317_63


@pytest.mark.parametrize("road", ROADS)
def test_a_receipt_of_beijing(road: str, library: PolicyLibrary) -> None:
    (receipt,) = answers(road, library, "beijing_receipt")
    # 70% of 611.14 is 427.798: half up.
    assert figures(receipt, "fund", "own") == (427_80, 183_34)
