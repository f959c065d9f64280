"""Kinds of clinics and hospitals, ways a pregnancy ends, a layer by disease, an unsure ceiling."""

from __future__ import annotations

import dataclasses

import pytest

from yibao.errors import UnsourcedError
from yibao.policy.compile import PolicyLibrary
from yibao.scenario.read import read_scenario
from yibao.scenario.roads import run_through

from .life import Answer, check, scenario_file

SCENARIO = "29_kinds_of_places"


@pytest.fixture(scope="module")
def answers(packs: PolicyLibrary) -> dict[str, Answer]:
    """All visits but the last, which is refused."""
    scenario = read_scenario(scenario_file(SCENARIO))
    known = dataclasses.replace(scenario, steps=scenario.steps[:-1])
    settled = (step.as_json() for step in run_through("engine", packs, known))
    return {answer["visit"]: answer for answer in settled}


def test_shape_29_a_village_has_no_deductible_and_adds_none(
    answers: dict[str, Answer],
) -> None:
    check(answers["centre"], de=100_00, pooled=70_00)  # as class 3
    check(answers["village"], de=0, pooled=160_00)  # as a class of its own: 80%
    check(answers["hospital"], de=200_00, pooled=150_00)  # 300 less the 100 of the centre


def test_shape_29_hospitals_of_one_kind(answers: dict[str, Answer]) -> None:
    check(answers["long"], de=400_00, pooled=800_00)  # 95 days: twice
    check(answers["lungs"], de=200_00, pooled=800_00)
    check(answers["lungs_longer"], de=400_00, pooled=800_00)  # 186 days: twice
    check(answers["minds"], de=0, pooled=800_00)
    assert "免起付" in [step["label"] for step in answers["minds"]["steps"]]


def test_shape_29_how_a_pregnancy_ends(answers: dict[str, Answer]) -> None:
    check(answers["assisted"], pooled=5200_00)
    check(answers["lost"], pooled=1885_00)
    check(answers["lost_by_drug"], pooled=1695_00)  # not written: as a miscarriage
    check(answers["lost_outside"], pooled=859_00)
    check(answers["lost_by_drug_outside"], pooled=560_00)


def test_shape_29_a_layer_by_disease(answers: dict[str, Answer]) -> None:
    check(answers["listed"], pooled=2400_00, upper=480_00)  # 60% of 800
    check(answers["unlisted"], pooled=2400_00, upper=0)
    check(answers["poor1"], pooled=2400_00, upper=520_00)  # 65%
    check(answers["poor2"], pooled=2400_00, upper=520_00)


def test_shape_29_cover_begins_with_school(answers: dict[str, Answer]) -> None:
    check(answers["before_school"], pooled=0)  # not yet paid
    check(answers["at_school"], pooled=70_00)
    check(answers["no_pupil"], pooled=0)


def test_shape_29_a_ceiling_of_which_only_a_lower_bound_is_known(
    packs: PolicyLibrary, answers: dict[str, Answer]
) -> None:
    """Below it a visit is settled; what would be cut is refused by the ceiling's name."""
    check(answers["large"], de=200_00, pooled=71840_00)
    with pytest.raises(UnsourcedError, match=r"employee\.inpatient\.annual_ceiling"):
        list(run_through("engine", packs, read_scenario(scenario_file(SCENARIO))))
