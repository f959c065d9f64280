"""What ends a run, and what never lets it begin."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest

from yibao.errors import InputError, RefusedError

Live = Callable[..., list[dict[str, Any]]]
Refused = Callable[..., tuple[list[dict[str, Any]], RefusedError]]

RESIDENT = """
- {id: r, sex: male, birth: 1980-01-01, enrolments: [{scheme: resident, from: 2017-01-01}]}
"""
VISIT = "- {visit: v1, person: r, institution: h3, kind: outpatient, on: 2025-03-01, total: 100}\n"


def test_lines_before_a_refusal_stand(live_until_refused: Refused) -> None:
    asked = "- ask: {contribution: r, year: 2027, on: 2026-10-01}\n"
    steps = VISIT + asked + VISIT.replace("v1", "v2")
    answers, error = live_until_refused(people=RESIDENT, steps=steps)
    assert [(each["visit"], each["fund"]) for each in answers] == [("v1", 60_00)]
    assert error.exit_code == 4


@pytest.mark.parametrize("step", [VISIT, "- ask: {contribution: r, year: 2025, on: 2024-12-20}\n"])
def test_an_area_without_a_pack_is_refused(live_until_refused: Refused, step: str) -> None:
    answers, error = live_until_refused(area="520100", people=RESIDENT, steps=step)
    assert answers == []
    assert error.exit_code == 3


def test_an_area_without_a_pack_is_refused_for_an_employee_too(live_until_refused: Refused) -> None:
    people = RESIDENT.replace("resident,", "employee, status: working,")
    for step in (VISIT, VISIT.replace("outpatient", "pharmacy, prescription: true")):
        answers, error = live_until_refused(area="520100", people=people, steps=step)
        assert answers == []
        assert error.exit_code == 3


def test_residents_of_beijing_without_a_group_are_not_billed(live_until_refused: Refused) -> None:
    """Beijing prints amounts by group only; no source says who is in which."""
    steps = "- ask: {contribution: r, year: 2026, on: 2025-12-20}"
    answers, error = live_until_refused(area="110000", people=RESIDENT, steps=steps)
    assert answers == []
    assert "resident.contribution.individual" in str(error)


def with_key(text: str) -> str:
    """The resident with one more key."""
    return RESIDENT.replace("enrolments", f"{text}, enrolments")


def line_of(live: Live, place: str, **blocks: str) -> None:
    with pytest.raises(InputError) as caught:
        live(**blocks)
    assert caught.value.exit_code == 2
    assert caught.value.place.startswith("life.yaml 第 ")
    assert place in caught.value.place


def test_a_group_that_no_pack_names(live: Live) -> None:
    people = with_key("groups: [{group: astronaut, from: 2024-01-01}]")
    line_of(live, "groups", people=people, steps=VISIT)


def test_a_disease_that_no_pack_names(live: Live) -> None:
    filing = "- {person: r, kind: chronic, disease: haemophilia, from: 2025-01-01}"
    line_of(live, "disease", people=RESIDENT, filings=filing, steps=VISIT)


def test_a_disease_of_the_accumulators_that_no_pack_names(live: Live) -> None:
    people = with_key("used: {year: 2025, chronic_pooled: {gout: 1}}")
    line_of(live, "gout", people=people, steps=VISIT)


def test_bad_input_later_in_the_file_lets_nothing_run(live: Live) -> None:
    line_of(live, "steps", people=RESIDENT, steps=VISIT + "- reverse: v9\n")


def test_a_visit_is_reversed_once(live: Live) -> None:
    line_of(live, "steps", people=RESIDENT, steps=VISIT + "- reverse: v1\n- reverse: v1\n")


def test_a_visit_is_reversed_after_it_happened(live: Live) -> None:
    line_of(live, "steps", people=RESIDENT, steps="- reverse: v1\n" + VISIT)


def test_a_year_paid_twice(live: Live) -> None:
    people = with_key("contributions: [{year: 2025, paid_on: 2024-12-20}]")
    steps = "- contribute: {person: r, year: 2025, paid_on: 2025-01-20}\n"
    line_of(live, "steps", people=people, steps=steps)


def test_a_disease_that_only_another_persons_area_names(live: Live) -> None:
    people = RESIDENT + (
        "- {id: b, sex: male, birth: 1980-01-01, enrolments:"
        ' [{scheme: employee, status: working, from: 2017-01-01, area: "110000"}]}'
    )
    filing = "- {person: b, kind: chronic, disease: nephrotic_syndrome, from: 2025-01-01}"
    line_of(live, "disease", people=people, filings=filing, steps=VISIT)


def test_a_retired_person_owes_no_contribution(live_until_refused: Refused) -> None:
    people = RESIDENT.replace("scheme: resident", "scheme: employee, status: retired")
    steps = "- ask: {contribution: r, month: 2025-03, on: 2025-03-05}"
    answers, error = live_until_refused(people=people, steps=steps)
    assert answers == []
    assert error.exit_code == 4


@pytest.mark.parametrize(
    ("scheme", "kind", "day"),
    [
        ("resident", "outpatient", "2023-12-31"),
        ("employee, status: working", "outpatient", "2022-06-30"),
        ("employee, status: working", "inpatient", "2022-06-30"),
    ],
)
def test_a_day_before_every_figure_is_refused(
    live_until_refused: Refused, scheme: str, kind: str, day: str
) -> None:
    people = RESIDENT.replace("scheme: resident", f"scheme: {scheme}")
    days = f"admitted: {day}, discharged: {day}" if kind == "inpatient" else f"on: {day}"
    step = VISIT.replace("kind: outpatient, on: 2025-03-01", f"kind: {kind}, {days}")
    answers, error = live_until_refused(people=people, steps=step)
    assert answers == []
    assert f"{kind}." in str(error)


def test_without_entitlement_no_figure_is_needed(live: Live) -> None:
    people = RESIDENT.replace("from: 2017-01-01", "from: 2024-01-01")
    done = live(people=people, steps=VISIT.replace("2025-03-01", "2023-12-31"))[0]
    assert (done["entitled"], done["fund"], done["cash"]) == (False, 0, 100_00)
