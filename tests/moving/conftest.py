"""Two areas of one store, their posts, and somebody who moved from the one to the other."""

from __future__ import annotations

import datetime
import shutil
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from yibao.access.chains import area_of
from yibao.access.operations import Key
from yibao.access.permissions import Actor, Role, is_within
from yibao.access.ties import tie_faults
from yibao.access.trail import all_chains, verify_people
from yibao.benefit.facts import EmployeeContribution, Enrolment, Person, next_month
from yibao.database.unit import Database, Unit, open_database
from yibao.disbursement.checks import payment_faults
from yibao.insured.accounts.departures import record_departure
from yibao.insured.locks import lock_person, store_person
from yibao.insured.people.certificates import RESIDENT
from yibao.insured.people.registration import Named, register
from yibao.moving.applications import TRANSFER_IN, TransferIn
from yibao.office import operations as office
from yibao.office import reading
from yibao.office.checks import case_faults
from yibao.office.operations import Subject
from yibao.policy.compile import PolicyLibrary
from yibao.policy.kinds import ContributionClass, Scheme, Sex, Status

from ..support.actors import CLERK, oneself
from ..support.store import Store

OLD, NEW = "140100", "440100"
BALANCE = 345_678
ACCEPTED = datetime.datetime(2026, 9, 23, 2, tzinfo=datetime.UTC)
ARRIVED = datetime.datetime(2026, 10, 13, 2, tzinfo=datetime.UTC)
NUMBER = "140105198003159987"


def months(first: int, count: int) -> list[EmployeeContribution]:
    """So many months from one on, each paid on the tenth."""
    paid = []
    month = first
    for _ in range(count):
        day = datetime.date(month // 100, month % 100, 10)
        paid.append(EmployeeContribution(month, 500_000, day))
        month = next_month(month)
    return paid


def spell(area: str, start: datetime.date, end: datetime.date | None = None) -> Enrolment:
    return Enrolment(Scheme.EMPLOYEE, Status.WORKING, start, end, area, ContributionClass.EMPLOYER)


def mover(
    name: str,
    *enrolments: Enrolment,
    paid: list[EmployeeContribution] | None = None,
    **more: Any,
) -> Person:
    """Somebody with enrolments and the months that were paid."""
    facts = Person(
        id=name,
        sex=Sex.FEMALE,
        birth=datetime.date(1980, 3, 15),
        area=enrolments[-1].area,
        groups=(),
        enrolments=enrolments,
        contributions_resident=None,
        contributions_employee=None if paid is None else tuple(paid),
    )
    return replace(facts, **more)


LEFT = spell(OLD, datetime.date(2016, 10, 1), datetime.date(2024, 1, 31))
"""Seven years and four months."""
CAME = spell(NEW, datetime.date(2024, 2, 1))
"""Two years and eight months by the end of September 2026."""


class Areas:
    """Both offices of one store."""

    def __init__(self, database: Database, packs: PolicyLibrary) -> None:
        self.store, self.database, self.packs = Store(database, packs), database, packs
        self.sent = 0

    def of(self, role: Role, area: str = NEW, name: str = "") -> Actor:
        return Actor(
            name or f"{role.value}-{area}",
            role,
            agency_id=f"agency-{area}",
            area=area,
            lives_here=lambda person: is_within(area_of(self.database, person) or "", area),
        )

    def key(self, actor: Actor) -> Key:
        self.sent += 1
        return Key(actor.id, "moving", f"m{self.sent}")

    def register(self, facts: Person, balance: int = 0, number: str = "") -> None:
        named = Named("王秀兰", RESIDENT, number) if number else None
        register(
            self.database,
            facts,
            actor=CLERK,
            balance=balance,
            day=facts.enrolments[0].start,
            named=named,
            library=self.packs,
        )

    def apply(self, person: str, wish: TransferIn | None = None, area: str = NEW) -> str:
        who = oneself(person)
        answer = office.open_case(
            self.database,
            self.key(who),
            TRANSFER_IN,
            Subject(area, person),
            wish or TransferIn(from_area=OLD),
            actor=who,
            at=ACCEPTED,
        )
        return str(answer["case"])

    def move(
        self, case: str, move: str, actor: Actor, at: datetime.datetime = ACCEPTED, **more: Any
    ) -> Any:
        return office.move_case(
            self.database, self.packs, self.key(actor), case, move, actor=actor, at=at, **more
        )

    def page(self, case: str, actor: Actor | None = None) -> reading.CasePage:
        who = actor or Actor("officer", Role.OFFICER)
        return reading.read_case(self.database, who, case, ARRIVED.date())

    def state(self, case: str) -> str:
        return self.page(case).listed.state

    def open_of(self, kind: str, person: str) -> str:
        """The one open case of a kind."""
        ((case, _),) = self.database.read(lambda unit: reading.open_cases(unit, kind, person))
        return case

    def died(self, person: str, day: datetime.date) -> None:
        """A death is on record, as an accepted case leaves it."""

        def work(unit: Unit) -> None:
            record_departure(unit, person, day, "death", "case", ACCEPTED)
            store_person(unit, lock_person(unit, person), CLERK, "depart", {})

        self.database.write(work)

    def check(self) -> None:
        """``db check``, ``audit verify`` and ``replay`` find nothing."""
        self.store.check()
        for faults in (payment_faults, case_faults):
            assert self.database.read(lambda unit, f=faults: list(f(unit)), consistent=True) == []
        chains = all_chains(self.database)
        assert list(verify_people(self.database, chains)) == []
        assert list(tie_faults(self.database, chains)) == []


@pytest.fixture
def areas(database: Database, packs: PolicyLibrary) -> Areas:
    return Areas(database, packs)


@pytest.fixture
def other_areas(sqlite_template: Path, tmp_path: Path, packs: PolicyLibrary) -> Iterator[Areas]:
    """Another store."""
    path = tmp_path / "other.db"
    shutil.copyfile(sqlite_template, path)
    opened = open_database(f"sqlite:///{path}")
    yield Areas(opened, packs)
    opened.dispose()
