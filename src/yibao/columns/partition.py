"""A part of a population, settled anywhere: batches in, batches out, nothing else read or written.

Any engine that brings whole families to one place, in order, may call :func:`partition` there:
processes of one machine, Spark's ``mapInArrow``, a loop.  One stream of rows comes out, each
marked as ``settled``, ``reject``, ``state`` or ``note``; notes are sums, which any engine adds
up (:func:`reconcile`).
"""

from __future__ import annotations

import hashlib
from collections.abc import Iterable, Iterator
from typing import Any

import numpy as np
import numpy.typing as npt
import pyarrow as pa
import pyarrow.compute as pc

from yibao.columns.backend import choose
from yibao.columns.engine import BATCH_ROWS, settle_batch
from yibao.columns.pinned import CarriedRulebooks
from yibao.columns.read.cells import as_table, check_names
from yibao.columns.read.families import (
    ROW,
    NotInOrderError,
    family_keys,
    ordered,
    whole_families,
)
from yibao.columns.read.whole_input import WrongRows
from yibao.columns.rulebooks import Rulebooks
from yibao.columns.schema import AMOUNTS, COLUMNS
from yibao.columns.totals import FUNDS, PERSONAL, Totals
from yibao.columns.travelling import RulesLibrary
from yibao.columns.write.output import SettledTable, output_schema, plain_type
from yibao.columns.write.state import state_schema
from yibao.errors import InputError
from yibao.messages import message, text_of

SETTLED, REJECT, STATE, NOTE = "settled", "reject", "state", "note"
"""What a row of the stream is: an answer, a row refused, what somebody has used, a sum."""
MARK = "mark"
STATE_COLUMN = "state"
"""A structure with the columns of the state; empty in other rows."""
_REJECT = (("reject_column", pa.string()), ("reject_reason", pa.string()))
_NOTE = (
    ("note_area", pa.string()),
    ("note_scheme", pa.string()),
    ("note_name", pa.string()),
    ("note_value", pa.int64()),
)
"""A sum: of an area and a scheme what a fund or a way of paying bears, in fen; with neither, an
amount over all people (fen) or a count of rows."""
_COUNTS = ("visits", "reversals", "carried", "rejected")
_BUCKET_DIGITS = 8

FAMILY_SQL = "coalesce(nullif(cast(family as varchar), ''), cast(person as varchar))"
"""The key that keeps a family together; without a column ``family`` it is the person."""
BUCKET_SQL = {
    "duckdb": "cast(concat('0x', substr(md5({key}), 1, 8)) as bigint) % {count}",
    "postgresql": "('x' || substr(md5({key}), 1, 8))::bit(32)::bigint % {count}",
    "spark": "cast(conv(substr(md5({key}), 1, 8), 16, 10) as bigint) % {count}",
}
"""The bucket of a key in the SQL of an engine; the same as :func:`buckets` gives."""


def family_key(batch: pa.RecordBatch | pa.Table) -> pa.Array:
    """The family of each row as text; somebody without one stands for himself."""
    return family_keys(as_table(batch)).cast(pa.string())


def buckets(keys: pa.Array, count: int) -> npt.NDArray[np.int64]:
    """The bucket of each key, from 0: the first 8 hexadecimal digits of its MD5, modulo."""
    coded = pc.dictionary_encode(keys.cast(pa.string()).fill_null(""))
    numbers = [
        int(hashlib.md5(key.encode(), usedforsecurity=False).hexdigest()[:_BUCKET_DIGITS], 16)
        for key in coded.dictionary.to_pylist()
    ]
    of_key = np.array(numbers, dtype=np.int64) % count
    dealt: npt.NDArray[np.int64] = of_key[coded.indices.to_numpy(zero_copy_only=False)]
    return dealt


def partition_schema(visits: pa.Schema, *, state: bool = False, explain: bool = True) -> pa.Schema:
    """The columns of the stream: they depend on the names and types of the input alone.

    Amounts are fen in 64 bits, hashes of rulebooks are texts.
    """
    answers = output_schema(visits, explainable=explain, money=pa.int64())
    fields = [pa.field(MARK, pa.string())]
    fields += [pa.field(field.name, plain_type(field.type)) for field in answers]
    fields += [pa.field(name, kind) for name, kind in (*_REJECT, *_NOTE)]
    if state:
        fields.append(pa.field(STATE_COLUMN, pa.struct(list(state_schema(visits)))))
    return pa.schema(fields)


def partition(
    batches: Iterable[pa.RecordBatch],
    library: RulesLibrary,
    *,
    row_id: str | None = None,
    state: bool = False,
    explain: bool = True,
    backend: str = "auto",
    batch_rows: int = BATCH_ROWS,
    wrong: WrongRows | None = None,
    pinned: CarriedRulebooks | None = None,
    rearrange: bool = False,
) -> Iterator[pa.RecordBatch]:
    """Settle whole families: rows of a family together and in order, families ascending.

    Where a batch begins changes nothing.  ``row_id``: the column of whole numbers by which rows
    are known outside; without it they are counted from 1.  ``state``: also what everybody has
    used in the end, as rows for a next run.  ``explain``: with the columns that explain a row.
    ``wrong``: rows, by that number, that are refused for what stands elsewhere in the whole
    input.  ``pinned``: the rulebooks that rows may name in ``rulebook``; without it every row
    is settled by ``library``, whatever it names.  ``rearrange``: the rows of a family stand
    together, but in the order in which they were written; they are put in theirs, as those of a
    file are.  The last batch holds the
    sums.  ``InputError`` for columns that do not fit and for families that are not in order; a
    row that does not fit, or that a rule refuses, is a row.
    """
    rulebooks = Rulebooks(library, pinned)
    stream = _Stream(rulebooks, row_id, state, explain, backend, wrong or WrongRows())
    try:
        tables = _sliced(stream.numbered(batches), batch_rows)
        families = whole_families(tables, check=not rearrange)
        for table in _together(families) if rearrange else families:
            yield from stream.settled(table)
    except NotInOrderError:
        raise InputError(
            message("各行要按家庭（family，没有写的按 person）升序，同一家庭按 order 或日期排好")
        ) from None
    yield from stream.sums()


def reconcile(notes: Any) -> Totals:
    """The sums of all partitions as one; ``AssertionError`` where people and funds differ.

    ``notes``: the rows marked ``note``, added up or not, with the columns ``note_*``.
    """
    table = as_table(notes).select([name for name, _ in _NOTE])
    totals = Totals()
    for row in table.to_pylist():
        name, value = row["note_name"], int(row["note_value"])
        if row["note_area"] is not None:
            key = (row["note_area"], row["note_scheme"])
            amounts = totals.funds.setdefault(key, dict.fromkeys((*FUNDS, *PERSONAL), 0))
            amounts[name] += value
        elif name in _COUNTS:
            setattr(totals, name, getattr(totals, name) + value)
        else:
            totals.people[name] += value
    if not totals.reconcile():
        raise AssertionError("the sum over people differs from the sum over funds")
    return totals


class _Stream:
    """One partition on its way: its rules, its sums, the form of its rows."""

    def __init__(
        self,
        rulebooks: Rulebooks,
        row_id: str | None,
        state: bool,
        explain: bool,
        backend: str,
        wrong: WrongRows,
    ) -> None:
        self._rulebooks = rulebooks
        self._loops = choose(backend, quiet=True)
        self._row_id = row_id
        self._state = state
        self._explain = explain
        self._wrong = wrong
        self._totals = Totals()
        self._schema: pa.Schema | None = None

    def numbered(self, batches: Iterable[pa.RecordBatch]) -> Iterator[pa.Table]:
        """The batches as tables, each row with its number."""
        rows = 0
        for batch in batches:
            table = as_table(batch)
            if self._row_id is not None:
                if self._row_id not in table.column_names:
                    raise InputError(message("没有 {name} 这一列", name=self._row_id))
                number = table.column(self._row_id).cast(pa.int64())
                table = table.drop_columns([self._row_id])
            else:
                number = pa.array(np.arange(rows + 1, rows + 1 + table.num_rows))
            rows += table.num_rows
            if self._schema is None:
                check_names(table.column_names, COLUMNS)
                self._schema = partition_schema(
                    table.schema, state=self._state, explain=self._explain
                )
            yield table.append_column(ROW, number)

    def settled(self, table: pa.Table) -> Iterator[pa.RecordBatch]:
        """The rows of some families."""
        done = settle_batch(
            table,
            self._rulebooks,
            self._loops,
            wrong=self._wrong,
            explainable=self._explain,
            with_state=self._state,
        )
        self._totals.add(done.totals)
        yield from self._rows(SETTLED, dict(zip(done.table.column_names, done.table, strict=True)))
        yield from self._rows(REJECT, _rejects(done))
        if done.state is not None:
            fields = [column.combine_chunks() for column in done.state.columns]
            kinds = [plain_type(column.type) for column in fields]
            values = pa.StructArray.from_arrays(
                [column.cast(kind) for column, kind in zip(fields, kinds, strict=True)],
                names=done.state.column_names,
            )
            yield from self._rows(STATE, {STATE_COLUMN: values})

    def sums(self) -> Iterator[pa.RecordBatch]:
        """What the partition comes to."""
        totals = self._totals
        rows: list[tuple[str | None, str | None, str, int]] = [
            (None, None, name, getattr(totals, name)) for name in _COUNTS
        ]
        rows += [(None, None, name, totals.people[name]) for name in AMOUNTS]
        rows += [
            (area, scheme, name, amount)
            for (area, scheme), amounts in sorted(totals.funds.items())
            for name, amount in amounts.items()
        ]
        columns = zip(*rows, strict=True)
        yield from self._rows(
            NOTE,
            {
                name: pa.array(column, kind)
                for (name, kind), column in zip(_NOTE, columns, strict=True)
            },
        )

    def _rows(self, mark: str, columns: dict[str, Any]) -> Iterator[pa.RecordBatch]:
        """Rows of the stream; what they do not have is empty."""
        if self._schema is None:
            return  # No batch came: nobody can say which columns there are.
        count = len(next(iter(columns.values())))
        if count == 0:
            return
        whole = [
            pa.repeat(pa.scalar(mark), count)
            if field.name == MARK
            else columns[field.name].cast(field.type)
            if field.name in columns
            else pa.nulls(count, field.type)
            for field in self._schema
        ]
        yield from pa.table(whole, schema=self._schema).combine_chunks().to_batches()


def _rejects(done: SettledTable) -> dict[str, Any]:
    """The refused rows: their number, the column, the reason in Chinese."""
    refused = done.refused
    return {
        "row": pa.array([row.row for row in refused], pa.int64()),
        "reject_column": pa.array([row.column for row in refused], pa.string()),
        "reject_reason": pa.array([text_of(row.reason, "zh") for row in refused], pa.string()),
    }


def _together(tables: Iterable[pa.Table]) -> Iterator[pa.Table]:
    """The rows of each family in their order; ``InputError`` where a family comes again."""
    seen: set[Any] = set()
    for table in tables:
        families = set(pc.unique(family_keys(table)).to_pylist()) - {None, ""}
        if not seen.isdisjoint(families):
            raise InputError(
                message("同一家庭的行没有放在一处：请按家庭（family，没有写的按 person）放在一起")
            )
        seen |= families
        yield ordered(table)[0]


def _sliced(tables: Iterable[pa.Table], rows: int) -> Iterator[pa.Table]:
    """The same rows in tables of a bounded size, so that memory is."""
    for table in tables:
        for first in range(0, table.num_rows, rows):
            yield table.slice(first, rows)
