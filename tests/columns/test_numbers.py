"""What is no whole number is refused in every column of amounts, and the column is named."""

from __future__ import annotations

import re

import pytest

pytest.importorskip("pyarrow", reason="没有装 pyarrow")

import pyarrow as pa
from random_visits import random_visits

from yibao.columns.engine import run
from yibao.columns.schema import COLUMNS
from yibao.errors import InputError
from yibao.policy.compile import PolicyLibrary

TEXTS = ("1e30", "true", "٣", "１２", "nan", "inf", "1.5", "9" * 30, "-9223372036854775808")
UNITS = ("fen", "signed_fen", "basis_points", "count")


def test_every_column_of_numbers_refuses_them() -> None:
    library = PolicyLibrary.load()
    several = random_visits(library, 40, 3)
    settled = run(several, library, backend="plain").table
    # One with a relative's account, so that every column is read; of one row none is ordered.
    rows = [number - 1 for number in settled.column("row").to_pylist()]
    row = next(number for number in rows if several["draw_relative"][number].is_valid)
    visits = several.slice(row, 1)
    names = [
        name for name in visits.column_names if COLUMNS[name].unit in UNITS and name != "order"
    ]
    assert len(names) > 12
    arrays = [pa.array([text]) for text in TEXTS]
    arrays += [pa.array([True]), pa.array([float("nan")]), pa.array([1e30]), pa.array([2**62])]
    taken = []
    for name in names:
        place = visits.column_names.index(name)
        for array in arrays:
            try:
                answer = run(visits.set_column(place, name, array), library, backend="plain")
                refused = {row.column for row in answer.refused}
            except InputError as error:
                refused = {name} & set(re.findall("[a-z_]+", str(error)))
            if refused != {name}:
                taken.append((name, array[0].as_py(), refused))
    assert not taken, str(taken)
