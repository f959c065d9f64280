"""What a gateway is told when it starts."""

from __future__ import annotations

import datetime
from collections.abc import Mapping
from dataclasses import dataclass, field

from yibao.gateway.headers import HeaderKeys
from yibao.gateway.mobile_envelope import MobileKeys
from yibao.gateway.signing import SenderKeys
from yibao.gateway.values import ZONE


@dataclass(frozen=True, slots=True)
class GatewaySettings:
    """How tolerant, which keys, how much at once."""

    strict: bool = False
    """Refuse what a sandbox lets pass: unknown people, visits without lines, missing heads."""
    headers: HeaderKeys = field(default_factory=HeaderKeys)
    senders: Mapping[str, SenderKeys] = field(default_factory=dict)
    """Signature and encryption by institution code; ``*`` for all."""
    apps: Mapping[str, MobileKeys] = field(default_factory=dict)
    """Apps of mobile payment by appId."""
    in_flight: int = 256
    """Whole messages in hand at once; more are told at once that the platform is busy."""
    longest_wait: float = 5
    """Seconds that a message may wait for a thread; then it is told so and not worked on."""
    held_bytes: int = 256 * 2**20
    """Bytes of messages in memory at once, those that are still coming in among them."""
    threads: int = 8
    """Messages worked on at once; more of them only wait for each other."""
    sandbox: bool = False
    """Look for what was told to the sandbox before every message."""
    inspect: bool = False
    """Keep every message, encrypted, for the inspector."""
    make_up: bool = True
    """Make a person up for a number that nobody has; a store that is no sandbox never does."""
    invent: bool = False
    """Settle a visit without lines as one class A item whatever its sender says of its parts."""
    sandbox_balance: int = 200_000
    """Fen on the account of a made-up person."""


class Clock:
    """The time of the platform; a sandbox may set it."""

    def __init__(self) -> None:
        self._ahead = datetime.timedelta()

    def now(self) -> datetime.datetime:
        """This instant, in civil time."""
        return datetime.datetime.now(ZONE) + self._ahead

    def today(self) -> datetime.date:
        return self.now().date()

    def set(self, at: datetime.datetime | None) -> None:
        """Let the clock run on from ``at``; None: the real time again."""
        self._ahead = datetime.timedelta() if at is None else at - datetime.datetime.now(ZONE)
