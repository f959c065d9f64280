"""A hospital or two of one area, whose months are cleared by distinct people."""

from __future__ import annotations

import datetime
import itertools
import json
from collections.abc import Sequence
from typing import Any

from sqlalchemy import func, select

from yibao.access.operations import Key, digest
from yibao.access.permissions import Actor, Role, institution_actor
from yibao.access.tables import event
from yibao.access.ties import tie_faults
from yibao.access.trail import all_chains, verify_people
from yibao.benefit.facts import Institution, Item, Person, Visit
from yibao.care.institutions import register_institution
from yibao.care.settling import Settlements
from yibao.clearing import operations as clearing
from yibao.clearing import reading
from yibao.clearing.checks import clearing_faults
from yibao.clearing.states import ClearingMove
from yibao.clearing.sums import ReturnRule
from yibao.database.unit import Database
from yibao.disbursement import operations as payments
from yibao.disbursement.checks import payment_faults
from yibao.disbursement.files import BankAnswer
from yibao.disbursement.payees import payee_of
from yibao.disbursement.states import Outcome
from yibao.exchange.book import Book, Booking
from yibao.exchange.sent import Sent
from yibao.exchange.visits import RegisteredVisit, new_document
from yibao.insured.people.registration import register
from yibao.ledger.checks import ledger_faults
from yibao.ledger.fragments import totals
from yibao.policy.compile import PolicyLibrary
from yibao.policy.kinds import ItemClass, VisitKind

from ..support.actors import CLERK

HOSPITAL, OTHER = "H14010500001", "H14010500002"
PATIENT = "wang"
CHINA = datetime.timezone(datetime.timedelta(hours=8))
AFTERWARDS = datetime.datetime(2026, 1, 20, 10, tzinfo=CHINA)
PAYEE = payee_of("测试医院", "工商银行", "6217000012345678")
_SENT = itertools.count(1)
_STEPS = (
    (ClearingMove.ACCEPT, Role.CLERK),
    (ClearingMove.BEGIN_REVIEW, Role.REVIEWER),
    (ClearingMove.FINISH_REVIEW, Role.SECOND),
    (ClearingMove.SUM_UP, Role.SECOND),
    (ClearingMove.SIGN, Role.HEAD),
)


class Clearing:
    """The store by short names."""

    def __init__(self, database: Database, packs: PolicyLibrary, area: str) -> None:
        self.database, self.area = database, area
        self.book = Book(Settlements(database, packs))

    def set_up(self, person: Person, institutions: Sequence[Institution], **terms: Any) -> None:
        """Somebody insured, and institutions with an agreement."""
        register(self.database, person, actor=CLERK, day=person.enrolments[0].start)
        for institution in institutions:
            register_institution(self.database, institution, actor=CLERK)
            self.agree(institution.id, **terms)

    def of(self, role: Role, name: str = "", area: str = "") -> Actor:
        return Actor(name or role.value, role, agency_id="agency", area=area or self.area)

    def key(self) -> Key:
        return Key("test", "clearing", f"c{next(_SENT)}")

    def agree(self, institution: str = HOSPITAL, **terms: Any) -> Any:
        agreement: dict[str, Any] = {
            "start": datetime.date(2025, 1, 1),
            "retained_share": 500,
            "advance_share": None,
            "apply_by_day": 10,
            "pay_days": 20,
            "appeal_days": 5,
            "return_rule": ReturnRule.PER_POINT,
            "payee": PAYEE,
        }
        return clearing.agree(
            self.database,
            self.key(),
            institution,
            clearing.Agreement(**{**agreement, **terms}),
            actor=self.of(Role.HEAD),
        )

    def visit(
        self,
        month: int,
        cost: int,
        institution: str = HOSPITAL,
        *,
        days: int = 0,
        clear_type: str = "11",
        person: str = PATIENT,
        home: str = "",
    ) -> str:
        """A visit, or a stay of some days, settled by message and booked: the entry's id."""
        end = datetime.date(month // 100, month % 100, 12)
        begin = end - datetime.timedelta(days=days)
        number = next(_SENT)
        kind = VisitKind.INPATIENT if days else VisitKind.OUTPATIENT
        visit = Visit(
            f"v{number}", person, institution, kind, begin, end, (Item(ItemClass.A, cost),)
        )
        at = datetime.datetime.combine(end, datetime.time(10), CHINA)
        entries: list[str] = []

        def render(entry_id: str, money: Any) -> str:
            entries.append(entry_id)
            return json.dumps({"setl_id": entry_id})

        self.book.settle(
            Sent(institution, "2304" if days else "2207", f"m{number}", digest([number])),
            RegisteredVisit(
                person, visit.id, institution, begin, bool(days), 0, new_document(med_type="11")
            ),
            visit,
            Booking("1", "employee", clear_type, home or self.area, at),
            render,
        )
        return entries[-1]

    def apply(self, month: int, institution: str = HOSPITAL, clear_type: str = "11") -> str:
        own = institution_actor(institution)
        groups = [
            group
            for group in reading.months_to_apply(self.database, own, institution, month)
            if group.clear_type == clear_type
        ]
        stated = clearing.MonthTotals(
            *(
                sum(getattr(group, name) for group in groups)
                for name in ("count", "total", "fund", "account", "cash")
            )
        )
        return str(
            clearing.apply_for_month(
                self.database,
                self.key(),
                clearing.AppliedFor(institution, month, clear_type),
                stated,
                eligible=0,
                actor=own,
                at=AFTERWARDS,
            )["application"]
        )

    def move(self, application: str, move: ClearingMove, role: Role, **more: Any) -> Any:
        actor = more.pop("actor", None) or self.of(role)
        at = more.pop("at", AFTERWARDS)
        return clearing.move_application(
            self.database, self.key(), application, move, actor=actor, at=at, **more
        )

    def settle(self, application: str, *, after: ClearingMove | None = None) -> Any:
        """Every step until the signature, or those after ``after``."""
        moves = [move for move, _ in _STEPS]
        first = 0 if after is None else moves.index(after) + 1
        for move, role in _STEPS[first:]:
            self.move(application, move, role)
        return self.read(application).listed

    def read(self, application: str, actor: Actor | None = None) -> Any:
        who = actor or self.of(Role.SECOND)
        day = AFTERWARDS.date()
        return reading.read_application(self.database, who, application, today=day)

    def pay(self) -> dict[str, int]:
        """All that waits, signed by another, sent and answered: amounts by payee's name."""
        cashier, head = self.of(Role.CASHIER, "payer"), self.of(Role.HEAD, "signer")
        batch = payments.draft_batch(self.database, self.key(), self.area, actor=cashier)["batch"]
        payments.sign_batch(self.database, self.key(), batch, actor=head)
        payments.send_batch(self.database, self.key(), batch, actor=cashier)
        content = payments.file_of_batch(self.database, batch, actor=cashier).decode("utf-8-sig")
        head_line, *lines = content.splitlines()
        names = head_line.split(",")
        paid: dict[str, int] = {}
        for line in lines:
            cells = dict(zip(names, line.split(","), strict=True))
            amount = int(cells["金额"].replace(".", ""))
            payments.book_answer(
                self.database,
                BankAnswer(batch, cells["付款单号"], amount, Outcome.PAID, "B1", AFTERWARDS.date()),
                actor=cashier,
            )
            paid[cells["户名"]] = paid.get(cells["户名"], 0) + amount
        return paid

    def balance(self, prefix: str) -> int:
        """Debits less credits of every account that begins so."""
        return sum(self.database.read(lambda unit: totals(unit, prefix=prefix)).values())

    def events(self) -> int:
        """How many events stand on the chains."""
        query = select(func.count()).select_from(event)
        return int(self.database.read(lambda unit: unit.run(query).scalar_one()))

    def check(self) -> None:
        for faults in (ledger_faults, payment_faults, clearing_faults):
            assert self.database.read(lambda unit, faults=faults: list(faults(unit))) == []
        chains = all_chains(self.database)
        assert list(verify_people(self.database, chains)) == []
        assert list(tie_faults(self.database, chains)) == []
