"""``make visits``: random visits of all packs and years, in pieces that go on."""

from __future__ import annotations

from pathlib import Path

import pytest

pytest.importorskip("numba", reason="没有装 numba")

from pieces import go_on
from tests.simulator.lines import read_lines
from visits_everywhere import visits_everywhere

from yibao.columns.schema import ACCUMULATOR_COLUMNS, COLUMNS, FACT_COLUMNS
from yibao.policy.compile import PolicyLibrary


def test_pieces_of_every_kind_agree_and_go_on_where_they_were_stopped(tmp_path: Path) -> None:
    results = tmp_path / "lines.jsonl"
    assert go_on(5, 1_000, results, rows=500) >= 1_000
    assert go_on(5, 1_000, results, rows=500) == 0
    assert go_on(5, 2_000, results, rows=500) >= 1_000  # by class; with reversals; all years
    lines = read_lines(results)
    assert [line["piece"] for line in lines] == [0, 1, 2, 3]
    for line in lines:
        assert line["settled"] + line["reversals"] + line["refused"] == line["visits"]
        assert line["settled"] > line["visits"] // 6
    assert lines[3]["first"] < "2016-01-01"


def test_every_area_and_every_fact_is_in_them() -> None:
    library = PolicyLibrary.load()
    visits = visits_everywhere(library, 12_000, 3)
    areas = {area.code for area in library.areas() if area.parent is not None}
    assert {*visits.column("area").to_pylist()} == areas
    assert {*FACT_COLUMNS, *ACCUMULATOR_COLUMNS} <= {*visits.column_names}
    by_class = visits_everywhere(library, 600, 3, number=2)
    paid_by = {"grant_in_force", "grantor_in_order", "grantee_in_order"}
    # Other ways to write the same, which tests of their own read.
    others = {"row", "opening", "rulebook", "account_rulebook", "reverses", "disease_period"}
    others |= {"covered_from_day", "covered_to_day", "ceiling_bonus_fen", "class_b_upfront_fen"}
    # State that a run carries in for deductibles borne once in some days; see test_days.
    others |= {"period_care", "used_period_deductible_fen", "used_period_eligible_fen"}
    written = {*visits.column_names, *by_class.column_names}
    assert paid_by <= written
    assert COLUMNS.keys() - written == others
