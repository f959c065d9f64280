"""What is paid in: residents, employees, flexible members, and what is paid back."""

from __future__ import annotations

import datetime

import pytest
from rules_builder import Builder, cell

from yibao.benefit.functions.contribution import (
    contribution_base,
    employee_month,
    flexible_month,
    late_for_window,
    late_share,
    monthly_equivalent,
    premium_subsidy,
    resident_individual,
)
from yibao.benefit.functions.refusal import lacking
from yibao.policy import parameters as p
from yibao.policy.days import day_number


def day(text: str) -> int:
    return day_number(datetime.date.fromisoformat(text))


def resident() -> Builder:
    return (
        Builder()
        .set("resident.contribution.individual", 40_000)
        .set("resident.contribution.fiscal_subsidy", 67_000)
        .set("resident.contribution.window_open", day("2024-09-01"))
        .set("resident.contribution.window_close", day("2025-02-28"))
        .set("resident.contribution.late_payment", "total_funding")
    )


@pytest.mark.parametrize(
    ("paid", "due"),
    [("2024-12-20", 40_000), ("2025-02-28", 40_000), ("2025-03-01", 107_000)],
)
def test_a_resident_year(paid: str, due: int) -> None:
    rules = resident().build()
    individual, subsidy = resident_individual(rules, 0, None)
    assert (
        individual - subsidy + late_share(rules, 0, late_for_window(rules, day(paid)), None) == due
    )


def test_late_payment_of_the_individual_amount_only() -> None:
    rules = resident().set("resident.contribution.late_payment", "individual_only").build()
    assert late_share(rules, 0, 1, None) == 0


def test_groups_that_are_never_late() -> None:
    rules = resident().set("resident.contribution.group_late_exempt", True, group="newborn").build()
    assert late_share(rules, 0b1000, 1, None) == 0
    assert late_share(rules, 0b0111, 1, None) == 67_000


def test_group_subsidies() -> None:
    rules = (
        resident()
        .set("resident.contribution.group_subsidy_ratio", 4_500, group="poor")
        .set("resident.contribution.group_subsidy", 30_000, group="poorer")
        .set("resident.contribution.group_individual", 20_000, group="veteran")
        .set("resident.contribution.group_subsidy", 90_000, group="newborn")
    )
    assert resident_individual(rules.build(), 0b0000, None) == (40_000, 0)
    assert resident_individual(rules.build(), 0b0001, None) == (40_000, 18_000)
    assert resident_individual(rules.build(), 0b0011, None) == (40_000, 30_000)
    assert resident_individual(rules.build(), 0b0100, None) == (20_000, 0)
    assert resident_individual(rules.build(), 0b1000, None) == (40_000, 40_000)
    assert resident_individual(rules.build(), 0b1111, None) == (40_000, 40_000)
    rules.set("resident.contribution.group_subsidy", 40_001, group="newborn")
    assert resident_individual(rules.build(), 0b1000, None) == (40_000, 40_000)


def test_resident_figures_that_no_source_gives() -> None:
    def gap(name: str) -> tuple[tuple[int, ...], int]:
        full = f"resident.contribution.{name}"
        return resident().missing(full).build(), lacking(cell(full))

    rules, status = gap("individual")
    assert resident_individual(rules, 0b1, None) == (status, 0)
    rules, status = gap("window_close")
    assert late_for_window(rules, 0) == status
    rules, status = gap("late_payment")
    assert late_share(rules, 0, 1, None) == status
    rules, status = gap("fiscal_subsidy")
    assert late_share(rules, 0, 1, None) == status
    assert late_share(rules, 0, 0, None) == 0


@pytest.mark.parametrize(
    ("declared", "base"),
    [
        (350_000, 408_000),
        (408_000, 408_000),
        (500_000, 500_000),
        (2_040_000, 2_040_000),
        (2_500_000, 2_040_000),
    ],
)
def test_the_base_is_held_between_its_limits(declared: int, base: int) -> None:
    rules = (
        Builder()
        .set("employee.contribution.base_floor", 408_000)
        .set("employee.contribution.base_ceiling", 2_040_000)
    )
    assert contribution_base(rules.build(), declared, None) == base
    for name in ("base_floor", "base_ceiling"):
        full = f"employee.contribution.{name}"
        gap = Builder(rules.build()).missing(full).build()
        assert contribution_base(gap, declared, None) == lacking(cell(full))


def test_a_workers_month() -> None:
    rules = (
        Builder()
        .set("employee.contribution.individual_rate", 200)
        .set("employee.contribution.employer_rate", 650)
    )
    assert employee_month(rules.build(), 0, 411_300, None) == (8_226, 26_735)  # 26734.5
    rules.missing("employee.contribution.employer_rate")
    assert employee_month(rules.build(), 0, 1, None)[0] == lacking(
        cell("employee.contribution.employer_rate")
    )


def flexible() -> Builder:
    return (
        Builder()
        .set("employee.contribution.flexible_rate", 830)
        .set("employee.contribution.flexible_large_amount_year", 12_000)
    )


def test_a_flexible_month() -> None:
    rules = flexible().build()
    assert flexible_month(rules, 0, 411_300, 1, None) == (34_138, 12_000, 0)
    assert flexible_month(rules, 0, 411_300, 0, None) == (34_138, 0, 0)


@pytest.mark.parametrize(("months", "due"), [(12, 421_656), (9, 319_242)])
def test_a_flexible_year(months: int, due: int) -> None:
    basic, large, _ = flexible_month(flexible().build(), 0, 411_300, 1, None)
    assert basic * months + large == due


def test_flexible_premiums_by_month() -> None:
    rules = (
        flexible()
        .set("employee.contribution.flexible_large_amount_year", 0)
        .set("employee.contribution.flexible_large_amount_month", 1_000)
        .set("employee.contribution.flexible_extra_month", 250)
    )
    assert flexible_month(rules.build(), 0, 807_300, 1, None) == (67_006, 1_000, 250)  # 67005.9
    rules.missing("employee.contribution.flexible_rate")
    assert flexible_month(rules.build(), 0, 1, 0, None)[0] == lacking(
        cell("employee.contribution.flexible_rate")
    )


@pytest.mark.parametrize(
    ("annual", "monthly"), [(40_000, 3_333), (42_000, 3_500), (6, 1), (5, 0), (0, 0)]
)
def test_a_year_spread_over_months(annual: int, monthly: int) -> None:
    assert monthly_equivalent(annual) == monthly


def test_premium_subsidy_paid_later() -> None:
    rules = (
        Builder()
        .set("employee.contribution.premium_subsidy_ratio", 5_000, group="poor")
        .set("employee.contribution.premium_subsidy_ratio", 6_667, group="veteran")
        .build()
    )
    assert premium_subsidy(rules, 0b0001, 409_655, None) == 204_828  # 204827.5
    assert premium_subsidy(rules, 0b0101, 30_000, None) == 20_001
    assert premium_subsidy(rules, 0b1010, 409_655, None) == 0


def test_a_premium_subsidy_that_no_source_gives_is_refused() -> None:
    name = "employee.contribution.premium_subsidy_ratio"
    rules = Builder().set(name, 5_000, group="poor").set(name, p.MISSING, group="veteran").build()
    assert premium_subsidy(rules, 0b0001, 10_000, None) == 5_000
    assert premium_subsidy(rules, 0b0101, 10_000, None) == lacking(cell(name, group="veteran"))
