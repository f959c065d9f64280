"""The database road gives what the engine gives, dict for dict, on both databases."""

from __future__ import annotations

import importlib.util
from collections.abc import Callable, Iterable
from pathlib import Path
from typing import Any

import pytest
import yaml

from yibao.database.unit import Database
from yibao.errors import YibaoError
from yibao.policy.compile import PolicyLibrary
from yibao.scenario import database as road
from yibao.scenario import engine
from yibao.scenario.answers import Answer
from yibao.scenario.read import read_scenario

TESTS = Path(__file__).resolve().parents[1]
MADE_UP = TESTS / "made_up_city"

FILES = [
    TESTS / "scenario" / "life.yaml",
    *sorted((TESTS.parent / "examples").glob("*.yaml")),
]
MADE_UP_FILES = [
    path for path in sorted(MADE_UP.rglob("*.yaml")) if MADE_UP / "packs" not in path.parents
]
CASES: list[dict[str, Any]] = yaml.safe_load(
    (TESTS / "cases" / "cases.yaml").read_text(encoding="utf-8")
)


def _adapter() -> Any:
    """What turns a worked case into a scenario and an overlay."""
    spec = importlib.util.spec_from_file_location("case_adapter", TESTS / "cases" / "adapter.py")
    assert spec is not None
    assert spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


ADAPTER = _adapter()


def _lived(run: Callable[[], Iterable[Answer]]) -> tuple[list[Answer], str]:
    """The answers, and the error that ended the run."""
    found: list[Answer] = []
    try:
        for answer in run():
            found.append(answer)
    except YibaoError as error:
        return found, f"{type(error).__name__}: {error}"
    return found, ""


def _check(library: PolicyLibrary, path: Path, database: Database) -> None:
    scenario = read_scenario(path)
    expected = _lived(lambda: engine.run(library, scenario))
    assert expected[0], "the engine has no answer to compare"
    assert _lived(lambda: road.run_on(library, scenario, database)) == expected


@pytest.mark.parametrize("path", FILES, ids=lambda path: path.stem)
def test_example(path: Path, packs: PolicyLibrary, database: Database) -> None:
    _check(packs, path, database)


@pytest.mark.parametrize("path", MADE_UP_FILES, ids=lambda path: path.stem)
def test_made_up_city(path: Path, database: Database) -> None:
    _check(PolicyLibrary.load(MADE_UP / "packs"), path, database)


def _runs(case: dict[str, Any]) -> list[Any]:
    inputs = case["inputs"]
    if case["kind"] == "implied_wage":
        inputs = inputs | case["expected"]
    return list(ADAPTER.TEMPLATES[case["kind"]](inputs))


LIBRARIES: dict[str, PolicyLibrary] = {}
"""Compiled once for both databases."""

RUNS = {f"{case['id']}-{n}": run for case in CASES for n, run in enumerate(_runs(case), start=1)}


@pytest.mark.parametrize("name", list(RUNS))
def test_worked_case(name: str, database: Database, tmp_path: Path) -> None:
    scenario, overlay = tmp_path / "scenario.yaml", tmp_path / "overlay.yaml"
    scenario.write_text(RUNS[name].scenario, encoding="utf-8")
    overlay.write_text(RUNS[name].overlay, encoding="utf-8")
    if name not in LIBRARIES:
        LIBRARIES[name] = PolicyLibrary.load(overlays=[overlay])
    _check(LIBRARIES[name], scenario, database)
