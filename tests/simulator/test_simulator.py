"""``make simulate SEED=1 STEPS=400``: random operations, every invariant, both databases."""

from __future__ import annotations

from pathlib import Path

import pytest

from yibao.database.unit import Database
from yibao.policy.compile import PolicyLibrary

from .lines import read_lines
from .pieces import run, simulated

SHORT, LONG = 40, 2_000


@pytest.mark.parametrize("grouped", [False, True], ids=["alone", "grouped"])
def test_random_operations(
    database: Database, packs: PolicyLibrary, verify: bool, grouped: bool
) -> None:
    database.grouped = grouped
    simulated(database, packs, "1", LONG if verify else SHORT)


def test_pieces_go_on_where_they_were_stopped(tmp_path: Path, secret_key: None) -> None:
    """A line a piece; half a line, as a kill leaves it, is none."""
    results = tmp_path / "lines.jsonl"
    assert run(7, 8, results, piece_steps=4) == 8
    assert run(7, 8, results, piece_steps=4) == 0
    with results.open("a") as lines:
        lines.write('{"seed": 7, "pie')
    assert [(line["piece"], line["store"]) for line in read_lines(results)] == [
        (0, "sqlite"),
        (1, "sqlite"),
    ]
    assert run(8, 3, results, piece_steps=4) == 3
    lines_by_seed = [(line["seed"], line["piece"], line["steps"]) for line in read_lines(results)]
    assert lines_by_seed == [(7, 0, 4), (7, 1, 4), (8, 0, 3)]
    assert all(sum(line["operations"].values()) == line["steps"] for line in read_lines(results))
