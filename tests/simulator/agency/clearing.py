"""A hospital's months: visits, applications, doubts, appeals, advances, orders to the bank."""

from __future__ import annotations

import datetime
import json
from collections import Counter
from typing import Any

from sqlalchemy import select

from yibao.access.operations import digest
from yibao.access.permissions import Role, institution_actor
from yibao.benefit.facts import Enrolment, Institution, Item, Visit
from yibao.care.settling import Settlements
from yibao.clearing import operations as clearing
from yibao.clearing.reading import months_to_apply
from yibao.clearing.states import ClearingMove, ClearingState
from yibao.clearing.tables import clearing_application, clearing_doubt
from yibao.disbursement.payees import payee_of
from yibao.disbursement.tables import payment_order
from yibao.exchange.book import Book, Booking
from yibao.exchange.sent import Sent
from yibao.exchange.tables import exchange_settlement
from yibao.exchange.visits import RegisteredVisit, new_document

from .conduct import DEPARTMENTS, Conduct
from .known import Application, Delivery
from .world import AWAY, HOSPITAL, NEW, World

PATIENTS = {"sick": "employee", "aunt": "resident", "cousin": "employee"}
"""Whoever is treated, by scheme; the cousin is insured in the other area."""
CLEAR_TYPE = "11"
RETAINED, ADVANCE = 500, 8_000
"""Basis points of what is applied for."""


class Clearing:
    """One hospital here, one in the other area, three who are treated, and the agency's posts."""

    def __init__(self, world: World, inquiries: Conduct) -> None:
        self.world, self.inquiries = world, inquiries
        self.applications: list[Application] = []
        self.entries: list[str] = []
        self.deliveries: list[Delivery] = []
        self.across: Counter[tuple[str, int]] = Counter()
        """What the care in an area of people of the other came to, by area and month; fen."""
        self.corrected: Counter[int] = Counter()
        """What signed sheets changed for the other area's fund, by the month of the sheet."""
        world.store.institution(Institution(HOSPITAL, world.area, "hospital", 2))
        world.store.institution(Institution(AWAY, NEW, "hospital", 2))
        world.person("sick", "employee", "retired", balance=400_000)
        world.person("aunt", "resident")
        since = Enrolment("employee", "retired", datetime.date(2020, 1, 1), None, NEW, "employer")
        world.person("cousin", "employee", spells=[since], balance=100_000)
        self.book = Book(Settlements(world.database, world.packs))
        agreement = clearing.Agreement(
            start=datetime.date(2026, 1, 1), retained_share=RETAINED, advance_share=ADVANCE,
            apply_by_day=10, pay_days=20, appeal_days=5, return_rule=None,
            payee=payee_of("市二院", "工商银行", "6200000000000000"),
        )  # fmt: skip
        head = world.of(Role.HEAD, name="agreed")
        clearing.agree(
            world.database, world.key(head), HOSPITAL, agreement, actor=head, at=world.at
        )
        self.steps = [
            (16, self.visit),
            (4, self.reverse),
            (8, self.apply),
            (30, self.advance),
            (3, self.give_back),
        ]

    # --- care --------------------------------------------------------------------------------

    def visit(self) -> None:
        """Whoever comes to either hospital."""
        self.treat(self.world.pick(*[HOSPITAL] * 4, AWAY), self.world.pick(*PATIENTS))

    def treat(self, hospital: str, patient: str) -> None:
        """A visit as the hospital's message has it settled and booked."""
        world, number = self.world, self.world.new_number()
        scheme, home = PATIENTS[patient], NEW if patient == "cousin" else world.area
        items = (Item(world.pick("A", "A", "C"), world.random.randrange(1_000, 300_000)),)
        draw = ("own",) if patient == "sick" and world.chance(0.4) else ()
        visit = Visit(
            f"v{number}", patient, hospital, "outpatient", world.day, world.day, items, draw=draw
        )
        department = world.pick("", *DEPARTMENTS)
        document = new_document(med_type=CLEAR_TYPE, dept_code=department)
        registered = RegisteredVisit(patient, visit.id, hospital, world.day, False, 0, document)
        at = datetime.datetime.combine(world.day, datetime.time(2), datetime.UTC)
        sent = Sent(hospital, "2207", f"m{number}", digest([visit.id]))
        answer = world.act(
            "settle at the hospital",
            lambda actor, key: self.book.settle(
                sent, registered, visit, Booking("1", scheme, CLEAR_TYPE, home, at),
                lambda entry_id, money: json.dumps({"setlinfo": {"setl_id": entry_id}}),
            ),
            institution_actor(hospital),
        )  # fmt: skip
        if answer is not None:
            assert not self.inquiries.is_suspended(hospital, department), department
            self.entries.append(json.loads(answer)["setlinfo"]["setl_id"])
            self._booked(self.entries[-1])

    def reverse(self) -> None:
        """The latest visit taken back, also after its month was applied for."""
        world = self.world
        if not self.entries:
            return
        entry_id = self.entries[-1]
        entry = world.row(exchange_settlement, "entry_id", entry_id)
        number = world.new_number()
        sent = Sent(entry.institution_id, "2208", f"m{number}", digest([entry_id]))
        answer = world.act(
            "reverse at the hospital",
            lambda actor, key: self.book.reverse(
                sent, entry, lambda new, money, proposed: json.dumps({"setl_id": new}), world.at
            ),
            institution_actor(entry.institution_id),
        )
        if answer is not None:
            self.entries.pop()
            self._booked(json.loads(answer)["setl_id"])

    def _booked(self, entry_id: str) -> None:
        row = self.world.row(exchange_settlement, "entry_id", entry_id)
        books = self.world.books
        owed = row.fund + row.account
        books.expected[f"payable:{row.institution_id}"] -= owed
        books.expected[f"personal:{row.person_id}"] += row.account
        books.absorb(row.fund, f"fund:{row.area}:{row.scheme}:")
        care = NEW if row.institution_id == AWAY else self.world.area
        if care != row.area:
            self.across[care, self.world.month] += owed

    # --- applications ------------------------------------------------------------------------

    def apply(self) -> None:
        world, own = self.world, institution_actor(HOSPITAL)
        month = world.pick(world.last_month, max(world.last_month - 1, 202601))
        groups = months_to_apply(world.database, own, HOSPITAL, month)
        sums = {
            name: sum(getattr(group, name) for group in groups)
            for name in ("count", "total", "fund", "account", "cash")
        }
        wrong_by = world.pick(0, 0, 0, 1)
        stated = clearing.MonthTotals(**{**sums, "total": sums["total"] + wrong_by})
        asked = clearing.AppliedFor(HOSPITAL, month, CLEAR_TYPE)
        eligible = max(min(sums["fund"] + sums["account"], stated.total), 0)
        answer = world.act(
            "apply for a month",
            lambda actor, key: clearing.apply_for_month(
                world.database, key, asked, stated, eligible=eligible, actor=actor, at=world.at
            ),
            own,
            wrong=[institution_actor("h2"), *world.others(Role.CLERK)],
            once=True,
        )
        if answer is not None:
            assert not wrong_by, "sums that differ from the books were taken"
            self.applications.append(
                Application(answer["application"], month, sums["fund"], sums["account"])
            )

    def _row(self, application: Application) -> Any:
        return self.world.row(clearing_application, "application_id", application.number)

    def advance(self) -> None:
        """The next step of one application, mostly the one that leads on."""
        world = self.world
        open_ones = [(a, self._row(a)) for a in self.applications]
        open_ones = [(a, row) for a, row in open_ones if row.state not in (0, 50, 101, 120)]
        if open_ones:
            application, row = world.pick(*open_ones)
            self._step(application, ClearingState(row.state))

    def _step(self, application: Application, state: ClearingState) -> None:
        world = self.world
        if state is ClearingState.APPLIED:
            self._move(application, world.pick(*[ClearingMove.ACCEPT] * 8, ClearingMove.CANCEL))
        elif state is ClearingState.ACCEPTED:
            world.pick(
                lambda: self._advance(application),
                lambda: self._move(application, ClearingMove.BEGIN_REVIEW),
                lambda: self._move(application, ClearingMove.BEGIN_REVIEW),
                lambda: self._move(application, ClearingMove.CANCEL),
            )()
        elif state is ClearingState.IN_REVIEW:
            world.pick(
                lambda: self._advance(application),
                lambda: self._tell(application),
                lambda: self._doubt(application),
                lambda: self._doubt(application),
                lambda: self._move(application, ClearingMove.FINISH_REVIEW),
            )()
        elif state is ClearingState.REVIEWED:
            moves = [ClearingMove.SUM_UP] * 4 + [ClearingMove.SEND_BACK]
            self._move(application, world.pick(*moves))
        elif state is ClearingState.SUMMED_UP:
            moves = [ClearingMove.SIGN] * 4 + [ClearingMove.SEND_BACK]
            self._move(application, world.pick(*moves))
        else:
            self._move(application, ClearingMove.CLOSE)

    def _move(self, application: Application, move: ClearingMove) -> None:
        world = self.world
        roles = {
            ClearingMove.ACCEPT: Role.CLERK,
            ClearingMove.BEGIN_REVIEW: Role.REVIEWER,
            ClearingMove.SIGN: Role.HEAD,
            ClearingMove.CLOSE: Role.CASHIER,
        }
        if move is ClearingMove.CANCEL:
            actor, wrong = (
                institution_actor(HOSPITAL),
                [institution_actor("h2"), world.of(Role.HEAD)],
            )
        else:
            role = roles.get(move, Role.SECOND)
            actor, wrong = world.of(role), world.others(role)
        row = self._row(application)
        reason = "再看" if move is ClearingMove.SEND_BACK else ""
        answer = world.act(
            move.value,
            lambda who, key: clearing.move_application(
                world.database, key, application.number, move, actor=who, reason=reason, at=world.at
            ),
            actor,
            wrong=wrong,
            once=True,
        )
        if answer is not None and move is ClearingMove.FINISH_REVIEW:
            self._silence(application)
        if answer is not None and move is ClearingMove.SUM_UP:
            self._check_sum(application)
        if answer is not None and move is ClearingMove.SIGN:
            self._signed(application, row)

    def _silence(self, application: Application) -> None:
        """What nobody appealed until the last day is deducted whole."""
        told = select(clearing_doubt).where(clearing_doubt.c.application_id == application.number)
        for row in self.world.rows(told):
            confirmed = application.doubts.setdefault(row.doubt_id, row.amount)
            assert row.confirmed == confirmed, row

    def _check_sum(self, application: Application) -> None:
        """By hand: five of a hundred are kept, half up; what a personal account paid is not."""
        row = self._row(application)
        deducted = sum(application.doubts.values())
        approved = application.fund - deducted + row.given_back
        retained = (max(approved, 0) * RETAINED + 5_000) // 10_000
        goods = sum(delivery.amount for delivery in self._paid_goods())
        assert (row.goods or 0) == goods, (row, self.deliveries)
        left = approved - retained - row.advanced - row.carried_in - goods + application.account
        expected = (deducted, retained, max(left, 0), max(-left, 0))
        assert (row.deducted, row.retained, row.paid, row.carried) == expected, (row, expected)

    def _signed(self, application: Application, row: Any) -> None:
        books, owed = self.world.books, f"payable:{HOSPITAL}"
        self._check_sum(application)
        cut = row.deducted - row.given_back
        books.expected[owed] += cut
        self.corrected[application.month] += books.absorb(
            -cut, f"fund:{NEW}:", f"fund:{self.world.area}:"
        )
        books.post((owed, row.retained), (f"retained:{HOSPITAL}", -row.retained))
        books.post((owed, row.advanced), (f"advance:{HOSPITAL}", -row.advanced))
        for delivery in self._paid_goods():
            delivery.is_set_off = True

    def _paid_goods(self) -> list[Delivery]:
        """What makers were paid and no sheet has set off."""
        expected = self.world.books.expected
        return [
            delivery
            for delivery in self.deliveries
            if delivery.is_approved
            and not delivery.is_set_off
            and not expected[f"maker:{delivery.maker}"]
        ]

    def _advance(self, application: Application) -> None:
        world = self.world
        answer = world.act(
            "order an advance",
            lambda actor, key: clearing.order_advance(
                world.database, key, application.number, actor=actor, at=world.at
            ),
            world.of(Role.CASHIER),
            wrong=world.others(Role.CASHIER),
            once=True,
        )
        if answer is not None:
            assert answer["amount"] == (application.fund * ADVANCE + 5_000) // 10_000

    # --- doubts ------------------------------------------------------------------------------

    def _tell(self, application: Application) -> None:
        world = self.world
        amount = world.random.randrange(1, max(application.fund, 2))
        world.act(
            "tell a doubt",
            lambda actor, key: clearing.tell_doubt(
                world.database,
                key,
                application.number,
                amount,
                "重复收费",
                actor=actor,
                at=world.at,
            ),
            world.of(Role.REVIEWER),
            wrong=world.others(Role.REVIEWER),
        )

    def _doubt(self, application: Application) -> None:
        """A doubt of it is appealed or decided; silence confirms the whole."""
        world = self.world
        rows = world.rows(
            select(clearing_doubt)
            .where(clearing_doubt.c.application_id == application.number)
            .order_by(clearing_doubt.c.doubt_id)
        )
        rows = [row for row in rows if row.state != "doubt_decided"]
        if not rows:
            return
        doubt = world.pick(*rows)
        if doubt.state == "doubt_told" and world.chance(0.5):
            world.act(
                "appeal a doubt",
                lambda actor, key: clearing.appeal_doubt(
                    world.database, key, doubt.doubt_id, "是两次", actor=actor, at=world.at
                ),
                institution_actor(HOSPITAL),
                wrong=[institution_actor("h2"), *world.others()],
                once=True,
            )
            return
        confirmed = world.random.randrange(0, doubt.amount + 1)
        answer = world.act(
            "decide a doubt",
            lambda actor, key: clearing.decide_doubt(
                world.database, key, doubt.doubt_id, confirmed, "部分成立", actor=actor, at=world.at
            ),
            world.of(Role.SECOND),
            wrong=world.others(Role.SECOND),
            once=True,
        )
        if answer is not None:
            application.doubts[doubt.doubt_id] = confirmed

    def give_back(self) -> None:
        world = self.world
        rows = [row for row in world.rows(clearing_doubt.select()) if row.confirmed]
        if not rows:
            return
        doubt = world.pick(*sorted(rows, key=lambda row: row.doubt_id))
        amount = world.random.randrange(1, doubt.confirmed + 1)
        world.act(
            "give a deduction back",
            lambda actor, key: clearing.give_back(
                world.database, key, doubt.doubt_id, amount, "查错", actor=actor, at=world.at
            ),
            world.of(Role.SECOND),
            wrong=world.others(Role.SECOND),
            once=True,
        )

    # --- what must hold ----------------------------------------------------------------------

    def check(self) -> None:
        """Advances stand for applications that still use them: what the bank paid for one that
        was cancelled would never be set off."""
        outstanding = 0
        for application in self.applications:
            row = self._row(application)
            orders = self.world.rows(
                select(payment_order).where(
                    payment_order.c.reference == application.number,
                    payment_order.c.purpose == "clearing_advance",
                    payment_order.c.state == "paid",
                )
            )
            paid = sum(order.amount for order in orders)
            if row.state == ClearingState.CANCELLED:
                assert not paid, f"{application.number} was cancelled and its advance paid"
            is_signed = row.state in (101, 120, 60, 50)
            outstanding += paid - (row.advanced if is_signed else 0)
        assert self.world.books.expected[f"advance:{HOSPITAL}"] == outstanding
