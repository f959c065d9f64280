"""Made-up people, hospitals and visits of the store's measurements."""

from __future__ import annotations

import datetime
import itertools
import json
from collections.abc import Iterator
from typing import Any

from sqlalchemy import JSON, insert, text

from yibao.access.operations import START, Key
from yibao.access.permissions import Actor, institution_actor, officer
from yibao.access.tables import event, message
from yibao.benefit.facts import EmployeeContribution, Enrolment, Institution, Item, Person, Visit
from yibao.benefit.state import PersonState
from yibao.care.institutions import register_institution
from yibao.care.tables import settlement
from yibao.database.compact import Compact, compacted
from yibao.database.engines import to_json
from yibao.database.sealed import Sealed
from yibao.database.unit import Database, Unit
from yibao.insured.stored.profile import profile_of, state_document
from yibao.insured.tables import person
from yibao.ledger.tables import account, entry

CLERK = officer("measure")
AREA = "140100"
BALANCE = 1_000_000_000_000
DAY = datetime.date(2025, 3, 10)
_SINCE = datetime.date(2018, 1, 1)
_BASE = 400_000
"""Of the first person's months; everybody else's is higher by a number of their own."""
_PAGE = 1_000
_ITEMS = (
    Item("A", 12_500),
    Item("B", 33_800),
    Item("A", 5_600, None, 5_000, "service"),
    Item("C", 12_000, None, None, "consumable"),
    Item("B", 8_950),
)


def first(table: str, *, postgresql: bool) -> str:
    """Which rows of a table are of the first settlement."""
    shape = "'\\x{}'::bytea" if postgresql else "X'{}'"
    whose = f"person_id = {shape.format(compacted('P0000000').hex())}"
    if table == "entry":
        return (
            f"{whose} AND transfer_id = "
            f"(SELECT settlement_id FROM settlement WHERE {whose} AND sequence = 1)"
        )
    return f"{whose} " + ("LIMIT 1" if table == "message" else "AND sequence = 1")


def person_id(number: int) -> str:
    """The id of a made-up person."""
    return f"P{number:07d}"


def area(number: int, funds: int) -> str:
    """Where the person of a number is insured: each area of the city has a fund of its own."""
    return f"{AREA[:4]}{number % funds:02d}"


def hospital(number: int, funds: int) -> Actor:
    """Where the person of a number goes."""
    return institution_actor(f"H{number % funds}")


def fill(database: Database, people: int, funds: int = 1) -> None:
    """Write hospitals, and people with money on their accounts, by set-based SQL.

    Everybody has paid for every month since 2018, as in a store of years.
    """
    for number in range(funds):
        place = Institution(f"H{number}", area(number, funds), "hospital", 1, "3A")
        register_institution(database, place, actor=CLERK)
    enrolment = Enrolment("employee", "working", _SINCE, None, AREA)
    facts = Person(
        id=person_id(0),
        sex="male",
        birth=datetime.date(1970, 1, 1),
        area=AREA,
        groups=(),
        enrolments=(enrolment,),
        contributions_resident=None,
        contributions_employee=_paid_months(),
    )
    database.write(lambda unit: _clone(unit, facts, people, funds))


def _paid_months() -> tuple[EmployeeContribution, ...]:
    """A payment for every month since the enrolment, up to the year of the visits."""
    return tuple(
        EmployeeContribution(year * 100 + month, _BASE, datetime.date(year, month, 15))
        for year in range(_SINCE.year, DAY.year + 1)
        for month in range(1, 13)
    )


def _clone(unit: Unit, facts: Person, people: int, funds: int) -> None:
    row = {
        "person_id": facts.id,
        "sex": facts.sex,
        "birth": facts.birth,
        "area": facts.area,
        "profile": profile_of(facts),
        "state": state_document(PersonState()),
        "sequence": 0,
        "head": START,
    }
    unit.run(insert(person), row)
    unit.run(insert(account), {"person_id": facts.id, "balance": BALANCE, "grants": []})
    name = "lpad(n::text, 7, '0')" if unit.is_postgresql else "printf('%07d', n)"
    numbers = numbers_to(unit, people - 1)
    profile = to_json(row["profile"])
    for first in range(1, people, _PAGE):
        unit.run(
            insert(person),
            [
                _like(row, profile, number, f"{AREA[:4]}{number % funds:02}")
                for number in range(first, min(first + _PAGE, people))
            ],
        )
    unit.run(
        text(
            f"INSERT INTO account (person_id, balance, grants) SELECT 'P' || {name}, a.balance, "
            f"a.grants FROM {numbers}, account a WHERE a.person_id = '{facts.id}'"
        )
    )


def _like(row: dict[str, Any], profile: str, number: int, area: str) -> dict[str, Any]:
    """Another person with a base and an area of their own; what is encrypted is made here."""
    own = profile.replace(str(_BASE), str(_BASE + number)).replace(AREA, area)
    return {**row, "person_id": f"P{number:07}", "area": area, "profile": json.loads(own)}


def numbers_to(unit: Unit, last: int) -> str:
    """A table of the numbers from 1 to ``last``."""
    if unit.is_postgresql:
        return f"generate_series(1, {last}) AS numbers(n)"
    return (
        "(WITH RECURSIVE counted(n) AS (SELECT 1 UNION ALL SELECT n + 1 FROM counted "
        f"WHERE n < {last}) SELECT n FROM counted) AS numbers"
    )


def grow(database: Database, settlements: int, people: int) -> None:
    """Clone the first settlement to so many over everybody, with two entries, message and event.

    The documents of the clones are empty: their rows are smaller than real ones, their
    indexes are not.
    """

    def operation(unit: Unit) -> None:
        if not unit.is_postgresql:
            unit.connection.exec_driver_sql("PRAGMA cache_size = -1000000")

        def pad(value: str, width: int) -> str:
            if unit.is_postgresql:
                return f"lpad(({value})::text, {width}, '0')"
            return f"printf('%0{width}d', {value})"

        quote = unit.connection.dialect.identifier_preparer.quote
        whose = f"'P' || {pad(f'n % {people}', 7)}"
        own = {
            "person_id": whose,
            "settlement_id": f"'0' || {pad('n', 31)}",
            "transfer_id": f"'0' || {pad('n', 31)}",
            "origin": f"'0' || {pad('n', 31)}",
            "visit_id": "'old-' || n",
            "message_id": "'old-' || n",
            "sequence": f"-1 - n / {people}",
            "position": f"-1 - n / {people}",
        }

        def compact(value: str) -> str:
            """As :func:`compacted` has it: digits by their value, other texts after a mark."""
            digits = value.startswith("'0'")
            if unit.is_postgresql:
                plain = f"'\\xff'::bytea || convert_to({value}, 'UTF8')"
                return f"decode({value}, 'hex')" if digits else plain
            return f"unhex({value})" if digits else f"CAST(X'ff' || {value} AS blob)"

        nothing = "''::bytea" if unit.is_postgresql else "X''"
        empty = "'{}'::jsonb" if unit.is_postgresql else "'{}'"
        for table in (settlement, entry, message, event):
            few = " AND line < 2" if table is entry else ""
            whose_first = first(table.name, postgresql=unit.is_postgresql)
            names, values = [], []
            for column in table.columns:
                names.append(quote(column.name))
                if column.name in own:
                    value = own[column.name]
                    values.append(compact(value) if isinstance(column.type, Compact) else value)
                elif isinstance(column.type, Sealed) and not column.nullable:
                    values.append(nothing)
                elif isinstance(column.type, Sealed):
                    values.append("NULL")
                elif isinstance(column.type, JSON):
                    values.append(empty)
                else:
                    values.append(f"s.{names[-1]}")
            unit.run(
                text(
                    f"INSERT INTO {table.name} ({', '.join(names)}) "
                    f"SELECT {', '.join(values)} FROM {numbers_to(unit, settlements)}, "
                    f"(SELECT * FROM {table.name} WHERE {whose_first}{few}) AS s"
                )
            )

    database.write_alone(operation)


def visit(name: str, number: int, funds: int) -> Visit:
    """An outpatient visit of five lines of the person of a number, paid from the own account."""
    return Visit(
        id=name,
        person=person_id(number),
        institution=str(hospital(number, funds).institution_id),
        kind="outpatient",
        start=DAY,
        end=DAY,
        items=_ITEMS,
        draw=("own",),
    )


def visits(
    run: str, people: int, *, first: int = 0, step: int = 1, funds: int = 1
) -> Iterator[tuple[Key, Visit, Actor]]:
    """Visits without end of every ``step``-th person from ``first`` on, each with its message."""
    number = first
    for count in itertools.count():
        next_visit = visit(f"{run}-{first}-{count}", number, funds)
        yield (
            Key(next_visit.institution, "settle", next_visit.id),
            next_visit,
            hospital(number, funds),
        )
        number += step
        if number >= people:
            number = first
