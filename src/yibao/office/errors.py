"""What the room refuses."""

from __future__ import annotations

from yibao.errors import ConflictError, InputError, RefusedError


class UnknownYearError(RefusedError):
    """Nobody has published the working days of a year yet; nothing is guessed."""


class MovedOnError(ConflictError):
    """Somebody else has moved the case in the meantime."""


class PaperError(InputError):
    """A file that is not what it says, too large, or does something when it is opened."""
