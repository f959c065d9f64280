"""What can only be seen over a whole input: people in two families, visits written twice.

Rows are looked at as they pass (``see``); who belongs where, and which visit stands where, is
dealt out to files on disk by a hash of the person or the visit, and each file is looked at on
its own.  Of what is wrong a bit for each row remains.  Where in the input a batch begins
changes nothing: the first row by number says where a person belongs.
"""

from __future__ import annotations

import hashlib
from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import NamedTuple

import numpy as np
import numpy.typing as npt
import pyarrow as pa
import pyarrow.compute as pc

from yibao.columns.read.buckets import Buckets, bucket_numbers
from yibao.columns.read.cells import BatchFaults, Bools, Ints
from yibao.columns.read.families import ROW, family_keys, plain_array
from yibao.columns.schema import CARRY, REVERSE
from yibao.messages import Message, message

_PIECES = 64
"""Files on disk for each question."""
LOOKED_AT = ("person", "family", "draw_relative", "visit", "kind")
"""The columns of which anything is asked."""
_OWN, _NAMED = 0, 1
"""Whether a person has a row or is named by one as grantor; who has one belongs there."""


class _Fault(NamedTuple):
    column: str
    what: Message


TWO_FAMILIES = _Fault("family", message("同一个人写在两个家庭里"))
ELSEWHERE = _Fault("draw_relative", message("授权人不在同一家庭，请用 family 列把他们写在一起"))
REPEATED = _Fault("visit", message("就诊编号重复：前面的行已经写过，每次就诊只写一次"))
_KINDS = (TWO_FAMILIES, ELSEWHERE, REPEATED)


class WrongRows:
    """Of each row of the input whether it is refused for what stands elsewhere in it."""

    def __init__(self) -> None:
        self._bits: dict[_Fault, npt.NDArray[np.uint8]] = {}

    def __bool__(self) -> bool:
        return bool(self._bits)

    def digest(self) -> str:
        """A hash of which rows are wrong in what."""
        digest = hashlib.sha256()
        for fault, bits in sorted(self._bits.items(), key=lambda entry: entry[0].column):
            digest.update(fault.column.encode() + bits.tobytes())
        return digest.hexdigest()

    def add(self, fault: _Fault, rows: Ints) -> None:
        """Rows by number that have a fault."""
        if len(rows) == 0:
            return
        bits = self._bits.get(fault, np.zeros(0, dtype=np.uint8))
        size = int(rows.max()) // 8 + 1
        if size > len(bits):
            bits = np.concatenate((bits, np.zeros(max(size, len(bits)), dtype=np.uint8)))
        np.bitwise_or.at(bits, rows >> 3, (1 << (rows & 7)).astype(np.uint8))
        self._bits[fault] = bits

    def mark(self, faults: BatchFaults, rows: Ints) -> None:
        """Put the faults of these rows of the input among those of a batch."""
        for fault in _KINDS:
            bits = self._bits.get(fault)
            if bits is None:
                continue
            inside = rows >> 3 < len(bits)
            of_row = bits[np.where(inside, rows >> 3, 0)] >> (rows & 7).astype(np.uint8) & 1
            faults.mark(inside & (of_row == 1), fault.column, fault.what)


class FewWrongRows(WrongRows):
    """The same for few rows whose numbers may be of any size, as an engine found them."""

    def __init__(self, rows: Iterable[tuple[int, str]]) -> None:
        """``rows``: each with the column of its fault: ``family``, ``draw_relative``, ``visit``."""
        super().__init__()
        by_column: dict[str, list[int]] = {}
        for row, column in rows:
            by_column.setdefault(column, []).append(row)
        self._numbers: dict[_Fault, Ints] = {
            fault: np.array(sorted(by_column[fault.column]), dtype=np.int64)
            for fault in _KINDS
            if fault.column in by_column
        }

    def __bool__(self) -> bool:
        return bool(self._numbers)

    def mark(self, faults: BatchFaults, rows: Ints) -> None:
        """Put the faults of these rows of the input among those of a batch."""
        for fault, numbers in self._numbers.items():
            faults.mark(np.isin(rows, numbers), fault.column, fault.what)


class FamiliesApart:
    """Whether each family's people have greater numbers than those of the family before.

    Then nobody stands in two families, and nothing has to be put down to know it.
    """

    def __init__(self) -> None:
        self._below: int | None = None
        """The greatest number of the families before the last one."""
        self._of_last: tuple[int, int] | None = None
        """The last family, and the greatest number of its people so far."""

    @property
    def begun(self) -> bool:
        """Whether rows were seen."""
        return self._of_last is not None

    def go_on(self, family: pa.Array, person: pa.Array, grantor: pa.Array | None) -> bool:
        """Whether it is so for these rows, after those before; False too where nothing is known.

        ``grantor``: a person of the row's family as well, empty where none is named.
        """
        if not all(pa.types.is_integer(of.type) and not of.null_count for of in (family, person)):
            return False
        keys, numbers = family.to_numpy(), person.to_numpy()
        begins = np.concatenate(([0], np.flatnonzero(np.diff(keys)) + 1))
        least = np.minimum.reduceat(numbers, begins)
        greatest = np.maximum.reduceat(numbers, begins)
        if grantor is not None and not pa.types.is_null(grantor.type):
            if not pa.types.is_integer(grantor.type):
                return False
            named = pc.coalesce(grantor.cast(person.type), person).to_numpy()
            least = np.minimum(least, np.minimum.reduceat(named, begins))
            greatest = np.maximum(greatest, np.maximum.reduceat(named, begins))
        if self._of_last is not None:
            family_before, greatest_before = self._of_last
            if keys[0] == family_before:
                greatest[0] = max(greatest[0], greatest_before)
            else:
                self._below = greatest_before
        if self._below is not None and least[0] <= self._below:
            return False
        if (least[1:] <= greatest[:-1]).any():
            return False
        if len(begins) > 1:
            self._below = int(greatest[-2])
        self._of_last = int(keys[-1]), int(greatest[-1])
        return True


class WholeInput:
    """The questions that are asked of a whole input.

    ``folder``: where to put down what was seen; in memory without one.  ``every``: whether to
    put down every row; without it what shows that nothing is wrong, which is far less.
    """

    def __init__(self, folder: Path | None, *, every: bool) -> None:
        count = _PIECES if folder is not None else 1
        self._every = every
        self._people = Buckets(folder, "person", count)
        self._visits = Buckets(folder, "named", count)
        self._last: pa.Scalar | None = None
        """The last visit, as long as each one is greater than the one before."""
        self._ascending = not every
        self._families = None if every else FamiliesApart()
        """As long as the numbers of each family's people lie above those of the one before."""
        self._unsure = False

    def see(self, batch: pa.Table) -> None:
        """Look at some rows of the input, numbered in ``ROW``."""
        self._see_people(batch)
        self._see_visits(batch)

    def seen(self, batches: Iterator[pa.Table]) -> Iterator[pa.Table]:
        """The same rows, which are looked at as they pass."""
        for batch in batches:
            self.see(batch)
            yield batch

    def nothing_wrong(self) -> bool:
        """Whether no row that was seen is refused for what stands elsewhere."""
        return not self._unsure and not self.wrong_rows()

    def wrong_rows(self) -> WrongRows:
        """The rows that are refused, once all have been seen; all of them, if every was."""
        wrong = WrongRows()
        for table in self._people.tables():
            if table is not None:
                _compare_families(table, wrong)
        for table in self._visits.tables():
            if table is not None:
                wrong.add(REPEATED, _later_rows(table))
        return wrong

    def _see_people(self, batch: pa.Table) -> None:
        names = batch.column_names
        if "draw_relative" not in names and "family" not in names:
            return  # Everybody is a family.
        family, person = family_keys(batch), plain_array(batch.column("person"))
        grantor = plain_array(batch.column("draw_relative")) if "draw_relative" in names else None
        if self._families is not None and batch.num_rows:
            if self._families.go_on(family, person, grantor):
                return
            # What was not put down before cannot be compared with what follows.
            self._unsure |= self._families.begun
            self._families = None
        self._put_down(person, family, batch.column(ROW), _OWN)
        if grantor is not None:
            self._put_down(grantor, family, batch.column(ROW), _NAMED)

    def _put_down(self, person: pa.Array, family: pa.Array, row: pa.Array, role: int) -> None:
        table = pa.table({"person": person, "family": family, "row": row})
        table = table.filter(pc.and_(_written(person), _written(family)))
        if not self._every:
            groups = table.group_by(["person", "family"], use_threads=False)
            table = groups.aggregate([("row", "min")]).rename_columns(table.column_names)
        columns = {name: _texts(table.column(name)) for name in ("person", "family")}
        columns["row"] = table.column("row")
        columns["role"] = pa.repeat(pa.scalar(role, pa.int8()), table.num_rows)
        buckets = bucket_numbers(columns["person"], self._people.count)
        self._people.deal(pa.table(columns), buckets)

    def _see_visits(self, batch: pa.Table) -> None:
        if "visit" not in batch.column_names:
            return
        visit, kind = plain_array(batch.column("visit")), plain_array(batch.column("kind"))
        table = pa.table({"visit": visit, "row": batch.column(ROW)})
        settled = _written(visit)
        if not pa.types.is_null(kind.type):
            texts = kind.cast(pa.string())
            settled = pc.and_(settled, pc.invert(pc.is_in(texts, pa.array([CARRY, REVERSE]))))
        table = table.filter(settled)
        if self._ascending and table.num_rows:
            visit = plain_array(table.column("visit"))
            if self._goes_on(visit):
                return
            # What was not put down before cannot be compared with what follows.
            self._ascending = False
            self._unsure |= self._last is not None
        visit = _texts(table.column("visit"))
        table = table.set_column(0, "visit", visit)
        self._visits.deal(table, bucket_numbers(visit, self._visits.count))

    def _goes_on(self, visit: pa.Array) -> bool:
        """Whether the visits ascend, after those before."""
        before = visit if self._last is None else pa.concat_arrays([pa.array([self._last]), visit])
        if before.type != visit.type:
            return False
        count = len(before)
        if not pc.all(pc.less(before.slice(0, count - 1), before.slice(1))).as_py():
            return False
        self._last = visit[len(visit) - 1]
        return True


def _texts(column: pa.ChunkedArray | pa.Array) -> pa.Array:
    """The cells as texts, in one piece."""
    array = plain_array(column) if isinstance(column, pa.ChunkedArray) else column
    return array.cast(pa.string())


def _written(array: pa.Array) -> pa.Array:
    """Where a cell is not empty."""
    if pa.types.is_null(array.type):
        return pa.repeat(pa.scalar(False), len(array))
    filled = pc.is_valid(array)
    if pa.types.is_string(array.type) or pa.types.is_large_string(array.type):
        filled = pc.and_(filled, pc.fill_null(pc.not_equal(array, ""), False))
    return filled


def _codes(column: pa.ChunkedArray) -> Ints:
    coded = pc.dictionary_encode(plain_array(column))
    codes: Ints = coded.indices.to_numpy(zero_copy_only=False).astype(np.int64)
    return codes


def _compare_families(table: pa.Table, wrong: WrongRows) -> None:
    """Who stands in another family than in the first row, and who names a grantor of another."""
    person, row, role = (
        _codes(table.column("person")),
        table.column("row").to_numpy(),
        table.column("role").to_numpy(),
    )
    family = _codes(table.column("family"))
    order = np.lexsort((row, role, person))
    begins = order[np.flatnonzero(np.diff(person[order], prepend=-1))]
    home = np.zeros(int(person.max(initial=0)) + 1, dtype=np.int64)
    home[person[begins]] = family[begins]
    elsewhere: Bools = family != home[person]
    wrong.add(TWO_FAMILIES, row[elsewhere & (role == _OWN)])
    wrong.add(ELSEWHERE, row[elsewhere & (role == _NAMED)])


def _later_rows(table: pa.Table) -> Ints:
    """The rows of visits that an earlier row has."""
    visit, row = _codes(table.column("visit")), table.column("row").to_numpy()
    order = np.lexsort((row, visit))
    later: Ints = row[order[np.flatnonzero(np.diff(visit[order], prepend=-1) == 0)]]
    return later
