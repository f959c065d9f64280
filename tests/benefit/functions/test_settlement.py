"""One visit as a whole: what is covered, what is refused, and maternity."""

from __future__ import annotations

import pytest
from rules_builder import Builder, cell, cells, visit

from yibao.benefit.functions.maternity import (
    allowance,
    allowance_days,
    gestation_band,
    spouse_payment,
)
from yibao.benefit.functions.refusal import lacking
from yibao.benefit.functions.settlement import settle
from yibao.benefit.terms import MOST_FEN, Accumulators, Settlement

NOTHING = Accumulators()
HALF = (
    Builder()
    .care("outpatient.ratio", 5_000)
    .care("inpatient.ratio", 5_000)
    .care("chronic.ratio", 5_000)
)


def settled(rules: Builder, kind: str, total: int, **facts: object) -> Settlement:
    done, after = settle(rules.build(), visit(kind, total, **facts), NOTHING, None)
    if kind == "maternity" and after != NOTHING:
        assert after.outpatient_eligible > 0
    return done


def test_parts_of_the_bill() -> None:
    done = settled(
        HALF, "outpatient", 790_000, out_of_catalogue=30_000, over_limit=15_000, upfront=20_000
    )
    assert done.eligible == 725_000
    assert (done.pooled, done.fund, done.own) == (362_500, 362_500, 427_500)


@pytest.mark.parametrize("kind", ["outpatient", "inpatient", "chronic", "pharmacy", "maternity"])
def test_without_entitlement_nothing_is_paid_or_counted(kind: str) -> None:
    facts = visit(kind, 10_000, entitled=0, upfront=500, disease=0)
    used = Accumulators(outpatient_pooled=5)
    done, after = settle(HALF.build(), facts, used, None)
    assert (done.status, done.fund, done.own, done.eligible) == (0, 0, 10_000, 9_500)
    assert after == used


def test_a_pharmacy_pays_for_prescriptions_only() -> None:
    assert settled(HALF, "pharmacy", 10_000, prescription=0).fund == 0
    assert settled(HALF, "pharmacy", 10_000, prescription=1).fund == 5_000


def test_an_amount_beyond_the_range_is_refused() -> None:
    assert settled(HALF, "outpatient", MOST_FEN).pooled == MOST_FEN // 2
    assert settled(HALF, "outpatient", MOST_FEN + 1).status == -1


def maternity() -> Builder:
    return (
        Builder()
        .care("maternity.prenatal_quota", 100_000)
        .care("maternity.prenatal_per_extra_fetus", 50_000)
        .care("outpatient.ratio", 5_000)
        .care("outpatient.deductible", 8_000)
        .care("maternity.delivery_ratio", 10_000)
        .care("maternity.delivery_ceiling", 300_000, delivery="vaginal")
        .care("maternity.delivery_ceiling", 450_000, delivery="caesarean")
        .care("maternity.delivery_ceiling", 200_000, delivery="miscarriage")
        .set("maternity.gestation_from", 0, gestation="1")
        .set("maternity.gestation_from", 4, gestation="2")
        .set("maternity.gestation_from", 7, gestation="3")
    )


@pytest.mark.parametrize(
    ("fetuses", "used", "total", "pooled"),
    [
        (1, 0, 80_000, 80_000),
        (1, 0, 180_000, 100_000),
        (2, 0, 180_000, 150_000),
        (3, 0, 180_000, 180_000),
        (2, 120_000, 180_000, 30_000),
        (1, 120_000, 180_000, 0),
    ],
)
def test_prenatal_quota(fetuses: int, used: int, total: int, pooled: int) -> None:
    done = settled(maternity(), "maternity", total, fetuses=fetuses, maternity_used=used)
    assert (done.pooled, done.maternity_paid, done.own) == (pooled, pooled, total - pooled)
    assert done.deductible == 0


def test_prenatal_excess_goes_to_outpatient_pooling() -> None:
    rules = maternity().care("maternity.prenatal_excess", "outpatient")
    facts = visit("maternity", 180_000, fetuses=2)
    done, after = settle(rules.build(), facts, NOTHING, None)
    # quota 150,000; 30,000 goes on: 8,000 deductible, half of 22,000
    assert (done.maternity_paid, done.deductible, done.pooled) == (150_000, 8_000, 161_000)
    assert after == Accumulators(
        outpatient_deductible=8_000, outpatient_eligible=30_000, outpatient_pooled=11_000
    )
    rules.care("maternity.prenatal_ratio", 8_000)
    done, after = settle(rules.build(), visit("maternity", 180_000), NOTHING, None)
    # 100,000 / 0.8 of the bill fills the quota
    assert after.outpatient_eligible == 55_000
    assert done.pooled == 100_000 + 23_500


def test_prenatal_excess_is_never_negative() -> None:
    rules = (
        maternity()
        .care("maternity.prenatal_excess", "outpatient")
        .care("maternity.prenatal_quota", 49)
        .care("maternity.prenatal_ratio", 8_400)
        .set("rounding.fund", "half_up_jiao")
    )
    done, after = settle(rules.build(), visit("maternity", 55), NOTHING, None)  # 46.2 -> 50 -> 49
    assert (done.pooled, done.own) == (49, 6)
    assert after == NOTHING


@pytest.mark.parametrize(
    ("delivery", "total", "used", "pooled"),
    [
        ("vaginal", 250_000, 0, 250_000),
        ("vaginal", 350_000, 0, 300_000),
        ("vaginal", 350_000, 80_000, 300_000),
        ("caesarean", 500_000, 0, 450_000),
        ("miscarriage", 500_000, 0, 200_000),
    ],
)
def test_delivery_ceiling(delivery: str, total: int, used: int, pooled: int) -> None:
    done = settled(maternity(), "maternity", total, delivery=delivery, maternity_used=used)
    assert (done.pooled, done.maternity_paid) == (pooled, pooled)


@pytest.mark.parametrize(("used", "pooled"), [(0, 300_000), (80_000, 220_000), (400_000, 0)])
def test_a_delivery_ceiling_that_includes_prenatal_care(used: int, pooled: int) -> None:
    rules = maternity().care("maternity.ceiling_includes_prenatal", True)
    done = settled(rules, "maternity", 350_000, delivery="vaginal", maternity_used=used)
    assert done.pooled == pooled


def test_delivery_ratio_and_no_ceiling() -> None:
    rules = (
        maternity()
        .set("resident.maternity.delivery_ratio", 7_000)
        .set("resident.maternity.delivery_ceiling", None)
    )
    assert settled(rules, "maternity", 333_333, delivery="vaginal").pooled == 233_333


@pytest.mark.parametrize(
    ("months", "band", "pooled"), [(0, 0, 40_000), (3, 0, 40_000), (4, 1, 90_000), (6, 1, 90_000)]
)
def test_miscarriage_by_months_of_gestation(months: int, band: int, pooled: int) -> None:
    rules = (
        maternity()
        .care("maternity.miscarriage_ceiling", 40_000, gestation="1")
        .care("maternity.miscarriage_ceiling", 90_000, gestation="2")
    )
    assert gestation_band(rules.build(), months) == band
    done = settled(rules, "maternity", 500_000, delivery="miscarriage", gestation_months=months)
    assert done.pooled == pooled
    late = settled(rules, "maternity", 500_000, delivery="miscarriage", gestation_months=7)
    assert late.pooled == 200_000


def test_qualifying_months_of_employees_only() -> None:
    rules = (
        maternity()
        .set("maternity.qualifying_months", 9)
        .set("maternity.qualifying_months", 12, **{"class": "flexible"})
    )
    facts: dict[str, object] = {"delivery": "vaginal", "member": "working"}
    assert settled(rules, "maternity", 100, **facts, qualifying_months=8).fund == 0
    assert settled(rules, "maternity", 100, **facts, qualifying_months=9).fund == 100
    flexible = facts | {"contribution_class": 1}
    assert settled(rules, "maternity", 100, **flexible, qualifying_months=11).fund == 0
    assert settled(rules, "maternity", 100, **flexible, qualifying_months=12).fund == 100
    assert settled(rules, "maternity", 100, delivery="vaginal").fund == 100


def test_maternity_figures_that_no_source_gives() -> None:
    rules = maternity().missing("resident.maternity.prenatal_quota")
    assert settled(rules, "maternity", 1).status == lacking(
        cell("resident.maternity.prenatal_quota")
    )
    rules = maternity().missing("resident.maternity.delivery_ceiling", delivery="vaginal")
    lacked = settled(rules, "maternity", 1, delivery="vaginal").status
    assert lacked in map(lacking, cells("resident.maternity.delivery_ceiling", delivery="vaginal"))
    rules = (
        maternity()
        .care("maternity.prenatal_excess", "outpatient")
        .missing("resident.outpatient.annual_ceiling")
    )
    assert settled(rules, "maternity", 100_000).status == 0
    assert settled(rules, "maternity", 100_001).status == lacking(
        cell("resident.outpatient.annual_ceiling")
    )


def leave() -> Builder:
    return (
        maternity()
        .set("maternity.allowance_days", 158)
        .set("maternity.allowance_difficult_days", 15)
        .set("maternity.allowance_extra_child_days", 15)
        .set("maternity.allowance_miscarriage_days", 15, gestation="1")
        .set("maternity.allowance_miscarriage_days", 42, gestation="2")
    )


@pytest.mark.parametrize(
    ("miscarriage", "months", "difficult", "fetuses", "days"),
    [
        (0, 9, 0, 1, 158),
        (0, 9, 1, 1, 173),
        (0, 9, 0, 2, 173),
        (0, 9, 1, 3, 203),
        (1, 3, 1, 2, 15),
        (1, 4, 0, 1, 42),
    ],
)
def test_allowance_days(
    miscarriage: int, months: int, difficult: int, fetuses: int, days: int
) -> None:
    rules = leave().build()
    assert allowance_days(rules, miscarriage, months, difficult, fetuses, None) == days


def test_allowance_days_that_no_source_gives() -> None:
    rules = leave().build()
    at = cell("maternity.allowance_miscarriage_days", gestation="3")
    assert allowance_days(rules, 1, 7, 0, 1, None) == lacking(at)
    rules = leave().missing("maternity.allowance_days").build()
    assert allowance_days(rules, 0, 9, 1, 2, None) == lacking(cell("maternity.allowance_days"))


@pytest.mark.parametrize(
    ("month_days", "wage", "days", "amount"),
    [
        (30, 600_000, 158, 3_160_000),
        (30, 100_000, 1, 3_333),
        (30, 100_001, 50, 166_668),  # 166668.33
        (30, 3, 5, 1),  # 0.5
        (31, 100_000, 10, 32_258),  # 32258.06
    ],
)
def test_allowance(month_days: int, wage: int, days: int, amount: int) -> None:
    rules = leave().set("maternity.allowance_month_days", month_days).build()
    assert allowance(rules, wage, days, None) == amount


def test_spouse_of_a_worker() -> None:
    assert spouse_payment(leave().build(), 300_001) == lacking(cell("maternity.spouse_ratio"))
    assert spouse_payment(leave().set("maternity.spouse_ratio", 5_000).build(), 300_001) == 150_001
