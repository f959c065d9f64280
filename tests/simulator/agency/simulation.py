"""Random steps of every room of an agency on one store, with all invariants on the way."""

from __future__ import annotations

import datetime
from collections import Counter
from collections.abc import Callable, Iterator

from yibao.care.replay import replay
from yibao.database.unit import Database
from yibao.messages import Text
from yibao.policy.compile import PolicyLibrary
from yibao.record.store_check import StoreCheck

from ...support.actors import CLERK
from .claims import Claims
from .clearing import Clearing
from .conduct import Conduct
from .employers import Employers
from .finance import Finance
from .imports import Imports
from .moving import Moving
from .payments import Payments
from .world import FIRST_DAY, LAST_DAY, World

WHOLE = 25
"""Steps after which the whole store is looked at."""


class RowsCheck(StoreCheck):
    """``db check`` without the file and the shape of the tables, which no step changes."""

    def faults(self) -> Iterator[Text]:
        for part in (self._of_the_books, self._of_the_chains, self._of_the_people):
            yield from self._read(part)


class AgencySimulation:
    """One agency from the fifth of January to the winter of one year."""

    def __init__(self, database: Database, packs: PolicyLibrary, area: str, seed: str) -> None:
        self.world = World(database, packs, area, seed)
        self.log: list[str] = []
        self.taken: Counter[str] = Counter()
        employers, inquiries = Employers(self.world), Conduct(self.world)
        claims, clearing = Claims(self.world), Clearing(self.world)
        self.finance = Finance(self.world, employers)
        self.rooms = (
            employers,
            claims,
            Payments(self.world),
            clearing,
            inquiries,
            Moving(self.world, inquiries),
            self.finance,
            Imports(self.world),
        )
        self.steps: list[tuple[int, Callable[[], None]]] = [
            step for room in self.rooms for step in room.steps
        ]

    def run(self, steps: int) -> None:
        """Take so many steps over the year; the whole store is looked at now and then."""
        weights = [weight for weight, _ in self.steps]
        days = (LAST_DAY - FIRST_DAY).days
        for number in range(steps):
            self.world.day = FIRST_DAY + datetime.timedelta(days * number // steps)
            asked = self.world.tried.total()
            while self.world.tried.total() == asked:  # until one finds something to do
                (chosen,) = self.world.random.choices(self.steps, weights)
                step = chosen[1]
                self.log.append(f"{number} {self.world.day} {step.__qualname__}")
                step()
            self.taken[step.__qualname__] += 1
            self.world.books.check()
            if number % WHOLE == WHOLE - 1:
                self.check()
        self.check()

    def check(self) -> None:
        """``db check``, ``audit verify`` and ``replay`` are silent, and each room's books tie."""
        for room in self.rooms:
            room.check()
        faults = [str(fault) for fault in RowsCheck(self.world.database, 0).faults()]
        assert faults == [], faults
        assert list(replay(self.world.database, actor=CLERK)) == []
