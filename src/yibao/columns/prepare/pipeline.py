"""From the columns of a file to what the loop reads, step by step.

Each step reads its columns, checks them and asks the benefit functions; it knows what the
steps before it found.  A row with a fault stays in the batch and is passed over at the end.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
import pyarrow as pa

from yibao.columns import packing as k
from yibao.columns.backend import Backend
from yibao.columns.frame import NOT_CARRIED, Extras, Visits
from yibao.columns.prepare.amounts import VisitAmounts, read_amounts
from yibao.columns.prepare.batch import Batch, read_batch
from yibao.columns.prepare.carried_in import CarriedIn, read_carried
from yibao.columns.prepare.payments import Payments, read_payments
from yibao.columns.prepare.row_bonus import RowBonus, read_bonus
from yibao.columns.prepare.row_care import RowCare, read_care
from yibao.columns.prepare.row_days import RowOnce, read_once
from yibao.columns.prepare.row_person import RowPerson, read_person
from yibao.columns.prepare.row_rules import RowRules, find_rules, read_days
from yibao.columns.prepare.row_state import assign_slots, proposal_starts, reversed_rows
from yibao.columns.prepare.slot_loops import Slots
from yibao.columns.read.cells import BatchFaults, Codes, Ints, Reader, Shorts
from yibao.columns.read.families import BatchPeople
from yibao.columns.rulebooks import Rulebooks
from yibao.columns.schema import COLUMNS, FACT_COLUMNS
from yibao.columns.settle.patterns import PatternTable

_FEW_PATTERNS = 1 << 12


@dataclass(slots=True)
class PreparedRows:
    """A batch, ready for the loop."""

    facts: Ints
    """Each row's facts but its groups: see ``packing``."""
    groups: Ints
    """The mask of each row's groups; empty where nobody is in any."""
    patterns: Any
    """A row of figures for each kind of visit: see ``settle.patterns``."""
    visits: Visits
    extras: Extras
    family_rows: Ints
    slots: Slots
    faults: BatchFaults
    version: Ints
    end_day: Ints
    rule_day: Ints
    people: BatchPeople
    payments: Payments
    once: RowOnce
    area: Codes
    scheme: Ints
    most_proposed: int
    """For how many later rows there is room in what reversals propose."""
    largest: int
    """Most that the amounts of a family may add up to, in fen."""


def prepare(
    table: pa.Table,
    people: BatchPeople,
    rulebooks: Rulebooks,
    backend: Backend,
    faults: BatchFaults,
    items: pa.Table | None,
) -> PreparedRows:
    """Read, check and translate the rows of whole families, already in order."""
    batch = read_batch(Reader(table, COLUMNS, faults), faults, rulebooks, backend, people)
    days = read_days(batch)
    rules = find_rules(batch, days)
    person = read_person(batch, days, rules)
    care = read_care(batch, days, rules, person)
    amounts = read_amounts(batch, items, days, rules, person, care)
    payments = read_payments(batch, days, rules, person)
    carried = read_carried(batch, care.disease, care.by_month, payments.relative)
    bonus = read_bonus(batch, days, rules, person, care.kind)
    batch.reader.check_unread(FACT_COLUMNS)
    facts = _facts(batch, person, care, payments, carried, bonus)
    once = read_once(batch, rules, person, care)
    slots = assign_slots(batch, days, rules, person, care, payments, bonus, once)
    patterns, pattern = look_up_patterns(batch, facts, person.groups, rules.version)
    undone = reversed_rows(batch)
    proposed_start = proposal_starts(batch, undone)
    return PreparedRows(
        facts=facts,
        groups=person.groups,
        patterns=patterns,
        visits=_visits(pattern, amounts, slots, once, days.end),
        extras=_extras(batch, rules, payments, carried, bonus, slots, undone, proposed_start),
        family_rows=people.family_rows,
        slots=slots,
        faults=faults,
        version=rules.version,
        end_day=days.end,
        rule_day=rules.rule_day,
        people=people,
        most_proposed=int(proposed_start[-1]) if len(proposed_start) else 0,
        payments=payments,
        once=once,
        area=rules.area,
        scheme=person.scheme,
        largest=_largest(amounts, carried.values, people.family_rows),
    )


def _facts(
    batch: Batch,
    person: RowPerson,
    care: RowCare,
    payments: Payments,
    carried: CarriedIn,
    bonus: RowBonus,
) -> Ints:
    """The word of each row; that of a refused one says nothing but this."""
    columns = {
        "member": person.member,
        "tier": care.tier,
        "age": person.age,
        "place": care.place,
        "disease": care.disease,
        "former": care.former,
        "entitled": person.entitled,
        "prescription": care.prescription,
        "family_doctor": care.family_doctor,
        "sent_on": care.sent_on,
        "without_stay": care.without_stay,
        "delivery": care.delivery,
        "fetuses": care.fetuses,
        "gestation_months": care.gestation_months,
        "qualifying_months": care.qualifying_months,
        "contribution_class": person.contribution_class,
        "by_month": care.by_month,
        "carried": carried.carries,
        "bonus": bonus.how,
        "deductible_times": care.deductible_times,
        "draw_own": payments.own,
        "draw_relative": payments.by_relative,
    }
    word = care.kind.copy()
    shifted = np.empty_like(word)
    alike = 0
    for name, column in columns.items():
        field = k.FIELDS[name]
        value = batch.reader.value_of(column)
        if value is not None:
            alike |= value - field.least << field.shift
            continue
        if field.least:
            column = column - field.least
        if column.any():
            np.left_shift(column, field.shift, out=shifted)
            word |= shifted
    if alike:
        word |= alike
    word[~batch.fine] = k.KIND_REFUSED
    return word


def look_up_patterns(batch: Batch, facts: Ints, groups: Ints, version: Ints) -> tuple[Any, Shorts]:
    """The table of patterns, and where the pattern of each row stands in it."""
    size = _FEW_PATTERNS
    pattern = np.zeros(batch.rows, dtype=np.int32)
    while True:
        table = PatternTable(
            np.zeros(size * 2, dtype=np.int32),
            np.zeros(size, dtype=np.int64),
            np.zeros(size, dtype=np.int64),
            np.zeros(size, dtype=np.int64),
            np.zeros(size, dtype=np.int64),
            np.zeros(2, dtype=np.int64),
        )
        batch.call("find_patterns", facts, groups, version, table, pattern)
        if table.count[0] >= 0:
            break
        size *= 8
    patterns = batch.backend.table(int(table.count[1]), batch.rulebooks.figures_in_row)
    batch.call("fill_patterns", batch.rules, table, patterns)
    return patterns, pattern


def _extras(
    batch: Batch,
    rules: RowRules,
    payments: Payments,
    carried: CarriedIn,
    bonus: RowBonus,
    slots: Slots,
    undone: Ints,
    proposed_start: Ints,
) -> Extras:
    return Extras(
        account_version=payments.version.astype(np.int32),
        relative_slot=slots.relative,
        limit=payments.limit,
        bonus=bonus.bonus,
        bonus_version=rules.end_version.astype(np.int32),
        bonus_years=bonus.years.astype(np.int32),
        bonus_year_start=bonus.year_start,
        bonus_year_version=bonus.year_version,
        bonus_year_slot=slots.bonus_year,
        carried_start=carried.start,
        carried=carried.values,
        reverses=undone,
        person=batch.people.person.astype(np.int64) if len(undone) else undone,
        proposed_start=proposed_start,
    )


def _visits(
    pattern: Shorts, amounts: VisitAmounts, slots: Slots, once: RowOnce, end_day: Ints
) -> Visits:
    """What the loop reads of each row: amounts in 32 bits where all of them fit, else in 64."""
    wide = int(amounts.total.max(initial=0)) >= 1 << 31
    total, out_of_catalogue, over_limit, upfront, essential_drugs, chinese_medicine = (
        column if wide else column.astype(np.int32) for column in amounts
    )
    grouped = bool(essential_drugs.any() or chinese_medicine.any())
    empty = essential_drugs[:0]
    return Visits(
        pattern=pattern,
        total=total,
        out_of_catalogue=out_of_catalogue,
        over_limit=over_limit,
        upfront=upfront,
        essential_drugs=essential_drugs if grouped else empty,
        chinese_medicine=chinese_medicine if grouped else empty,
        year_slot=slots.year,
        other_slot=slots.other,
        person_slot=slots.person,
        days_slot=slots.days,
        days=once.days.astype(np.int32),
        day=end_day.astype(np.int32) if len(once.days) else end_day[:0].astype(np.int32),
    )


def _largest(amounts: VisitAmounts, carried: Ints, family_rows: Ints) -> int:
    """Most that the amounts of one family may add up to, with what is carried in."""
    of_row = int(amounts.total.max(initial=0)) + int(
        np.abs(carried[carried != NOT_CARRIED]).max(initial=0)
    )
    return int(np.diff(family_rows).max(initial=0)) * of_row
