"""An office where manual claims are made, and everybody who takes part."""

from __future__ import annotations

import datetime
import io
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import pytest

from yibao.access.operations import Key
from yibao.access.permissions import Actor, Role
from yibao.access.ties import tie_faults
from yibao.access.trail import all_chains, verify_people
from yibao.claims import operations as claims
from yibao.claims.forms import CarePlace, ClaimLine, LineDecision, ManualClaim, Voucher
from yibao.claims.sheets import ClaimSheet, DecidedLine, sheet_of
from yibao.database.unit import Database
from yibao.disbursement import operations as payments
from yibao.disbursement.checks import payment_faults
from yibao.disbursement.files import BankAnswer
from yibao.disbursement.payees import payee_of
from yibao.disbursement.reading import order_state
from yibao.disbursement.states import Outcome
from yibao.office import operations as office
from yibao.office import reading
from yibao.office.checks import case_faults
from yibao.office.documents import add_document
from yibao.policy.compile import PolicyLibrary

from ..support.actors import oneself
from ..support.store import Store

Build = Callable[..., Any]
DAY = datetime.date(2026, 9, 25)
AT = datetime.datetime(2026, 9, 25, 2, tzinfo=datetime.UTC)
PAYEE = payee_of("王秀兰", "工商银行", "6217000012345678")


def picture() -> bytes:
    from PIL import Image

    out = io.BytesIO()
    Image.new("RGB", (8, 8), "white").save(out, "JPEG")
    return out.getvalue()


class Office:
    """People of one agency, and the claims that they work on."""

    def __init__(self, store: Store, packs: PolicyLibrary, area: str) -> None:
        self.store, self.database, self.packs, self.area = store, store.database, packs, area
        self.sent = 0

    def of(self, role: Role, name: str = "") -> Actor:
        return Actor(name or role.value, role, agency_id="agency", area=self.area)

    def key(self, actor: Actor) -> Key:
        self.sent += 1
        return Key(actor.id, "claims", f"m{self.sent}")

    def claim(self, total: int = 3_000_000, **facts: Any) -> ManualClaim:
        facts = {
            "reason": "fault_of_system",
            "care": "inpatient",
            "place": CarePlace(name="市二院", institution="h1"),
            "start": datetime.date(2026, 9, 1),
            "end": datetime.date(2026, 9, 10),
            "payee": PAYEE,
            "vouchers": (Voucher(number="00012345", code="14060226", total=total, day=DAY),),
            **facts,
        }
        return ManualClaim(**facts)

    def file(self, claim: ManualClaim, person: str = "worker", actor: Actor | None = None) -> str:
        who = actor or oneself(person)
        answer = claims.file_claim(self.database, self.key(who), person, claim, actor=who, at=AT)
        return str(answer["case"])

    def hand_in(self, case: str, *papers: str, by: str = "worker") -> None:
        for paper in papers or ("receipt", "item_list", "diagnosis"):
            add_document(
                self.database, self.key(oneself(by)), case, paper, f"{paper}.jpg", picture(),
                actor=oneself(by), at=AT,
            )  # fmt: skip

    def move(self, case: str, move: str, actor: Actor, **more: Any) -> Any:
        return office.move_case(
            self.database, self.packs, self.key(actor), case, move, actor=actor,
            **{"at": AT, **more},
        )  # fmt: skip

    def lines(self, case: str, *lines: ClaimLine, actor: Actor | None = None) -> Any:
        who = actor or self.of(Role.CLERK)
        return claims.put_lines(
            self.database, self.packs, self.key(who), case, lines, actor=who, at=AT
        )

    def decide(self, case: str, *decisions: DecidedLine, actor: Actor | None = None) -> Any:
        who = actor or self.of(Role.REVIEWER)
        return claims.decide_lines(self.database, self.key(who), case, decisions, actor=who, at=AT)

    def accept_all(self, case: str) -> None:
        places = range(len(self.sheet(case).lines))
        self.decide(case, *(DecidedLine(place, LineDecision.ACCEPTED) for place in places))

    def reviewed(self, claim: ManualClaim, *lines: ClaimLine, person: str = "worker") -> str:
        """A claim up to the second review, every line accepted."""
        case = self.file(claim, person)
        self.hand_in(case, *[p.kind for p in self.page(case).papers if p.required], by=person)
        self.move(case, "accept", self.of(Role.CLERK))
        self.lines(case, *lines)
        self.move(case, "enter", self.of(Role.CLERK))
        self.accept_all(case)
        self.move(case, "review", self.of(Role.REVIEWER))
        return case

    def page(self, case: str, actor: Actor | None = None) -> reading.CasePage:
        return reading.read_case(self.database, actor or self.of(Role.CLERK), case, DAY)

    def state(self, case: str) -> str:
        return self.page(case).listed.state

    def sheet(self, case: str) -> ClaimSheet:
        return self.database.read(lambda unit: sheet_of(unit, case))

    def pay(self, case: str, outcome: Outcome = Outcome.PAID, day: datetime.date = DAY) -> None:
        """Make a batch, sign it, send it, and hear what the bank says."""
        cashier, head = self.of(Role.CASHIER), self.of(Role.HEAD)
        batch = payments.draft_batch(
            self.database, self.key(cashier), self.area, actor=cashier, at=AT
        )["batch"]
        payments.sign_batch(self.database, self.key(head), batch, actor=head, at=AT)
        payments.send_batch(self.database, self.key(cashier), batch, actor=cashier, at=AT)
        self.answer(case, batch, outcome, day)

    def answer(self, case: str, batch: str, outcome: Outcome, day: datetime.date = DAY) -> None:
        order = self.database.read(lambda unit: order_state(unit, "manual_claim", case))
        assert order is not None
        said = BankAnswer(batch, order.order_id, order.amount, outcome, "B1", day, "账号户名不符")
        payments.book_answer(self.database, said, actor=self.of(Role.CASHIER), at=AT)

    def check(self) -> None:
        self.store.check()
        for faults in (payment_faults, case_faults):
            assert self.database.read(lambda unit, f=faults: list(f(unit)), consistent=True) == []
        chains = all_chains(self.database)
        assert list(verify_people(self.database, chains)) == []
        assert list(tie_faults(self.database, chains)) == []


@contextmanager
def overlaid(folder: Path, text: str) -> Iterator[PolicyLibrary]:
    """The packs with some parameters of our own."""
    path = folder / "claims.yaml"
    path.write_text(f"overlay: 手工报销\nparameters:\n{text}", encoding="utf-8")
    yield PolicyLibrary.load(overlays=[path])


def office_of(
    database: Database, packs: PolicyLibrary, make_person: Build, make_institution: Build
) -> Office:
    store = Store(database, packs)
    years = [(year, f"{year - 1}-11-01") for year in range(2021, 2027)]
    for name in ("worker", "wife"):
        store.person(make_person(name, scheme="resident", status=None, years=years))
    store.institution(make_institution("h1", price_class=2))
    return Office(store, packs, store.facts("worker").area)


@pytest.fixture
def desk(
    database: Database, packs: PolicyLibrary, make_person: Build, make_institution: Build
) -> Office:
    return office_of(database, packs, make_person, make_institution)
