"""An area's catalogue by file: what would change is seen, drawn up, confirmed by another post."""

from __future__ import annotations

import datetime
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from sqlalchemy import func, insert, select, update

from yibao.access.chains import extend_chain
from yibao.access.errors import DeniedError
from yibao.access.names import STORE
from yibao.access.operations import Answer, Key, canonical, record_message, write_once
from yibao.access.permissions import MATRIX, Actor, Reach, area_prefix, require
from yibao.care.catalogue import add_versions, whole_catalogue
from yibao.database.identifiers import new_identifier
from yibao.database.instants import civil_day, now
from yibao.database.unit import Database, Unit
from yibao.errors import ConflictError, InputError, NotFoundError, RefusedError
from yibao.messages import Text, message
from yibao.prices.states import CATALOGUE_WORDS, CatalogueState, ItemChange
from yibao.prices.tables import catalogue_change, catalogue_change_line

_MOST = 200
_COMPARED: Sequence[tuple[str, ItemChange]] = (
    ("item_class", ItemChange.CLASS),
    ("upfront", ItemChange.SHARE),
    ("price_limit", ItemChange.LIMIT),
    *((name, ItemChange.OTHER) for name in ("name", "kind", "dual_channel", "item_group")),
    *((name, ItemChange.OTHER) for name in ("diseases", "end")),
)
"""Columns of an item, the most weighty first."""


@dataclass(frozen=True, slots=True)
class ChangedItem:
    """An item before and after, by column of ``catalogue_item``, days as texts."""

    what: ItemChange
    before: Mapping[str, Any] | None
    after: Mapping[str, Any]


@dataclass(frozen=True, slots=True)
class DrawnChange:
    """A change that was drawn up."""

    change_id: str
    area: str
    start: datetime.date
    whole: bool
    state: CatalogueState
    count: int
    drawn_by: str
    decided_by: str | None

    @property
    def state_label(self) -> Text:
        return CATALOGUE_WORDS[self.state]


def preview_catalogue(
    database: Database,
    versions: Sequence[Mapping[str, Any]],
    start: datetime.date,
    *,
    whole: bool,
    actor: Actor,
    at: datetime.datetime | None = None,
) -> Sequence[ChangedItem]:
    """What a file would change in the actor's area from ``start`` on; nothing is written.

    ``whole``: what it does not list leaves the catalogue.  ``RefusedError`` for a day that is
    past: what was settled would not be what the catalogue says.
    """
    area = _area(actor)
    _check_start(start, at or now())
    return database.read(lambda unit: _changes(unit, area, versions, start, whole))


def draw_catalogue(
    database: Database,
    key: Key,
    versions: Sequence[Mapping[str, Any]],
    start: datetime.date,
    *,
    whole: bool,
    actor: Actor,
    at: datetime.datetime | None = None,
) -> Answer:
    """Draw a change up: ``change``, ``count``.  ``RefusedError`` where nothing would change."""
    area = _area(actor)
    instant = (at or now()).astimezone(datetime.UTC)
    _check_start(start, instant)
    plain = [_plain(version) for version in versions]
    content_hash = database.secrets.lasting_hash(canonical([area, start.isoformat(), whole, plain]))
    change_id, chain = new_identifier(), f"{STORE}catalogue:{area}"

    def operation(unit: Unit) -> Answer:
        items = _changes(unit, area, versions, start, whole)
        if not items:
            raise RefusedError(message("与现在的目录没有不同，没有做任何改动"))
        unit.run(
            insert(catalogue_change),
            {
                "change_id": change_id,
                "chain": chain,
                "area": area,
                "start": start,
                "whole": whole,
                "state": CatalogueState.DRAWN.value,
                "count": len(items),
                "drawn_by": actor.id,
                "drawn_at": instant,
                "decided_by": None,
                "decided_at": None,
            },
        )
        rows = [
            {
                "change_id": change_id,
                "line": number,
                "chain": chain,
                "what": item.what.value,
                "before": item.before,
                "after": item.after,
            }
            for number, item in enumerate(items, 1)
        ]
        unit.run(insert(catalogue_change_line), rows)
        answer = {"change": change_id, "count": len(items)}
        record_message(unit, key, content_hash, key.sender, answer)
        extend_chain(unit, chain, actor.id, "draw_catalogue", answer)
        return answer

    return write_once(database, key, content_hash, operation)


def confirm_catalogue(
    database: Database,
    key: Key,
    change_id: str,
    *,
    actor: Actor,
    at: datetime.datetime | None = None,
) -> Answer:
    """Another post confirms: from its first day on the catalogue is what the change says.

    ``DeniedError`` for whoever drew it up; ``RefusedError`` once that day is past;
    ``ConflictError`` where the catalogue has changed since.
    """
    instant = at or now()

    def decide(unit: Unit, row: Any) -> None:
        if row.drawn_by == actor.id:
            raise DeniedError(message("做目录变更的人不能复审同一份，没有做任何改动"))
        _check_start(row.start, instant)
        items_now = whole_catalogue(unit, row.start, row.area)
        versions = []
        for item in _items(unit, change_id):
            current = items_now.get(str(item.after["code"]))
            if (None if current is None else _plain(current._mapping)) != item.before:
                raise ConflictError(message("目录在这以后又变了，请作废重做，没有做任何改动"))
            versions.append({**_dated(item.after), "area": row.area})
        add_versions(unit, versions)

    return _decide(
        database, key, change_id, "confirm_catalogue", CatalogueState.CONFIRMED, decide, actor, at
    )


def drop_catalogue(
    database: Database,
    key: Key,
    change_id: str,
    *,
    actor: Actor,
    at: datetime.datetime | None = None,
) -> Answer:
    """Give up a change that nobody has confirmed."""

    def decide(unit: Unit, row: Any) -> None:
        return None

    return _decide(
        database, key, change_id, "change_catalogue", CatalogueState.DROPPED, decide, actor, at
    )


def _decide(
    database: Database,
    key: Key,
    change_id: str,
    permission: str,
    state: CatalogueState,
    decide: Callable[[Unit, Any], None],
    actor: Actor,
    at: datetime.datetime | None,
) -> Answer:
    query = select(catalogue_change).where(catalogue_change.c.change_id == change_id)
    require(actor, permission, area=actor.area)
    known = database.read(lambda unit: unit.run(query).one_or_none())
    if known is None:
        raise NotFoundError(message("没有这份目录变更"))
    require(actor, permission, area=known.area)
    instant = (at or now()).astimezone(datetime.UTC)
    content_hash = database.secrets.lasting_hash(canonical([change_id, state.value]))

    def operation(unit: Unit) -> Answer:
        row = unit.run(query.with_for_update()).one()
        if row.state != CatalogueState.DRAWN:
            raise ConflictError(
                message("这份变更现在是“{state}”，没有做任何改动", state=CATALOGUE_WORDS[row.state])
            )
        decide(unit, row)
        values = {"state": state.value, "decided_by": actor.id, "decided_at": instant}
        mine = catalogue_change.c.change_id == change_id
        unit.run(update(catalogue_change).where(mine).values(**values))
        answer = {"change": change_id, "state": state.value}
        record_message(unit, key, content_hash, key.sender, answer)
        extend_chain(unit, row.chain, actor.id, state.value, answer)
        return answer

    return write_once(database, key, content_hash, operation)


# --- what is read --------------------------------------------------------------------------------


def catalogue_changes(database: Database, actor: Actor) -> Sequence[DrawnChange]:
    """Changes of the agency's area, the latest first."""
    require(actor, "read_prices", area=actor.area)
    query = select(catalogue_change).order_by(catalogue_change.c.drawn_at.desc()).limit(_MOST)
    if MATRIX["read_prices"][actor.role] is not Reach.ALL and actor.area is not None:
        query = query.where(
            catalogue_change.c.area.startswith(area_prefix(actor.area), autoescape=True)
        )
    return database.read(lambda unit: [_drawn(row) for row in unit.run(query)])


def count_drawn(database: Database, actor: Actor) -> int:
    """How many changes of the area wait for the second post."""
    require(actor, "confirm_catalogue", area=actor.area)
    query = select(func.count()).where(
        catalogue_change.c.state == CatalogueState.DRAWN.value,
        catalogue_change.c.area.startswith(area_prefix(actor.area or ""), autoescape=True),
    )
    return int(database.read(lambda unit: unit.run(query).scalar_one()))


def read_change(
    database: Database, actor: Actor, change_id: str
) -> tuple[DrawnChange, Sequence[ChangedItem]]:
    """A change with its items."""
    require(actor, "read_prices", area=actor.area)

    def fetch(unit: Unit) -> tuple[DrawnChange, Sequence[ChangedItem]]:
        query = select(catalogue_change).where(catalogue_change.c.change_id == change_id)
        row = unit.run(query).one_or_none()
        if row is None:
            raise NotFoundError(message("没有这份目录变更"))
        require(actor, "read_prices", area=row.area)
        return _drawn(row), _items(unit, change_id)

    return database.read(fetch)


def _items(unit: Unit, change_id: str) -> list[ChangedItem]:
    column = catalogue_change_line.c
    query = select(catalogue_change_line).where(column.change_id == change_id)
    return [
        ChangedItem(ItemChange(row.what), row.before, row.after)
        for row in unit.run(query.order_by(column.line))
    ]


def _drawn(row: Any) -> DrawnChange:
    return DrawnChange(
        row.change_id,
        row.area,
        row.start,
        row.whole,
        CatalogueState(row.state),
        row._mapping[catalogue_change.c.count],
        row.drawn_by,
        row.decided_by,
    )


# --- what changes --------------------------------------------------------------------------------


def _area(actor: Actor) -> str:
    require(actor, "change_catalogue", area=actor.area)
    if not actor.area:
        raise InputError(message("您的经办机构没有统筹区，不能变更目录"))
    return actor.area


def _check_start(start: datetime.date, at: datetime.datetime) -> None:
    if start < civil_day(at):
        raise RefusedError(message("起始日 {day} 已过，已经结算的不会跟着变", day=start))


def _changes(
    unit: Unit,
    area: str,
    versions: Iterable[Mapping[str, Any]],
    start: datetime.date,
    whole: bool,
) -> list[ChangedItem]:
    """Items that a file changes, by code, what leaves last."""
    items_now = whole_catalogue(unit, start, area)
    items, listed = [], set()
    for version in sorted(versions, key=lambda version: str(version["code"])):
        after = _plain(version)
        listed.add(after["code"])
        current = items_now.get(after["code"])
        before = None if current is None else _plain(current._mapping)
        what = _what(before, after)
        if what is not None:
            items.append(ChangedItem(what, before, after))
    if whole:
        last = (start - datetime.timedelta(days=1)).isoformat()
        for code in sorted(items_now.keys() - listed):
            before = _plain(items_now[code]._mapping)
            after = {**before, "start": start.isoformat(), "end": last}
            items.append(ChangedItem(ItemChange.REMOVED, before, after))
    return items


def _what(before: Mapping[str, Any] | None, after: Mapping[str, Any]) -> ItemChange | None:
    if before is None:
        return ItemChange.ADDED
    return next((what for name, what in _COMPARED if before[name] != after[name]), None)


def _plain(version: Mapping[str, Any]) -> dict[str, Any]:
    """A version without whose it is, days as texts, as a document keeps it."""
    return {
        name: value.isoformat() if isinstance(value, datetime.date) else value
        for name, value in version.items()
        if name not in ("area", "line")
    }


def _dated(after: Mapping[str, Any]) -> dict[str, Any]:
    days = {
        name: None if after[name] is None else datetime.date.fromisoformat(after[name])
        for name in ("start", "end")
    }
    return {**after, **days}
