"""Loops over rows that prepare them: versions of the rules, fee items, slots of the state.

Written in what CPython and Numba share, like ``loop``.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any, NamedTuple

from yibao.benefit.functions.account import aid_refusal
from yibao.benefit.functions.catalogue import fee_item
from yibao.benefit.terms import Rules
from yibao.columns.frame import Column, Written
from yibao.columns.packing import KIND_CARRY
from yibao.policy.keys import KIND_CHRONIC, KIND_INPATIENT

TAG_YEAR = 0
TAG_DISEASE = 1
TAG_PERSON = 2


class Books(NamedTuple):
    """Where the rules of an area and a day stand in the table of rules."""

    area_start: Column
    """For each area where its days of knowledge begin."""
    known_days: Column
    area_book: Column
    """For each area the number of its first rulebook."""
    book_start: Column
    """For each rulebook where its first days begin."""
    days: Column
    book_version: Column
    """For each rulebook the row of its rules before the first day; -1: not loaded."""


def steps_up_to(days: Column, first: int, last: int, day: int) -> int:
    """How many of ``days[first:last]`` are not after ``day``."""
    low = first
    high = last
    while low < high:
        middle = (low + high) // 2
        if days[middle] <= day:
            low = middle + 1
        else:
            high = middle
    return low - first


def find_versions(
    books: Books, area: Column, known_day: Column, day: Column, version: Written
) -> None:
    """The row of the table of rules for each row; -1 where its rulebook is not loaded."""
    for row in range(len(version)):
        of_area = area[row]
        if of_area < 0:
            version[row] = 0
            continue
        book = books.area_book[of_area] + steps_up_to(
            books.known_days,
            books.area_start[of_area],
            books.area_start[of_area + 1],
            known_day[row],
        )
        first = books.book_version[book]
        if first < 0:
            version[row] = -1
            continue
        version[row] = first + steps_up_to(
            books.days, books.book_start[book], books.book_start[book + 1], day[row]
        )


class Items(NamedTuple):
    """Fee items; amounts are fen."""

    row: Column
    """Row of the visit; -1 for none."""
    item_class: Column
    item_kind: Column
    amount: Column
    upfront: Column
    """Basis points; -1: the catalogue's."""
    limit: Column
    """-1: none."""


def split_item_rows(
    rules: Sequence[Rules],
    items: Items,
    version: Column,
    scheme: Column,
    setting: Column,
    total: Written,
    out_of_catalogue: Written,
    over_limit: Written,
    upfront: Written,
    status: Written,
) -> None:
    """Add up the items of each visit; ``status`` names the cell that has no source."""
    for at in range(len(items.row)):
        row = items.row[at]
        if row < 0:
            continue
        part = fee_item(
            rules[version[row]],
            scheme[row] + 0,
            setting[row] + 0,
            items.item_kind[at] + 0,
            items.item_class[at] + 0,
            items.amount[at] + 0,
            items.upfront[at] + 0,
            items.limit[at] + 0,
            None,
        )
        if part.status < 0:
            status[row] = part.status
            continue
        total[row] += items.amount[at]
        out_of_catalogue[row] += part.out_of_catalogue
        over_limit[row] += part.over_limit
        upfront[row] += part.upfront


def aid_reasons(
    rules: Sequence[Rules],
    version: Column,
    relation: Column,
    grant_in_force: Column,
    grantee_in_order: Column,
    grantor_in_order: Column,
    same_area: Column,
    same_province: Column,
    reason: Written,
    cell: Written,
) -> None:
    """Why a relative's account may not pay, for each row; 0 where it may."""
    for row in range(len(reason)):
        reason[row], cell[row] = aid_refusal(
            rules[version[row]],
            relation[row] + 0,
            grant_in_force[row] + 0,
            grantee_in_order[row] + 0,
            grantor_in_order[row] + 0,
            same_area[row] + 0,
            same_province[row] + 0,
        )


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
    period: Column
    """Year, or month yyyymm, of the disease's ceiling."""
    relative: Column
    """Number of the person whose account may pay, or -1."""
    walk_years: Column
    """How many years up to that of the visit the incentives look at."""
    walk_last: Column
    """The last of these years."""


class Slots(NamedTuple):
    """What ``assign_slots`` writes: slots within the family, and what each one holds."""

    year: Written
    other: Written
    person: Written
    relative: Written
    walk: Written
    family: Written
    """Where the slots of each family begin."""
    tag: Written
    owner: Written
    scheme: Written
    disease: Written
    period: Written


class Table(NamedTuple):
    """Room for finding the slots of one family at a time."""

    family: Written
    slot: Written


def slot_of(
    table: Table,
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


def assign_slots(
    table: Table, owners: Owners, slots: Slots, family_rows: Column, walk_start: Column
) -> None:
    """Number the state that the rows of each family read."""
    used = 0
    for family in range(len(family_rows) - 1):
        begin = used
        slots.family[family] = begin
        for row in range(family_rows[family], family_rows[family + 1]):
            person = owners.person[row] + 0
            scheme = owners.scheme[row] + 0
            year = owners.year[row] + 0
            kind = owners.kind[row]
            slot = slot_of(table, slots, family, begin, used, TAG_YEAR, person, scheme, -1, year)
            if slot == used:
                used += 1
            slots.year[row] = slot - begin
            other = slot
            if kind == KIND_INPATIENT and owners.admission_year[row] != year:
                other = slot_of(
                    table,
                    slots,
                    family,
                    begin,
                    used,
                    TAG_YEAR,
                    person,
                    scheme,
                    -1,
                    owners.admission_year[row] + 0,
                )
            elif kind in (KIND_CHRONIC, KIND_CARRY) and owners.disease[row] >= 0:
                other = slot_of(
                    table,
                    slots,
                    family,
                    begin,
                    used,
                    TAG_DISEASE,
                    person,
                    scheme,
                    owners.disease[row] + 0,
                    owners.period[row] + 0,
                )
            if other == used:
                used += 1
            slots.other[row] = other - begin
            own = slot_of(table, slots, family, begin, used, TAG_PERSON, person, 0, -1, 0)
            if own == used:
                used += 1
            slots.person[row] = own - begin
            if len(owners.relative) > 0 and owners.relative[row] >= 0:
                relative = slot_of(
                    table,
                    slots,
                    family,
                    begin,
                    used,
                    TAG_PERSON,
                    owners.relative[row] + 0,
                    0,
                    -1,
                    0,
                )
                if relative == used:
                    used += 1
                slots.relative[row] = relative - begin
            if len(walk_start) > 0:
                years = owners.walk_years[row]
                for at in range(years):
                    walked = slot_of(
                        table,
                        slots,
                        family,
                        begin,
                        used,
                        TAG_YEAR,
                        person,
                        0,
                        -1,
                        owners.walk_last[row] - years + 1 + at,
                    )
                    if walked == used:
                        used += 1
                    slots.walk[walk_start[row] + at] = walked - begin
    slots.family[len(family_rows) - 1] = used


ROW_FUNCTIONS: list[Callable[..., Any]] = [
    steps_up_to,
    find_versions,
    split_item_rows,
    aid_reasons,
    slot_of,
    assign_slots,
]
"""Callees before callers, as the compiler wants them."""
