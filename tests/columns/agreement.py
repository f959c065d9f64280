"""One chunk of random visits through CPython and compiled, for processes of their own."""

from __future__ import annotations

import os
from functools import cache

import pyarrow.compute as pc
from random_visits import random_visits, with_reversals

from yibao.columns.engine import run
from yibao.columns.write.output import SettledTable
from yibao.policy.compile import PolicyLibrary

CHUNK = 50_000
LAYERS = ("deductible", "pooled", "upper", "assistance", "account", "mutual_aid")


@cache
def _library() -> PolicyLibrary:
    return PolicyLibrary.load()


def _settled(chunk: int, backend: str) -> SettledTable:
    """Every second chunk has reversals: what they need is kept in those batches alone."""
    table = random_visits(_library(), CHUNK, 100 + chunk, first_person=chunk * CHUNK)
    if chunk % 2:
        table = with_reversals(table, chunk)
    return run(table, _library(), backend=backend, with_state=True, quiet=True)


def agree(chunk: int, cache_folder: str) -> int:
    """Compare a chunk to the fen; the number of its visits."""
    os.environ["YIBAO_CACHE_DIR"] = cache_folder
    plain, compiled = (_settled(chunk, name) for name in ("plain", "numba"))
    assert compiled.table.equals(plain.table), f"chunk {chunk}"
    assert compiled.rejects.equals(plain.rejects), f"chunk {chunk}"
    assert compiled.state is not None
    assert compiled.state.equals(plain.state), f"chunk {chunk}"
    assert compiled.totals == plain.totals, f"chunk {chunk}"
    assert compiled.totals.reconcile()
    assert (compiled.totals.reversals > CHUNK // 100) == bool(chunk % 2)
    # The sample says something about every layer.
    for name in LAYERS:
        assert pc.sum(pc.greater(compiled.table.column(name), 0)).as_py() > CHUNK // 200, name
    return CHUNK
