"""Loops over rows that prepare them: each asks a registered function once for every row.

In the order in which the steps of ``pipeline`` call them.  Written, like the benefit
functions, in what CPython and Numba share; a row that a figure is lacking for gets the
function's status, below 0.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any, NamedTuple

from yibao.benefit.functions.account import aid_refusal
from yibao.benefit.functions.deductible import deductible_times
from yibao.benefit.functions.deductible_days import days_at_institution, days_of_deductible
from yibao.benefit.functions.disease_terms import (
    ceiling_by_month,
    keeps_former_terms,
)
from yibao.benefit.functions.incentive_years import incentive_years
from yibao.benefit.functions.period import benefit_year, counted_month
from yibao.benefit.functions.price_class import class_at_place, price_class_of
from yibao.benefit.functions.stay import stay_person_day, stay_rules_day
from yibao.benefit.functions.visit_facts import (
    age_position,
    care_of_kind,
    completed_years,
    counted_kind,
    groups_of_age,
    member_of,
    needs_price_class,
    needs_qualifying_months,
    place_of_groups,
    place_of_stay,
    raises_ceiling,
)
from yibao.benefit.terms import Rules
from yibao.columns.frame import Column, Written
from yibao.columns.packing import KIND_CARRY


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


FIRST_OF_ALL, LAST_OF_ALL = -(1 << 40), 1 << 40
"""Days before and after every day."""


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
    """The row of the table of rules for each row; -1 where its rulebook is not loaded.

    Nearly every row has the version of the row before: its area, and days between the same two.
    """
    last_area = -1
    last_version = 0
    known_from = known_before = day_from = day_before = 0
    for row in range(len(version)):
        of_area = area[row] + 0
        known = known_day[row] + 0
        on = day[row] + 0
        if (
            of_area == last_area
            and known_from <= known < known_before
            and day_from <= on < day_before
        ):
            version[row] = last_version
            continue
        if of_area < 0:
            version[row] = 0
            continue
        low = books.area_start[of_area] + 0
        high = books.area_start[of_area + 1] + 0
        steps = steps_up_to(books.known_days, low, high, known)
        known_from = books.known_days[low + steps - 1] + 0 if steps > 0 else FIRST_OF_ALL
        known_before = books.known_days[low + steps] + 0 if low + steps < high else LAST_OF_ALL
        book = books.area_book[of_area] + steps
        first = books.book_version[book] + 0
        low = books.book_start[book] + 0
        high = books.book_start[book + 1] + 0
        steps = steps_up_to(books.days, low, high, on)
        day_from = books.days[low + steps - 1] + 0 if steps > 0 else FIRST_OF_ALL
        day_before = books.days[low + steps] + 0 if low + steps < high else LAST_OF_ALL
        last_area = of_area
        last_version = first + steps if first >= 0 else -1
        version[row] = last_version


def rules_days(
    rules: Sequence[Rules],
    version: Column,
    first_day: Column,
    last_day: Column,
    day: Written,
    status: Written,
) -> None:
    """The day whose rules hold, by the rules of the last day."""
    for row in range(len(day)):
        status[row], day[row] = stay_rules_day(
            rules[version[row]], first_day[row] + 0, last_day[row] + 0
        )


def person_days(
    rules: Sequence[Rules],
    version: Column,
    first_day: Column,
    last_day: Column,
    day: Written,
    status: Written,
) -> None:
    """The day whose facts of the person hold, by the rules of the day that counts."""
    for row in range(len(day)):
        status[row], day[row] = stay_person_day(
            rules[version[row]], first_day[row] + 0, last_day[row] + 0
        )


def standings(
    rules: Sequence[Rules],
    version: Column,
    scheme: Column,
    retired: Column,
    birth: Column,
    day: Column,
    member: Written,
    age: Written,
) -> None:
    """Benefit standing, and on which side of the age line; days as yyyymmdd."""
    for row in range(len(member)):
        member[row] = member_of(scheme[row] + 0, retired[row] + 0)
        age[row] = age_position(rules[version[row]], completed_years(birth[row] + 0, day[row] + 0))


def age_groups(
    rules: Sequence[Rules], version: Column, birth: Column, day: Column, groups: Written
) -> None:
    """The mask of the groups that a row's person belongs to by age; days as yyyymmdd."""
    for row in range(len(groups)):
        groups[row] = groups_of_age(
            rules[version[row]], completed_years(birth[row] + 0, day[row] + 0)
        )


def counted_kinds(kind: Column, dual_channel: Column, counted: Written) -> None:
    """The kind whose terms hold."""
    for row in range(len(counted)):
        counted[row] = counted_kind(kind[row] + 0, dual_channel[row] + 0)


class Institutions(NamedTuple):
    """What is known of each row's institution."""

    clinic: Column
    price_class: Column
    """1, 2 or 3; 0: none is stated."""
    rank: Column
    """Position, 0: none is stated."""
    grade: Column
    """Position, or -1."""
    county: Column
    prescriber: Column
    """Position of the class of the institution that prescribed, or -1."""


def price_classes(
    rules: Sequence[Rules],
    version: Column,
    kind: Column,
    prescription: Column,
    institutions: Institutions,
    asked: Column,
    tier: Written,
) -> None:
    """Position of the price class of the rows ``asked``; or a status."""
    for row in range(len(tier)):
        if asked[row] == 0 or needs_price_class(kind[row] + 0, prescription[row] + 0) == 0:
            continue
        tier[row] = price_class_of(
            rules[version[row]],
            institutions.clinic[row] + 0,
            institutions.price_class[row] + 0,
            institutions.rank[row] + 0,
            institutions.grade[row] + 0,
            institutions.county[row] + 0,
            institutions.prescriber[row] + 0,
            None,
        )


def classes_at_places(
    rules: Sequence[Rules], version: Column, place: Column, tier: Written
) -> None:
    """The price class that counts at each row's place."""
    for row in range(len(tier)):
        tier[row] = class_at_place(rules[version[row]], tier[row] + 0, place[row] + 0)


def places_of_groups(
    rules: Sequence[Rules], version: Column, groups: Column, place: Written
) -> None:
    """The place whose terms hold for the groups of each row's person."""
    for row in range(len(place)):
        place[row] = place_of_groups(rules[version[row]], groups[row] + 0, place[row] + 0)


def places_of_stays(
    rules: Sequence[Rules],
    version: Column,
    kind: Column,
    member: Column,
    emergency: Column,
    place: Written,
) -> None:
    """The place whose terms hold."""
    for row in range(len(place)):
        place[row] = place_of_stay(
            rules[version[row]],
            kind[row] + 0,
            member[row] + 0,
            place[row] + 0,
            emergency[row] + 0,
        )


def disease_terms(
    rules: Sequence[Rules],
    rows: Column,
    version: Column,
    scheme: Column,
    disease: Column,
    admitted_day: Column,
    last_day: Column,
    former: Written,
    by_month: Written,
) -> None:
    """Of ``rows`` whether former terms hold, and whether the ceiling is one of a month."""
    for row in rows:
        of_row = rules[version[row]]
        former[row] = keeps_former_terms(
            of_row, scheme[row] + 0, admitted_day[row] + 0, last_day[row] + 0
        )
        by_month[row] = ceiling_by_month(of_row, scheme[row] + 0, disease[row] + 0, former[row] + 0)


def counted_months(
    rules: Sequence[Rules],
    version: Column,
    kind: Column,
    member: Column,
    last_month: Written,
    by_month: Written,
) -> None:
    """The months of the ceiling for outpatients, of the visits that it is one of a month for."""
    for row in range(len(by_month)):
        if kind[row] < 0 or kind[row] >= KIND_CARRY:
            continue
        month = counted_month(
            rules[version[row]], kind[row] + 0, member[row] + 0, last_month[row] + 0
        )
        if month >= 0:
            last_month[row] = month
            by_month[row] = 1


def times_of_deductibles(
    rules: Sequence[Rules],
    version: Column,
    kind: Column,
    member: Column,
    hospital: Column,
    first_day: Column,
    last_day: Column,
    times: Written,
) -> None:
    """How many times each visit bears the deductible."""
    for row in range(len(times)):
        times[row] = deductible_times(
            rules[version[row]],
            kind[row] + 0,
            member[row] + 0,
            hospital[row] + 0,
            first_day[row] + 0,
            last_day[row] + 0,
        )


def days_of_deductibles(
    rules: Sequence[Rules],
    version: Column,
    kind: Column,
    member: Column,
    care: Written,
    days: Written,
    at_institution: Written,
) -> None:
    """For how many days each visit's deductible is borne once, of which kind of care it is, and
    whether at each institution."""
    for row in range(len(days)):
        if kind[row] < 0 or kind[row] >= KIND_CARRY:
            continue
        of_row = rules[version[row]]
        days[row] = days_of_deductible(of_row, kind[row] + 0, member[row] + 0)
        if days[row] > 0:
            care[row] = care_of_kind(kind[row] + 0)
            at_institution[row] = days_at_institution(of_row, kind[row] + 0, member[row] + 0)


def benefit_years(
    rules: Sequence[Rules], version: Column, scheme: Column, month: Column, year: Written
) -> None:
    """The benefit years of months yyyymm."""
    for row in range(len(year)):
        year[row] = benefit_year(
            rules[version[row]], scheme[row] + 0, month[row] // 100, month[row] % 100
        )


def qualifying_months(kind: Column, months: Column, counted: Written) -> None:
    """Months of contribution, where they count."""
    for row in range(len(counted)):
        counted[row] = months[row] if needs_qualifying_months(kind[row] + 0) else 0


class AidColumns(NamedTuple):
    """What decides whether a relative's account may pay."""

    relation: Column
    grant_in_force: Column
    grantee_in_order: Column
    grantor_in_order: Column
    same_area: Column
    same_province: Column


def aid_allowed(
    rules: Sequence[Rules], version: Column, named: Column, facts: AidColumns, may_pay: Written
) -> None:
    """1 for each row of ``named`` whose relative's account may pay."""
    for row in range(len(may_pay)):
        if named[row] == 0:
            continue
        reason, _ = aid_refusal(
            rules[version[row]],
            facts.relation[row] + 0,
            facts.grant_in_force[row] + 0,
            facts.grantee_in_order[row] + 0,
            facts.grantor_in_order[row] + 0,
            facts.same_area[row] + 0,
            facts.same_province[row] + 0,
        )
        may_pay[row] = 1 if reason == 0 else 0


def bonus_years(
    rules: Sequence[Rules],
    version: Column,
    scheme: Column,
    kind: Column,
    counted: Column,
    year: Column,
    raises: Written,
    years: Written,
) -> None:
    """Whether incentives raise a row's ceiling, and for how many years, by its last day's rules."""
    for row in range(len(years)):
        raises[row] = raises_ceiling(
            rules[version[row]], scheme[row] + 0, kind[row] + 0, counted[row] + 0
        )
        if raises[row] == 1:
            years[row] = incentive_years(rules[version[row]], year[row] + 0)


ROW_FUNCTIONS: list[Callable[..., Any]] = [
    steps_up_to,
    find_versions,
    rules_days,
    person_days,
    standings,
    age_groups,
    counted_kinds,
    price_classes,
    classes_at_places,
    places_of_groups,
    places_of_stays,
    disease_terms,
    counted_months,
    times_of_deductibles,
    days_of_deductibles,
    benefit_years,
    qualifying_months,
    aid_allowed,
    bonus_years,
]
"""Callees before callers, as the compiler wants them."""
