"""Price lists of institutions: looked at, handed in, and decided where a limit is passed."""

from __future__ import annotations

import datetime
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from typing import Any

from sqlalchemy import func, insert, select, update
from sqlalchemy.exc import IntegrityError

from yibao.access.chains import extend_chain
from yibao.access.errors import DeniedError
from yibao.access.names import INSTITUTION
from yibao.access.operations import Answer, Key, canonical, record_message, write_once
from yibao.access.permissions import Actor, require
from yibao.care.catalogue import items_on
from yibao.care.institutions import area_of_institution
from yibao.database.identifiers import new_identifier
from yibao.database.instants import civil_day, now
from yibao.database.unit import Database, Unit
from yibao.employers.errors import FaultyLinesError, LineFault
from yibao.errors import ConflictError, InputError, NotFoundError
from yibao.messages import message
from yibao.prices.files import PriceLine
from yibao.prices.fragments import ListedPrice, holding_lines
from yibao.prices.states import LIST_WORDS, ListState, PriceChange
from yibao.prices.tables import price_line, price_list

_MOST_REASON = 500


@dataclass(frozen=True, slots=True)
class SeenLine:
    """A line of a list, beside what is listed and what the catalogue says; 1/10,000 fen."""

    asked: PriceLine
    change: PriceChange
    before: int | None
    """The price that holds until then; None: none was listed."""
    limit: int | None
    """None: the catalogue has none."""
    is_in_catalogue: bool

    @property
    def is_above(self) -> bool:
        return self.limit is not None and self.asked.price > self.limit


def preview_prices(
    database: Database,
    institution_id: str,
    lines: Sequence[PriceLine],
    *,
    actor: Actor,
    at: datetime.datetime | None = None,
) -> Sequence[SeenLine]:
    """What a list would change; nothing is written.

    ``FaultyLinesError`` names every line that cannot be taken.
    """
    today = civil_day(at or now())
    area = _area(database, institution_id, today, actor)
    return database.read(lambda unit: _seen(unit, institution_id, area, lines, today))


def hand_in_prices(
    database: Database,
    key: Key,
    institution_id: str,
    lines: Sequence[PriceLine],
    *,
    actor: Actor,
    at: datetime.datetime | None = None,
) -> Answer:
    """Take a list: ``list``, ``number``, ``count``, ``above``.

    A line holds from its day; one above the limit of the catalogue only when the agency has
    confirmed the list.  ``FaultyLinesError`` names every line that cannot be taken.
    """
    instant = (at or now()).astimezone(datetime.UTC)
    today = civil_day(instant)
    area = _area(database, institution_id, today, actor)
    asked = [replace(line, line=0) for line in lines]
    content_hash = database.secrets.lasting_hash(canonical([institution_id, asked]))
    list_id = new_identifier()

    def operation(unit: Unit) -> Answer:
        seen = _seen(unit, institution_id, area, lines, today)
        above = sum(line.is_above for line in seen)
        state = ListState.WAITING if above else ListState.TAKEN
        number = _next_number(unit, institution_id)
        unit.run(
            insert(price_list),
            {
                "list_id": list_id,
                "institution_id": institution_id,
                "number": number,
                "area": area,
                "state": state.value,
                "count": len(seen),
                "above": above,
                "handed_by": actor.id,
                "handed_at": instant,
                "decided_by": None,
                "decided_at": None,
                "reason": "",
            },
        )
        unit.run(insert(price_line), [_row(list_id, institution_id, line) for line in seen])
        answer = {"list": list_id, "number": number, "count": len(seen), "above": above}
        record_message(unit, key, content_hash, key.sender, answer)
        chain = f"{INSTITUTION}{institution_id}"
        extend_chain(unit, chain, actor.id, "list_prices", {**answer, "state": state.value})
        return answer

    try:
        return write_once(database, key, content_hash, operation)
    except IntegrityError:
        raise ConflictError(message("同时交了另一份价目，这一份没有写入，请再交一次")) from None


def decide_prices(
    database: Database,
    key: Key,
    list_id: str,
    state: ListState,
    reason: str,
    *,
    actor: Actor,
    at: datetime.datetime | None = None,
) -> Answer:
    """The agency confirms, or refuses, what is above the limit; the rest holds anyway.

    ``DeniedError`` for whoever handed the list in; ``ConflictError`` where nothing waits.
    """
    why = reason.strip()
    if len(why) > _MOST_REASON or (state is ListState.REFUSED and not why):
        raise InputError(message("请写理由，不超过 500 个字"), place="reason")
    if state not in (ListState.CONFIRMED, ListState.REFUSED):
        raise InputError(message("请写同意或不同意"), place="do")
    query = select(price_list).where(price_list.c.list_id == list_id)
    require(actor, "confirm_prices", area=actor.area)
    known = database.read(lambda unit: unit.run(query).one_or_none())
    if known is None:
        raise NotFoundError(message("没有这份价目"))
    require(actor, "confirm_prices", area=known.area)
    instant = (at or now()).astimezone(datetime.UTC)
    content_hash = database.secrets.lasting_hash(canonical([list_id, state.value, why]))

    def operation(unit: Unit) -> Answer:
        row = unit.run(query.with_for_update()).one()
        if row.handed_by == actor.id:
            raise DeniedError(message("交价目的人不能审核同一份，没有做任何改动"))
        if row.state != ListState.WAITING:
            raise ConflictError(
                message("这份价目现在是“{state}”，没有做任何改动", state=LIST_WORDS[row.state])
            )
        values = {
            "state": state.value,
            "decided_by": actor.id,
            "decided_at": instant,
            "reason": why,
        }
        unit.run(update(price_list).where(price_list.c.list_id == list_id).values(**values))
        answer = {"list": list_id, "state": state.value}
        record_message(unit, key, content_hash, key.sender, answer)
        chain = f"{INSTITUTION}{row.institution_id}"
        extend_chain(unit, chain, actor.id, "confirm_prices", {**answer, "reason": why})
        return answer

    return write_once(database, key, content_hash, operation)


def _area(database: Database, institution_id: str, today: datetime.date, actor: Actor) -> str:
    """Whose catalogue speaks at an institution, for whoever may hand in its list."""
    require(actor, "list_prices", institution_id=institution_id, area=actor.area)
    area = database.read(lambda unit: area_of_institution(unit, institution_id, today))
    require(actor, "list_prices", institution_id=institution_id, area=area)
    return area


def _next_number(unit: Unit, institution_id: str) -> int:
    query = select(func.max(price_list.c.number)).where(
        price_list.c.institution_id == institution_id
    )
    return int(unit.run(query).scalar_one() or 0) + 1


def _seen(
    unit: Unit,
    institution_id: str,
    area: str,
    lines: Sequence[PriceLine],
    today: datetime.date,
) -> list[SeenLine]:
    """Lines beside what is listed; ``FaultyLinesError``."""
    own_codes = {line.own_code for line in lines}
    before: dict[str, list[ListedPrice]] = {}
    for known in holding_lines(unit, [institution_id], own_codes=own_codes):
        before.setdefault(known.own_code, []).append(known)
    entries: dict[datetime.date, dict[str, Any]] = {}
    for day in {line.start for line in lines}:
        codes = {line.code for line in lines if line.start == day}
        entries[day] = items_on(unit, codes, day, area)
    faults, seen = [], []
    for line in lines:
        listed = before.get(line.own_code, [])
        if line.start < today and listed:
            faults.append(
                LineFault(
                    line.line, message("{code} 已经列过，改价不能早于今天", code=line.own_code)
                )
            )
            continue
        standing = latest_of(listed, line.start)
        entry = entries[line.start].get(line.code)
        seen.append(
            SeenLine(
                line,
                _change(standing, line),
                None if standing is None else standing.price,
                None if entry is None else entry.price_limit,
                entry is not None,
            )
        )
    if faults:
        raise FaultyLinesError(faults)
    return seen


def latest_of(lines: Iterable[ListedPrice], day: datetime.date) -> ListedPrice | None:
    """Of the lines of one item the one that holds on a day."""
    begun = [line for line in lines if line.start <= day]
    return max(begun, key=lambda line: (line.start, line.number), default=None)


def _change(standing: ListedPrice | None, line: PriceLine) -> PriceChange:
    if standing is None:
        return PriceChange.NEW
    if line.price != standing.price:
        return PriceChange.RAISED if line.price > standing.price else PriceChange.LOWERED
    is_same = (standing.code, standing.name) == (line.code, line.name)
    return PriceChange.SAME if is_same else PriceChange.RENAMED


def _row(list_id: str, institution_id: str, line: SeenLine) -> dict[str, Any]:
    asked = line.asked
    return {
        "list_id": list_id,
        "line": asked.line,
        "institution_id": institution_id,
        "own_code": asked.own_code,
        "code": asked.code,
        "name": asked.name,
        "price": asked.price,
        "price_limit": line.limit,
        "start": asked.start,
    }
