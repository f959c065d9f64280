"""The catalogue in dated versions: loading it in bulk, and what a fee line comes to."""

from __future__ import annotations

import csv
import datetime
import re
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, NamedTuple

from sqlalchemy import func, insert, select

from yibao.access.permissions import Actor, require
from yibao.benefit.terms import MOST_FEN
from yibao.care.tables import catalogue_item
from yibao.database.unit import Database, Unit
from yibao.errors import ConflictError, InputError
from yibao.messages import Listed, Text, message
from yibao.policy.by_name import covering_codes
from yibao.policy.kinds import ItemClass, ItemGroup, ItemKind

COLUMNS = (
    "code",
    "name",
    "class",
    "kind",
    "upfront",
    "limit",
    "dual_channel",
    "diseases",
    "from",
    "to",
)
"""Columns of the file.  ``upfront`` in percent, ``limit`` in yuan a unit, ``diseases``
separated by spaces; empty: the pack's share, no limit, any disease, no last day."""
GROUP = "group"
"""A column that a file may have beside: the group of an item; empty: none."""

OF_THE_STORE = ""
"""The area of the store's own catalogue, for every area that has nothing of its own."""

UNIT = 10_000
"""A quantity is kept in 1/10,000 unit, a price in 1/10,000 fen a unit."""

_PRICE = re.compile(r"(\d{1,12})(?:\.(\d{1,6}))?")
_CHUNK = 1_000
_TRUE = {"1": True, "0": False, "": False, "true": True, "false": False}

Progress = Callable[[int, int], None]
"""Called with the lines done and the lines in all."""


@dataclass(frozen=True, slots=True)
class Loaded:
    """What a load did."""

    added: int
    unchanged: int


def load_catalogue(
    database: Database,
    path: Path,
    *,
    actor: Actor,
    area: str = OF_THE_STORE,
    progress: Progress = lambda lines, of: None,
) -> Loaded:
    """Add the versions of a CSV file; the whole file is checked first.

    ``area``: six digits, whose catalogue it is; of none: the store's own.  Loading it again adds
    what is missing.  A version that is there with other content is a ``ConflictError``: a change
    is a new version with a day of its own.
    """
    require(actor, "load_catalogue", area=area or None)
    rows = [{"area": area, **row} for row in _read(path)]
    added = 0
    for at in range(0, len(rows), _CHUNK):
        chunk = rows[at : at + _CHUNK]
        added += database.write(lambda unit, chunk=chunk: add_versions(unit, chunk))  # type: ignore[misc]
        progress(at + len(chunk), len(rows))
    return Loaded(added, len(rows) - added)


class StoredCatalogue(NamedTuple):
    """What a store holds of one area's catalogue."""

    area: str
    items: int
    versions: int
    first: datetime.date
    last: datetime.date
    """When its first and its newest version begin."""


def catalogues(database: Database, *, actor: Actor) -> list[StoredCatalogue]:
    """The catalogues of a store, its own first, then by area."""
    require(actor, "load_catalogue")
    column = catalogue_item.c
    query = (
        select(
            column.area,
            func.count(column.code.distinct()),
            func.count(),
            func.min(column.start),
            func.max(column.start),
        )
        .group_by(column.area)
        .order_by(column.area)
    )
    return database.read(lambda unit: [StoredCatalogue._make(row) for row in unit.run(query)])


def items_on(
    unit: Unit, codes: Iterable[str], day: datetime.date, area: str = OF_THE_STORE
) -> dict[str, Any]:
    """The versions of a day by code in the catalogue of ``area``; unknown codes are left out."""
    rows = unit.run(
        select(catalogue_item).where(
            catalogue_item.c.code.in_(sorted(set(codes))),
            catalogue_item.c.area.in_(catalogues_over(area)),
            catalogue_item.c.start <= day,
        )
    )
    return in_force(rows, day)


def catalogues_over(area: str) -> tuple[str, ...]:
    """Whose catalogues speak in an area: the store's own, the province's, the city's, its own."""
    if not area:
        return (OF_THE_STORE,)
    return (OF_THE_STORE, *dict.fromkeys(reversed(covering_codes(area))))


def in_force(rows: Iterable[Any], day: datetime.date) -> dict[str, Any]:
    """Of versions that have begun those that hold on a day, by code.

    The lowest area that ever said anything of an item decides, with its last version: one that
    it has ended is out of its catalogue, whatever the store's own says.
    """
    latest: dict[str, Any] = {}
    for row in rows:
        before = latest.get(row.code)
        if before is None or _rank(row) > _rank(before):
            latest[row.code] = row
    return {code: row for code, row in latest.items() if row.end is None or day <= row.end}


def _rank(row: Any) -> tuple[int, datetime.date]:
    """How low the area of a version lies, and when it began."""
    return len(row.area.rstrip("0")), row.start


def whole_catalogue(unit: Unit, day: datetime.date, area: str) -> dict[str, Any]:
    """A read fragment: everything that holds on a day in an area, by code."""
    rows = unit.run(
        select(catalogue_item).where(
            catalogue_item.c.area.in_(catalogues_over(area)), catalogue_item.c.start <= day
        )
    )
    return in_force(rows, day)


def add_versions(unit: Unit, chunk: Sequence[dict[str, Any]]) -> int:
    """Store the versions of one area that are not there yet: how many; ``ConflictError``."""
    codes = sorted({row["code"] for row in chunk})
    stored = {
        (row.code, row.start): row._asdict()
        for row in unit.run(
            select(catalogue_item).where(
                catalogue_item.c.code.in_(codes), catalogue_item.c.area == chunk[0]["area"]
            )
        )
    }
    fresh = []
    for row in chunk:
        known = stored.get((row["code"], row["start"]))
        if known is None:
            fresh.append(row)
        elif known != row:
            raise ConflictError(
                message(
                    "目录 {code} 从 {start} 起的版本已有，内容不同；变更请另写起始日",
                    code=row["code"],
                    start=row["start"],
                )
            )
    if fresh:
        unit.run(insert(catalogue_item), fresh)
    return len(fresh)


def _read(path: Path) -> Iterator[dict[str, Any]]:
    seen: dict[tuple[str, datetime.date], int] = {}
    try:
        with path.open(encoding="utf-8-sig", newline="") as file:
            reader = csv.DictReader(file)
            missing = [name for name in COLUMNS if name not in (reader.fieldnames or ())]
            if missing:
                raise InputError(
                    message("缺少列：{missing}", missing=Listed(missing)), place=str(path)
                )
            for line in reader:
                place = message("{file} 第 {line} 行", file=str(path), line=reader.line_num)
                row = catalogue_row(line, place)
                key = (row["code"], row["start"])
                if key in seen:
                    raise InputError(message("与第 {line} 行重复", line=seen[key])).of(place)
                seen[key] = reader.line_num
                yield row
    except (OSError, UnicodeDecodeError, csv.Error) as error:
        raise InputError(
            message("目录文件读不出来：{error}", error=str(error)), place=str(path)
        ) from None


def catalogue_row(line: Mapping[str, str | None], place: Text) -> dict[str, Any]:
    """A version by column of the table; ``InputError`` for a line that is none."""
    text = {name: (line.get(name) or "").strip() for name in (*COLUMNS, GROUP)}
    if not text["code"] or not text["name"]:
        raise InputError(message("code 和 name 不能为空")).of(place)
    if text["class"] not in tuple(ItemClass):
        raise InputError(message("class {letter} 应写 A、B 或 C", letter=repr(text["class"]))).of(
            place
        )
    if text["kind"] not in tuple(ItemKind):
        raise InputError(
            message(
                "kind {kind} 应写 {kinds} 之一",
                kind=repr(text["kind"]),
                kinds=Listed(tuple(ItemKind)),
            ),
        ).of(place)
    if text[GROUP] and (text[GROUP] not in tuple(ItemGroup) or text["class"] == ItemClass.C):
        raise InputError(
            message(
                "group {group} 应写 {groups} 之一，只写在甲类和乙类",
                group=repr(text[GROUP]),
                groups=Listed(tuple(ItemGroup)),
            ),
        ).of(place)
    if text["dual_channel"] not in _TRUE:
        raise InputError(
            message(
                "dual_channel {dual_channel} 应写 0 或 1", dual_channel=repr(text["dual_channel"])
            ),
        ).of(place)
    start, end = _day(text["from"], "from", place), None
    if text["to"]:
        end = _day(text["to"], "to", place)
        if end < start:
            raise InputError(message("to 早于 from")).of(place)
    return {
        "code": text["code"],
        "start": start,
        "end": end,
        "name": text["name"],
        "item_class": text["class"],
        "kind": text["kind"],
        "upfront": _share(text["upfront"], text["class"], place),
        "price_limit": _limit(text["limit"], text["class"], place),
        "dual_channel": _TRUE[text["dual_channel"]],
        "diseases": text["diseases"].split(),
        "item_group": text[GROUP] or None,
    }


def _day(text: str, column: str, place: Text) -> datetime.date:
    try:
        return datetime.date.fromisoformat(text)
    except ValueError:
        raise InputError(
            message("{column} {text} 不是日期，请写成 2025-03-01", column=column, text=repr(text)),
        ).of(place) from None


def _share(text: str, item_class: str, place: Text) -> int | None:
    """Percent with at most two decimals, as basis points."""
    if not text:
        return None
    if item_class != ItemClass.B:
        raise InputError(message("先行自付比例只写在乙类")).of(place)
    whole, _, decimals = text.partition(".")
    if not whole.isdigit() or (decimals and not decimals.isdigit()) or len(decimals) > 2:
        raise InputError(message("先行自付 {text} 应写成百分数，例如 10", text=repr(text))).of(
            place
        )
    share = int(whole + decimals.ljust(2, "0"))
    if share > UNIT:
        raise InputError(message("先行自付比例不能超过 100%")).of(place)
    return share


def _limit(text: str, item_class: str, place: Text) -> int | None:
    if not text:
        return None
    if item_class == ItemClass.C:
        raise InputError(message("限价只写在甲类和乙类")).of(place)
    try:
        return parse_price(text)
    except InputError as error:
        raise InputError(error.message).of(place) from None


# --- what a line comes to ---


def line_amount(quantity: int, price: int) -> int:
    """Quantity (1/10,000 unit) times price (1/10,000 fen) in fen, half up; ``InputError``."""
    if quantity <= 0 or price < 0:
        raise InputError(message("费用明细的数量应大于 0，单价不能为负"))
    amount = (quantity * price + UNIT * UNIT // 2) // (UNIT * UNIT)
    if amount > MOST_FEN:
        raise InputError(message("费用明细的金额过大，超出可计算的范围"))
    return amount


def parse_price(text: str) -> int:
    """A price in yuan with at most six decimals, in 1/10,000 fen."""
    match = _PRICE.fullmatch(text.strip())
    if match is None:
        raise InputError(message("单价 {text} 应写成最多 6 位小数的数，例如 1.5", text=repr(text)))
    return int(match[1] + (match[2] or "").ljust(6, "0"))
