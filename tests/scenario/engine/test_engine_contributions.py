"""What a period costs: resident years, employee months, credits."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest

from yibao.errors import InputError, RefusedError

Live = Callable[..., list[dict[str, Any]]]
Refused = Callable[..., tuple[list[dict[str, Any]], RefusedError]]

RESIDENT = """
- {id: r, sex: male, birth: 1980-01-01, enrolments: [{scheme: resident, from: 2017-01-01}]}
"""
FLEXIBLE = """
- id: f
  sex: male
  birth: 1980-01-01
  enrolments: [{scheme: employee, status: working, from: 2020-01-01, class: flexible}]
"""
WORKER = """
- id: e
  sex: male
  birth: 1980-01-01
  enrolments: [{scheme: employee, status: working, from: 2020-01-01}]
  account: 100.00
  contributions:
    - {month: 2025-03, base: 6000.00, paid_on: 2025-03-15}
    - {month: 2025-04, paid_on: 2025-04-15}
"""
RETIRED = """
- id: o
  sex: male
  birth: 1960-01-01
  enrolments: [{scheme: employee, status: retired, from: 2020-01-01}]
  account: 3500.00
"""


def grouped(group: str) -> str:
    return (
        "- {id: r, sex: male, birth: 1980-01-01,"
        f" groups: [{{group: {group}, from: 2020-01-01}}],"
        " enrolments: [{scheme: resident, from: 2017-01-01}]}"
    )


# --- resident years -----------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("year", "day", "due", "late"),
    [
        (2025, "2024-12-20", 400_00, False),
        (2025, "2025-02-25", 400_00, False),
        (2025, "2025-02-26", 1070_00, True),  # 400 + 670
        (2025, "2025-12-31", 1070_00, True),
        (2025, "2026-01-01", 400_00, True),  # a repair costs the individual amount of 2026
        (2024, "2023-12-25", 380_00, False),
        (2024, "2023-12-26", 1020_00, True),  # the window closed on 2023-12-25 (T-WD-01)
        (2024, "2024-05-01", 1020_00, True),  # 380 + 640
        (2024, "2025-03-01", 400_00, True),  # a repair: the individual amount of 2025
        (2022, "2023-03-01", 350_00, True),
        (2022, "2024-03-01", 380_00, True),
        (2026, "2025-11-02", 400_00, False),
        (2026, "2026-03-01", 1100_00, True),  # 400 + 700
    ],
)
def test_a_resident_year_costs(live: Live, year: int, day: str, due: int, late: bool) -> None:
    steps = f"- ask: {{contribution: r, year: {year}, on: {day}}}"
    answer = live(people=RESIDENT, steps=steps)[0]
    assert (answer["due"], answer["late"]) == (due, late)
    assert sum(line["amount"] for line in answer["lines"]) == due


def test_what_a_year_costs_does_not_hang_on_whether_it_was_paid(live: Live) -> None:
    steps = """
- contribute: {person: r, year: 2025, paid_on: 2024-12-20}
- ask: {contribution: r, year: 2025, on: 2025-04-10}
"""
    people = RESIDENT.replace(
        "enrolments", "contributions: [{year: 2024, paid_on: 2023-12-20}], enrolments"
    )
    paid, asked = live(people=people, steps=steps)
    assert (paid["due"], paid["late"]) == (400_00, False)
    assert (asked["due"], asked["late"]) == (1070_00, True)


def test_the_contribute_step_names_its_lines(live: Live) -> None:
    people = RESIDENT.replace(
        "enrolments", "contributions: [{year: 2024, paid_on: 2023-12-20}], enrolments"
    )
    steps = "- contribute: {person: r, year: 2025, paid_on: 2025-03-01}"
    answer = live(people=people, steps=steps)[0]
    assert [(line["name"], line["amount"]) for line in answer["lines"]] == [
        ("individual", 400_00),
        ("fiscal_subsidy", 670_00),
    ]


@pytest.mark.parametrize(
    ("group", "day", "due"),
    [
        ("low_income", "2024-12-20", 80_00),  # 400 - 320
        ("low_income", "2025-06-10", 80_00),  # late costs the poor no more
        ("returned_to_poverty", "2024-12-20", 120_00),
        ("monitored", "2024-12-20", 120_00),
        ("extremely_poor", "2024-12-20", 0),
    ],
)
def test_poor_groups_pay_less(live: Live, group: str, day: str, due: int) -> None:
    steps = f"- ask: {{contribution: r, year: 2025, on: {day}}}"
    answer = live(people=grouped(group), steps=steps)[0]
    assert answer["due"] == due
    assert sum(line["amount"] for line in answer["lines"]) == due


def test_a_newborn_pays_nothing_in_the_year_of_birth(live: Live) -> None:
    people = (
        "- {id: n, sex: male, birth: 2025-03-01, groups: [{group: newborn, from: 2025-03-01}],"
        " enrolments: [{scheme: resident, from: 2025-03-01}]}"
    )
    steps = """
- ask: {contribution: n, year: 2025, on: 2025-04-15}
- ask: {contribution: n, year: 2026, on: 2025-11-02}
"""
    assert [each["due"] for each in live(people=people, steps=steps)] == [0, 400_00]


def test_a_year_without_a_figure_is_refused(live_until_refused: Refused) -> None:
    steps = """
- ask: {contribution: r, year: 2026, on: 2025-11-02}
- ask: {contribution: r, year: 2027, on: 2026-11-02}
"""
    answers, error = live_until_refused(people=RESIDENT, steps=steps)
    assert [each["due"] for each in answers] == [400_00]
    assert error.exit_code == 4


def test_a_resident_year_is_a_residents_also_when_the_person_leaves_the_scheme_in_it(
    live: Live,
) -> None:
    people = """
- id: c
  sex: male
  birth: 1985-06-30
  enrolments:
    - {scheme: resident, from: 2017-01-01, to: 2025-06-30}
    - {scheme: employee, status: working, from: 2025-07-01}
  contributions: [{year: 2024, paid_on: 2023-12-20}]
"""
    steps = """
- contribute: {person: c, year: 2025, paid_on: 2024-12-20}
- ask: {entitlement: c, on: 2025-06-30}
- ask: {contribution: c, year: 2025, on: 2025-04-10}
"""
    paid, covered, asked = live(people=people, steps=steps)
    assert (paid["due"], covered["entitled"], asked["due"]) == (400_00, True, 1070_00)


# --- employee months ----------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("day", "due"),
    [
        ("2025-03-20", 341_38),  # 4113 x 8.3% = 341.379
        ("2025-09-10", 341_38),
        ("2025-09-11", 348_43),  # 4198 x 8.3% = 348.434, the floor is published
        ("2025-12-31", 348_43),
    ],
)
def test_the_flexible_bill_follows_the_published_floor(live: Live, day: str, due: int) -> None:
    people = f"{FLEXIBLE}  contributions: [{{month: 2025-01, base: 4113.00, paid_on: 2025-01-15}}]"
    steps = f"- ask: {{contribution: f, month: 2025-02, on: {day}}}"
    assert live(people=people, steps=steps)[0]["due"] == due


def test_the_large_amount_premium_comes_once_a_year_with_the_first_month(live: Live) -> None:
    people = f"{FLEXIBLE}  contributions: [{{month: 2024-12, base: 4113.00, paid_on: 2024-12-15}}]"
    steps = """
- contribute: {person: f, month: 2025-01, base: 4113.00, paid_on: 2025-01-15}
- contribute: {person: f, month: 2025-02, base: 4113.00, paid_on: 2025-02-15}
- contribute: {person: f, month: 2026-01, base: 4198.00, paid_on: 2026-01-15}
"""
    dues = [each["due"] for each in live(people=people, steps=steps)]
    assert dues == [341_38 + 120_00, 341_38, 348_43 + 120_00]


def test_the_first_month_costs_its_premium_also_after_others_were_paid(live: Live) -> None:
    people = f"{FLEXIBLE}  contributions: [{{month: 2024-12, base: 4113.00, paid_on: 2024-12-15}}]"
    steps = """
- contribute: {person: f, month: 2025-01, base: 4113.00, paid_on: 2025-01-15}
- contribute: {person: f, month: 2025-02, base: 4113.00, paid_on: 2025-02-15}
- ask: {contribution: f, month: 2025-01, on: 2025-01-15}
- ask: {contribution: f, month: 2025-02, on: 2025-02-15}
- ask: {contribution: f, month: 2025-03, on: 2025-03-15}
"""
    dues = [each["due"] for each in live(people=people, steps=steps)]
    assert dues == [461_38, 341_38, 461_38, 341_38, 341_38]


def test_a_flexible_base_above_the_floor_is_taken_as_it_is(live: Live) -> None:
    people = f"{FLEXIBLE}  contributions: [{{month: 2025-01, base: 4113.00, paid_on: 2025-01-15}}]"
    steps = "- contribute: {person: f, month: 2025-02, base: 6000.00, paid_on: 2025-02-15}"
    assert live(people=people, steps=steps)[0]["due"] == 498_00  # 8.3%


@pytest.mark.parametrize(
    ("base", "day", "due"),
    [
        ("6000.00", "2025-03-20", 120_00),
        ("3000.00", "2025-03-20", 82_26),  # raised to 4113
        ("30000.00", "2025-03-20", 411_28),  # cut to 20564
        ("30000.00", "2025-09-11", 419_82),  # cut to 20991
    ],
)
def test_a_worker_pays_two_percent_of_the_base_inside_its_limits(
    live: Live, base: str, day: str, due: int
) -> None:
    steps = f"- ask: {{contribution: e, month: 2025-03, base: {base}, on: {day}}}"
    assert live(people=WORKER, steps=steps)[0]["due"] == due


# --- credits ------------------------------------------------------------------------------------


def test_credits_are_taken_on_the_base_of_the_month(live: Live) -> None:
    steps = """
- credit: {person: e, month: 2025-03}
- contribute: {person: e, month: 2025-05, base: 8000.00, paid_on: 2025-05-15}
- credit: {person: e, month: 2025-05}
- ask: {balance: e, on: 2025-12-31}
"""
    first, _, second, balance = live(people=WORKER, steps=steps)
    assert (first["amount"], first["balance"]) == (120_00, 220_00)
    assert (second["amount"], second["balance"]) == (160_00, 380_00)
    assert balance["balance"] == 380_00


@pytest.mark.parametrize(
    ("base", "amount"),
    [
        ("4113.00", 82_26),  # the floor when it was paid, before the new one was published
        ("3000.00", 82_26),  # raised to it, as its contribution was
        ("30000.00", 411_28),  # cut to 20564
    ],
)
def test_a_credit_is_taken_on_the_base_that_was_paid_on(live: Live, base: str, amount: int) -> None:
    people = WORKER.replace("6000.00", base)
    asked = f"- ask: {{contribution: e, month: 2025-03, base: {base}, on: 2025-03-15}}\n"
    bill, credit = live(people=people, steps=asked + "- credit: {person: e, month: 2025-03}")
    assert (bill["due"], credit["amount"]) == (amount, amount)


def test_a_retired_person_gets_a_fixed_credit(live: Live) -> None:
    steps = """
- credit: {person: o, month: 2025-04}
- credit: {person: o, month: 2025-05}
"""
    answers = live(people=RETIRED, steps=steps)
    assert [(each["amount"], each["balance"]) for each in answers] == [
        (85_00, 3585_00),
        (85_00, 3670_00),
    ]


@pytest.mark.parametrize("month", ["2025-04", "2025-06"])
def test_a_worker_without_the_base_of_the_month_is_bad_input(live: Live, month: str) -> None:
    with pytest.raises(InputError) as caught:
        live(people=WORKER, steps=f"- credit: {{person: e, month: {month}}}")
    assert caught.value.exit_code == 2
    assert "life.yaml" in caught.value.place


def test_nothing_is_credited_that_no_step_credits(live: Live) -> None:
    steps = """
- contribute: {person: e, month: 2025-05, base: 8000.00, paid_on: 2025-05-15}
- ask: {balance: e, on: 2025-12-31}
"""
    assert live(people=WORKER, steps=steps)[1]["balance"] == 100_00
