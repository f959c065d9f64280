"""An office where the use of the fund is supervised, and everybody who takes part."""

from __future__ import annotations

import datetime
from collections.abc import Callable
from typing import Any

import pytest

from yibao.access.operations import Key
from yibao.access.permissions import Actor, Role
from yibao.access.ties import tie_faults
from yibao.access.trail import all_chains, verify_people
from yibao.conduct import operations as conduct
from yibao.conduct.forms import ConductLead, ConductProposal, LeadSource
from yibao.conduct.sheets import ConductSheet, sheet_of
from yibao.database.unit import Database
from yibao.disbursement.checks import payment_faults
from yibao.office import operations as office
from yibao.office import reading
from yibao.office.checks import case_faults
from yibao.policy.compile import PolicyLibrary

from ..support.store import Store

Build = Callable[..., Any]
AT = datetime.datetime(2026, 6, 1, 2, tzinfo=datetime.UTC)
OBTAINED = 426_035


class Bureau:
    """People of one agency, and the cases that they work on."""

    def __init__(self, store: Store, packs: PolicyLibrary, area: str) -> None:
        self.store, self.database, self.packs, self.area = store, store.database, packs, area
        self.sent = 0

    def of(self, role: Role, name: str = "") -> Actor:
        return Actor(
            name or role.value, role, agency_id="agency", area=self.area, lives_here=lambda _: True
        )

    def key(self, actor: Actor) -> Key:
        self.sent += 1
        return Key(actor.id, "conduct", f"m{self.sent}")

    def lead(self, **facts: Any) -> ConductLead:
        return ConductLead(
            **{
                "source": LeadSource.REPORT.value,
                "subject_kind": "person",
                "subject_id": "worker",
                "text": "把卡借给邻居看病",
                **facts,
            }
        )

    def note(self, lead: ConductLead | None = None, role: Role = Role.CLERK, **more: Any) -> str:
        who = self.of(role)
        answer = conduct.note_lead(
            self.database, self.key(who), lead or self.lead(), actor=who, at=AT, **more
        )
        return str(answer["case"])

    def proposal(self, **facts: Any) -> ConductProposal:
        return ConductProposal(
            **{
                "act": "person_fraud",
                "obtained": OBTAINED,
                "act_ended_on": datetime.date(2026, 4, 30),
                "times": 20_000,
                "months": 6,
                "start": datetime.date(2026, 6, 10),
                "scheme": "resident",
                "facts": "三次住院不是本人",
                "factors": "主动退回，没有前科",
                **facts,
            }
        )

    def propose(self, case: str, actor: Actor | None = None, **facts: Any) -> Any:
        who = actor or self.of(Role.INSPECTOR, "zhao")
        return conduct.propose(
            self.database, self.key(who), case, self.proposal(**facts), actor=who, at=AT
        )

    def move(self, case: str, move: str, role: Role, name: str = "", **more: Any) -> Any:
        who = self.of(role, name)
        return office.move_case(
            self.database, self.packs, self.key(who), case, move, actor=who, **{"at": AT, **more}
        )

    def until_told(self, case: str, **facts: Any) -> None:
        self.move(case, "check", Role.INSPECTOR, "zhao")
        self.move(case, "open_inquiry", Role.HEAD)
        self.propose(case, **facts)
        self.move(case, "inspect", Role.INSPECTOR, "zhao")
        self.move(case, "countersign", Role.INSPECTOR, "qian")
        self.move(case, "review_legal", Role.LEGAL)
        self.move(case, "tell", Role.HEAD)

    def book(self, case: str, part: str, amount: int, day: str, slip: str) -> Any:
        who = self.of(Role.CASHIER)
        return conduct.book_recovery(
            self.database,
            self.key(who),
            case,
            conduct.RecoveryPart(part),
            amount,
            datetime.date.fromisoformat(day),
            slip,
            actor=who,
            at=AT,
        )

    def page(self, case: str) -> reading.CasePage:
        return reading.read_case(self.database, self.of(Role.INSPECTOR), case, AT.date())

    def state(self, case: str) -> str:
        return self.page(case).listed.state

    def sheet(self, case: str) -> ConductSheet:
        return self.database.read(lambda unit: sheet_of(unit, case))

    def check(self) -> None:
        self.store.check()
        for faults in (payment_faults, case_faults):
            assert self.database.read(lambda unit, f=faults: list(f(unit)), consistent=True) == []
        chains = all_chains(self.database)
        assert list(verify_people(self.database, chains)) == []
        assert list(tie_faults(self.database, chains)) == []


@pytest.fixture
def bureau(
    database: Database, packs: PolicyLibrary, make_person: Build, make_institution: Build
) -> Bureau:
    store = Store(database, packs)
    years = [(year, f"{year - 1}-11-01") for year in range(2021, 2027)]
    for name in ("worker", "wife"):
        store.person(make_person(name, scheme="resident", status=None, years=years))
    store.institution(make_institution("h1", price_class=2))
    return Bureau(store, packs, store.facts("worker").area)
