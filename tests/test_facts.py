"""A fact is written once: three that no rule looks at yet travel on every road."""

from __future__ import annotations

import ast
import dataclasses
import datetime
import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import msgspec
import pytest

from yibao import library
from yibao.benefit.described import Composite, facts_of
from yibao.benefit.facts import (
    Carried,
    EmployeeContribution,
    Enrolment,
    Filing,
    Grant,
    GroupMembership,
    Institution,
    Item,
    Person,
    ResidentContribution,
    Used,
    Visit,
)
from yibao.cli.facts import asked
from yibao.columns.schema import COLUMNS, ITEM_COLUMNS, ITEM_FACT_COLUMNS, arrow_type
from yibao.database.named import named, typed
from yibao.errors import InputError
from yibao.gateway import visiting
from yibao.inquiry import asked as questions
from yibao.inquiry.asking import ask
from yibao.inquiry.calculators import Context, all_calculators
from yibao.inquiry.fact_fields import field_of
from yibao.inquiry.fields import all_fields
from yibao.inquiry.filling import read, read_json, shared
from yibao.inquiry.notation import NOTATIONS
from yibao.inquiry.question import ITEM_LINE, QUESTION, USED_AMOUNT, read_parts
from yibao.inquiry.schemas import body_schema, input_schema
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
    assert all(f"{name}=" in told.page for name in NEW)
    assert msgspec.structs.replace(told, page=plain.page) == plain


def test_the_library_takes_them_by_name() -> None:
    care = library.visit("pharmacy", TODAY, total=100, referred=True, prescriber_tier="1")
    assert (care.referred, care.prescriber_tier) == (True, "1")
    assert library.person("140100", "resident", plan="second").enrolments[0].plan == "second"


# --- the scenario reader and the columns: whatever is described, and nothing else --------------

WRITTEN: dict[type, tuple[str, dict[str, str]]] = {
    Enrolment: (
        "people[0].enrolments[0]",
        {"scheme": "employee", "status": "working", "class": "flexible", "plan": "second"},
    ),
    GroupMembership: ("people[0].groups[0]", {"group": "low_income"}),
    ResidentContribution: (
        "people[1].contributions[0]",
        {"year": "2025", "paid_on": "2024-11-01"},
    ),
    EmployeeContribution: (
        "people[0].contributions[0]",
        {"month": "2025-01", "base": "4000.00", "paid_on": "2025-01-10"},
    ),
    Grant: (
        "grants[0]",
        {"grantor": "li", "grantee": "wang", "relation": "spouse", "limit": "50.00"},
    ),
    Filing: ("filings[0]", {"person": "li", "kind": "long_stay", "care_area": '"310100"'}),
    Item: (
        "steps[0].items[0]",
        {"class": "B", "amount": "9.00", "upfront": "10", "limit": "8.00", "kind": "service"},
    ),
}
"""What a file writes of each class, beside ``from``, ``to`` and ``area`` (``ALSO``)."""
ALSO = {"from": "2020-01-01", "to": "2029-12-31", "area": '"140100"'}


def _told(described: type) -> dict[str, str]:
    keys = {fact.scenario_key for fact in facts_of(described).values()}
    also = {key: text for key, text in ALSO.items() if key in keys}
    return {**WRITTEN[described][1], **also}


def _whole_life() -> str:
    parts = {
        described.__name__: "{" + ", ".join(f"{key}: {text}" for key, text in told.items()) + "}"
        for described, told in ((described, _told(described)) for described in WRITTEN)
    }
    return """
area: "140100"
people:
  - {{id: li, sex: female, birth: 1980-01-01, groups: [{GroupMembership}],
     enrolments: [{Enrolment}], contributions: [{EmployeeContribution}]}}
  - {{id: wang, sex: male, birth: 1980-01-01, enrolments: [{{scheme: resident, from: 2020-01-01}}],
     contributions: [{ResidentContribution}]}}
institutions: [{{id: h, area: "140100", kind: hospital, price_class: 1}}]
grants: [{Grant}]
filings: [{Filing}]
steps:
  - {{visit: v1, person: li, institution: h, kind: outpatient, on: 2025-06-10, items: [{Item}]}}
""".format(**parts)


def test_a_scenario_reads_every_fact_of_every_class() -> None:
    life = scenario_from_text(_whole_life(), "life.yaml")
    (step,) = life.steps
    assert isinstance(step, VisitStep)
    li, wang = life.people["li"], life.people["wang"]
    assert li.contributions_employee is not None
    assert wang.contributions_resident is not None
    read = (
        *(li.enrolments[0], li.groups[0], li.contributions_employee[0]),
        *(wang.contributions_resident[0], life.grants[0], life.filings[0], step.visit.items[0]),
    )
    assert {type(record) for record in read} == set(WRITTEN)
    for record in read:
        for fact in facts_of(type(record)).values():
            written = fact.scenario_key in _told(type(record))
            assert (getattr(record, fact.name) != fact.default) == written, fact
        assert set(facts_of(type(record))) == {field.name for field in dataclasses.fields(record)}


@pytest.mark.parametrize("described", WRITTEN, ids=lambda described: described.__name__)
def test_a_scenario_refuses_what_no_fact_is_called(described: type) -> None:
    text = _whole_life()
    first = next(iter(WRITTEN[described][1].items()))
    wrong = text.replace(f"{{{first[0]}: {first[1]}", f"{{shade: grey, {first[0]}: {first[1]}", 1)
    with pytest.raises(InputError, match=re.escape(WRITTEN[described][0])):
        scenario_from_text(wrong, "life.yaml")


USED_IN_FEN = [name for name, fact in facts_of(Used).items() if fact.kind == "fen"]
COLUMN_OF: list[tuple[type, str, str]] = [
    *((Used, name, f"used_{name}_fen") for name in USED_IN_FEN),
    (Used, "admissions", "used_admissions"),
    *((Carried, name, f"used_{name}_fen") for name in facts_of(Carried) if "balance" not in name),
    (Carried, "balance", "balance_fen"),
    (Carried, "grantor_balance", "grantor_balance_fen"),
    (Filing, "kind", "filing_kind"),
    (Filing, "care_area", "institution_area"),
    (Grant, "relation", "relation"),
    (Grant, "limit", "grant_limit_fen"),
    (Person, "sex", "sex"),
    (Person, "birth", "birth_day"),
    (GroupMembership, "group", "groups"),
    (Enrolment, "scheme", "scheme"),
    (Enrolment, "status", "status"),
    (Institution, "kind", "institution_kind"),
    (Item, "upfront", "class_b_upfront_basis_points"),
    (Item, "kind", "class_b_kind"),
]


@pytest.mark.parametrize(("described", "name", "column"), COLUMN_OF)
def test_a_column_says_what_its_fact_says(described: type, name: str, column: str) -> None:
    fact = facts_of(described)[name]
    assert str(fact.title) in COLUMNS[column].meaning
    assert set(COLUMNS[column].choices) <= set(fact.choices)
    assert COLUMNS[column].most == fact.most


def test_every_fact_of_an_item_is_a_column() -> None:
    assert list(ITEM_FACT_COLUMNS) == list(facts_of(Item))
    for name, fact in facts_of(Item).items():
        column = ITEM_FACT_COLUMNS[name]
        assert ITEM_COLUMNS[column.name] == column
        assert column.choices == fact.choices
        assert str(fact.title) in column.meaning


def test_what_is_written_has_the_columns_that_are_read() -> None:
    """A state, an export and the items of the batch road are in the types of the input."""
    from yibao.columns.write.state import STATE_SCHEMA
    from yibao.export.store import _schema
    from yibao.scenario.batch import _item_schema

    for schema, columns in (
        (STATE_SCHEMA, COLUMNS),
        (_schema(), COLUMNS),
        (_item_schema(), ITEM_COLUMNS),
    ):
        for field in schema:
            if not field.name.startswith("x_"):
                assert field.type == arrow_type(columns[field.name]), field.name


# --- pages, commands and programs ask what is described ------------------------------------------

QUESTIONS = {
    "paid": questions.PAID,
    "contribute": questions.CONTRIBUTION,
    "cover": questions.COVER,
    "aid": questions.AID,
    "retire": questions.RETIREMENT,
    "maternity": questions.ALLOWANCE,
}
COMMANDS = ("quote", "compare", "maternity", "contribute", "cover", "aid", "retire")
BY_HAND = {
    "inquiry/calculators/care_inputs.py": {"where", "bill", "institution"},
    "inquiry/calculators/cover.py": {"history"},
    "inquiry/calculators/maternity.py": {"event"},
    "api/conduct.py": {"hits"},
    "api/granting.py": {"committed"},
    "api/imports.py": {"name", "content", "mapping", "kind", "write", "encoding"},
    "api/counter/drugs.py": {"disease", "medicine"},
    "api/counter/subsidies.py": {"year"},
    "api/counter/allowances.py": {"average"},
    "api/counter/deciding.py": {"name", "earlier_months", "deemed_months"},
    "api/counter/enrolling.py": {"reason", "shown", "paid_by"},
    "api/counter/inputs.py": {"route", "group", "relative", "shown"},
    "api/counter/operations.py": {"preview"},
    "api/counter/moving.py": {
        *("why", "heirless", "year", "amount", "ground", "way", "instalments"),
    },
    "api/counter/paying.py": {"period", "way", "reference", "amount"},
    "api/counter/registering.py": {"name"},
    "api/informing.py": {"once"},
    "api/moving.py": {"key", "file"},
    "api/signing_up.py": {
        *("whose", "name", "guardian", "guardian_number", "phone", "once"),
        *("receipt", "code", "login", "password"),
    },
    "inquiry/claiming.py": {
        *("care", "reason", "institution_name", "institution", "area", "start", "end"),
        *("code", "number", "issued", "total", "third_party", "liable", "note"),
        *("holder", "bank", "account", "more_receipts", "other_paid", "day", "amount"),
        *("lines", "line", "decision", "accepted_amount", "basis"),
    },
    "portal/own/filing.py": {"action", "shown"},
    "inquiry/employer_forms.py": {"area", "code", "kind", "name"},
    "inquiry/clearing_forms.py": {
        *("institution", "name", "area", "kind", "start", "end", "last_day"),
        *("retained_share", "advance_share", "apply_by_day", "pay_days", "appeal_days"),
        *("return_rule", "budget", "move", "reason", "amount", "confirmed"),
        *("year", "score", "decided", "method", "coefficient"),
    },
    "inquiry/clearing_between.py": {"other_area", "month", "move"},
    "inquiry/clearing_goods.py": {
        *("institution", "maker", "maker_name", "number", "goods_kind", "accepted_on"),
        *("file", "move"),
    },
    "inquiry/clearing_points.py": {
        *("period", "method", "budget", "low_below", "high_above", "file", "preview"),
    },
    "inquiry/catalogue_files.py": {"start", "whole", "file", "preview"},
    "inquiry/fund_budget.py": {
        *("file", "scheme", "amount", "part", "year", "item", "reason"),
    },
    "inquiry/price_files.py": {"file", "preview", "decision", "reason"},
    "portal/own/sharing.py": {"action"},
}
"""What only a form asks: which of several questions it is, that papers were shown, and what
stands on a receipt or in an agreement."""


def _typed(path: Path, maker: str) -> Iterator[str]:
    """The names that a file gives to inputs or options which it makes itself."""
    for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
        if isinstance(node, ast.Call) and isinstance(node.func, ast.Name):
            first = node.args[0] if node.args else None
            if node.func.id == maker and isinstance(first, ast.Constant):
                yield str(first.value)


def test_no_page_types_a_fact_again() -> None:
    rooms = ("inquiry", "api", "portal")
    for path in sorted(path for room in rooms for path in (SOURCE / room).rglob("*.py")):
        place = path.relative_to(SOURCE).as_posix()
        assert set(_typed(path, "Field")) == BY_HAND.get(place, set()), place


def test_no_command_types_a_fact_again() -> None:
    for path in sorted((SOURCE / "cli").glob("*.py")):
        source = path.read_text(encoding="utf-8")
        if path.stem in (*COMMANDS, "care", "facts"):
            assert list(_typed(path, "Option")) == [], path.name
            assert path.stem in ("care", "facts", "compare") or "asked" in source, path.name


@pytest.mark.parametrize("name", QUESTIONS)
def test_every_fact_of_a_question_is_asked_everywhere(name: str) -> None:
    """An option, an input and a schema for each, with the choices and bounds of its fact."""
    facts = QUESTIONS[name]
    options = {declared.name: declared for declared in asked(facts).options}
    inputs = [field_of(fact) for fact in facts.values() if fact.kind in NOTATIONS]
    properties = body_schema(inputs)["properties"]
    for fact in facts.values():
        assert str(fact.title) in str(options[fact.name].declaration.help)
        if fact.kind in NOTATIONS:
            assert str(fact.title) in properties[fact.name]["description"]
        if fact.choices:
            assert properties[fact.name]["enum"] == list(fact.choices)


@pytest.mark.parametrize("composite", [ITEM_LINE, USED_AMOUNT, questions.PAYMENT])
def test_a_text_of_several_facts_is_read_by_their_descriptions(
    composite: Composite, packs: PolicyLibrary
) -> None:
    """Its example says what its facts say; a part that is none of them is refused."""
    example = str(composite.example).partition("（")[0]
    said = {"scheme": "resident"}
    values = read_parts(packs, composite, example, "", said)
    facts = {fact.name: fact for fact in composite.facts}
    assert values
    assert set(values) <= set(facts)
    assert {name for name, fact in facts.items() if fact.required and fact.applies(said)} <= set(
        values
    )
    with pytest.raises(InputError):
        read_parts(packs, composite, f"{example}{composite.separator}nothing=1", "--x", said)


def test_a_form_and_a_json_object_meet_in_the_same_values(packs: PolicyLibrary) -> None:
    inputs = all_calculators(packs)["visit"].inputs
    form = {"kind": "inpatient", "total": "8,000.50元", "on": "2025-06-10", "emergency": "1"}
    body = {"kind": "inpatient", "total": "8000.50", "on": "2025-06-10", "emergency": True}
    readings = (
        read(inputs, {**form, "where": "away"}, TODAY),
        read_json(inputs, {**body, "where": "away"}, TODAY),
    )
    assert readings[0].values == readings[1].values
    assert readings[0].values["total"] == 800050
    first, second = (shared(inputs, reading) for reading in readings)
    assert first == second
    assert first["total"] == "8000.50"
    assert read(inputs, first, TODAY).values == readings[0].values


def test_what_an_address_shares_is_read_back(packs: PolicyLibrary) -> None:
    for calculator in all_calculators(packs).values():
        reading = read(calculator.inputs, calculator.example, TODAY)
        address = shared(calculator.inputs, reading)
        assert read(calculator.inputs, address, TODAY).values == reading.values


def test_every_kind_of_an_input_has_its_notation(packs: PolicyLibrary) -> None:
    for calculator in all_calculators(packs).values():
        for field in all_fields(calculator.inputs):
            assert field.kind in NOTATIONS, (calculator.id, field.name)
