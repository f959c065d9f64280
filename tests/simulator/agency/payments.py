"""What the fund pays out: batches made, signed, sent, answered, sent back."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass

from sqlalchemy import select

from yibao.access.permissions import Role
from yibao.disbursement import operations as payments
from yibao.disbursement.files import BankAnswer
from yibao.disbursement.states import Outcome
from yibao.disbursement.tables import payment_batch, payment_order

from .world import World


@dataclass(slots=True)
class Sent:
    """A payment that went to the bank."""

    batch: str
    order: str
    liability: str
    amount: int


class Payments:
    """The cashier, the head and the bank of the area."""

    def __init__(self, world: World) -> None:
        self.world = world
        self.at_bank: list[Sent] = []
        self.paid: list[Sent] = []
        self.times_paid: Counter[tuple[str, str]] = Counter()
        self.steps = [(8, self.draft), (10, self.sign_or_send), (12, self.answer), (2, self.drop)]

    def _batches(self, *states: str) -> list[str]:
        query = select(payment_batch.c.batch_id).where(payment_batch.c.state.in_(states))
        return [row.batch_id for row in self.world.rows(query.order_by(payment_batch.c.batch_id))]

    def draft(self) -> None:
        """Everything that waits, or one order of it."""
        world = self.world
        waiting = world.rows(
            select(payment_order.c.order_id)
            .where(payment_order.c.state == "waiting")
            .order_by(payment_order.c.order_id)
        )
        orders = [world.pick(*waiting).order_id] if waiting and world.chance(0.3) else []
        world.act(
            "draft payments",
            lambda actor, key: payments.draft_batch(
                world.database, key, world.area, orders, actor=actor, at=world.at
            ),
            world.of(Role.CASHIER),
            wrong=world.others(Role.CASHIER),
            once=True,
        )

    def sign_or_send(self) -> None:
        world = self.world
        drafted, signed = self._batches("drafted"), self._batches("signed")
        if drafted:
            batch = world.pick(*drafted)
            world.act(
                "sign payments",
                lambda actor, key: payments.sign_batch(
                    world.database, key, batch, actor=actor, at=world.at
                ),
                world.of(Role.HEAD),
                wrong=world.others(Role.HEAD),
                once=True,
            )
        elif signed:
            batch = world.pick(*signed)
            answer = world.act(
                "send payments",
                lambda actor, key: payments.send_batch(
                    world.database, key, batch, actor=actor, at=world.at
                ),
                world.of(Role.CASHIER),
                wrong=world.others(Role.CASHIER),
                once=True,
            )
            if answer is not None:
                self._went_out(batch)

    def _went_out(self, batch: str) -> None:
        rows = self.world.rows(
            select(payment_order)
            .where(payment_order.c.batch_id == batch)
            .order_by(payment_order.c.order_id)
        )
        for row in rows:
            self.at_bank.append(Sent(batch, row.order_id, row.liability, row.amount))

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
            world.of(Role.CASHIER),
            wrong=world.others(Role.CASHIER),
        )
        if answer is None:
            return
        assert amount == sent.amount, "an answer with another amount was booked"
        (self.paid if was_paid else self.at_bank).remove(sent)
        bank = f"bank:{world.area}"
        if outcome is Outcome.PAID:
            self.paid.append(sent)
            self.times_paid[sent.order, sent.liability] += 1
            world.books.post((sent.liability, amount), (bank, -amount))
        elif was_paid:
            self.times_paid[sent.order, sent.liability] -= 1
            world.books.post((sent.liability, -amount), (bank, amount))

    def drop(self) -> None:
        world = self.world
        batches = self._batches("drafted", "signed")
        if batches:
            batch = world.pick(*batches)
            world.act(
                "drop payments",
                lambda actor, key: payments.drop_batch(
                    world.database, key, batch, "重编", actor=actor, at=world.at
                ),
                world.of(Role.CASHIER),
                wrong=world.others(Role.CASHIER, Role.HEAD),
                once=True,
            )

    def check(self) -> None:
        """Nothing is paid twice."""
        assert not [times for times in self.times_paid.values() if times not in (0, 1)]
