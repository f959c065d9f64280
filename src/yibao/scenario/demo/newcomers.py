"""Two people who have something to pay on the day on which a demo is made, whatever day it is.

The town's year is over, and what it owed is paid.  So that paying can be tried, a resident came
this month and owes this year, and a flexible member owes the month before and this one.  In a
year whose amount no source gives the resident pays nothing: the pages say why.
"""

from __future__ import annotations

import datetime

from yibao.access.operations import Key
from yibao.access.permissions import insured_actor, officer
from yibao.aid import operations as aid
from yibao.benefit.facts import Enrolment, Grant, Person
from yibao.database.instants import civil_day
from yibao.database.unit import Database
from yibao.errors import RefusedError
from yibao.insured import operations as insured
from yibao.insured.enrolment.cover import CIVIL_ZONE
from yibao.insured.enrolment.documents import Proof
from yibao.insured.payments.channels import SandboxChannel
from yibao.insured.people.registration import Named
from yibao.policy.compile import PolicyLibrary
from yibao.policy.kinds import ContributionClass, RelationKind, Scheme, Sex, Status

RESIDENT, FLEXIBLE = "zhangmin", "wangfang"
_BROTHER = "zhangwei"
_MONTHS_BEFORE = 3
"""How long the flexible member has been insured."""
_BASE = 4_500_00
_OFFICE = officer("demo")


def newcomers(area: str, today: datetime.date) -> tuple[Person, Person]:
    """Who they are: neither has paid anything yet."""
    came = today.replace(day=1)
    since = came
    for _ in range(_MONTHS_BEFORE):
        since = (since - datetime.timedelta(days=1)).replace(day=1)
    resident = Person(
        id=RESIDENT,
        sex=Sex.FEMALE,
        birth=datetime.date(1988, 2, 1),
        area=area,
        groups=(),
        enrolments=(Enrolment(Scheme.RESIDENT, None, came, None, area),),
        contributions_resident=(),
        contributions_employee=(),
    )
    flexible = Person(
        id=FLEXIBLE,
        sex=Sex.FEMALE,
        birth=datetime.date(1985, 6, 8),
        area=area,
        groups=(),
        enrolments=(
            Enrolment(
                Scheme.EMPLOYEE,
                Status.WORKING,
                since,
                None,
                area,
                contribution_class=ContributionClass.FLEXIBLE,
            ),
        ),
        contributions_resident=(),
        contributions_employee=(),
    )
    return resident, flexible


def leave_newcomers(
    database: Database,
    library: PolicyLibrary,
    people: tuple[Person, Person],
    named: tuple[Named, Named],
    today: datetime.date,
) -> None:
    """Register them; the brother of one shares his account, the other paid her first months."""
    resident, flexible = people
    for person, name in zip(people, named, strict=True):
        day = person.enrolments[0].start
        insured.register(database, person, actor=_OFFICE, day=day, named=name)
    since = resident.enrolments[0].start
    insured.relate(
        database,
        Key("demo", "relate", RESIDENT),
        insured.Relation(_BROTHER, RESIDENT, RelationKind.SIBLING, resident.birth),
        actor=_OFFICE,
        proofs=[Proof("household_book")],
    )
    aid.grant(
        database,
        Key("demo", "grant", RESIDENT),
        Grant(_BROTHER, RESIDENT, RelationKind.SIBLING, since, None, None),
        actor=_OFFICE,
        library=library,
        on=since,
    )
    _pay_first_months(database, library, flexible)


def _pay_first_months(database: Database, library: PolicyLibrary, person: Person) -> None:
    """All months but the last and this one, each in its own month."""
    start = person.enrolments[0].start
    channel = SandboxChannel("wechat")
    actor = insured_actor(person.id)
    for _ in range(_MONTHS_BEFORE - 1):
        at = datetime.datetime.combine(start.replace(day=5), datetime.time(9), CIVIL_ZONE)
        month = start.year * 100 + start.month
        key = f"{person.id} {month}"
        try:
            bill = insured.make_bill(
                database,
                library,
                Key("demo", "bill", key),
                person.id,
                civil_day(at),
                actor=actor,
                month=month,
                base=_BASE,
            )
        except RefusedError:
            return  # no source gives what that month costs
        order = insured.create_order(
            database,
            Key("demo", "order", key),
            person.id,
            bill["bills"][0]["bill"],
            channel.name,
            actor=actor,
            at=at,
        )
        insured.pay_order(database, library, channel, person.id, order["order"], actor=actor, at=at)
        start = (start + datetime.timedelta(days=31)).replace(day=1)
