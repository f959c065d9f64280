"""Clearing between areas over the API: declared, confirmed or questioned, netted."""

from __future__ import annotations

from collections.abc import Iterator

from starlette.requests import Request

from yibao.access.permissions import Actor
from yibao.api.acting import RecordCall, RecordService
from yibao.api.records import path_parameter
from yibao.api.schemas import TEXT, WHOLE, items, named, optional
from yibao.api.serving import Json, Operation
from yibao.api.writes import OfficePart
from yibao.clearing import operations as clearing
from yibao.clearing.between import AreaMonth
from yibao.clearing.between_reading import ListedBetween, read_between
from yibao.clearing.between_states import BetweenMove, BetweenState
from yibao.clearing.places import last_month
from yibao.database.instants import civil_day
from yibao.inquiry.claiming import ACCOUNT, payee_from
from yibao.inquiry.clearing_between import (
    BETWEEN_MOVE,
    DECLARATION,
    OTHER_AREA,
    between_move_from,
)

TAG = "跨统筹区清算"
_PATH = "/office/between"
_ID = "0198c1a2b3c400000000000000000e50"
BETWEEN_ID = path_parameter("between", "一份申报的编号。", _ID)
_ACCOUNT: Json = {"holder": "某市医保中心", "bank": "工商银行", "account": "6217000012345678"}
_OWED: Json = {
    "care_area": TEXT,
    "home_area": TEXT,
    "count": WHOLE,
    "booked_fen": WHOLE,
    "corrected_fen": WHOLE,
    "amount_fen": WHOLE,
}
_OWED_EXAMPLE: Json = {
    "care_area": "000000",
    "home_area": "000001",
    "count": 12,
    "booked_fen": 1230000,
    "corrected_fen": -6000,
    "amount_fen": 1224000,
}
_DECLARED: Json = {
    "between": TEXT,
    "month": WHOLE,
    "state": TEXT,
    "state_title": TEXT,
    "reason": TEXT,
    "moves": items(TEXT),
    **_OWED,
}
_DECLARED_EXAMPLE: Json = {
    "between": _ID,
    "month": 202611,
    "state": BetweenState.DECLARED,
    "state_title": "已申报，等参保地确认",
    "reason": "",
    "moves": [BetweenMove.CONFIRM, BetweenMove.QUESTION],
    **_OWED_EXAMPLE,
}


def between_areas(service: RecordService) -> Iterator[Operation]:
    """What areas owe each other."""
    every = OfficePart(service, TAG, _PATH, "read_clearing")
    single = OfficePart(service, TAG, f"{_PATH}/{{between}}", "read_clearing", (BETWEEN_ID,))
    yield every.reads(
        "listBetween",
        "",
        "上一个月各统筹区互相欠多少（照账上现在的），和申报过的各份，最近的在前",
        _list,
        named(
            month=WHOLE,
            owed=items(named(**_OWED)),
            rows=items(named(**_DECLARED)),
            next_cursor=optional(TEXT),
        ),
        {
            "month": 202611,
            "owed": [_OWED_EXAMPLE],
            "rows": [_DECLARED_EXAMPLE],
            "next_cursor": None,
        },
    )
    yield every.writes(
        "declareBetween",
        "",
        "就医地申报一个参保地一个月该付的，数从账上来；写自己的收款账户",
        "review_clearing",
        DECLARATION,
        {
            "other_area": "000001",
            "month": 202611,
            **_ACCOUNT,
        },
        _declare,
        named(between=TEXT, amount_fen=WHOLE),
        {"between": _ID, "amount_fen": 1224000},
    )
    yield every.writes(
        "netBetween",
        "/nets",
        "双方确认了的轧差，欠着差额的一方开付款单",
        "close_clearing",
        (OTHER_AREA,),
        {"other_area": "000001"},
        _net,
        named(net=TEXT, amount_fen=WHOLE),
        {"net": "0198c1a2b3c400000000000000000e51", "amount_fen": 824000},
    )
    yield single.writes(
        "moveBetween",
        "/moves",
        "参保地确认或提出疑问，就医地答复或撤回",
        "read_clearing",
        BETWEEN_MOVE,
        {"move": BetweenMove.QUESTION, "reason": "请协查"},
        _move,
        named(between=TEXT, state=TEXT),
        {"between": _ID, "state": BetweenState.QUESTIONED},
    )
    yield single.writes(
        "redirectBetween",
        "/account",
        "银行退回了差额，收款的统筹区换一个账户再收",
        "review_clearing",
        ACCOUNT,
        _ACCOUNT,
        _redirect,
        named(between=TEXT, order=TEXT),
        {"between": _ID, "order": "0198c1a2b3c400000000000000000e20"},
    )


def _list(service: RecordService, actor: Actor, request: Request) -> Json:
    page = read_between(service.database, actor, last_month(civil_day(service.clock())))
    return {
        "month": page.month,
        "owed": [_owed(row) for row in page.owed],
        "rows": [
            {
                "between": row.between_id,
                "month": row.month,
                "state": row.state.value,
                "state_title": str(row.state_label),
                "reason": row.reason,
                "moves": [move.value for move in row.moves],
                **_owed(row),
            }
            for row in page.declared
        ],
        "next_cursor": None,
    }


def _owed(row: AreaMonth | ListedBetween) -> Json:
    return {
        "care_area": row.care_area,
        "home_area": row.home_area,
        "count": row.count,
        "booked_fen": row.booked,
        "corrected_fen": row.corrected,
        "amount_fen": row.amount,
    }


def _declare(call: RecordCall) -> Json:
    answer = clearing.declare_between(
        call.database,
        call.key,
        call.values["other_area"],
        call.values["month"],
        payee_from(call.values),
        actor=call.actor,
        at=call.at,
    )
    return {"between": answer["between"], "amount_fen": answer["amount"]}


def _net(call: RecordCall) -> Json:
    answer = clearing.net_between(
        call.database, call.key, call.values["other_area"], actor=call.actor, at=call.at
    )
    return {"net": answer["net"], "amount_fen": answer["amount"]}


def _redirect(call: RecordCall) -> Json:
    return clearing.redirect_between(
        call.database,
        call.key,
        call.path["between"],
        payee_from(call.values),
        actor=call.actor,
        at=call.at,
    )


def _move(call: RecordCall) -> Json:
    return clearing.move_between(
        call.database,
        call.key,
        call.path["between"],
        between_move_from(call.values),
        reason=call.values["reason"] or "",
        actor=call.actor,
        at=call.at,
    )
