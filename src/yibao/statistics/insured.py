"""T1, who is insured, and T2, what is paid for them."""

from __future__ import annotations

import datetime
from collections.abc import Mapping, Sequence
from typing import Any

from sqlalchemy import ColumnElement, and_, case, func, or_, select

from yibao.database.unit import Unit
from yibao.employers.kinds import KIND_WORDS, UNKNOWN_KIND
from yibao.employers.states import DueState
from yibao.employers.tables import employer, employer_bill, employer_bill_line, employment
from yibao.finance.items import SCHEME_WORDS
from yibao.insured.states import BillStatus
from yibao.insured.tables import bill, enrolment, person
from yibao.messages import Message, Text, message, message_in
from yibao.policy.kinds import ContributionClass, Scheme, Status
from yibao.statistics.shapes import (
    Measure,
    StatCell,
    StatColumn,
    StatRow,
    StatTable,
    TableCode,
)

AGES: tuple[tuple[int | None, Message], ...] = (
    (17, message("17 岁及以下")),
    (34, message("18 至 34 岁")),
    (44, message("35 至 44 岁")),
    (59, message("45 至 59 岁")),
    (69, message("60 至 69 岁")),
    (None, message("70 岁及以上")),
)
"""The oldest of each class, on the last day of the month; the classes are this program's own."""

_T1 = (
    StatColumn("opening", message("期初人数"), Measure.PEOPLE),
    StatColumn("joined", message("新增"), Measure.PEOPLE),
    StatColumn("left", message_in("statistics", "减少"), Measure.PEOPLE),
    StatColumn("closing", message("期末人数"), Measure.PEOPLE),
)
_Key = tuple[Any, ...]


def insured_table(unit: Unit, area: str, first: datetime.date, last: datetime.date) -> StatTable:
    """T1: enrolments of an area at the ends of a month, by scheme, status and age.

    Employees in work are split into those of an employer, by its kind as it is on record now,
    and those who pay for themselves.
    """
    age = case(
        *(
            (person.c.birth > _turned(last, oldest + 1), number)
            for number, (oldest, _) in enumerate(AGES)
            if oldest is not None
        ),
        else_=len(AGES) - 1,
    )
    enrolled = enrolment.c
    of_scheme = _counted(unit, area, first, last, ())
    by_status = _counted(unit, area, first, last, (enrolled.status,))
    by_class = _counted(unit, area, first, last, (enrolled.status, enrolled.contribution_class))
    by_kind = _counted(
        unit,
        area,
        first,
        last,
        (_kind_of_employer(area, last),),
        enrolled.scheme == Scheme.EMPLOYEE,
        enrolled.status == Status.WORKING,
        enrolled.contribution_class == ContributionClass.EMPLOYER,
    )
    by_age = _counted(unit, area, first, last, (age,))
    rows = []
    for scheme in Scheme:
        if (scheme,) not in of_scheme:
            continue
        splits: list[tuple[StatRow, ...]] = []
        if scheme is Scheme.EMPLOYEE:
            splits.append(_by_status(by_status, by_class, by_kind))
        ages = [
            (label, by_age.get((scheme, number)))
            for number, (_, label) in enumerate(AGES)
            if (scheme, number) in by_age
        ]
        splits.append(tuple(StatRow(label, cells) for label, cells in ages if cells))
        rows.append(StatRow(SCHEME_WORDS[scheme], of_scheme[scheme,], tuple(splits)))
    return StatTable(TableCode.T1, _T1, tuple(rows), (("joined", "left"),))


def _turned(day: datetime.date, age: int) -> datetime.date:
    """Whoever is born later is younger than ``age`` on the day."""
    try:
        return day.replace(year=day.year - age)
    except ValueError:
        return datetime.date(day.year - age, 2, 28)


def _by_status(
    by_status: Mapping[_Key, Mapping[str, StatCell]],
    by_class: Mapping[_Key, Mapping[str, StatCell]],
    by_kind: Mapping[_Key, Mapping[str, StatCell]],
) -> tuple[StatRow, ...]:
    words: Mapping[str, Text] = {
        Status.WORKING: message_in("statistics", "在职"),
        Status.RETIRED: message_in("statistics", "退休"),
    }
    classes: Mapping[str, Text] = {
        ContributionClass.EMPLOYER: message("随单位参保"),
        ContributionClass.FLEXIBLE: message("灵活就业"),
    }
    rows = []
    for status, label in words.items():
        cells = by_status.get((Scheme.EMPLOYEE, status))
        if cells is None:
            continue
        parts: tuple[StatRow, ...] = ()
        if status == Status.WORKING:
            parts = tuple(
                StatRow(
                    said,
                    by_class[Scheme.EMPLOYEE, status, name],
                    _by_kind(by_kind) if name == ContributionClass.EMPLOYER else (),
                )
                for name, said in classes.items()
                if (Scheme.EMPLOYEE, status, name) in by_class
            )
        rows.append(StatRow(label, cells, (parts,) if parts else ()))
    return tuple(rows)


def _by_kind(by_kind: Mapping[_Key, Mapping[str, StatCell]]) -> tuple[tuple[StatRow, ...], ...]:
    kinds = [(kind.value, label) for kind, label in KIND_WORDS.items()] + [("", UNKNOWN_KIND)]
    rows = tuple(
        StatRow(label, by_kind[Scheme.EMPLOYEE, kind])
        for kind, label in kinds
        if (Scheme.EMPLOYEE, kind) in by_kind
    )
    return (rows,) if rows else ()


def _kind_of_employer(area: str, last: datetime.date) -> ColumnElement[Any]:
    """Of whom somebody worked for last until the month; empty where nobody said, or nobody is."""
    month = last.year * 100 + last.month
    latest = (
        select(employer.c.kind)
        .select_from(employment.join(employer, employer.c.employer_id == employment.c.employer_id))
        .where(
            employment.c.person_id == enrolment.c.person_id,
            employment.c.first_month <= month,
            employer.c.area == area,
        )
        .order_by(employment.c.first_month.desc(), employment.c.employer_id)
        .limit(1)
        .correlate(enrolment)
        .scalar_subquery()
    )
    return func.coalesce(latest, "")


def _counted(
    unit: Unit,
    area: str,
    first: datetime.date,
    last: datetime.date,
    keys: Sequence[ColumnElement[Any]],
    *conditions: ColumnElement[bool],
) -> dict[_Key, dict[str, StatCell]]:
    """The cells of T1 by scheme and ``keys``."""
    before = first - datetime.timedelta(days=1)
    columns = enrolment.c

    def at(day: datetime.date) -> ColumnElement[int]:
        is_enrolled = and_(columns.start <= day, or_(columns.end.is_(None), columns.end >= day))
        return func.max(case((is_enrolled, 1), else_=0))

    named = [key.label(f"key_{number}") for number, key in enumerate(keys)]
    people = (
        select(columns.scheme, *named, at(before).label("before"), at(last).label("after"))
        .select_from(enrolment.join(person, person.c.person_id == columns.person_id))
        .where(
            columns.area == area,
            columns.start <= last,
            or_(columns.end.is_(None), columns.end >= before),
            *conditions,
        )
        .group_by(columns.person_id, columns.scheme, *named)
        .subquery()
    )
    by = [people.c.scheme, *(people.c[f"key_{number}"] for number in range(len(keys)))]
    is_before, is_after = people.c.before, people.c.after
    query = select(
        *by,
        func.sum(is_before).label("opening"),
        func.sum(is_after * (1 - is_before)).label("joined"),
        func.sum(is_before * (1 - is_after)).label("left"),
        func.sum(is_after).label("closing"),
    ).group_by(*by)
    counted = {}
    for row in unit.run(query):
        numbers = {column.name: int(row._mapping[column.name]) for column in _T1}
        if any(numbers.values()):
            cells = {name: StatCell(number, number) for name, number in numbers.items()}
            counted[tuple(row)[: len(keys) + 1]] = cells
    return counted


# --- T2 ------------------------------------------------------------------------------------------

_T2 = (
    StatColumn("people", message("人数"), Measure.PEOPLE),
    StatColumn("base", message("缴费基数"), Measure.FEN),
    StatColumn("due", message("应缴"), Measure.FEN),
    StatColumn("paid", message("实缴"), Measure.FEN),
    StatColumn("arrears", message("欠缴"), Measure.FEN),
    StatColumn("cleared", message("清欠"), Measure.FEN),
    StatColumn("late_fee", message_in("fund", "滞纳金"), Measure.FEN),
)


def contributions_table(
    unit: Unit, area: str, first: datetime.date, last: datetime.date
) -> StatTable:
    """T2: what was billed of a month, and what of earlier months was paid in it."""
    rows = [row for row in (_through_employers(unit, area, first, last),) if row is not None]
    rows += _by_themselves(unit, area, first, last)
    linked = (("paid", "arrears"),)
    return StatTable(TableCode.T2, _T2, tuple(rows), linked)


def _through_employers(
    unit: Unit, area: str, first: datetime.date, last: datetime.date
) -> StatRow | None:
    bills, lines = employer_bill.c, employer_bill_line.c
    month = first.year * 100 + first.month
    here = employer.c.area == area
    stands = bills.state != DueState.REPLACED
    joined = employer_bill.join(employer, employer.c.employer_id == bills.employer_id)
    same_bill = and_(lines.employer_id == bills.employer_id, lines.bill_id == bills.bill_id)

    def sums(*conditions: ColumnElement[bool]) -> tuple[int, int, int]:
        amounts = unit.run(
            select(
                func.coalesce(func.sum(bills.due), 0).label("due"),
                func.coalesce(func.sum(bills.late_fee), 0).label("late_fee"),
            )
            .select_from(joined)
            .where(here, stands, *conditions)
        ).one()
        people = unit.run(
            select(func.count(lines.person_id.distinct()))
            .select_from(joined.join(employer_bill_line, same_bill))
            .where(here, stands, *conditions)
        ).scalar_one()
        return int(amounts.due), int(amounts.late_fee), int(people)

    of_month = bills.month == month
    due, _, people = sums(of_month)
    paid, _, payers = sums(of_month, bills.state == DueState.PAID)
    arrears, _, debtors = sums(of_month, bills.state == DueState.OPEN)
    in_month = bills.paid_on.between(first, last)
    cleared, _, cleared_for = sums(bills.is_overdue.is_(True), in_month)
    _, late_fee, late_for = sums(bills.late_fee > 0, in_month)
    base = (
        select(func.max(lines.base).label("base"))
        .select_from(joined.join(employer_bill_line, same_bill))
        .where(here, stands, of_month, lines.month == month, lines.person_id.is_not(None))
        .group_by(lines.person_id)
        .subquery()
    )
    bases = int(unit.run(select(func.coalesce(func.sum(base.c.base), 0))).scalar_one())
    if not (people or cleared or late_fee):
        return None
    return StatRow(
        message("职工：单位代缴"),
        {
            "people": StatCell(people, people),
            "base": StatCell(bases, people),
            "due": StatCell(due, people),
            "paid": StatCell(paid, payers),
            "arrears": StatCell(arrears, debtors),
            "cleared": StatCell(cleared, cleared_for),
            "late_fee": StatCell(late_fee, late_for),
        },
    )


def _by_themselves(
    unit: Unit, area: str, first: datetime.date, last: datetime.date
) -> list[StatRow]:
    columns = bill.c
    is_paid = columns.status == BillStatus.PAID
    is_open = columns.status == BillStatus.OPEN

    def people(condition: ColumnElement[bool]) -> ColumnElement[int]:
        return func.count(case((condition, columns.person_id)).distinct())

    def amount(condition: ColumnElement[bool]) -> ColumnElement[int]:
        return func.coalesce(func.sum(case((condition, columns.due))), 0)

    query = (
        select(
            columns.scheme,
            func.count(columns.person_id.distinct()).label("people"),
            func.coalesce(func.sum(columns.base), 0).label("base"),
            func.sum(columns.due).label("due"),
            amount(is_paid).label("paid"),
            people(is_paid).label("payers"),
            amount(is_open).label("arrears"),
            people(is_open).label("debtors"),
        )
        .where(
            columns.area == area,
            columns.made_on.between(first, last),
            columns.status != BillStatus.REFUNDED,
        )
        .group_by(columns.scheme)
        .order_by(columns.scheme)
    )
    labels = {
        Scheme.EMPLOYEE: message("职工：自己缴"),
        Scheme.RESIDENT: SCHEME_WORDS[Scheme.RESIDENT],
    }
    return [
        StatRow(
            labels[Scheme(row.scheme)],
            {
                "people": StatCell(row.people, row.people),
                "base": StatCell(int(row.base), row.people),
                "due": StatCell(int(row.due), row.people),
                "paid": StatCell(int(row.paid), row.payers),
                "arrears": StatCell(int(row.arrears), row.debtors),
            },
        )
        for row in unit.run(query)
    ]
