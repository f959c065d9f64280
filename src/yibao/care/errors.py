"""What goes wrong in this room and nowhere else."""

from __future__ import annotations

from collections.abc import Iterable

from yibao.errors import ConflictError


class StaleError(Exception):
    """What this process remembers of an institution is not the latest; begin again."""


class RoundTakenError(ConflictError):
    """The visit has a settlement of this round already."""


class MorePeopleError(Exception):
    """More people hang on this than are locked; begin again with all of them."""

    def __init__(self, people: Iterable[str]) -> None:
        self.people = set(people)
        super().__init__()


class CameNowError(Exception):
    """The message came while its tombstone was being written."""
