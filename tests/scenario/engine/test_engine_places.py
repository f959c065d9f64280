"""Care outside the home area: filings, emergencies, catalogues."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest

from yibao.errors import RefusedError

Live = Callable[..., list[dict[str, Any]]]
Refused = Callable[..., tuple[list[dict[str, Any]], RefusedError]]

PEOPLE = """
- {id: r, sex: male, birth: 1980-01-01, enrolments: [{scheme: resident, from: 2017-01-01}]}
- {id: w, sex: male, birth: 1980-01-01, enrolments: [{scheme: employee, status: working, from: 2017-01-01}]}
- {id: o, sex: male, birth: 1955-01-01, enrolments: [{scheme: employee, status: retired, from: 2017-01-01}]}
"""  # noqa: E501


def filing(kind: str, care_area: str = "110000", days: str = "from: 2025-01-01") -> str:
    return "\n".join(
        f'- {{person: {person}, kind: {kind}, care_area: "{care_area}", {days}}}'
        for person in ("r", "w", "o")
    )


def stay(
    name: str,
    person: str,
    institution: str = "bj1",
    bill: str = "total: 10000",
    admitted: str = "2025-04-01",
    more: str = "",
) -> str:
    return (
        f"- {{visit: {name}, person: {person}, institution: {institution}, kind: inpatient,"
        f" admitted: {admitted}, discharged: 2025-05-09, {bill}{more}}}"
    )


def pooled(live: Live, step: str, filings: str = "", more: str = "") -> int:
    done = live(people=PEOPLE, steps=step, filings=filings, more_institutions=more)[0]
    paid = done["pooled"]
    assert isinstance(paid, int)
    return paid


@pytest.mark.parametrize(("person", "paid"), [("r", 5400_00), ("w", 7544_00), ("o", 8372_00)])
def test_within_the_province_no_filing_is_needed(live: Live, person: str, paid: int) -> None:
    assert pooled(live, stay("v", person, "dt1")) == paid


@pytest.mark.parametrize(
    ("kind", "resident", "working", "retired"),
    [
        ("long_stay", 5400_00, 7544_00, 8372_00),  # as at home
        ("referral", 4950_00, 7544_00, 8372_00),  # 55, 82, 91%: employees as at home (T-XR-01)
        ("emergency", 4950_00, 6440_00, 6440_00),  # 55, 70, 70%
        ("other_temporary", 4050_00, 6624_00, 7452_00),  # 45, 72, 81% (T-XR-01)
    ],
)
def test_filings_outside_the_province(
    live: Live, kind: str, resident: int, working: int, retired: int
) -> None:
    paid = [pooled(live, stay("v", person), filing(kind)) for person in ("r", "w", "o")]
    assert paid == [resident, working, retired]


def test_a_stay_without_a_filing_is_other_temporary(live: Live) -> None:
    assert [pooled(live, stay("v", person)) for person in ("r", "w", "o")] == [
        4050_00,
        6624_00,
        7452_00,
    ]


def test_emergency_stands_for_a_filing(live: Live) -> None:
    paid = [pooled(live, stay("v", person, more=", emergency: true")) for person in ("r", "w")]
    assert paid == [4950_00, 6440_00]


def test_a_filing_for_an_area_above_the_institutions_counts(live: Live) -> None:
    assert pooled(live, stay("v", "r", "cy1"), filing("long_stay", "110000")) == 5400_00
    assert pooled(live, stay("v", "r", "cy1"), filing("long_stay", "110105")) == 5400_00


@pytest.mark.parametrize("care_area", ["110105", "310000", "140000"])
def test_a_filing_for_another_area_does_not_count(live: Live, care_area: str) -> None:
    assert pooled(live, stay("v", "r", "bj1"), filing("long_stay", care_area)) == 4050_00


def test_the_latest_filing_wins(live: Live) -> None:
    filings = "\n".join(
        [
            filing("referral", days="from: 2025-03-01"),
            filing("long_stay", days="from: 2025-01-01"),
            filing("other_temporary", "310000", days="from: 2025-03-20"),
        ]
    )
    assert pooled(live, stay("v", "r"), filings) == 4950_00
    assert pooled(live, stay("v", "r", admitted="2025-02-28"), filings) == 5400_00


@pytest.mark.parametrize(
    ("days", "paid"),
    [
        ("from: 2025-04-01", 5400_00),
        ("from: 2025-04-02", 4050_00),
        ("from: 2025-01-01, to: 2025-04-01", 5400_00),  # the stay may outlast it
        ("from: 2025-01-01, to: 2025-03-31", 4050_00),
    ],
)
def test_a_filing_has_to_hold_on_the_admission_day(live: Live, days: str, paid: int) -> None:
    assert pooled(live, stay("v", "r"), filing("long_stay", days=days)) == paid


def test_the_price_class_decides_outside_shanxi_too(live: Live) -> None:
    hospital = '- {id: x, area: "110000", kind: hospital, price_class: 3, grade: 3A}\n'
    paid = pooled(live, stay("v", "r", "x"), filing("long_stay"), hospital)
    assert paid == 8415_00


def test_later_admissions_outside_the_province(live: Live) -> None:
    steps = "\n".join(
        [
            stay("v1", "r", "h1"),
            stay("v2", "r", "bj1"),
            stay("v3", "r", "dt1"),
            stay("v4", "w", "h1"),
            stay("v5", "w", "bj1"),
        ]
    )
    done = live(people=PEOPLE, steps=steps, filings=filing("long_stay"))
    # residents: the factors hold inside the province only, but every stay counts; the third
    # one has half a deductible (T-RI-01)
    assert [each["deductible"] for each in done] == [1000_00, 1000_00, 500_00, 800_00, 400_00]


@pytest.mark.parametrize(
    ("person", "kind", "paid"),
    [
        ("r", "", 147_00),  # (500 - 80) x 35%
        ("r", "referral", 147_00),
        ("r", "long_stay", 189_00),
        ("w", "", 189_00),  # 45%
        ("w", "long_stay", 231_00),
        ("o", "", 210_00),  # 50%
    ],
)
def test_outpatients_outside_the_province(live: Live, person: str, kind: str, paid: int) -> None:
    step = (
        f"- {{visit: v, person: {person}, institution: bj1, kind: outpatient,"
        " on: 2025-04-01, total: 500}"
    )
    assert pooled(live, step, filing(kind) if kind else "") == paid


# --- catalogues ---------------------------------------------------------------------------------

CLASS_B = "items: [{class: B, amount: 2000}, {class: A, amount: 8000}]"


def test_a_manual_claim_uses_the_home_catalogue(live: Live) -> None:
    step = stay("v", "r", bill=CLASS_B, more=", channel: manual")
    done = live(people=PEOPLE, steps=step, filings=filing("long_stay"))[0]
    # 10% of 2000; (9800 - 1000) x 60%
    assert (done["upfront"], done["pooled"]) == (200_00, 5280_00)


def test_direct_settlement_needs_the_catalogue_of_the_care_area(
    live_until_refused: Refused,
) -> None:
    answers, error = live_until_refused(
        people=PEOPLE, steps=stay("v", "r", bill=CLASS_B), filings=filing("long_stay")
    )
    assert answers == []
    assert error.exit_code == 4
    assert "catalogue.upfront" in str(error)


def test_direct_settlement_inside_the_province_uses_its_catalogue(live: Live) -> None:
    done = live(people=PEOPLE, steps=stay("v", "r", "dt1", bill=CLASS_B))[0]
    assert (done["upfront"], done["pooled"]) == (200_00, 5280_00)


def test_a_share_on_the_line_needs_no_catalogue(live: Live) -> None:
    bill = CLASS_B.replace("amount: 2000", "amount: 2000, upfront: 20")
    done = live(people=PEOPLE, steps=stay("v", "r", bill=bill), filings=filing("long_stay"))[0]
    assert (done["upfront"], done["pooled"]) == (400_00, 5160_00)
