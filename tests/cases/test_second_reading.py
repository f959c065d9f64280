"""Worked cases of the second reading, asked as a person asks: the command line's answers."""

from __future__ import annotations

import datetime
import json
import re
import shlex
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
import yaml
from click.testing import CliRunner

from yibao import library
from yibao.cli.main import app
from yibao.errors import RefusedError
from yibao.policy.compile import PolicyLibrary

CASES: list[dict[str, Any]] = yaml.safe_load(
    Path(__file__).with_name("second_reading.yaml").read_text(encoding="utf-8")
)


@pytest.mark.parametrize("case", CASES, ids=lambda case: case["id"])
def test_second_reading(case: dict[str, Any]) -> None:
    result = CliRunner().invoke(app, [*shlex.split(case["command"]), "--json"])
    assert result.exit_code == 0, result.output
    answer = json.loads(result.stdout)
    assert {name: _figure(answer, name) for name in case["expected"]} == case["expected"]


def _figure(answer: dict[str, Any], name: str) -> int:
    if name.startswith("lines."):
        lines = {line["name"]: line["amount"] for line in answer["lines"]}
        return int(lines[name.removeprefix("lines.")])
    return int(answer[name]["amount"] if isinstance(answer[name], dict) else answer[name])


REFUSED = {
    # M37: the sources that were looked at are named.
    "contribute --area 太原 --scheme flexible --month 2026-08 --paid-on 2026-08-10"
    " --group employment_hardship": "S3-031、S3-032、S3-033",
    # A city without a pack has the province's figures, and no others.
    "quote --area 140200 --scheme employee --status working --kind inpatient --price-class 1"
    " --total 10000 --on 2026-03-01": "employee.inpatient",
    # Places of the articles: what their pages do not print.
    "quote --area 肇庆 --scheme employee --status working --kind outpatient --grade 3A"
    " --total 2000 --on 2025-03-01": "employee.outpatient.deductible",
    "quote --area 梅州 --scheme employee --status working --kind inpatient --grade 3A"
    " --total 20000 --on 2025-03-01": "employee.inpatient.deductible",
    "contribute --area 济源 --scheme employee --month 2025-01 --paid-on 2025-01-10": (
        "employee.contribution.base_floor"
    ),
    # The country's least amount is no province's own.
    "contribute --area 茂名 --scheme resident --year 2025 --paid-on 2024-12-01": (
        "resident.contribution.individual"
    ),
    "contribute --area 柳州 --scheme flexible --month 2024-06 --paid-on 2024-06-10": (
        "employee.contribution.flexible_rate"
    ),
    "contribute --area 银川 --scheme resident --year 2026 --paid-on 2025-12-01": (
        "resident.contribution.individual"
    ),
    "contribute --area 银川 --scheme resident --year 2022 --paid-on 2021-12-01": (
        "resident.contribution.individual"
    ),
}


@pytest.mark.parametrize("command", list(REFUSED))
def test_what_no_source_gives_is_refused_by_name(command: str) -> None:
    refused = CliRunner().invoke(app, shlex.split(command))
    assert isinstance(refused.exception, RefusedError)
    assert REFUSED[command] in str(refused.exception)


Packs = Callable[..., PolicyLibrary]


@pytest.fixture
def packs_with(tmp_path: Path) -> Packs:
    """The packs with figures that no source settles, laid over an area by name."""

    def laid_over(area: str, **figures: object) -> PolicyLibrary:
        parameters = {
            name.replace("__", "."): {"values": {"2020-01-01": {"value": value, "note": "算例"}}}
            for name, value in figures.items()
        }
        overlay = tmp_path / "overlay.yaml"
        content = {"overlay": "算例", "area": area, "parameters": parameters}
        overlay.write_text(yaml.safe_dump(content, allow_unicode=True), encoding="utf-8")
        return PolicyLibrary.load(None, [overlay])

    return laid_over


def test_w29_the_ceiling_of_zhaoqing(packs_with: Packs) -> None:
    """S-ZQ-01, S-ZQ-02: 65 percent of 4,000 yuan is more than a year's 2,017."""
    packs = packs_with("441200", employee__outpatient__deductible=0)
    settled = library.quote(
        packs,
        library.person("441200", "employee", "working"),
        library.hospital("441200", grade="1A"),
        library.visit("outpatient", datetime.date(2025, 6, 1), total=4_000_00),
    )
    answer = library.visit_answer(settled)
    assert (answer.pooled, answer.own) == (2_017_00, 1_983_00)


@pytest.mark.parametrize(("rate", "cost"), [(6, 87_188_40), (10, 145_314_00)])
def test_w30_fifteen_missing_years_in_shenyang(packs_with: Packs, rate: int, cost: int) -> None:
    """S-LN-07: two pages, two rates; the pack takes neither."""
    packs = packs_with(
        "210100", retirement__shortfall_rate=rate, retirement__shortfall_base="base_floor"
    )
    answer = library.retirement(packs, "210100", "female", datetime.date(2025, 6, 1), 120, 0)
    assert (answer.missing_months, answer.cost) == (180, cost)


def test_all_eighteen_cases_are_asked() -> None:
    """Those that are no command of their own stand above as a test, or among the articles."""
    commands = {case["id"].partition("-")[0] for case in CASES if case["id"][0] == "W"}
    written = {name[5:8].upper() for name in globals() if re.match(r"test_w\d", name)}
    articles = yaml.safe_load(Path(__file__).with_name("articles.yaml").read_text("utf-8"))
    asked = {case["id"] for case in articles if "id" in case}
    numbers = (1, 4, 5, 7, 8, 9, 12, 15, 17, 19, 21, 23, 25, 27, 28, 29, 30, 31)
    assert sorted(commands | written | asked) == [f"W{number:02}" for number in numbers]


def test_the_facts_of_the_cases_are_in_the_packs() -> None:
    known = PolicyLibrary.load().sources()
    assert {fact for case in CASES for fact in case["facts"]} <= known.keys()


def test_a_layer_whose_threshold_nobody_gives_is_named() -> None:
    """T-AS-01: what the edge groups bear first is a part of an income that no source gives."""
    command = (
        "quote --area 太原 --scheme resident --kind inpatient --price-class 1 --total 50000"
        " --group low_income_edge --on 2025-06-01 --json"
    )
    answer = json.loads(CliRunner().invoke(app, shlex.split(command)).stdout)
    assert (answer["unknown"], answer["assistance"]) == (["assistance"], 0)
