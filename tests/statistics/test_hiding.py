"""Small numbers are not shown, and no sum of what is shown gives them away."""

from __future__ import annotations

from collections.abc import Iterator
from fractions import Fraction

import pytest
from hypothesis import given
from hypothesis import strategies as st

from yibao.errors import InputError
from yibao.messages import message
from yibao.statistics.hiding import LEAST_VARIABLE, least_people, shown_rows
from yibao.statistics.shapes import (
    Measure,
    ShownRow,
    StatCell,
    StatColumn,
    StatRow,
    StatTable,
    TableCode,
)

LEAST = 10
COLUMNS = tuple(StatColumn(name, message("人数"), Measure.PEOPLE) for name in ("paid", "owed"))


def _row(name: str, paid: int, owed: int, *splits: tuple[StatRow, ...]) -> StatRow:
    return StatRow(name, {"paid": StatCell(paid, paid), "owed": StatCell(owed, owed)}, splits)


def _sum(name: str, *splits: tuple[StatRow, ...]) -> StatRow:
    paid, owed = (
        sum(row.cells[column].value or 0 for row in splits[0]) for column in ("paid", "owed")
    )
    return _row(name, paid, owed, *splits)


def _shown(*rows: StatRow, linked: tuple[tuple[str, ...], ...] = ()) -> dict[str, ShownRow]:
    table = StatTable(TableCode.T1, COLUMNS, rows, linked)
    return {str(row.label): row for row in shown_rows(table, LEAST)}


def test_a_small_number_takes_the_next_one_with_it() -> None:
    whole = _sum("whole", (_row("a", 9, 100), _row("b", 40, 100), _row("c", 30, 100)))
    shown = _shown(whole)
    assert shown["a"].hidden == {"paid"} == shown["c"].hidden
    assert shown["b"].values == {"paid": 40, "owed": 100}
    assert shown["whole"].values == {"paid": 79, "owed": 300}


def test_alone_it_takes_the_sum_with_it() -> None:
    whole = _sum("whole", (_row("a", 9, 0), _row("b", 0, 12)))
    shown = _shown(whole)
    assert shown["whole"].hidden == {"paid"}
    assert shown["b"].values == {"paid": 0, "owed": 12}


def test_what_follows_from_its_neighbour_goes_with_it() -> None:
    shown = _shown(_row("a", 95, 5), linked=(("paid", "owed"),))
    assert shown["a"].hidden == {"paid", "owed"}


def test_below_what_is_hidden_everything_is() -> None:
    inner = _sum("b", (_row("b1", 20, 50), _row("b2", 15, 50)))
    whole = _sum("whole", (_row("a", 3, 50), inner))
    shown = _shown(whole)
    for name in ("a", "b", "b1", "b2"):
        assert shown[name].hidden == {"paid"}, name
    assert shown["whole"].hidden == set()


def test_the_number_is_a_setting(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv(LEAST_VARIABLE, raising=False)
    assert least_people() == 10
    monkeypatch.setenv(LEAST_VARIABLE, "25")
    assert least_people() == 25
    for unusable in ("0", "2", "1001", "many"):
        monkeypatch.setenv(LEAST_VARIABLE, unusable)
        with pytest.raises(InputError, match=LEAST_VARIABLE):
            least_people()


# --- whatever the numbers are --------------------------------------------------------------------

_NUMBERS = st.integers(0, 30)


@st.composite
def _trees(draw: st.DrawFn, depth: int = 2) -> StatRow:
    name = draw(st.uuids()).hex
    if depth == 0 or draw(st.booleans()):
        return _row(name, draw(_NUMBERS), draw(_NUMBERS))
    parts = tuple(draw(st.lists(_trees(depth - 1), min_size=1, max_size=4)))
    return _sum(name, parts)


def _rows(row: StatRow) -> Iterator[StatRow]:
    yield row
    for split in row.splits:
        for part in split:
            yield from _rows(part)


def _leaves(row: StatRow) -> list[str]:
    if not row.splits:
        return [str(row.label)]
    return [leaf for part in row.splits[0] for leaf in _leaves(part)]


def _can_be_worked_out(
    known: list[list[Fraction]], wanted: list[Fraction]
) -> bool:  # by adding up and taking away
    def reduced(rows: list[list[Fraction]]) -> int:
        rows, rank = [list(row) for row in rows], 0
        for column in range(len(wanted)):
            place = next((n for n in range(rank, len(rows)) if rows[n][column]), None)
            if place is None:
                continue
            rows[rank], rows[place] = rows[place], rows[rank]
            for number in range(rank + 1, len(rows)):
                factor = rows[number][column] / rows[rank][column]
                if factor:
                    rows[number] = [
                        cell - factor * above
                        for cell, above in zip(rows[number], rows[rank], strict=True)
                    ]
            rank += 1
        return rank

    return reduced([*known, wanted]) == reduced(known)


@given(_trees(3))
def test_no_sum_gives_a_small_number_away(whole: StatRow) -> None:
    shown = _shown(whole, linked=())
    every = list(_rows(whole))
    for name in ("paid", "owed"):
        # Who is nowhere shows nothing: a part of nobody is no unknown.
        leaves = [
            leaf
            for leaf in _leaves(whole)
            if next(row for row in every if row.label == leaf).cells[name].value
        ]

        def vector(row: StatRow, leaves: list[str] = leaves) -> list[Fraction]:
            inside = _leaves(row)
            return [Fraction(leaf in inside) for leaf in leaves]

        known = [vector(row) for row in every if name not in shown[str(row.label)].hidden]
        for row in every:
            people = row.cells[name].people or 0
            if 0 < people < LEAST:
                assert name in shown[str(row.label)].hidden
                assert not _can_be_worked_out(known, vector(row)), row
