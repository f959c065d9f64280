"""The deductible in every shape: visit, year, summed ceiling, nth admission, groups, places."""

from __future__ import annotations

import pytest
from rules_builder import GROUPS, Builder, cell, visit

from yibao.benefit.functions.basic import visit_terms
from yibao.benefit.functions.deductible import deductible
from yibao.benefit.functions.refusal import lacking
from yibao.policy.keys import (
    INPATIENT,
    MEMBER_RESIDENT,
    MEMBER_RETIRED,
    MEMBER_WORKING,
    OUTPATIENT,
    PLACE_HOME,
    PLACE_OTHER,
    PLACE_REFERRAL,
    TIER_CLASS_1,
    TIER_CLASS_2_COUNTY,
    TIER_CLASS_3,
)

KINDS = {OUTPATIENT: "outpatient", INPATIENT: "inpatient"}


def bear(
    rules: Builder,
    care: int = OUTPATIENT,
    member: int = MEMBER_WORKING,
    tier: int = TIER_CLASS_1,
    place: int = PLACE_HOME,
    groups: tuple[str, ...] = (),
    nth: int = 1,
    used: int = 0,
    eligible: int = 1_000_000,
) -> int:
    mask = sum(1 << GROUPS.index(group) for group in groups)
    built = rules.build()
    done = visit(KINDS[care], member=member, tier=tier, place=place, groups=mask, nth=nth)
    return deductible(built, done, visit_terms(built, done), care, used, eligible, None)


def test_per_visit_by_member_and_price_class() -> None:
    rules = (
        Builder()
        .care("outpatient.deductible", 8_000)
        .set("employee.outpatient.deductible", 5_000, status="retired")
        .set("employee.outpatient.deductible", 2_000, status="working", price_class="3")
    )
    assert bear(rules) == 8_000
    assert bear(rules, used=100_000) == 8_000
    assert bear(rules, member=MEMBER_RETIRED) == 5_000
    assert bear(rules, tier=TIER_CLASS_3) == 2_000
    assert bear(rules, tier=TIER_CLASS_2_COUNTY) == 8_000
    assert bear(rules, member=MEMBER_RESIDENT, tier=TIER_CLASS_3) == 8_000


@pytest.mark.parametrize(("eligible", "borne"), [(7_999, 7_999), (8_000, 8_000), (8_001, 8_000)])
def test_never_more_than_the_eligible_amount(eligible: int, borne: int) -> None:
    rules = Builder().care("outpatient.deductible", 8_000)
    assert bear(rules, eligible=eligible) == borne
    assert bear(rules, eligible=0) == 0


@pytest.mark.parametrize(
    ("used", "borne"), [(0, 30_000), (12_345, 17_655), (30_000, 0), (31_000, 0)]
)
def test_per_year(used: int, borne: int) -> None:
    rules = (
        Builder().care("outpatient.deductible", 30_000).care("outpatient.deductible_period", "year")
    )
    assert bear(rules, used=used) == borne


@pytest.mark.parametrize(
    ("used", "borne"), [(0, 8_000), (22_000, 8_000), (24_000, 6_000), (30_000, 0), (40_000, 0)]
)
def test_yearly_ceiling_on_the_sum_of_deductibles(used: int, borne: int) -> None:
    rules = (
        Builder()
        .care("outpatient.deductible", 8_000)
        .care("outpatient.deductible_year_ceiling", 30_000)
    )
    assert bear(rules, used=used) == borne


@pytest.mark.parametrize(("nth", "borne"), [(1, 80_000), (2, 40_000), (3, 30_000), (4, 0), (9, 0)])
def test_nth_admission_by_factor(nth: int, borne: int) -> None:
    rules = (
        Builder()
        .care("inpatient.deductible", 80_000)
        .set("employee.inpatient.nth_factor", 5_000, nth="2")
        .set("employee.inpatient.nth_factor", 3_750, nth="3")
        .set("employee.inpatient.nth_factor", 0, nth="4+")
    )
    assert bear(rules, INPATIENT, nth=nth) == borne
    assert bear(rules, INPATIENT, MEMBER_RESIDENT, nth=nth) == 80_000


@pytest.mark.parametrize(
    ("nth", "borne"), [(1, 100_000), (2, 80_000), (3, 60_000), (4, 40_000), (5, 40_000)]
)
def test_nth_admission_by_step_with_a_floor(nth: int, borne: int) -> None:
    rules = (
        Builder()
        .care("inpatient.deductible", 100_000)
        .set("resident.inpatient.nth_step", 20_000)
        .set("resident.inpatient.nth_floor", 40_000)
    )
    assert bear(rules, INPATIENT, MEMBER_RESIDENT, nth=nth) == borne


def test_a_floor_never_raises_the_deductible() -> None:
    rules = (
        Builder()
        .care("inpatient.deductible", 30_000)
        .care("inpatient.nth_step", 20_000)
        .care("inpatient.nth_floor", 40_000)
    )
    assert bear(rules, INPATIENT, nth=2) == 30_000
    without_floor = rules.care("inpatient.nth_floor", 0)
    assert [bear(without_floor, INPATIENT, nth=nth) for nth in (1, 2, 3)] == [30_000, 10_000, 0]


def test_nth_admission_only_where_it_applies() -> None:
    rules = (
        Builder()
        .care("inpatient.deductible", 80_000)
        .care("inpatient.nth_factor", 5_000, nth="2")
        .care("inpatient.nth_applies", False, place="referral")
    )
    assert bear(rules, INPATIENT, nth=2) == 40_000
    assert bear(rules, INPATIENT, nth=2, place=PLACE_REFERRAL) == 80_000
    assert bear(rules, OUTPATIENT, nth=2) == 0


def test_groups_take_the_most_favourable_factor() -> None:
    rules = (
        Builder()
        .care("inpatient.deductible", 80_000)
        .care("inpatient.group_deductible_factor", 5_000, group="poor")
        .care("inpatient.group_deductible_factor", 0, group="poorer")
    )
    assert bear(rules, INPATIENT, groups=("veteran",)) == 80_000
    assert bear(rules, INPATIENT, groups=("poor",)) == 40_000
    assert bear(rules, INPATIENT, groups=("poor", "poorer")) == 0


def test_own_deductible_out_of_area() -> None:
    rules = (
        Builder()
        .care("inpatient.deductible", 80_000)
        .care("inpatient.place_deductible", 150_000, place="other_temporary")
        .care("inpatient.place_deductible", 0, place="referral")
    )
    assert bear(rules, INPATIENT, place=PLACE_OTHER) == 150_000
    assert bear(rules, INPATIENT, place=PLACE_REFERRAL) == 0
    assert bear(rules, INPATIENT, place=PLACE_HOME) == 80_000


def test_factors_round_by_the_fund_option() -> None:
    rules = (
        Builder().care("inpatient.deductible", 12_345).care("inpatient.nth_factor", 5_000, nth="2")
    )
    assert bear(rules, INPATIENT, nth=2) == 6_173  # 6172.5
    assert bear(rules.set("rounding.fund", "down_fen"), INPATIENT, nth=2) == 6_172


def test_no_deductible_in_force() -> None:
    rules = Builder().missing("employee.outpatient.deductible", status="working")
    at = cell("employee.outpatient.deductible", status="working", price_class="1", nth="1")
    assert bear(rules) == lacking(at)
    assert bear(rules, member=MEMBER_RETIRED) == 0
    away = rules.set("employee.outpatient.place_deductible", 100, status="working", place="home")
    assert bear(away) == 100


def test_a_step_is_taken_from_the_standard_itself() -> None:
    rules = (
        Builder()
        .care("inpatient.deductible", 437)
        .care("inpatient.nth_step", 2)
        .care("inpatient.nth_factor", 5_000)
        .set("rounding.fund", "half_up_jiao")
    )
    assert bear(rules, INPATIENT, nth=3) == 433
