"""Rule shapes of ceilings and of amounts that are a group's: worked out by hand, in fen."""

from __future__ import annotations

import dataclasses

import pytest

from yibao.errors import RefusedError, UnsourcedError
from yibao.policy.compile import PolicyLibrary
from yibao.scenario.model import VisitStep
from yibao.scenario.read import read_scenario
from yibao.scenario.roads import run_through

from .life import check, live, scenario_file, visits


def test_shape_27_shared_ceilings(packs: PolicyLibrary) -> None:
    answers = visits(packs, "27_shared_ceilings")
    check(answers["stay"], de=200_00, pooled=4800_00, upper=0)  # 6000 x 80%
    # 600 x 50% = 300, 5000 - 4800 = 200 are left; 400 used, 200 x 90% from above.
    check(answers["clinic"], de=100_00, pooled=200_00, upper=180_00)
    check(answers["listed"], pooled=0, upper=90_00)  # nothing is left: 100 x 90%
    # The ceiling of 5000 is one of cost: 4800 x 80%; 1200 x 90%.
    check(answers["cost"], de=200_00, pooled=3840_00, upper=1080_00)
    check(answers["after_cost"], de=100_00, pooled=0, upper=180_00)  # 200 x 90%
    # 1966.67 x 50% = 983.34, a veteran's ceiling is 800; that alone sends nothing up.
    check(answers["group"], de=33_33, pooled=800_00, upper=0)
    # Of the cost 5000 - 800 are left: 4000 x 80%; 800 x 90%.
    check(answers["group_stay"], de=200_00, pooled=3200_00, upper=720_00)


def test_shape_22_benefit_years(packs: PolicyLibrary) -> None:
    answers = visits(packs, "22_benefit_year")
    # Until June the year is that of 2024: 40 of the deductible and 20 of the ceiling are left.
    check(answers["spring"], de=40_00, pooled=20_00)
    check(answers["summer"], de=100_00, pooled=100_00)  # 200 x 50%
    check(answers["march"], de=300_00, pooled=600_00)
    check(answers["april"], de=300_00, pooled=600_00)  # a year of its own from 1 April on
    check(answers["may"], de=0, pooled=780_00)
    worker, again, resident, later = (
        answer for answer in live(packs, "22_benefit_year") if "ask" in answer
    )
    assert (worker["outpatient_pooled"], again["outpatient_pooled"]) == (500_00, 100_00)
    # The stay that ended in April was admitted in the year before.
    assert (resident["admissions"], later["admissions"]) == (2, 1)
    assert (resident["inpatient_pooled"], later["inpatient_pooled"]) == (600_00, 1380_00)


def test_shape_23_ceilings_by_month(packs: PolicyLibrary) -> None:
    answers = visits(packs, "23_ceiling_by_month")
    check(answers["jan1"], pooled=200_00)  # 250 x 80%
    check(answers["jan2"], pooled=100_00)  # of 300 a month 100 are left
    check(answers["feb"], pooled=300_00)  # 400, a month later nothing is carried over
    check(answers["jan3"], pooled=200_00)  # the first of January was reversed
    check(answers["quarter1"], pooled=200_00)
    check(answers["quarter2"], pooled=100_00)
    check(answers["quarter3"], pooled=200_00)
    check(answers["student1"], pooled=200_00)  # 240, a student's ceiling is 200
    check(answers["veteran1"], de=20_00, pooled=80_00)  # 100 x 80%
    check(answers["veteran2"], de=250_00, pooled=600_00)
    check(answers["veteran3"], de=10_00, pooled=600_00)  # 1100 x 55% = 605, at most 600


def test_shape_24_formulas(packs: PolicyLibrary) -> None:
    in_window, late, clinic = live(packs, "24_formulas")
    assert in_window["due"] == 250_00  # 42133 x 0.57% = 240.16, at least 250
    # 60088 x 0.57% = 342.50 -> 343 and x 1.45% = 871.28 -> 871: late, so both.
    assert (late["due"], late["late"]) == (1214_00, True)
    check(clinic, pooled=501_00)  # 10010 x 5% = 500.50


def test_shape_25_ages_prescribers_and_unknown_lists(packs: PolicyLibrary) -> None:
    scenario = read_scenario(scenario_file("25_age_and_prescriber"))
    *known, unknown = scenario.steps
    of_known = dataclasses.replace(scenario, steps=tuple(known))
    answers = {
        answer["visit"]: answer
        for answer in (step.as_json() for step in run_through("engine", packs, of_known))
    }
    check(answers["worker1"], de=44_00, pooled=50_00)  # below the age line of 60
    check(answers["retiree1"], de=22_00, pooled=85_00)
    check(answers["worker2"], de=44_00, pooled=70_00)
    check(answers["young1"], de=44_00, pooled=80_00)
    check(answers["old1"], de=22_00, pooled=60_00)
    check(answers["old2"], de=22_00, pooled=55_00)
    check(answers["veteran1"], de=20_00, pooled=80_00)  # a group's own goes before
    check(answers["shop1"], de=20_00, pooled=80_00)
    of_unknown = dataclasses.replace(scenario, steps=(unknown,))
    with pytest.raises(UnsourcedError, match="disease_terms"):
        list(run_through("engine", packs, of_unknown))


def test_a_pharmacy_needs_to_know_who_prescribed(packs: PolicyLibrary) -> None:
    scenario = read_scenario(scenario_file("25_age_and_prescriber"))
    (bought,) = (
        step for step in scenario.steps if isinstance(step, VisitStep) and step.visit.id == "shop1"
    )
    untold = dataclasses.replace(
        bought, visit=dataclasses.replace(bought.visit, prescriber_tier=None)
    )
    with pytest.raises(RefusedError, match="请写开处方机构的价格类别"):
        list(run_through("engine", packs, dataclasses.replace(scenario, steps=(untold,))))


def test_shape_26_long_stays(packs: PolicyLibrary) -> None:
    answers = visits(packs, "26_long_stay")
    check(answers["ninety"], de=200_00, pooled=800_00)
    check(answers["more"], de=400_00, pooled=640_00)  # 91 days: twice 200
    check(answers["half_year"], de=900_00, pooled=600_00)  # 192 days: three times 300
