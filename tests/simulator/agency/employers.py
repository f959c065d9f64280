"""Employers: months declared, billed and paid, in time or not, once or twice, rated again."""

from __future__ import annotations

import datetime
from dataclasses import dataclass, field
from typing import Any

from sqlalchemy import select

from yibao.access.permissions import Actor, Role
from yibao.benefit.rules import day_rules
from yibao.employers import operations as employers
from yibao.employers.lines import DeclaredLine
from yibao.employers.states import ChangeKind, DueKind, DueState
from yibao.employers.tables import employer, employer_bill, employer_order, employment
from yibao.insured.accounts.credits import run_credits
from yibao.insured.payments.channels import BEHAVIOURS, SandboxChannel
from yibao.policy import parameters as p

from ...support.actors import CLERK
from .world import World, months_paid

CODES = ("91140100MA0K1YX082", "91140100MA0K2B5Q81")
STAFF = ("wang", "li", "zhao", "qian", "sun")
CUT_OFF_DAY = DUE_DAY = 15


@dataclass(slots=True)
class Bill:
    """A bill as the plain books know it; fen."""

    month: int
    kind: str
    due: int
    set_off: int
    due_on: datetime.date
    state: str = "open"
    paid_on: datetime.date | None = None


@dataclass(slots=True)
class Firm:
    """An employer as the plain books know it."""

    code: str
    credit: int = 0
    bills: dict[str, Bill] = field(default_factory=dict)

    def open_bills(self) -> list[tuple[str, Bill]]:
        return [(number, bill) for number, bill in self.bills.items() if bill.state == "open"]


class Employers:
    """Two employers and five people who work for the one, the other or neither."""

    def __init__(self, world: World) -> None:
        self.world = world
        self.firms = [Firm(code) for code in CODES]
        self.slips: list[tuple[Firm, str, employers.EmployerMoney]] = []
        self.paid_in = 0
        """Dues and late fees that were paid, less what was given back: the fund's, fen."""
        for name in STAFF:
            world.person(name, "employee", "working", months=months_paid(202501, 202511, 500_000))
        terms = employers.CollectionTerms(CUT_OFF_DAY, DUE_DAY)
        employers.set_terms(
            world.database, world.key(CLERK), world.area, 202401, terms, actor=CLERK
        )
        for firm in self.firms:
            employers.register_employer(
                world.database, world.packs, world.key(CLERK), firm.code, f"单位{firm.code[-4:]}",
                world.area, employers.EmployerDetails(bank="工商银行", account="0502 1234"),
                datetime.date(2025, 1, 2), actor=CLERK,
            )  # fmt: skip
        self.steps = [
            (9, self.declare),
            (9, self.bill),
            (10, self.book),
            (4, self.pay_by_channel),
            (3, self.slip_again),
            (3, self.use_credit),
            (3, self.return_money),
            (4, self.assess),
            (5, self.adjust),
            (3, self.credit_month),
            (1, self.end),
        ]

    def _hr(self, firm: Firm) -> Actor:
        return Actor("hr", Role.EMPLOYER, employer_id=firm.code)

    def _strangers(self, firm: Firm) -> list[Actor]:
        other = next(each for each in self.firms if each is not firm)
        roles = (Role.REVIEWER, Role.SECOND, Role.INSPECTOR, Role.LEGAL)
        return [*map(self.world.of, roles), self._hr(other), self.world.of(Role.CLERK, "310000")]

    # --- months ------------------------------------------------------------------------------

    def declare(self) -> None:
        """The open month, or one before it; mostly changes that fit the roster."""
        world, firm = self.world, self._firm()
        is_past = world.day.day > CUT_OFF_DAY
        following = world.month + 1 if world.month % 100 < 12 else world.month + 89
        opened = following if is_past else world.month
        month = world.pick(opened, opened, opened, world.month, world.last_month)
        names = world.random.sample(STAFF, world.pick(0, 1, 1, 2))
        lines = tuple(self._change(firm, name, place) for place, name in enumerate(names, 2))
        declared = employers.DeclaredMonth(firm.code, month, lines)
        world.act(
            "declare",
            lambda actor, key: employers.declare(
                world.database, world.packs, key, declared, actor=actor, at=world.at
            ),
            self._hr(firm),
            wrong=self._strangers(firm),
        )

    def _change(self, firm: Firm, name: str, place: int) -> DeclaredLine:
        rows = self.world.rows(
            select(employment.c.employer_id).where(
                employment.c.person_id == name, employment.c.last_month.is_(None)
            )
        )
        fitting = ChangeKind.LEAVE if rows and self.world.chance(0.3) else ChangeKind.BASE
        kind = fitting if rows else ChangeKind.ADD
        return self._line(name, self.world.pick(kind, kind, kind, *ChangeKind), place)

    def _line(self, name: str, kind: ChangeKind, place: int) -> DeclaredLine:
        base = None if kind is ChangeKind.LEAVE else self._base()
        return DeclaredLine(place, *self.world.numbers[name], kind, base)

    def _base(self) -> int:
        return self.world.random.randrange(100_000, 3_000_000)

    def _firm(self) -> Firm:
        return self.world.pick(self.firms[0], self.firms[0], self.firms[1])

    def bill(self) -> None:
        world, firm = self.world, self._firm()
        month = world.pick(world.month, world.last_month)
        answer = world.act(
            "bill month",
            lambda actor, key: employers.bill_month(
                world.database, world.packs, key, firm.code, month, actor=actor, at=world.at
            ),
            self._hr(firm),
            wrong=self._strangers(firm),
            once=True,
        )
        if answer is not None:
            self._take_bills(firm)
            assert answer["credit"] == firm.credit, (answer, firm)

    def _take_bills(self, *firms: Firm) -> None:
        """Bills that are new in the store: what they do to the plain books."""
        new = [
            (firm, row)
            for firm in firms
            for row in self.world.rows(
                select(employer_bill)
                .where(employer_bill.c.employer_id == firm.code)
                .order_by(employer_bill.c.bill_id)
            )
            if row.bill_id not in firm.bills
        ]
        income = sum(self._new_bill(firm, row) for firm, row in new)
        self.world.books.absorb(-income, f"contribution:{self.world.area}:employee:")
        self.world.books.absorb(0, "credit:", "personal:")  # months may be rated again

    def _new_bill(self, firm: Firm, row: Any) -> int:
        """What a bill adds to the contributions, less what was assessed before; fen."""
        before, paid_on = 0, self.world.day
        if row.kind == DueKind.MONTH:
            for bill in firm.bills.values():
                if bill.kind == DueKind.ASSESSED and bill.month == row.month:
                    before, paid_on = self._replace(firm, bill)
        self.world.books.expected[f"employer:{firm.code}"] += row.due - before
        set_off = min(firm.credit, row.due) if row.due > 0 else 0
        firm.credit += max(-row.due, 0) - set_off
        assert row.set_off == set_off, (row, firm)
        bill = Bill(row.month, row.kind, row.due, set_off, row.due_on)
        firm.bills[row.bill_id] = bill
        if row.due <= 0:
            bill.state, bill.paid_on = "paid", self.world.day
            self.paid_in += row.due
        elif set_off == row.due:
            assessed = row.kind == DueKind.ASSESSED
            self._settle(firm, bill, row.due_on if assessed else min(paid_on, row.due_on))
        return int(row.due) - before

    def _replace(self, firm: Firm, bill: Bill) -> tuple[int, datetime.date]:
        """A month that was assessed is billed as declared: what was paid of it is credit."""
        if bill.state == "replaced":
            return 0, self.world.day
        firm.credit += bill.due if bill.state == "paid" else bill.set_off
        self.paid_in -= bill.due if bill.state == "paid" else 0
        bill.state = "replaced"
        return bill.due, bill.paid_on or self.world.day

    # --- money -------------------------------------------------------------------------------

    def _owed(self, bill: Bill, paid_on: datetime.date) -> tuple[int, int]:
        """Debt and late fee, by hand: half a thousandth a day, half up."""
        debt = bill.due - bill.set_off
        rules = day_rules(self.world.packs, self.world.area, paid_on, paid_on).rules
        days = (paid_on - bill.due_on).days - (rules[p.LATE_FEE_DAYS] == 1)
        return debt, (2 * debt * max(days, 0) * rules[p.LATE_FEE] + 10_000) // 20_000

    def _settle(self, firm: Firm, bill: Bill, paid_on: datetime.date) -> None:
        debt, fee = self._owed(bill, paid_on)
        firm.credit -= debt + fee
        late = f"contribution:{self.world.area}:late"
        self.world.books.post((f"employer:{firm.code}", fee), (late, -fee))
        bill.state, bill.paid_on = "paid", paid_on
        self.paid_in += bill.due + fee

    def _take(
        self, firm: Firm, number: str, channel: str, amount: int, paid_on: datetime.date
    ) -> None:
        self.world.books.post((f"channel:{channel}", amount), (f"employer:{firm.code}", -amount))
        firm.credit += amount
        bill = firm.bills[number]
        if bill.state == "open" and firm.credit >= sum(self._owed(bill, paid_on)):
            self._settle(firm, bill, paid_on)
            self.world.books.absorb(0, "credit:", "personal:")  # months may be rated again

    def book(self) -> None:
        """A slip for a bill: what it costs, less, more, or for one that is paid."""
        world, firm = self.world, self._firm()
        if not firm.bills:
            return
        number = world.pick(*[number for number, _ in firm.open_bills()] * 4, *firm.bills)
        bill = firm.bills[number]
        paid_on = max(
            world.day - datetime.timedelta(world.pick(0, 0, 1, 9)), datetime.date(2026, 1, 1)
        )
        exact = max(sum(self._owed(bill, paid_on)) - firm.credit, 1)
        amount = world.pick(exact, exact, exact, exact + 5_000, max(exact - 1, 1))
        money = employers.EmployerMoney(
            world.pick("bank", "counter_slip"), f"slip-{world.new_number()}", amount, paid_on
        )
        self._book(firm, number, money)

    def _book(self, firm: Firm, number: str, money: employers.EmployerMoney) -> None:
        world = self.world
        answer = world.act(
            "book employer's money",
            lambda actor, key: employers.book_money(
                world.database, world.packs, key, firm.code, number, money, actor=actor, at=world.at
            ),
            world.of(Role.CASHIER),
            wrong=world.others(Role.CASHIER),
            once=True,
        )
        if answer is not None:
            self.slips.append((firm, number, money))
            self._take(firm, number, money.channel, money.amount, money.paid_on)
            assert answer["credit"] == firm.credit, (answer, firm)

    def slip_again(self) -> None:
        """The same number once more, by another message: it is refused."""
        if self.slips:
            done = len(self.slips)
            self._book(*self.world.pick(*self.slips))
            assert len(self.slips) == done, "the same slip was booked twice"

    def pay_by_channel(self) -> None:
        world, firm = self.world, self._firm()
        if not firm.open_bills():
            return
        number, _ = world.pick(*firm.open_bills())
        channel = SandboxChannel("tax_platform", world.pick(*BEHAVIOURS, "succeed", "succeed"))
        order = world.act(
            "pay by channel",
            lambda actor, key: employers.pay_bill(
                world.database,
                world.packs,
                channel,
                key,
                firm.code,
                number,
                actor=actor,
                at=world.at,
            ),
            self._hr(firm),
            wrong=self._strangers(firm),
            keyed=False,
        )
        if order is None:
            return
        answers = world.together(
            [
                lambda: employers.resolve_order(
                    world.database, world.packs, channel, firm.code, order["order"],
                    actor=self._hr(firm), at=world.at,
                )
            ] * 2
        )  # fmt: skip
        assert answers[0] == answers[1] or {"timed_out"} & {a["status"] for a in answers}, answers
        row = world.row(employer_order, "order_id", order["order"])
        assert row.status in ("posted", "paid", "failed", "timed_out"), row
        if row.status in ("posted", "paid"):
            for payment in channel.payments[order["order"]]:
                self._take(firm, number, channel.name, payment.amount, payment.paid_on)

    def use_credit(self) -> None:
        world, firm = self.world, self._firm()
        if not firm.open_bills():
            return
        number, bill = world.pick(*firm.open_bills())
        answer = world.act(
            "use credit",
            lambda actor, key: employers.use_credit(
                world.database, world.packs, key, firm.code, number, actor=actor, at=world.at
            ),
            world.pick(self._hr(firm), world.of(Role.CASHIER)),
            wrong=self._strangers(firm),
            once=True,
        )
        assert (answer is not None) == (firm.credit >= sum(self._owed(bill, world.day)))
        if answer is not None:
            self._settle(firm, bill, world.day)
            world.books.absorb(0, "credit:", "personal:")
            assert answer["credit"] == firm.credit

    def return_money(self) -> None:
        world, firm = self.world, self._firm()
        if not firm.credit:
            return
        amount = world.pick(firm.credit, max(firm.credit // 2, 1), firm.credit + 1)
        money = employers.EmployerMoney("bank", f"back-{world.new_number()}", amount, world.day)
        answer = world.act(
            "return employer's money",
            lambda actor, key: employers.return_money(
                world.database, key, firm.code, money, actor=actor, at=world.at
            ),
            world.of(Role.CASHIER),
            wrong=world.others(Role.CASHIER),
            once=True,
        )
        assert (answer is not None) == (amount <= firm.credit)
        if answer is not None:
            firm.credit -= amount
            world.books.post((f"employer:{firm.code}", amount), ("channel:bank", -amount))

    # --- by the office -----------------------------------------------------------------------

    def assess(self) -> None:
        """Months that nobody declared cost 110 % of the one before; a second run adds nothing."""
        world = self.world
        before = world.day.replace(day=1) - datetime.timedelta(1)
        month = world.pick(
            world.last_month,
            (before.year * 100 + before.month - 1) if before.month > 1 else world.last_month,
        )
        run = lambda actor, key: employers.assess_area(  # noqa: E731
            world.database, world.packs, world.area, month, actor=actor, at=world.at
        )
        second = world.of(Role.SECOND)
        outcome = world.act("assess", run, second, wrong=world.others(Role.SECOND), keyed=False)
        self._take_bills(*self.firms)
        for firm in self.firms:
            if outcome is not None and firm.code in outcome.assessed:
                self._check_assessed(firm, month, outcome.assessed[firm.code])

    def _check_assessed(self, firm: Firm, month: int, amount: int) -> None:
        earlier = [
            bill.due
            for bill in firm.bills.values()
            if bill.month == (month - 1 if month % 100 > 1 else month - 89)
            and bill.kind in (DueKind.MONTH, DueKind.ASSESSED)
            and bill.state != "replaced"
        ]
        assert amount == (earlier[0] * 110 + 50) // 100, (earlier, amount)

    def adjust(self) -> None:
        world, firm = self.world, self._firm()
        lines = tuple(
            self._line(name, ChangeKind.BASE, place)
            for place, name in enumerate(world.random.sample(STAFF, world.pick(1, 2)), 2)
        )
        since = world.pick(202601, max(world.month - 3, 202601))
        adjustment = employers.Adjustment(firm.code, since, lines)
        answer = world.act(
            "adjust bases",
            lambda actor, key: employers.adjust_bases(
                world.database, world.packs, key, adjustment, actor=actor, at=world.at
            ),
            self._hr(firm),
            wrong=self._strangers(firm),
        )
        if answer is not None:
            self._take_bills(firm)
            assert answer["credit"] == firm.credit, (answer, firm)

    def credit_month(self) -> None:
        world = self.world
        month = world.pick(world.last_month, max(world.last_month - 1, 202601))
        served = world.act(
            "credit month",
            lambda actor, key: run_credits(
                world.database, world.packs, world.area, month, actor=actor, again=True
            ),
            world.of(Role.CASHIER),
            wrong=world.others(Role.CASHIER),
            keyed=False,
        )
        if served is not None:
            world.books.absorb(0, "credit:", "personal:")

    def end(self) -> None:
        world, firm = self.world, self.firms[1]
        may_end = not firm.open_bills() and not firm.credit
        answer = world.act(
            "end employer",
            lambda actor, key: employers.end_employer(
                world.database, key, firm.code, world.day, actor=actor
            ),
            world.of(Role.CLERK),
            wrong=world.others(Role.CLERK),
            once=True,
        )
        assert answer is None or may_end, firm

    # --- what must hold ----------------------------------------------------------------------

    def check(self) -> None:
        """Receivables are what open bills and credits come to."""
        for firm in self.firms:
            owed = sum(bill.due - bill.set_off for _, bill in firm.open_bills())
            assert self.world.books.expected[f"employer:{firm.code}"] == owed - firm.credit, firm
            row = self.world.row(employer, "employer_id", firm.code)
            assert row.credit == firm.credit, (row, firm)
            states = self.world.rows(
                select(employer_bill.c.bill_id, employer_bill.c.state, employer_bill.c.kind).where(
                    employer_bill.c.employer_id == firm.code
                )
            )
            for bill in states:
                expected = {
                    "open": DueState.OPEN,
                    "paid": DueState.PAID,
                    "replaced": DueState.REPLACED,
                }
                assert bill.state == expected[firm.bills[bill.bill_id].state], (bill, firm)
