"""How far orders, bills, payments and jobs have come."""

from __future__ import annotations

from yibao.policy.kinds import TextEnum


class OrderStatus(TextEnum):
    """What became of an order; ``PAID``: received, but not posted, and to be given back."""

    CREATED = "created"
    CONFIRMED = "confirmed"
    PAID = "paid"
    FAILED = "failed"
    TIMED_OUT = "timed_out"
    REFUNDED = "refunded"
    POSTED = "posted"


class BillStatus(TextEnum):
    """Whether a bill can still be paid."""

    OPEN = "open"
    PAID = "paid"
    REFUNDED = "refunded"


class PaymentStatus(TextEnum):
    """What became of money that a channel took."""

    POSTED = "posted"
    REFUND_DUE = "refund_due"
    REFUNDED = "refunded"


class JobStatus(TextEnum):
    """How far a run over many people is; ``WAITING``: it has not begun."""

    WAITING = "waiting"
    RUNNING = "running"
    DONE = "done"


def one_of(statuses: type[TextEnum]) -> str:
    """The members as the condition of a column writes them."""
    return ", ".join(repr(status) for status in statuses)
