"""Lines of a bill and outpatient visits: classes, shares, limits, deductibles, ceilings."""

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


def visit(
    name: str,
    person: str,
    institution: str,
    bill: str,
    on: str = "2025-03-01",
    kind: str = "outpatient",
    more: str = "",
) -> str:
    return (
        f"- {{visit: {name}, person: {person}, institution: {institution}, kind: {kind},"
        f" on: {on}, {bill}{more}}}"
    )


def settle(live: Live, *steps: str, people: str = PEOPLE, more: str = "") -> list[dict[str, Any]]:
    return live(people=people, steps="\n".join(steps), more_institutions=more)


# --- lines --------------------------------------------------------------------------------------


def lines(live: Live, person: str, kind: str, bill: str) -> tuple[int, int, int, int]:
    """Out-of-catalogue, over-limit, upfront and eligible amount of a bill at ``h1``."""
    days = (
        "admitted: 2025-03-01, discharged: 2025-03-05" if kind == "inpatient" else "on: 2025-03-01"
    )
    steps = f"- {{visit: v, person: {person}, institution: h1, kind: {kind}, {days}, {bill}}}"
    done = settle(live, steps)[0]
    return done["out_of_catalogue"], done["over_limit"], done["upfront"], done["eligible"]


@pytest.mark.parametrize(
    ("kind", "items", "expected"),
    [
        # the pack's shares: outpatient drugs 5, else 10; services 10; consumables 10,
        # imported ones 20 (T-RI-03, T-RI-04)
        ("outpatient", "{class: B, amount: 200}", (0, 0, 10_00, 190_00)),
        ("outpatient", "{class: B, amount: 200, kind: service}", (0, 0, 20_00, 180_00)),
        ("outpatient", "{class: B, amount: 200, kind: consumable}", (0, 0, 20_00, 180_00)),
        ("outpatient", "{class: B, amount: 200, kind: imported_consumable}", (0, 0, 40_00, 160_00)),
        ("inpatient", "{class: B, amount: 200}", (0, 0, 20_00, 180_00)),
        ("inpatient", "{class: B, amount: 200, kind: service}", (0, 0, 20_00, 180_00)),
        ("inpatient", "{class: B, amount: 200, kind: consumable}", (0, 0, 20_00, 180_00)),
        ("inpatient", "{class: B, amount: 200, kind: imported_consumable}", (0, 0, 40_00, 160_00)),
        ("inpatient", "{class: B, amount: 200, upfront: 0}", (0, 0, 0, 200_00)),
        ("inpatient", "{class: B, amount: 200, upfront: 12.5}", (0, 0, 25_00, 175_00)),
        ("inpatient", "{class: B, amount: 200, upfront: 100}", (0, 0, 200_00, 0)),
        # the limit first, the share of what is left
        ("inpatient", "{class: B, amount: 60, limit: 45, upfront: 10}", (0, 15_00, 4_50, 40_50)),
        ("inpatient", "{class: A, amount: 400, limit: 450}", (0, 0, 0, 400_00)),
        ("inpatient", "{class: A, amount: 400, limit: 0.00}", (0, 400_00, 0, 0)),
        ("inpatient", "{class: C, amount: 400}", (400_00, 0, 0, 0)),
        # rounded line by line, half up: 5% of 0.10 is 0.005
        ("outpatient", "{class: B, amount: 0.10}", (0, 0, 1, 9)),
        ("outpatient", "{class: B, amount: 0.10}, {class: B, amount: 0.10}", (0, 0, 2, 18)),
        ("outpatient", "{class: B, amount: 0.20}", (0, 0, 1, 19)),
        ("outpatient", "{class: B, amount: 0.09}", (0, 0, 0, 9)),
        ("inpatient", "{class: A, amount: 0.00}", (0, 0, 0, 0)),
    ],
)
@pytest.mark.parametrize("person", ["r", "w", "o"])
def test_lines(
    live: Live, person: str, kind: str, items: str, expected: tuple[int, int, int, int]
) -> None:
    assert lines(live, person, kind, f"items: [{items}]") == expected


def test_a_total_is_one_line_of_class_a(live: Live) -> None:
    assert lines(live, "r", "inpatient", "total: 100.5") == (0, 0, 0, 100_50)


def test_upfront_and_out_of_catalogue_count_nowhere_in_the_ratio(live: Live) -> None:
    bill = "items: [{class: B, amount: 200}, {class: C, amount: 50}]"
    done = settle(live, visit("v", "o", "h1", bill))[0]
    # 190 eligible, 80 deductible, 60%
    assert (done["deductible"], done["pooled"], done["own"]) == (80_00, 66_00, 184_00)


# --- employees as outpatients -------------------------------------------------------------------


@pytest.mark.parametrize(
    ("person", "on", "paid"),
    [
        ("w", "2025-03-01", (231_00, 270_00, 305_50)),  # 55, 60, 65% above 80, 50, 30
        ("o", "2025-03-01", (252_00, 292_50, 329_00)),  # 60, 65, 70%
        ("w", "2024-06-30", (210_00, 247_50, 282_00)),  # 50, 55, 60%
        ("o", "2024-06-30", (231_00, 270_00, 305_50)),
        ("w", "2024-07-01", (231_00, 270_00, 305_50)),
    ],
)
def test_an_employee_as_outpatient(
    live: Live, person: str, on: str, paid: tuple[int, int, int]
) -> None:
    steps = [visit(f"v{at}", person, f"h{at}", "total: 500", on) for at in (1, 2, 3)]
    done = settle(live, *steps)
    assert tuple(each["pooled"] for each in done) == paid
    assert [each["deductible"] for each in done] == [80_00, 50_00, 30_00]


def test_county_class_2_is_class_2_where_nothing_is_split(live: Live) -> None:
    done = settle(live, visit("v", "w", "h2c", "total: 500"))[0]
    assert (done["deductible"], done["pooled"]) == (50_00, 270_00)


def test_the_last_deductible_is_cut_to_what_is_left_of_300(live: Live) -> None:
    steps = [visit(f"v{at}", "w", "h1", "total: 500") for at in range(1, 6)]
    *done, accumulators = settle(live, *steps, "- ask: {accumulators: w, year: 2025}")
    assert [each["deductible"] for each in done] == [80_00, 80_00, 80_00, 60_00, 0]
    assert [each["pooled"] for each in done] == [231_00, 231_00, 231_00, 242_00, 275_00]
    assert accumulators["outpatient_deductible"] == 300_00
    assert accumulators["outpatient_pooled"] == 1210_00


def test_a_deductible_is_never_more_than_the_eligible_amount(live: Live) -> None:
    small, large, accumulators = settle(
        live,
        visit("v1", "w", "h1", "total: 50"),
        visit("v2", "w", "h1", "total: 500"),
        "- ask: {accumulators: w, year: 2025}",
    )
    assert (small["deductible"], small["pooled"]) == (50_00, 0)
    assert (large["deductible"], large["pooled"]) == (80_00, 231_00)
    assert accumulators["outpatient_deductible"] == 130_00


def test_deductibles_carried_in_count(live: Live) -> None:
    people = used("w", "outpatient_deductible: 290")
    first, second = settle(
        live,
        visit("v1", "w", "h1", "total: 500"),
        visit("v2", "w", "h1", "total: 500"),
        people=people,
    )
    assert (first["deductible"], first["pooled"]) == (10_00, 269_50)
    assert (second["deductible"], second["pooled"]) == (0, 275_00)


def test_before_july_2024_deductibles_had_no_yearly_ceiling(live: Live) -> None:
    steps = [visit(f"v{at}", "w", "h1", "total: 200", "2024-05-06") for at in range(1, 5)]
    *done, later = settle(live, *steps, visit("v5", "w", "h1", "total: 500", "2024-07-10"))
    assert [each["deductible"] for each in done] == [80_00] * 4
    # 320 borne in the year: nothing is left of 300
    assert (later["deductible"], later["pooled"]) == (0, 275_00)


@pytest.mark.parametrize(
    ("person", "on", "before", "paid"),
    [
        ("w", "2025-03-01", 2400, 100_00),  # 2500
        ("w", "2025-03-01", 2500, 0),
        ("o", "2025-03-01", 2900, 100_00),  # 3000
        ("w", "2024-06-30", 1700, 100_00),  # 1800
        ("o", "2024-06-30", 1900, 100_00),  # 2000
        ("w", "2024-07-01", 1700, 231_00),
        ("o", "2024-07-01", 1900, 252_00),
    ],
)
def test_the_outpatient_ceiling(live: Live, person: str, on: str, before: int, paid: int) -> None:
    people = used(person, f"outpatient_pooled: {before}", int(on[:4]))
    done = settle(live, visit("v", person, "h1", "total: 500", on), people=people)[0]
    # what outpatient pooling no longer pays is the person's: no layer lies above it
    assert (done["pooled"], done["upper"], done["own"]) == (paid, 0, 500_00 - paid)


def test_a_change_of_status_inside_the_year_keeps_the_accumulators(live: Live) -> None:
    people = """
- id: c
  sex: male
  birth: 1965-06-30
  enrolments:
    - {scheme: employee, status: working, from: 2017-01-01, to: 2025-06-30}
    - {scheme: employee, status: retired, from: 2025-07-01}
  used: {year: 2025, outpatient_deductible: 250, outpatient_pooled: 2400}
"""
    working, retired, accumulators = settle(
        live,
        visit("v1", "c", "h1", "total: 500", "2025-06-30"),
        visit("v2", "c", "h1", "total: 2000", "2025-07-01"),
        "- ask: {accumulators: c, year: 2025}",
        people=people,
    )
    assert (working["deductible"], working["pooled"]) == (50_00, 100_00)
    assert (retired["deductible"], retired["pooled"]) == (0, 500_00)  # 1200, of 3000 in all
    assert accumulators["outpatient_pooled"] == 3000_00
    assert accumulators["outpatient_deductible"] == 300_00


# --- residents as outpatients -------------------------------------------------------------------


def test_a_resident_as_outpatient(live: Live) -> None:
    done = settle(
        live,
        visit("v1", "r", "h1", "total: 200"),  # (200 - 80) x 45%
        visit("v2", "r", "h2", "total: 100"),  # 55%
        visit("v3", "r", "h3", "total: 100"),  # 60%
        visit("v4", "r", "h3", "total: 100", more=", family_doctor: true"),  # 65%
        visit("v5", "r", "h2", "total: 100", more=", family_doctor: true"),  # 55%, then 300 a year
    )
    assert [each["pooled"] for each in done] == [54_00, 55_00, 60_00, 65_00, 55_00]
    assert [each["deductible"] for each in done] == [80_00, 0, 0, 0, 0]


def test_the_resident_outpatient_ceiling_and_a_new_year(live: Live) -> None:
    done = settle(
        live,
        visit("v1", "r", "h3", "total: 400"),
        visit("v2", "r", "h3", "total: 400"),
        visit("v3", "r", "h3", "total: 400"),
        visit("v4", "r", "h3", "total: 400", "2026-01-01"),
    )
    assert [each["pooled"] for each in done] == [240_00, 60_00, 0, 240_00]


# --- price class and grade ----------------------------------------------------------------------


@pytest.mark.parametrize(
    ("written", "paid"),
    [
        ("grade: 3A", 231_00),
        ("grade: 3B", 270_00),
        ("grade: 3C", 270_00),
        ("grade: 2A", 270_00),
        ("grade: 2B", 305_50),
        ("grade: 1A", 305_50),
        ("price_class: 3, grade: 3A", 305_50),  # the price class decides
        ("price_class: 1, grade: 1A", 231_00),
    ],
)
def test_grades_fill_in_price_classes(live: Live, written: str, paid: int) -> None:
    hospital = f'- {{id: x, area: "140100", kind: hospital, {written}}}\n'
    done = settle(live, visit("v", "w", "x", "total: 500"), more=hospital)[0]
    assert done["pooled"] == paid


# --- pharmacies ---------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("person", "paid"),
    [("w", 45_50), ("o", 49_00), ("r", 60_00)],  # class 3: (100 - 30) x 65, 70%; 60%
)
def test_a_pharmacy_with_a_prescription_is_outpatient_pooling(
    live: Live, person: str, paid: int
) -> None:
    steps = visit("v", person, "p1", "total: 100", kind="pharmacy", more=", prescription: true")
    done, accumulators = settle(live, steps, f"- ask: {{accumulators: {person}, year: 2025}}")
    assert (done["pooled"], done["fund"]) == (paid, paid)
    assert accumulators["outpatient_pooled"] == paid


def test_a_pharmacy_without_a_prescription_is_paid_by_accounts_only(live: Live) -> None:
    people = PEOPLE.replace("birth: 1980-01-01,", "birth: 1980-01-01, account: 60.00,")
    steps = visit("v", "w", "p1", "total: 100", kind="pharmacy", more=", draw: [own]")
    done, accumulators = settle(live, steps, "- ask: {accumulators: w, year: 2025}", people=people)
    assert (done["fund"], done["own"]) == (0, 100_00)
    assert (done["account"], done["cash"]) == (60_00, 40_00)
    assert accumulators["outpatient_deductible"] == 0
