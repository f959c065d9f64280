"""The reimbursement ratio in every shape."""

from __future__ import annotations

import pytest
from rules_builder import DISEASES, GROUPS, Builder, cell

from yibao.benefit.functions.ratio import disease_ratio, reimbursement_ratio
from yibao.benefit.functions.refusal import lacking
from yibao.policy import parameters as p
from yibao.policy.keys import (
    CHRONIC,
    INPATIENT,
    MEMBER_RESIDENT,
    MEMBER_RETIRED,
    MEMBER_WORKING,
    OUTPATIENT,
    PLACE_HOME,
    PLACE_LONG_STAY,
    PLACE_OTHER,
    PLACE_REFERRAL,
    TIER_CLASS_1,
    TIER_CLASS_2,
    TIER_CLASS_3,
    TIER_COMMUNITY,
)


def find(
    rules: Builder,
    care: int = INPATIENT,
    member: int = MEMBER_WORKING,
    tier: int = TIER_CLASS_1,
    age: int = 0,
    band: int = 0,
    place: int = PLACE_HOME,
    groups: tuple[str, ...] = (),
    disease: int = -1,
    family_doctor: int = 0,
) -> int:
    mask = sum(1 << GROUPS.index(group) for group in groups)
    return reimbursement_ratio(
        rules.build(), care, member, tier, age, band, place, mask, disease, family_doctor, None
    )


def worker(ratio: int) -> Builder:
    return Builder().set("employee.inpatient.ratio", ratio, status="working")


def test_table_by_care_member_class_age_and_band() -> None:
    rules = (
        Builder()
        .care("inpatient.ratio", 8_200)
        .care("outpatient.ratio", 5_500)
        .care("inpatient.ratio", 9_000, price_class="3")
        .set("resident.inpatient.ratio", 6_000)
        .set("employee.inpatient.ratio", 8_700, status="working", price_class="1", band="2")
        .set("employee.inpatient.ratio", 8_800, status="working", price_class="1", age="from")
    )
    assert find(rules) == 8_200
    assert find(rules, OUTPATIENT) == 5_500
    assert find(rules, CHRONIC) == 0
    assert find(rules, tier=TIER_CLASS_3) == 9_000
    assert find(rules, tier=TIER_COMMUNITY) == 8_200
    assert find(rules, member=MEMBER_RESIDENT) == 6_000
    assert find(rules, band=1) == 8_700
    assert find(rules, age=1) == 8_800


def test_retiree_with_an_own_table() -> None:
    rules = worker(8_200).set("employee.inpatient.ratio", 8_700, status="retired")
    assert find(rules, member=MEMBER_RETIRED) == 8_700


def test_retiree_with_points() -> None:
    rules = (
        worker(8_200)
        .set("employee.inpatient.retiree_rule", "points")
        .set("employee.inpatient.retiree_points", 300)
        .set("employee.inpatient.retiree_points", 1_000, price_class="3")
        .missing("employee.inpatient.ratio", status="retired")
    )
    assert find(rules) == 8_200
    assert find(rules, member=MEMBER_RETIRED) == 8_500
    assert find(rules, member=MEMBER_RETIRED, tier=TIER_CLASS_3) == 9_200


def test_points_that_take_more_than_there_is() -> None:
    rules = worker(500).set("employee.inpatient.retiree_rule", "points")
    rules.set("employee.inpatient.retiree_points", -2_000)
    rules.care("inpatient.place_points", 300, place="referral")
    assert find(rules, member=MEMBER_RETIRED) == 0
    assert find(rules, member=MEMBER_RETIRED, place=PLACE_REFERRAL) == 300


@pytest.mark.parametrize(
    ("ratio", "factor", "expected"),
    [(8_200, 5_000, 9_100), (8_600, 5_000, 9_300), (8_201, 5_000, 9_100), (8_500, 6_000, 9_100)],
)
def test_retiree_with_a_factor_on_the_own_share(ratio: int, factor: int, expected: int) -> None:
    rules = (
        worker(ratio)
        .set("employee.inpatient.retiree_rule", "own_share_factor")
        .set("employee.inpatient.retiree_own_share_factor", factor)
    )
    assert find(rules, member=MEMBER_RETIRED) == expected
    assert find(rules) == ratio


def test_points_out_of_area_are_points_and_no_multiplier() -> None:
    rules = (
        Builder()
        .set("resident.inpatient.ratio", 6_000)
        .set("resident.inpatient.place_points", -500, place="referral")
        .set("resident.inpatient.place_points", -1_500, place="other_temporary")
    )
    assert find(rules, member=MEMBER_RESIDENT) == 6_000
    assert find(rules, member=MEMBER_RESIDENT, place=PLACE_REFERRAL) == 5_500
    assert find(rules, member=MEMBER_RESIDENT, place=PLACE_OTHER) == 4_500
    assert find(rules, member=MEMBER_RESIDENT, place=PLACE_LONG_STAY) == 6_000


def test_replacement_out_of_area_stands_in_for_the_table() -> None:
    rules = (
        worker(8_200)
        .set("employee.inpatient.place_ratio", 5_500, status="working", place="referral")
        .set("employee.inpatient.place_points", -100, status="working", place="referral")
        .missing("employee.inpatient.ratio", status="retired")
        .set("employee.inpatient.place_ratio", 0, status="retired", place="referral")
    )
    assert find(rules, place=PLACE_REFERRAL) == 5_400
    assert find(rules, member=MEMBER_RETIRED, place=PLACE_REFERRAL) == 0


def test_family_doctor_points_by_class() -> None:
    rules = worker(8_200).set(
        "employee.inpatient.family_doctor_points", 500, status="working", price_class="2"
    )
    assert find(rules, tier=TIER_CLASS_2) == 8_200
    assert find(rules, tier=TIER_CLASS_2, family_doctor=1) == 8_700
    assert find(rules, family_doctor=1) == 8_200


def test_disease_points_count_for_inpatient_stays_only() -> None:
    rules = (
        Builder()
        .care("inpatient.ratio", 7_000)
        .care("chronic.ratio", 7_000)
        .care("inpatient.disease_points", 500, disease="kidney")
    )
    kidney = DISEASES.index("kidney")
    assert find(rules, disease=kidney) == 7_500
    assert find(rules, disease=kidney + 1) == 7_000
    assert find(rules, CHRONIC, disease=kidney) == 7_000


def test_the_best_group_counts_if_it_is_better() -> None:
    rules = (
        worker(8_200)
        .care("inpatient.group_ratio", 9_000, group="poor")
        .care("inpatient.group_ratio", 9_500, group="poorer")
        .care("inpatient.group_ratio", 100, group="veteran")
    )
    assert find(rules, groups=("veteran",)) == 8_200
    assert find(rules, groups=("poor",)) == 9_000
    assert find(rules, groups=("poor", "poorer", "veteran")) == 9_500
    assert find(rules) == 8_200


def test_stays_between_nothing_and_everything() -> None:
    rules = worker(9_800).care("inpatient.place_points", 500, place="referral")
    assert find(rules, place=PLACE_REFERRAL) == 10_000
    rules = worker(1_000).care("inpatient.place_points", -1_500, place="referral")
    assert find(rules, place=PLACE_REFERRAL) == 0


def test_no_ratio_in_force() -> None:
    rules = Builder().missing("employee.inpatient.ratio", status="retired")
    at = cell("employee.inpatient.ratio", status="retired", price_class="2", age="from", band="3")
    assert find(rules, member=MEMBER_RETIRED, tier=TIER_CLASS_2, age=1, band=2) == lacking(at)
    rules.set("employee.inpatient.retiree_rule", "points")
    assert find(rules, member=MEMBER_RETIRED, tier=TIER_CLASS_2, age=1, band=2) == 0


def test_points_that_no_source_gives_are_refused_not_taken_as_none() -> None:
    name = "employee.inpatient.place_points"
    rules = worker(8_500).set(name, p.MISSING, status="working", place="referral")
    missing = cell(name, status="working", place="referral")
    assert find(rules, place=PLACE_REFERRAL) == lacking(missing)
    assert find(rules, place=PLACE_HOME) == 8_500
    own = disease_ratio(
        rules.build(), INPATIENT, MEMBER_WORKING, PLACE_REFERRAL, 7_000, p.ROUND_FUND, None
    )
    assert own == lacking(missing)
