"""The store of a simulated agency: its clock, its people, and how a step is taken in it."""

from __future__ import annotations

import datetime
import hashlib
from collections import Counter
from collections.abc import Callable, Sequence
from random import Random
from threading import Barrier, Thread
from typing import Any

from sqlalchemy import select
from sqlalchemy.dialects import sqlite

from yibao.access.chains import area_of
from yibao.access.errors import DeniedError
from yibao.access.operations import Key
from yibao.access.permissions import POSTS, Actor, Role, is_within
from yibao.benefit.facts import (
    EmployeeContribution,
    Enrolment,
    GroupMembership,
    Person,
    ResidentContribution,
)
from yibao.database.schema import METADATA
from yibao.database.unit import Database, Unit
from yibao.errors import NotFoundError, YibaoError
from yibao.insured.people.certificates import RESIDENT, check_character
from yibao.insured.people.registration import Named, register
from yibao.policy.compile import PolicyLibrary

from ...support.actors import AUDITOR, CLERK, oneself
from ...support.store import Store
from .books import PlainBooks

FAR = "310000"
"""An area whose staff has nothing to do here."""
NEW = "440100"
"""The other area of the store, where people move to and are treated."""
HOSPITAL, AWAY = "h1", "h9"
"""The hospital of the area, and one of the other area."""
FIRST_DAY = datetime.date(2026, 1, 5)
LAST_DAY = datetime.date(2026, 12, 20)
Operation = Callable[[Actor, Key], Any]


class World:
    """One store, its simulated day, and the books that it must agree with."""

    def __init__(self, database: Database, packs: PolicyLibrary, area: str, seed: str) -> None:
        self.database, self.packs, self.area = database, packs, area
        self.store = Store(database, packs)
        self.random = Random(seed)
        self.books = PlainBooks(database)
        self.day = FIRST_DAY
        self.tried: Counter[str] = Counter()
        """How often each operation was asked for, how often it was done, denied, doubled."""
        self.numbers: dict[str, tuple[str, str]] = {}
        self._sent = 0
        self.contributed = 0
        """What people paid themselves, less what came back to them of it: the fund's, fen."""
        self.of_residents: Counter[datetime.date] = Counter()
        """That of it which residents paid, by the day; fen."""

    # --- who and when ------------------------------------------------------------------------

    @property
    def at(self) -> datetime.datetime:
        return datetime.datetime.combine(self.day, datetime.time(3), datetime.UTC)

    @property
    def month(self) -> int:
        return self.day.year * 100 + self.day.month

    @property
    def last_month(self) -> int:
        before = self.day.replace(day=1) - datetime.timedelta(1)
        return before.year * 100 + before.month

    def new_number(self) -> int:
        self._sent += 1
        return self._sent

    def key(self, actor: Actor) -> Key:
        return Key(actor.id, "agency", f"s{self.new_number()}")

    def of(self, role: Role, area: str = "", name: str = "") -> Actor:
        """Somebody at a post of an area."""
        place = area or self.area
        return Actor(
            name or f"{role.value}-{place}",
            role,
            agency_id=f"agency-{place}",
            area=place,
            lives_here=lambda person: is_within(area_of(self.database, person) or "", place),
        )

    def others(self, *allowed: Role, area: str = "") -> list[Actor]:
        """Whoever may not do what these posts of an area do."""
        place = area or self.area
        posts = [self.of(role, place) for role in POSTS if role not in allowed]
        return [*posts, AUDITOR, oneself("nobody"), *(self.of(role, FAR) for role in allowed)]

    def pick(self, *things: Any) -> Any:
        return self.random.choice(things)

    def chance(self, share: float) -> bool:
        return self.random.random() < share

    # --- people ------------------------------------------------------------------------------

    def person(
        self,
        name: str,
        scheme: str,
        status: str | None = None,
        *,
        balance: int = 0,
        spells: Sequence[Enrolment] = (),
        months: Sequence[EmployeeContribution] = (),
        groups: Sequence[GroupMembership] = (),
        paid_to: int = 2026,
        passport: str = "",
    ) -> None:
        """Register somebody with a number of their own.

        ``paid_to``: the last year that a resident has paid.  ``passport``: the number of one,
        with which somebody born on the same day is registered once more.
        """
        spells = spells or (
            Enrolment(scheme, status, datetime.date(2020, 1, 1), None, self.area, "employer"),
        )
        order = len(self.numbers)
        body = f"{140105 + order // 400}19700315{100 + 2 * (order % 400):03d}"
        number = body + check_character(body)
        if not passport:
            self.numbers[name] = (number, name)
        years = [(year, datetime.date(year - 1, 11, 1)) for year in range(2021, paid_to + 1)]
        facts = Person(
            name,
            "female",
            datetime.date(1970, 3, 15),
            spells[-1].area,
            tuple(groups),
            tuple(spells),
            tuple(ResidentContribution(*year) for year in years) if scheme == "resident" else None,
            tuple(months) or None,
        )
        register(
            self.database,
            facts,
            actor=CLERK,
            balance=balance,
            day=spells[0].start,
            named=Named(name, "passport", passport) if passport else Named(name, RESIDENT, number),
            library=self.packs,
        )
        self.books.post(("opening", balance), (f"personal:{name}", -balance))

    # --- a step ------------------------------------------------------------------------------

    def act(
        self,
        name: str,
        operation: Operation,
        actor: Actor,
        *,
        wrong: Sequence[Actor] = (),
        once: bool = False,
        keyed: bool = True,
    ) -> Any:
        """Do something as somebody; None where it is refused, and then nothing has changed.

        Now and then whoever may not tries first, the same message comes twice at once, or
        (``once``) two people do it at once, of whom one wins.  ``keyed``: whether a message that
        comes again is answered as before.
        """
        self.tried[name] += 1
        denied = (
            self._denied(name, operation, self.pick(*wrong)) if wrong and self.chance(0.3) else None
        )
        roll = self.random.random()
        before = self.fingerprint()
        try:
            if keyed and roll < 0.12:
                answer = self._same_twice(name, operation, actor)
            elif once and roll < 0.3:
                answer = self._rivals(name, operation, actor)
            else:
                answer = operation(actor, self.key(actor))
        except YibaoError as error:
            self._unchanged(before, f"{name} was refused ({error})")
            self.tried[f"{name} refused"] += 1
            return None
        assert denied is None or isinstance(denied, DeniedError | NotFoundError), (name, denied)
        return answer

    def _denied(self, name: str, operation: Operation, actor: Actor) -> YibaoError:
        before = self.fingerprint()
        try:
            operation(actor, self.key(actor))
        except YibaoError as error:
            self._unchanged(before, f"{actor.id} was denied {name}")
            self.tried["denied"] += 1
            return error
        raise AssertionError(f"{actor.id} ({actor.role.value}) may not: {name}")

    def _same_twice(self, name: str, operation: Operation, actor: Actor) -> Any:
        key = self.key(actor)
        answers = self.together([lambda: operation(actor, key)] * 2)
        self.tried["same message twice at once"] += 1
        for answer in answers:
            if isinstance(answer, Exception):
                raise answer
        assert answers[0] == answers[1], (name, answers)
        return answers[0]

    def _rivals(self, name: str, operation: Operation, actor: Actor) -> Any:
        keys = [self.key(actor), self.key(actor)]
        answers = self.together([lambda key=key: operation(actor, key) for key in keys])
        self.tried["two at once"] += 1
        refused = [answer for answer in answers if isinstance(answer, Exception)]
        if len(refused) == 2:
            raise refused[0]
        assert len(refused) == 1, (name, answers)
        assert isinstance(refused[0], YibaoError), refused[0]
        return next(answer for answer in answers if not isinstance(answer, Exception))

    @staticmethod
    def together(calls: Sequence[Callable[[], Any]]) -> list[Any]:
        """What calls that begin at once give: an answer or an error each."""
        barrier = Barrier(len(calls))
        answers: list[Any] = [None] * len(calls)

        def call(place: int) -> None:
            barrier.wait()
            try:
                answers[place] = calls[place]()
            except Exception as error:
                answers[place] = error

        threads = [Thread(target=call, args=(place,)) for place in range(len(calls))]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
        return answers

    def _unchanged(self, before: str, what: str) -> None:
        assert self.fingerprint() == before, f"{what} and changed something"

    def fingerprint(self) -> str:
        """Every row of every table of the store."""

        def rows(unit: Unit) -> str:
            digest = hashlib.sha256()
            for table in METADATA.sorted_tables:
                quoted = sqlite.dialect().identifier_preparer.quote(table.name)
                lines = unit.connection.exec_driver_sql(f"SELECT * FROM {quoted}").fetchall()
                for line in sorted(repr(tuple(row)) for row in lines):
                    digest.update(line.encode())
            return digest.hexdigest()

        return self.database.read(rows, consistent=True)

    def rows(self, query: Any) -> list[Any]:
        """The rows of a query, as they are committed."""
        return self.database.read(lambda unit: list(unit.run(query)))

    def row(self, table: Any, column: str, value: Any) -> Any:
        """The one row with a value."""
        (row,) = self.rows(select(table).where(table.c[column] == value))
        return row


def months_paid(first: int, last: int, base: int) -> list[EmployeeContribution]:
    """Every month from the one to the other, paid on the tenth."""
    paid = []
    while first <= last:
        day = datetime.date(first // 100, first % 100, 10)
        paid.append(EmployeeContribution(first, base, day))
        first += 1 if first % 100 < 12 else 89
    return paid
