"""One more step in the transaction of an operation of another room."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from typing import Any, TypeVar, cast

from yibao.database.unit import Database, Unit

Result = TypeVar("Result")


class _Joined:
    """A database whose writes do one more thing before they are committed."""

    def __init__(self, database: Database, after: Callable[[Unit, Any], None]) -> None:
        self._database = database
        self._after = after

    def __getattr__(self, name: str) -> Any:
        return getattr(self._database, name)

    def write(
        self, operation: Callable[[Unit], Result], *, people: Iterable[str] | None = None
    ) -> Result:
        def both(unit: Unit) -> Result:
            answer = operation(unit)
            self._after(unit, answer)
            return answer

        return self._database.write(both, people=people)


def joined(database: Database, after: Callable[[Unit, Any], None]) -> Database:
    """``database`` for an operation whose effects and ``after`` stand or fall together.

    ``after`` gets the unit and what the operation answered.  An operation that is found
    to be a repeat does not run it.
    """
    return cast(Database, _Joined(database, after))
