"""Step 8: where the state that each row reads stands, and which row a reversal undoes."""

from __future__ import annotations

import numpy as np

from yibao.columns import packing as k
from yibao.columns.frame import MOST_PROPOSED
from yibao.columns.prepare.batch import Batch
from yibao.columns.prepare.payments import Payments
from yibao.columns.prepare.row_bonus import RowBonus
from yibao.columns.prepare.row_care import RowCare
from yibao.columns.prepare.row_days import RowOnce
from yibao.columns.prepare.row_person import RowPerson
from yibao.columns.prepare.row_rules import RowDays, RowRules
from yibao.columns.prepare.slot_loops import Owners, Slots, SlotTable
from yibao.columns.read.calendar import month_number, year_number
from yibao.columns.read.cells import NONE, Ints
from yibao.messages import Message, message


def assign_slots(
    batch: Batch,
    days: RowDays,
    rules: RowRules,
    person: RowPerson,
    care: RowCare,
    payments: Payments,
    bonus: RowBonus,
    once: RowOnce,
) -> Slots:
    """A slot of the family's state for everything that its rows read."""
    year = _benefit_years(batch, rules, person, rules.rule_day)
    refused = ~batch.fine
    nobody = np.zeros(0, dtype=np.int64)
    owners = Owners(
        kind=np.where(refused, k.KIND_REFUSED, care.kind),
        person=batch.people.person,
        scheme=person.scheme,
        year=year,
        admission_year=(
            year
            if days.start is rules.rule_day
            else _benefit_years(batch, rules, person, days.start)
        ),
        disease=care.disease,
        by_month=care.by_month,
        last_month=care.last_month,
        relative=np.where(refused, NONE, payments.relative) if payments.any_relative else nobody,
        bonus_years=bonus.years,
        last_bonus_year=bonus.last_year,
        days_care=once.care,
        days_institution=once.institution,
    )
    rows = batch.rows
    years = int(bonus.years.sum())
    relatives = rows if payments.any_relative else 0
    most = rows * 3 + relatives + years + len(once.care)
    largest = int(np.diff(batch.people.family_rows).max(initial=1))
    size = 64
    while size < largest * (10 if len(once.care) else 8) + years * 2:
        size *= 2

    def empty(count: int, kind: type = np.int32) -> Ints:
        return np.zeros(count, dtype=kind)

    slots = Slots(
        year=empty(rows),
        other=empty(rows),
        person=empty(rows),
        relative=empty(relatives),
        bonus_year=empty(years),
        days=empty(len(once.care)),
        family=empty(len(batch.people.family_rows), np.int64),
        tag=empty(most),
        owner=empty(most),
        scheme=empty(most),
        disease=empty(most),
        period=empty(most),
    )
    batch.call(
        "assign_slots",
        SlotTable(empty(size), empty(size)),
        owners,
        slots,
        batch.people.family_rows,
        bonus.year_start,
    )
    return slots


def _benefit_years(batch: Batch, rules: RowRules, person: RowPerson, day: Ints) -> Ints:
    """The benefit year of each row's day."""
    if not batch.rulebooks.shifted_years:
        return year_number(day)
    year = batch.zeros()
    batch.call("benefit_years", batch.rules, rules.version, person.scheme, month_number(day), year)
    return year


def reversed_rows(batch: Batch) -> Ints:
    """The row of the visit that each reversal names, -1 where it stands in no earlier row.

    Empty where the batch has no reversal.
    """
    reversing = batch.kind == k.KIND_REVERSE
    if not reversing.any():
        return np.zeros(0, dtype=np.int64)
    visit, named = batch.reader.codes("visit"), batch.reader.codes("reverses")
    undone = np.full(batch.rows, NONE, dtype=np.int64)
    family = np.searchsorted(batch.people.family_rows, np.arange(batch.rows), side="right")
    row_of: dict[tuple[int, str], int] = {}
    for row in np.flatnonzero((visit.numbers >= 0) & (batch.kind < k.KIND_CARRY)).tolist():
        key = int(family[row]), visit.texts[visit.numbers[row]]
        # Of a number written twice the later row is refused.
        if key not in row_of or batch.faults.status[row_of[key]] != 0:
            row_of[key] = row
    for row in np.flatnonzero(reversing & (named.numbers >= 0)).tolist():
        name = named.texts[named.numbers[row]]
        target = row_of.get((int(family[row]), name), NONE)
        if 0 <= target < row:
            undone[row] = target
        else:
            batch.faults.by_row(np.array([row]), "reverses", [_nowhere(name)])
    return undone


def _nowhere(name: str) -> Message:
    return message(
        "就诊 {name} 不在这个文件里本家庭此前的行中：以前文件的就诊要连同那个文件一起算才能冲销",
        name=name,
    )


def proposal_starts(batch: Batch, undone: Ints) -> Ints:
    """For each row where its proposals begin: a reversal has room for the later rows of its
    person; empty where the batch has no reversal."""
    if not len(undone):
        return np.zeros(0, dtype=np.int64)
    person, rows = batch.people.person.astype(np.int64), np.arange(batch.rows, dtype=np.int64)
    ranked = np.sort(person * batch.rows + rows)
    reversing = np.flatnonzero(undone >= 0)
    of_visit = person[undone[reversing]] * batch.rows
    earlier = np.searchsorted(ranked, of_visit + undone[reversing], side="right")
    room = np.zeros(batch.rows + 1, dtype=np.int64)
    room[reversing + 1] = np.searchsorted(ranked, of_visit + reversing) - earlier
    return np.minimum(np.cumsum(room), MOST_PROPOSED)
