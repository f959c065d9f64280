"""What policy people look at again: `yibao policy review` and `yibao policy coverage`."""

from __future__ import annotations

import json

import pytest
from click.testing import CliRunner, Result

from yibao.cli.main import app


def yibao(*arguments: str) -> Result:
    return CliRunner().invoke(app, list(arguments))


def test_a_work_list_says_what_to_look_at_again_and_why() -> None:
    said = yibao("policy", "review", "太原", "--on", "2026-11-30")
    assert said.exit_code == 0, said.output
    assert "为什么复核" in said.output
    assert "no_effect" not in said.output
    items = json.loads(yibao("policy", "review", "太原", "--on", "2026-11-30", "--json").output)
    assert f"要复核的值：{len(items)} 个" in said.output
    reasons = {reason for item in items for reason in item["reasons"]}
    assert reasons == {"old", "assumed_value", "disputed", "weak"}
    most = [len(item["reasons"]) for item in items]
    assert most == sorted(most, reverse=True), "the worst first"


def test_an_open_value_is_old_after_a_year() -> None:
    def old_ones(day: str) -> set[tuple[str, str]]:
        items = json.loads(yibao("policy", "review", "山西", "--on", day, "--json").output)
        return {(item["parameter"], item["keys"]) for item in items if "old" in item["reasons"]}

    outpatient = ("employee.outpatient.annual_ceiling", "在职")
    assert outpatient in old_ones("2025-08-01")
    assert outpatient not in old_ones("2025-06-01")


@pytest.mark.parametrize("topic", ["employee.inpatient", "resident.contribution"])
def test_coverage_counts_values_by_grade(topic: str) -> None:
    (area,) = json.loads(yibao("policy", "coverage", "太原", "--json").output)
    (row,) = (row for row in area["topics"] if row["topic"] == topic)
    assert row["state"] == "complete"
    assert row["grade_a"] + row["grade_b"] + row["grade_c"] > 0
