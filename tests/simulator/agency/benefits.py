"""Maternity allowances, the subsidy of the flexibly employed, qualifications for drugs."""

from __future__ import annotations

import datetime
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from yibao.access.permissions import Actor, Role
from yibao.benefit.facts import Enrolment, GroupMembership
from yibao.claims.allowances import MATERNITY_ALLOWANCE, MaternityAllowance
from yibao.claims.operations import resend_payment
from yibao.claims.subsidies import PREMIUM_SUBSIDY, SubsidyApplication
from yibao.crossing.drugs import DRUG_QUALIFICATION, DrugQualification
from yibao.disbursement.payees import payee_of
from yibao.insured.payments.direct import contribute
from yibao.office import operations as office
from yibao.office import reading
from yibao.office.documents import add_document
from yibao.office.operations import Subject
from yibao.office.tables import office_case
from yibao.policy.kinds import Delivery

from ...support.actors import CLERK, oneself
from ...support.pictures import picture
from .employers import STAFF
from .world import World

SHARE = 6_667
"""Basis points of what somebody in hardship paid (``simulation.TERMS``)."""
DAYS = {Delivery.VAGINAL: 158, Delivery.CAESAREAN: 173}
DRUGS = ("某替尼", "某单抗")


@dataclass(slots=True)
class Benefit:
    """A case as the plain books know it."""

    kind: str
    case: str
    person: str
    data: Any
    is_granted: bool = False


class Benefits:
    """Three kinds of cases with a clerk, a reviewer and, where money is paid, a second."""

    def __init__(self, world: World) -> None:
        self.world = world
        self.cases: list[Benefit] = []
        self.paid: dict[str, int] = {}
        """What the flexibly employed paid for 2025, fen."""
        self.steps = [
            (2, self.ask_allowance),
            (2, self.ask_subsidy),
            (2, self.ask_drug),
            (16, self.advance),
        ]

    def _open(self, kind: str, person: str, data: Any) -> None:
        world = self.world
        answer = world.act(
            f"open {kind}",
            lambda who, key: office.open_case(
                world.database, key, kind, Subject(world.area, person), data, actor=who, at=world.at
            ),
            world.pick(oneself(person), world.of(Role.CLERK)),
            wrong=[oneself("nobody"), world.of(Role.CLERK, "310000")],
        )
        if answer is not None:
            self.cases.append(Benefit(kind, str(answer["case"]), person, data))

    def _payee(self) -> Any:
        return payee_of("王秀兰", "工商银行", f"6217{self.world.new_number():012d}")

    def ask_allowance(self) -> None:
        world = self.world
        day = max(world.day - datetime.timedelta(world.pick(0, 20, 100)), datetime.date(2026, 1, 1))
        data = MaternityAllowance(
            on=day,
            delivery=world.pick(*DAYS),
            average=world.random.randrange(200_000, 1_500_000),
            payee=self._payee(),
        )
        self._open(MATERNITY_ALLOWANCE, world.pick(*STAFF), data)

    def ask_subsidy(self) -> None:
        """Somebody new who paid half of 2025, or somebody who asked before."""
        world = self.world
        known = sorted(self.paid)
        if known and world.chance(0.4):
            person = world.pick(*known)
        else:
            person = f"flex{world.new_number()}"
            since, end = datetime.date(2025, 7, 1), None
            spell = Enrolment("employee", "working", since, end, world.area, "flexible")
            groups = [GroupMembership("employment_hardship", since)]
            world.person(person, "employee", spells=[spell], groups=groups)
            self._pay(person)
        self._open(PREMIUM_SUBSIDY, person, SubsidyApplication(year=2025, payee=self._payee()))

    def _pay(self, person: str) -> None:
        world, day = self.world, datetime.date(2025, 12, 10)
        bill, _ = contribute(
            world.database, world.packs, world.key(CLERK), person, day, actor=CLERK,
            months=list(range(202507, 202513)), at=world.at,
        )  # fmt: skip
        self.paid[person] = bill.due
        world.contributed += bill.due
        world.books.expected["channel:counter_slip"] += bill.due
        area = world.area
        world.books.absorb(
            -bill.due, f"contribution:{area}", f"credit:{area}", f"personal:{person}"
        )

    def ask_drug(self) -> None:
        world = self.world
        start = world.day + datetime.timedelta(world.pick(-30, 0, 10, 90))
        end = start + datetime.timedelta(world.pick(30, 90))
        data = DrugQualification(
            disease="肺癌", medicine=world.pick(*DRUGS), start=start,
            end=world.pick(end, end, end, None),
        )  # fmt: skip
        self._open(DRUG_QUALIFICATION, world.pick("sick", "aunt"), data)

    # --- the next step -----------------------------------------------------------------------

    def advance(self) -> None:
        world = self.world
        going = [(each, self._state(each)) for each in self.cases]
        going = [(each, state) for each, state in going if state in _OPEN]
        if not going:
            return
        each, state = world.pick(*going)
        if state == "filed":
            self._hand_in(each.case)
            self._move(each, "accept", Role.CLERK)
        elif state in ("allowance_back", "subsidy_back"):
            self._resend(each)
        elif world.chance(0.1):
            self._move(each, "withdraw", Role.CLERK)
        elif each.kind == DRUG_QUALIFICATION:
            moved = self._move(each, "approve", Role.REVIEWER)
            if moved is not None:
                self._qualified(each)
        elif state == "accepted":
            self._move(each, "review", Role.REVIEWER)
        else:
            moved = self._move(each, "approve", Role.SECOND)
            if moved is not None:
                self._granted(each, moved["effect"])

    def _state(self, each: Benefit) -> str:
        return str(self.world.row(office_case, "case_id", each.case).state)

    def _hand_in(self, case: str) -> None:
        world, clerk = self.world, self.world.of(Role.CLERK)
        for paper in reading.read_case(world.database, clerk, case, world.day).papers:
            if paper.required:
                add_document(
                    world.database, world.key(clerk), case, paper.kind, "a.jpg", picture(),
                    actor=clerk, at=world.at,
                )  # fmt: skip

    def _move(self, each: Benefit, name: str, role: Role) -> Any:
        world = self.world
        return world.act(
            f"benefit: {name}",
            lambda who, key: office.move_case(
                world.database, world.packs, key, each.case, name, actor=who, at=world.at
            ),
            world.of(role),
            wrong=world.others(role),
            once=True,
        )

    def _resend(self, each: Benefit) -> None:
        world, payee = self.world, self._payee()
        own: Sequence[Actor] = (oneself(each.person), world.of(Role.CLERK))
        world.act(
            "resend a benefit",
            lambda actor, key: resend_payment(
                world.database, world.packs, key, each.case, payee, actor=actor, at=world.at
            ),
            world.pick(*own),
            wrong=[oneself("nobody"), *world.others(Role.CLERK)[:4]],
            once=True,
        )

    # --- what it comes to --------------------------------------------------------------------

    def _others(self, each: Benefit) -> list[Benefit]:
        """What the same person was granted of the kind."""
        return [
            other
            for other in self.cases
            if other.is_granted and (other.kind, other.person) == (each.kind, each.person)
        ]

    def _qualified(self, each: Benefit) -> None:
        for other in self._others(each):
            mine, standing = each.data, other.data
            last = [
                datetime.date.max if data.end is None else data.end for data in (mine, standing)
            ]
            overlap = mine.start <= last[1] and standing.start <= last[0]
            assert mine.medicine != standing.medicine or not overlap, (mine, standing)
        each.is_granted = True

    def _granted(self, each: Benefit, effect: Any) -> None:
        """By hand: days over thirty of the average, half up; two thirds of what was paid."""
        world, data = self.world, each.data
        if each.kind == MATERNITY_ALLOWANCE:
            days = effect["days"]
            assert effect["average"] == data.average
            amount = (data.average * days * 2 + 30) // 60
            last = data.on + datetime.timedelta(days - 1)
            for other in self._others(each):
                ended = other.data.on + datetime.timedelta(DAYS[other.data.delivery] - 1)
                assert other.data.on > last or data.on > ended, "a day was paid for twice"
            account = f"fund:{world.area}:employee:pooled"
        else:
            amount = (self.paid[each.person] * SHARE + 5_000) // 10_000
            assert world.day.month >= 2, "it was applied for too early"
            assert not self._others(each), "a year came back twice"
            account = f"contribution:{world.area}:employee:{PREMIUM_SUBSIDY}"
            world.contributed -= amount
        assert effect["amount"] == amount, (effect, amount)
        each.is_granted = True
        world.books.post((account, amount), (f"claim:{each.person}", -amount))

    def check(self) -> None:
        """What is owed of a benefit is what waits for the bank."""
        for person in (*STAFF, *self.paid):
            owed = -self.world.books.expected[f"claim:{person}"]
            mine = [each for each in self.cases if each.person == person and each.is_granted]
            waiting = [each for each in mine if self._state(each) in _UNPAID]
            assert (owed > 0) == bool(waiting), (person, owed, waiting)


_OPEN = ("filed", "accepted", "reviewed", "allowance_back", "subsidy_back")
_UNPAID = ("allowance_due", "allowance_back", "subsidy_due", "subsidy_back")
