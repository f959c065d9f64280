"""Another shape of rules by YAML alone: bands by year and stay, ages, communities."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest

Live = Callable[..., list[dict[str, Any]]]

MORE = """
- {id: c, area: "110105", kind: community}
- {id: l3, area: "110000", kind: hospital, grade: 3B}
- {id: l2, area: "110000", kind: hospital, grade: 2C}
- {id: l1, area: "110000", kind: hospital, grade: 1A}
- {id: odd, area: "110000", kind: hospital, grade: 3A, price_class: 3}
"""


def person(status: str = "working", birth: str = "1980-01-01") -> str:
    return (
        f"- {{id: b, sex: male, birth: {birth},"
        f" enrolments: [{{scheme: employee, status: {status}, from: 2020-01-01}}]}}"
    )


def visit(name: str, total: str, on: str = "2025-03-01", institution: str = "l3") -> str:
    return (
        f"- {{visit: {name}, person: b, institution: {institution}, kind: outpatient,"
        f" on: {on}, total: {total}}}\n"
    )


def stay(name: str, total: str, institution: str = "l3") -> str:
    return (
        f"- {{visit: {name}, person: b, institution: {institution}, kind: inpatient,"
        f" admitted: 2025-03-01, discharged: 2025-03-20, total: {total}}}\n"
    )


def settle(live: Live, steps: str, people: str = "") -> list[dict[str, Any]]:
    return live(area="110000", people=people or person(), steps=steps, more_institutions=MORE)


def test_the_outpatient_deductible_is_a_yearly_one(live: Live) -> None:
    steps = visit("v1", "1000") + visit("v2", "2000") + visit("v3", "1000")
    *done, used = settle(live, steps + "- ask: {accumulators: b, year: 2025}\n")
    assert [(each["deductible"], each["pooled"]) for each in done] == [
        (1000_00, 0),
        (800_00, 840_00),
        (0, 700_00),
    ]
    assert (used["outpatient_deductible"], used["outpatient_pooled"]) == (1800_00, 1540_00)


def test_above_20000_in_the_year_the_ratio_is_lower(live: Live) -> None:
    assert settle(live, visit("v", "25000"))[0]["pooled"] == 15740_00  # 18200 x 70, 5000 x 60%
    done = settle(live, visit("v1", "15000") + visit("v2", "10000"))
    assert [each["pooled"] for each in done] == [9240_00, 6500_00]


@pytest.mark.parametrize(
    ("birth", "on", "paid"),
    [
        ("1955-03-02", "2025-03-01", 19895_00),  # 69: 18700 x 85, 5000 x 80%
        ("1955-03-01", "2025-03-01", 20830_00),  # 70: 18700 x 90%
    ],
)
def test_the_retired_by_age(live: Live, birth: str, on: str, paid: int) -> None:
    done = settle(live, visit("v", "25000", on), person("retired", birth))[0]
    assert (done["deductible"], done["pooled"]) == (1300_00, paid)


def test_a_community_institution(live: Live) -> None:
    done = settle(live, visit("v", "2800", institution="c"))[0]
    assert (done["deductible"], done["pooled"]) == (1800_00, 900_00)


@pytest.mark.parametrize(
    ("status", "institution", "paid"),
    [
        ("working", "l3", 42895_00),  # 28700 x 85, 10000 x 90, 10000 x 95%
        ("working", "l2", 43869_00),  # 87, 92, 97%
        ("working", "l1", 45030_00),  # 90, 95, 97%
        ("working", "odd", 45030_00),  # the price class decides
        ("retired", "l3", 46958_50),  # 95.5, 97, 98.5%
        ("retired", "l2", 47250_70),  # 96.1, 97.6, 99.1%
        ("retired", "l1", 47599_00),  # 97, 98.5, 99.1%
    ],
)
def test_inpatient_bands(live: Live, status: str, institution: str, paid: int) -> None:
    done = settle(live, stay("v", "50000", institution), person(status, "1950-01-01"))[0]
    assert (done["deductible"], done["pooled"], done["upper"]) == (1300_00, paid, 0)
    assert "G29" in done["assumptions"]


def test_later_admissions_and_high_bills(live: Live) -> None:
    first, second, third = settle(
        live, stay("v1", "150000") + stay("v2", "50000") + stay("v3", "1300")
    )
    # 24395 + 9000 + 60000 x 95% + 50000 x 85%
    assert (first["deductible"], first["pooled"]) == (1300_00, 132895_00)
    assert (second["deductible"], second["pooled"]) == (650_00, 43447_50)
    assert (third["deductible"], third["pooled"]) == (650_00, 552_50)


def test_the_yearly_ceiling(live: Live) -> None:
    done = settle(live, stay("v1", "500000") + stay("v2", "500000"))
    # 24395 + 9000 + 57000 + 400000 x 85%; 69605 are left of 500000
    assert [(each["pooled"], each["upper"]) for each in done] == [
        (430395_00, 0),
        (69605_00, 0),
    ]
    # The year's own part above 30404 (O-BJ-54): 50000 x 60, then 70% (O-BJ-55), paid after the
    # year (O-BJ-83): 39201 x 60%; 50000 x 60 + 419596 x 70%.
    later = [
        step["amount"] for each in done for step in each["steps"] if step["label"] == "大病年后支付"
    ]
    assert later == [23520_60, 323717_20]
