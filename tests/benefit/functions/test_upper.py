"""Large-amount layer, major-illness layer, and medical assistance."""

from __future__ import annotations

import pytest
from rules_builder import Builder, cell, visit

from yibao.benefit.functions.assistance import assistance
from yibao.benefit.functions.refusal import lacking
from yibao.benefit.functions.settlement import settle
from yibao.benefit.functions.unknown import LAYER_UPPER, unknown_layers
from yibao.benefit.functions.upper import large_amount, major_illness, major_illness_year
from yibao.benefit.steps import UNKNOWN_UPPER
from yibao.benefit.terms import Accumulators
from yibao.policy.keys import MEMBER_RESIDENT, MEMBER_WORKING


def large(ceiling: int | None = 32_000_000) -> Builder:
    return (
        Builder()
        .set("employee.upper.rule", "above_ceiling")
        .set("employee.upper.ratio", 9_000)
        .set("employee.upper.annual_ceiling", ceiling)
    )


@pytest.mark.parametrize(
    ("passed", "used", "paid"),
    [
        (1_432_195, 0, 1_288_976),
        (0, 0, 0),
        (1_432_195, 31_000_000, 1_000_000),
        (1_432_195, 32_000_000, 0),
        (1_432_195, 33_000_000, 0),
    ],
)
def test_large_amount(passed: int, used: int, paid: int) -> None:
    rules = large().build()
    assert large_amount(rules, MEMBER_WORKING, passed, used, 0, None) == paid


def test_large_amount_without_a_ceiling_and_with_bands() -> None:
    rules = large(None)
    assert large_amount(rules.build(), MEMBER_WORKING, 10**9, 10**9, 0, None) == 900_000_000
    rules.set("employee.upper.band_top", 1_000_000, band="1")
    rules.set("employee.upper.ratio", 8_000, band="1")
    assert large_amount(rules.build(), MEMBER_WORKING, 1_500_000, 0, 0, None) == 800_000 + 450_000


def test_the_base_above_the_basic_ceiling_goes_on_at_ninety_percent() -> None:
    rules = (
        large()
        .care("inpatient.deductible", 80_000)
        .care("inpatient.ratio", 8_200)
        .care("inpatient.annual_ceiling", 8_000_000)
    )
    stay = visit("inpatient", 2_000_000, member="working", nth=1)
    done, after = settle(rules.build(), stay, Accumulators(inpatient_pooled=7_600_000), None)
    assert (done.pooled, done.upper, done.fund) == (400_000, 1_288_976, 1_688_976)
    assert done.own == 311_024
    assert (after.inpatient_pooled, after.upper) == (8_000_000, 1_288_976)
    assert after.eligible_own == 1_600_000


def major(ceiling: int | None = 40_000_000) -> Builder:
    return (
        Builder()
        .set("resident.upper.rule", "own_burden")
        .set("resident.upper.threshold", 1_000_000)
        .set("resident.upper.ratio", 7_500)
        .set("resident.upper.second_threshold", 5_000_000)
        .set("resident.upper.second_ratio", 5_000)
        .set("resident.upper.annual_ceiling", ceiling)
    )


def year(rules: Builder, own: int, groups: int = 0, reached: int = 0, bonus: int = 0) -> int:
    return major_illness_year(rules.build(), MEMBER_RESIDENT, groups, own, reached, bonus, None)


@pytest.mark.parametrize(
    ("own", "paid"),
    [
        (999_999, 0),
        (1_000_000, 0),
        (1_000_001, 1),  # 0.75
        (6_000_000, 3_750_000),
        # first 18,000,000 x 75 % = 14,250,000; left 5,750,000; second 375,000
        (20_000_000, 14_250_000 + 375_000),
        (100_000_000, 40_000_000),
    ],
)
def test_major_illness(own: int, paid: int) -> None:
    if own == 20_000_000:
        assert (own - 1_000_000) * 3 // 4 == 14_250_000
        assert (own - 14_250_000 - 5_000_000) // 2 == 375_000
    assert year(major(), own) == paid


def test_major_illness_by_visit_is_the_years_total_less_what_was_paid() -> None:
    rules = major().build()
    paid = 0
    for own in (800_000, 1_200_000, 6_000_000):
        before = paid
        paid += major_illness(rules, MEMBER_RESIDENT, 0, own, before, 0, 0, None)
        assert paid == year(major(), own)
    assert major_illness(rules, MEMBER_RESIDENT, 0, 6_000_000, 3_800_000, 0, 0, None) == 0


def test_major_illness_bands_and_no_second_compensation() -> None:
    rules = (
        major(None)
        .set("resident.upper.second_threshold", None)
        .set("resident.upper.band_top", 5_000_000, band="1")
        .set("resident.upper.ratio", 6_000, band="1")
    )
    assert year(rules, 9_000_000) == 3_000_000 + 2_250_000


def test_incentives_raise_the_ceiling() -> None:
    assert year(major(), 100_000_000, bonus=300_000) == 40_300_000


def test_groups_have_a_lower_threshold_more_points_and_no_ceiling() -> None:
    rules = (
        major()
        .set("resident.upper.second_threshold", None)
        .set("resident.upper.group_threshold_factor", 5_000, group="poor")
        .set("resident.upper.group_points", 500, group="poor")
        .set("resident.upper.group_uncapped", True, group="poorer")
    )
    assert year(rules, 6_000_000, groups=0b1) == 4_400_000  # 5,500,000 x 80 %
    assert year(rules, 6_000_000, groups=0b10) == 3_750_000
    assert year(rules, 100_000_000, groups=0b1) == 40_000_000
    assert year(rules, 100_000_000, groups=0b10) == 74_250_000
    assert year(rules, 100_000_000, groups=0b11) == 79_600_000


def test_the_threshold_falls_away_when_the_basic_ceiling_is_reached() -> None:
    rules = major().set("resident.upper.when_basic_ceiling_reached", "threshold_waived")
    assert year(rules, 800_000, reached=1) == 600_000
    assert year(rules, 800_000) == 0
    assert year(major(), 800_000, reached=1) == 0
    stay = visit("inpatient", 1_000_000, nth=1)
    rules.care("inpatient.ratio", 5_000).care("inpatient.annual_ceiling", 300_000)
    done, _ = settle(rules.build(), stay, Accumulators(), None)
    assert (done.pooled, done.upper) == (300_000, 525_000)
    rules.care("inpatient.annual_ceiling", 500_001)
    done, _ = settle(rules.build(), stay, Accumulators(), None)
    assert (done.pooled, done.upper) == (500_000, 0)


def test_the_upper_layer_pays_no_more_than_the_visit_leaves() -> None:
    rules = (
        major()
        .care("inpatient.ratio", 5_000)
        .care("inpatient.annual_ceiling", 500_000)
        .set("resident.upper.when_basic_ceiling_reached", "threshold_waived")
    )
    used = Accumulators(inpatient_pooled=499_000, eligible_own=900_000)
    done, _ = settle(rules.build(), visit("inpatient", 100_000, nth=2), used, None)
    assert (done.pooled, done.upper, done.own) == (1_000, 99_000, 0)


def test_upper_figures_that_no_source_gives() -> None:
    rules = major().missing("resident.upper.ratio", band="1")
    assert year(rules, 6_000_000) == lacking(cell("resident.upper.ratio", band="1"))
    rules = major().missing("resident.upper.annual_ceiling")
    assert year(rules, 6_000_000) == lacking(cell("resident.upper.annual_ceiling"))
    rules = large().missing("employee.upper.annual_ceiling").build()
    assert large_amount(rules, MEMBER_WORKING, 1, 0, 0, None) == lacking(
        cell("employee.upper.annual_ceiling", status="working")
    )


def test_a_layer_that_no_source_gives_is_left_out() -> None:
    rules = Builder().care("inpatient.ratio", 6_000).missing("resident.upper.rule").build()
    facts = visit("inpatient", 100)
    trace: list[tuple[int, int, int]] = []
    settlement, after = settle(rules, facts, Accumulators(), trace)
    assert (settlement.status, settlement.pooled, settlement.upper) == (0, 60, 0)
    assert (after.upper, after.eligible_own) == (0, 40)
    assert unknown_layers(rules, facts, None) == LAYER_UPPER
    assert (UNKNOWN_UPPER, cell("resident.upper.rule"), 0) in trace
    assert unknown_layers(rules, visit("outpatient", 100), None) == 0


def helped() -> Builder:
    return (
        Builder()
        .set("assistance.ratio", 7_000, group="poor")
        .set("assistance.threshold", 100_000, group="poor")
        .set("assistance.annual_ceiling", 500_000, group="poor")
        .set("assistance.ratio", 9_000, group="poorer")
    )


@pytest.mark.parametrize(
    ("groups", "before", "after", "used", "paid"),
    [
        (0b0, 0, 300_000, 0, 0),
        (0b100, 0, 300_000, 0, 0),
        (0b1, 0, 100_000, 0, 0),
        (0b1, 0, 300_000, 0, 140_000),
        (0b1, 250_000, 300_000, 0, 35_000),
        (0b1, 250_000, 1_250_000, 0, 500_000),
        (0b1, 250_000, 1_250_000, 480_000, 20_000),
        (0b1, 250_000, 1_250_000, 600_000, 0),
        (0b11, 0, 300_000, 0, 270_000),
        (0b10, 0, 10_000_000, 10_000_000, 9_000_000),
    ],
)
def test_assistance(groups: int, before: int, after: int, used: int, paid: int) -> None:
    assert assistance(helped().build(), groups, before, after, used, None) == paid


def test_assistance_comes_after_the_upper_layer() -> None:
    rules = (
        major().care("inpatient.ratio", 6_000).set("assistance.ratio", 7_000, group="poor").build()
    )
    stay = visit("inpatient", 5_000_000, groups=("poor",), nth=1)
    done, after = settle(rules, stay, Accumulators(), None)
    # own 2,000,000; upper 750,000; 70 % of 1,250,000
    assert (done.pooled, done.upper, done.assistance) == (3_000_000, 750_000, 875_000)
    assert done.own == 375_000
    assert (after.upper, after.assistance, after.eligible_own) == (750_000, 875_000, 2_000_000)
    outpatient = visit("outpatient", 5_000_000, groups=("poor",))
    assert settle(rules, outpatient, after, None)[0].assistance == 0
