"""Answers for programs: named after their units, in the schema that is published for them."""

from __future__ import annotations

import ast
import datetime
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import jsonschema
import pytest

from yibao.benefit.answers import AMOUNTS, VisitAnswer, visit_answer
from yibao.benefit.explain import Explanation
from yibao.benefit.period_answers import WaitingAnswer
from yibao.guide.reading import load as load_guide
from yibao.inquiry import looked_up
from yibao.inquiry.asking import ask
from yibao.inquiry.calculators import Calculator, Context, all_calculators
from yibao.inquiry.published import published, published_type, schemas_of
from yibao.inquiry.rendered import calculation_json, calculation_type
from yibao.inquiry.schemas import example_body
from yibao.inquiry.search import Search
from yibao.messages import message
from yibao.policy import report
from yibao.policy.compile import PolicyLibrary
from yibao.policy.reported import SourceAnswer
from yibao.written import UNSET, as_kind

SRC = Path(__file__).parents[2] / "src" / "yibao"
TODAY = datetime.date(2026, 11, 21)
MORE: tuple[tuple[str, Mapping[str, Any]], ...] = (
    ("contribute", {"scheme": "flexible", "month": "2025-03", "months": 3}),
    ("contribute", {"scheme": "employee", "month": "2025-03", "base": "6000"}),
    ("contribute", {"scheme": "flexible", "month": "2025-03", "group": "low_income"}),
    ("cover", {"scheme": "employee", "enrolled_from": "2020-01-01", "history": "steady"}),
    (
        "cover",
        {
            "scheme": "employee",
            "enrolled_from": "2020-01-01",
            "history": "listed",
            "paid": [{"month": "2025-01", "paid_on": "2025-01-10"}],
            "on": "2025-06-01",
        },
    ),
    ("maternity", {"scheme": "employee", "event": "vaginal", "total": "6000", "spouse": True}),
    ("maternity", {"scheme": "resident", "event": "prenatal", "total": "600"}),
)
"""Questions whose answers have members that those of the examples lack."""


def answer(**amounts: int) -> VisitAnswer:
    """The answer about a visit that costs nothing but ``amounts``."""
    return visit_answer(
        "v1",
        "p1",
        {**dict.fromkeys(AMOUNTS, 0), **amounts},
        Explanation(),
        entitled=True,
        rulebook="0" * 64,
    )


def waiting(**members: Any) -> WaitingAnswer:
    """The answer about somebody who waits."""
    plain: dict[str, Any] = {
        "person": "p1",
        "on": datetime.date(2025, 6, 1),
        "months": 3,
        "since": None,
        "entitled": False,
        "why": message("还在等待"),
        "assumptions": (),
        "disputes": (),
        "steps": (),
    }
    return WaitingAnswer(**plain | members)


def test_every_amount_of_a_visit_is_named_after_its_unit() -> None:
    named = published(answer(fund=375000))
    assert named["fund_fen"] == 375000
    assert [name for name in named if name.endswith("_fen")] == [f"{name}_fen" for name in AMOUNTS]
    assert {"visit", "person", "entitled", "rulebook", "kernel", "steps"} < set(named)


def test_a_count_is_no_amount() -> None:
    named = published(waiting(lapsed_months=4, repairable=True, back_payment=52000))
    figures = {"months": 3, "lapsed_months": 4, "entitled": False, "back_payment_fen": 52000}
    assert figures.items() <= named.items()


def test_what_is_not_known_keeps_its_name_and_what_does_not_apply_is_left_out() -> None:
    unknown = published(waiting(lapsed_months=4, repairable=True, back_payment=None))
    assert unknown["back_payment_fen"] is None
    assert unknown["from"] is None
    assert not {"back_payment_fen", "lapsed_months", "repairable"} & set(published(waiting()))
    assert waiting().back_payment is UNSET


def test_an_answer_is_json_in_the_order_of_the_scenario_files_description() -> None:
    assert tuple(answer().as_json()) == (
        *("visit", "person", "entitled", "rulebook", "kernel", "assumptions", "disputes"),
        *AMOUNTS,
        "steps",
    )


# --- the schema of every answer ------------------------------------------------------------------


@pytest.fixture(scope="module")
def calculators(packs: PolicyLibrary) -> dict[str, Calculator]:
    return all_calculators(packs)


def check(kind: Any, written: Any) -> None:
    """What is written fits the schema of its type."""
    (schema,), components = schemas_of([kind])
    whole = {**schema, "components": {"schemas": components}}
    jsonschema.Draft202012Validator(whole, format_checker=jsonschema.FormatChecker()).validate(
        written
    )


def test_every_answer_fits_its_published_schema(
    packs: PolicyLibrary, calculators: dict[str, Calculator]
) -> None:
    context = Context(packs, TODAY)
    for calculator in calculators.values():
        got = calculation_json(ask(context, calculator, example_body(calculator)))
        check(calculation_type(calculator), got)
        with pytest.raises(jsonschema.ValidationError):
            check(calculation_type(calculator), {**got, "answer": {**got["answer"], "more": 1}})


@pytest.mark.parametrize(("name", "body"), MORE)
def test_answers_with_more_members_fit_it_too(
    name: str,
    body: Mapping[str, Any],
    packs: PolicyLibrary,
    calculators: dict[str, Calculator],
) -> None:
    context = Context(packs, TODAY, include=frozenset())
    check(
        calculation_type(calculators[name]),
        calculation_json(ask(context, calculators[name], body)),
    )


def test_a_schema_says_what_may_be_left_out_and_what_is_money() -> None:
    _, components = schemas_of([published_type(WaitingAnswer)])
    schema = components["WaitingAnswer"]
    assert "back_payment_fen" not in schema["required"]
    assert {"from", "months", "steps"} <= set(schema["required"])
    assert schema["properties"]["months"] == {"type": "integer"}


def test_what_the_packs_say_fits_its_schema_too(packs: PolicyLibrary) -> None:
    context = Context(packs, TODAY)
    search = Search(packs, load_guide(), all_calculators(packs).values(), "140100")
    name = "employee.inpatient.ratio"
    (source, *_) = report.sources(packs)
    answers = (
        looked_up.AreasListed(report.list_areas(packs)),
        looked_up.rules_shown(packs, "140100", None, TODAY),
        looked_up.history_shown(packs, name),
        looked_up.disputes_listed(packs),
        looked_up.gaps_listed(packs),
        looked_up.searched(search, "三甲报多少", TODAY),
        looked_up.policy_searched(context, search, "三甲报多少", "", TODAY),
        looked_up.parameter_shown(context, name, "140100", TODAY),
        report.diff(packs, "140000", "140100", TODAY),
        as_kind(source, SourceAnswer),
    )
    for told in answers:
        check(published_type(type(told)), published(told))
    assert not {"file", "line"} & set(published(answers[3])["disputes"][0])


# --- nobody reads what was written ---------------------------------------------------------------

QUESTIONS = {"values", "row", "said", "request.path_params"}
"""What people said, by the names of its fields (a table of constants is named in capitals)."""


def _texts_asked(path: Path) -> list[str]:
    """Subscripts by a text of anything but what people said."""
    return [
        f"{path.name}:{node.lineno} {ast.unparse(node)}"
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8")))
        if isinstance(node, ast.Subscript)
        and isinstance(node.ctx, ast.Load)
        and isinstance(node.slice, ast.Constant)
        and isinstance(node.slice.value, str)
        and ast.unparse(node.value) not in QUESTIONS
        and not ast.unparse(node.value).isupper()
    ]


TOLD = (
    *(SRC / "inquiry" / "calculators").glob("*.py"),
    *map(
        SRC.joinpath,
        (
            "api/policies.py",
            "assistant/server.py",
            "assistant/texts.py",
            "assistant/tools.py",
            "cli/aid.py",
            "cli/ask.py",
            "cli/policy.py",
            "inquiry/asking.py",
            "inquiry/changes.py",
            "inquiry/looked_up.py",
            "inquiry/rendered.py",
            "inquiry/search.py",
            "policy/report.py",
            "portal/policy_pages.py",
        ),
    ),
)
"""Where answers are worked out, drawn and told."""


@pytest.mark.parametrize("path", sorted(TOLD), ids=lambda path: path.stem)
def test_nobody_looks_into_an_answer_by_text(path: Path) -> None:
    assert _texts_asked(path) == []
