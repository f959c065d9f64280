"""The database road gives what the engine gives, dict for dict, on both databases."""

from __future__ import annotations

import importlib
import shutil
import sys
from collections.abc import Callable, Iterable, Iterator
from pathlib import Path
from types import ModuleType
from typing import Any

import psycopg
import pytest
import yaml
from sqlalchemy import text
from sqlalchemy.engine import make_url

from yibao.database.schema import whole_schema
from yibao.database.secrets import KEY_VARIABLE
from yibao.database.unit import Database, open_database
from yibao.errors import YibaoError
from yibao.policy.compile import PolicyLibrary
from yibao.scenario import database as road
from yibao.scenario import engine
from yibao.scenario.answers import StepAnswer
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
    package = ModuleType("worked_cases")
    package.__path__ = [str(TESTS / "cases")]
    sys.modules[package.__name__] = package
    return importlib.import_module("worked_cases.adapter")


ADAPTER = _adapter()


@pytest.fixture(scope="module")
def postgresql_database(postgresql_server: str, postgresql_template: str) -> Iterator[Database]:
    """One database for all: making one takes longer than living a scenario in it."""
    name = f"{postgresql_template}_road"
    with psycopg.connect(postgresql_server, autocommit=True) as connection:
        connection.execute(f"CREATE DATABASE {name} TEMPLATE {postgresql_template}".encode())
    url = make_url(postgresql_server).set(database=name)
    opened = open_database(url.render_as_string(hide_password=False))
    yield opened
    opened.dispose()
    with psycopg.connect(postgresql_server, autocommit=True) as connection:
        connection.execute(f"DROP DATABASE {name} WITH (FORCE)".encode())


@pytest.fixture
def database(
    request: pytest.FixtureRequest,
    backend: str,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
) -> Iterator[Database]:
    """A database with every table and no row; proofs of relations are encrypted by a key."""
    monkeypatch.setenv(KEY_VARIABLE, "5a" * 32)
    if backend == "sqlite":
        path = tmp_path / "store.db"
        shutil.copyfile(request.getfixturevalue("sqlite_template"), path)
        opened = open_database(f"sqlite:///{path}")
        yield opened
        opened.dispose()
        return
    shared: Database = request.getfixturevalue("postgresql_database")
    tables = ", ".join(f'"{table}"' for table in whole_schema().tables)
    with shared.engine.begin() as connection:
        # Not even the triggers that keep rows from being deleted stand in a test's way.
        connection.execute(text("SET LOCAL session_replication_role = replica"))
        connection.execute(text(f"TRUNCATE {tables}"))
    yield shared


def _lived(run: Callable[[], Iterable[StepAnswer]]) -> tuple[list[dict[str, Any]], str]:
    """The answers, and the error that ended the run."""
    answers: list[dict[str, Any]] = []
    try:
        for answer in run():
            answers.append(answer.as_json())
    except YibaoError as error:
        return answers, f"{type(error).__name__}: {error}"
    return answers, ""


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
def test_worked_case(name: str, packs: PolicyLibrary, database: Database, tmp_path: Path) -> None:
    scenario, overlay = tmp_path / "scenario.yaml", tmp_path / "overlay.yaml"
    scenario.write_text(RUNS[name].scenario, encoding="utf-8")
    overlay.write_text(RUNS[name].overlay, encoding="utf-8")
    if name not in LIBRARIES:
        LIBRARIES[name] = PolicyLibrary.load(overlays=[overlay])
        LIBRARIES[name]._read_tree = packs.tree  # the same files; reading them takes half a second
    _check(LIBRARIES[name], scenario, database)
