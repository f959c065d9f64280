"""A fact is written once: three that no rule looks at yet travel on every road."""

from __future__ import annotations

import datetime
import re
from pathlib import Path
from typing import Any

import msgspec
import pytest

from yibao import library
from yibao.benefit.described import facts_of
from yibao.benefit.facts import Enrolment, Visit
from yibao.columns.schema import COLUMNS
from yibao.database.named import named, typed
from yibao.gateway import visiting
from yibao.inquiry.asking import ask
from yibao.inquiry.calculators import Context, all_calculators
from yibao.inquiry.question import QUESTION
from yibao.inquiry.schemas import input_schema
from yibao.policy.compile import PolicyLibrary
from yibao.scenario import engine
from yibao.scenario.model import VisitStep
from yibao.scenario.read import scenario_from_text

SOURCE = Path(__file__).resolve().parents[1] / "src" / "yibao"
NEW = {"referred": (Visit, True), "prescriber_tier": (Visit, "2"), "plan": (Enrolment, "second")}
MOST_FILES = 5
TODAY = datetime.date(2025, 6, 10)
LIFE = """
area: "140100"
people:
  - id: li
    sex: female
    birth: 1980-01-01
    enrolments: [{{scheme: employee, status: working, from: 2020-01-01{enrolment}}}]
institutions: [{{id: p1, area: "140100", kind: pharmacy}}]
steps:
  - {{visit: v1, person: li, institution: p1, kind: pharmacy, on: 2025-06-10, total: 260.00{visit}}}
"""


@pytest.mark.parametrize("name", NEW)
def test_a_new_fact_touches_few_files(name: str) -> None:
    """Packs and texts do not count: they are what a fact is for, and what it is called."""
    word = re.compile(rf"\b{name}\b")
    sources = (
        path
        for path in SOURCE.rglob("*")
        if path.suffix in (".py", ".html", ".yaml", ".css")
        and "packs" not in path.relative_to(SOURCE).parts
    )
    files = [
        path.relative_to(SOURCE).as_posix()
        for path in sources
        if word.search(path.read_text(encoding="utf-8"))
    ]
    assert "benefit/facts.py" in files
    assert len(files) <= MOST_FILES, files


def _life(**facts: Any) -> str:
    written = {Visit: "", Enrolment: ""}
    for name, value in facts.items():
        text = "true" if value is True else value
        written[NEW[name][0]] += f", {name}: {text}"
    return LIFE.format(visit=written[Visit], enrolment=written[Enrolment])


GIVEN = {name: value for name, (_, value) in NEW.items()}


def test_a_scenario_reads_them_and_no_figure_changes(packs: PolicyLibrary) -> None:
    plain, told = (scenario_from_text(text, "life.yaml") for text in (_life(), _life(**GIVEN)))
    (step,) = told.steps
    assert isinstance(step, VisitStep)
    assert (step.visit.referred, step.visit.prescriber_tier) == (True, "2")
    assert told.people["li"].enrolments[0].plan == "second"
    assert list(engine.run(packs, told)) == list(engine.run(packs, plain))


def test_a_stored_visit_keeps_them(packs: PolicyLibrary) -> None:
    (step,) = scenario_from_text(_life(**GIVEN), "life.yaml").steps
    assert isinstance(step, VisitStep)
    document = msgspec.json.decode(msgspec.json.encode(named(step.visit)))
    assert Visit(**typed(document, Visit)) == step.visit


@pytest.mark.parametrize("name", NEW)
def test_every_description_has_them(packs: PolicyLibrary, name: str) -> None:
    described, value = NEW[name]
    fact = facts_of(described)[name]
    assert QUESTION[name].title == fact.title
    assert (
        str(fact.help)
        in input_schema(all_calculators(packs)["visit"])["properties"][name]["description"]
    )
    assert COLUMNS[name].choices == fact.choices
    if described is Visit:
        assert visiting.extension_key(fact) == f"YIBAO_{name.upper()}"
    assert fact.chosen(value) == value


def test_a_page_and_a_program_may_say_them(packs: PolicyLibrary) -> None:
    calculator = all_calculators(packs)["visit"]
    body = {
        "scheme": "employee",
        "kind": "pharmacy",
        "total": "260",
        "on": "2025-06-10",
        "prescription": True,
    }
    context = Context(packs, TODAY, include=frozenset())
    plain, told = (ask(context, calculator, said) for said in (body, {**body, **GIVEN}))
    page = told.pop("page")
    assert all(f"{name}=" in page for name in NEW)
    del plain["page"]
    assert told == plain


def test_the_library_takes_them_by_name() -> None:
    care = library.visit("pharmacy", TODAY, total=100, referred=True, prescriber_tier="1")
    assert (care.referred, care.prescriber_tier) == (True, "1")
    assert library.person("140100", "resident", plan="second").enrolments[0].plan == "second"
