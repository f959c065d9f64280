"""Amounts are named after their unit because their type says so."""

from __future__ import annotations

from typing import Any

import pytest

from yibao.benefit.answers import AMOUNTS, VisitAnswer, visit_answer
from yibao.benefit.explain import Explanation, Step
from yibao.inquiry import shapes
from yibao.inquiry.units import shape_of, with_units
from yibao.money.units import Fen


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


def test_every_amount_of_a_visit_is_named_after_its_unit() -> None:
    named = with_units(answer(fund=375000).as_json(), shapes.VISIT)
    assert named["fund_fen"] == 375000
    assert [name for name in named if name.endswith("_fen")] == [f"{name}_fen" for name in AMOUNTS]
    assert {"visit", "person", "entitled", "rulebook", "kernel", "steps"} < set(named)


def test_a_count_is_no_amount() -> None:
    waiting = {"months": 3, "lapsed_months": 4, "entitled": False, "back_payment": 52000}
    assert with_units(waiting, shapes.WAITING) == {
        "months": 3,
        "lapsed_months": 4,
        "entitled": False,
        "back_payment_fen": 52000,
    }


def test_nobody_guesses_what_a_number_counts() -> None:
    with pytest.raises(KeyError, match="visits_a_year"):
        with_units({"visits_a_year": 3}, shape_of(fund=Fen))


def test_parts_have_shapes_of_their_own() -> None:
    step: dict[str, Any] = {
        "label": "起付线",
        "amount": 1000,
        "unit": "fen",
        "why": "",
        "source": "",
    }
    shape = shape_of(lines=[shape_of(name=str, amount=Fen, number=int)], steps=[Step])
    data = {"lines": [{"name": "individual", "amount": 40000, "number": 1}], "steps": [step]}
    assert with_units(data, shape) == {
        "lines": [{"name": "individual", "amount_fen": 40000, "number": 1}],
        "steps": [{"label": "起付线", "amount_fen": 1000, "amount_yuan": "10.00", "why": ""}],
    }


def test_an_answer_is_json_in_the_order_of_the_scenario_files_description() -> None:
    assert tuple(answer().as_json()) == (
        *("visit", "person", "entitled", "rulebook", "kernel", "assumptions", "disputes"),
        *AMOUNTS,
        "steps",
    )
