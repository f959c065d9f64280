"""The sums of clearing against worked cases, to the fen, and what must hold of any."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from yibao.clearing.groups import (
    case_points,
    group_case,
    group_rate,
    group_weight,
    incomplete_points,
    points_of,
    points_share,
)
from yibao.clearing.prepayments import QuotaColour, cross_area_quota, prepayment, quota_use
from yibao.clearing.sums import (
    ReturnRule,
    instant_advance,
    month_sum,
    retained_return,
    set_off,
    shared_out,
)
from yibao.errors import InputError

FEN = st.integers(0, 10**13)


def test_advance_at_once_and_the_rest_after_the_review() -> None:
    advanced = instant_advance(50_000_000, 8000)
    result = month_sum(50_000_000, deducted=1_875_000, retained_share=500, advanced=advanced)
    assert (advanced, result.approved, result.retained) == (40_000_000, 48_125_000, 2_406_250)
    assert (result.paid, result.carried) == (5_718_750, 0)


def test_what_is_not_enough_goes_on_to_the_next_month() -> None:
    short = month_sum(1_000_000, retained_share=500, advanced=980_000)
    assert (short.payable, short.paid, short.carried) == (-30_000, 0, 30_000)
    after = month_sum(1_000_000, given_back=100, retained_share=500, carried_in=short.carried)
    assert (after.retained, after.paid) == (50_005, 920_095)
    owed = month_sum(-5_000, retained_share=500)
    assert (owed.retained, owed.carried) == (0, 5_000)


@given(FEN, FEN, FEN, FEN, FEN, FEN, st.integers(0, 10_000))
def test_nothing_is_lost_in_a_month(
    applied: int, deducted: int, back: int, advanced: int, goods: int, carried: int, share: int
) -> None:
    result = month_sum(
        applied,
        deducted=deducted,
        given_back=back,
        retained_share=share,
        advanced=advanced,
        goods=goods,
        carried_in=carried,
    )
    spent = result.retained + advanced + goods + carried + result.paid - result.carried
    assert spent == applied - deducted + back
    assert result.paid >= 0 <= result.carried


@pytest.mark.parametrize(
    ("score", "withheld"),
    [(1000, 0), (800, 0), (735, 14_133_600), (600, 43_488_000), (599, 72_480_000), (0, 72_480_000)],
)
def test_returned_by_points_below_eighty(score: int, withheld: int) -> None:
    result = retained_return(72_480_000, score, ReturnRule.PER_POINT)
    assert (result.withheld, result.returned) == (withheld, 72_480_000 - withheld)


def test_returned_at_discretion_and_in_proportion() -> None:
    rule = ReturnRule.DISCRETION
    assert retained_return(100, 750, rule).returned == 100
    assert retained_return(100, 599, rule).returned == 0
    assert retained_return(100, 749, rule, decided=40).withheld == 60
    for score, decided in ((700, None), (700, 101), (800, 50), (500, 50)):
        with pytest.raises(InputError):
            retained_return(100, score, rule, decided=decided)
    assert retained_return(9_500, 950, ReturnRule.PROPORTION).returned == 9_500
    assert retained_return(9_500, 475, ReturnRule.PROPORTION).returned == 4_750
    with pytest.raises(InputError):
        retained_return(100, 1001, ReturnRule.PROPORTION)


@given(FEN, st.integers(0, 999), st.sampled_from([ReturnRule.PER_POINT, ReturnRule.PROPORTION]))
def test_a_better_score_never_brings_less(retained: int, score: int, rule: ReturnRule) -> None:
    lower, higher = (retained_return(retained, at, rule) for at in (score, score + 1))
    assert 0 <= lower.returned <= higher.returned <= retained
    assert lower.returned + lower.withheld == retained


def test_points_of_cases_that_deviate() -> None:
    costs = (500_000, 900_000, 3_000_000)
    assert [case_points(80_000, 1_200_000, cost) for cost in costs] == [33_333, 80_000, 120_000]
    assert case_points(80_000, 1_200_000, 600_000) == 80_000
    assert case_points(80_000, 1_200_000, 2_400_000) == 80_000
    assert case_points(80_000, 1_200_000, 599_999) == 40_000
    assert points_of(1_200_000, 1_500_000) == 80_000
    assert incomplete_points(80_000, 1_200_000, 300_000) == 20_000
    assert incomplete_points(80_000, 1_200_000, 1_300_000) == 80_000
    with pytest.raises(InputError):
        case_points(80_000, 0, 1)


@given(FEN, st.lists(st.integers(0, 10**8), min_size=1, max_size=20).filter(any))
def test_a_budget_is_shared_out_exactly(budget: int, weights: list[int]) -> None:
    parts = shared_out(budget, weights)
    total = sum(weights)
    assert sum(parts) == budget
    for weight, part in zip(weights, parts, strict=True):
        assert budget * weight // total <= part <= budget * weight // total + 1


def test_the_rest_goes_to_the_largest_remainders() -> None:
    assert shared_out(100, [1, 1, 1]) == [34, 33, 33]
    assert shared_out(10, [3, 3, 1]) == [4, 4, 2]
    result = points_share(10_000, [(10_000, 100), (20_000, 100)])
    assert (list(result.parts), result.point_value) == ([3_333, 6_667], 333_333)
    with pytest.raises(InputError):
        shared_out(10, [0, 0])


def test_a_stay_under_groups() -> None:
    rate = group_rate(5_000_000_000, 625_000)
    result = group_case(rate, 135, 102, cost=1_430_000, person_paid=510_000)
    assert (rate, result.standard, result.fund) == (800_000, 1_101_600, 591_600)
    assert result.result == -328_400
    assert group_weight(1_350_000, 1_000_000) == 135


def test_a_quota_between_areas_and_its_colours() -> None:
    quota = cross_area_quota([123_456_789, 119_840_000, 130_502_211], 2)
    assert quota == 249_199_333
    assert quota_use(quota, 180_000_000) == (7_223, QuotaColour.YELLOW)
    assert quota_use(quota, 224_279_400) == (9_000, QuotaColour.RED)
    assert quota_use(10_000, 6_999) == (6_999, QuotaColour.WITHIN)
    with pytest.raises(InputError):
        cross_area_quota([1, 2], 2)


def test_goods_of_makers_are_set_off() -> None:
    first = set_off(119_331_367, 36_850_000)
    assert (first.to_makers, first.to_hospital, first.collected) == (36_850_000, 82_481_367, 0)
    after = set_off(20_000_000, 24_500_000)
    assert (after.to_hospital, after.collected) == (0, 4_500_000)


def test_who_may_prepay() -> None:
    years = [1_080_000, 1_320_000, 1_200_000]
    may = prepayment("employee", 1_200_000, years, deficit_last_year=False, deficit_foreseen=False)
    assert (may.reserve, may.amount, list(may.refused)) == (1_200, 100_000, [])
    short = prepayment("employee", 1_199_999, years, deficit_last_year=False, deficit_foreseen=True)
    assert (short.amount, len(short.refused)) == (0, 2)
    resident = prepayment(
        "resident", 600_000, years, deficit_last_year=False, deficit_foreseen=False
    )
    assert resident.amount == 100_000
