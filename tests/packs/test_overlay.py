"""One value changed by an overlay: exactly the steps that cite it, and what follows from them."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from yibao.library import run_scenario

HOUSEHOLD = Path(__file__).with_name("household.yaml")
Answer = dict[str, Any]

CHANGES = {
    "employee.outpatient.ratio": "58",
    "employee.outpatient.deductible": "60",
    "employee.inpatient.ratio": "84",
    "employee.inpatient.deductible": "700",
    "employee.catalogue.upfront": "7",
    "resident.inpatient.ratio": "62",
    "resident.inpatient.deductible": "900",
    "resident.upper.threshold": "9000",
    "resident.upper.ratio": "80",
    "resident.upper.annual_ceiling": "500000",
    "resident.outpatient.ratio": "66",
    "resident.contribution.individual": "410",
    "employee.contribution.individual_rate": "2.5",
    "personal_account.working_ratio": "2.4",
    "mutual_aid.floor": "500",
    "resident.waiting.fixed": "2",
    "resident.incentive.ceiling": "30",
}

WORKED_OUT = {"按比例应付", "先行自付", "激励上限"}
"""Results that cite how they are rounded or bounded: their amount follows, their source stays."""
CARRIED = {"rulebook": "", "balance": 0}
"""Fields that carry the change on without being touched by it."""


def answers(folder: Path, parameter: str, value: str) -> list[Answer]:
    overlay = folder / "overlay.yaml"
    overlay.write_text(
        f"overlay: 改一个数\nparameters:\n  {parameter}:\n    values:\n"
        f"      2000-01-01: {{value: {value}}}\n",
        encoding="utf-8",
    )
    return list(run_scenario(HOUSEHOLD, overlays=[overlay]))


def citation(step: Answer) -> list[object]:
    return [step.get(key) for key in ("parameter", "source", "from", "grade", "status")]


@pytest.fixture(scope="module")
def as_it_is() -> list[Answer]:
    return list(run_scenario(HOUSEHOLD))


@pytest.mark.parametrize("parameter", list(CHANGES))
def test_exactly_the_steps_that_cite_it_change(
    parameter: str, as_it_is: list[Answer], tmp_path: Path
) -> None:
    changed = answers(tmp_path, parameter, CHANGES[parameter])
    cited = 0
    for before, after in zip(as_it_is, changed, strict=True):
        steps = zip(before.get("steps", []), after.get("steps", []), strict=True)
        here = 0
        for old, new in steps:
            assert old.get("parameter") == new.get("parameter")
            assert old["label"] == new["label"]
            if old.get("parameter") == parameter:
                here += 1
                assert old["source"] != new["source"] == "叠加包"
                assert old["from"] != new["from"]
            elif old["label"] in WORKED_OUT:
                assert citation(old) == citation(new)
            elif "parameter" in old:
                assert old == new  # another parameter's figure: the same, with the same source
        cited += here
        if not here:
            assert {**before, **CARRIED} == {**after, **CARRIED}
        else:
            assert [step["amount"] for step in before["steps"]] != [
                step["amount"] for step in after["steps"]
            ]
    assert cited


def test_an_overlay_may_give_up_what_a_covered_formula_refers_to(tmp_path: Path) -> None:
    """The pack's large-amount ceiling is a formula on the basic one; both are laid over."""
    overlay = tmp_path / "overlay.yaml"
    overlay.write_text(
        "overlay: 不封顶\nparameters:\n"
        "  employee.inpatient.annual_ceiling: {values: {2000-01-01: {value: none}}}\n"
        "  employee.upper.annual_ceiling: {values: {2000-01-01: {value: none}}}\n",
        encoding="utf-8",
    )
    answers = {
        answer.get("visit"): answer for answer in run_scenario(HOUSEHOLD, overlays=[overlay])
    }
    assert answers["stay"]["pooled"] == 23_944_00  # (30000 - 800) x 82%
