"""What an institution and its agency read of price lists."""

from __future__ import annotations

import datetime
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from sqlalchemy import ColumnElement, func, select

from yibao.access.permissions import MATRIX, Actor, Reach, area_prefix, require
from yibao.care.institutions import area_of_institution
from yibao.database.unit import Database, Unit
from yibao.errors import NotFoundError
from yibao.messages import Text, message
from yibao.prices.fragments import ListedPrice, holding_lines
from yibao.prices.states import LIST_WORDS, ListState
from yibao.prices.tables import price_line, price_list

_MOST = 200


@dataclass(frozen=True, slots=True)
class ListedList:
    """A list that was handed in."""

    list_id: str
    institution_id: str
    number: int
    area: str
    state: ListState
    count: int
    above: int
    handed_by: str
    handed_at: datetime.datetime
    decided_by: str | None
    reason: str

    @property
    def state_label(self) -> Text:
        return LIST_WORDS[self.state]


@dataclass(frozen=True, slots=True)
class HandedLine:
    """A line of a list as it was handed in; prices in 1/10,000 fen."""

    line: int
    own_code: str
    code: str
    name: str
    price: int
    limit: int | None
    start: datetime.date

    @property
    def is_above(self) -> bool:
        return self.limit is not None and self.price > self.limit


@dataclass(frozen=True, slots=True)
class PricePage:
    """The prices of an institution."""

    institution_id: str
    area: str
    lists: Sequence[ListedList]
    """The latest first."""
    prices: Sequence[ListedPrice]
    """That hold on the day or from a later one on; at most so many as are shown."""
    count: int
    """How many there are of what was asked for."""


def price_page(
    database: Database,
    actor: Actor,
    institution_id: str,
    *,
    today: datetime.date,
    text: str = "",
) -> PricePage:
    """The lists of an institution and what holds; ``text``: in a code or the name."""
    area = database.read(lambda unit: area_of_institution(unit, institution_id, today))
    require(actor, "read_prices", institution_id=institution_id, area=area)

    def fetch(unit: Unit) -> PricePage:
        lines = _standing(holding_lines(unit, [institution_id]), today)
        asked = [
            line
            for line in lines
            if not text or text in line.name or text in (line.code, line.own_code)
        ]
        lists = _lists(unit, [price_list.c.institution_id == institution_id])
        return PricePage(institution_id, area, lists, asked[:_MOST], len(asked))

    return database.read(fetch)


def lists_of(database: Database, actor: Actor) -> Sequence[ListedList]:
    """Lists of the agency's area, those that wait first, then the latest."""
    require(actor, "read_prices", area=actor.area)

    def fetch(unit: Unit) -> Sequence[ListedList]:
        mine = _mine(actor)
        waiting = _lists(unit, [*mine, price_list.c.state == ListState.WAITING.value])
        others = _lists(unit, [*mine, price_list.c.state != ListState.WAITING.value])
        return [*waiting, *others][:_MOST]

    return database.read(fetch)


def count_waiting(database: Database, actor: Actor) -> int:
    """How many lists of the area wait for a decision."""
    require(actor, "confirm_prices", area=actor.area)
    query = select(func.count()).where(price_list.c.state == ListState.WAITING.value, *_mine(actor))
    return int(database.read(lambda unit: unit.run(query).scalar_one()))


def read_list(
    database: Database, actor: Actor, list_id: str
) -> tuple[ListedList, Sequence[HandedLine]]:
    """A list with its lines, those above the limit first; at most so many as are shown."""

    def fetch(unit: Unit) -> tuple[ListedList, Sequence[HandedLine]]:
        row = unit.run(select(price_list).where(price_list.c.list_id == list_id)).one_or_none()
        if row is None:
            raise NotFoundError(message("没有这份价目"))
        require(actor, "read_prices", institution_id=row.institution_id, area=row.area)
        query = select(price_line).where(price_line.c.list_id == list_id)
        lines = [
            HandedLine(
                line.line,
                line.own_code,
                line.code,
                line.name,
                line.price,
                line.price_limit,
                line.start,
            )
            for line in unit.run(query.order_by(price_line.c.line))
        ]
        return _listed(row), sorted(lines, key=lambda line: not line.is_above)[:_MOST]

    return database.read(fetch)


def _standing(lines: Sequence[ListedPrice], today: datetime.date) -> list[ListedPrice]:
    """Of each own code the line of today and those that begin later."""
    latest: dict[tuple[str, datetime.date | None], ListedPrice] = {}
    for line in lines:
        latest[line.own_code, None if line.start <= today else line.start] = line
    return list(latest.values())


def _mine(actor: Actor) -> list[ColumnElement[bool]]:
    if MATRIX["read_prices"][actor.role] is Reach.ALL or actor.area is None:
        return []
    return [price_list.c.area.startswith(area_prefix(actor.area), autoescape=True)]


def _lists(unit: Unit, conditions: Sequence[ColumnElement[bool]]) -> list[ListedList]:
    query = select(price_list).where(*conditions)
    ordered = query.order_by(price_list.c.handed_at.desc(), price_list.c.number.desc())
    return [_listed(row) for row in unit.run(ordered.limit(_MOST))]


def _listed(row: Any) -> ListedList:
    return ListedList(
        row.list_id,
        row.institution_id,
        row.number,
        row.area,
        ListState(row.state),
        row._mapping[price_list.c.count],
        row.above,
        row.handed_by,
        row.handed_at,
        row.decided_by,
        row.reason,
    )
