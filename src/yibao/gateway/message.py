"""A message as received and as understood, and the reply to it."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, NamedTuple

from yibao.benefit.explain import Step
from yibao.gateway.answers import DONE
from yibao.messages import Text

JSON = "application/json; charset=utf-8"
BINARY = "application/octet-stream"
TEXT = "text/plain; charset=utf-8"

Row = dict[str, str | None]
"""A row of a node: text as sent, None for empty."""


class MessageNote(NamedTuple):
    """What was defaulted, ignored or put right in a message, for the inspector."""

    place: Text
    what: Text


@dataclass(frozen=True, slots=True)
class Received:
    """What came over HTTP."""

    path: str
    headers: Mapping[str, str]
    """Names in lower case."""
    body: bytes
    query: str = ""
    """What stands after the ``?`` of the address."""


@dataclass(slots=True)
class GatewayMessage:
    """A request whose envelope has been read."""

    infno: str
    envelope: dict[str, str | None]
    input: dict[str, Any]
    notes: list[MessageNote] = field(default_factory=list)
    files: list[tuple[str, bytes]] = field(default_factory=list)
    """Names and contents of the files of a multipart body."""
    steps: Sequence[Step] = ()
    """How a quote came to its amounts, for the inspector; a settlement keeps its own."""
    lists: bool = False
    """Whether the client reads a list where others read one row: it came on Guangdong's path."""
    encrypted: str | None = None
    """How ``input`` came encrypted, so that the answer goes back the same way."""

    @property
    def msgid(self) -> str:
        return self.envelope.get("msgid") or ""

    @property
    def institution(self) -> str:
        """The code of the institution that sent it."""
        return self.envelope.get("fixmedins_code") or ""

    def note(self, place: Text, what: Text) -> None:
        """Keep what a developer of the client should know."""
        self.notes.append(MessageNote(place, what))


@dataclass(slots=True)
class Reply:
    """What goes back over HTTP, and what the inspector keeps."""

    body: bytes
    content_type: str = JSON
    status: int = 200
    infcode: int = DONE
    message: GatewayMessage | None = None
    error: Text = ""
    file_name: str = ""
    delay: int = 0
    """Seconds to wait before it is sent: a fault that a sandbox was told."""
