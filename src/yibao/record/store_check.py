"""What ``yibao db check`` looks at, part by part, from the file up to the people."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator

from yibao.access.names import NO_PERSON
from yibao.access.seals import seal_faults
from yibao.access.ties import older_chains, tie_faults
from yibao.access.trail import all_chains, verify_people
from yibao.aid.faults import grant_faults
from yibao.care.checks import registration_faults, settlement_faults
from yibao.clearing.checks import clearing_faults
from yibao.database.integrity import integrity_faults, sealed_faults, unchecked
from yibao.database.migrating import schema_faults
from yibao.database.sealed import unreadable_as_none
from yibao.database.unit import Database, Unit
from yibao.disbursement.checks import payment_faults
from yibao.employers.checks import employer_faults
from yibao.errors import YibaoError
from yibao.exchange.checks import book_faults
from yibao.finance.checks import finance_faults
from yibao.insured.checks import identity_faults, version_faults
from yibao.insured.stored.rows import profile_faults
from yibao.ledger.checks import ledger_faults
from yibao.messages import Text, message
from yibao.office.checks import case_faults


class StoreCheck:
    """One run over a store: its faults, whatever else stands beside them."""

    def __init__(self, database: Database, sample: int) -> None:
        self.database = database
        self.sample = sample
        self.people: list[str] = []
        self.notes: list[Text] = []
        """What was not checked, and what to do about it."""

    def faults(self) -> Iterator[Text]:
        """Every fault, one sentence each; a part that cannot be read is a fault of its own."""
        yield from self._read(self._of_the_database)
        of_schema = list(self._read(lambda: self.database.read(schema_faults)))
        yield from of_schema
        if of_schema:
            return
        for part in (self._of_the_books, self._of_the_chains, self._of_the_people):
            yield from self._read(part)

    def _read(self, part: Callable[[], Iterable[Text]]) -> Iterator[Text]:
        """What a part finds.  A damaged file is told as far as it can be read; no connection
        to a server is no finding."""
        try:
            with unreadable_as_none():
                yield from part()
        except YibaoError as error:
            if self.database.is_postgresql:
                raise
            yield error.message
        except Exception as error:  # a spoilt row fails to be read in any way
            told = f"{type(error).__name__}: {error}".splitlines()[0]
            yield message("有一部分读不出来，内容已损坏：{reason}", reason=told)

    def _of_the_database(self) -> Iterator[Text]:
        yield from self.database.read(lambda unit: list(integrity_faults(unit)), consistent=True)
        note = self.database.read(unchecked)
        if note is not None:
            self.notes.append(note)

    def _of_the_books(self) -> Iterator[Text]:
        checks = (
            ledger_faults,
            version_faults,
            sealed_faults,
            case_faults,
            payment_faults,
            employer_faults,
            clearing_faults,
            finance_faults,
        )
        for faults in checks:
            yield from self.database.read(
                lambda unit, faults=faults: list(faults(unit)),  # type: ignore[misc]
                consistent=True,
            )

    def _of_the_chains(self) -> Iterator[Text]:
        chains = all_chains(self.database)
        everybody = [name for name in chains if not name.startswith(NO_PERSON)]
        self.people = _sampled(everybody, self.sample)
        checked = [*self.people, *chains[len(everybody) :]]
        yield from verify_people(self.database, checked)
        yield from seal_faults(self.database)
        yield from tie_faults(self.database, checked)
        older = self.database.read(older_chains, consistent=True)
        if older:
            note = message(
                "{older} 条审计链始于旧版本：它们从前写下的行没有留下散列，"
                "只核对行与行是否相符；升级以后写下的都核对",
                older=older,
            )
            self.notes.append(note)

    def _of_the_people(self) -> Iterator[Text]:
        def of_rows(unit: Unit, names: list[str]) -> Iterator[Text]:
            for faults in (settlement_faults, registration_faults, grant_faults, book_faults):
                yield from faults(unit, names)

        def of_profiles(unit: Unit, names: list[str]) -> Iterator[Text]:
            for name in names:
                for part in profile_faults(unit, name):
                    yield message("{name} 的登记行与明细行不同：{part}", name=name, part=part)

        def of_certificates(unit: Unit, names: list[str]) -> Iterator[Text]:
            yield from identity_faults(unit, self.database.secrets, names)

        for start in range(0, len(self.people), _TOGETHER):
            some = self.people[start : start + _TOGETHER]
            for part in (of_rows, of_profiles, of_certificates):
                yield from self._read(
                    lambda part=part, some=some: self.database.read(  # type: ignore[misc]
                        lambda unit: list(part(unit, some)), consistent=True
                    )
                )


_TOGETHER = 200
"""People checked in one transaction."""


def _sampled(people: list[str], most: int) -> list[str]:
    if not most or most >= len(people):
        return people
    from random import SystemRandom

    return sorted(SystemRandom().sample(people, most))
