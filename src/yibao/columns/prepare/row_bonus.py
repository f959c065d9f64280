"""Step 7: what raises the ceiling of a resident: a bonus that is stated, or years paid in time."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from yibao.columns import packing as k
from yibao.columns.frame import YEARS
from yibao.columns.prepare.batch import Batch
from yibao.columns.prepare.lookups import timely_masks
from yibao.columns.prepare.row_person import RowPerson
from yibao.columns.prepare.row_rules import RowDays, RowRules
from yibao.columns.read.calendar import year_number
from yibao.columns.read.cells import NONE, Ints, Shorts
from yibao.messages import message

_NO_INTS = np.zeros(0, dtype=np.int64)
_NO_NUMBERS = np.zeros(0, dtype=np.int32)


@dataclass(frozen=True, slots=True)
class RowBonus:
    """How each row's bonus comes about."""

    how: Ints
    """``BONUS_NONE``, ``BONUS_STATED`` or ``BONUS_YEARS``."""
    bonus: Ints
    """The bonus in fen, or the mask of years paid in time; empty where no row has either."""
    years: Ints
    """How many years the incentives look at."""
    last_year: Ints
    """The last of these: the year of the last day."""
    year_start: Shorts
    """Where the years of each row begin in ``year_version``; empty where no row has a bonus."""
    year_version: Shorts
    """The rules of each year, as known on the last day."""


def read_bonus(
    batch: Batch, days: RowDays, rules: RowRules, person: RowPerson, counted: Ints
) -> RowBonus:
    """The bonus columns, checked, with the rules of the years that they need.

    ``counted`` is the kind of care whose terms hold for each row.
    """
    reader, faults = batch.reader, batch.faults
    last_year = year_number(days.end)
    none = reader.constant(0)
    if not reader.has("ceiling_bonus_fen") and not reader.has("timely_years"):
        return RowBonus(none, _NO_INTS, none, last_year, _NO_NUMBERS, _NO_NUMBERS)
    stated = reader.number("ceiling_bonus_fen")
    timely = reader.codes("timely_years")
    faults.mark(
        (stated != NONE) & (timely.numbers >= 0),
        "timely_years",
        message("ceiling_bonus_fen 与 timely_years 只写一个"),
    )
    raises, years = batch.zeros(), batch.zeros()
    batch.call(
        "bonus_years",
        batch.rules,
        rules.end_version,
        person.scheme,
        batch.kind,
        counted,
        last_year,
        raises,
        years,
    )
    by_years = (raises == 1) & (timely.numbers >= 0)
    how = np.where((raises == 1) & (stated > 0), k.BONUS_STATED, k.BONUS_NONE)
    how[by_years] = k.BONUS_YEARS
    years = np.where(by_years & batch.fine, years, 0)
    first_year = np.where(years > 0, last_year - years + 1, 0)
    masks = timely_masks(timely, first_year, by_years & batch.fine, faults)
    faults.mark(years > YEARS, "timely_years", message("年度太多，无法计算激励"))
    years = np.where(batch.fine, years, 0)
    start, version = _year_rules(batch, days, rules, first_year, years)
    bonus = np.where(by_years, masks, np.maximum(stated, 0))
    return RowBonus(how, bonus, years, last_year, start, version)


def _year_rules(
    batch: Batch, days: RowDays, rules: RowRules, first_year: Ints, years: Ints
) -> tuple[Shorts, Shorts]:
    """Where each row's years begin, and the rules of every year."""
    total = int(years.sum())
    if total == 0:
        # The loop asks where a row's years begin also where it has none.
        return np.zeros(len(years), dtype=np.int32), _NO_NUMBERS
    start = np.cumsum(years) - years
    row = np.repeat(np.arange(len(years)), years)
    year = first_year[row] + np.arange(total) - start[row]
    new_year = (year - 1970).astype("datetime64[Y]").astype("datetime64[D]").astype(np.int64)
    version = batch.versions(rules.area_number[row], days.end[row], new_year)
    lacking = batch.rulebooks.refusals[version] != 0
    if lacking.any():
        where = np.zeros(batch.rows, dtype=np.bool_)
        where[row[lacking]] = True
        batch.faults.mark(
            where, "timely_years", message("激励起算年度的规则缺少舍入方式，不能计算")
        )
    return start.astype(np.int32), version.astype(np.int32)
