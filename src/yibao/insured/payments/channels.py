"""How money comes in: one interface for every channel, and a sandbox that can go wrong.

A channel is outside the database, so nothing that it does is inside a transaction.  Every
call names the order (or payment) that it is for and may be made again: a channel acts
once.  What it answers is written by :mod:`yibao.insured.payments.orders`.
"""

from __future__ import annotations

import datetime
import threading
from collections.abc import Mapping
from dataclasses import dataclass, field
from functools import lru_cache
from importlib.resources import files
from typing import Protocol

import yaml

from yibao.database.unit import Database
from yibao.errors import InputError
from yibao.messages import Listed, message
from yibao.policy.model import Words


@lru_cache(maxsize=1)
def channel_names() -> Mapping[str, Words]:
    """The channels that are registered, with their names."""
    text = files("yibao.insured.payments").joinpath("channels.yaml").read_text(encoding="utf-8")
    return {code: Words(**name) for code, name in yaml.safe_load(text).items()}


def require_channel(name: str) -> str:
    """The Chinese name of a channel; ``InputError`` for one that is not registered."""
    names = channel_names()
    if name not in names:
        raise InputError(
            message("没有缴费渠道 {name}，可以写：{names}", name=name, names=Listed(names))
        )
    return names[name].zh


@dataclass(frozen=True, slots=True)
class PaymentRequest:
    """What a channel is asked to collect."""

    person_id: str
    order_id: str
    amount: int
    """Fen."""
    on: datetime.date


@dataclass(frozen=True, slots=True)
class ChannelPayment:
    """Money that a channel took, under the channel's own number."""

    payment_id: str
    amount: int
    paid_on: datetime.date


@dataclass(frozen=True, slots=True)
class ChannelOutcome:
    """What a channel says about an order.

    ``failed`` is final only while ``payments`` is empty: money that arrived counts.
    """

    payments: tuple[ChannelPayment, ...] = ()
    failed: bool = False
    reason: str = ""


class ChannelTimeoutError(Exception):
    """No answer in time: the money may have been taken, or not."""


class PaymentChannel(Protocol):
    """A payment channel; every method may be called again for the same order or payment."""

    @property
    def name(self) -> str:
        """A key of ``channels.yaml``."""

    def collect(self, request: PaymentRequest) -> ChannelOutcome:
        """Collect an order's amount; ``ChannelTimeoutError`` where no answer comes."""

    def query(self, order_id: str) -> ChannelOutcome:
        """What became of an order; ``ChannelTimeoutError`` where no answer comes."""

    def refund(self, order_id: str, payment: ChannelPayment) -> bool:
        """Give a payment back; whether that is done by now."""


def channels_of(database: Database) -> Mapping[str, PaymentChannel]:
    """The channels that take money for a store: those of the sandbox for a sandbox.

    A real store has none but those that it is given; without one no order is made.
    """
    if not database.is_sandbox():
        return {}
    return {name: SandboxChannel(name) for name in channel_names()}


BEHAVIOURS = ("succeed", "fail", "time_out", "time_out_paid", "pay_twice", "wrong_amount")


@dataclass(slots=True)
class SandboxChannel:
    """A channel in memory; ``behaviour`` says what becomes of the next orders.

    ``time_out``: nothing is taken and no answer comes; ``time_out_paid``: the money is
    taken and no answer comes; ``pay_twice``: taken twice; ``wrong_amount``: one fen short.
    """

    name: str
    behaviour: str = "succeed"
    refunds_work: bool = True
    calls: int = 0
    payments: dict[str, list[ChannelPayment]] = field(default_factory=dict)
    refunded: set[str] = field(default_factory=set)
    _refused: set[str] = field(default_factory=set)
    _lock: threading.Lock = field(default_factory=threading.Lock)

    def __post_init__(self) -> None:
        require_channel(self.name)
        if self.behaviour not in BEHAVIOURS:
            raise InputError(
                message(
                    "沙箱渠道没有行为 {behaviour}，可以写：{behaviours}",
                    behaviour=self.behaviour,
                    behaviours=Listed(BEHAVIOURS),
                )
            )

    def collect(self, request: PaymentRequest) -> ChannelOutcome:
        with self._lock:
            self.calls += 1
            order_id = request.order_id
            if order_id not in self.payments and order_id not in self._refused:
                self._take(request)
            if self.behaviour.startswith("time_out"):
                raise ChannelTimeoutError
            return self._outcome(order_id)

    def _take(self, request: PaymentRequest) -> None:
        if self.behaviour == "fail":
            self._refused.add(request.order_id)
        if self.behaviour in ("fail", "time_out"):
            return
        amount = request.amount - (1 if self.behaviour == "wrong_amount" else 0)
        self.payments[request.order_id] = [
            ChannelPayment(f"{request.order_id}-{number}", amount, request.on)
            for number in range(1, 3 if self.behaviour == "pay_twice" else 2)
        ]

    def _outcome(self, order_id: str) -> ChannelOutcome:
        if order_id in self._refused:
            return ChannelOutcome(failed=True, reason=str(message("余额不足")))
        return ChannelOutcome(tuple(self.payments.get(order_id, ())))

    def query(self, order_id: str) -> ChannelOutcome:
        with self._lock:
            outcome = self._outcome(order_id)
            if not outcome.payments and not outcome.failed:
                return ChannelOutcome(failed=True, reason=str(message("渠道没有收到这笔订单")))
            return outcome

    def refund(self, order_id: str, payment: ChannelPayment) -> bool:
        with self._lock:
            if self.refunds_work:
                self.refunded.add(payment.payment_id)
            return payment.payment_id in self.refunded
