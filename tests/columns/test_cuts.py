"""Wherever a file is cut, whatever the size of a batch: the same answers, rejects and state."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

pytest.importorskip("pyarrow", reason="没有装 pyarrow")

import pyarrow as pa
import pyarrow.csv as csv
import pyarrow.parquet as pq

from yibao.columns.engine import run
from yibao.columns.read.whole_input import ELSEWHERE, REPEATED, TWO_FAMILIES, WholeInput
from yibao.columns.schema import AMOUNTS
from yibao.columns.stream import Options, run_file
from yibao.columns.write.output import SettledTable, output_schema
from yibao.columns.write.state import state_schema
from yibao.policy.compile import PolicyLibrary


@pytest.fixture(scope="module")
def library() -> PolicyLibrary:
    return PolicyLibrary.load()


@pytest.fixture(scope="module")
def area(library: PolicyLibrary) -> str:
    """The area with the most rules."""
    return max(
        (each.code for each in library.areas() if each.parent),
        key=lambda code: len(library.rulebook(code).days),
    )


def visit(area: str, person: Any, day: str, **more: Any) -> dict[str, Any]:
    """A row of an outpatient visit."""
    return {
        "person": person,
        "area": area,
        "scheme": "employee",
        "status": "working",
        "birth_day": "1980-01-01",
        "entitled": True,
        "institution_kind": "hospital",
        "price_class": 1,
        "kind": "outpatient",
        "end_day": day,
        "total_fen": 30_000,
        **more,
    }


def table_of(rows: list[dict[str, Any]]) -> pa.Table:
    names = list(dict.fromkeys(name for row in rows for name in row))
    return pa.table({name: [row.get(name) for row in rows] for name in names})


def settle(table: pa.Table, library: PolicyLibrary, **options: Any) -> SettledTable:
    return run(table, library, backend="plain", with_state=True, quiet=True, **options)


def compared(table: pa.Table) -> list[dict[str, Any]]:
    return table.sort_by("row").to_pylist()


def people(state: pa.Table) -> list[str]:
    """What everybody has used, in an order of its own."""
    return sorted(map(str, state.to_pylist()))


@pytest.fixture(scope="module")
def faulty(area: str) -> pa.Table:
    """Families in order, with what only the whole file shows: first rows far from later ones."""
    rows = [
        visit(area, "a", "2025-01-02", family="01", visit="v1", draw_own=True, balance_fen=9_000),
        visit(area, "b", "2025-01-03", family="01", visit="v2", draw_relative="a"),
        *(
            visit(area, f"p{at}", f"2025-02-{at + 1:02}", family=f"{at + 2:02}", visit=f"w{at:02}")
            for at in range(12)
        ),
        visit(area, "a", "2025-03-01", family="20", visit="v3"),  # in two families
        visit(area, "c", "2025-03-02", family="20", visit="v4", draw_relative="b"),
        visit(area, "d", "2025-03-03", family="21", visit="v1"),  # written before
        visit(area, "d", "2025-03-04", family="21", visit="v5", draw_relative="z"),
        visit(area, "e", "2025-03-05", family="22", visit="v6", draw_relative="z"),
        visit(area, "f", "2025-03-06", family="23", visit="v7"),
        {**visit(area, "f", "2025-03-07", family="23"), "kind": "reverse", "reverses": "v7"},
        {**visit(area, "f", "2025-03-08", family="23"), "kind": "reverse", "reverses": "v1"},
    ]
    return table_of(rows)


WRONG = [
    (15, TWO_FAMILIES.column),
    (16, ELSEWHERE.column),
    (17, REPEATED.column),
    (19, ELSEWHERE.column),
    (22, "reverses"),
]


def test_a_table_cut_at_every_size(library: PolicyLibrary, faulty: pa.Table) -> None:
    whole = settle(faulty, library)
    assert [(each.row, each.column) for each in whole.refused] == WRONG
    assert "就诊 v1 不在这个文件里" in whole.rejects.column("reason")[-1].as_py()
    for size in range(1, faulty.num_rows + 1):
        part = settle(faulty, library, batch_rows=size)
        assert part.table.equals(whole.table), size
        assert part.rejects.equals(whole.rejects), size
        assert part.state is not None
        assert part.state.equals(whole.state), size
        assert part.totals == whole.totals, size


@pytest.mark.parametrize("shuffled", [False, True])
def test_a_file_cut_at_every_size(
    library: PolicyLibrary, faulty: pa.Table, tmp_path: Path, shuffled: bool
) -> None:
    order = list(range(faulty.num_rows))
    if shuffled:
        order = order[1::2] + order[::2]
    pq.write_table(faulty.take(pa.array(order)), tmp_path / "v.parquet")
    answers = []
    for size in range(1, faulty.num_rows + 1):
        options = Options(
            state=tmp_path / "s.parquet", batch_rows=size, backend="plain", quiet=True
        )
        result = run_file(tmp_path / "v.parquet", tmp_path / "o.parquet", library, options)
        assert result.rejects is not None
        rejects = csv.read_csv(result.rejects).sort_by("row")
        table, state = pq.read_table(tmp_path / "o.parquet"), pq.read_table(tmp_path / "s.parquet")
        answers.append((compared(table), rejects, people(state), result.totals))
        for part, expected in zip(answers[-1], answers[0], strict=True):
            assert part == expected, size
    if not shuffled:
        rows = [(row["row"], row["column"]) for row in answers[0][1].to_pylist()]
        assert rows == WRONG


def test_what_is_looked_at_on_disk_and_in_parts(faulty: pa.Table, tmp_path: Path) -> None:
    """Every row on disk, and the little that shows whether a closer look is needed."""
    numbered = faulty.append_column("__row", pa.array([*range(1, faulty.num_rows + 1)]))
    clean = numbered.slice(0, 14)
    for table, nothing_wrong in ((numbered, False), (clean, True)):
        for size in (1, 3, 100):
            folder = tmp_path / f"{nothing_wrong}-{size}"
            folder.mkdir()
            look = WholeInput(folder, every=False)
            for at in range(0, table.num_rows, size):
                look.see(table.slice(at, size))
            assert look.nothing_wrong() == nothing_wrong


def test_visits_that_stop_ascending_are_looked_at_again(area: str, tmp_path: Path) -> None:
    table = table_of([visit(area, "a", "2025-01-02", visit=name) for name in (1, 2, 3, 2)])
    numbered = table.append_column("__row", pa.array([1, 2, 3, 4]))
    look = WholeInput(tmp_path, every=False)
    for at in range(4):
        look.see(numbered.slice(at, 1))
    assert not look.nothing_wrong()


@pytest.mark.parametrize("size", [1, 2, 3, 10])
def test_families_apart_need_nothing_put_down(area: str, tmp_path: Path, size: int) -> None:
    """People numbered by family: nothing on disk; one who turns up elsewhere is still found."""
    apart = [(1, 1, None), (3, 1, 2), (2, 1, None), (4, 4, None), (9, 5, 7), (10, 10, None)]
    for last, wrong in (
        ((11, 11, None), False),
        ((10, 11, None), True),
        ((3, 11, None), True),
        ((12, 11, 2), True),
    ):
        table = table_of(
            [
                visit(area, person, "2025-01-02", family=family, draw_relative=grantor)
                for person, family, grantor in [*apart, last]
            ]
        )
        numbered = table.append_column("__row", pa.array(range(1, table.num_rows + 1)))
        folder = tmp_path / f"{last}"
        folder.mkdir()
        look = WholeInput(folder, every=False)
        for at in range(0, table.num_rows, size):
            look.see(numbered.slice(at, size))
        assert list(folder.iterdir()) == [] or wrong
        assert look.nothing_wrong() is not wrong


# --- state ------------------------------------------------------------------------------------


def test_balances_are_carried_when_nobody_draws(library: PolicyLibrary, area: str) -> None:
    """January's rows may not draw; in March the account is as full as it was."""
    january = table_of([visit(area, 7, "2025-01-10", balance_fen=50_000)])
    march = table_of([visit(area, 7, "2025-03-10", draw_own=True)])
    first = settle(january, library)
    assert first.state is not None
    of_person = [row for row in first.state.to_pylist() if row["balance_fen"] is not None]
    assert [(row["person"], row["balance_fen"]) for row in of_person] == [(7, 50_000)]
    second = settle(pa.concat_tables([first.state, march], promote_options="default"), library)
    both = table_of(
        [
            visit(area, 7, "2025-01-10", balance_fen=50_000),
            visit(area, 7, "2025-03-10", draw_own=True),
        ]
    )
    expected = settle(both, library)
    assert not second.refused
    for name in AMOUNTS:
        assert second.table.column(name)[0] == expected.table.column(name)[1], name
    assert second.table.column("account")[0].as_py() > 0
    assert second.state is not None
    assert second.state.equals(expected.state)


@pytest.mark.parametrize("families", [False, True])
@pytest.mark.parametrize("after", [False, True], ids=["state first", "state last"])
def test_a_year_cut_anywhere(
    library: PolicyLibrary, area: str, families: bool, after: bool
) -> None:
    """The state joins the next part as it is: types, families, order."""
    family = {"family": 3} if families else {}
    rows = [
        visit(area, 11, day, visit=at, draw_own=at % 2 == 1, account_change_fen=4_000, **family)
        for at, day in enumerate(
            ("2025-01-05", "2025-02-05", "2025-06-05", "2025-12-20", "2025-12-31", "2026-01-01")
        )
    ]
    whole = settle(table_of(rows), library)
    for cut in range(1, len(rows)):
        first = settle(table_of(rows[:cut]), library)
        assert first.state is not None
        rest = table_of(rows[cut:])
        parts = [rest, first.state] if after else [first.state, rest]
        second = settle(pa.concat_tables(parts, promote_options="default"), library)
        assert not second.refused
        amounts = [row["account"] for row in (*first.table.to_pylist(), *second.table.to_pylist())]
        assert amounts == whole.table.column("account").to_pylist(), cut
        pooled = first.totals.people["pooled"] + second.totals.people["pooled"]
        assert pooled == whole.totals.people["pooled"], cut
        assert second.state is not None
        assert whole.state is not None
        assert people(second.state) == people(whole.state), cut


def test_a_refused_row_names_nothing_in_the_state(library: PolicyLibrary, area: str) -> None:
    rows = [visit(area, "a", "2025-01-05", balance_fen=1_000), visit("990000", "a", "2025-02-05")]
    settled = settle(table_of([*rows, visit("990000", "b", "2025-02-05")]), library)
    assert settled.state is not None
    assert {row["area"] for row in settled.state.to_pylist()} == {area}
    assert settled.state.column("person").unique().to_pylist() == ["a"]


# --- one schema -------------------------------------------------------------------------------


def test_the_schema_is_known_before(library: PolicyLibrary, area: str, tmp_path: Path) -> None:
    plain = [visit(area, "a", "2025-01-05", x_own=3)]
    drawing = [visit(area, "a", "2025-01-05", x_own=3, draw_own=True, balance_fen=5)]
    drawing[0] |= {"draw_relative": "b", "relation": "child", "grant_in_force": True}
    for rows in (plain, drawing):
        source = table_of(rows)
        settled = settle(source, library)
        assert settled.table.schema.equals(output_schema(source.schema))
        assert settled.table.column("x_own").to_pylist() == [3]
        assert settled.state is not None
        assert settled.state.schema.equals(state_schema(source.schema))
        nothing = settle(source.slice(0, 0), library)
        assert nothing.table.schema.equals(settled.table.schema)
        pq.write_table(source, tmp_path / "v.parquet")
        options = Options(backend="plain", quiet=True)
        run_file(tmp_path / "v.parquet", tmp_path / "o.parquet", library, options)
        assert pq.read_table(tmp_path / "o.parquet").column_names == settled.table.column_names
    assert output_schema(table_of(plain).schema).equals(
        output_schema(table_of([{**plain[0], "draw_own": True}]).schema)
    )


def test_the_callers_own_row_numbers(library: PolicyLibrary, area: str) -> None:
    rows = [visit(area, "b", "2025-01-05", row=900), visit("990000", "a", "2025-01-06", row=70)]
    settled = settle(table_of(rows), library)
    assert settled.table.column("row").to_pylist() == [900]
    assert settled.rejects.column("row").to_pylist() == [70]
