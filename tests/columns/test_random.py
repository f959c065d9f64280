"""Random visits of every shape: CPython and compiled, to the fen."""

from __future__ import annotations

import hashlib
import multiprocessing
import os
from concurrent.futures import ProcessPoolExecutor, as_completed

import pyarrow as pa
import pyarrow.compute as pc
import pytest

pytest.importorskip("numba", reason="没有装 numba")

from agreement import CHUNK, agree
from random_visits import random_visits

from yibao.columns.compile import compiled_loops, source_hash, with_loops
from yibao.columns.engine import run
from yibao.columns.first_compile import LOOP, loop_arguments
from yibao.columns.frame import STATUS_OVERFLOW
from yibao.policy.compile import PolicyLibrary


@pytest.fixture(scope="module")
def library() -> PolicyLibrary:
    return PolicyLibrary.load()


def test_compiled_visits_equal_plain_ones(
    request: pytest.FixtureRequest, library: PolicyLibrary, verify: bool
) -> None:
    """200 thousand visits, in a full run 10 million; one of these that stops begins where it
    was, as long as no source has changed."""
    run(random_visits(library, 200, 1), library, quiet=True)  # compiled once, for all processes
    chunks = range((10_000_000 if verify else 200_000) // CHUNK)
    cache = request.config.cache
    assert cache is not None
    key = f"columns/agreed-{source_hash(with_loops())}-{library_digest(library)}"
    agreed = set(cache.get(key, [])) if verify else set()
    context = multiprocessing.get_context("spawn")
    with ProcessPoolExecutor(max_workers=os.cpu_count(), mp_context=context) as pool:
        waiting = {
            pool.submit(agree, chunk, os.environ["YIBAO_CACHE_DIR"]): chunk
            for chunk in chunks
            if chunk not in agreed
        }
        for future in as_completed(waiting):
            assert future.result() == CHUNK
            agreed.add(waiting[future])
            if verify:
                cache.set(key, sorted(agreed))
    assert agreed == set(chunks)


def library_digest(library: PolicyLibrary) -> str:
    """Changes with any rule of any area."""
    hashes = [library.rulebook(area.code).hash for area in library.areas() if area.parent]
    return hashlib.sha256("".join(hashes).encode()).hexdigest()[:16]


def test_what_is_compiled_first_is_what_runs(library: PolicyLibrary) -> None:
    loop = compiled_loops()[LOOP]
    loop(*loop_arguments())
    known = len(loop.signatures)  # type: ignore[attr-defined]
    table = random_visits(library, 100, 5)
    small = pc.min_element_wise(table.column("total_fen"), 9_000)
    for name in ("out_of_catalogue_fen", "over_limit_fen", "upfront_fen"):
        table = table.drop_columns([name])
    narrow = table.set_column(table.column_names.index("total_fen"), "total_fen", small)
    run(narrow, library, quiet=True)
    drawing = {"relation", "draw_own", *(name for name in narrow.column_names if "gran" in name)}
    alone = narrow.drop_columns(sorted({*drawing, "draw_relative"} & {*narrow.column_names}))
    run(alone, library, quiet=True, explainable=False)
    assert len(loop.signatures) == known  # type: ignore[attr-defined]


def test_threads_change_nothing(library: PolicyLibrary) -> None:
    table = random_visits(library, 20_000, 7)
    by_one = run(table, library, threads=1, quiet=True)
    by_three = run(table, library, threads=3, quiet=True)
    assert by_three.table.equals(by_one.table)


@pytest.mark.parametrize("backend", ["plain", "numba"])
def test_a_family_alone_in_its_batch_reads_nothing_past_its_columns(
    library: PolicyLibrary, backend: str
) -> None:
    """What few rows have is empty in some of these batches; CPython would say so."""
    table = random_visits(library, 3_000, 13)
    together = run(table, library, backend=backend, quiet=True)
    alone = run(table, library, backend=backend, quiet=True, batch_rows=1)
    assert alone.table.to_pylist() == together.table.to_pylist()
    assert alone.rejects.equals(together.rejects)
    assert alone.totals == together.totals


@pytest.mark.parametrize("backend", ["plain", "numba"])
def test_a_relative_that_no_visit_names_has_what_is_carried_in(
    library: PolicyLibrary, backend: str
) -> None:
    """The visits draw on own accounts alone; a row that carries in tells of a relative's."""
    visits = random_visits(library, 40, 3).to_pylist()
    nobody = {"draw_relative": None, "grantor_balance_fen": None, "draw_own": True}
    first = visits[0]
    carry = {name: first[name] for name in ("person", "family", "area", "scheme", "status")}
    carry |= {"order": -1, "kind": "carry", "end_day": first["end_day"]}
    carry |= {"draw_relative": 9_999, "grantor_balance_fen": 12_345}
    rows = [carry, *({**visit, **nobody} for visit in visits)]
    schema = random_visits(library, 1, 3).schema
    settled = run(
        pa.Table.from_pylist(rows, schema), library, backend=backend, quiet=True, with_state=True
    )
    assert settled.state is not None
    balances = {row["person"]: row["balance_fen"] for row in settled.state.to_pylist()}
    assert balances[9_999] == 12_345


@pytest.mark.parametrize("backend", ["plain", "numba"])
def test_amounts_past_32_and_towards_64_bits(library: PolicyLibrary, backend: str) -> None:
    table = random_visits(library, 4_000, 11)
    total = pc.multiply(table.column("total_fen"), 0).to_numpy() + 9 * 10**12
    wide = table.set_column(table.column_names.index("total_fen"), "total_fen", [total])
    result = run(wide, library, backend=backend, quiet=True)
    assert result.table.num_rows > 500
    assert result.totals.people["total"] == result.table.num_rows * 9 * 10**12
    assert result.totals.reconcile()
    assert STATUS_OVERFLOW == -1
