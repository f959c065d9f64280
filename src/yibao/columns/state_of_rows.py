"""What a row's state hangs on: terms of its disease, incentives, and where state stands."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np

from yibao.columns import packing as k
from yibao.columns.backend import Backend
from yibao.columns.lookups import timely_masks
from yibao.columns.patterns import Found
from yibao.columns.reading import NO_DAY, NONE, Codes, Faults, Ints, Reader
from yibao.columns.rows import Owners, Slots, Table
from yibao.columns.rulebooks import Rulebooks
from yibao.policy import parameters as p
from yibao.policy.keys import KIND_CHRONIC, KIND_INPATIENT, RESIDENT

NOTHING = np.zeros(0, dtype=np.int64)
_FEW_PATTERNS = 1 << 12


@dataclass(slots=True)
class People:
    """Numbers of the people and families of a batch; rows of a family stand together."""

    person: Ints
    relative: Ints
    family_rows: Ints
    names: Codes
    """The texts of the numbers."""


def find_versions(
    backend: Backend, rulebooks: Rulebooks, area: Ints, known: Ints, day: Ints
) -> Ints:
    version = np.zeros(len(area), dtype=np.int64)
    books = rulebooks.books(area, known)
    backend.call("find_versions", books, area, known, day, version)
    return version


def disease_terms(
    reader: Reader,
    rulebooks: Rulebooks,
    version: Ints,
    kind: Ints,
    scheme: Ints,
    disease: Ints,
    start_day: Ints,
    end_day: Ints,
) -> tuple[Ints, Ints]:
    """Whether former terms hold, and whether the disease's ceiling is one of a month."""
    rows = len(kind)
    former = np.zeros(rows, dtype=np.int64)
    by_month = np.zeros(rows, dtype=np.int64)
    at = np.flatnonzero((disease >= 0) & ((kind == KIND_CHRONIC) | (kind == k.KIND_CARRY)))
    if len(at) == 0:
        return former, by_month
    of_version, of_scheme = version[at], scheme[at]
    admitted = reader.day("disease_from_day")[at]
    before = rulebooks.value(of_version, p.FORMER_ADMITTED_BEFORE, of_scheme)
    until = rulebooks.value(of_version, p.FORMER_UNTIL, of_scheme)
    former[at] = (
        (admitted != NO_DAY)
        & (before > 0)
        & (until > 0)
        & (admitted < before)
        & (end_day[at] <= until)
    )
    table = np.where(former[at] == 1, p.FORMER_TERM, p.DISEASE_TERM)
    terms = rulebooks.value(of_version, table, of_scheme, disease[at])
    by_month[at] = terms == p.TERMS_MONTH
    period = reader.choice("disease_period")
    written = (kind == k.KIND_CARRY) & (period != NONE)
    by_month[written] = period[written]
    return former, by_month


def bonus_of(
    reader: Reader,
    rulebooks: Rulebooks,
    end_version: Ints,
    scheme: Ints,
    kind: Ints,
    end_year: Ints,
    faults: Faults,
) -> tuple[Ints, Ints, Ints]:
    """How the bonus is given, the bonus or the mask of years, and the incentives' first year."""
    rows = len(kind)
    applies = (scheme == RESIDENT) & ((kind == KIND_INPATIENT) | (kind == KIND_CHRONIC))
    given = reader.number("ceiling_bonus_fen")
    timely = reader.codes("timely_years")
    faults.at(
        (given != NONE) & (timely.numbers >= 0),
        "timely_years",
        "ceiling_bonus_fen 与 timely_years 只写一个",
    )
    first_year = rulebooks.matrix[:, p.INCENTIVE_FIRST_YEAR][end_version]
    how = np.zeros(rows, dtype=np.int64)
    if not reader.has("ceiling_bonus_fen") and not reader.has("timely_years"):
        return how, NOTHING, first_year
    by_years = applies & (timely.numbers >= 0)
    how[applies & (given > 0)] = k.BONUS_GIVEN
    how[by_years] = k.BONUS_YEARS
    masks = timely_masks(timely, first_year, end_year, by_years & (faults.status == 0), faults)
    return how, np.where(by_years, masks, np.maximum(given, 0)), first_year


def walked_years(
    backend: Backend,
    rulebooks: Rulebooks,
    in_area: Ints,
    end_day: Ints,
    first_year: Ints,
    walk_years: Ints,
    faults: Faults,
) -> tuple[Ints, Ints]:
    """The rules of every year that the incentives of a row look at."""
    total = int(walk_years.sum())
    if total == 0:
        return NOTHING.astype(np.int32), NOTHING.astype(np.int32)
    start = np.cumsum(walk_years) - walk_years
    row = np.repeat(np.arange(len(walk_years)), walk_years)
    year = first_year[row] + np.arange(total) - start[row]
    new_year = (year - 1970).astype("datetime64[Y]").astype("datetime64[D]").astype(np.int64)
    version = find_versions(backend, rulebooks, in_area[row], end_day[row], new_year)
    lacking = rulebooks.refusals[version] != 0
    if lacking.any():
        where = np.zeros(len(walk_years), dtype=np.bool_)
        where[row[lacking]] = True
        faults.at(where, "timely_years", "激励起算年度的规则缺少舍入方式，不能计算")
    return start.astype(np.int32), version.astype(np.int32)


def assign(backend: Backend, people: People, owners: Owners) -> Slots:
    rows = len(owners.kind)
    walks = int(owners.walk_years.sum())
    relatives = len(owners.relative) > 0
    most = rows * (4 if relatives else 3) + walks
    largest = int(np.diff(people.family_rows).max(initial=1))
    size = 64
    while size < largest * 8 + walks * 2:
        size *= 2

    def empty(count: int, kind: type = np.int32) -> Ints:
        return np.zeros(count, dtype=kind)

    slots = Slots(
        empty(rows), empty(rows), empty(rows), empty(rows if relatives else 0), empty(walks),
        empty(len(people.family_rows), np.int64), empty(most), empty(most), empty(most),
        empty(most), empty(most),
    )  # fmt: skip
    start = (
        np.cumsum(owners.walk_years) - owners.walk_years if walks else np.zeros(0, dtype=np.int64)
    )
    backend.call(
        "assign_slots",
        Table(empty(size), empty(size)),
        owners,
        slots,
        people.family_rows,
        start,
    )
    return slots


def patterns_of(
    backend: Backend, rulebooks: Rulebooks, facts: Ints, version: Ints
) -> tuple[Any, Any]:
    """The table of patterns, and where the pattern of each row stands in it."""
    size = _FEW_PATTERNS
    pattern = np.zeros(len(facts), dtype=np.int32)
    while True:
        found = Found(
            np.zeros(size * 2, dtype=np.int32),
            np.zeros(size, dtype=np.int64),
            np.zeros(size, dtype=np.int64),
            np.zeros(size, dtype=np.int64),
            np.zeros(2, dtype=np.int64),
        )
        backend.call("find_patterns", facts, version, found, pattern)
        if found.count[0] >= 0:
            break
        size *= 8
    patterns = backend.table(int(found.count[1]), rulebooks.figures_in_row)
    backend.call("fill_patterns", backend.rules(rulebooks), found, patterns)
    return patterns, pattern
