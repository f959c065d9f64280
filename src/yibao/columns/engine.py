"""Arrow in, Arrow out: a table of visits settled by the benefit functions."""

from __future__ import annotations

from collections import deque
from collections.abc import Callable, Iterator
from concurrent.futures import Future, ThreadPoolExecutor
from typing import Any

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from yibao.columns.backend import Backend, choose
from yibao.columns.frame import (
    EFFECT_WIDTH,
    INPUT_WIDTH,
    MOST_USED,
    PROPOSED_WIDTH,
    WIDTH,
    Results,
)
from yibao.columns.pinned import CarriedRulebooks
from yibao.columns.prepare.amounts import orphans
from yibao.columns.prepare.pipeline import PreparedRows, prepare
from yibao.columns.read.cells import NONE, BatchFaults, Ints, Reader, as_table, check_names
from yibao.columns.read.families import (
    ROW,
    find_people,
    ordered,
    plain_array,
    split_evenly,
    whole_families,
)
from yibao.columns.read.whole_input import WholeInput, WrongRows
from yibao.columns.rulebooks import Rulebooks
from yibao.columns.schema import COLUMNS, ITEM_COLUMNS
from yibao.columns.write import output
from yibao.columns.write.output import SettledTable
from yibao.errors import InputError
from yibao.messages import message
from yibao.policy.compile import PolicyLibrary

BATCH_ROWS = 1 << 17
"""Rows that are settled at once; whole families, so that there may be more."""


def settle_batch(
    table: pa.Table,
    rulebooks: Rulebooks,
    backend: Backend,
    *,
    wrong: WrongRows,
    items: pa.Table | None = None,
    explainable: bool = True,
    with_state: bool = False,
    threads: int = 1,
) -> SettledTable:
    """Settle whole families whose rows stand together and in order, numbered in ``ROW``.

    ``wrong``: rows that are refused for what stands elsewhere in the input.
    """
    numbers = table.column(ROW).to_numpy()
    table = table.drop_columns([ROW])
    faults = BatchFaults(table.num_rows)
    if table.num_rows == 0:
        return output.nothing(table.schema, explainable=explainable, with_state=with_state)
    wrong.mark(faults, numbers)
    numbers = rows_of_caller(table, numbers, faults)
    people = find_people(table, faults)
    ready = prepare(table, people, rulebooks, backend, faults, items)
    results, state = run_loop(
        ready, rulebooks, backend, explainable=explainable, with_state=with_state, threads=threads
    )
    return output.assemble(
        table, numbers, ready, results, state, rulebooks, backend, explainable=explainable
    )


def new_results(ready: PreparedRows, *, explainable: bool) -> Results:
    """Room for what the loop writes of a batch."""
    rows = len(ready.facts)
    kind = ready.visits.total.dtype
    of_inputs = np.int32 if ready.largest < 1 << 31 else np.int64

    def amounts() -> Any:
        return np.zeros(rows, dtype=kind)

    reverses = len(ready.extras.reverses) > 0
    return Results(
        np.zeros(rows, dtype=np.int32),
        amounts(),
        amounts(),
        amounts(),
        amounts(),
        amounts(),
        amounts(),
        np.zeros(rows * INPUT_WIDTH if explainable else 0, dtype=of_inputs),
        np.zeros(rows if reverses else 0, dtype=np.int8),
        np.zeros(rows * EFFECT_WIDTH if reverses else 0, dtype=np.int64),
        np.zeros(rows if reverses else 0, dtype=np.int32),
        np.zeros(ready.most_proposed * PROPOSED_WIDTH, dtype=np.int64),
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
    results = new_results(ready, explainable=explainable)
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


def rows_of_caller(table: pa.Table, numbers: Ints, faults: BatchFaults) -> Ints:
    """The numbers by which the caller knows the rows, where the input has them."""
    reader = Reader(table, COLUMNS, faults)
    if not reader.has("row"):
        return numbers
    of_caller = reader.number("row")
    return np.where(of_caller == NONE, numbers, of_caller)


def in_turn(
    batches: Iterator[pa.Table], settle: Callable[[pa.Table], SettledTable], threads: int
) -> Iterator[tuple[int, SettledTable]]:
    """Batches settled on several threads, in their order, each with how many rows it had.

    At most so many more than there are threads are under way: while what is finished is written
    down, which takes a third as long as settling it, nobody waits.
    """
    waiting: deque[tuple[int, Future[SettledTable]]] = deque()
    with ThreadPoolExecutor(max(1, threads)) as pool:
        try:
            for batch in batches:
                waiting.append((batch.num_rows, pool.submit(settle, batch)))
                if len(waiting) > 2 * threads:
                    rows, future = waiting.popleft()
                    yield rows, future.result()
            while waiting:
                rows, future = waiting.popleft()
                yield rows, future.result()
        finally:
            for _, future in waiting:
                future.cancel()


def run(
    data: Any,
    library: PolicyLibrary,
    *,
    items: Any = None,
    explainable: bool = True,
    with_state: bool = False,
    threads: int = 2,
    backend: str = "auto",
    batch_rows: int = BATCH_ROWS,
    quiet: bool = False,
    today: bool = False,
) -> SettledTable:
    """Settle a table of visits (Arrow, Polars, pandas): see ``docs/columns.md`` for its columns.

    Rows are put in the order of families where they are not, and settled some ``batch_rows``
    at a time, which changes no answer.  ``InputError`` for columns that do not fit; a row
    that does not fit, or that a rule refuses, is in ``rejects``.  Rulebooks that rows name
    are taken from the table's metadata; ``today``: every row by the packs instead.
    """
    table = as_table(data)
    pinned = None if today else CarriedRulebooks(table.schema.metadata)
    check_names(table.column_names, COLUMNS)
    table = table.append_column(ROW, pa.array(np.arange(1, table.num_rows + 1)))
    look = WholeInput(None, every=True)
    look.see(table)
    wrong = look.wrong_rows()
    fee_items = None if items is None else ItemsOfVisits(as_table(items), table)
    table, _ = ordered(table)
    rulebooks, loops = Rulebooks(library, pinned), choose(backend, quiet=quiet)
    few = table.num_rows <= batch_rows

    def settle(batch: pa.Table) -> SettledTable:
        return settle_batch(
            batch,
            rulebooks,
            loops,
            wrong=wrong,
            items=None if fee_items is None else fee_items.of(batch),
            explainable=explainable,
            with_state=with_state,
            threads=threads if few else 1,
        )

    slices = (table.slice(at, batch_rows) for at in range(0, table.num_rows, batch_rows))
    batches = whole_families(slices, check=False)
    parts = [part for _, part in in_turn(batches, settle, 1 if few else threads)]
    if not parts:
        parts = [output.nothing(table.schema, explainable=explainable, with_state=with_state)]
    settled = output.joined(parts)
    if fee_items is not None:
        settled.refused += output.orphans_refused(orphans(table, fee_items.items))
    return settled


class ItemsOfVisits:
    """Fee items, found by the rows of their visits."""

    def __init__(self, items: pa.Table, visits: pa.Table) -> None:
        check_names(items.column_names, ITEM_COLUMNS)
        if "visit" not in visits.column_names:
            raise InputError(message("有明细文件时，就诊文件必须有 visit 列"))
        self.items = items
        known = plain_array(visits.column("visit")).cast(pa.string())
        place = pc.index_in(plain_array(items.column("visit")).cast(pa.string()), value_set=known)
        row = place.fill_null(NONE).to_numpy(zero_copy_only=False).astype(np.int64) + 1
        self._order = np.argsort(row, kind="stable")
        self._rows = row[self._order]

    def of(self, batch: pa.Table) -> pa.Table:
        """The items of a batch's visits, in their order."""
        numbers = np.sort(batch.column(ROW).to_numpy())
        begins = np.searchsorted(self._rows, numbers, side="left")
        counts = np.searchsorted(self._rows, numbers, side="right") - begins
        steps = np.arange(counts.sum()) - np.repeat(np.cumsum(counts) - counts, counts)
        places = self._order[np.repeat(begins, counts) + steps]
        return self.items.take(pa.array(np.sort(places)))
