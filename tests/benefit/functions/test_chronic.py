"""Listed diseases: their terms, ceilings and ratios, and the terms of those listed before."""

from __future__ import annotations

import pytest
from rules_builder import Builder, cell, visit

from yibao.benefit.functions.refusal import lacking
from yibao.benefit.functions.settlement import settle
from yibao.benefit.terms import Accumulators, Settlement

NOTHING = Accumulators()


def listed(terms: str, ceiling: int | None = None, ratio: int | None = None) -> Builder:
    return (
        Builder()
        .care("chronic.ratio", 7_000)
        .care("chronic.disease_terms", terms, disease="heart")
        .care("chronic.disease_ceiling", ceiling, disease="heart")
        .care("chronic.disease_ratio", ratio, disease="heart")
    )


def treat(
    rules: Builder, total: int, used: Accumulators = NOTHING, **facts: object
) -> tuple[Settlement, Accumulators]:
    facts = {"disease": "heart"} | facts
    return settle(rules.build(), visit("chronic", total, **facts), used, None)


def test_an_unlisted_disease_leaves_no_trace() -> None:
    done, after = treat(listed("month_ceiling", 10_000), 50_000, disease="kidney")
    assert (done.status, done.fund, done.own, done.deductible) == (0, 0, 50_000, 0)
    assert after == NOTHING


@pytest.mark.parametrize("terms", ["month_ceiling", "year_ceiling"])
@pytest.mark.parametrize(("used", "pooled"), [(0, 25_000), (20_000, 5_000), (25_000, 0)])
def test_a_ceiling_of_the_disease(terms: str, used: int, pooled: int) -> None:
    done, after = treat(listed(terms, 25_000), 50_000, disease_used=used)
    assert (done.pooled, done.disease_paid, done.own) == (pooled, pooled, 50_000 - pooled)
    assert after.chronic_pooled == pooled
    assert after.special_pooled == 0
    assert after.eligible_own == 50_000 - pooled


def test_a_disease_without_a_ceiling_of_its_own() -> None:
    done, _ = treat(listed("no_ceiling"), 50_000)
    assert done.pooled == 35_000
    rules = listed("no_ceiling").care("chronic.annual_ceiling", 60_000)
    done, after = treat(rules, 50_000, Accumulators(chronic_pooled=30_000))
    assert done.pooled == 30_000
    assert after.chronic_pooled == 60_000


def test_the_lower_of_two_ceilings_counts() -> None:
    rules = listed("year_ceiling", 25_000).care("chronic.annual_ceiling", 40_000)
    assert treat(rules, 50_000, Accumulators(chronic_pooled=30_000))[0].pooled == 10_000
    assert treat(rules, 50_000, Accumulators(chronic_pooled=5_000))[0].pooled == 25_000


def test_a_disease_under_the_inpatient_ceiling() -> None:
    rules = (
        listed("inpatient_ceiling")
        .care("inpatient.annual_ceiling", 100_000)
        .care("chronic.annual_ceiling", 0)
    )
    used = Accumulators(inpatient_pooled=60_000, special_pooled=10_000)
    done, after = treat(rules, 50_000, used)
    assert done.pooled == 30_000
    assert after.special_pooled == 40_000
    assert after.chronic_pooled == 30_000
    done, _ = treat(rules, 50_000, after)
    assert done.pooled == 0


def test_only_the_inpatient_ceiling_passes_upward() -> None:
    rules = (
        listed("inpatient_ceiling")
        .set("employee.upper.rule", "above_ceiling")
        .set("employee.upper.ratio", 9_000)
        .care("inpatient.annual_ceiling", 0)
        .care("chronic.disease_terms", "year_ceiling", disease="kidney")
        .care("chronic.disease_ceiling", 0, disease="kidney")
    )
    done, _ = treat(rules, 50_000, member="working")
    assert (done.pooled, done.upper, done.own) == (0, 45_000, 5_000)
    done, _ = treat(rules, 50_000, member="working", disease="kidney")
    assert (done.pooled, done.upper, done.own) == (0, 0, 50_000)


def test_a_ratio_of_the_disease_replaces_the_table() -> None:
    assert treat(listed("no_ceiling", None, 6_000), 50_000)[0].pooled == 30_000
    assert treat(listed("no_ceiling", None, 0), 50_000)[0].pooled == 0
    rules = listed("no_ceiling", None, 6_000).missing("resident.chronic.ratio")
    assert treat(rules, 50_000)[0].pooled == 30_000
    # 20,000 / 0.6 = 33,333.33 of the base used
    rules = (
        listed("inpatient_ceiling", None, 6_000)
        .care("inpatient.annual_ceiling", 20_000)
        .set("resident.upper.rule", "above_ceiling")
        .set("resident.upper.ratio", 10_000)
    )
    assert treat(rules, 50_000)[0].upper == 50_000 - 33_334


def test_chronic_deductible_per_year() -> None:
    rules = (
        listed("no_ceiling")
        .care("chronic.deductible", 30_000)
        .care("chronic.deductible_period", "year")
    )
    done, after = treat(rules, 50_000)
    assert (done.deductible, done.pooled) == (30_000, 14_000)
    done, _ = treat(rules, 50_000, after)
    assert (done.deductible, done.pooled) == (0, 35_000)


def test_former_terms_for_those_listed_before() -> None:
    rules = (
        listed("year_ceiling", 20_000, 6_000)
        .care("chronic.former_disease_terms", "month_ceiling", disease="heart")
        .care("chronic.former_disease_ceiling", 30_000, disease="heart")
        .care("chronic.former_disease_ratio", 8_000, disease="heart")
    )
    assert treat(rules, 35_000)[0].pooled == 20_000
    assert treat(rules, 35_000, former=1)[0].pooled == 28_000
    assert treat(rules, 50_000, former=1)[0].pooled == 30_000
    assert treat(rules, 50_000, disease="blood", former=1)[0].pooled == 0


def test_a_ceiling_that_no_source_gives() -> None:
    done, after = treat(listed("month_ceiling"), 50_000)
    assert done.status == lacking(cell("resident.chronic.disease_ceiling", disease="heart"))
    assert after == NOTHING
    done, _ = treat(listed("no_ceiling").missing("resident.chronic.annual_ceiling"), 50_000)
    assert done.status == lacking(cell("resident.chronic.annual_ceiling"))
