"""What ``yibao db check`` looks at, part by part, from the file up to the people."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from typing import TYPE_CHECKING

from yibao.cli.language import worded
from yibao.errors import YibaoError
from yibao.messages import Text, message

if TYPE_CHECKING:
    from yibao.database.unit import Database


class StoreCheck:
    """One run over a store: its faults, whatever else stands beside them."""

    def __init__(self, database: Database, sample: int) -> None:
        self.database = database
        self.sample = sample
        self.people: list[str] = []
        self.notes: list[str] = []
        """What was not checked, and what to do about it."""

    def faults(self) -> Iterator[str]:
        """Every fault, one sentence each; a part that cannot be read is a fault of its own."""
        from yibao.database.migrating import schema_faults

        yield from self._read(self._of_the_database)
        of_schema = list(self._read(lambda: self.database.read(schema_faults)))
        yield from of_schema
        if of_schema:
            return
        for part in (self._of_the_books, self._of_the_chains, self._of_the_people):
            yield from self._read(part)

    def _read(self, part: Callable[[], Iterable[Text]]) -> Iterator[str]:
        """What a part finds.  A damaged file is told as far as it can be read; no connection
        to a server is no finding."""
        try:
            yield from map(worded, part())
        except YibaoError as error:
            if self.database.is_postgresql:
                raise
            yield worded(error.message)
        except Exception as error:  # a spoilt row fails to be read in any way
            told = f"{type(error).__name__}: {error}".splitlines()[0]
            yield worded(message("有一部分读不出来，内容已损坏：{reason}", reason=told))

    def _of_the_database(self) -> Iterator[Text]:
        from yibao.database.integrity import integrity_faults, unchecked

        yield from self.database.read(lambda unit: list(integrity_faults(unit)), consistent=True)
        note = self.database.read(unchecked)
        if note is not None:
            self.notes.append(worded(note))

    def _of_the_books(self) -> Iterator[Text]:
        from yibao.ledger.checks import ledger_faults

        yield from self.database.read(lambda unit: list(ledger_faults(unit)), consistent=True)

    def _of_the_chains(self) -> Iterator[Text]:
        from yibao.access.seals import seal_faults
        from yibao.access.trail import all_people, verify_people

        self.people = _sampled(all_people(self.database), self.sample)
        yield from verify_people(self.database, self.people)
        yield from seal_faults(self.database)

    def _of_the_people(self) -> Iterator[Text]:
        from yibao.insured.stored.rows import profile_faults

        for name in self.people:
            parts = self.database.read(
                lambda unit, name=name: list(profile_faults(unit, name)),  # type: ignore[misc]
                consistent=True,
            )
            yield from (f"{name} 的登记行与明细行不同：{part}" for part in parts)


def _sampled(people: list[str], most: int) -> list[str]:
    if not most or most >= len(people):
        return people
    from random import SystemRandom

    return sorted(SystemRandom().sample(people, most))
