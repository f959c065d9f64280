"""The basic layer: bands, one rounding, ceilings crossed inside a visit."""

from __future__ import annotations

import pytest
from rules_builder import Builder, cell, visit

from yibao.benefit.functions.bands import portion
from yibao.benefit.functions.basic import visit_terms
from yibao.benefit.functions.refusal import lacking
from yibao.benefit.functions.settlement import settle, settle_inpatient, settle_outpatient
from yibao.benefit.terms import Accumulators, Basic

NOTHING = Accumulators()


def stay(rules: Builder, total: int, used: Accumulators = NOTHING, **facts: object) -> Basic:
    facts = {"member": "working"} | facts
    done = visit("inpatient", total, **facts)
    built = rules.build()
    return settle_inpatient(built, done, visit_terms(built, done), total, used, None)


def flat(deductible: int, ratio: int, ceiling: int | None = None) -> Builder:
    return (
        Builder()
        .care("inpatient.deductible", deductible)
        .care("inpatient.ratio", ratio)
        .care("inpatient.annual_ceiling", ceiling)
    )


@pytest.mark.parametrize(
    ("start", "end", "bottom", "top", "expected"),
    [
        (0, 100, 0, -1, 100),
        (50, 100, 0, 60, 10),
        (50, 100, 60, -1, 40),
        (0, 50, 60, 70, 0),
        (80, 90, 60, 70, 0),
        (60, 70, 60, 70, 10),
        (10, 10, 0, -1, 0),
    ],
)
def test_portion(start: int, end: int, bottom: int, top: int, expected: int) -> None:
    assert portion(start, end, bottom, top) == expected


@pytest.mark.parametrize(
    ("total", "deductible", "ratio", "pooled"),
    [
        (80_000, 80_000, 8_200, 0),
        (1_000_000, 80_000, 8_200, 754_400),
        (1_000_000, 50_000, 8_600, 817_000),
        (1_000_000, 30_000, 9_000, 873_000),
        (600_000, 80_000, 8_200, 426_400),
        (100_000, 0, 6_500, 65_000),
        (79_999, 80_000, 8_200, 0),
        (0, 80_000, 8_200, 0),
        (80_001, 80_000, 8_200, 1),  # 0.82
        (80_001, 80_000, 4_900, 0),
    ],
)
def test_flat_ratio(total: int, deductible: int, ratio: int, pooled: int) -> None:
    layer = stay(flat(deductible, ratio), total)
    assert layer == Basic(0, min(deductible, total), pooled, 0)


def test_the_ceiling_crossed_inside_a_visit() -> None:
    rules = flat(80_000, 8_200, 8_000_000)
    layer = stay(rules, 2_000_000, Accumulators(inpatient_pooled=7_600_000))
    assert layer == Basic(0, 80_000, 400_000, 1_920_000 - 487_805)
    assert layer.passed == 1_432_195


def test_the_ceiling_used_up_exactly() -> None:
    rules = flat(80_000, 8_200, 8_000_000)
    layer = stay(rules, 1_000_000, Accumulators(inpatient_pooled=7_245_600))
    assert layer == Basic(0, 80_000, 754_400, 0)


def test_nothing_left_of_the_ceiling() -> None:
    rules = flat(80_000, 8_200, 8_000_000)
    for paid in (8_000_000, 8_000_001):
        layer = stay(rules, 1_000_000, Accumulators(inpatient_pooled=paid))
        assert layer == Basic(0, 80_000, 0, 920_000)
    special = Accumulators(inpatient_pooled=7_000_000, special_pooled=1_000_000)
    assert stay(rules, 1_000_000, special).pooled == 0


def bands(period: str = "visit", start: str = "with_deductible") -> Builder:
    """80 % up to 10,000 yuan, 85 % up to 30,000, 90 % above; 500 yuan deductible."""
    rules = flat(50_000, 9_000)
    for band, (top, ratio) in enumerate(((1_000_000, 8_000), (3_000_000, 8_500)), 1):
        rules.care("inpatient.band_top", top, band=str(band))
        rules.care("inpatient.ratio", ratio, band=str(band))
    return rules.care("inpatient.band_period", period).care("inpatient.band_start", start)


def test_bands_measured_with_the_deductible() -> None:
    # 500..10,000 at 80 %, 10,000..30,000 at 85 %, 30,000..40,000 at 90 %
    assert stay(bands(), 4_000_000).pooled == 760_000 + 1_700_000 + 900_000
    assert stay(bands(), 1_000_000).pooled == 760_000
    assert stay(bands(), 1_000_001).pooled == 760_001  # 760,000.85
    assert stay(bands(), 50_000).pooled == 0


def test_bands_measured_above_the_deductible() -> None:
    # 0..10,000, 10,000..30,000 and 30,000..39,500 above the deductible
    rules = bands(start="above_deductible")
    assert stay(rules, 4_000_000).pooled == 800_000 + 1_700_000 + 855_000


def test_bands_measured_over_the_year() -> None:
    used = Accumulators(inpatient_deductible=50_000, inpatient_eligible=900_000)
    # the axis stands at 9,000: 9,500..10,000 at 80 %, 10,000..19,000 at 85 %
    assert stay(bands("year"), 1_000_000, used).pooled == 40_000 + 765_000
    # above the deductible it stands at 8,500: 8,500..10,000 and 10,000..18,000
    above = bands("year", "above_deductible")
    assert stay(above, 1_000_000, used).pooled == 120_000 + 680_000


def test_bands_are_added_exactly_and_rounded_once() -> None:
    rules = flat(0, 5_000).care("inpatient.band_top", 1, band="1")
    assert stay(rules, 2).pooled == 1  # 0.5 + 0.5
    assert stay(rules, 1).pooled == 1
    assert stay(rules.set("rounding.fund", "down_fen"), 1).pooled == 0
    assert stay(rules, 2).pooled == 1


def test_the_ceiling_crossed_inside_a_band() -> None:
    rules = bands().care("inpatient.annual_ceiling", 1_000_000)
    layer = stay(rules, 4_000_000)
    # 760,000 from the first band, 240,000 / 0.85 = 282,352.94 of the second
    assert layer == Basic(0, 50_000, 1_000_000, 3_950_000 - 950_000 - 282_353)


def test_a_payment_never_exceeds_its_base() -> None:
    rules = flat(0, 10_000).set("rounding.fund", "half_up_jiao")
    assert stay(rules, 5) == Basic(0, 0, 5, 0)
    assert stay(rules, 14).pooled == 10
    assert stay(rules, 18).pooled == 18


@pytest.mark.parametrize(
    ("mode", "pooled"),
    [("half_up_fen", 3_334), ("down_fen", 3_333), ("up_fen", 3_334), ("half_up_jiao", 3_330)],
)
def test_rounding_is_a_pack_option(mode: str, pooled: int) -> None:
    rules = flat(0, 3_333).set("rounding.fund", mode)
    assert stay(rules, 10_002).pooled == pooled  # 3333.67


def outpatient(rules: Builder, total: int, used: Accumulators = NOTHING) -> Basic:
    done = visit(total=total, member="working")
    built = rules.build()
    return settle_outpatient(built, done, visit_terms(built, done), total, used, None)


def ordinary(deductible: int, ratio: int, ceiling: int | None = None) -> Builder:
    return (
        Builder()
        .care("outpatient.deductible", deductible)
        .care("outpatient.ratio", ratio)
        .care("outpatient.annual_ceiling", ceiling)
    )


@pytest.mark.parametrize(
    ("total", "deductible", "ratio", "ceiling", "used", "pooled"),
    [
        (8_000, 8_000, 4_500, 30_000, 0, 0),
        (50_000, 0, 7_000, None, 0, 35_000),
        (90_000, 0, 6_000, 47_125, 0, 47_125),
        (30_000, 8_000, 5_500, 250_000, 0, 12_100),
        (30_000, 8_000, 5_500, 250_000, 245_000, 5_000),
        (29_000, 8_000, 5_500, None, 0, 11_550),
    ],
)
def test_outpatient(
    total: int, deductible: int, ratio: int, ceiling: int | None, used: int, pooled: int
) -> None:
    rules = ordinary(deductible, ratio, ceiling)
    assert outpatient(rules, total, Accumulators(outpatient_pooled=used)).pooled == pooled


def test_outpatient_deductibles_of_a_year_already_borne() -> None:
    rules = ordinary(8_000, 5_500).care("outpatient.deductible_year_ceiling", 30_000)
    used = Accumulators(outpatient_deductible=30_000)
    assert outpatient(rules, 30_000, used) == Basic(0, 0, 16_500, 0)


def test_each_care_keeps_its_own_accumulators() -> None:
    rules = (
        Builder()
        .care("outpatient.ratio", 5_000)
        .care("inpatient.ratio", 8_000)
        .care("outpatient.deductible", 1_000)
        .care("inpatient.deductible", 2_000)
        .build()
    )
    done, after = settle(rules, visit(total=11_000), NOTHING, None)
    assert after == Accumulators(
        outpatient_deductible=1_000, outpatient_eligible=11_000, outpatient_pooled=5_000
    )
    assert (done.deductible, done.pooled, done.own) == (1_000, 5_000, 6_000)
    done, after = settle(rules, visit("inpatient", 12_000, nth=1), after, None)
    assert after == Accumulators(
        outpatient_deductible=1_000,
        outpatient_eligible=11_000,
        outpatient_pooled=5_000,
        inpatient_deductible=2_000,
        inpatient_eligible=12_000,
        inpatient_pooled=8_000,
        eligible_own=4_000,
    )


def test_a_missing_ceiling_refuses() -> None:
    rules = Builder().missing("resident.outpatient.annual_ceiling").build()
    done, after = settle(rules, visit(total=100), NOTHING, None)
    assert done.status == lacking(cell("resident.outpatient.annual_ceiling"))
    assert after == NOTHING
    rules = Builder().missing("resident.inpatient.annual_ceiling").build()
    done, _ = settle(rules, visit("inpatient", 100), NOTHING, None)
    assert done.status == lacking(cell("resident.inpatient.annual_ceiling"))
