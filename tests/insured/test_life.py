"""A seeded life of random operations: after each one, everything derived is as rebuilt."""

from __future__ import annotations

import datetime
import random
from collections import Counter
from collections.abc import Callable
from typing import Any

import pytest

from yibao.access.operations import Key
from yibao.benefit.facts import Enrolment, GroupMembership, Person
from yibao.database.unit import Database
from yibao.errors import YibaoError
from yibao.insured import operations as insured
from yibao.insured.enrolment.documents import Proof
from yibao.insured.locks import lock_person
from yibao.insured.payments.channels import BEHAVIOURS, SandboxChannel
from yibao.ledger.checks import ledger_faults
from yibao.policy.compile import PolicyLibrary

from ..support.actors import CLERK

PROOFS = (Proof("retirement_approval"), Proof("civil_affairs_certificate"))
STEPS = 40


class Walk:
    """One person, one clock, and what may happen next."""

    def __init__(
        self, database: Database, packs: PolicyLibrary, seed: int, facts: Person, elsewhere: str
    ) -> None:
        self.database, self.packs, self.elsewhere = database, packs, elsewhere
        self.random = random.Random(seed)
        self.facts = facts
        self.day = datetime.date(2025, 1, 5)
        self.number = 0
        self.outcomes: Counter[str] = Counter()

    def key(self) -> Key:
        self.number += 1
        return Key("walk", "step", str(self.number))

    @property
    def at(self) -> datetime.datetime:
        return datetime.datetime.combine(self.day, datetime.time(4), datetime.UTC)

    def near(self) -> datetime.date:
        return self.day + datetime.timedelta(days=self.random.randint(-60, 60))

    def period(self) -> dict[str, Any]:
        facts = self.database.read(lambda unit: insured.rebuild_profile(unit, "p1"))
        resident = facts.enrolments[-1].scheme == "resident"
        if self.random.random() < (0.9 if resident else 0.1):
            return {"year": self.day.year + self.random.randint(-1, 1)}
        near = self.near()
        return {
            "month": near.year * 100 + near.month,
            "months": self.random.randint(1, 3),
            "base": self.random.choice([None, 500_000, 900_000]),
        }

    def change(self, name: str, *arguments: Any, **named: Any) -> None:
        operation = getattr(insured, name)
        operation(
            self.database,
            self.packs,
            self.key(),
            "p1",
            *arguments,
            actor=CLERK,
            at=self.at,
            **named,
        )

    def enrol(self) -> None:
        scheme = self.random.choice(["resident", "employee"])
        status = "working" if scheme == "employee" else None
        area = self.random.choice([self.facts.area, self.elsewhere])
        self.change("enrol", Enrolment(scheme, status, self.near(), None, area))

    def retire(self) -> None:
        self.change("change_enrolment", self.near(), status="retired", proofs=PROOFS)

    def reclass(self) -> None:
        kind = self.random.choice(["flexible", "employer"])
        self.change("change_enrolment", self.near(), contribution_class=kind)

    def end(self) -> None:
        self.change("end_enrolment", self.near(), "变动")

    def join(self) -> None:
        self.change("join_group", GroupMembership("low_income", self.near()), proofs=PROOFS)

    def leave(self) -> None:
        self.change("leave_group", "low_income", self.near())

    def pay(self) -> None:
        billed = insured.make_bill(
            self.database,
            self.packs,
            self.key(),
            "p1",
            self.day,
            actor=CLERK,
            **self.period(),
        )
        order = insured.create_order(
            self.database,
            self.key(),
            "p1",
            billed["bills"][0]["bill"],
            "wechat",
            actor=CLERK,
            at=self.at,
        )
        behaviour = self.random.choice(["succeed", "succeed", *BEHAVIOURS])
        channel = SandboxChannel("wechat", behaviour)
        for ask in (insured.pay_order, insured.resolve_order):
            ask(
                self.database,
                self.packs,
                channel,
                "p1",
                order["order"],
                actor=CLERK,
                at=self.at,
            )

    def refund(self) -> None:
        orders = insured.orders_of(self.database, "p1", actor=CLERK)
        if orders:
            order = self.random.choice(orders)
            self.change("refund_order", order.order_id, "退费", self.day)
            channel = SandboxChannel("wechat")
            insured.send_refunds(self.database, channel, actor=CLERK, at=self.at)

    def step(self) -> None:
        self.day += datetime.timedelta(days=self.random.randint(0, 25))
        doing = self.random.choice(
            [self.pay] * 8
            + [self.enrol] * 3
            + [self.refund] * 2
            + [self.end, self.join, self.leave, self.reclass]
            + ([self.retire] if self.number > 60 else [])
        )
        try:
            doing()
        except YibaoError:
            self.outcomes["denied"] += 1
        else:
            self.outcomes[doing.__name__] += 1

    def check(self) -> None:
        def faults(unit: Any) -> tuple[list[Any], list[Any], list[Any]]:
            person = lock_person(unit, "p1")
            return (
                insured.profile_faults(unit, "p1"),
                insured.cover_faults(unit, self.packs, person.facts),
                list(ledger_faults(unit)),
            )

        assert self.database.read(faults) == ([], [], []), (self.number, self.day)


@pytest.mark.parametrize("seed", [1, 2, 3])
def test_everything_derived_is_as_rebuilt(
    database: Database,
    packs: PolicyLibrary,
    make_person: Callable[..., Person],
    seed: int,
    verify: bool,
) -> None:
    facts = make_person(
        "p1",
        scheme="resident" if seed == 2 else "employee",
        months=None if seed == 2 else [(202412, 500_000)],
        years=[(2024, "2023-11-01")] if seed == 2 else None,
    )
    insured.register(database, facts, actor=CLERK, day=datetime.date(2020, 1, 1), library=packs)
    walk = Walk(database, packs, seed, facts, packs.area("北京市").code)
    for _ in range(STEPS * (10 if verify else 1)):
        walk.step()
        walk.check()
    assert walk.outcomes["pay"] > 0
    assert walk.outcomes["denied"] > 0
