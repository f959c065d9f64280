"""Price lists of institutions over the API: looked at, handed in at the counter, decided."""

from __future__ import annotations

import base64
from collections.abc import Iterator

from starlette.requests import Request

from yibao.access.permissions import Actor
from yibao.api import clearing_views as views
from yibao.api.acting import RecordCall, RecordService
from yibao.api.records import path_parameter
from yibao.api.schemas import FLAG, TEXT, WHOLE, items, named, optional
from yibao.api.serving import Json, Operation
from yibao.api.writes import OfficePart
from yibao.database.instants import civil_day
from yibao.inquiry.price_files import DECISION, FILE, PREVIEW, price_text
from yibao.prices import operations as prices
from yibao.prices.files import read_prices
from yibao.prices.fragments import ListedPrice
from yibao.prices.lists import SeenLine
from yibao.prices.reading import HandedLine, ListedList, lists_of, price_page, read_list
from yibao.prices.states import ListState, PriceChange

TAG = "价目"
_ID = "0198c1a2b3c400000000000000000e40"
LIST = path_parameter("price_list", "一份价目的编号。", _ID)
_LISTED: Json = {
    "list": TEXT,
    "institution": TEXT,
    "number": WHOLE,
    "state": TEXT,
    "state_title": TEXT,
    "count": WHOLE,
    "above": WHOLE,
}
_EXAMPLE: Json = {
    "list": _ID,
    "institution": views.EXAMPLE_PLACE,
    "number": 1,
    "state": ListState.WAITING,
    "state_title": "高于限价的等审核",
    "count": 240,
    "above": 2,
}
_PRICE: Json = {
    "own_code": TEXT,
    "code": TEXT,
    "name": TEXT,
    "price_yuan": TEXT,
    "limit_yuan": optional(TEXT),
    "from": TEXT,
}
_PRICE_EXAMPLE: Json = {
    "own_code": "Y001",
    "code": "XA01BCD001",
    "name": "某片",
    "price_yuan": "1.20",
    "limit_yuan": "1.00",
    "from": "2026-12-01",
}
_SEEN: Json = {
    **_PRICE,
    "change": TEXT,
    "before_yuan": optional(TEXT),
    "above": FLAG,
    "in_catalogue": FLAG,
}
_SEEN_EXAMPLE: Json = {
    **_PRICE_EXAMPLE,
    "change": PriceChange.RAISED,
    "before_yuan": "0.90",
    "above": True,
    "in_catalogue": True,
}
_FILE = base64.b64encode(
    "院内编码,国家编码,名称,单价,起始日\nY001,XA01BCD001,某片,1.20,2026-12-01\n".encode()
).decode()


def pricing(service: RecordService) -> Iterator[Operation]:
    """What institutions of an area charge by their own lists."""
    every = OfficePart(service, TAG, "/office/prices", "read_prices")
    single = OfficePart(service, TAG, "/office/prices/{price_list}", "read_prices", (LIST,))
    place = OfficePart(
        service,
        TAG,
        "/office/institutions/{institution}/prices",
        "read_prices",
        (views.PLACE,),
    )
    yield every.reads(
        "listPriceLists",
        "",
        "本统筹区的机构交的价目，等审核的在前",
        _list,
        named(rows=items(named(**_LISTED)), next_cursor=optional(TEXT)),
        {"rows": [_EXAMPLE], "next_cursor": None},
    )
    yield single.reads(
        "readPriceList",
        "",
        "一份价目和它的各行，高于限价的在前；单价是元",
        _read,
        named(**_LISTED, lines=items(named(**_PRICE))),
        {**_EXAMPLE, "lines": [_PRICE_EXAMPLE]},
    )
    yield single.writes(
        "decidePriceList",
        "/decision",
        "高于限价的同意或不同意；其余的从各自的起始日用",
        "confirm_prices",
        DECISION,
        {"decision": ListState.CONFIRMED, "reason": "新设备"},
        _decide,
        named(list=TEXT, state=TEXT),
        {"list": _ID, "state": ListState.CONFIRMED},
    )
    yield place.reads(
        "readPrices",
        "",
        "一家机构现在用的和将要用的价目",
        _prices,
        named(rows=items(named(**_PRICE)), next_cursor=optional(TEXT)),
        {"rows": [_PRICE_EXAMPLE], "next_cursor": None},
    )
    yield place.writes(
        "handInPrices",
        "",
        "替机构交一份价目；preview 只看不写：每一行有什么变化、是否高于限价",
        "list_prices",
        (FILE, PREVIEW),
        {"file": _FILE, "preview": True},
        _hand_in,
        named(
            list=optional(TEXT),
            count=WHOLE,
            above=WHOLE,
            lines=items(named(**_SEEN)),
        ),
        {"list": None, "count": 1, "above": 1, "lines": [_SEEN_EXAMPLE]},
    )


def _list(service: RecordService, actor: Actor, request: Request) -> Json:
    rows = [_listed(known) for known in lists_of(service.database, actor)]
    return {"rows": rows, "next_cursor": None}


def _read(service: RecordService, actor: Actor, request: Request) -> Json:
    handed, lines = read_list(service.database, actor, request.path_params["price_list"])
    return {**_listed(handed), "lines": [_price(line) for line in lines]}


def _prices(service: RecordService, actor: Actor, request: Request) -> Json:
    place, today = request.path_params["institution"], civil_day(service.clock())
    page = price_page(service.database, actor, place, today=today)
    return {"rows": [_price(line) for line in page.prices], "next_cursor": None}


def _decide(call: RecordCall) -> Json:
    return prices.decide_prices(
        call.database,
        call.key,
        call.path["price_list"],
        ListState(call.values["decision"]),
        call.values["reason"] or "",
        actor=call.actor,
        at=call.at,
    )


def _hand_in(call: RecordCall) -> Json:
    lines = read_prices(call.values["file"])
    place = call.path["institution"]
    if call.values["preview"]:
        seen = prices.preview_prices(call.database, place, lines, actor=call.actor, at=call.at)
        return {
            "list": None,
            "count": len(seen),
            "above": sum(line.is_above for line in seen),
            "lines": [_seen(line) for line in seen],
        }
    answer = prices.hand_in_prices(
        call.database, call.key, place, lines, actor=call.actor, at=call.at
    )
    return {
        "list": answer["list"],
        "count": answer["count"],
        "above": answer["above"],
        "lines": [],
    }


def _listed(handed: ListedList) -> Json:
    return {
        "list": handed.list_id,
        "institution": handed.institution_id,
        "number": handed.number,
        "state": handed.state,
        "state_title": str(handed.state_label),
        "count": handed.count,
        "above": handed.above,
    }


def _price(line: ListedPrice | HandedLine) -> Json:
    return {
        "own_code": line.own_code,
        "code": line.code,
        "name": line.name,
        "price_yuan": price_text(line.price),
        "limit_yuan": price_text(line.limit) or None,
        "from": line.start.isoformat(),
    }


def _seen(line: SeenLine) -> Json:
    asked = line.asked
    return {
        "own_code": asked.own_code,
        "code": asked.code,
        "name": asked.name,
        "price_yuan": price_text(asked.price),
        "limit_yuan": price_text(line.limit) or None,
        "from": asked.start.isoformat(),
        "change": line.change,
        "before_yuan": price_text(line.before) or None,
        "above": line.is_above,
        "in_catalogue": line.is_in_catalogue,
    }
