"""The errors that reach people, and the exit code that each one means.

0 done; 1 failed; 2 bad usage or bad input; 3 not found; 4 refused by a rule; 5 conflict.
"""

from __future__ import annotations


class YibaoError(Exception):
    """An error with one clear message for a person; never shown with a stack trace."""

    exit_code = 1


class InputError(YibaoError):
    """Bad input; the message names the place and the mend."""

    exit_code = 2

    def __init__(self, message: str, *, place: str = "") -> None:
        self.message = message
        self.place = place
        super().__init__(f"{place}：{message}" if place else message)


class NotFoundError(YibaoError):
    """Something asked for by name does not exist."""

    exit_code = 3


class RefusedError(YibaoError):
    """A rule refuses, or no source gives the figure that is needed."""

    exit_code = 4


class UnsourcedError(RefusedError):
    """No source gives the figure that is needed; nothing is guessed."""


class ConflictError(YibaoError):
    """Somebody else's change, or an earlier one, stands against this one."""

    exit_code = 5
