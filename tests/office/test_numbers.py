"""The number of a case: said and written, one case each, whatever its letters."""

from __future__ import annotations

import datetime

from yibao.access.operations import Key
from yibao.access.permissions import Actor, Role
from yibao.aid.applications import GRANT_REVIEW
from yibao.benefit.facts import Enrolment, Person
from yibao.database.unit import Database
from yibao.insured.applications import RETIREMENT, RetirementApplication
from yibao.insured.people.registration import register
from yibao.office.numbers import case_named, free_number, is_number, number_of
from yibao.office.operations import Subject, open_case
from yibao.office.reading import case_rows_of

DAY = datetime.date(2026, 11, 30)
AT = datetime.datetime(2026, 11, 29, 17, tzinfo=datetime.UTC)
"""Already the thirtieth in China."""
AREA = "140100"
OFFICER = Actor("clerk", Role.OFFICER)


def test_a_number_names_area_kind_and_day_and_where_it_is_taken_the_next(
    database: Database,
) -> None:
    enrolment = Enrolment("employee", "working", datetime.date(2020, 1, 1), None, AREA)
    facts = Person("wang", "female", datetime.date(1970, 1, 1), AREA, (), (enrolment,), None, None)
    register(database, facts, actor=OFFICER, balance=0, day=enrolment.start)
    wish = RetirementApplication(on=DAY)
    subject = Subject(AREA, "wang")
    open_case(database, Key("t", "open", "1"), RETIREMENT, subject, wish, actor=OFFICER, at=AT)
    ((listed),) = database.read(lambda unit: case_rows_of(unit, "wang", DAY, 5))
    assert listed.number == number_of(AREA, RETIREMENT, DAY, subject.case_id)
    assert listed.number.startswith("140100-R-261130-")
    assert is_number(listed.number.lower())
    assert database.read(lambda unit: case_named(unit, listed.number.lower())) == listed.case_id
    assert database.read(lambda unit: case_named(unit, "anything else")) == "anything else"
    again = database.read(lambda unit: free_number(unit, AREA, RETIREMENT, DAY, subject.case_id))
    assert again == number_of(AREA, RETIREMENT, DAY, subject.case_id, 1)
    assert number_of(AREA, GRANT_REVIEW, DAY, "x").startswith("140100-GR-261130-")
