"""A layer above that pays of the own burden and, beside it, of what lies above the ceiling."""

from __future__ import annotations

import pytest

from yibao.policy.compile import PolicyLibrary
from yibao.scenario.read import read_scenario
from yibao.scenario.roads import run_through

from .life import check, live, scenario_file, visits

SCENARIO = "34_both_layers"


def test_shape_34_both_layers_at_once(packs: PolicyLibrary) -> None:
    """300 first, 75 % up to 250,000; of the burden above 2,000 60 % of 1,000 and 70 % of the
    rest; 90 % of what is above the ceiling."""
    settled = visits(packs, SCENARIO)
    # Burden 25,300: 600 + 70 % of 22,300.
    check(settled["below"], de=300_00, pooled=75_000_00, upper=16_210_00)
    # 175,000 left of the ceiling are 233,333.34 of cost: 6,666.66 lie above, 5,999.99 are paid
    # of them; burden 83,933.34: 57,253.34 less 16,210.00.
    check(settled["across"], de=300_00, pooled=175_000_00, upper=41_043_34 + 5_999_99)
    # The deductible adds 300 to the burden; 10,000 lie above.
    check(settled["above"], de=300_00, pooled=0, upper=210_00 + 9_000_00)
    check(settled["again"], de=300_00, pooled=0, upper=210_00 + 9_000_00)
    # Assistance, 40 % above 20,000 of what the burden leaves: 9,090 first, then 26,680; what was
    # paid above the ceiling is not taken off, so that 24,008 stand before the third.
    check(settled["veteran_below"], upper=16_210_00, assist=0)
    check(settled["veteran_across"], upper=41_043_34 + 5_999_99, assist=2_672_00)
    check(settled["veteran_above"], upper=210_00 + 9_000_00, assist=36_00)


def test_shape_34_of_employees(packs: PolicyLibrary) -> None:
    """80 % up to 5,000 after 44; 50 % of the burden above 1,000, 80 % of what lies above."""
    (across,) = visits(packs, "34_both_layers_of_employees").values()
    # 6,250 are used: 3,750 lie above, the burden is 1,294.
    check(across, de=44_00, pooled=5_000_00, upper=147_00 + 3_000_00)


@pytest.mark.parametrize("road", ["batch", "database"])
def test_shape_34_comes_out_alike_on_other_roads(packs: PolicyLibrary, road: str) -> None:
    def amounts(answers: list[dict[str, object]]) -> list[tuple[object, ...]]:
        return [
            tuple(told.get(name) for name in ("visit", "pooled", "upper", "own"))
            for told in answers
        ]

    scenario = read_scenario(scenario_file(SCENARIO))
    told = [step.as_json() for step in run_through(road, packs, scenario)]
    assert amounts(told) == amounts(live(packs, SCENARIO))
