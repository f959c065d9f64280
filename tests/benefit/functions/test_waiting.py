"""Waiting periods and the first day of cover."""

from __future__ import annotations

import datetime

import pytest
from rules_builder import Builder, cell

from yibao.benefit.functions.refusal import lacking
from yibao.benefit.functions.waiting import (
    cover_start,
    employee_waiting,
    repairable,
    resident_waiting,
    waiting_exempt,
)
from yibao.policy.days import day_number, to_date

FLEXIBLE = {"class": "flexible"}
EMPLOYER = {"class": "employer"}


def resident() -> Builder:
    return (
        Builder()
        .set("resident.waiting.fixed", 3)
        .set("resident.waiting.per_lapsed_year", 1)
        .set("resident.waiting.repair_per_paid_year", 1)
        .set("resident.waiting.floor_from_lapsed_years", 4)
        .set("resident.waiting.floor", 6)
    )


def day(text: str) -> int:
    return day_number(datetime.date.fromisoformat(text))


@pytest.mark.parametrize(
    ("late", "lapsed", "repaired", "months"),
    [
        (0, 0, 0, 0),
        (1, 0, 0, 3),
        (1, 1, 0, 4),
        (0, 2, 0, 5),
        (0, 1, 1, 3),
        (1, 3, 2, 4),
        (1, 3, 9, 3),
        (0, 4, 0, 7),
        (0, 4, 1, 6),
        (0, 4, 2, 6),
        (0, 4, 4, 6),
        (0, 3, 3, 3),
        (1, 10, 0, 13),
    ],
)
def test_resident_waiting(late: int, lapsed: int, repaired: int, months: int) -> None:
    assert resident_waiting(resident().build(), late, lapsed, repaired, None) == months


def test_lapsed_years_that_do_not_count() -> None:
    rules = resident().set("resident.waiting.uncounted_lapsed_years", 1).build()
    assert [resident_waiting(rules, 0, years, 0, None) for years in (0, 1, 2, 3)] == [0, 3, 4, 5]


def test_without_a_floor() -> None:
    rules = resident().set("resident.waiting.floor_from_lapsed_years", None).build()
    assert resident_waiting(rules, 0, 4, 4, None) == 3


@pytest.mark.parametrize("name", ["fixed", "per_lapsed_year"])
def test_months_that_no_source_gives(name: str) -> None:
    rules = resident().missing(f"resident.waiting.{name}").build()
    assert resident_waiting(rules, 1, 1, 0, None) == lacking(cell(f"resident.waiting.{name}"))
    assert resident_waiting(rules, 0, 0, 0, None) == 0


@pytest.mark.parametrize(
    ("paid", "late", "lapsed", "first"),
    [
        ("2025-03-01", 1, 0, "2025-06-01"),
        ("2025-03-31", 1, 0, "2025-06-30"),
        ("2025-05-15", 1, 1, "2025-09-15"),
        ("2025-01-10", 0, 2, "2025-06-10"),
        ("2025-11-30", 1, 0, "2026-02-28"),
        ("2024-12-20", 0, 0, "2024-12-20"),
    ],
)
def test_cover_starts_on_the_same_day_of_the_month(
    paid: str, late: int, lapsed: int, first: str
) -> None:
    rules = resident().build()
    months = resident_waiting(rules, late, lapsed, 0, None)
    assert to_date(cover_start(rules, 0, day(paid), months)).isoformat() == first


@pytest.mark.parametrize(
    ("paid", "months", "first"),
    [
        ("2025-03-01", 3, "2025-06-01"),
        ("2025-03-02", 3, "2025-07-01"),
        ("2025-10-15", 2, "2026-01-01"),
        ("2025-03-15", 0, "2025-03-15"),
    ],
)
def test_cover_starts_on_the_first_of_the_following_month(
    paid: str, months: int, first: str
) -> None:
    rules = Builder().set("employee.waiting.start", "first_of_following_month").build()
    assert to_date(cover_start(rules, 1, day(paid), months)).isoformat() == first
    same_day = to_date(cover_start(rules, 0, day(paid), months))
    assert same_day <= datetime.date.fromisoformat(first)


def test_exempt_groups_and_former_employees() -> None:
    rules = (
        resident()
        .set("resident.waiting.group_exempt", True, group="newborn")
        .set("resident.waiting.bridge_from_employee", 3)
        .build()
    )
    assert waiting_exempt(rules, 0b0111, -1, None) == 0
    assert waiting_exempt(rules, 0b1000, -1, None) == 1
    assert [waiting_exempt(rules, 0, months, None) for months in (-1, 0, 3, 4)] == [0, 1, 1, 0]
    assert waiting_exempt(resident().build(), 0, 0, None) == 0


def employee(rule: str = "within_grace") -> Builder:
    return (
        Builder()
        .set("employee.waiting.grace", 3)
        .set("employee.waiting.after_lapse", 2, **EMPLOYER)
        .set("employee.waiting.after_lapse", 6, **FLEXIBLE)
        .set("employee.waiting.back_payment", rule)
    )


def test_employee_waiting_after_a_lapse() -> None:
    rules = employee().build()
    assert [employee_waiting(rules, 0, months, None) for months in (0, 1, 4)] == [0, 2, 2]
    assert [employee_waiting(rules, 1, months, None) for months in (0, 1, 4)] == [0, 6, 6]


@pytest.mark.parametrize(
    ("rule", "months", "same_year", "allowed"),
    [
        ("none", 1, 1, 0),
        ("same_year", 9, 1, 1),
        ("same_year", 1, 0, 0),
        ("within_grace", 3, 0, 1),
        ("within_grace", 4, 1, 0),
        ("any_time", 40, 0, 1),
    ],
)
def test_back_payment(rule: str, months: int, same_year: int, allowed: int) -> None:
    assert repairable(employee(rule).build(), 1, months, same_year) == allowed


def test_employee_figures_that_no_source_gives() -> None:
    grace = cell("employee.waiting.grace", **FLEXIBLE)
    rules = employee().missing("employee.waiting.grace").build()
    assert employee_waiting(rules, 1, 1, None) == lacking(grace)
    assert employee_waiting(rules, 1, 0, None) == 0
    assert repairable(rules, 1, 1, 1) == lacking(grace)
    rules = employee().missing("employee.waiting.after_lapse").build()
    assert employee_waiting(rules, 0, 1, None) == lacking(
        cell("employee.waiting.after_lapse", **EMPLOYER)
    )
    rules = employee().missing("employee.waiting.back_payment").build()
    assert repairable(rules, 0, 1, 1) == lacking(cell("employee.waiting.back_payment", **EMPLOYER))
