"""A store with everything that the operations need, and the calls of all operations."""

from __future__ import annotations

import datetime
from collections.abc import Callable
from dataclasses import dataclass, replace
from typing import Any

from sqlalchemy import select
from stdnum.cn import ric

from yibao.access.operations import Key
from yibao.access.permissions import POSTS, Actor, Role, institution_actor
from yibao.access.users import add_user
from yibao.aid import operations as aid
from yibao.benefit.facts import (
    EmployeeContribution,
    Enrolment,
    Filing,
    Grant,
    GroupMembership,
    Institution,
    Item,
    Person,
    Visit,
)
from yibao.care import institutions
from yibao.care.readjudication import Readjudications
from yibao.care.reversal import Reversals
from yibao.care.settling import Settlements
from yibao.crossing import operations as crossing
from yibao.database.unit import Database
from yibao.gateway.corrections import booked_corrections
from yibao.insured import operations as insured
from yibao.insured.enrolment.documents import Proof
from yibao.insured.payments.channels import SandboxChannel
from yibao.insured.tables import order_
from yibao.ledger import operations as ledger
from yibao.policy.compile import PolicyLibrary

from ...support.actors import ADMINISTRATOR, AUDITOR, CLERK

PEOPLE = ("wang", "child", "sister", "li")
"""Wang acts; the others are a ward's, a relative's and a stranger's records."""
WANG = Actor(
    "wang",
    Role.INSURED,
    person_id="wang",
    wards=frozenset({"child"}),
    relatives=frozenset({"sister"}),
)
H1, CLINIC = institution_actor("h1"), institution_actor("clinic")
RELATED = (
    ("wang", "child"),
    ("wang", "sister"),
    ("wang", "li"),
    ("child", "sister"),
    ("child", "li"),
    ("sister", "li"),
)
"""Who is on record as related: Wang acts for two of them, and each grants to the one before."""
CALLERS = [
    *((WANG, name) for name in PEOPLE),
    *((actor, "li") for actor in (CLERK, AUDITOR, ADMINISTRATOR, H1, CLINIC)),
]
POSTED = [
    (Actor(post.value, post, agency_id="agency", area="140100", lives_here=lambda _: True), "li")
    for post in POSTS
]
"""Every post at the agency of these people's area: what it is not granted is denied it too."""
DAY = datetime.date(2025, 11, 20)
AT = datetime.datetime(2025, 11, 20, 3, tzinfo=datetime.UTC)
PASSWORD = "long enough words"
PAID = "posted"


def number_of(place: int) -> str:
    plain = f"11010119800315{990 + place}"
    return plain + ric.calc_check_digit(f"{plain}0")


def facts_of(name: str, area: str) -> Person:
    return Person(
        id=name,
        sex="female" if PEOPLE.index(name) % 2 == 0 else "male",
        birth=datetime.date(1980, 3, 15),
        area=area,
        groups=(GroupMembership("low_income", datetime.date(2020, 1, 1)),),
        enrolments=(
            Enrolment("employee", "working", datetime.date(2020, 1, 1), None, area, "flexible"),
        ),
        contributions_resident=None,
        contributions_employee=tuple(
            EmployeeContribution(202500 + month, 800_000, datetime.date(2025, month, 2))
            for month in range(1, 10)
        ),
    )


@dataclass
class World:
    """A store with everything that the operations need, once for each person."""

    database: Database
    packs: PolicyLibrary
    area: str
    sent: int = 0

    def __post_init__(self) -> None:
        self.settlements = Settlements(self.database, self.packs)
        self.reversals = Reversals(self.settlements)
        self.corrected = booked_corrections(self.database)
        self.readjudications = Readjudications(self.reversals, self.corrected)

    def key(self, sender: str = "desk") -> Key:
        self.sent += 1
        return Key(sender, "test", f"{id(self)}-{self.sent}")

    def visit(self, name: str, person: str, **facts: Any) -> Visit:
        kind = {"kind": "outpatient", "items": (Item("A", 20_000),), **facts}
        return Visit(f"{person}-{name}", person, "h1", start=DAY, end=DAY, **kind)

    def order(self, person: str, status: str) -> tuple[str, str]:
        query = select(order_.c.order_id, order_.c.bill_id).where(
            order_.c.person_id == person, order_.c.status == status
        )
        row = self.database.read(lambda unit: unit.run(query).one())
        return row.order_id, row.bill_id

    def grant_id(self, person: str, status: str = "pending") -> str:
        day = DAY
        grants = self.database.read(lambda unit: aid.grant_rows(unit, person, day))
        return str(next(row for row in grants if row["status"] == status)["grant_id"])

    def filing_id(self, person: str) -> str:
        from yibao.exchange.reading import filing_rows

        return str(filing_rows(self.database, person)[0].filing_id)

    # --- setting up --------------------------------------------------------------------------

    def set_up(self) -> None:
        for place in ("h1", "clinic"):
            institutions.register_institution(
                self.database, Institution(place, self.area, "hospital", 1), actor=CLERK
            )
        for name in PEOPLE:
            insured.register(
                self.database,
                facts_of(name, self.area),
                actor=CLERK,
                balance=500_000,
                day=datetime.date(2020, 1, 1),
                named=insured.Named(
                    f"姓名{name}", "resident_identity_card", number_of(PEOPLE.index(name))
                ),
                library=self.packs,
            )
        for number, (person, relative) in enumerate(RELATED):
            insured.relate(
                self.database,
                self.key(),
                insured.Relation(person, relative, "sibling", datetime.date(2000, 1, 1)),
                actor=CLERK,
                proofs=[Proof("household_book", number=str(number))],
            )
        for name in PEOPLE:
            self._live(name)
        for number, name in enumerate(PEOPLE):
            waiting = replace(grant_of(name), grantee=PEOPLE[(number + 1) % len(PEOPLE)])
            aid.grant(self.database, self.key(), waiting, actor=CLERK)
        add_user(self.database, ADMINISTRATOR, "somebody", PASSWORD, Role.OFFICER)

    def _live(self, name: str) -> None:
        database, packs = self.database, self.packs
        settled = self.visit("settled", name, draw=("own",))
        self.settlements.settle(Key("h1", "settle", f"m-{name}"), settled, actor=H1)
        for month, pay in ((202512, False), (202601, True)):
            billed = insured.make_bill(
                database, packs, self.key(), name, DAY, actor=CLERK, month=month, base=800_000
            )
            order = insured.create_order(
                database, self.key(), name, billed["bills"][0]["bill"], "wechat", actor=CLERK, at=AT
            )
            if pay:
                channel = SandboxChannel("wechat")
                insured.pay_order(
                    database, packs, channel, name, order["order"], actor=CLERK, at=AT
                )
        aid.grant(database, self.key(), grant_of(name), actor=CLERK, consent=CONSENT, library=packs)
        crossing.record(
            database,
            self.key(),
            Filing(name, "chronic", None, "hypertension", DAY, None),
            actor=CLERK,
        )
        database.write(
            lambda unit: ledger.post(
                unit, name, f"t-{name}", DAY, [("opening", 500), (f"suspense:{name}", -500)]
            )
        )


CONSENT = aid.Consent("1", "同意")


def grant_of(name: str) -> Grant:
    grantee = PEOPLE[PEOPLE.index(name) - 1]
    return Grant(name, grantee, "sibling", DAY, None, None)


def relative_of(name: str) -> str:
    return PEOPLE[PEOPLE.index(name) - 1]


Call = Callable[[World, Actor, str], Any]
CALLS: dict[str, tuple[str, Call]] = {}
"""Name of a call -> operation of the matrix, call."""


def call_of(operation: str) -> Callable[[Call], Call]:
    def keep(call: Call) -> Call:
        CALLS[call.__name__.strip("_")] = (operation, call)
        return call

    return keep
