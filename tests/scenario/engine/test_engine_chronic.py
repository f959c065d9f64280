"""Listed diseases and maternity: ceilings per disease and month, former terms, quotas."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest

from yibao.errors import InputError

Live = Callable[..., list[dict[str, Any]]]

PEOPLE = """
- {id: r, sex: female, birth: 1990-01-01, enrolments: [{scheme: resident, from: 2017-01-01}]}
- {id: w, sex: female, birth: 1990-01-01, enrolments: [{scheme: employee, status: working, from: 2017-01-01}]}
"""  # noqa: E501


def filed(disease: str, day: str = "2025-01-01", person: str = "r") -> str:
    return f"- {{person: {person}, kind: chronic, disease: {disease}, from: {day}}}\n"


def visit(
    name: str,
    bill: str,
    on: str = "2025-03-05",
    more: str = "",
    person: str = "r",
    institution: str = "h1",
    kind: str = "chronic",
) -> str:
    return (
        f"- {{visit: {name}, person: {person}, institution: {institution}, kind: {kind}, on: {on},"
        f" {bill}{more}}}"
    )


def settle(
    live: Live, *steps: str, filings: str = "", people: str = PEOPLE
) -> list[dict[str, Any]]:
    return live(people=people, steps="\n".join(steps), filings=filings)


# --- the two diseases ---------------------------------------------------------------------------


def test_the_two_diseases_have_yearly_ceilings_of_their_own(live: Live) -> None:
    both = filed("hypertension") + filed("other_diabetes")
    *done, accumulators = settle(
        live,
        visit("v1", "total: 300", more=", disease: hypertension"),  # 60%
        visit("v2", "total: 300", "2025-06-05", ", disease: hypertension"),  # 260 in the year
        visit("v3", "total: 300", more=", disease: other_diabetes"),
        visit("v4", "total: 400", more=", disease: other_diabetes"),  # 360 in the year
        visit("v5", "total: 300", "2026-01-01", ", disease: hypertension"),
        "- ask: {accumulators: r, year: 2025}",
        filings=both,
    )
    assert [each["pooled"] for each in done] == [180_00, 80_00, 180_00, 180_00, 180_00]
    assert [each["deductible"] for each in done] == [0, 0, 0, 0, 0]
    assert accumulators["chronic_pooled"] == 620_00
    assert accumulators["eligible_own"] == 680_00
    assert accumulators["outpatient_pooled"] == 0


@pytest.mark.parametrize(
    ("disease", "ceiling"),
    [("hypertension", 260_00), ("type1_diabetes", 480_00), ("other_diabetes", 360_00)],
)
def test_each_yearly_ceiling(live: Live, disease: str, ceiling: int) -> None:
    done = settle(live, visit("v", "total: 5000"), filings=filed(disease))[0]
    assert done["pooled"] == ceiling


def test_chronic_pooled_carried_in_by_disease(live: Live) -> None:
    people = PEOPLE.replace(
        "birth: 1990-01-01, enrolments: [{scheme: resident",
        "birth: 1990-01-01, used: {year: 2025, chronic_pooled: {hypertension: 200.00}},"
        " enrolments: [{scheme: resident",
    )
    both = filed("hypertension") + filed("other_diabetes")
    done = settle(
        live,
        visit("v1", "total: 300", more=", disease: hypertension"),
        visit("v2", "total: 300", more=", disease: other_diabetes"),
        people=people,
        filings=both,
    )
    assert [each["pooled"] for each in done] == [60_00, 180_00]


def test_a_special_disease_carried_in_by_name_has_used_the_inpatient_ceiling(live: Live) -> None:
    people = PEOPLE.replace(
        "birth: 1990-01-01, enrolments: [{scheme: resident",
        "birth: 1990-01-01, used: {year: 2025, inpatient_pooled: 100,"
        " chronic_pooled: {dialysis: 69700, hypertension: 260}},"
        " enrolments: [{scheme: resident",
    )
    first, second, accumulators = settle(
        live,
        visit("v1", "total: 100"),
        visit("v2", "total: 1000"),
        "- ask: {accumulators: r, year: 2025}",
        people=people,
        filings=filed("dialysis"),
    )
    # 200 are left of 70000: 70, then 130 of 700
    assert (first["pooled"], second["pooled"]) == (70_00, 130_00)
    assert accumulators["chronic_pooled"] == 70160_00


# --- monthly ceilings ---------------------------------------------------------------------------


def test_a_monthly_ceiling_begins_anew_each_month(live: Live) -> None:
    done = settle(
        live,
        visit("v1", "total: 400", "2025-03-05"),  # 70%, 375 a month
        visit("v2", "total: 400", "2025-03-31"),
        visit("v3", "total: 400", "2025-04-01"),
        visit("v4", "total: 400", "2025-03-20"),  # March again: nothing left
        filings=filed("nephrotic_syndrome"),
    )
    assert [each["pooled"] for each in done] == [280_00, 95_00, 280_00, 0]


def test_people_listed_before_2025_keep_the_former_terms_until_the_end_of_2027(live: Live) -> None:
    done = settle(
        live,
        visit("v1", "total: 400", "2025-03-05"),  # 80%
        visit("v2", "total: 400", "2025-03-06"),
        visit("v3", "total: 400", "2027-12-31"),
        visit("v4", "total: 400", "2028-01-01"),  # 70%
        filings=filed("nephrotic_syndrome", "2024-12-31"),
    )
    assert [each["pooled"] for each in done] == [320_00, 55_00, 320_00, 280_00]


def test_people_listed_in_2025_have_the_new_terms(live: Live) -> None:
    done = settle(
        live, visit("v", "total: 400"), filings=filed("nephrotic_syndrome", "2025-01-01")
    )[0]
    assert done["pooled"] == 280_00


# --- special diseases ---------------------------------------------------------------------------


def test_special_diseases_share_the_inpatient_ceiling(live: Live) -> None:
    stay = (
        "- {visit: v2, person: r, institution: h1, kind: inpatient, admitted: 2025-05-01,"
        " discharged: 2025-05-09, total: 20000}"
    )
    first, second, third, accumulators = settle(
        live,
        visit("v1", "total: 90000"),
        stay,
        visit("v3", "total: 1000"),
        "- ask: {accumulators: r, year: 2025}",
        filings=filed("dialysis"),
    )
    # 70% of 90000; own 27000: 75% of 17000
    assert (first["pooled"], first["upper"]) == (63000_00, 12750_00)
    # 7000 are left of 70000; own 40000 in the year: 75% of 30000 less 12750
    assert (second["deductible"], second["pooled"], second["upper"]) == (1000_00, 7000_00, 9750_00)
    assert (third["pooled"], third["upper"]) == (0, 750_00)
    assert accumulators["eligible_own"] == 41000_00
    assert accumulators["inpatient_pooled"] + accumulators["chronic_pooled"] == 70000_00
    assert accumulators["admissions"] == 1


def test_an_employee_with_a_special_disease_goes_on_in_the_upper_layer(live: Live) -> None:
    people = PEOPLE.replace(
        "birth: 1990-01-01, enrolments: [{scheme: employee",
        "birth: 1990-01-01, used: {year: 2025, inpatient_pooled: 79000},"
        " enrolments: [{scheme: employee",
    )
    done = settle(
        live,
        visit("v", "total: 10000", person="w"),
        people=people,
        filings=filed("dialysis", person="w"),
    )[0]
    # 82% would be 8200; 1000 left uses up 1219.52; 90% of 8780.48
    assert (done["pooled"], done["upper"]) == (1000_00, 7902_43)


def test_an_employee_with_another_disease_has_no_ceiling(live: Live) -> None:
    done = settle(
        live,
        visit("v", "total: 10000", person="w", institution="h3"),
        filings=filed("hypertension", person="w"),
    )[0]
    assert (done["deductible"], done["pooled"]) == (0, 9000_00)
    assert "G12" in done["assumptions"]


# --- shares of class B --------------------------------------------------------------------------


def test_class_b_drugs_of_the_two_diseases(live: Live) -> None:
    bill = "items: [{class: B, amount: 100}]"
    done = settle(live, visit("v", bill), filings=filed("hypertension"))[0]
    assert (done["upfront"], done["pooled"]) == (5_00, 57_00)  # 5%, then 60%


# --- filings ------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("filings", "bill"),
    [
        ("", "total: 100"),  # none at all
        (filed("hypertension", "2025-03-06"), "total: 100"),  # not yet
        (filed("hypertension") + filed("dialysis"), "total: 100"),  # which one?
        (filed("hypertension"), "total: 100, disease: dialysis"),
    ],
)
def test_a_chronic_visit_needs_its_filing(live: Live, filings: str, bill: str) -> None:
    with pytest.raises(InputError) as caught:
        settle(live, visit("v", bill), filings=filings)
    assert "life.yaml" in caught.value.place


# --- maternity ----------------------------------------------------------------------------------


def birth(name: str, total: str, how: str, person: str, on: str = "2025-06-01") -> str:
    more = f", delivery: {how}" if how else ""
    return visit(name, f"total: {total}", on, more, person, "h1", "maternity")


@pytest.mark.parametrize(("how", "left"), [("vaginal", 900_00), ("caesarean", 2400_00)])
def test_a_residents_delivery_ceiling_includes_prenatal_care(
    live: Live, how: str, left: int
) -> None:
    prenatal, delivery = settle(
        live, birth("v1", "600", "", "r", "2025-02-01"), birth("v2", "5000", how, "r")
    )
    assert (prenatal["fund"], prenatal["own"]) == (600_00, 0)
    assert (delivery["fund"], delivery["own"]) == (left, 5000_00 - left)
    assert delivery["deductible"] == 0


@pytest.mark.parametrize(("how", "paid"), [("vaginal", 1500_00), ("caesarean", 3000_00)])
def test_a_residents_delivery(live: Live, how: str, paid: int) -> None:
    assert settle(live, birth("v", "5000", how, "r"))[0]["fund"] == paid


def test_an_employees_delivery_is_paid_in_full(live: Live) -> None:
    done = settle(live, birth("v", "8000", "caesarean", "w"))[0]
    assert (done["fund"], done["own"]) == (8000_00, 0)


def test_an_employees_prenatal_care_above_the_quota_is_outpatient_care(live: Live) -> None:
    first, second, accumulators = settle(
        live,
        birth("v1", "500", "", "w", "2025-02-01"),
        birth("v2", "500", "", "w", "2025-04-01"),
        "- ask: {accumulators: w, year: 2025}",
    )
    assert (first["fund"], first["own"]) == (500_00, 0)
    # 200 are left of 700; (300 - 80) x 55%
    assert (second["fund"], second["deductible"]) == (321_00, 80_00)
    assert accumulators["outpatient_pooled"] == 121_00
    assert accumulators["outpatient_deductible"] == 80_00
    assert "G15" in second["assumptions"]
