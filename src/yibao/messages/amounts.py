"""What is said of a text that is no amount or percentage."""

from __future__ import annotations

from yibao.messages.message import Message, message
from yibao.money.text import AmountError


def not_an_amount(error: AmountError) -> Message:
    """What a text is not, and how to write it."""
    if error.kind == "percent":
        return message(
            "{text} 不是百分数：请写成最多两位小数，例如 82 或 96.1", text=repr(error.text)
        )
    return message("{text} 不是金额：请写成最多两位小数的元，例如 100.50", text=repr(error.text))
