"""Clearing over the API: applications of the area, their steps, doubts, advances and payments."""

from __future__ import annotations

from collections.abc import Iterator
from functools import partial

from starlette.requests import Request

from yibao.access.permissions import Actor
from yibao.api import clearing_views as views
from yibao.api.acting import RecordCall, RecordService
from yibao.api.schemas import DAY, TEXT, WHOLE, items, named, optional
from yibao.api.serving import Json, Operation
from yibao.api.writes import OfficePart
from yibao.clearing import reading
from yibao.clearing.states import ClearingMove, ClearingState
from yibao.database.instants import civil_day
from yibao.inquiry.clearing_steps import STEPS, ClearingStep, StepRequest

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
    for name, step, path, summary, body, answer, example in _WRITES:
        taken = STEPS[step]
        yield (doubted if taken.on_doubt else single).writes(
            name,
            path,
            summary,
            taken.permission or "read_clearing",
            taken.fields,
            body,
            partial(_take, taken, tuple(answer)),
            named(**answer),
            example,
        )


_THIS: Json = {"application": views.EXAMPLE_APPLICATION}
_WRITES: tuple[tuple[str, str, str, str, Json, Json, Json], ...] = (
    (
        "moveClearing",
        "move",
        "/moves",
        "办一步：受理、审核、汇总、审签、清算；哪一步归哪个岗由系统核对",
        {"move": ClearingMove.ACCEPT},
        {"application": TEXT, "state": WHOLE},
        {**_THIS, "state": int(ClearingState.ACCEPTED)},
    ),
    (
        "orderAdvance",
        "advance",
        "/advance",
        "按协议即时结算先付",
        {},
        {"application": TEXT, "amount_fen": WHOLE},
        {**_THIS, "amount_fen": 240000},
    ),
    (
        "redirectAdvance",
        "advance_account",
        "/advance/account",
        "先付被银行退回以后，换一个账户再付",
        _ACCOUNT,
        {"application": TEXT, "order": TEXT},
        {**_THIS, "order": "0198c1a2b3c400000000000000000e20"},
    ),
    (
        "cancelAdvance",
        "advance_cancel",
        "/advance/cancel",
        "审签以后先付被银行退回，不再付，由下一份清算付",
        {},
        {"application": TEXT, "amount_fen": WHOLE},
        {**_THIS, "amount_fen": 240000},
    ),
    (
        "redirectClearing",
        "account",
        "/account",
        "银行退回以后换一个账户再付",
        _ACCOUNT,
        {"application": TEXT, "order": TEXT},
        {**_THIS, "order": "0198c1a2b3c400000000000000000e20"},
    ),
    (
        "tellDoubt",
        "tell",
        "/doubts",
        "初审提出一个疑点",
        {"amount": "10.00", "reason": "重复收费"},
        {"doubt": TEXT, "appeal_by": optional(DAY)},
        {"doubt": views.EXAMPLE_DOUBT, "appeal_by": "2026-12-08"},
    ),
    (
        "decideDoubt",
        "decide",
        "/decision",
        "复审定下扣减多少",
        {"confirmed": "3.00", "reason": "部分成立"},
        {"doubt": TEXT, "confirmed_fen": WHOLE},
        {"doubt": views.EXAMPLE_DOUBT, "confirmed_fen": 300},
    ),
    (
        "decidePanel",
        "panel",
        "/panel",
        "机构申请合议以后，记下合议定下的扣减",
        {"confirmed": "2.00", "reason": "合议结论"},
        {"doubt": TEXT, "confirmed_fen": WHOLE},
        {"doubt": views.EXAMPLE_DOUBT, "confirmed_fen": 200},
    ),
    (
        "giveBackDoubt",
        "give_back",
        "/return",
        "扣错了，下次清算返还",
        {"amount": "3.00", "reason": "核对后不成立"},
        {"doubt": TEXT, "given_back_fen": WHOLE},
        {"doubt": views.EXAMPLE_DOUBT, "given_back_fen": 300},
    ),
)
"""Operation, step, where it is below what it is about, summary, example of a body, answer."""


def _list(service: RecordService, actor: Actor, request: Request) -> Json:
    day = civil_day(service.clock())
    rows = reading.list_applications(service.database, actor, today=day)
    return {"rows": [views.listed(row) for row in rows], "next_cursor": None}


def _read(service: RecordService, actor: Actor, request: Request) -> Json:
    day, application = civil_day(service.clock()), request.path_params["application"]
    return views.application_page(
        reading.read_application(service.database, actor, application, today=day)
    )


def _take(step: ClearingStep, answer: tuple[str, ...], call: RecordCall) -> Json:
    """Take a step and say what it answers, amounts as such."""
    subject = call.path["doubt" if step.on_doubt else "application"]
    asked = StepRequest(call.database, call.key, subject, call.values, call.actor, call.at)
    said = step.take(asked)
    return {member: said[member.removesuffix("_fen")] for member in answer}
