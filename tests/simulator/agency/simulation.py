"""Random steps of every room of an agency on one store, with all invariants on the way."""

from __future__ import annotations

import datetime
import tempfile
from collections import Counter as Counted
from collections.abc import Callable, Iterator
from functools import cache
from pathlib import Path

from yibao.care.replay import replay
from yibao.database.unit import Database
from yibao.messages import Text
from yibao.policy.compile import PolicyLibrary
from yibao.record.store_check import StoreCheck

from ...support.actors import CLERK
from .benefits import Benefits
from .claims import Claims
from .clearing import Clearing
from .conduct import Conduct
from .counter import Counter
from .employers import Employers
from .finance import Finance
from .goods import Between, Goods
from .imports import Imports
from .listing import Listing
from .merging import Merging
from .moving import Moving
from .payments import Payments
from .planning import Budgets, Reminding
from .world import FIRST_DAY, LAST_DAY, World

TERMS = """overlay: 经办模拟
area: "140100"
parameters:
  recovery.set_off_limit: {unit: percent, values: {2020-01-01: {value: 50}}}
  employee.contribution.premium_subsidy_ratio:
    unit: percent
    keys: [group]
    values: {2020-01-01: {value: {employment_hardship: 66.67, graduate: 50}}}
  employee.contribution.premium_subsidy_from_month:
    unit: months
    values: {2020-01-01: {value: 2}}
"""
FAR_TERMS = """overlay: 经办模拟（异地）
area: "440100"
parameters:
  employee.outpatient.annual_ceiling:
    unit: yuan
    keys: [status]
    values: {2020-01-01: {value: {working: 9000, retired: 12000}}}
  employee.outpatient.place_points:
    unit: points
    keys: [status, place]
    values: {2020-01-01: {value: {retired: {other_temporary: -10}}}}
"""
"""What no source of the two areas says: without it these rooms refuse by name, and nobody of the
other area is treated."""
WHOLE = 25
"""Steps after which the whole store is looked at."""


@cache
def with_terms() -> PolicyLibrary:
    """The packs with :data:`TERMS` and :data:`FAR_TERMS`."""
    with tempfile.TemporaryDirectory(prefix="yibao-terms-") as folder:
        paths = [Path(folder) / "terms.yaml", Path(folder) / "far_terms.yaml"]
        for path, terms in zip(paths, (TERMS, FAR_TERMS), strict=True):
            path.write_text(terms, encoding="utf-8")
        return PolicyLibrary.load(overlays=paths)


class RowsCheck(StoreCheck):
    """``db check`` without the file and the shape of the tables, which no step changes."""

    def faults(self) -> Iterator[Text]:
        for part in (self._of_the_books, self._of_the_chains, self._of_the_people):
            yield from self._read(part)


class AgencySimulation:
    """One agency from the fifth of January to the winter of one year."""

    def __init__(self, database: Database, area: str, seed: str) -> None:
        self.world = World(database, with_terms(), area, seed)
        self.log: list[str] = []
        self.taken: Counted[str] = Counted()
        employers, inquiries = Employers(self.world), Conduct(self.world)
        claims, clearing = Claims(self.world), Clearing(self.world, inquiries)
        payments = Payments(self.world)
        self.finance = Finance(self.world, employers)
        self.rooms = (
            employers,
            claims,
            payments,
            clearing,
            Goods(self.world, clearing),
            Between(self.world, clearing, payments),
            inquiries,
            Moving(self.world, inquiries),
            self.finance,
            Imports(self.world),
            Listing(self.world),
            Budgets(self.world),
            Reminding(self.world),
            Counter(self.world, employers),
            Benefits(self.world),
            Merging(self.world),
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
