"""Points and groups of a period over the API: looked at, drawn up, confirmed by another post."""

from __future__ import annotations

import base64
from collections.abc import Iterator

from starlette.requests import Request

from yibao.access.permissions import Actor
from yibao.api.acting import RecordCall, RecordService
from yibao.api.records import path_parameter
from yibao.api.schemas import TEXT, WHOLE, items, named, optional
from yibao.api.serving import Json, Operation
from yibao.api.writes import OfficePart
from yibao.clearing import operations as clearing
from yibao.clearing.groups import PayMethod
from yibao.clearing.points_reading import (
    InstitutionPoints,
    ListedPeriod,
    list_periods,
    priced_by_institution,
    read_period,
)
from yibao.clearing.states import PeriodState
from yibao.inquiry.clearing_forms import REASON
from yibao.inquiry.clearing_points import FILE, POINTS, PREVIEW, points_from, stays_from

TAG = "分值与分组"
_PATH = "/office/points"
_ID = "0198c1a2b3c400000000000000000e30"
PERIOD = path_parameter("points_period", "一期的编号。", _ID)
_LISTED: Json = {
    "period": TEXT,
    "month": WHOLE,
    "method": TEXT,
    "state": TEXT,
    "state_title": TEXT,
    "budget_fen": WHOLE,
    "value": WHOLE,
    "count": WHOLE,
}
_EXAMPLE: Json = {
    "period": _ID,
    "month": 202603,
    "method": PayMethod.DIP,
    "state": PeriodState.DRAWN,
    "state_title": "等复审",
    "budget_fen": 300000000,
    "value": 1250000,
    "count": 240,
}
_PLACE: Json = {
    "institution": TEXT,
    "count": WHOLE,
    "points_x100": WHOLE,
    "coefficient_x100": WHOLE,
    "total_fen": WHOLE,
    "fund_fen": WHOLE,
    "due_fen": WHOLE,
}
_PLACE_EXAMPLE: Json = {
    "institution": "H14010500001",
    "count": 240,
    "points_x100": 19200000,
    "coefficient_x100": 102,
    "total_fen": 410000000,
    "fund_fen": 290000000,
    "due_fen": 300000000,
}
_DRAWN: Json = {
    "period": optional(TEXT),
    "count": WHOLE,
    "value": WHOLE,
    "institutions": items(named(**_PLACE)),
}
_FILE = base64.b64encode("结算编号,组,点数,均费\nx,J01,800,12000\n".encode()).decode()


def points_periods(service: RecordService) -> Iterator[Operation]:
    """Periods of an area whose stays are paid by points or groups."""
    every = OfficePart(service, TAG, _PATH, "read_clearing")
    single = OfficePart(service, TAG, f"{_PATH}/{{points_period}}", "read_clearing", (PERIOD,))
    yield every.reads(
        "listPoints",
        "",
        "本统筹区各期的分值与分组；全年的月份写作 yyyy00，点值是万分之一分，费率是分",
        _list,
        named(rows=items(named(**_LISTED)), next_cursor=optional(TEXT)),
        {"rows": [_EXAMPLE], "next_cursor": None},
    )
    yield every.writes(
        "drawPoints",
        "",
        "交一期分组的病例；preview 只看不写，各机构应付多少、与结算时付的差",
        "review_clearing",
        (*POINTS, FILE, PREVIEW),
        {
            "period": "202603",
            "method": PayMethod.DIP,
            "budget": "3000000",
            "file": _FILE,
            "preview": True,
        },
        _draw,
        named(**_DRAWN),
        {"period": None, "count": 240, "value": 1250000, "institutions": [_PLACE_EXAMPLE]},
    )
    yield single.reads(
        "readPoints",
        "",
        "一期：各机构的点数、应付和结算时付的",
        _read,
        named(**_LISTED, institutions=items(named(**_PLACE))),
        {**_EXAMPLE, "institutions": [_PLACE_EXAMPLE]},
    )
    state = named(period=TEXT, state=TEXT)
    yield single.writes(
        "confirmPoints",
        "/confirmation",
        "复审通过：进这一期的清算",
        "confirm_clearing",
        (),
        {},
        _confirm,
        state,
        {"period": _ID, "state": PeriodState.CONFIRMED},
    )
    yield single.writes(
        "dropPoints",
        "/drop",
        "作废还没有复审的一期",
        "review_clearing",
        REASON,
        {"reason": "预算写错"},
        _drop,
        state,
        {"period": _ID, "state": PeriodState.DROPPED},
    )


def _list(service: RecordService, actor: Actor, request: Request) -> Json:
    periods = list_periods(service.database, actor)
    return {"rows": [_listed(period) for period in periods], "next_cursor": None}


def _read(service: RecordService, actor: Actor, request: Request) -> Json:
    period, places = read_period(service.database, actor, request.path_params["points_period"])
    return {**_listed(period), "institutions": [_place(place) for place in places]}


def _draw(call: RecordCall) -> Json:
    asked = points_from(call.values, call.actor.area)
    stays = stays_from(call.values["file"])
    if call.values["preview"]:
        priced = clearing.preview_points(call.database, asked, stays, actor=call.actor)
        places = priced_by_institution(priced)
        return {
            "period": None,
            "count": len(priced.stays),
            "value": priced.value,
            "institutions": [_place(place) for place in places],
        }
    answer = clearing.draw_points(
        call.database, call.key, asked, stays, actor=call.actor, at=call.at
    )
    _, places = read_period(call.database, call.actor, answer["period"])
    return {**answer, "institutions": [_place(place) for place in places]}


def _confirm(call: RecordCall) -> Json:
    return clearing.confirm_points(
        call.database, call.key, call.path["points_period"], actor=call.actor, at=call.at
    )


def _drop(call: RecordCall) -> Json:
    return clearing.drop_points(
        call.database,
        call.key,
        call.path["points_period"],
        call.values["reason"],
        actor=call.actor,
        at=call.at,
    )


def _listed(period: ListedPeriod) -> Json:
    return {
        "period": period.period_id,
        "month": period.period,
        "method": period.method,
        "state": period.state,
        "state_title": str(period.state_label),
        "budget_fen": period.budget,
        "value": period.value,
        "count": period.count,
    }


def _place(place: InstitutionPoints) -> Json:
    return {
        "institution": place.institution_id,
        "count": place.count,
        "points_x100": place.points,
        "coefficient_x100": place.coefficient,
        "total_fen": place.total,
        "fund_fen": place.fund,
        "due_fen": place.due,
    }
