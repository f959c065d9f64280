"""The major-illness ceiling with what continuity and years without a claim add."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from yibao.policy.compile import PolicyLibrary
from yibao.scenario import engine
from yibao.scenario.read import read_scenario

DRUGS = Path(__file__).parents[2] / "columns" / "scenarios" / "incentive_of_drugs.yaml"
Live = Callable[..., list[dict[str, Any]]]

RESIDENT = """
- id: r
  sex: male
  birth: 1980-01-01
  enrolments: [{scheme: resident, from: 2017-01-01}]
"""


def visit(name: str, day: str, institution: str = "h3", total: str = "100") -> str:
    return (
        f"- {{visit: {name}, person: r, institution: {institution}, kind: outpatient,"
        f" on: {day}, total: {total}}}\n"
    )


def ceiling(day: str) -> str:
    return f"- ask: {{ceiling: r, on: {day}}}\n"


def parts(answer: dict[str, Any]) -> tuple[int, int]:
    """Continuity and zero-claim parts; the ceiling is the original and both of them."""
    assert answer["original"] == 400000_00
    assert answer["ceiling"] == 400000_00 + min(
        answer["continuity"] + answer["zero_claim"], 80000_00
    )
    return answer["continuity"], answer["zero_claim"]


@pytest.mark.parametrize(("year", "zero_claim"), [(2025, 0), (2026, 3000_00), (2027, 6000_00)])
def test_each_whole_year_without_a_claim_counts_from_2025(
    live: Live, year: int, zero_claim: int
) -> None:
    answer = live(people=RESIDENT, steps=ceiling(f"{year}-06-01"))[0]
    assert parts(answer) == (0, zero_claim)


def test_any_payment_of_a_fund_is_a_claim(live: Live) -> None:
    asked = ceiling("2026-06-01")
    steps = visit("v1", "2025-05-01") + asked + "- reverse: v1\n" + asked
    _, claimed, _, reversed_ = live(people=RESIDENT, steps=steps)
    assert parts(claimed) == (0, 0)
    assert parts(reversed_) == (0, 3000_00)


def test_a_visit_that_the_fund_paid_nothing_of_is_no_claim(live: Live) -> None:
    steps = visit("v1", "2025-05-01", "h1", "80") + ceiling("2026-06-01")
    done, answer = live(people=RESIDENT, steps=steps)
    assert done["fund"] == 0
    assert parts(answer) == (0, 3000_00)


def test_a_claim_stops_its_own_year_only(live: Live) -> None:
    steps = visit("v1", "2026-05-01") + ceiling("2028-06-01")
    assert parts(live(people=RESIDENT, steps=steps)[1]) == (0, 6000_00)  # 2025 and 2027


@pytest.mark.parametrize(
    ("year", "continuity", "zero_claim"),
    [(2028, 0, 9000_00), (2029, 3000_00, 12000_00), (2030, 6000_00, 15000_00)],
)
def test_continuity_counts_from_the_fifth_year(
    live: Live, year: int, continuity: int, zero_claim: int
) -> None:
    answer = live(people=RESIDENT, steps=ceiling(f"{year}-06-01"))[0]
    assert parts(answer) == (continuity, zero_claim)


def test_no_more_than_a_fifth_is_added(live: Live) -> None:
    answer = live(people=RESIDENT, steps=ceiling("2060-06-01"))[0]
    assert answer["ceiling"] == 480000_00


AS_WRITTEN = """
overlay: 以前的含义
parameters:
  resident.incentive.visit_kind:
    values:
      2025-01-01: {value: written}
"""


def test_a_drug_of_two_channels_is_paid_under_the_raised_ceiling(
    packs: PolicyLibrary, tmp_path: Path
) -> None:
    """Also at a delivery; a rulebook of before has the old meaning, to the fen."""
    overlay = tmp_path / "overlay.yaml"
    overlay.write_text(AS_WRITTEN, encoding="utf-8")
    scenario = read_scenario(DRUGS)
    upper = [
        [answer.as_json()["upper"] for answer in engine.run(library, scenario)]
        for library in (packs, PolicyLibrary.load(overlays=[overlay]))
    ]
    assert upper == [[3000_00, 3000_00, 3000_00], [0, 0, 0]]
