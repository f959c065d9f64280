"""The graph of rules, as the register of the kernel has it."""

from __future__ import annotations

import datetime

from yibao.benefit import steps
from yibao.inquiry.calculators import Context, all_calculators
from yibao.inquiry.filling import read
from yibao.inquiry.rule_graph import rule_graph
from yibao.policy.compile import PolicyLibrary
from yibao.policy.parameters import DECLARATIONS
from yibao.registry import REGISTERED

TODAY = datetime.date(2026, 11, 21)


def _codes(kinds: object) -> set[int]:
    return {kind.code for kind in kinds}  # type: ignore[attr-defined]


def test_the_deductible_rests_on_its_standard_and_goes_into_the_fund() -> None:
    graph = rule_graph()
    assert set(graph.nodes) == {function.__name__ for function in REGISTERED}
    assert "resident.inpatient.deductible" in graph.rules_of(steps.DEDUCTIBLE_STANDARD)
    after = _codes(graph.reached_by("resident.inpatient.deductible"))
    assert {steps.POOLED, steps.OWN} <= after


def test_both_directions_say_the_same() -> None:
    graph = rule_graph()
    for kind in graph.figures:
        for inner in graph.made_of(kind.code):
            assert kind.code in _codes(graph.used_by(inner.code))
    for name in ("employee.inpatient.ratio", "resident.waiting.fixed"):
        for kind in graph.figures_of(name):
            assert name in graph.rules_of(kind.code)


def test_every_step_of_real_answers_is_in_the_graph_with_its_rule(packs: PolicyLibrary) -> None:
    """What the engine cites for a figure, the graph knows to lead to it."""
    graph, context = rule_graph(), Context(packs, TODAY, include=frozenset())
    seen = 0
    for calculator in all_calculators(packs).values():
        answer = calculator.answer(
            context, read(calculator.inputs, calculator.example, TODAY).values
        )
        for part in answer.parts:
            for step in part.steps:
                assert step.code in graph.writers, step.label
                if step.parameter in DECLARATIONS:
                    seen += 1
                    reached = (*graph.figures_of(step.parameter), *graph.reached_by(step.parameter))
                    assert step.code in _codes(reached), (step.label, step.parameter)
    assert seen > 30
