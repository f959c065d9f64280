"""Made-up people, hospitals and visits of the store's measurements."""

from __future__ import annotations

import datetime
import itertools
from collections.abc import Iterator

from yibao.access.operations import Key
from yibao.access.permissions import institution_actor, officer
from yibao.benefit.facts import Enrolment, Institution, Item, Person, Visit
from yibao.care.institutions import register_institution
from yibao.database.unit import Database
from yibao.insured.registration import register

CLERK = officer("measure")
HOSPITAL = institution_actor("H1")
AREAS = ("140100", "110000")
AREA = AREAS[0]
BALANCE = 1_000_000_000
DAY = datetime.date(2025, 3, 10)
_SINCE = datetime.date(2018, 1, 1)
_ITEMS = (
    Item("A", 12_500),
    Item("B", 33_800),
    Item("A", 5_600, None, 5_000, "service"),
    Item("C", 12_000, None, None, "consumable"),
    Item("B", 8_950),
)


def person_id(number: int) -> str:
    """The id of a made-up person."""
    return f"P{number:07d}"


def fill(database: Database, people: int) -> None:
    """Write a hospital and people with money on their accounts."""
    register_institution(database, Institution("H1", AREA, "hospital", 1, "3A"), actor=CLERK)
    for number in range(people):
        held = Enrolment("employee", "working", _SINCE, None, AREA)
        birth = datetime.date(1970, 1, 1) + datetime.timedelta(days=number % 10_000)
        facts = Person(person_id(number), "male", birth, AREA, (), (held,), None, None)
        register(database, facts, actor=CLERK, balance=BALANCE, day=_SINCE)


def visit(number: int, person: str, run: str) -> Visit:
    """An outpatient visit of five lines, paid from the person's own account."""
    return Visit(
        id=f"{run}-{number}",
        person=person,
        institution="H1",
        kind="outpatient",
        start=DAY,
        end=DAY,
        items=_ITEMS,
        draw=("own",),
    )


def visits(run: str, people: int, *, first: int = 0, step: int = 1) -> Iterator[tuple[Key, Visit]]:
    """Visits without end of every ``step``-th person from ``first`` on, each with its message."""
    for number in itertools.count():
        person = person_id((first + number * step) % people)
        made = visit(number, person, f"{run}-{first}")
        yield Key("H1", "settle", made.id), made
