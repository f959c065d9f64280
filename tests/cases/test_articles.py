"""What the five founding articles ask about other places, as a resident asks it."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest
import yaml
from click.testing import CliRunner

from yibao.cli.main import app
from yibao.policy.compile import PolicyLibrary

CASES: list[dict[str, Any]] = yaml.safe_load(
    Path(__file__).with_name("articles.yaml").read_text(encoding="utf-8")
)


@pytest.mark.parametrize("case", CASES, ids=lambda case: case["ask"])
def test_the_question_of_an_article(case: dict[str, Any]) -> None:
    result = CliRunner().invoke(app, ["ask", case["ask"], "--on", "2026-11-30", "--json"])
    assert result.exit_code == 0, result.output
    asked = json.loads(result.stdout)
    if "refused" in case:
        assert asked["refusal"]["kind"] == case.get("kind", "place")
        assert case["refused"] in asked["refusal"]["say"]
        assert "amount_fen" not in asked["answer"] or asked["answer"]["amount_fen"] is None
    else:
        assert asked["covered"], asked["answer"]["sentence"]
    if "amount_fen" in case:
        assert asked["answer"]["amount_fen"] == case["amount_fen"]
    said = json.dumps(asked["answer"], ensure_ascii=False)
    assert [text for text in case.get("says", []) if text not in said] == []
    linked = {link["id"] for link in asked["links"] if link["kind"] == "dispute"}
    assert {*case.get("disputes", [])} <= linked


def test_the_facts_are_known_sources() -> None:
    known = PolicyLibrary.load().sources()
    assert {fact for case in CASES for fact in case["facts"]} <= known.keys()
