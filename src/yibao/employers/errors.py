"""What the room refuses."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from yibao.errors import InputError, RefusedError
from yibao.messages import Text, message


class NoTermsError(RefusedError):
    """Nobody has laid down by when an area's employers declare and pay; nothing is guessed."""


@dataclass(frozen=True, slots=True)
class LineFault:
    """What is wrong with a line that was declared."""

    line: int
    """As the file counts them, from 1."""
    said: Text


class FaultyLinesError(InputError):
    """Lines that cannot be declared; nothing was written."""

    def __init__(self, faults: Sequence[LineFault]) -> None:
        first = faults[0]
        super().__init__(
            message(
                "{count} 行有错，什么也没有写入。第 {line} 行：{said}",
                count=len(faults),
                line=first.line,
                said=first.said,
            ),
            place="lines",
        )
        self.faults = tuple(faults)
