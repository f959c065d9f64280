"""A road decides nothing: what a visit counts as stands once, and both roads ask it there."""

from __future__ import annotations

import ast
from collections.abc import Iterator
from pathlib import Path

import pytest

import yibao.benefit.functions  # noqa: F401 - fills the register
from yibao.registry import REGISTERED

SOURCE = Path(__file__).resolve().parents[2] / "src" / "yibao"
FUNCTIONS = "yibao.benefit.functions"
DECISIONS = (
    "catalogue_area",
    "disease_terms",
    "incentive_years",
    "left_behind",
    "own_part",
    "price_class",
    "rounding_known",
    "stay",
    "visit_facts",
)
"""The modules of functions that decide what a road has gathered."""
BY_WAY_OF = {"shares_inpatient_ceiling": ("yibao.benefit.adjudication", "special_paid")}
"""What the columns ask through a function of the scalar road, which both share."""
ONE_VISIT = (
    "adjudication",
    "circumstances",
    "incentives",
    "people",
    "rules",
    "settling",
    "state",
    "visits",
)
"""The scalar road of a visit, beside its accounts."""


def _decisions() -> list[str]:
    modules = {f"{FUNCTIONS}.{name}" for name in DECISIONS}
    return [each.__name__ for each in REGISTERED if each.__module__ in modules]


def _trees(*roots: Path) -> Iterator[tuple[Path, ast.Module]]:
    for root in roots:
        for path in sorted(root.rglob("*.py")) if root.is_dir() else [root]:
            yield path, ast.parse(path.read_text(encoding="utf-8"))


def _asked(*roots: Path) -> set[tuple[str, str]]:
    """Module and name of all that the files under ``roots`` import by name and then use."""
    asked = set()
    for _, tree in _trees(*roots):
        used = {node.id for node in ast.walk(tree) if isinstance(node, ast.Name)}
        for node in ast.walk(tree):
            if isinstance(node, ast.ImportFrom) and node.module:
                asked |= {(node.module, each.name) for each in node.names if each.name in used}
    return asked


@pytest.mark.parametrize("name", _decisions())
def test_both_roads_ask_the_same_function(name: str) -> None:
    function = next(each for each in REGISTERED if each.__name__ == name)
    needed = (function.__module__, name)
    of_columns = _asked(SOURCE / "columns")
    assert needed in _asked(SOURCE / "benefit"), f"{name} is not asked by a visit's own road"
    assert needed in of_columns or BY_WAY_OF.get(name) in of_columns, (
        f"{name} is not asked by the columns"
    )


def test_a_decision_is_defined_once() -> None:
    definitions: dict[str, list[str]] = {name: [] for name in _decisions()}
    for path, tree in _trees(SOURCE):
        for node in ast.walk(tree):
            if isinstance(node, ast.FunctionDef) and node.name in definitions:
                definitions[node.name].append(str(path.relative_to(SOURCE)))
    assert all(len(places) == 1 for places in definitions.values()), definitions


def test_a_road_reads_no_cell_itself() -> None:
    """Neither the columns nor the road of one visit know where a figure stands."""
    files = [SOURCE / "columns", *(SOURCE / "benefit" / f"{name}.py" for name in ONE_VISIT)]
    for path, tree in _trees(*files):
        for node in ast.walk(tree):
            if isinstance(node, ast.ImportFrom):
                names = {f"{node.module}.{each.name}" for each in node.names}
                assert "yibao.policy.parameters" not in names, path
                if node.module == "yibao.policy.parameters":
                    assert {each.name for each in node.names} <= {"DECLARED", "MISSING"}, path
            if isinstance(node, ast.Attribute) and node.attr in ("at", "cell", "need"):
                assert not _of_rules(node.value), f"{path}:{node.lineno}"


def _of_rules(node: ast.expr) -> bool:
    name = node.id if isinstance(node, ast.Name) else getattr(node, "attr", "")
    return name == "rules" or name.endswith("_rules")
