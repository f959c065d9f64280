"""The worked cases of Wuhan, Guangzhou and Shanghai, each through the road of ``yibao run``.

A case says what is eligible and what comes out; who is treated where and when stands here,
in words of a scenario.
"""

from __future__ import annotations

import datetime
from pathlib import Path
from typing import Any

import pytest
import yaml

from yibao.benefit.functions.deductible import deductible_times
from yibao.errors import RefusedError
from yibao.library import run_scenario
from yibao.policy.compile import PolicyLibrary
from yibao.policy.days import day_number
from yibao.policy.keys import KIND_INPATIENT, MEMBER_WORKING

Answer = dict[str, Any]
HERE = Path(__file__).parent
CASES: dict[str, dict[str, Any]] = {
    case["id"]: case
    for city in ("wuhan", "guangzhou", "shanghai")
    for case in yaml.safe_load((HERE / f"cases_{city}.yaml").read_text(encoding="utf-8"))["cases"]
}
AREAS = {"WH": "420100", "GZ": "440100", "SH": "310000"}


def yuan(fen: int) -> str:
    return f"{fen // 100}.{fen % 100:02}"


def live(name: str, folder: Path, people: list[str], steps: list[str]) -> list[Answer]:
    """The answers to a scenario in the city of the case."""
    area = AREAS[name[:2]]
    lines = [
        f'area: "{area}"',
        "institutions:",
        *(
            f'  - {{id: h{level}, area: "{area}", kind: hospital, grade: {level}A}}'
            for level in "123"
        ),
        f'  - {{id: clinic, area: "{area}", kind: community}}',
        "people:",
        *(
            f"  - {{sex: male, {'' if 'birth' in person else 'birth: 1980-01-01, '}{person}}}"
            for person in people
        ),
        "steps:",
        *(f"  - {{{step}}}" for step in steps),
    ]
    scenario = folder / f"{name}.yaml"
    scenario.write_text("\n".join(lines), encoding="utf-8")
    return list(run_scenario(scenario))


WORKER = "id: worker, enrolments: [{scheme: employee, status: working, from: 2015-01-01}]"
RETIREE = "id: retiree, enrolments: [{scheme: employee, status: retired, from: 2015-01-01}]"
FLEXIBLE = (
    "id: flexible, enrolments: "
    "[{scheme: employee, status: working, class: flexible, from: 2015-01-01}]"
)
RESIDENT = "id: resident, enrolments: [{scheme: resident, from: 2010-01-01}]"


def clinic(name: str, person: str, at: str, on: str, fen: int) -> str:
    return (
        f"visit: {name}, person: {person}, institution: {at}, kind: outpatient, on: {on},"
        f" total: {yuan(fen)}"
    )


def stay(name: str, person: str, at: str, admitted: str, discharged: str, fen: int) -> str:
    return (
        f"visit: {name}, person: {person}, institution: {at}, kind: inpatient,"
        f" admitted: {admitted}, discharged: {discharged}, total: {yuan(fen)}"
    )


def amounts(answers: list[Answer], name: str = "fund") -> list[int]:
    return [answer[name] for answer in answers]


# --- Wuhan -----------------------------------------------------------------------------------


def test_wuhan_outpatient_before_and_after_april_2023(tmp_path: Path) -> None:
    case = CASES["WH02"]
    eligible, expected = case["inputs"]["eligible"], case["expected"]
    before = live("WH02", tmp_path, [WORKER], [clinic("v", "worker", "h3", "2023-03-10", eligible)])
    after = live("WH02", tmp_path, [WORKER], [clinic("v", "worker", "h3", "2023-05-10", eligible)])
    assert amounts(before) == [expected["fund_2023_03"]]
    assert amounts(after) == [expected["fund_2023_05"]]


def test_wuhan_stays_of_workers_and_retirees(tmp_path: Path) -> None:
    case = CASES["WH04"]
    eligible, expected = case["inputs"]["eligible"], case["expected"]
    steps = [
        stay(who, who, "h3", "2024-03-01", "2024-03-09", eligible) for who in ("worker", "retiree")
    ]
    assert amounts(live("WH04", tmp_path, [WORKER, RETIREE], steps)) == [
        expected["working"],
        expected["retired"],
    ]


def test_wuhan_ceiling_is_one_of_cost(tmp_path: Path) -> None:
    case = CASES["WH06"]
    steps = [stay("v", "worker", "h3", "2024-03-01", "2024-03-09", case["inputs"]["eligible"])]
    (visit,) = live("WH06", tmp_path, [WORKER], steps)
    assert visit["pooled"] == case["expected"]["pooled"]
    assert visit["upper"] == case["expected"]["large_amount"]
    assert visit["fund"] == case["expected"]["fund"]


def test_wuhan_page_that_is_wrong(tmp_path: Path) -> None:
    case = CASES["WH07"]
    eligible, expected = case["inputs"]["eligible"], case["expected"]
    after, before = (
        live("WH07", tmp_path, [RETIREE], [clinic("v", "retiree", "h1", day, eligible)])
        for day in ("2024-05-10", "2023-03-10")
    )
    assert amounts(after) == [expected["fund"]]
    assert amounts(before) == [expected["fund_2023_03"]]


def test_wuhan_premium_of_residents(tmp_path: Path) -> None:
    (bill,) = live(
        "WH08", tmp_path, [RESIDENT], ["ask: {contribution: resident, year: 2020, on: 2019-12-01}"]
    )
    assert bill["due"] == CASES["WH08"]["expected"]["due"]


# --- Guangzhou -------------------------------------------------------------------------------


def test_guangzhou_outpatient_of_2023(tmp_path: Path) -> None:
    case = CASES["GZ02"]
    eligible, expected = case["inputs"]["eligible"], case["expected"]
    steps = [
        clinic(at, "worker", at, "2023-03-10", eligible) for at in ("clinic", "h1", "h2", "h3")
    ]
    assert amounts(live("GZ02", tmp_path, [WORKER], steps)) == [
        *[expected["primary"]] * 2,
        *[expected["other"]] * 2,
    ]
    essential = f"items: [{{class: A, amount: {eligible // 100}, group: essential_drug}}]"
    drugs = "visit: drugs, person: worker, institution: clinic, kind: outpatient, on: 2023-03-10"
    assert amounts(live("GZ02", tmp_path, [WORKER], [f"{drugs}, {essential}"])) == [
        expected["primary_essential_drug"]
    ]


def test_guangzhou_outpatient_year(tmp_path: Path) -> None:
    case = CASES["GZ03"]
    steps = [clinic("v", "worker", "h3", "2023-03-10", case["inputs"]["eligible"])]
    (visit,) = live("GZ03", tmp_path, [WORKER], steps)
    assert (visit["fund"], visit["own"]) == (case["expected"]["fund"], case["expected"]["person"])


def test_guangzhou_outpatient_by_month(tmp_path: Path) -> None:
    case = CASES["GZ05"]
    steps = [
        clinic(f"v{month}", "worker", "clinic", f"2022-0{month}-10", eligible)
        for month, eligible in enumerate(case["inputs"]["months"], start=7)
    ]
    assert sum(amounts(live("GZ05", tmp_path, [WORKER], steps))) == case["expected"]["fund"]


def test_guangzhou_outpatient_by_referral_until_december_2022(tmp_path: Path) -> None:
    """O-GZ-07: 45 without a referral and 55 with one, 300 a month; from December no referral."""
    sent = "id: sent, groups: [{group: sent_on, from: 2020-01-01}], " + WORKER.partition(", ")[2]
    steps = [
        clinic("own", "worker", "h3", "2022-05-10", 40_000),
        clinic("sent", "sent", "h3", "2022-05-10", 40_000),
        clinic("more", "sent", "h3", "2022-05-20", 40_000),
        clinic("later", "sent", "h3", "2023-05-10", 40_000),
    ]
    answers = live("GZ05", tmp_path, [WORKER, sent], steps)
    assert amounts(answers) == [18_000, 22_000, 8_000, 26_000]


def test_guangzhou_stays_leave_out_a_layer_without_terms(tmp_path: Path) -> None:
    case = CASES["GZ06"]
    eligible, expected = case["inputs"]["eligible"], case["expected"]
    steps = [
        stay(who, who, "h3", "2024-03-01", "2024-03-09", eligible) for who in ("worker", "retiree")
    ]
    answers = live("GZ06", tmp_path, [WORKER, RETIREE], steps)
    assert amounts(answers) == [expected["working"], expected["retired"]]
    assert all(answer["unknown"] == ["upper"] for answer in answers)


def test_guangzhou_long_stay_bears_the_deductible_again() -> None:
    library = PolicyLibrary.load()
    rules = library.rulebook("440100").segment(day_number(datetime.date(2023, 6, 1)))
    first = day_number(datetime.date(2023, 2, 1))
    assert deductible_times(rules.rules, KIND_INPATIENT, MEMBER_WORKING, 0, first, first + 90) == 1
    assert deductible_times(rules.rules, KIND_INPATIENT, MEMBER_WORKING, 0, first, first + 91) == 2


def test_guangzhou_flexible_year(tmp_path: Path) -> None:
    case = CASES["GZ09"]
    asked = ("month: 2024-02", "month: 2024-03", "month: 2024-01, months: 12")
    steps = [f"ask: {{contribution: flexible, {period}, on: 2024-12-01}}" for period in asked]
    assert amounts(live("GZ09", tmp_path, [FLEXIBLE], steps), "due") == [
        case["expected"][name] for name in ("jan_feb", "mar_dec", "year")
    ]


# --- Shanghai --------------------------------------------------------------------------------


def test_shanghai_outpatient(tmp_path: Path) -> None:
    case = CASES["SH01"]
    steps = [clinic("v", "worker", "h3", "2024-09-10", case["inputs"]["eligible"])]
    (visit,) = live("SH01", tmp_path, [WORKER], steps)
    assert (visit["fund"], visit["own"]) == (case["expected"]["fund"], case["expected"]["person"])


def test_shanghai_medical_year_begins_in_july(tmp_path: Path) -> None:
    case = CASES["SH03"]
    steps = [
        clinic(f"v{number}", "worker", "h3", visit["date"], visit["eligible"])
        for number, visit in enumerate(case["inputs"]["visits"])
    ]
    assert sum(amounts(live("SH03", tmp_path, [WORKER], steps))) == case["expected"]["fund"]


def test_shanghai_deductible_of_the_medical_year(tmp_path: Path) -> None:
    case = CASES["SH04"]
    first, second = case["inputs"]["eligible"]
    steps = [
        stay("a", "worker", "h3", "2024-11-01", "2024-11-09", first),
        stay("b", "worker", "h3", "2025-03-01", "2025-03-09", second),
    ]
    assert amounts(live("SH04", tmp_path, [WORKER], steps)) == [
        case["expected"]["fund_first"],
        case["expected"]["fund_second"],
    ]


def test_shanghai_stays_of_residents_by_age(tmp_path: Path) -> None:
    case = CASES["SH07"]
    people = [
        RESIDENT.replace("resident,", f"{name}, birth: {birth},", 1)
        for name, birth in (("old", "1958-06-01"), ("mid", "1983-06-01"))
    ]
    eligible = case["inputs"]["eligible"]
    steps = [stay(who, who, "h2", "2024-03-01", "2024-03-09", eligible) for who in ("old", "mid")]
    assert amounts(live("SH07", tmp_path, people, steps)) == [
        case["expected"]["fund_65"],
        case["expected"]["fund_40"],
    ]


def test_shanghai_contributions(tmp_path: Path) -> None:
    case = CASES["SH08"]
    base = yuan(case["inputs"]["base"])
    steps = [
        f"ask: {{contribution: {who}, month: 2025-02, base: {base}, on: 2025-02-10}}"
        for who in ("worker", "flexible")
    ]
    worker, flexible = live("SH08", tmp_path, [WORKER, FLEXIBLE], steps)
    assert worker["employer"] == case["expected"]["employer"]
    assert (worker["due"], flexible["due"]) == (
        case["expected"]["individual"],
        case["expected"]["flexible"],
    )


def test_shanghai_pharmacies_are_paid_as_who_prescribed(tmp_path: Path) -> None:
    scenario = tmp_path / "pharmacy.yaml"
    scenario.write_text(
        f"""area: "310000"
institutions: [{{id: shop, area: "310000", kind: pharmacy}}]
people: [{{sex: male, birth: 1980-01-01, {WORKER}}}]
steps:
  - {{visit: first, person: worker, institution: shop, kind: pharmacy, on: 2024-09-01, total: 1500,
     prescription: true, prescriber_tier: "3"}}
  - {{visit: second, person: worker, institution: shop, kind: pharmacy, on: 2024-09-02, total: 1000,
     prescription: true, prescriber_tier: "1"}}
  - {{visit: untold, person: worker, institution: shop, kind: pharmacy, on: 2024-09-03, total: 1000,
     prescription: true}}
""",
        encoding="utf-8",
    )
    answers = run_scenario(scenario)
    assert next(answers)["fund"] == 800_00  # (1500 - 500) x 80%: level one
    assert next(answers)["fund"] == 700_00  # 1000 x 70%: level three
    with pytest.raises(RefusedError, match="请写开处方机构的价格类别"):
        next(answers)
