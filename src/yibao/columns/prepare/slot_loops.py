"""A loop that numbers the state that the rows of each family read: their slots.

Written, like the benefit functions, in what CPython and Numba share.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, NamedTuple

from yibao.benefit.functions.disease_terms import disease_period
from yibao.benefit.functions.left_behind import READS_ADMISSIONS, READS_DISEASE, state_read
from yibao.columns.frame import Column, Written
from yibao.columns.packing import KIND_CARRY
from yibao.policy.keys import RESIDENT

TAG_YEAR = 0
TAG_DISEASE = 1
TAG_PERSON = 2
TAG_DAYS = 3
"""Of the days in which a deductible is borne once: kind of care and institution name them."""


class Owners(NamedTuple):
    """Whose state a row reads."""

    kind: Column
    person: Column
    """Number of the person in the batch."""
    scheme: Column
    year: Column
    """Benefit year."""
    admission_year: Column
    disease: Column
    """Position, or -1."""
    by_month: Column
    """1: the ceiling of the disease, or for outpatients, is one of a month or quarter."""
    last_month: Column
    """First month yyyymm of that period; read where the ceiling is one of a month."""
    relative: Column
    """Number of the person whose account may pay, or -1; empty where no row names one."""
    bonus_years: Column
    """How many years up to that of the visit the incentives look at."""
    last_bonus_year: Column
    """The last of these years."""
    days_care: Column
    """Kind of care whose deductible is borne once in a number of days, or -1; this and the next
    are empty where no row's is."""
    days_institution: Column
    """Number of the institution whose days they are, or -1."""


class Slots(NamedTuple):
    """What ``assign_slots`` writes: slots within the family, and what each one holds."""

    year: Written
    other: Written
    person: Written
    relative: Written
    bonus_year: Written
    """Of each year that the incentives of a row look at."""
    days: Written
    """Of the days in which a row's deductible is borne once, or -1."""
    family: Written
    """Where the slots of each family begin."""
    tag: Written
    owner: Written
    scheme: Written
    disease: Written
    period: Written


class SlotTable(NamedTuple):
    """Room for finding the slots of one family at a time."""

    family: Written
    slot: Written


def slot_of(
    table: SlotTable,
    slots: Slots,
    family: int,
    begin: int,
    end: int,
    tag: int,
    person: int,
    scheme: int,
    disease: int,
    period: int,
) -> int:
    """The slot of a key among those from ``begin`` to ``end``; ``end`` where it is new."""
    mask = len(table.slot) - 1
    bucket = (period + person * 37 + scheme * 11 + tag * 5 + disease * 3) & mask
    while table.family[bucket] == family + 1:
        slot: int = table.slot[bucket]
        if (
            slots.owner[slot] == person
            and slots.period[slot] == period
            and slots.tag[slot] == tag
            and slots.scheme[slot] == scheme
            and slots.disease[slot] == disease
        ):
            return slot
        bucket = (bucket + 1) & mask
    table.family[bucket] = family + 1
    table.slot[bucket] = end
    slots.tag[end] = tag
    slots.owner[end] = person
    slots.scheme[end] = scheme
    slots.disease[end] = disease
    slots.period[end] = period
    return end


def other_slot_of(
    table: SlotTable,
    owners: Owners,
    slots: Slots,
    family: int,
    begin: int,
    end: int,
    row: int,
    of_year: int,
) -> int:
    """The slot of what a row reads beside its year; ``of_year`` where it is nothing else."""
    kind = owners.kind[row] + 0
    person = owners.person[row] + 0
    scheme = owners.scheme[row] + 0
    year = owners.year[row] + 0
    reads = state_read(kind)
    admission_year = owners.admission_year[row] + 0
    if reads == READS_ADMISSIONS and admission_year != year:
        return slot_of(
            table, slots, family, begin, end, TAG_YEAR, person, scheme, -1, admission_year
        )
    disease = owners.disease[row] + 0
    if (reads == READS_DISEASE or kind == KIND_CARRY) and disease >= 0:
        period = disease_period(owners.by_month[row] + 0, year, owners.last_month[row] + 0)
        return slot_of(
            table, slots, family, begin, end, TAG_DISEASE, person, scheme, disease, period
        )
    if owners.by_month[row] == 1 and reads != READS_ADMISSIONS and reads != READS_DISEASE:
        month = owners.last_month[row] + 0
        return slot_of(table, slots, family, begin, end, TAG_DISEASE, person, scheme, -1, month)
    return of_year


def assign_slots(
    table: SlotTable, owners: Owners, slots: Slots, family_rows: Column, bonus_start: Column
) -> None:
    """Number the state that the rows of each family read.

    ``bonus_start``: where the years of each row begin in ``slots.bonus_year``; empty where
    no row's incentives look at any.
    """
    used = 0
    for family in range(len(family_rows) - 1):
        begin = used
        slots.family[family] = begin
        for row in range(family_rows[family], family_rows[family + 1]):
            person = owners.person[row] + 0
            scheme = owners.scheme[row] + 0
            year = owners.year[row] + 0
            # Most rows are of the person of the row before, and of its year.
            again = row > family_rows[family] and owners.person[row - 1] == person
            if again and owners.scheme[row - 1] == scheme and owners.year[row - 1] == year:
                slot = begin + slots.year[row - 1]
            else:
                slot = slot_of(
                    table, slots, family, begin, used, TAG_YEAR, person, scheme, -1, year
                )
            if slot == used:
                used += 1
            slots.year[row] = slot - begin
            other = other_slot_of(table, owners, slots, family, begin, used, row, slot)
            if other == used:
                used += 1
            slots.other[row] = other - begin
            if again:
                own = begin + slots.person[row - 1]
            else:
                own = slot_of(table, slots, family, begin, used, TAG_PERSON, person, 0, -1, 0)
            if own == used:
                used += 1
            slots.person[row] = own - begin
            if len(owners.relative) > 0 and owners.relative[row] >= 0:
                grantor = owners.relative[row] + 0
                relative = slot_of(table, slots, family, begin, used, TAG_PERSON, grantor, 0, -1, 0)
                if relative == used:
                    used += 1
                slots.relative[row] = relative - begin
            if len(owners.days_care) > 0:
                slots.days[row] = -1
                if owners.days_care[row] >= 0:
                    care = owners.days_care[row] + 0
                    place = owners.days_institution[row] + 0
                    of_days = slot_of(
                        table, slots, family, begin, used, TAG_DAYS, person, scheme, care, place
                    )
                    if of_days == used:
                        used += 1
                    slots.days[row] = of_days - begin
            if len(bonus_start) > 0:
                years = owners.bonus_years[row]
                first = owners.last_bonus_year[row] - years + 1
                for number in range(years):
                    of_bonus = slot_of(
                        table, slots, family, begin, used, TAG_YEAR, person, RESIDENT, -1,
                        first + number,
                    )  # fmt: skip
                    if of_bonus == used:
                        used += 1
                    slots.bonus_year[bonus_start[row] + number] = of_bonus - begin
    slots.family[len(family_rows) - 1] = used


SLOT_FUNCTIONS: list[Callable[..., Any]] = [slot_of, other_slot_of, assign_slots]
"""Callees before callers, as the compiler wants them."""
