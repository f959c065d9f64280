"""The batch road gives the answers of the engine: examples, the made-up city, random lives."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

pytest.importorskip("pyarrow")

from yibao.errors import YibaoError
from yibao.policy.compile import PolicyLibrary
from yibao.scenario.model import Scenario
from yibao.scenario.read import read_scenario
from yibao.scenario.roads import run_through

ROOT = Path(__file__).resolve().parents[2]
CITY = ROOT / "tests" / "made_up_city"
EXAMPLES = sorted((ROOT / "examples").glob("*.yaml"))
CITY_SCENARIOS = sorted((CITY / "scenarios").glob("*.yaml"))
OF_COLUMNS = sorted((Path(__file__).parent / "scenarios").glob("*.yaml"))


def lived(road: str, library: PolicyLibrary, scenario: Scenario) -> tuple[list[Any], str]:
    answers: list[Any] = []
    try:
        for answer in run_through(road, library, scenario):
            via = answer.pop("via", None)
            steps = ("visit", "reverse")
            assert road == "engine" or (via is None) == any(step in answer for step in steps)
            answers.append(answer)
    except YibaoError as error:
        return answers, type(error).__name__
    return answers, ""


@pytest.fixture(scope="module")
def library() -> PolicyLibrary:
    return PolicyLibrary.load()


@pytest.fixture(scope="module")
def city() -> PolicyLibrary:
    return PolicyLibrary.load(CITY / "packs")


@pytest.mark.parametrize("path", [*EXAMPLES, *OF_COLUMNS], ids=lambda path: path.stem)
def test_examples(library: PolicyLibrary, path: Path) -> None:
    scenario = read_scenario(path)
    assert lived("batch", library, scenario) == lived("engine", library, scenario)


@pytest.mark.parametrize("path", CITY_SCENARIOS, ids=lambda path: path.stem)
def test_made_up_city(city: PolicyLibrary, path: Path) -> None:
    scenario = read_scenario(path)
    assert lived("batch", city, scenario) == lived("engine", city, scenario)
