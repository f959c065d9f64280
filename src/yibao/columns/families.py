"""Who belongs together, and in which order: the unit of order is the family."""

from __future__ import annotations

from itertools import pairwise

import numpy as np
import pyarrow as pa

from yibao.columns.reading import NO_DAY, NONE, Codes, Faults, Ints, Reader
from yibao.columns.schema import COLUMNS
from yibao.columns.state_of_rows import People

ROW = "__row"
"""Number of a row in the input, from 1."""


def ordered(table: pa.Table) -> tuple[pa.Table, bool]:
    """The rows with those of a family together and in order, and whether they had to move."""
    faults = Faults(table.num_rows)
    reader = Reader(table, COLUMNS, faults)
    family = reader.codes("family").numbers if reader.has("family") else None
    if family is None or (family < 0).any():
        # First-seen numbers of families and of people without one never meet.
        person = reader.codes("person").numbers
        family = person if family is None else np.where(family < 0, -2 - person, family)
        _, first, index = np.unique(family, return_index=True, return_inverse=True)
        if family is not person or (np.diff(family) < 0).any():
            rank = np.empty(len(first), dtype=np.int64)
            rank[np.argsort(first)] = np.arange(len(first))
            family = rank[index]
    if reader.has("order"):
        order = reader.number("order", 0)
    else:
        days = reader.day("end_day")
        order = np.where(days == NO_DAY, 0, days)
    step = np.diff(family)
    if not ((step < 0) | ((step == 0) & (np.diff(order) < 0))).any():
        return table, False
    return table.take(pa.array(np.lexsort((order, family)))), True


def find_people(table: pa.Table, faults: Faults) -> People:
    """Number people and families; a family's rows stand together."""
    reader = Reader(table, COLUMNS, faults)
    rows = table.num_rows
    person = reader.codes("person")
    faults.at(person.numbers < 0, "person", "这一格必填")
    numbers = np.maximum(person.numbers, 0)
    family = numbers
    if reader.has("family"):
        codes = reader.codes("family")
        family = np.where(codes.numbers < 0, codes.count + numbers, codes.numbers)
    change = np.flatnonzero(np.diff(family)) + 1
    family_rows = np.concatenate(([0], change, [rows])).astype(np.int64)
    relative = np.zeros(0, dtype=np.int64)
    known = np.full(person.count + 1, NONE, dtype=np.int64)
    if reader.has("family"):
        known[numbers[::-1]] = family[::-1]
        faults.at(known[numbers] != family, "family", "同一个人写在两个家庭里")
    if reader.has("draw_relative"):
        named = reader.codes("draw_relative")
        names = person.texts
        place = {name: at for at, name in enumerate(names)}
        every = list(names)
        table_of = np.full(len(named.texts) + 1, NONE, dtype=np.int64)
        for at, name in enumerate(named.texts):
            if name == "":
                continue
            if name not in place:
                place[name] = len(every)
                every.append(name)
            table_of[at] = place[name]
        relative = table_of[named.numbers]
        homes = np.full(len(every) + 1, NONE, dtype=np.int64)
        homes[: person.count] = known[: person.count]
        if not reader.has("family"):
            homes[numbers] = numbers
        elsewhere = (relative >= 0) & (homes[relative] >= 0) & (homes[relative] != family)
        faults.at(elsewhere, "draw_relative", "授权人不在同一家庭，请用 family 列把他们写在一起")
        person = Codes(person.numbers, every)
    return People(numbers, relative, family_rows, person)


def split_evenly(family_rows: Ints, parts: int) -> list[tuple[int, int]]:
    """Families in ``parts`` runs of about as many rows; none is split."""
    families = len(family_rows) - 1
    goals = family_rows[-1] * np.arange(1, parts) // parts
    cuts = np.searchsorted(family_rows, goals).tolist()
    bounds = [0, *cuts, families]
    return [(first, last) for first, last in pairwise(bounds) if first < last]
