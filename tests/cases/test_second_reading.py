"""Worked cases of the second reading, asked as a person asks: the command line's answers."""

from __future__ import annotations

import json
import shlex
from pathlib import Path
from typing import Any

import pytest
import yaml
from click.testing import CliRunner

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
    return int(answer[name]["amount"] if isinstance(answer[name], dict) else answer[name])


REFUSED = {
    # M37: the sources that were looked at are named.
    "contribute --area 太原 --scheme flexible --month 2026-08 --paid-on 2026-08-10"
    " --group employment_hardship": "S3-031、S3-032、S3-033",
    # A city without a pack has the province's figures, and no others.
    "quote --area 140200 --scheme employee --status working --kind inpatient --price-class 1"
    " --total 10000 --on 2026-03-01": "employee.inpatient",
}


@pytest.mark.parametrize("command", list(REFUSED))
def test_what_no_source_gives_is_refused_by_name(command: str) -> None:
    refused = CliRunner().invoke(app, shlex.split(command))
    assert isinstance(refused.exception, RefusedError)
    assert REFUSED[command] in str(refused.exception)


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
