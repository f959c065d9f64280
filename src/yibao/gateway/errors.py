"""What a sender is told when a message cannot be done."""

from __future__ import annotations

from yibao.errors import InputError, RefusedError, YibaoError
from yibao.messages import Message, Text, message

EMPTY = message("（空）")
"""Stands where an empty field is shown."""


class MessageError(InputError):
    """The message itself is wrong: what, where in it, and what to do."""

    def __init__(self, message: Text, *, place: Text = "") -> None:
        super().__init__(message)
        self.about = place


class NotOfferedError(RefusedError):
    """A transaction that exists in the interface, or does not, and is not offered here."""


class HeaderError(YibaoError):
    """The gateway headers do not verify; answered as the real gateways do, without infcode."""


class BusyError(YibaoError):
    """More is waiting than can be done soon."""


def titled(path: str, title: Text) -> Message:
    """How a field is named to people: ``input.data.psn_no（人员编号）``."""
    return message("{path}（{title}）", path=path, title=title)
