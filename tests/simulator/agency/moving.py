"""Moves between two areas of the store, leaving for good, and what was drawn too much."""

from __future__ import annotations

import datetime
from dataclasses import dataclass
from typing import Any

from sqlalchemy import select

from yibao.access.permissions import Actor, Role
from yibao.benefit.facts import Enrolment
from yibao.disbursement.payees import payee_of
from yibao.insured.accounts.suspense import clear_suspense
from yibao.moving.applications import (
    BENEFIT_RECOVERY,
    LEAVING,
    TRANSFER_IN,
    TRANSFER_OUT,
    BenefitRecovery,
    Leaving,
    RecoveryWay,
    TransferIn,
)
from yibao.moving.recoveries import RecoveryPayment, take_recovery
from yibao.office import operations as office
from yibao.office import reading
from yibao.office.documents import add_document
from yibao.office.operations import Subject
from yibao.office.tables import office_case

from ...support.actors import oneself
from ...support.pictures import picture
from .conduct import Conduct
from .world import NEW, World, months_paid

DEBTORS = ("aunt", "worker", "wife", "sick")
BASE = 500_000
DECEMBER = BASE * 2 // 100
"""What a mover is credited for the last month here, perhaps after the balance was sent; fen."""


@dataclass(slots=True)
class Mover:
    """Somebody who moved, and the case of the new area."""

    person: str
    case: str
    balance: int
    """What the account holds until it goes, and what went, fen."""


@dataclass(slots=True)
class Leaver:
    """Somebody who leaves for good, and what the account held then."""

    person: str
    case: str
    reason: str


@dataclass(slots=True)
class Overpaid:
    """What was drawn too much, and what of it is still out; fen."""

    case: str
    person: str
    amount: int
    left: int = 0


class Moving:
    """Both areas' posts."""

    def __init__(self, world: World, inquiries: Conduct) -> None:
        self.world, self.inquiries = world, inquiries
        self.movers: list[Mover] = []
        self.leavers: list[Leaver] = []
        self.overpaid: list[Overpaid] = []
        self.steps = [
            (3, self.move_away),
            (9, self.go_on_moving),
            (2, self.leave),
            (5, self.go_on_leaving),
            (2, self.hand_out),
            (2, self.find_overpaid),
            (8, self.recover),
        ]

    def _state(self, case: str) -> str:
        return str(self.world.row(office_case, "case_id", case).state)

    def _open(self, kind: str, area: str, person: str, data: Any, actor: Actor) -> str | None:
        world = self.world
        answer = world.act(
            f"open {kind}",
            lambda who, key: office.open_case(
                world.database, key, kind, Subject(area, person), data, actor=who, at=world.at
            ),
            actor,
            wrong=[oneself("nobody"), world.of(Role.CLERK, "310000")],
        )
        return None if answer is None else str(answer["case"])

    def _move(self, case: str, name: str, actor: Actor, reason: str = "") -> Any:
        world = self.world
        area = actor.area or world.area
        return world.act(
            f"moving: {name}",
            lambda who, key: office.move_case(
                world.database, world.packs, key, case, name,
                actor=who, reason=reason, at=world.at,
            ),
            actor,
            wrong=world.others(actor.role, area=area),
            once=True,
        )  # fmt: skip

    # --- to another area ---------------------------------------------------------------------

    def move_away(self) -> None:
        """Seven years here, since the new year there; the balance stayed behind."""
        world, name = self.world, f"mover{self.world.new_number()}"
        spells = (
            Enrolment("employee", "working", datetime.date(2018, 1, 1),
                      datetime.date(2025, 12, 31), world.area, "employer"),
            Enrolment("employee", "working", datetime.date(2026, 1, 1), None, NEW, "employer"),
        )  # fmt: skip
        balance = world.pick(0, 1, world.random.randrange(500_000))
        months = months_paid(201801, 202512, BASE)
        world.person(name, "employee", balance=balance, spells=spells, months=months)
        case = self._open(TRANSFER_IN, NEW, name, TransferIn(from_area=world.area), oneself(name))
        if case is not None:
            self.movers.append(Mover(name, case, balance))

    def go_on_moving(self) -> None:
        world, clerk = self.world, self.world.of(Role.CLERK, NEW)
        going = [mover for mover in self.movers if self._state(mover.case) in _MOVING]
        if not going:
            return
        mover = world.pick(*going)
        state = self._state(mover.case)
        person = f"personal:{mover.person}"
        if state == "applied":
            self._move(mover.case, "accept", clerk)
        elif state == "accepted":
            (out,) = [
                row.case_id
                for row in world.rows(
                    select(office_case).where(
                        office_case.c.kind == TRANSFER_OUT,
                        office_case.c.person_id == mover.person,
                        office_case.c.state == "accepted",
                    )
                )
            ]
            if self._move(out, "send_form", world.of(Role.REVIEWER)) is not None:
                balance = world.books.expected[person]
                world.books.post((person, -balance), (f"moved:{NEW}", balance))
                mover.balance = -balance  # December's credit may have come before it went
        else:
            name = world.pick("book_form", "book_form", "return_form")
            reason = "年限不对" if name == "return_form" else ""
            late = -world.books.expected[person]
            moved = self._move(mover.case, name, world.of(Role.REVIEWER, NEW), reason)
            if moved is not None:
                assert late in (0, DECEMBER), "it was not sent whole"
                world.books.absorb(0, person, f"moved:{NEW}")
                assert -world.books.expected[person] == mover.balance + late, mover

    # --- for good ----------------------------------------------------------------------------

    def leave(self) -> None:
        world, name = self.world, f"leaver{self.world.new_number()}"
        world.person(name, "employee", "working", balance=world.random.randrange(300_000))
        reason = world.pick("death", "abroad")
        payee = payee_of("王小明", "工商银行", "6217000012345678")
        heirless = reason == "death" and world.chance(0.3)
        data = Leaving(
            reason=reason, last_day=world.day, heirless=heirless,
            payee=None if heirless else payee,
        )  # fmt: skip
        case = self._open(LEAVING, world.area, name, data, world.of(Role.CLERK))
        if case is not None:
            self.leavers.append(Leaver(name, case, "fund" if heirless else "bank"))

    def go_on_leaving(self) -> None:
        world = self.world
        going = [leaver for leaver in self.leavers if self._state(leaver.case) in _LEAVING]
        if not going:
            return
        leaver = world.pick(*going)
        state, clerk = self._state(leaver.case), world.of(Role.CLERK)
        person = f"personal:{leaver.person}"
        if state == "filed":
            self._hand_in(leaver.case, clerk)
            self._move(leaver.case, "accept", clerk)
        elif state == "accepted":
            if self._move(leaver.case, "approve", world.of(Role.SECOND)) is not None:
                balance = world.books.expected[person]
                to = f"suspense:{leaver.person}"
                if leaver.reason == "fund":
                    to = f"fund:{world.area}:employee:pooled"
                world.books.post((person, -balance), (to, balance))
        else:
            self._move(leaver.case, "leave_in_suspense", world.of(Role.CASHIER), "联系不上")

    def _hand_in(self, case: str, clerk: Actor) -> None:
        world, groups = self.world, dict[str, str]()
        for paper in reading.read_case(world.database, clerk, case, world.day).papers:
            groups.setdefault(paper.group, paper.kind)
        for paper_kind in groups.values():
            add_document(
                world.database, world.key(clerk), case, paper_kind, "a.jpg", picture(),
                actor=clerk, at=world.at,
            )  # fmt: skip

    def hand_out(self) -> None:
        """What the bank sent back waits for somebody: a cashier hands it out."""
        world = self.world
        left = [leaver for leaver in self.leavers if self._state(leaver.case) == "in_suspense"]
        if not left:
            return
        leaver = world.pick(*left)
        owed = f"suspense:{leaver.person}"
        amount = -world.books.expected[owed]
        answer = world.act(
            "clear suspense",
            lambda actor, key: clear_suspense(
                world.database, key, leaver.person, amount, world.day, actor=actor, reason="委托书"
            ),
            world.of(Role.CASHIER),
            wrong=world.others(Role.CASHIER),
            once=True,
        )
        if answer is not None:
            world.books.expected[owed] += amount
            world.books.absorb(-amount, "bank:", "channel:")

    # --- what comes back ---------------------------------------------------------------------

    def find_overpaid(self) -> None:
        world, person = self.world, self.world.pick(*DEBTORS)
        amount = world.random.randrange(1, 300_000)
        data = BenefitRecovery(
            amount=amount, scheme="resident", ground="两地重复报销",
            way=world.pick(*RecoveryWay), instalments=world.pick(1, 3),
        )  # fmt: skip
        case = self._open(BENEFIT_RECOVERY, world.area, person, data, world.of(Role.CLERK))
        if case is not None:
            self.overpaid.append(Overpaid(case, person, amount))

    def recover(self) -> None:
        world = self.world
        going = [case for case in self.overpaid if self._state(case.case) in _RECOVERING]
        if not going:
            return
        overpaid = world.pick(*going)
        state = self._state(overpaid.case)
        if state == "found":
            self._move(overpaid.case, "hear", world.of(Role.REVIEWER))
        elif state == "heard":
            if self._move(overpaid.case, "approve", world.of(Role.SECOND)) is not None:
                overpaid.left = overpaid.amount
                fund = f"fund:{world.area}:resident:pooled"
                world.books.post(
                    (f"recovery:{overpaid.person}", overpaid.left), (fund, -overpaid.left)
                )
        else:
            self._take(overpaid)

    def _take(self, overpaid: Overpaid) -> None:
        """Some of it, the rest, or more than these cases ask for."""
        world = self.world
        mine = [case for case in self.overpaid if case.person == overpaid.person and case.left]
        owed = sum(case.left for case in mine)
        amount = world.pick(owed, max(owed // 2, 1), owed + 1)
        way = world.pick(*RecoveryWay)
        answer = world.act(
            "take a recovery",
            lambda actor, key: take_recovery(
                world.database, world.packs, key, overpaid.person,
                RecoveryPayment(way, amount), area=world.area, actor=actor, at=world.at,
            ),
            world.of(Role.CASHIER),
            wrong=world.others(Role.CASHIER),
        )  # fmt: skip
        if answer is None:
            return
        assert amount <= owed, "what another case asks for was taken for this one"
        source = {
            RecoveryWay.ACCOUNT: f"personal:{overpaid.person}",
            RecoveryWay.SET_OFF: f"claim:{overpaid.person}",
        }.get(way, f"bank:{world.area}")
        world.books.post((source, amount), (f"recovery:{overpaid.person}", -amount))
        assert source.startswith("bank") or world.books.expected[source] <= 0, source
        for case in mine:
            part = min(case.left, amount)
            case.left -= part
            amount -= part

    # --- what must hold ----------------------------------------------------------------------

    def check(self) -> None:
        """Receivables are what open cases ask for, and a case that is over asks for nothing."""
        for person in DEBTORS:
            mine = [case for case in self.overpaid if case.person == person]
            owed = sum(case.left for case in mine) + self.inquiries.owed(person)
            assert self.world.books.expected[f"recovery:{person}"] == owed, (person, owed)
            if not sum(case.left for case in mine):
                states = {self._state(case.case) for case in mine if case.amount}
                assert "decided" not in states, (person, mine)


_MOVING = ("applied", "accepted", "form_sent")
_LEAVING = ("filed", "accepted", "bank_returned")
_RECOVERING = ("found", "heard", "decided")
