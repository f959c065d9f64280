"""A year's budget of the fund over the API: read, entered, changed by a line, approved."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from starlette.requests import Request

from yibao.access.permissions import Actor
from yibao.api.acting import RecordCall, RecordService
from yibao.api.months import ASKED_AREA, query_parameter
from yibao.api.records import path_parameter
from yibao.api.schemas import FEN, TEXT, WHOLE, items, named, optional
from yibao.api.serving import Json, Operation
from yibao.api.writes import OfficePart, identifier
from yibao.database.instants import civil_day
from yibao.errors import InputError
from yibao.finance import budgets
from yibao.finance.budget_files import budget_json, read_budget_file
from yibao.finance.carrying import area_to_read
from yibao.finance.items import FundItem, FundPart
from yibao.finance.states import VoucherState
from yibao.inquiry.fund_budget import (
    BUDGET_FILE,
    BUDGET_LINE,
    BUDGET_REASON,
    BUDGET_YEAR,
    TURNED_DOWN,
)
from yibao.messages import message
from yibao.policy.kinds import Scheme

_EXAMPLE = "0198c1a2b3c400000000000000000f20"
_BUDGET_ID = path_parameter("fund_budget", "一版预算的编号。", _EXAMPLE)
_AREA = identifier("area", message("哪个统筹区：六位区划代码"))
_ASKED_YEAR = query_parameter("year", "哪一年；不写是今年。", "2026")
_LINE = {"scheme": TEXT, "part": TEXT, "item": TEXT, "title": TEXT, "budget_fen": FEN}
_VERSION = {
    "budget": TEXT,
    "version": WHOLE,
    "reason": TEXT,
    "state": TEXT,
    "state_title": TEXT,
    "decision": TEXT,
    "lines": items(named(**_LINE)),
}
_ANSWER = named(budget=TEXT, version=WHOLE, state=TEXT)
_LINES = [
    {
        "scheme": Scheme.EMPLOYEE,
        "part": FundPart.POOLED,
        "item": FundItem.INPATIENT,
        "title": "住院",
        "budget_fen": 60_000_000,
    }
]
_FILE = "6Zmp56eNLOmDqOWIhizpobnnm64s5bm05bqm6aKE566X77yI5YWD77yJCg=="


def fund_budgets(office: OfficePart) -> Iterator[Operation]:
    """What was planned for a year, in versions of which the latest approved one holds."""
    yield office.reads(
        "readFundBudget",
        "/budget",
        "一年的基金预算：现在用的一版，和登记过的各版；用了多少在收支表里",
        _read,
        named(
            area=TEXT,
            year=WHOLE,
            version=optional(WHOLE),
            lines=items(named(**_LINE)),
            versions=items(named(**_VERSION)),
        ),
        {
            "area": "000000",
            "year": 2026,
            "version": 1,
            "lines": _LINES,
            "versions": [
                {
                    "budget": _EXAMPLE,
                    "version": 1,
                    "reason": "财社〔2026〕1 号",
                    "state": VoucherState.SIGNED,
                    "state_title": "已批准",
                    "decision": "",
                    "lines": _LINES,
                }
            ],
        },
        ASKED_AREA,
        _ASKED_YEAR,
    )
    answer = {"budget": _EXAMPLE, "version": 1, "state": VoucherState.ENTERED}
    common = {"area": "000000", "year": 2026, "reason": "财社〔2026〕1 号"}
    yield office.writes(
        "enterFundBudget",
        "/budgets",
        "登记一年的预算，按文件；负责人批准以后才用",
        "enter_budget",
        (_AREA, BUDGET_YEAR, BUDGET_REASON, BUDGET_FILE),
        {**common, "file": _FILE},
        _enter,
        _ANSWER,
        answer,
    )
    yield office.writes(
        "changeFundBudget",
        "/budgets/lines",
        "改预算的一项：新的一版，负责人批准以后才用",
        "enter_budget",
        (_AREA, BUDGET_YEAR, BUDGET_REASON, *BUDGET_LINE),
        {
            **common,
            "scheme": Scheme.EMPLOYEE,
            "part": FundPart.POOLED,
            "item": FundItem.INPATIENT,
            "amount": "600000",
        },
        _change,
        _ANSWER,
        answer,
    )
    yield office.writes(
        "approveFundBudget",
        "/budgets/{fund_budget}/approve",
        "批准一版预算；登记的人不能批准",
        "approve_budget",
        (),
        {},
        lambda call: budgets.approve_budget(
            call.database, call.key, call.path["fund_budget"], actor=call.actor, at=call.at
        ),
        _ANSWER,
        {**answer, "state": VoucherState.SIGNED},
        _BUDGET_ID,
    )
    yield office.writes(
        "dropFundBudget",
        "/budgets/{fund_budget}/drop",
        "不批准一版预算",
        "approve_budget",
        (TURNED_DOWN,),
        {"reason": "住院的预算太高"},
        lambda call: budgets.drop_budget(
            call.database,
            call.key,
            call.path["fund_budget"],
            str(call.values["reason"]),
            actor=call.actor,
            at=call.at,
        ),
        _ANSWER,
        {**answer, "state": VoucherState.DROPPED},
        _BUDGET_ID,
    )


def _read(service: RecordService, actor: Actor, request: Request) -> Json:
    area = area_to_read(service.database, actor, request.query_params.get("area"))
    text = request.query_params.get("year")
    if text is None:
        year = civil_day(service.clock()).year
    elif text.isascii() and text.isdigit() and len(text) == 4:
        year = int(text)
    else:
        raise InputError(message("年份写四位数，如 2026"), place="year")
    return budget_json(budgets.read_budget(service.database, area, year, actor=actor))


def _enter(call: RecordCall) -> Json:
    values: Any = call.values
    return budgets.enter_budget(
        call.database,
        call.key,
        values["area"],
        values["year"],
        read_budget_file(values["file"]),
        values["reason"],
        actor=call.actor,
        at=call.at,
    )


def _change(call: RecordCall) -> Json:
    values: Any = call.values
    line = (values["scheme"], values["part"], values["item"], values["amount"])
    return budgets.change_budget_line(
        call.database,
        call.key,
        values["area"],
        values["year"],
        line,
        values["reason"],
        actor=call.actor,
        at=call.at,
    )
