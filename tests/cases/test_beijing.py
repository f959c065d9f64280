"""The worked cases of Beijing, each as a scenario through the public road."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any

import pytest
import yaml

from yibao.library import run_scenario
from yibao.money import format_yuan

Answer = dict[str, Any]
Case = Mapping[str, Any]
Settle = Callable[..., list[Answer]]

CASES: dict[str, Case] = {
    case["id"]: case
    for case in yaml.safe_load(Path(__file__).with_name("beijing.yaml").read_text(encoding="utf-8"))
}
INSTITUTIONS = """area: "110000"
institutions:
  - {id: 三级, area: "110000", kind: hospital, grade: 3A}
  - {id: 区属三级, area: "110000", kind: hospital, grade: 3A, rank: of_district}
  - {id: 社区, area: "110000", kind: community}
people:
"""
PEOPLE = {
    "working": "scheme: employee, status: working, from: 2015-01-01",
    "retired": "scheme: employee, status: retired, from: 2015-01-01",
    "flexible": "scheme: employee, status: working, class: flexible, from: 2015-01-01",
    "resident": "scheme: resident, from: 2015-01-01",
}


@pytest.fixture
def settle(tmp_path: Path) -> Settle:
    """Answers of steps for one person, by status or scheme."""

    def run(who: str, *steps: str, group: str = "") -> list[Answer]:
        groups = f"groups: [{{group: {group}, from: 2015-01-01}}], " if group else ""
        text = (
            f"{INSTITUTIONS}  - {{id: p, sex: female, birth: 1975-01-01, {groups}"
            f"enrolments: [{{{PEOPLE[who]}}}]}}\nsteps:\n"
        )
        file = tmp_path / "case.yaml"
        file.write_text(text + "".join(f"  - {step}\n" for step in steps), encoding="utf-8")
        return list(run_scenario(file))

    return run


def _outpatient(visit: str, year: int, institution: str, eligible: int) -> str:
    return (
        f"{{visit: {visit}, person: p, institution: {institution}, kind: outpatient, "
        f"on: {year}-06-01, total: {format_yuan(eligible, grouped=False)}}}"
    )


def _stay(visit: str, month: int, institution: str, eligible: int, year: int = 2025) -> str:
    return (
        f"{{visit: {visit}, person: p, institution: {institution}, kind: inpatient, "
        f"admitted: {year}-{month:02}-01, discharged: {year}-{month:02}-09, "
        f"total: {format_yuan(eligible, grouped=False)}}}"
    )


def test_bj01_a_year_of_outpatient_care(settle: Settle) -> None:
    case = CASES["BJ01"]
    inputs, expected = case["inputs"], case["expected"]
    (visit,) = settle("working", _outpatient("v", inputs["year"], "三级", inputs["eligible"]))
    assert (visit["deductible"], visit["fund"], visit["own"]) == (
        expected["deductible"],
        expected["fund"],
        expected["person"],
    )


def test_bj03_a_community_first_and_a_hospital_then(settle: Settle) -> None:
    case = CASES["BJ03"]
    expected = case["expected"]
    visits = settle(
        "working",
        *(
            _outpatient(f"v{number}", 2025, visit["class"], visit["eligible"])
            for number, visit in enumerate(case["inputs"]["visits"])
        ),
    )
    first, second = visits
    assert (first["fund"], second["fund"], first["own"] + second["own"]) == (
        expected["fund_first"],
        expected["fund_second"],
        expected["person"],
    )


@pytest.mark.parametrize("name", ["BJ04", "BJ06"])
def test_bj04_bj06_a_first_stay(settle: Settle, name: str) -> None:
    case = CASES[name]
    expected = case["expected"]
    (stay,) = settle(case["inputs"]["status"], _stay("v", 3, "三级", case["inputs"]["eligible"]))
    assert (stay["fund"], stay["own"]) == (expected["fund"], expected["person"])
    ratios = [step["amount"] for step in stay["steps"] if step["label"] == "报销比例"]
    assert not expected.get("ratio_bp") or ratios == expected["ratio_bp"]


def test_bj07_an_elder_resident(settle: Settle) -> None:
    case = CASES["BJ07"]
    expected, eligible = case["expected"], case["inputs"]["eligible"]
    group = case["inputs"]["person"]
    first, second = settle(
        "resident", _stay("v1", 3, "三级", eligible), _stay("v2", 5, "三级", eligible), group=group
    )
    (district,) = settle("resident", _stay("v", 3, "区属三级", eligible), group=group)
    assert (first["pooled"], first["own"]) == (expected["fund_first"], expected["person_first"])
    assert second["pooled"] == expected["fund_second"]
    assert district["pooled"] == expected["fund_district_level3"]


@pytest.mark.parametrize("year", [2023, 2024])
def test_bj09_the_outpatient_ceiling_of_residents(settle: Settle, year: int) -> None:
    case = CASES["BJ09"]
    (visit,) = settle("resident", _outpatient("v", year, "三级", case["inputs"]["eligible"]))
    assert visit["fund"] == case["expected"][f"fund_{year}"]
    assert visit["own"] == case["expected"].get(f"person_{year}", visit["own"])


def _prenatal(visit: str, year: int, cost: int) -> str:
    return (
        f"{{visit: {visit}, person: p, institution: 三级, kind: maternity, "
        f"on: {year}-06-01, total: {format_yuan(cost, grouped=False)}}}"
    )


def test_bj11_prenatal_care_in_two_bands(settle: Settle) -> None:
    case = CASES["BJ11"]
    small, large = case["inputs"]["cost"]
    (visit,) = settle("working", _prenatal("v", 2026, small))
    assert visit["fund"] == case["expected"]["fund_5000"]
    (visit,) = settle("working", _prenatal("v", 2026, large))
    assert visit["fund"] == case["expected"]["fund_40000"]


def test_bj12_prenatal_care_under_the_old_quota(settle: Settle) -> None:
    case = CASES["BJ12"]
    (visit,) = settle("working", _prenatal("v", 2025, case["inputs"]["cost"]))
    assert visit["fund"] == case["expected"]["fund"]


def test_elders_see_first_contact_first(settle: Settle) -> None:
    """O-BJ-49: without a family doctor nothing is paid before a first visit, from 2024 on."""
    direct = _outpatient("v", 2025, "三级", 200000)
    for group, steps, paid in (
        ("elder", direct, 0),
        ("elder", direct.replace("total", "referred: true, total"), 725_00),
        ("elder", direct.replace("total", "family_doctor: true, total"), 725_00),
        ("elder", direct.replace("2025", "2023"), 725_00),
        ("student_child", direct, 725_00),
    ):
        (visit,) = settle("resident", steps, group=group)
        assert visit["fund"] == paid


def test_every_case_has_its_test() -> None:
    text = Path(__file__).read_text(encoding="utf-8")
    assert [name for name in CASES if f'"{name}"' not in text] == []


def test_bj13_a_year_of_the_flexibly_employed(settle: Settle) -> None:
    case = CASES["BJ13"]
    months = case["inputs"]["months"]
    bills = settle(
        "flexible",
        *(
            f"ask: {{contribution: p, month: 2025-{month:02}, on: 2025-12-01}}"
            for month in range(1, 13)
        ),
    )
    assert [bill["due"] for bill in bills] == (
        [months["2025-01..06"]] * 6 + [months["2025-07..12"]] * 6
    )
    assert sum(bill["due"] for bill in bills) == case["expected"]["year"]
    (early,) = settle("flexible", "ask: {contribution: p, month: 2025-07, on: 2025-07-10}")
    assert early["due"] == months["2025-01..06"]  # published in September only


def test_bj14_the_printed_amount_of_2023(settle: Settle) -> None:
    (bill,) = settle("flexible", "ask: {contribution: p, month: 2023-09, on: 2023-09-10}")
    assert bill["due"] == CASES["BJ14"]["expected"]["month"]


def test_bj18_above_the_bands_the_major_illness_layer(settle: Settle) -> None:
    case = CASES["BJ18"]
    expected = case["expected"]
    (stay,) = settle("working", _stay("v", 3, "三级", case["inputs"]["eligible"]))
    later = next(
        step["amount"] for step in stay["steps"] if step["label"] == "大病年后支付"
    )  # O-BJ-83: once after the year, not at the visit
    assert (stay["pooled"], stay["upper"], later, stay["own"] - later) == (
        expected["basic_and_large"],
        0,
        expected["major"],
        expected["person"],
    )


def test_special_diseases_bear_one_deductible_in_360_days(tmp_path: Path) -> None:
    """O-BJ-58: as inpatient, 1,300 yuan once in a period of 360 days, bands within it."""
    file = tmp_path / "special.yaml"
    file.write_text(
        f"{INSTITUTIONS}  - {{id: p, sex: male, birth: 1975-01-01, "
        f"enrolments: [{{{PEOPLE['working']}}}]}}\n"
        "filings: [{person: p, kind: chronic, disease: dialysis, from: 2024-01-01}]\nsteps:\n"
        + "".join(
            f"  - {{visit: v{on}, person: p, institution: 三级, kind: chronic, "
            f"disease: dialysis, on: {on}, total: 20000}}\n"
            for on in ("2024-11-01", "2025-02-01", "2025-10-26", "2025-10-27")
        ),
        encoding="utf-8",
    )
    answers = list(run_scenario(file))
    assert [answer["deductible"] for answer in answers] == [1300_00, 0, 0, 1300_00]
    # 18,700 at 85%; 10,000 at 85% and as many at 90%; 20,000 at 95%; a new period
    assert [answer["pooled"] for answer in answers] == [1589500, 1750000, 1900000, 1589500]
