"""The batch road gives the answers of the engine: examples, the made-up city, random lives."""

from __future__ import annotations

import importlib
import sys
from pathlib import Path
from types import ModuleType
from typing import Any

import pytest
import yaml

pytest.importorskip("pyarrow", reason="没有装 pyarrow")

from yibao.benefit.answers import VisitAnswer
from yibao.errors import YibaoError
from yibao.policy.compile import PolicyLibrary
from yibao.scenario.answers import ReversalAnswer
from yibao.scenario.model import Scenario
from yibao.scenario.read import read_scenario
from yibao.scenario.roads import run_through

ROOT = Path(__file__).resolve().parents[2]
CITY = ROOT / "tests" / "made_up_city"
EXAMPLES = sorted((ROOT / "examples").glob("*.yaml"))
CITY_SCENARIOS = sorted((CITY / "scenarios").glob("*.yaml"))
OF_COLUMNS = sorted((Path(__file__).parent / "scenarios").glob("*.yaml"))


def lived(road: str, library: PolicyLibrary, scenario: Scenario) -> tuple[list[Any], int]:
    answers: list[Any] = []
    try:
        for step in run_through(road, library, scenario):
            of_visit = isinstance(step.answer, VisitAnswer | ReversalAnswer)
            assert road == "engine" or (not step.via) == of_visit
            answers.append(step.answer.as_json())
    except YibaoError as error:
        return answers, error.exit_code
    return answers, 0


def _adapter() -> Any:
    """What turns a worked case into a scenario and an overlay."""
    package = ModuleType("worked_cases_of_columns")
    package.__path__ = [str(ROOT / "tests" / "cases")]
    sys.modules[package.__name__] = package
    return importlib.import_module(f"{package.__name__}.adapter")


def _runs(case: dict[str, Any]) -> list[Any]:
    inputs = case["inputs"]
    if case["kind"] == "implied_wage":
        inputs = inputs | case["expected"]
    return list(ADAPTER.TEMPLATES[case["kind"]](inputs))


ADAPTER = _adapter()
CASES = yaml.safe_load((ROOT / "tests" / "cases" / "cases.yaml").read_text(encoding="utf-8"))
RUNS = {f"{case['id']}-{n}": run for case in CASES for n, run in enumerate(_runs(case), start=1)}


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


@pytest.mark.parametrize("name", list(RUNS))
def test_worked_case(name: str, library: PolicyLibrary, tmp_path: Path) -> None:
    scenario, overlay = tmp_path / "scenario.yaml", tmp_path / "overlay.yaml"
    scenario.write_text(RUNS[name].scenario, encoding="utf-8")
    overlay.write_text(RUNS[name].overlay, encoding="utf-8")
    changed = PolicyLibrary.load(overlays=[overlay])
    changed._read_tree = library.tree  # the same files; reading them takes half a second
    read = read_scenario(scenario)
    expected = lived("engine", changed, read)
    assert expected[0], "the engine has no answer to compare"
    assert lived("batch", changed, read) == expected
