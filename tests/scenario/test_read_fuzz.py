"""Whatever a file holds, reading it gives a scenario or one clear error."""

from __future__ import annotations

from pathlib import Path

from hypothesis import given, settings
from hypothesis import strategies as st

from yibao.errors import InputError
from yibao.scenario.model import Scenario
from yibao.scenario.read import scenario_from_text

LIFE = Path(__file__).with_name("life.yaml").read_text(encoding="utf-8")
LINES = LIFE.splitlines(keepends=True)
VALUES = (
    "",
    "~",
    "-1",
    "0",
    "1e3",
    "99999999999999999999",
    "0.005",
    "on",
    "2025-02-30",
    "9999-12-31",
    "0001-01-01",
    "2025-13",
    "[]",
    "{}",
    "[[[]]]",
    "{a: b}",
    "wang",
    "li",
    "own",
    "h1",
    "v1",
    "&x y",
    "*x",
    "!!set {}",
    '"',
    "\t",
    "\u2028",
    "１",
)
POSITIONS = st.integers(0, len(LIFE))


def holds(text: str) -> None:
    """Reading ``text`` ends in one of the two ways it may."""
    outcome: Scenario | InputError
    try:
        outcome = scenario_from_text(text, "life.yaml")
    except InputError as error:
        outcome = error
    assert isinstance(outcome, Scenario) or (
        outcome.place.startswith("life.yaml") and outcome.message
    )


@given(st.text(max_size=200))
def test_any_text(text: str) -> None:
    holds(text)


@settings(max_examples=200)
@given(st.lists(st.tuples(POSITIONS, POSITIONS, st.sampled_from(VALUES)), min_size=1, max_size=3))
def test_pieces_replaced(edits: list[tuple[int, int, str]]) -> None:
    text = LIFE
    for start, length, value in edits:
        text = text[:start] + value + text[start + length % 12 :]
    holds(text)


@settings(max_examples=200)
@given(st.integers(0, len(LINES) - 1), st.integers(0, len(LINES) - 1))
def test_lines_dropped_and_moved(source: int, target: int) -> None:
    rest = LINES[:source] + LINES[source + 1 :]
    holds("".join(rest))
    holds("".join([*rest[:target], LINES[source], *rest[target:]]))
    holds("".join([*LINES[:target], LINES[source], *LINES[target:]]))


@settings(max_examples=300)
@given(st.data())
def test_values_replaced(data: st.DataObject) -> None:
    """A value of a key, where the mistakes of people are."""
    starts = [index + 2 for index in range(len(LIFE)) if LIFE.startswith(": ", index)]
    start = data.draw(st.sampled_from(starts))
    end = min(position for sign in ",}\n" if (position := LIFE.find(sign, start)) >= 0)
    holds(LIFE[:start] + data.draw(st.sampled_from(VALUES)) + LIFE[end:])
