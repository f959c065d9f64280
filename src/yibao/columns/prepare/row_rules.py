"""Step 1: the days of each row, and the rules that hold on them.

Rules are those known on the last day.  Which day's rules, and on which day the facts of the
person count, the pack says: ``benefit.functions.stay``.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from yibao.benefit.terms import NO_DAY
from yibao.columns.prepare.batch import Batch
from yibao.columns.prepare.lookups import areas_of_rules
from yibao.columns.read.cells import Codes, Ints
from yibao.messages import message
from yibao.policy.keys import KIND_INPATIENT


@dataclass(frozen=True, slots=True)
class RowDays:
    """The days that each row writes; 0 where its last day is missing."""

    start: Ints
    end: Ints
    birth: Ints


@dataclass(frozen=True, slots=True)
class RowRules:
    """The rules of each row: versions are rows of the table of rules."""

    area: Codes
    area_number: Ints
    """Number of the area, or of the rulebook that is named, in the rulebooks; -1: no pack."""
    end_version: Ints
    """Rules of the last day."""
    rule_day: Ints
    """Day of the rules and of the benefit year."""
    version: Ints
    """Rules of ``rule_day``."""
    person_day: Ints
    """Day of the facts of the person."""
    person_version: Ints
    """Rules of ``person_day``, for the price class."""


def read_days(batch: Batch) -> RowDays:
    """First and last day and the day of birth, checked."""
    reader, faults, is_visit = batch.reader, batch.faults, batch.is_visit
    end_day = reader.day("end_day")
    start_day = end_day
    if reader.has("start_day"):
        start_day = reader.day("start_day")
        start_day = np.where(start_day == NO_DAY, end_day, start_day)
        faults.mark((start_day > end_day) & is_visit, "start_day", message("晚于 end_day"))
        faults.mark(
            (start_day != end_day) & is_visit & (batch.kind != KIND_INPATIENT),
            "start_day",
            message("只有住院（inpatient）的首日可以早于末日"),
        )
    birth_day = reader.day("birth_day")
    faults.mark((birth_day == NO_DAY) & is_visit, "birth_day", message("这一格必填"))
    faults.mark((birth_day > start_day) & is_visit, "birth_day", message("晚于就诊日"))
    reader.choice("sex")
    missing = end_day == NO_DAY
    end = np.where(missing, 0, end_day)
    start = end if start_day is end_day else np.where(missing, 0, start_day)
    return RowDays(start, end, birth_day)


def find_rules(batch: Batch, days: RowDays) -> RowRules:
    """The rules of every row; a fault where a pack or a figure is lacking."""
    area = batch.reader.codes("area")
    batch.faults.mark(area.numbers < 0, "area", message("这一格必填"))
    pinned = batch.reader.codes("rulebook")
    area_number = areas_of_rules(area, pinned, batch.rulebooks, batch.faults, ("area", "rulebook"))
    end_version = _rounded(batch, batch.versions(area_number, days.end, days.end), days.end)
    rule_day = _day_by(batch, "rules_days", end_version, days.end, days)
    version = end_version
    if rule_day is not days.end:
        version = _rounded(batch, batch.versions(area_number, days.end, rule_day), rule_day)
    person_day = _day_by(batch, "person_days", version, rule_day, days)
    person_version = version
    moved = np.flatnonzero(person_day != rule_day) if person_day is not rule_day else ()
    if len(moved):
        person_version = version.copy()
        person_version[moved] = batch.versions(
            area_number[moved], days.end[moved], person_day[moved]
        )
        _rounded(batch, person_version, person_day)
    return RowRules(area, area_number, end_version, rule_day, version, person_day, person_version)


def _rounded(batch: Batch, version: Ints, day: Ints) -> Ints:
    """The versions; a fault where a way of rounding is not in force."""
    batch.refuse("area", version, day, batch.rulebooks.refusals[version])
    return version


def _day_by(batch: Batch, loop: str, version: Ints, known: Ints, days: RowDays) -> Ints:
    """The day that a pack's option chooses; ``known`` itself where it is that in every row."""
    day, status = batch.zeros(), batch.zeros()
    batch.call(loop, batch.rules, version, days.start, days.end, day, status)
    batch.refuse("area", version, known, status)
    return known if days.start is days.end or np.array_equal(day, known) else day
