"""Clearing over the API: applications of the area, their steps, doubts, advances and payments."""

from __future__ import annotations

from collections.abc import Iterator

from starlette.requests import Request

from yibao.access.permissions import Actor, require
from yibao.api import clearing_views as views
from yibao.api.acting import RecordCall, RecordService
from yibao.api.schemas import DAY, TEXT, WHOLE, items, named, optional
from yibao.api.serving import Json, Operation
from yibao.api.writes import OfficePart
from yibao.clearing import operations as clearing
from yibao.clearing import reading
from yibao.clearing.states import MOVES, ClearingMove, ClearingState
from yibao.database.instants import civil_day
from yibao.inquiry.claiming import ACCOUNT, payee_from
from yibao.inquiry.clearing_forms import AMOUNT, CONFIRMED, MOVE, REASON, move_from

TAG = "机构清算"
_PATH = "/office/clearing"
_ACCOUNT: Json = {"holder": "某医院", "bank": "工商银行", "account": "6217000012345678"}


def clearing_months(service: RecordService) -> Iterator[Operation]:
    """What the posts of an agency do with what institutions applied for."""
    every = OfficePart(service, TAG, _PATH, "read_clearing")
    single = OfficePart(
        service, TAG, f"{_PATH}/{{application}}", "read_clearing", (views.APPLICATION,)
    )
    doubted = OfficePart(service, TAG, f"{_PATH}/doubts/{{doubt}}", "read_clearing", (views.DOUBT,))
    yield every.reads(
        "listClearing",
        "",
        "本统筹区的清算申请，最近的在前",
        _list,
        named(rows=items(named(**views.LISTED)), next_cursor=optional(TEXT)),
        {"rows": [views.LISTED_EXAMPLE], "next_cursor": None},
    )
    yield single.reads(
        "readClearing",
        "",
        "一份清算申请：申报与账、疑点、经过、现在能办哪一步",
        _read,
        views.ONE,
        views.ONE_EXAMPLE,
    )
    yield single.writes(
        "moveClearing",
        "/moves",
        "办一步：受理、审核、汇总、审签、清算；哪一步归哪个岗由系统核对",
        "read_clearing",
        MOVE,
        {"move": ClearingMove.ACCEPT},
        _move,
        named(application=TEXT, state=WHOLE),
        {"application": views.EXAMPLE_APPLICATION, "state": int(ClearingState.ACCEPTED)},
    )
    yield single.writes(
        "orderAdvance",
        "/advance",
        "按协议即时结算先付",
        "advance_clearing",
        (),
        {},
        _advance,
        named(application=TEXT, amount_fen=WHOLE),
        {"application": views.EXAMPLE_APPLICATION, "amount_fen": 240000},
    )
    yield single.writes(
        "redirectClearing",
        "/account",
        "银行退回以后换一个账户再付",
        "take_clearing",
        ACCOUNT,
        _ACCOUNT,
        _redirect,
        named(application=TEXT, order=TEXT),
        {
            "application": views.EXAMPLE_APPLICATION,
            "order": "0198c1a2b3c400000000000000000e20",
        },
    )
    yield single.writes(
        "tellDoubt",
        "/doubts",
        "初审提出一个疑点",
        "review_clearing",
        (AMOUNT, *REASON),
        {"amount": "10.00", "reason": "重复收费"},
        _tell,
        named(doubt=TEXT, appeal_by=optional(DAY)),
        {"doubt": views.EXAMPLE_DOUBT, "appeal_by": "2026-12-08"},
    )
    yield doubted.writes(
        "decideDoubt",
        "/decision",
        "复审定下扣减多少",
        "confirm_clearing",
        (CONFIRMED, *REASON),
        {"confirmed": "3.00", "reason": "部分成立"},
        _decide,
        named(doubt=TEXT, confirmed_fen=WHOLE),
        {"doubt": views.EXAMPLE_DOUBT, "confirmed_fen": 300},
    )
    yield doubted.writes(
        "giveBackDoubt",
        "/return",
        "扣错了，下次清算返还",
        "confirm_clearing",
        (AMOUNT, *REASON),
        {"amount": "3.00", "reason": "核对后不成立"},
        _give_back,
        named(doubt=TEXT, given_back_fen=WHOLE),
        {"doubt": views.EXAMPLE_DOUBT, "given_back_fen": 300},
    )


def _list(service: RecordService, actor: Actor, request: Request) -> Json:
    day = civil_day(service.clock())
    rows = reading.list_applications(service.database, actor, today=day)
    return {"rows": [views.listed(row) for row in rows], "next_cursor": None}


def _read(service: RecordService, actor: Actor, request: Request) -> Json:
    day, application = civil_day(service.clock()), request.path_params["application"]
    return views.application_page(
        reading.read_application(service.database, actor, application, today=day)
    )


def _move(call: RecordCall) -> Json:
    move = move_from(call.values)
    rule = MOVES[move]
    # Whose step it is comes before whether there is such an application.
    require(call.actor, rule.permission, area=call.actor.area)
    return clearing.move_application(
        call.database,
        call.key,
        call.path["application"],
        move,
        actor=call.actor,
        reason=call.values["reason"] or "",
        at=call.at,
    )


def _advance(call: RecordCall) -> Json:
    answer = clearing.order_advance(
        call.database, call.key, call.path["application"], actor=call.actor, at=call.at
    )
    return {"application": answer["application"], "amount_fen": answer["amount"]}


def _redirect(call: RecordCall) -> Json:
    return clearing.redirect_month(
        call.database,
        call.key,
        call.path["application"],
        payee_from(call.values),
        actor=call.actor,
        at=call.at,
    )


def _tell(call: RecordCall) -> Json:
    return clearing.tell_doubt(
        call.database,
        call.key,
        call.path["application"],
        call.values["amount"],
        call.values["reason"],
        actor=call.actor,
        at=call.at,
    )


def _decide(call: RecordCall) -> Json:
    answer = clearing.decide_doubt(
        call.database,
        call.key,
        call.path["doubt"],
        call.values["confirmed"],
        call.values["reason"],
        actor=call.actor,
        at=call.at,
    )
    return {"doubt": answer["doubt"], "confirmed_fen": answer["confirmed"]}


def _give_back(call: RecordCall) -> Json:
    answer = clearing.give_back(
        call.database,
        call.key,
        call.path["doubt"],
        call.values["amount"],
        call.values["reason"],
        actor=call.actor,
        at=call.at,
    )
    return {"doubt": answer["doubt"], "given_back_fen": answer["given_back"]}
