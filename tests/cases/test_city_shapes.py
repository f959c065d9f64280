"""Shapes that one city has, on its own figures; the fact that gives a figure stands beside it."""

from __future__ import annotations

import datetime
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import pytest

from yibao.benefit.functions.contribution import amount_cell_of_groups
from yibao.errors import UnsourcedError
from yibao.library import run_scenario
from yibao.policy import parameters as p
from yibao.policy.compile import PolicyLibrary
from yibao.policy.days import day_number

CITIES = ("310000", "440100")

Answer = dict[str, Any]
EMPLOYEE = "enrolments: [{scheme: employee, status: working, from: 2015-01-01}]"
RETIREE = "enrolments: [{scheme: employee, status: retired, from: 2015-01-01}]"
RESIDENT = "enrolments: [{scheme: resident, from: 2010-01-01}]"
PEOPLE = {
    "worker": EMPLOYEE,
    "retiree": RETIREE,
    "old_retiree": f"birth: 1945-01-01, {RETIREE}",
    "mother": f"sex: female, birth: 1995-01-01, {EMPLOYEE}",
    "flexible": "enrolments: "
    "[{scheme: employee, status: working, class: flexible, from: 2015-01-01}]",
    "resident": RESIDENT,
    "poor": f"groups: [{{group: low_income, from: 2010-01-01}}], {RESIDENT}",
    "pupil": f"groups: [{{group: student_child, from: 2010-01-01}}], {RESIDENT}, "
    "contributions: [{year: 2020, paid_on: 2019-10-08}, {year: 2023, paid_on: 2022-09-08}]",
    "child": f"groups: [{{group: student_child, from: 2010-01-01}}], {RESIDENT}",
    "aged": f"groups: [{{group: age_70, from: 2010-01-01}}], {RESIDENT}",
}
INSTITUTIONS = """
  - {id: h3, area: "%(area)s", kind: hospital, grade: 3A}
  - {id: h2, area: "%(area)s", kind: hospital, grade: 2A}
  - {id: h1, area: "%(area)s", kind: hospital, grade: 1A}
  - {id: centre, area: "%(area)s", kind: community}
  - {id: village, area: "%(area)s", kind: village}
  - {id: lungs, area: "%(area)s", kind: tb, grade: 3A}
  - {id: minds, area: "%(area)s", kind: psychiatry, grade: 3A}
"""


def live(folder: Path, area: str, people: str, *steps: str) -> list[Answer]:
    lines = [f'area: "{area}"', "institutions:" + INSTITUTIONS % {"area": area} + "people:"]
    for person in people.split():
        facts = PEOPLE[person]
        for key, value in (("sex", "male"), ("birth", "1980-01-01")):
            if f"{key}:" not in facts:
                facts = f"{key}: {value}, {facts}"
        lines.append(f"  - {{id: {person}, {facts}}}")
    lines += ["steps:", *(f"  - {{{step}}}" for step in steps)]
    scenario = folder / "scenario.yaml"
    scenario.write_text("\n".join(lines), encoding="utf-8")
    return list(run_scenario(scenario))


def visit(name: str, person: str, at: str, kind: str, days: str, yuan: int, more: str = "") -> str:
    first, _, last = days.partition(" ")
    when = f"admitted: {first}, discharged: {last}" if last else f"on: {first}"
    known = f"visit: {name}, person: {person}, institution: {at}, kind: {kind}, {when}"
    return f"{known}, total: {yuan}{', ' + more if more else ''}"


def pooled(answers: list[Answer]) -> list[int]:
    return [answer["pooled"] for answer in answers]


# --- Beijing ---------------------------------------------------------------------------------


def test_beijing_three_ways_of_delivery(tmp_path: Path) -> None:
    steps = [
        visit(way + at, "mother", at, "maternity", "2025-03-01", 9000, f"delivery: {way}")
        for way in ("vaginal", "assisted", "caesarean")
        for at in ("h3", "h2", "h1")
    ]
    # O-BJ-65
    assert pooled(live(tmp_path, "110000", "mother", *steps)) == [
        *(5000_00, 4800_00, 4750_00),
        *(5200_00, 5000_00, 4950_00),
        *(5800_00, 5600_00, 5550_00),
    ]


def test_beijing_miscarriages_with_and_without_a_stay(tmp_path: Path) -> None:
    ways = ("miscarriage", "high_risk_miscarriage", "drug_miscarriage")
    outside = [
        visit(
            f"{way}_out",
            "mother",
            "h3",
            "maternity",
            "2025-03-01",
            3000,
            f"{said}, without_stay: true",
        )
        for way in ways
        for said in [f"delivery: {way}"]
    ]
    inside = [
        visit(way, "mother", "h2", "maternity", "2025-04-01", 3000, f"delivery: {way}")
        for way in ways
    ]
    # O-BJ-66
    assert pooled(live(tmp_path, "110000", "mother", *outside, *inside[:2])) == [
        *(777_00, 859_00, 560_00),
        *(1575_00, 1765_00),
    ]
    with pytest.raises(UnsourcedError, match="delivery_ceiling"):
        live(tmp_path, "110000", "mother", inside[2])  # BJ-G10: only without a stay


# --- Shanghai --------------------------------------------------------------------------------


def test_shanghai_villages(tmp_path: Path) -> None:
    answers = live(
        tmp_path,
        "310000",
        "resident",
        visit("a", "resident", "village", "outpatient", "2025-03-01", 100),
        visit("b", "resident", "centre", "outpatient", "2025-03-02", 600),
    )
    # O-SH-34: 80% from the first yuan, and nothing of it counts towards the 500 (O-SH-32).
    assert [(answer["deductible"], answer["pooled"]) for answer in answers] == [
        (0, 80_00),
        (500_00, 70_00),
    ]


def test_shanghai_major_illness_by_disease(tmp_path: Path) -> None:
    days = "2025-03-01 2025-03-09"
    answers = live(
        tmp_path,
        "310000",
        "resident poor",
        visit("a", "resident", "h3", "inpatient", days, 10300, "disease: malignant_tumour"),
        visit("b", "poor", "h3", "inpatient", days, 10300, "disease: malignant_tumour"),
        visit("c", "resident", "h3", "inpatient", days, 10300),
    )
    # (10300 - 300) x 60% (O-SH-35, O-SH-36); 60% and 65% of the other 4300 (O-SH-37).
    assert [(answer["pooled"], answer["upper"]) for answer in answers] == [
        (6000_00, 2580_00),
        (6000_00, 2795_00),
        (6000_00, 0),
    ]


def test_shanghai_retirees_are_credited_once_a_year(tmp_path: Path) -> None:
    credits = [
        f"credit: {{person: {person}, month: 2024-{month}}}"
        for person in ("retiree", "old_retiree")
        for month in ("06", "07", "08")
    ]
    answers = live(tmp_path, "310000", "retiree old_retiree", *credits)
    # O-SH-18
    assert [answer["amount"] for answer in answers] == [0, 1680_00, 0, 0, 1890_00, 0]


def test_subsidies_by_group(tmp_path: Path) -> None:
    """Beside what a person pays, the funding that is printed: by age in Shanghai, of pupils in
    Guangzhou."""
    day = datetime.date(2025, 3, 1)
    packs = PolicyLibrary.load()
    shanghai, guangzhou = (packs.rulebook(area).segment(day_number(day)) for area in CITIES)
    assert subsidies(packs, "310000", shanghai.rules) == {  # O-SH-26: the sum less what is paid
        "": 3511_00,
        "student_child": 2461_00,
        "age_60_69": 6701_00,
        "age_70": 6871_00,
    }
    assert subsidies(packs, "440100", guangzhou.rules) == {"": 820_00, "student_child": 956_00}


def subsidies(packs: PolicyLibrary, area: str, rules: Sequence[int]) -> dict[str, int]:
    groups = packs.rulebook(area).groups
    cells = {
        name: amount_cell_of_groups(rules, p.GROUP_FISCAL_SUBSIDY, p.FISCAL_SUBSIDY, 1 << position)
        for name, position in groups.items()
    }
    amounts = {name: rules[cell] for name, cell in cells.items() if cell != p.FISCAL_SUBSIDY}
    return {"": rules[p.FISCAL_SUBSIDY]} | amounts


# --- Guangzhou and Wuhan ---------------------------------------------------------------------


def test_guangzhou_hospitals_of_one_kind(tmp_path: Path) -> None:
    days = "2023-01-01 2023-04-06"  # 95 days
    answers = live(
        tmp_path,
        "440100",
        "worker",
        *(visit(at, "worker", at, "inpatient", days, 5000) for at in ("h3", "lungs", "minds")),
    )
    assert [answer["deductible"] for answer in answers] == [2000_00, 1000_00, 0]  # O-GZ-09, 11


def test_guangzhou_refuses_above_what_the_ceiling_is_not_below(tmp_path: Path) -> None:
    days = "2023-03-01 2023-03-09"
    (stay,) = live(
        tmp_path, "440100", "worker", visit("a", "worker", "h3", "inpatient", days, 300_000)
    )
    assert stay["pooled"] == 239200_00  # 299000 x 80%
    with pytest.raises(UnsourcedError, match=r"employee\.inpatient\.annual_ceiling"):
        live(tmp_path, "440100", "worker", visit("a", "worker", "h3", "inpatient", days, 500_000))


def test_guangzhou_pays_of_the_burden_and_above_the_ceiling(tmp_path: Path) -> None:
    """O-GZ-34: 60 % of the own part above 18,000, and 90 % of what is above 298,710."""
    days = "2022-03-01 2022-03-09"
    below, above = (
        live(tmp_path, "440100", "resident", visit("a", "resident", "h3", "inpatient", days, yuan))
        for yuan in (100_500, 600_500)
    )
    # 70 % of 100,000; 60 % of 12,500.
    assert (below[0]["pooled"], below[0]["upper"]) == (70_000_00, 7_500_00)
    # 426,728.58 are used of 600,000 and leave 128,518.58 with the deductible: 60 % of 110,518.58;
    # 90 % of 173,271.42.
    assert (above[0]["pooled"], above[0]["upper"]) == (298_710_00, 66_311_15 + 155_944_28)
    assert above[0]["fund"] == 520_965_43


def test_guangzhou_pupils_are_covered_from_september_on(tmp_path: Path) -> None:
    before, after = (
        live(
            tmp_path,
            "440100",
            "pupil",
            visit("a", "pupil", "h1", "inpatient", f"{day} {day}", 1150),
        )[0]
        for day in ("2022-08-20", "2022-09-20")
    )
    assert (before["entitled"], before["pooled"]) == (False, 0)
    assert (after["entitled"], after["pooled"]) == (True, 900_00)  # 1000 x 90%; O-GZ-29


def test_wuhan_premium_of_the_flexibly_employed(tmp_path: Path) -> None:
    (bill,) = live(
        tmp_path,
        "420100",
        "flexible",
        "ask: {contribution: flexible, month: 2022-09, on: 2022-09-10}",
    )
    assert bill["due"] == 414_70  # O-WH-23: 6795 x 6% + 7
