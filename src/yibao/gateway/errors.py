"""What a sender is told when a message cannot be done."""

from __future__ import annotations

from yibao.errors import InputError, RefusedError, YibaoError


class MessageError(InputError):
    """The message itself is wrong: what, where in it, and what to do."""


class NotOfferedError(RefusedError):
    """A transaction that exists in the interface, or does not, and is not offered here."""


class HeaderError(YibaoError):
    """The gateway headers do not verify; answered as the real gateways do, without infcode."""


class BusyError(YibaoError):
    """More is waiting than can be done soon."""
