"""Arrow in, Arrow out: a table of visits settled by the benefit functions."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from typing import Any

import numpy as np
import pyarrow as pa

from yibao.columns.backend import Backend, choose
from yibao.columns.frame import INPUT_WIDTH, MOST_USED, WIDTH, Results
from yibao.columns.prepare.amounts import orphans
from yibao.columns.prepare.pipeline import PreparedRows, prepare
from yibao.columns.read.cells import BatchFaults, as_table, check_names
from yibao.columns.read.families import ROW, find_people, ordered, split_evenly
from yibao.columns.rulebooks import Rulebooks
from yibao.columns.schema import COLUMNS
from yibao.columns.write import output
from yibao.columns.write.output import SettledTable
from yibao.policy.compile import PolicyLibrary


def settle_batch(
    table: pa.Table,
    rulebooks: Rulebooks,
    backend: Backend,
    *,
    items: pa.Table | None = None,
    explainable: bool = True,
    with_state: bool = False,
    threads: int = 1,
) -> SettledTable:
    """Settle whole families whose rows stand together and in order, numbered in ``ROW``."""
    numbers = table.column(ROW).to_numpy()
    table = table.drop_columns([ROW])
    faults = BatchFaults(table.num_rows)
    if table.num_rows == 0:
        return output.nothing(table, rulebooks, explainable, with_state)
    people = find_people(table, faults)
    ready = prepare(table, people, rulebooks, backend, faults, items)
    results, state = run_loop(
        ready, rulebooks, backend, explainable=explainable, with_state=with_state, threads=threads
    )
    return output.assemble(
        table, numbers, ready, results, state, rulebooks, backend, explainable=explainable
    )


def run_loop(
    ready: PreparedRows,
    rulebooks: Rulebooks,
    backend: Backend,
    *,
    explainable: bool,
    with_state: bool,
    threads: int,
) -> tuple[Results, Any]:
    """Run the loop over all families, on several threads where asked."""
    rows = len(ready.facts)
    kind = ready.visits.total.dtype
    of_inputs = np.int32 if ready.largest < 1 << 31 else np.int64

    def amounts() -> Any:
        return np.zeros(rows, dtype=kind)

    reverses = len(ready.extras.reverses) > 0
    results = Results(
        np.zeros(rows, dtype=np.int32),
        amounts(),
        amounts(),
        amounts(),
        amounts(),
        amounts(),
        amounts(),
        np.zeros(rows * INPUT_WIDTH if explainable else 0, dtype=of_inputs),
        np.zeros(rows if reverses else 0, dtype=np.int8),
    )
    slots = ready.slots.family
    most = int(slots[-1]) if with_state else int(np.diff(slots).max(initial=0))
    rules = backend.rules(rulebooks)
    parts = split_evenly(ready.family_rows, threads if backend.compiled else 1)
    shared = backend.table(most, WIDTH)

    def run(part: tuple[int, int]) -> None:
        own = shared if with_state or len(parts) == 1 else backend.table(most, WIDTH)
        backend.call(
            "settle_rows",
            rules,
            ready.patterns,
            ready.visits,
            ready.extras,
            results,
            own,
            np.zeros(rulebooks.figures_in_row, dtype=np.int64),
            ready.family_rows,
            slots,
            *part,
            with_state,
            ready.largest > MOST_USED,
        )

    if len(parts) == 1:
        run(parts[0])
    else:
        with ThreadPoolExecutor(len(parts)) as pool:
            list(pool.map(run, parts))
    return results, shared if with_state else None


def run(
    data: Any,
    library: PolicyLibrary,
    *,
    items: Any = None,
    explainable: bool = True,
    with_state: bool = False,
    threads: int = 2,
    backend: str = "auto",
    quiet: bool = False,
) -> SettledTable:
    """Settle a table of visits (Arrow, Polars, pandas): see ``docs/columns.md`` for its columns.

    Rows are put in the order of families where they are not.  ``InputError`` for columns
    that do not fit; a row that does not fit, or that a rule refuses, is in ``rejects``.
    """
    table = as_table(data)
    check_names(table.column_names, COLUMNS)
    table = table.append_column(ROW, pa.array(np.arange(1, table.num_rows + 1)))
    table, _ = ordered(table)
    fee_items = None if items is None else as_table(items)
    settled = settle_batch(
        table,
        Rulebooks(library),
        choose(backend, quiet=quiet),
        items=fee_items,
        explainable=explainable,
        with_state=with_state,
        threads=threads,
    )
    settled.table = output.narrowed(settled.table)
    if fee_items is not None:
        settled.refused += output.orphans_refused(orphans(table, fee_items))
    return settled
