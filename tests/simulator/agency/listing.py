"""What the hospital charges and what the area's catalogue has, by file."""

from __future__ import annotations

import datetime
from dataclasses import dataclass

from yibao.access.permissions import Role, institution_actor
from yibao.care.catalogue import whole_catalogue
from yibao.prices import operations as prices
from yibao.prices.catalogue_files import read_catalogue
from yibao.prices.files import read_prices
from yibao.prices.fragments import ListedPrices
from yibao.prices.states import ListState

from .world import HOSPITAL, World

CODES = ("X1", "X2", "X3")
_UNIT = 10_000
"""Prices are in 1/10,000 fen."""


@dataclass(frozen=True, slots=True)
class Line:
    """A line of a price list as the plain books know it; fen."""

    code: str
    price: int
    start: datetime.date
    number: int
    is_above: bool
    list_id: str


@dataclass(frozen=True, slots=True)
class Version:
    """An item of the catalogue from a day on; fen."""

    start: datetime.date
    item_class: str | None
    """None: it leaves the catalogue."""
    limit: int | None


class Listing:
    """The hospital hands in, the counter too; a reviewer confirms, and changes the catalogue."""

    def __init__(self, world: World) -> None:
        self.world = world
        self.lines: list[Line] = []
        self.decided: dict[str, ListState | None] = {}
        """Of every list that waits or waited, by id."""
        self.catalogue: dict[str, list[Version]] = {}
        self.drawn: dict[str, dict[str, Version]] = {}
        self.steps = [(3, self.hand_in), (2, self.decide), (2, self.draw), (3, self.confirm)]

    def _limit(self, code: str, day: datetime.date) -> int | None:
        version = self._version(code, day)
        return None if version is None else version.limit

    def _version(self, code: str, day: datetime.date) -> Version | None:
        begun = [each for each in self.catalogue.get(code, ()) if each.start <= day]
        latest = max(begun, key=lambda each: each.start, default=None)
        return None if latest is None or latest.item_class is None else latest

    def _holding(self, code: str) -> list[Line]:
        return [
            line
            for line in self.lines
            if line.code == code
            and (not line.is_above or self.decided.get(line.list_id) is ListState.CONFIRMED)
        ]

    # --- prices ------------------------------------------------------------------------------

    def hand_in(self) -> None:
        world = self.world
        codes = world.random.sample(CODES, world.pick(1, 2))
        start = world.day + datetime.timedelta(world.pick(0, 0, 5, 30, -3))
        fen = {code: world.random.randrange(1, 20_000) for code in codes}
        rows = [
            f"Y{code},{code},某{code},{price // 100}.{price % 100:02d},{start}"
            for code, price in fen.items()
        ]
        content = "\n".join(["院内编码,国家编码,名称,单价,起始日", *rows]).encode()
        answer = world.act(
            "hand in prices",
            lambda actor, key: prices.hand_in_prices(
                world.database, key, HOSPITAL, read_prices(content), actor=actor, at=world.at
            ),
            world.pick(institution_actor(HOSPITAL), world.of(Role.CLERK)),
            wrong=[institution_actor("h9"), *world.others(Role.CLERK)],
        )
        listed = [code for code in codes if self._holding(code)]
        if answer is None:
            assert start < world.day, "prices were refused"
            assert listed, "prices were refused"
            return
        assert start >= world.day or not listed, "a past day's price was changed"
        above = 0
        for code, price in fen.items():
            limit = self._limit(code, start)
            is_above = limit is not None and price > limit
            above += is_above
            line = Line(code, price, start, answer["number"], is_above, answer["list"])
            self.lines.append(line)
        assert answer["above"] == above, (answer, fen)
        if above:
            self.decided[answer["list"]] = None

    def decide(self) -> None:
        world = self.world
        if not self.decided:
            return
        waiting = [each for each, state in self.decided.items() if state is None]
        list_id = world.pick(*waiting * 3, *self.decided)
        state = world.pick(ListState.CONFIRMED, ListState.REFUSED)
        answer = world.act(
            "decide prices",
            lambda actor, key: prices.decide_prices(
                world.database, key, list_id, state, "有依据", actor=actor, at=world.at
            ),
            world.of(Role.REVIEWER),
            wrong=world.others(Role.REVIEWER),
            once=True,
        )
        assert (answer is not None) == (list_id in waiting)
        if answer is not None:
            self.decided[list_id] = state

    # --- the catalogue -----------------------------------------------------------------------

    def draw(self) -> None:
        world = self.world
        start = world.day + datetime.timedelta(world.pick(0, 3, 10, -1))
        whole = world.chance(0.3)
        rows, wanted = [], {}
        for code in world.random.sample(CODES, world.pick(1, 2, 3)):
            limit = world.pick(None, world.random.randrange(100, 30_000))
            told = "" if limit is None else f"{limit // 100}.{limit % 100:02d}"
            item_class = world.pick("A", "B")
            named = "甲,药品," if item_class == "A" else "乙,药品,10"
            rows.append(f"{code},某{code},{named},{told}")
            wanted[code] = Version(start, item_class, limit)
        content = "\n".join(["编码,名称,类别,种类,先行自付,限价", *rows]).encode()
        if whole:
            for code in CODES:
                wanted.setdefault(code, Version(start, None, None))
        changed = {code: version for code, version in wanted.items() if self._is_new(code, version)}
        answer = world.act(
            "draw up a catalogue",
            lambda actor, key: prices.draw_catalogue(
                world.database, key, read_catalogue(content, start), start,
                whole=whole, actor=actor, at=world.at,
            ),
            world.of(Role.REVIEWER),
            wrong=world.others(Role.REVIEWER)[:-1],
        )  # fmt: skip
        assert (answer is not None) == (start >= world.day and bool(changed)), (wanted, answer)
        if answer is not None:
            assert answer["count"] == len(changed), (answer, changed)
            self.drawn[answer["change"]] = changed

    def _is_new(self, code: str, version: Version) -> bool:
        known = self._version(code, version.start)
        if known is None:
            return version.item_class is not None
        return (known.item_class, known.limit) != (version.item_class, version.limit)

    def confirm(self) -> None:
        world = self.world
        if not self.drawn:
            return
        change = world.pick(*self.drawn)
        if world.chance(0.2):
            dropped = world.act(
                "drop a catalogue",
                lambda actor, key: prices.drop_catalogue(
                    world.database, key, change, actor=actor, at=world.at
                ),
                world.of(Role.REVIEWER),
                wrong=world.others(Role.REVIEWER),
                once=True,
            )
            assert dropped is not None
            del self.drawn[change]
            return
        answer = world.act(
            "confirm a catalogue",
            lambda actor, key: prices.confirm_catalogue(
                world.database, key, change, actor=actor, at=world.at
            ),
            world.of(Role.SECOND),
            wrong=world.others(Role.SECOND),
            once=True,
        )
        if answer is not None:
            for code, version in self.drawn.pop(change).items():
                assert version.start >= world.day, "a catalogue of past days was confirmed"
                self.catalogue.setdefault(code, []).append(version)

    # --- what must hold ----------------------------------------------------------------------

    def check(self) -> None:
        """Every price and every item on a day is what was confirmed, by hand."""
        day = self.world.day
        area = self.world.area
        pairs = [(HOSPITAL, code) for code in CODES]
        listed = ListedPrices.read(self.world.database, pairs)
        items = self.world.database.read(lambda unit: whole_catalogue(unit, day, area))
        for code in CODES:
            begun = [line for line in self._holding(code) if line.start <= day]
            latest = max(begun, key=lambda line: (line.start, line.number), default=None)
            price = listed.price_on(HOSPITAL, code, f"Y{code}", day)
            assert price == (None if latest is None else latest.price * _UNIT), (code, latest)
            version, item = self._version(code, day), items.get(code)
            assert (item is None) == (version is None), (code, version)
            if item is not None and version is not None:
                limit = None if version.limit is None else version.limit * _UNIT
                assert (item.item_class, item.price_limit) == (version.item_class, limit), code
