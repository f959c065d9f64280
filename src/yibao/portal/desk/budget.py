"""A year's budget of the fund at the desk: a cashier enters it, a head approves it."""

from __future__ import annotations

import secrets
from collections.abc import Sequence
from typing import Any

from starlette.responses import RedirectResponse, Response

from yibao.access.users import logins_of
from yibao.employers.errors import FaultyLinesError, LineFault
from yibao.errors import InputError, YibaoError
from yibao.finance import budgets, statement
from yibao.finance.budget_files import budget_csv, read_budget_file
from yibao.finance.carrying import area_to_read
from yibao.finance.items import ITEM_WORDS, PART_WORDS, SCHEME_WORDS
from yibao.inquiry.fund_budget import BUDGET_LINE
from yibao.messages import message
from yibao.portal.calls import status_of
from yibao.portal.desk.finance import FINANCE
from yibao.portal.desk.frame import DeskCall
from yibao.portal.desk.place_parts import faults_of, form_key, form_values
from yibao.portal.styles import classes

BUDGET = f"{FINANCE}/budget"


def _area(call: DeskCall) -> str:
    return area_to_read(call.database, call.actor, None)


def _asked_year(call: DeskCall) -> int:
    """The year of an address or a form; this one where none is asked for."""
    text = call.sent.get("year", "").strip()
    if not text:
        return call.today.year
    if not (text.isascii() and text.isdigit() and len(text) == 4):
        raise InputError(message("年份写四位数，如 2026"), place="year")
    return int(text)


def show(call: DeskCall) -> Response:
    """The budget that holds, the version that waits, and the forms."""
    call.require_role("read_finance")
    return _page(call, None, 200)


def _page(call: DeskCall, error: YibaoError | None, status: int) -> Response:
    area = _area(call)
    try:
        year = _asked_year(call)
        read = budgets.read_budget(call.database, area, year, actor=call.actor)
    except InputError as fault:
        error, status, year = fault, status_of(fault), call.today.year
        read = budgets.read_budget(call.database, area, year, actor=call.actor)
    waits, holds = read.waits, read.holds
    people = {each.entered_by for each in read.versions}
    people |= {each.decided_by for each in read.versions if each.decided_by}
    lines: Sequence[LineFault] = error.faults if isinstance(error, FaultyLinesError) else ()
    values = {
        "year": year,
        "budget": read,
        "rows": _rows({} if holds is None else holds.lines, None if waits is None else waits.lines),
        "used": _used(call, area, year),
        "schemes": SCHEME_WORDS,
        "parts": PART_WORDS,
        "items": ITEM_WORDS,
        "fields": BUDGET_LINE,
        "logins": logins_of(call.database, people),
        "may_enter": waits is None and call.may("enter_budget"),
        "may_approve": (
            waits is not None and waits.entered_by != call.actor.id and call.may("approve_budget")
        ),
        "written": call.sent,
        "faults": {} if error is None else faults_of(error),
        "lines": lines,
        "fault": None if error is None else error.said,
        "today": call.today.isoformat(),
        "classes": classes,
        "once": secrets.token_hex(14),
    }
    return call.show("finance_budget.html", message("年度预算"), values, status)


def _rows(holds: budgets.Budgeted, waits: budgets.Budgeted | None) -> list[dict[str, Any]]:
    """Every line of either version, what it is now and what it would be."""
    rows = []
    for scheme, part in {**holds, **(waits or {})}:
        now, then = holds.get((scheme, part), {}), (waits or {}).get((scheme, part), {})
        rows += [
            {
                "scheme": scheme,
                "part": part,
                "item": item,
                "now": now.get(item),
                "then": None if waits is None else then.get(item, 0),
            }
            for item in budgets.BUDGETED_ITEMS
            if item in now or item in then
        ]
    return rows


def _used(call: DeskCall, area: str, year: int) -> dict[tuple[str, str, str], Any]:
    """The statement's lines of the year so far, by scheme, part and item."""
    month = min(statement.month_before(call.today), year * 100 + 12)
    if month // 100 != year:
        return {}
    read = statement.fund_statement(call.database, area, month, actor=call.actor)
    return {(part.scheme, part.part, line.item): line for part in read.parts for line in part.lines}


def enter(call: DeskCall) -> Response:
    """A whole year by a file, or one line changed: a version that waits for a head."""
    call.require_role("enter_budget")
    at, area = call.counter.now(), _area(call)
    reason = call.sent.get("reason", "")
    try:
        year = _asked_year(call)
        if call.sent.get("do") == "line":
            line = form_values(call, BUDGET_LINE)
            wanted = (line["scheme"], line["part"], line["item"], line["amount"])
            key = form_key(call, "change_budget")
            budgets.change_budget_line(
                call.database, key, area, year, wanted, reason, actor=call.actor, at=at
            )
        else:
            if call.upload is None or not call.upload.content:
                raise InputError(message("请选一个文件"), place="file")
            lines = read_budget_file(call.upload.content)
            key = form_key(call, "enter_budget")
            budgets.enter_budget(
                call.database, key, area, year, lines, reason, actor=call.actor, at=at
            )
    except YibaoError as error:
        return _page(call, error, status_of(error))
    return RedirectResponse(f"{BUDGET}?year={year}", 303)


def decide(call: DeskCall) -> Response:
    """Approve the version that waits, or turn it down."""
    call.require_role("approve_budget")
    what, budget = call.sent.get("do", ""), call.parameters["fund_budget"]
    at = call.counter.now()
    try:
        year = _asked_year(call)
        if what == "approve":
            key = form_key(call, "approve_budget")
            budgets.approve_budget(call.database, key, budget, actor=call.actor, at=at)
        elif what == "drop":
            reason, key = call.sent.get("reason", ""), form_key(call, "drop_budget")
            budgets.drop_budget(call.database, key, budget, reason, actor=call.actor, at=at)
        else:
            raise InputError(message("表单不完整，请返回上一页重新打开"))
    except YibaoError as error:
        return _page(call, error, status_of(error))
    return RedirectResponse(f"{BUDGET}?year={year}", 303)


def download(call: DeskCall) -> Response:
    """The budget that holds as a table: to be looked at, or changed and handed in again."""
    call.require_role("read_finance")
    area, year = _area(call), _asked_year(call)
    holds = budgets.read_budget(call.database, area, year, actor=call.actor).holds
    headers = {
        "Content-Disposition": f'attachment; filename="budget-{area}-{year}.csv"',
        "Cache-Control": "no-store",
    }
    content = budget_csv({} if holds is None else holds.lines)
    return Response(content, media_type="text/csv; charset=utf-8", headers=headers)
