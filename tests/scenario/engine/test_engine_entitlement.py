"""Cover and waiting: what was paid, when, and from which day it counts."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest

Live = Callable[..., list[dict[str, Any]]]


def resident(contributions: str = "", start: str = "2017-01-01", more: str = "") -> str:
    """The person ``r``, resident since ``start``, with the contributions listed."""
    listed = f"  contributions: [{contributions}]\n" if contributions else ""
    return (
        f"- id: r\n  sex: male\n  birth: 1980-01-01\n{more}"
        f"  enrolments: [{{scheme: resident, from: {start}}}]\n{listed}"
    )


def worker(contributions: str = "", more: str = "") -> str:
    """The person ``e``, employed since 2020, with the contributions listed."""
    listed = f"  contributions: [{contributions}]\n" if contributions else ""
    return (
        "- id: e\n  sex: male\n  birth: 1980-01-01\n"
        f"  enrolments: [{{scheme: employee, status: working, from: 2020-01-01{more}}}]\n{listed}"
    )


def entitled(live: Live, people: str, *days: str, person: str = "r", before: str = "") -> list[Any]:
    """Whether the person is entitled on each day, after the steps ``before``."""
    asked = "\n".join(f"- ask: {{entitlement: {person}, on: {day}}}" for day in days)
    return [each["entitled"] for each in live(people=people, steps=f"{before}\n{asked}")][
        -len(days) :
    ]


def waiting(live: Live, people: str, day: str = "2025-12-15") -> tuple[int, str]:
    """Months of waiting and first day of cover, as answered on a day."""
    answer = live(people=people, steps=f"- ask: {{waiting: r, on: {day}}}")[0]
    return answer["months"], answer["from"]


def paid(*years: str) -> str:
    """Contributions from texts like ``2025@2024-12-20``."""
    return ", ".join(
        f"{{year: {each.split('@')[0]}, paid_on: {each.split('@')[1]}}}" for each in years
    )


# --- without contributions, and before the first one listed ------------------------------------


def test_without_contributions_every_day_of_an_enrolment_is_covered(live: Live) -> None:
    days = ("2016-12-31", "2017-01-01", "2019-05-05", "2024-06-30", "2026-03-01")
    assert entitled(live, resident(), *days) == [False, True, True, True, True]


def test_from_and_to_are_both_covered(live: Live) -> None:
    people = (
        "- {id: r, sex: male, birth: 1980-01-01,"
        " enrolments: [{scheme: resident, from: 2017-01-01, to: 2025-06-30}]}"
    )
    assert entitled(live, people, "2025-06-30", "2025-07-01") == [True, False]


def test_years_before_the_first_one_listed_were_paid_in_time(live: Live) -> None:
    people = resident(paid("2025@2025-02-10"))
    assert entitled(live, people, "2023-03-01", "2024-12-31") == [True, True]
    assert waiting(live, people) == (0, "2025-02-10")


def test_a_year_after_the_first_one_listed_that_nobody_paid_is_a_lapse(live: Live) -> None:
    people = resident(paid("2024@2023-12-20", "2026@2026-02-01"))
    assert entitled(live, people, "2024-12-31", "2025-06-01") == [True, False]


def test_an_unpaid_year_after_the_last_one_listed_has_no_cover(live: Live) -> None:
    assert entitled(live, resident(paid("2024@2023-12-20")), "2025-06-01") == [False]


def test_years_before_the_first_enrolment_are_no_lapse(live: Live) -> None:
    people = resident(paid("2020@2019-12-20", "2025@2025-01-10"), start="2025-01-01")
    assert waiting(live, people) == (0, "2025-01-10")


def test_each_scheme_is_looked_at_by_itself(live: Live) -> None:
    people = """
- id: r
  sex: male
  birth: 1980-01-01
  enrolments:
    - {scheme: resident, from: 2017-01-01, to: 2023-12-31}
    - {scheme: employee, status: working, from: 2024-01-01}
  contributions:
    - {year: 2021, paid_on: 2020-12-20}
    - {year: 2022, paid_on: 2021-12-20}
"""
    days = ("2022-05-01", "2023-05-01", "2024-05-01", "2025-12-31")
    assert entitled(live, people, *days) == [True, False, True, True]


# --- in the window ------------------------------------------------------------------------------


def test_a_payment_before_the_year_covers_from_the_first_of_january(live: Live) -> None:
    people = resident(paid("2024@2023-12-20", "2025@2024-12-20"))
    assert waiting(live, people) == (0, "2025-01-01")
    assert entitled(live, people, "2025-01-01") == [True]


def test_a_payment_inside_the_year_covers_from_its_own_day(live: Live) -> None:
    people = resident(paid("2024@2023-12-20", "2025@2025-02-25"))
    assert waiting(live, people) == (0, "2025-02-25")
    assert entitled(live, people, "2025-02-24", "2025-02-25") == [False, True]


# --- late, lapsed, repaired ---------------------------------------------------------------------


@pytest.mark.parametrize(
    ("day", "first"),
    [
        ("2025-02-26", "2025-05-26"),  # the first late day
        ("2025-03-31", "2025-06-30"),  # June has no 31st
        ("2025-08-31", "2025-11-30"),
    ],
)
def test_a_late_payer_waits_three_months(live: Live, day: str, first: str) -> None:
    assert waiting(live, resident(paid("2024@2023-12-20", f"2025@{day}"))) == (3, first)


def test_a_late_payer_is_covered_from_the_first_day_after_waiting(live: Live) -> None:
    people = resident(paid("2024@2023-12-20", "2025@2025-03-31"))
    assert entitled(live, people, "2025-06-29", "2025-06-30") == [False, True]


def test_waiting_may_outlast_the_year(live: Live) -> None:
    people = resident(paid("2024@2023-12-20", "2025@2025-11-30"))
    assert waiting(live, people) == (3, "2026-02-28")
    assert entitled(live, people, "2025-12-31") == [False]


def test_waiting_of_an_earlier_year_does_not_reach_into_a_year_paid_in_its_window(
    live: Live,
) -> None:
    people = resident(paid("2024@2023-12-20", "2025@2025-11-30", "2026@2025-12-01"))
    assert waiting(live, people, "2026-03-01") == (0, "2026-01-01")


@pytest.mark.parametrize(
    ("years", "months", "first"),
    [
        # one year lapsed: 3 + 1, in the window too
        (("2023@2022-12-20", "2025@2025-01-10"), 4, "2025-05-10"),
        # two years: 3 + 2
        (("2022@2021-12-20", "2025@2025-01-10"), 5, "2025-06-10"),
        # three, late and lapsed alike: 3 + 3
        (("2021@2020-12-20", "2025@2025-05-15"), 6, "2025-11-15"),
    ],
)
def test_each_lapsed_year_adds_a_month(
    live: Live, years: tuple[str, ...], months: int, first: str
) -> None:
    assert waiting(live, resident(paid(*years))) == (months, first)


def test_a_year_paid_after_its_own_december_takes_one_month_off(live: Live) -> None:
    years = ("2022@2021-12-20", "2024@2025-01-05", "2025@2025-01-10")
    assert waiting(live, resident(paid(*years))) == (4, "2025-05-10")


def test_a_repaired_year_stays_a_lapsed_one_inside_a_longer_gap(live: Live) -> None:
    years = ("2021@2020-12-20", "2023@2025-01-05", "2025@2025-01-10")
    # lapsed 2022, 2023, 2024; one of them repaired: 3 + 3 - 1
    assert waiting(live, resident(paid(*years))) == (5, "2025-06-10")


def test_the_own_last_day_of_the_year_is_not_yet_a_repair(live: Live) -> None:
    years = ("2023@2022-12-20", "2024@2024-12-31", "2025@2025-01-10")
    assert waiting(live, resident(paid(*years))) == (0, "2025-01-10")


def test_a_repair_made_after_the_day_asked_for_takes_nothing_off(live: Live) -> None:
    years = ("2023@2022-12-20", "2024@2025-04-01", "2025@2025-03-01")
    people = resident(paid(*years))
    assert waiting(live, people, "2025-03-31") == (4, "2025-07-01")
    assert waiting(live, people, "2025-04-01") == (3, "2025-06-01")


@pytest.mark.parametrize(
    ("repaired", "months", "first"),
    [
        ((), 7, "2025-08-10"),  # 3 + 4
        (("2024@2025-01-05",), 6, "2025-07-10"),
        (("2023@2025-01-05", "2024@2025-01-05"), 6, "2025-07-10"),  # 5, raised to the floor
        (
            ("2021@2025-01-05", "2022@2025-01-05", "2023@2025-01-05", "2024@2025-01-05"),
            6,
            "2025-07-10",
        ),
    ],
)
def test_four_lapsed_years_wait_six_months_at_least(
    live: Live, repaired: tuple[str, ...], months: int, first: str
) -> None:
    years = ("2020@2019-12-20", *repaired, "2025@2025-01-10")
    assert waiting(live, resident(paid(*years))) == (months, first)


def test_three_lapsed_years_have_no_floor(live: Live) -> None:
    repaired = ("2022@2025-01-05", "2023@2025-01-05", "2024@2025-01-05")
    years = ("2021@2020-12-20", *repaired, "2025@2025-01-10")
    assert waiting(live, resident(paid(*years))) == (3, "2025-04-10")


def test_waiting_that_ends_before_the_year_begins_costs_no_day(live: Live) -> None:
    years = ("2023@2022-12-20", "2024@2025-10-01", "2025@2025-01-10", "2026@2025-09-05")
    assert waiting(live, resident(paid(*years)), "2026-03-01") == (0, "2026-01-01")


def test_a_lapse_before_an_earlier_paid_year_no_longer_counts(live: Live) -> None:
    years = ("2022@2021-12-20", "2024@2024-01-10", "2025@2024-12-20")
    assert waiting(live, resident(paid(*years))) == (0, "2025-01-01")


def test_late_in_2024_three_months_under_the_earlier_rule(live: Live) -> None:
    people = resident(paid("2023@2022-12-20", "2024@2024-03-10"))
    assert waiting(live, people, "2024-12-15") == (3, "2024-06-10")


def test_poor_people_do_not_wait(live: Live) -> None:
    people = resident(
        paid("2022@2021-12-20", "2025@2025-06-10"),
        more="  groups: [{group: low_income, from: 2024-01-01}]\n",
    )
    assert waiting(live, people) == (0, "2025-06-10")
    assert entitled(live, people, "2025-06-09", "2025-06-10") == [False, True]


# --- visits look at what was paid by their day --------------------------------------------------

STAY = (
    "{{visit: {id}, person: r, institution: h1, kind: inpatient,"
    " admitted: {admitted}, discharged: {discharged}, total: 10000}}"
)


def stay(name: str, admitted: str, discharged: str) -> str:
    return "- " + STAY.format(id=name, admitted=admitted, discharged=discharged)


def test_without_entitlement_the_fund_pays_nothing(live: Live) -> None:
    people = resident(paid("2024@2023-12-20", "2025@2025-03-31"))
    steps = "\n".join(
        [
            stay("v1", "2025-06-29", "2025-07-05"),
            stay("v2", "2025-06-30", "2025-07-05"),
            "- ask: {accumulators: r, year: 2025}",
        ]
    )
    before, after, used = live(people=people, steps=steps)
    assert (before["entitled"], before["fund"], before["own"]) == (False, 0, 10000_00)
    assert before["eligible"] == 10000_00
    assert before["deductible"] == 0
    # the stay without entitlement was no admission: v2 bears the whole deductible
    assert (after["entitled"], after["deductible"], after["fund"]) == (True, 1000_00, 5400_00)
    assert (used["admissions"], used["inpatient_pooled"]) == (1, 5400_00)
    assert used["eligible_own"] == 4600_00


def test_entitlement_of_a_stay_is_that_of_the_admission_day(live: Live) -> None:
    people = resident(paid("2024@2023-12-20", "2025@2025-02-10"))
    answer = live(people=people, steps=stay("v1", "2025-02-05", "2025-02-20"))[0]
    assert (answer["entitled"], answer["fund"]) == (False, 0)


def test_a_stay_begun_under_cover_is_covered_to_its_end(live: Live) -> None:
    people = resident(paid("2024@2023-12-20"))
    answer = live(people=people, steps=stay("v1", "2024-12-28", "2025-01-05"))[0]
    assert (answer["entitled"], answer["fund"]) == (True, 5400_00)


def test_a_payment_after_the_visit_day_changes_nothing_for_it(live: Live) -> None:
    people = resident(paid("2024@2023-12-20"))
    steps = "\n".join(
        [
            "- contribute: {person: r, year: 2025, paid_on: 2025-01-20}",
            stay("v1", "2025-01-19", "2025-01-25"),
            stay("v2", "2025-01-20", "2025-01-25"),
        ]
    )
    paid_step, before, after = live(people=people, steps=steps)
    assert paid_step["due"] == 400_00
    assert (before["entitled"], before["fund"]) == (False, 0)
    assert (after["entitled"], after["fund"]) == (True, 5400_00)


def test_steps_count_in_the_order_of_the_file(live: Live) -> None:
    people = resident(paid("2024@2023-12-20"))
    steps = "\n".join(
        [
            stay("v1", "2025-07-01", "2025-07-05"),
            "- contribute: {person: r, year: 2025, paid_on: 2025-01-20}",
            stay("v2", "2025-06-01", "2025-06-05"),
        ]
    )
    before, _, after = live(people=people, steps=steps)
    assert (before["entitled"], before["fund"]) == (False, 0)
    assert (after["entitled"], after["deductible"], after["fund"]) == (True, 1000_00, 5400_00)


# --- employees ----------------------------------------------------------------------------------


def months(*texts: str) -> str:
    """Contributions from texts like ``2025-03`` or ``2025-03@2025-05-20``."""
    entries = []
    for text in texts:
        month, _, day = text.partition("@")
        entries.append(f"{{month: {month}, base: 6000.00, paid_on: {day or month + '-15'}}}")
    return ", ".join(entries)


def test_an_employee_without_contributions_is_covered(live: Live) -> None:
    assert entitled(live, worker(), "2022-02-02", "2026-02-02", person="e") == [True, True]


def test_months_before_the_first_one_listed_were_paid_in_time(live: Live) -> None:
    people = worker(months("2025-03"))
    assert entitled(live, people, "2024-12-31", "2025-02-10", person="e") == [True, True]


def test_listed_employee_months_say_nothing_about_resident_years(live: Live) -> None:
    people = """
- id: e
  sex: male
  birth: 1980-01-01
  enrolments:
    - {scheme: resident, from: 2017-01-01, to: 2024-12-31}
    - {scheme: employee, status: working, from: 2025-01-01}
  contributions:
    - {month: 2025-01, base: 6000.00, paid_on: 2025-01-15}
"""
    days = ("2020-05-01", "2024-12-31", "2025-01-20")
    assert entitled(live, people, *days, person="e") == [True, True, True]


def test_a_gap_of_three_months_paid_within_it_is_made_good(live: Live) -> None:
    people = worker(
        months(
            "2025-01",
            "2025-02",
            "2025-03@2025-05-20",
            "2025-04@2025-05-20",
            "2025-05@2025-05-20",
            "2025-06",
        )
    )
    assert entitled(live, people, "2025-05-25", "2025-06-20", person="e") == [True, True]


def test_a_gap_of_exactly_three_months_may_be_made_good(live: Live) -> None:
    late = [f"2025-{month:02d}@2025-06-10" for month in range(3, 7)]
    people = worker(months("2025-01", "2025-02", *late))
    days = ("2025-02-28", "2025-03-31", "2025-06-09", "2025-06-10")
    # March itself can still be paid in time on its last day: it is no lapse yet.
    assert entitled(live, people, *days, person="e") == [True, True, False, True]


def test_a_gap_of_four_months_is_not_made_good(live: Live) -> None:
    late = [f"2025-{month:02d}@2025-07-10" for month in range(3, 8)]
    after = [f"2025-{month:02d}" for month in range(8, 13)]
    people = worker(months("2025-01", "2025-02", *late, *after, "2026-01"))
    days = ("2025-07-09", "2025-07-10", "2026-01-09", "2026-01-10")
    assert entitled(live, people, *days, person="e") == [False, False, False, True]


def test_a_month_made_good_does_not_end_the_waiting_of_an_earlier_lapse(live: Live) -> None:
    after = ("2025-07", "2025-08@2025-09-10", *(f"2025-{month:02d}" for month in range(9, 13)))
    people = worker(months("2025-01", "2025-02", *after, "2026-01"))
    days = ("2025-07-20", "2025-09-20", "2026-01-14", "2026-01-15")
    assert entitled(live, people, *days, person="e") == [False, False, False, True]


def test_a_gap_of_four_months_waits_six_months(live: Live) -> None:
    listed = ("2025-01", "2025-02", *(f"2025-{month:02d}" for month in range(7, 13)))
    people = worker(months(*listed, "2026-01", "2026-02"))
    days = ("2025-02-20", "2025-04-20", "2025-07-20", "2026-01-14", "2026-01-15")
    assert entitled(live, people, *days, person="e") == [True, False, False, False, True]


def test_a_payment_made_later_does_not_cover_an_earlier_visit(live: Live) -> None:
    people = worker(months("2025-01", "2025-02", "2025-03@2025-05-20", "2025-04@2025-05-20"))
    steps = """
- visit: v1
  person: e
  institution: h1
  kind: inpatient
  admitted: 2025-04-10
  discharged: 2025-04-12
  total: 10000
"""
    answer = live(people=people, steps=steps)[0]
    assert (answer["entitled"], answer["fund"]) == (False, 0)
