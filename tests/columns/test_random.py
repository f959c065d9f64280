"""Random visits of every shape: CPython and compiled, to the fen."""

from __future__ import annotations

import pyarrow.compute as pc
import pytest

pytest.importorskip("numba")

from random_visits import random_visits

from yibao.columns.engine import Settled, run
from yibao.columns.loop import STATUS_OVERFLOW
from yibao.policy.compile import PolicyLibrary

CHUNK = 100_000


@pytest.fixture(scope="module")
def library() -> PolicyLibrary:
    return PolicyLibrary.load()


def settled(library: PolicyLibrary, chunk: int, backend: str) -> Settled:
    table = random_visits(library, CHUNK, 100 + chunk, first_person=chunk * CHUNK)
    return run(table, library, backend=backend, with_state=True, quiet=True)


def test_compiled_visits_equal_plain_ones(library: PolicyLibrary, verify: bool) -> None:
    chunks = 100 if verify else 2
    for chunk in range(chunks):
        plain, compiled = (settled(library, chunk, name) for name in ("plain", "numba"))
        assert compiled.table.equals(plain.table)
        assert compiled.rejects.equals(plain.rejects)
        assert compiled.state is not None
        assert compiled.state.equals(plain.state)
        assert compiled.totals == plain.totals
        assert compiled.totals.reconcile()
        # The sample says something about every layer.
        for name in ("deductible", "pooled", "upper", "assistance", "account", "mutual_aid"):
            assert pc.sum(pc.greater(compiled.table.column(name), 0)).as_py() > CHUNK // 200, name


def test_threads_change_nothing(library: PolicyLibrary) -> None:
    table = random_visits(library, 20_000, 7)
    one = run(table, library, threads=1, quiet=True)
    three = run(table, library, threads=3, quiet=True)
    assert three.table.equals(one.table)


@pytest.mark.parametrize("backend", ["plain", "numba"])
def test_amounts_past_32_and_towards_64_bits(library: PolicyLibrary, backend: str) -> None:
    table = random_visits(library, 4_000, 11)
    total = pc.multiply(table.column("total_fen"), 0).to_numpy() + 9 * 10**12
    wide = table.set_column(table.column_names.index("total_fen"), "total_fen", [total])
    found = run(wide, library, backend=backend, quiet=True)
    assert found.table.num_rows > 500
    assert found.totals.people["total"] == found.table.num_rows * 9 * 10**12
    assert found.totals.reconcile()
    assert STATUS_OVERFLOW == -1
