"""An area's catalogue over the API: a file is looked at, handed in, confirmed by another post."""

from __future__ import annotations

import base64
from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from starlette.requests import Request

from yibao.access.permissions import Actor
from yibao.api.acting import RecordCall, RecordService
from yibao.api.records import path_parameter
from yibao.api.schemas import FLAG, TEXT, WHOLE, items, named, optional
from yibao.api.serving import Json, Operation
from yibao.api.writes import OfficePart
from yibao.inquiry.catalogue_files import CATALOGUE, CATALOGUE_FILE, CATALOGUE_PREVIEW
from yibao.inquiry.price_files import price_text
from yibao.policy.kinds import ItemClass
from yibao.prices import operations as prices
from yibao.prices.catalogue_files import read_catalogue
from yibao.prices.changes import ChangedItem, DrawnChange, catalogue_changes, read_change
from yibao.prices.states import CatalogueState, ItemChange

TAG = "目录变更"
_ID = "0198c1a2b3c400000000000000000e50"
CHANGE = path_parameter("catalogue_change", "一次目录变更的编号。", _ID)
_LISTED: Json = {
    "change": TEXT,
    "area": TEXT,
    "from": TEXT,
    "whole": FLAG,
    "state": TEXT,
    "state_title": TEXT,
    "count": WHOLE,
}
_EXAMPLE: Json = {
    "change": _ID,
    "area": "990000",
    "from": "2027-01-01",
    "whole": False,
    "state": CatalogueState.DRAWN,
    "state_title": "等复审",
    "count": 12,
}
_VERSION: Json = {
    "class": TEXT,
    "upfront_basis_points": optional(WHOLE),
    "limit_yuan": optional(TEXT),
}
_ITEM: Json = {
    "code": TEXT,
    "name": TEXT,
    "change": TEXT,
    "before": optional(named(**_VERSION)),
    "after": optional(named(**_VERSION)),
}
_ITEM_EXAMPLE: Json = {
    "code": "XA01BCD001",
    "name": "某片",
    "change": ItemChange.CLASS,
    "before": {"class": ItemClass.B, "upfront_basis_points": 1000, "limit_yuan": None},
    "after": {"class": ItemClass.A, "upfront_basis_points": None, "limit_yuan": "1.00"},
}
_FILE = base64.b64encode(
    "编码,名称,类别,种类,先行自付,限价\nXA01BCD001,某片,甲,药品,,1.00\n".encode()
).decode()


def changing_catalogues(service: RecordService) -> Iterator[Operation]:
    """What an area's catalogue becomes."""
    every = OfficePart(service, TAG, "/office/catalogue", "read_prices")
    path = "/office/catalogue/{catalogue_change}"
    single = OfficePart(service, TAG, path, "read_prices", (CHANGE,))
    yield every.reads(
        "listCatalogueChanges",
        "",
        "本统筹区目录的各次变更",
        _list,
        named(rows=items(named(**_LISTED)), next_cursor=optional(TEXT)),
        {"rows": [_EXAMPLE], "next_cursor": None},
    )
    yield every.writes(
        "drawCatalogue",
        "",
        "按文件变更目录；preview 只看不写：哪些调入、调出、类别或先行自付变了",
        "change_catalogue",
        (*CATALOGUE, CATALOGUE_FILE, CATALOGUE_PREVIEW),
        {"start": "2027-01-01", "whole": False, "file": _FILE, "preview": True},
        _draw,
        named(change=optional(TEXT), count=WHOLE, items=items(named(**_ITEM))),
        {"change": None, "count": 1, "items": [_ITEM_EXAMPLE]},
    )
    yield single.reads(
        "readCatalogueChange",
        "",
        "一次变更和它的各项",
        _read,
        named(**_LISTED, items=items(named(**_ITEM))),
        {**_EXAMPLE, "items": [_ITEM_EXAMPLE]},
    )
    state = named(change=TEXT, state=TEXT)
    yield single.writes(
        "confirmCatalogue",
        "/confirmation",
        "复审通过：从起始日用",
        "confirm_catalogue",
        (),
        {},
        lambda call: prices.confirm_catalogue(
            call.database, call.key, call.path["catalogue_change"], actor=call.actor, at=call.at
        ),
        state,
        {"change": _ID, "state": CatalogueState.CONFIRMED},
    )
    yield single.writes(
        "dropCatalogue",
        "/drop",
        "作废还没有复审的变更",
        "change_catalogue",
        (),
        {},
        lambda call: prices.drop_catalogue(
            call.database, call.key, call.path["catalogue_change"], actor=call.actor, at=call.at
        ),
        state,
        {"change": _ID, "state": CatalogueState.DROPPED},
    )


def _list(service: RecordService, actor: Actor, request: Request) -> Json:
    rows = [_listed(change) for change in catalogue_changes(service.database, actor)]
    return {"rows": rows, "next_cursor": None}


def _read(service: RecordService, actor: Actor, request: Request) -> Json:
    change_id = request.path_params["catalogue_change"]
    change, changed = read_change(service.database, actor, change_id)
    return {**_listed(change), "items": _items(changed)}


def _draw(call: RecordCall) -> Json:
    start, whole = call.values["start"], bool(call.values["whole"])
    versions = read_catalogue(call.values["file"], start)
    if call.values["preview"]:
        seen = prices.preview_catalogue(
            call.database, versions, start, whole=whole, actor=call.actor, at=call.at
        )
        return {"change": None, "count": len(seen), "items": _items(seen)}
    answer = prices.draw_catalogue(
        call.database, call.key, versions, start, whole=whole, actor=call.actor, at=call.at
    )
    return {**answer, "items": []}


def _listed(change: DrawnChange) -> Json:
    return {
        "change": change.change_id,
        "area": change.area,
        "from": change.start.isoformat(),
        "whole": change.whole,
        "state": change.state,
        "state_title": str(change.state_label),
        "count": change.count,
    }


def _items(changed: Sequence[ChangedItem]) -> list[Json]:
    return [
        {
            "code": item.after["code"],
            "name": item.after["name"],
            "change": item.what,
            "before": None if item.before is None else _version(item.before),
            "after": None if item.what is ItemChange.REMOVED else _version(item.after),
        }
        for item in changed
    ]


def _version(version: Mapping[str, Any]) -> Json:
    return {
        "class": version["item_class"],
        "upfront_basis_points": version["upfront"],
        "limit_yuan": price_text(version["price_limit"]) or None,
    }
