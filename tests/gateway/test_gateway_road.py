"""The gateway road gives the engine's fen on every example and every rule shape."""

from __future__ import annotations

import importlib
import sys
from collections.abc import Callable, Iterable
from pathlib import Path
from types import ModuleType
from typing import Any

import pytest
import yaml

from yibao.errors import YibaoError
from yibao.policy.compile import PolicyLibrary
from yibao.scenario import engine
from yibao.scenario import gateway as road
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


def _runs() -> dict[str, Any]:
    """Worked cases as scenarios with overlays."""
    package = ModuleType("worked_cases")
    package.__path__ = [str(TESTS / "cases")]
    sys.modules[package.__name__] = package
    templates = importlib.import_module("worked_cases.adapter").TEMPLATES
    runs: dict[str, Any] = {}
    for case in CASES:
        inputs = case["inputs"]
        if case["kind"] == "implied_wage":
            inputs = inputs | case["expected"]
        for number, run in enumerate(templates[case["kind"]](inputs), start=1):
            runs[f"{case['id']}-{number}"] = run
    return runs


RUNS = _runs()


def _lived(run: Callable[[], Iterable[Answer]]) -> tuple[list[Answer], str]:
    """The answers without the marks of the road, and the error that ended the run."""
    found: list[Answer] = []
    try:
        for answer in run():
            answer.pop("via", None)
            found.append(answer)
    except YibaoError as error:
        return found, type(error).__name__
    return found, ""


def _check(library: PolicyLibrary, path: Path) -> None:
    scenario = read_scenario(path)
    expected = _lived(lambda: engine.run(library, scenario))
    found = _lived(lambda: road.run(library, scenario))
    for one, other in zip(found[0], expected[0], strict=False):
        assert one == other
    assert found == expected


@pytest.mark.parametrize("path", FILES, ids=lambda path: path.stem)
def test_example(path: Path, packs: PolicyLibrary) -> None:
    _check(packs, path)


@pytest.mark.parametrize("path", MADE_UP_FILES, ids=lambda path: path.stem)
def test_made_up_city(path: Path) -> None:
    _check(PolicyLibrary.load(MADE_UP / "packs"), path)


@pytest.mark.parametrize("name", list(RUNS))
def test_worked_case(name: str, packs: PolicyLibrary, tmp_path: Path) -> None:
    scenario, overlay = tmp_path / "scenario.yaml", tmp_path / "overlay.yaml"
    scenario.write_text(RUNS[name].scenario, encoding="utf-8")
    overlay.write_text(RUNS[name].overlay, encoding="utf-8")
    library = PolicyLibrary.load(overlays=[overlay])
    library._read_tree = packs.tree  # the same files; reading them takes half a second
    _check(library, scenario)
