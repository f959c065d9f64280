"""Years needed for retirement benefits, and what the rest costs."""

from __future__ import annotations

import pytest
from rules_builder import Builder, cell

from yibao.benefit.functions.refusal import lacking
from yibao.benefit.functions.retirement import retirement_shortfall, shortfall_cost

MALE, FEMALE = 0, 1


def rules() -> Builder:
    return (
        Builder()
        .set("retirement.years", 30, sex="male")
        .set("retirement.years", 25, sex="female")
        .set("retirement.actual_years", 10)
        .set("retirement.shortfall_rate", 830)
        .set("employee.contribution.base_floor", 411_300)
        .set("employee.contribution.average_wage_month", 685_500)
    )


@pytest.mark.parametrize(
    ("sex", "actual", "deemed", "missing"),
    [
        (MALE, 360, 0, 0),
        (MALE, 359, 0, 1),
        (MALE, 120, 240, 0),
        (MALE, 119, 300, 1),
        (MALE, 100, 240, 20),
        (MALE, 60, 240, 60),
        (MALE, 0, 0, 360),
        (FEMALE, 300, 0, 0),
        (FEMALE, 240, 30, 30),
        (FEMALE, 500, 500, 0),
    ],
)
def test_the_larger_gap_counts(sex: int, actual: int, deemed: int, missing: int) -> None:
    assert retirement_shortfall(rules().build(), sex, actual, deemed, None) == missing


@pytest.mark.parametrize(
    ("base", "months", "cost"),
    [
        ("base_floor", 12, 34_138 * 12),
        ("average_wage_month", 12, 56_897 * 12),  # 56896.5
        ("own_base", 12, 49_800 * 12),
        ("own_base", 0, 0),
    ],
)
def test_what_the_missing_months_cost(base: str, months: int, cost: int) -> None:
    built = rules().set("retirement.shortfall_base", base).build()
    assert shortfall_cost(built, months, 600_000, None) == cost


def test_figures_that_no_source_gives() -> None:
    built = rules().missing("retirement.years").build()
    assert retirement_shortfall(built, FEMALE, 0, 0, None) == lacking(
        cell("retirement.years", sex="female")
    )
    for name in (
        "retirement.shortfall_rate",
        "retirement.shortfall_base",
        "employee.contribution.base_floor",
    ):
        built = rules().missing(name).build()
        assert shortfall_cost(built, 1, 100, None) == lacking(cell(name))
        assert shortfall_cost(built, 0, 100, None) == 0
    wage = rules().set("retirement.shortfall_base", "average_wage_month")
    wage.missing("employee.contribution.average_wage_month")
    assert shortfall_cost(wage.build(), 1, 100, None) == lacking(
        cell("employee.contribution.average_wage_month")
    )
