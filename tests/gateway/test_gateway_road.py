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

from yibao.cli.main import main
from yibao.database.unit import open_database
from yibao.errors import YibaoError
from yibao.gateway.headers import HeaderKey, HeaderKeys
from yibao.gateway.sandbox import open_sandbox, seed
from yibao.gateway.settings import GatewaySettings
from yibao.policy.compile import PolicyLibrary
from yibao.scenario import engine
from yibao.scenario import gateway as road
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


def _lived(run: Callable[[], Iterable[StepAnswer]]) -> tuple[list[dict[str, Any]], int]:
    """The answers without the marks of the road, and the error that ended the run."""
    answers: list[dict[str, Any]] = []
    try:
        for lived in run():
            answers.append(lived.answer.as_json())
    except YibaoError as error:
        return answers, error.exit_code
    return answers, 0


def _check(library: PolicyLibrary, path: Path) -> None:
    scenario = read_scenario(path)
    expected = _lived(lambda: engine.run(library, scenario))
    got = _lived(lambda: road.run(library, scenario))
    for answer, expected_answer in zip(got[0], expected[0], strict=False):
        assert answer == expected_answer
    assert got == expected


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


# --- a service that runs -------------------------------------------------------------------------


@pytest.mark.parametrize("path", [FILES[0], FILES[-1]], ids=lambda path: path.stem)
def test_a_running_service_twice(
    path: Path, packs: PolicyLibrary, sandbox_url: str, start: Callable[..., Any]
) -> None:
    """The same file again on the same store: everybody in it is somebody new."""
    client = start(GatewaySettings(sandbox=True), database=open_sandbox(packs, sandbox_url))
    scenario = read_scenario(path)
    expected = _lived(lambda: engine.run(packs, scenario))
    for _ in range(2):
        assert _lived(lambda: road.run(packs, scenario, client.url)) == expected


@pytest.mark.parametrize(
    ("options", "code", "said"),
    [
        (["--through", "gateway", "--server", "ftp://x"], 2, "应写成 http://主机:端口"),
        (["--through", "gateway", "--server", "http://x:99999"], 2, "应写成"),
        (["--server", "http://127.0.0.1:1"], 2, "只有 --through gateway"),
        (["--through", "gateway", "--server", "http://127.0.0.1:1"], 1, "网关没有应答"),
        (["--through", "gateway", "--server", "http://x", "--with", "x.yaml"], 2, "自己的政策包"),
    ],
)
def test_a_server_that_cannot_be_used(
    options: list[str],
    code: int,
    said: str,
    sandbox_url: str,
    capsys: pytest.CaptureFixture[str],
) -> None:
    assert main(["run", str(FILES[-1]), *options]) == code
    assert said in capsys.readouterr().err
    database = open_database(sandbox_url)
    with database.engine.connect() as connection:
        people = connection.exec_driver_sql("SELECT count(*) FROM person").scalar_one()
    database.dispose()
    assert people == len(seed()["people"])


def test_a_service_with_keys_or_none_at_all(
    packs: PolicyLibrary,
    sandbox_url: str,
    start: Callable[..., Any],
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    scenario = read_scenario(FILES[-1])
    key = HeaderKey("t1", frozenset(scenario.institutions))
    keys = GatewaySettings(headers=HeaderKeys(bearer=(key,)))
    client = start(keys, database=open_sandbox(packs, sandbox_url))
    with pytest.raises(YibaoError, match="YIBAO_GATEWAY_TOKEN"):
        list(road.run(packs, scenario, client.url))
    monkeypatch.setenv("YIBAO_GATEWAY_TOKEN", "t1")
    assert list(road.run(packs, scenario, client.url))
