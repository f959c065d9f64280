"""Inpatient stays: classes, admissions, years, the layers above."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest

Live = Callable[..., list[dict[str, Any]]]

PEOPLE = """
- {id: r, sex: male, birth: 1980-01-01, enrolments: [{scheme: resident, from: 2017-01-01}]}
- {id: w, sex: male, birth: 1980-01-01, enrolments: [{scheme: employee, status: working, from: 2017-01-01}]}
- {id: o, sex: male, birth: 1955-01-01, enrolments: [{scheme: employee, status: retired, from: 2017-01-01}]}
"""  # noqa: E501


def used(person: str, amounts: str, year: int = 2025) -> str:
    """The people, one of them with accumulators carried in."""
    return "\n".join(
        line.replace("enrolments", f"used: {{year: {year}, {amounts}}}, enrolments")
        if line.startswith(f"- {{id: {person},")
        else line
        for line in PEOPLE.splitlines()
    )


def stay(
    name: str,
    person: str,
    institution: str = "h1",
    total: str = "10000",
    admitted: str = "2025-03-01",
    discharged: str = "2025-03-09",
    more: str = "",
) -> str:
    return (
        f"- {{visit: {name}, person: {person}, institution: {institution}, kind: inpatient,"
        f" admitted: {admitted}, discharged: {discharged}, total: {total}{more}}}"
    )


def settle(live: Live, *steps: str, people: str = PEOPLE, more: str = "") -> list[dict[str, Any]]:
    return live(people=people, steps="\n".join(steps), more_institutions=more)


# --- classes ------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("person", "institution", "deductible", "paid"),
    [
        ("w", "h1", 800_00, 7544_00),  # 9200 x 82%
        ("w", "h2", 500_00, 8170_00),
        ("w", "h2c", 500_00, 8170_00),  # only residents know a county class
        ("w", "h3", 300_00, 8730_00),
        ("o", "h1", 800_00, 8372_00),
        ("o", "h2", 500_00, 8835_00),
        ("o", "h3", 300_00, 9215_00),
        ("r", "h1", 1000_00, 5400_00),
        ("r", "h2", 500_00, 6650_00),
        ("r", "h2c", 400_00, 7200_00),
        ("r", "h3", 100_00, 8415_00),
    ],
)
def test_the_first_stay(
    live: Live, person: str, institution: str, deductible: int, paid: int
) -> None:
    done = settle(live, stay("v", person, institution))[0]
    assert (done["deductible"], done["pooled"], done["fund"]) == (deductible, paid, paid)
    assert done["own"] == 10000_00 - paid


@pytest.mark.parametrize(
    ("written", "paid"),
    [
        ("grade: 3A", 5400_00),
        ("grade: 2A, county: true", 7200_00),
        ("grade: 2A", 6650_00),
        ("grade: 2B", 8415_00),
        ("price_class: 1, county: true", 5400_00),
        ("price_class: 2, grade: 3A, county: true", 7200_00),
    ],
)
def test_grades_and_counties(live: Live, written: str, paid: int) -> None:
    hospital = f'- {{id: x, area: "140100", kind: hospital, {written}}}\n'
    assert settle(live, stay("v", "r", "x"), more=hospital)[0]["pooled"] == paid


def test_a_deductible_larger_than_the_bill(live: Live) -> None:
    done = settle(live, stay("v", "r", total="500"))[0]
    assert (done["deductible"], done["pooled"], done["own"]) == (500_00, 0, 500_00)


def test_emergency_at_home_changes_nothing(live: Live) -> None:
    steps = [stay(f"v{person}", person, more=", emergency: true") for person in ("r", "w")]
    done = settle(live, *steps)
    assert [each["pooled"] for each in done] == [5400_00, 7544_00]


# --- the nth admission --------------------------------------------------------------------------


def test_later_admissions_bear_half_and_nothing(live: Live) -> None:
    done = settle(live, *(stay(f"v{at}", "w") for at in range(1, 5)))
    assert [each["deductible"] for each in done] == [800_00, 400_00, 0, 0]
    assert [each["pooled"] for each in done] == [7544_00, 7872_00, 8200_00, 8200_00]


def test_the_second_admission_halves_the_deductible_of_its_own_class(live: Live) -> None:
    _, second, third = settle(
        live, stay("v1", "r", "h1"), stay("v2", "r", "h3"), stay("v3", "r", "h1")
    )
    assert (second["deductible"], second["pooled"]) == (50_00, 8457_50)
    assert (third["deductible"], third["pooled"]) == (500_00, 5700_00)  # T-RI-01


def test_admissions_carried_in_count(live: Live) -> None:
    done = settle(live, stay("v", "r"), people=used("r", "admissions: 1"))[0]
    assert (done["deductible"], done["pooled"]) == (500_00, 5700_00)


def test_a_stay_over_new_year(live: Live) -> None:
    first, second, third, before, after = settle(
        live,
        stay("v1", "r", admitted="2024-12-28", discharged="2025-01-05"),
        stay("v2", "r", admitted="2025-02-01", discharged="2025-02-09"),
        stay("v3", "r", admitted="2024-12-30", discharged="2025-01-02"),
        "- ask: {accumulators: r, year: 2024}",
        "- ask: {accumulators: r, year: 2025}",
    )
    # admitted in 2024: the first stay of 2025 is still the second step's
    assert [each["deductible"] for each in (first, second, third)] == [1000_00, 1000_00, 500_00]
    assert [each["pooled"] for each in (first, second, third)] == [5400_00, 5400_00, 5700_00]
    assert (before["admissions"], before["inpatient_pooled"]) == (2, 0)
    assert (after["admissions"], after["inpatient_pooled"]) == (1, 16500_00)
    assert (before["eligible_own"], after["eligible_own"]) == (0, 13500_00)


@pytest.mark.parametrize(
    ("discharged", "deductible", "paid"),
    [
        ("2024-12-31", 1500_00, 4675_00),  # 55% above 1500, the rules of 2024
        ("2025-01-01", 1000_00, 4950_00),  # 60 - 5 points above 1000
    ],
)
def test_the_rules_are_those_of_the_discharge(
    live: Live, discharged: str, deductible: int, paid: int
) -> None:
    filing = '- {person: r, kind: referral, care_area: "110000", from: 2024-12-01}'
    steps = stay("v", "r", "bj1", admitted="2024-12-28", discharged=discharged)
    done = live(people=PEOPLE, filings=filing, steps=steps)[0]
    assert (done["deductible"], done["pooled"]) == (deductible, paid)


def test_status_is_that_of_the_admission_and_its_change_keeps_accumulators(live: Live) -> None:
    people = """
- id: c
  sex: male
  birth: 1965-06-30
  enrolments:
    - {scheme: employee, status: working, from: 2017-01-01, to: 2025-06-30}
    - {scheme: employee, status: retired, from: 2025-07-01}
"""
    first, second, accumulators = settle(
        live,
        stay("v1", "c", admitted="2025-06-30", discharged="2025-07-05"),
        stay("v2", "c", admitted="2025-07-20", discharged="2025-07-25"),
        "- ask: {accumulators: c, year: 2025}",
        people=people,
    )
    assert (first["deductible"], first["pooled"]) == (800_00, 7544_00)
    assert (second["deductible"], second["pooled"]) == (400_00, 8736_00)  # 9600 x 91%
    assert (accumulators["admissions"], accumulators["inpatient_pooled"]) == (2, 16280_00)


def test_a_change_of_scheme_begins_new_accumulators(live: Live) -> None:
    people = """
- id: c
  sex: male
  birth: 1985-06-30
  enrolments:
    - {scheme: resident, from: 2017-01-01, to: 2025-06-30}
    - {scheme: employee, status: working, from: 2025-07-01}
"""
    first, _, accumulators = settle(
        live,
        stay("v1", "c", admitted="2025-03-01", discharged="2025-03-05", total="30000"),
        stay("v2", "c", admitted="2025-08-01", discharged="2025-08-05", total="2000"),
        "- ask: {accumulators: c, year: 2025}",
        people=people,
    )
    assert (first["pooled"], first["upper"]) == (17400_00, 1950_00)
    # those of the scheme of the later part of the year; the resident stay left nothing here
    assert accumulators["upper"] == 0
    assert accumulators["inpatient_pooled"] < 17400_00


# --- employees above the ceiling ----------------------------------------------------------------


def test_crossing_the_basic_ceiling_goes_on_at_90_percent(live: Live) -> None:
    first, second, accumulators = settle(
        live,
        stay("v1", "w"),
        stay("v2", "w"),
        "- ask: {accumulators: w, year: 2025}",
        people=used("w", "inpatient_pooled: 79000"),
    )
    # 1000.00 left; it uses up 1219.52 of the 9200; 90% of 7980.48
    assert (first["pooled"], first["upper"], first["fund"]) == (1000_00, 7182_43, 8182_43)
    assert first["own"] == 1817_57
    assert (second["pooled"], second["upper"]) == (0, 8640_00)  # 9600 x 90%
    assert accumulators["inpatient_pooled"] == 80000_00
    assert accumulators["upper"] == 15822_43
    assert accumulators["eligible_own"] == 19000_00


def test_more_carried_in_than_the_ceiling_leaves_nothing_below_it(live: Live) -> None:
    done = settle(live, stay("v", "w"), people=used("w", "inpatient_pooled: 90000"))[0]
    assert (done["pooled"], done["upper"]) == (0, 8280_00)


def test_a_bill_that_uses_the_ceiling_exactly(live: Live) -> None:
    done = settle(live, stay("v", "w"), people=used("w", "inpatient_pooled: 72456"))[0]
    assert (done["pooled"], done["upper"]) == (7544_00, 0)


@pytest.mark.parametrize(
    ("year", "before", "paid"),
    [
        (2025, 519000, 1000_00),  # 520000 a year (T-LA-01)
        (2025, 520000, 0),
        (2026, 320000, 8280_00),  # 6 x 84881 - 80000 = 429286
        (2026, 429000, 286_00),
    ],
)
def test_the_large_amount_ceiling(live: Live, year: int, before: int, paid: int) -> None:
    people = used("w", f"inpatient_pooled: 80000, upper: {before}", year)
    steps = stay("v", "w", admitted=f"{year}-03-01", discharged=f"{year}-03-09")
    done = settle(live, steps, people=people)[0]
    assert (done["pooled"], done["upper"]) == (0, paid)


# --- residents above the threshold --------------------------------------------------------------


def test_the_major_illness_layer_follows_the_years_total(live: Live) -> None:
    first, second, accumulators = settle(
        live,
        stay("v1", "r", total="30000"),
        stay("v2", "r", total="30000"),
        "- ask: {accumulators: r, year: 2025}",
    )
    # own 12600: 75% of 2600
    assert (first["pooled"], first["upper"], first["own"]) == (17400_00, 1950_00, 10650_00)
    # own 24900 in the year: 75% of 14900 less 1950
    assert (second["pooled"], second["upper"]) == (17700_00, 9225_00)
    assert accumulators["eligible_own"] == 24900_00
    assert accumulators["upper"] == 11175_00


def test_upfront_and_class_c_do_not_count_towards_the_threshold(live: Live) -> None:
    items = (
        "{class: A, amount: 25000}, {class: C, amount: 20000}",
        "{class: B, amount: 20000, upfront: 100}",
    )
    steps = stay("v", "r").replace("total: 10000", f"items: [{', '.join(items)}]")
    done = settle(live, steps)[0]
    # 25000 eligible: 14400 pooled, 10600 own, 75% of 600
    assert (done["pooled"], done["upper"], done["own"]) == (14400_00, 450_00, 50150_00)


@pytest.mark.parametrize(
    ("amounts", "paid"),
    [
        ("eligible_own: 9000", 2700_00),  # 13600 own in the year, 75% of 3600
        ("eligible_own: 5400", 0),  # 10000 exactly
        ("eligible_own: 12000, upper: 1000", 3950_00),  # 4950 for the year less 1000
        ("eligible_own: 12000, upper: 1500", 3450_00),
        ("eligible_own: 12000, upper: 9000", 0),  # more was paid than the year comes to
    ],
)
def test_accumulators_carried_in_reach_the_threshold(live: Live, amounts: str, paid: int) -> None:
    done = settle(live, stay("v", "r"), people=used("r", amounts))[0]
    assert (done["pooled"], done["upper"]) == (5400_00, paid)


def test_second_compensation_and_the_basic_ceiling(live: Live) -> None:
    done, accumulators = settle(
        live, stay("v", "r", total="300000"), "- ask: {accumulators: r, year: 2025}"
    )
    # pooled 70000; own 230000: 75% of 220000 leaves 65000, half of what is above 50000
    assert (done["pooled"], done["upper"], done["own"]) == (70000_00, 172500_00, 57500_00)
    assert accumulators["eligible_own"] == 230000_00


@pytest.mark.parametrize(("year", "ceiling"), [(2025, 400000_00), (2026, 403000_00)])
def test_the_major_illness_ceiling_rises_with_years_without_a_claim(
    live: Live, year: int, ceiling: int
) -> None:
    steps = stay("v", "r", total="800000", admitted=f"{year}-03-01", discharged=f"{year}-05-01")
    done = settle(live, steps)[0]
    assert (done["pooled"], done["upper"]) == (70000_00, ceiling)


# --- the poor -----------------------------------------------------------------------------------


def test_the_poor_have_better_terms_and_assistance_on_sources(live: Live) -> None:
    people = """
- id: r
  sex: male
  birth: 1980-01-01
  groups: [{group: low_income, from: 2024-01-01}]
  enrolments: [{scheme: resident, from: 2017-01-01}]
"""
    done, accumulators = settle(
        live,
        stay("v", "r", total="30000"),
        "- ask: {accumulators: r, year: 2025}",
        people=people,
    )
    # own 12600: 80% above 5000 is 6080; 70% of the 6520 left
    assert (done["pooled"], done["upper"], done["assistance"]) == (17400_00, 6080_00, 4564_00)
    assert (done["fund"], done["own"]) == (28044_00, 1956_00)
    assert accumulators["assistance"] == 4564_00
    assert not {"G08", "G32"} & set(done["assumptions"])  # T-MI-01, T-AS-01


def test_a_group_counts_on_its_days_only(live: Live) -> None:
    people = """
- id: r
  sex: male
  birth: 1980-01-01
  groups: [{group: low_income, from: 2024-01-01, to: 2025-02-28}]
  enrolments: [{scheme: resident, from: 2017-01-01}]
"""
    done = settle(live, stay("v", "r", total="30000"), people=people)[0]
    assert (done["upper"], done["assistance"]) == (1950_00, 0)
