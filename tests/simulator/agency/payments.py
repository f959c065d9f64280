"""What the fund pays out: batches made, signed, sent, answered, sent back."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable
from dataclasses import dataclass

from sqlalchemy import select

from yibao.access.permissions import Role
from yibao.disbursement import operations as payments
from yibao.disbursement.files import BankAnswer
from yibao.disbursement.states import Outcome
from yibao.disbursement.tables import payment_batch, payment_order

from .world import NEW, World


@dataclass(slots=True)
class Sent:
    """A payment that went to the bank."""

    batch: str
    order: str
    liability: str
    amount: int
    area: str


class Payments:
    """The cashiers, the heads and the banks of both areas."""

    def __init__(self, world: World) -> None:
        self.world = world
        self.at_bank: list[Sent] = []
        self.paid: list[Sent] = []
        self.times_paid: Counter[tuple[str, str]] = Counter()
        self.followers: list[Callable[[Sent, int], None]] = []
        """What else the books move by when the bank paid (1) or gave back (-1)."""
        self.steps = [(8, self.draft), (10, self.sign_or_send), (12, self.answer), (2, self.drop)]

    def _batches(self, *states: str) -> list[tuple[str, str]]:
        """Batch and area."""
        column = payment_batch.c
        query = select(column.batch_id, column.area).where(column.state.in_(states))
        return [
            (row.batch_id, row.area) for row in self.world.rows(query.order_by(column.batch_id))
        ]

    def draft(self) -> None:
        """Everything that waits, or one order of it."""
        world = self.world
        area = world.pick(world.area, world.area, world.area, NEW)
        waiting = world.rows(
            select(payment_order.c.order_id)
            .where(payment_order.c.state == "waiting", payment_order.c.area == area)
            .order_by(payment_order.c.order_id)
        )
        orders = [world.pick(*waiting).order_id] if waiting and world.chance(0.3) else []
        world.act(
            "draft payments",
            lambda actor, key: payments.draft_batch(
                world.database, key, area, orders, actor=actor, at=world.at
            ),
            world.of(Role.CASHIER, area),
            wrong=world.others(Role.CASHIER, area=area),
            once=True,
        )

    def sign_or_send(self) -> None:
        world = self.world
        drafted, signed = self._batches("drafted"), self._batches("signed")
        if drafted:
            batch, area = world.pick(*drafted)
            world.act(
                "sign payments",
                lambda actor, key: payments.sign_batch(
                    world.database, key, batch, actor=actor, at=world.at
                ),
                world.of(Role.HEAD, area),
                wrong=world.others(Role.HEAD, area=area),
                once=True,
            )
        elif signed:
            batch, area = world.pick(*signed)
            answer = world.act(
                "send payments",
                lambda actor, key: payments.send_batch(
                    world.database, key, batch, actor=actor, at=world.at
                ),
                world.of(Role.CASHIER, area),
                wrong=world.others(Role.CASHIER, area=area),
                once=True,
            )
            if answer is not None:
                self._went_out(batch, area)

    def _went_out(self, batch: str, area: str) -> None:
        rows = self.world.rows(
            select(payment_order)
            .where(payment_order.c.batch_id == batch)
            .order_by(payment_order.c.order_id)
        )
        for row in rows:
            self.at_bank.append(Sent(batch, row.order_id, row.liability, row.amount, area))

    def answer(self) -> None:
        """The bank says that it paid, that it could not, or that a payment came back after all."""
        world = self.world
        known = [(sent, False) for sent in self.at_bank] * 6 + [(sent, True) for sent in self.paid]
        if not known:
            return
        sent, was_paid = world.pick(*known)
        outcome = Outcome.RETURNED if was_paid or world.chance(0.2) else Outcome.PAID
        amount = sent.amount + (1 if world.chance(0.05) else 0)
        reference = f"B{world.new_number()}"
        said = BankAnswer(
            sent.batch, sent.order, amount, outcome, reference, world.day, "账号户名不符"
        )
        answer = world.act(
            "answer payment",
            lambda actor, key: payments.book_answer(world.database, said, actor=actor, at=world.at),
            world.of(Role.CASHIER, sent.area),
            wrong=world.others(Role.CASHIER, area=sent.area),
        )
        if answer is None:
            return
        assert amount == sent.amount, "an answer with another amount was booked"
        (self.paid if was_paid else self.at_bank).remove(sent)
        bank, moved = f"bank:{sent.area}", 0
        if outcome is Outcome.PAID:
            moved = 1
            self.paid.append(sent)
            self.times_paid[sent.order, sent.liability] += 1
            world.books.post((sent.liability, amount), (bank, -amount))
        elif was_paid:
            moved = -1
            self.times_paid[sent.order, sent.liability] -= 1
            world.books.post((sent.liability, -amount), (bank, amount))
        for follow in self.followers:
            follow(sent, moved)

    def drop(self) -> None:
        world = self.world
        batches = self._batches("drafted", "signed")
        if batches:
            batch, area = world.pick(*batches)
            world.act(
                "drop payments",
                lambda actor, key: payments.drop_batch(
                    world.database, key, batch, "重编", actor=actor, at=world.at
                ),
                world.of(Role.CASHIER, area),
                wrong=world.others(Role.CASHIER, Role.HEAD, area=area),
                once=True,
            )

    def check(self) -> None:
        """Nothing is paid twice."""
        assert not [times for times in self.times_paid.values() if times not in (0, 1)]
