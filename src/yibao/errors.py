"""The errors that reach people, and the exit code that each one means.

0 done; 1 failed; 2 bad usage or bad input; 3 not found; 4 refused by a rule; 5 conflict.

An error keeps what it says as a message; it becomes a text where it is shown.
"""

from __future__ import annotations

import copy
import datetime
from typing import Self

from yibao.messages import CHINESE, Text, message, text_of


class YibaoError(Exception):
    """An error with one clear message for a person; never shown with a stack trace."""

    exit_code = 1

    def __init__(self, message: Text = "") -> None:
        super().__init__(message)
        self.message = message
        self.about: Text = ""

    def of(self, about: Text) -> Self:
        """The same error, said of one of several things."""
        error = copy.copy(self)
        error.about = about
        return error

    @property
    def said(self) -> Text:
        """What it says, with what it is said of."""
        if not self.about:
            return self.message
        return _PLACED.with_values(place=self.about, message=self.message)

    def text(self, language: str = CHINESE) -> str:
        """What it says, in a language."""
        return text_of(self.said, language)

    def __str__(self) -> str:
        return self.text()


class InputError(YibaoError):
    """Bad input; the message names the place and the mend."""

    exit_code = 2

    def __init__(self, message: Text, *, place: str = "") -> None:
        super().__init__(message)
        self.place = place

    @property
    def said(self) -> Text:
        """What it says, with its place before it."""
        return self.placed(self.place)

    def placed(self, place: Text) -> Text:
        """What it says, with a place before it where there is one."""
        said = super().said
        return said if not place else _PLACED.with_values(place=place, message=said)


_PLACED = message("{place}：{message}")


class NotFoundError(YibaoError):
    """Something asked for by name does not exist."""

    exit_code = 3


class RefusedError(YibaoError):
    """A rule refuses, or no source gives the figure that is needed."""

    exit_code = 4


class UnsourcedError(RefusedError):
    """No source gives the figure that is needed; nothing is guessed."""

    def __init__(
        self,
        message: Text,
        *,
        parameter: str = "",
        members: tuple[tuple[str, str], ...] = (),
        day: datetime.date | None = None,
        area: str = "",
    ) -> None:
        super().__init__(message)
        self.parameter = parameter
        """The rule that has no value."""
        self.members = members
        """(key, member) that lead to the missing value."""
        self.day = day
        self.area = area
        """Code of the area whose rules were asked."""


class MissingPackError(NotFoundError, RefusedError):
    """A place is known and has no policy pack: nothing of another place is taken for it."""

    exit_code = 3

    def __init__(self, message: Text, *, area: str = "", name: str = "") -> None:
        super().__init__(message)
        self.area = area
        """Its code, GB/T 2260."""
        self.name = name


class ConflictError(YibaoError):
    """Somebody else's change, or an earlier one, stands against this one."""

    exit_code = 5
