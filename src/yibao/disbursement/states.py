"""Where an order and a batch stand, and what a bank says of a payment."""

from __future__ import annotations

from collections.abc import Mapping

from yibao.messages import Text, message, message_in
from yibao.policy.kinds import TextEnum


class OrderState(TextEnum):
    """Of an order to pay."""

    WAITING = "waiting"
    BATCHED = "batched"
    SENT = "sent"
    PAID = "paid"
    RETURNED = "returned"
    CANCELLED = "cancelled"


class BatchState(TextEnum):
    """Of a batch of orders."""

    DRAFTED = "drafted"
    SIGNED = "signed"
    SENT = "sent"
    DROPPED = "dropped"


class Outcome(TextEnum):
    """What the bank says."""

    PAID = "paid"
    RETURNED = "returned"


ORDER_WORDS: Mapping[str, Text] = {
    OrderState.WAITING: message("待编批次"),
    OrderState.BATCHED: message("已编批次"),
    OrderState.SENT: message("已报盘"),
    OrderState.PAID: message("已拨付"),
    OrderState.RETURNED: message("已退票"),
    OrderState.CANCELLED: message("不付了"),
}
BATCH_WORDS: Mapping[str, Text] = {
    BatchState.DRAFTED: message("待签发"),
    BatchState.SIGNED: message("已签发，待报盘"),
    BatchState.SENT: message_in("batch", "已报盘"),
    BatchState.DROPPED: message_in("batch", "已作废"),
}
