"""What the fund is to take in and spend in a year, and what people are reminded of."""

from __future__ import annotations

from sqlalchemy import func, select

from yibao.access.permissions import Actor, Role
from yibao.finance.budgets import (
    Budgeted,
    approve_budget,
    change_budget_line,
    drop_budget,
    enter_budget,
    read_budget,
)
from yibao.finance.items import FundItem, FundPart
from yibao.jobs.operations import RunState, run_due
from yibao.jobs.tables import reminder

from ...support.actors import oneself
from .world import World

YEAR = 2026
_ITEMS = (FundItem.SUBSIDY, FundItem.OUTPATIENT)


class Budgets:
    """A cashier enters a version, a head approves it or turns it down."""

    def __init__(self, world: World) -> None:
        self.world = world
        self.holds: Budgeted = {}
        self.versions = 0
        self.waiting: tuple[str, Budgeted] | None = None
        self.steps = [(3, self.enter), (3, self.decide)]

    def enter(self) -> None:
        world = self.world
        cell = (world.pick("employee", "resident"), str(FundPart.POOLED))
        item = str(world.pick(*_ITEMS))
        amount = world.pick(0, world.random.randrange(1, 9_000_000))
        by_line = world.chance(0.5)
        wanted = {each: dict(items) for each, items in self.holds.items()} if by_line else {}
        if by_line:
            wanted.setdefault(cell, {}).pop(item, None)
        if amount:
            wanted.setdefault(cell, {})[item] = amount
        wanted = {each: items for each, items in wanted.items() if items}
        lines = {cell: {item: amount}}
        answer = world.act(
            "enter a budget",
            lambda actor, key: (
                change_budget_line(
                    world.database, key, world.area, YEAR, (*cell, item, amount), "追加",
                    actor=actor, at=world.at,
                )
                if by_line
                else enter_budget(
                    world.database, key, world.area, YEAR, lines, "人代会批复",
                    actor=actor, at=world.at,
                )
            ),
            world.of(Role.CASHIER),
            wrong=world.others(Role.CASHIER),
            once=True,
        )  # fmt: skip
        may = self.waiting is None and wanted != self.holds and (by_line or amount > 0)
        assert (answer is not None) == may, (answer, self.waiting, wanted, self.holds)
        if answer is not None:
            self.versions += 1
            assert answer["version"] == self.versions
            self.waiting = (answer["budget"], wanted)

    def decide(self) -> None:
        world = self.world
        if self.waiting is None:
            return
        budget, wanted = self.waiting
        is_approved = world.chance(0.7)
        answer = world.act(
            "decide a budget",
            lambda actor, key: (
                approve_budget(world.database, key, budget, actor=actor, at=world.at)
                if is_approved
                else drop_budget(world.database, key, budget, "太多", actor=actor, at=world.at)
            ),
            world.of(Role.HEAD),
            wrong=world.others(Role.HEAD),
            once=True,
        )
        assert answer is not None
        self.waiting = None
        if is_approved:
            self.holds = wanted

    def check(self) -> None:
        """What holds is the version that was approved last, line by line."""
        world = self.world
        head = world.of(Role.HEAD)
        known = read_budget(world.database, world.area, YEAR, actor=head)
        assert len(known.versions) == self.versions
        assert (known.holds.lines if known.holds is not None else {}) == self.holds, known
        assert (known.waits is not None) == (self.waiting is not None)


class Reminding:
    """The administrator's job of every day."""

    def __init__(self, world: World) -> None:
        self.world = world
        self.steps = [(2, self.run)]

    def _written(self) -> int:
        count = select(func.count()).select_from(reminder)
        return int(self.world.rows(count)[0][0])

    def _run(self, actor: Actor, *, again: bool = False) -> list[RunState]:
        world = self.world
        done = run_due(
            world.database, world.packs, world.day, by=actor, names=["reminders"],
            collecting=lambda _: world.day.year, again=again,
            period=int(world.day.strftime("%Y%m%d")) if again else None,
        )  # fmt: skip
        return [run.state for run in done]

    def run(self) -> None:
        """Twice at once it is one run; once more it writes nothing that stands already."""
        world, administrator = self.world, Actor("ann", Role.ADMINISTRATOR)
        world.tried["remind"] += 1
        if world.chance(0.3):
            wrong = world.pick(*world.others(), oneself("aunt"))
            world._denied("remind", lambda actor, _: self._run(actor), wrong)
        runs = world.together([lambda: self._run(administrator)] * 2)
        assert all(state is RunState.DONE for states in runs for state in states), runs
        assert sum(map(len, runs)) <= 1, "a day was run twice"
        before = self._written()
        assert self._run(administrator, again=True) == [RunState.DONE]
        assert self._written() == before, "somebody was reminded of the same thing twice"

    def check(self) -> None:
        """Nobody who is not on record is reminded, and of one thing once."""
        column = reminder.c
        rows = self.world.rows(select(column.person_id, column.kind, column.thing))
        assert len(rows) == len({tuple(row) for row in rows})
