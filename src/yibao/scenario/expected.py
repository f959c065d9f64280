"""Scenario files that say what is to come out: an ``expect`` beside each step that is checked."""

from __future__ import annotations

from pathlib import Path
from typing import Any, NamedTuple

from yibao.errors import RefusedError, YibaoError
from yibao.messages import Text, message
from yibao.money.text import format_yuan
from yibao.money.units import units_of
from yibao.policy.compile import PolicyLibrary
from yibao.policy.document import Mapping, Node, Sequence, read_file
from yibao.policy.kinds import Handling
from yibao.policy.reading import plain
from yibao.scenario.answers import StepAnswer
from yibao.scenario.read import scenario_of
from yibao.scenario.roads import run_through

EXPECT = "expect"
REFUSED = Handling.REFUSED.value
"""What a step expects that the rules refuse: ``true``, or words of the refusal."""


class Miss(NamedTuple):
    """Something that came out otherwise than a file expects."""

    file: str
    line: int
    step: str
    """What the step calls itself."""
    key: str
    expected: str
    outcome: Text


class Tested(NamedTuple):
    """What the test of one file found."""

    checked: int
    """How many values were looked at."""
    misses: tuple[Miss, ...]


class _Expectation(NamedTuple):
    line: int
    step: str
    values: Mapping


def run_expected(packs: PolicyLibrary, path: Path, road: str = "engine") -> Tested:
    """Run a scenario file and hold what comes out against its ``expect`` keys.

    ``InputError`` where the file itself is wrong.
    """
    document = read_file(path)
    expectations = _taken_out(document)
    scenario = scenario_of(document)
    answers: list[StepAnswer] = []
    refusal: YibaoError | None = None
    try:
        for answer in run_through(road, packs, scenario, ""):
            answers.append(answer)
    except RefusedError as error:
        refusal = error
    misses: list[Miss] = []
    checked = 0
    for number, expectation in expectations.items():
        for key, node in expectation.values.items():
            checked += 1
            outcome = _outcome(key, node, answers, refusal, number)
            if outcome is not None:
                expected = _said(plain(node))
                where = (path.name, node.line, expectation.step, key)
                misses.append(Miss(*where, expected, outcome))
    if refusal is not None and not _expects_refusal(expectations.get(len(answers))):
        misses.append(Miss(path.name, 1, "", REFUSED, "", refusal.said))
    return Tested(checked, tuple(misses))


def _taken_out(document: Node) -> dict[int, _Expectation]:
    """The expectations by the number of their step, taken out of the document."""
    expectations = {}
    steps = document.mapping().get("steps")
    items = steps.items if isinstance(steps, Sequence) else []
    for number, step in enumerate(items):
        if isinstance(step, Mapping) and EXPECT in step.entries:
            node = step.entries.pop(EXPECT).mapping()
            first = next(iter(step.entries.values()), None)
            name = "" if first is None else _said(plain(first))
            expectations[number] = _Expectation(node.line, name, node)
    return expectations


def _expects_refusal(expectation: _Expectation | None) -> bool:
    return expectation is not None and expectation.values.get(REFUSED) is not None


def _outcome(
    key: str, node: Node, answers: list[StepAnswer], refusal: YibaoError | None, number: int
) -> Text | None:
    """What came out instead; None where it is as expected."""
    if key == REFUSED:
        if refusal is None or number != len(answers):
            return message("没有被拒绝")
        wanted = node.text()
        return None if wanted == "true" or wanted in str(refusal) else refusal.said
    if number >= len(answers):
        return message("没有算到这一步")
    answer = answers[number]
    written = answer.as_json()
    if key not in written:
        return message("答案里没有这一项")
    value = written[key]
    kind: type = type(answer.answer)
    if units_of(kind).get(key) == "fen" and isinstance(value, int):
        value = format_yuan(value)
        return None if _same_amount(_said(plain(node)), value) else value
    return None if _said(plain(node)) == _said(value) else _said(value)


def _same_amount(written: str, yuan: str) -> bool:
    whole, _, rest = written.replace(",", "").partition(".")
    return f"{whole}.{rest:0<2}" == yuan.replace(",", "")


def _said(value: Any) -> str:
    """A value of a file or of an answer in one way of writing."""
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, (list, tuple)):
        return "[" + ", ".join(map(_said, value)) + "]"
    if isinstance(value, dict):
        return "{" + ", ".join(f"{key}: {_said(item)}" for key, item in value.items()) + "}"
    return "" if value is None else str(value)
