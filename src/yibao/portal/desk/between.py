"""Clearing between areas at the desk: a month's table, declarations, questions, the balance."""

from __future__ import annotations

import secrets

from starlette.responses import RedirectResponse, Response

from yibao.clearing import operations as clearing
from yibao.clearing.between_reading import BetweenPage, read_between
from yibao.clearing.between_states import BETWEEN_MOVES, BetweenMove
from yibao.clearing.places import last_month
from yibao.errors import YibaoError
from yibao.inquiry.claiming import ACCOUNT, payee_from
from yibao.inquiry.clearing_between import DECLARATION, OTHER_AREA
from yibao.messages import message
from yibao.policy.kinds import member
from yibao.policy.places import full_name_of
from yibao.portal.calls import status_of
from yibao.portal.desk.frame import DESK, DeskCall
from yibao.portal.desk.place_parts import (
    asked_month,
    faults_of,
    form_key,
    form_values,
    period_text,
    place_of,
    reason_of,
)
from yibao.portal.styles import classes

BETWEEN_AT = f"{DESK}/between"


def listed(call: DeskCall) -> Response:
    """The month's table and every declaration of the area."""
    place_of(call, "read_clearing")
    return _listed(call, None, 200)


def _listed(call: DeskCall, error: YibaoError | None, status: int) -> Response:
    month = asked_month(call) or last_month(call.today)
    page = read_between(call.database, call.actor, month)
    values = {
        "page": page,
        "own": call.actor.area,
        "places": _names(page),
        "month_text": period_text,
        "rules": BETWEEN_MOVES,
        "fields": DECLARATION,
        "account_fields": ACCOUNT,
        "redirected": _redirected(call, page),
        "may_declare": call.may("review_clearing"),
        "once": secrets.token_hex(14),
        "today": call.today.isoformat(),
        "classes": classes,
        "written": call.sent if error is not None else {},
        "faults": {} if error is None else faults_of(error),
        "fault": None if error is None else error.said,
    }
    return call.show("between.html", message("跨统筹区清算"), values, status)


def _names(page: BetweenPage) -> dict[str, str]:
    """What the areas of the page are called."""
    codes = set(page.nets)
    for owed in page.owed:
        codes |= {owed.home_area, owed.care_area}
    for declared in page.declared:
        codes |= {declared.home_area, declared.care_area}
    return {code: full_name_of(code) for code in codes}


def _redirected(call: DeskCall, page: BetweenPage) -> str:
    """Which declaration's balance another account is asked for; empty: none's."""
    asked = call.sent.get("account", "")
    if call.request.method == "POST":
        asked = call.parameters.get("between", "")
    return next(
        (row.between_id for row in page.declared if row.may_redirect and row.between_id == asked),
        "",
    )


def declare(call: DeskCall) -> Response:
    """What another area owes this one for a month."""
    place_of(call, "review_clearing")
    try:
        values = form_values(call, DECLARATION)
        clearing.declare_between(
            call.database,
            form_key(call, "declare_between"),
            values["other_area"],
            values["month"],
            payee_from(values),
            actor=call.actor,
            at=call.counter.now(),
        )
    except YibaoError as error:
        return _listed(call, error, status_of(error))
    return RedirectResponse(BETWEEN_AT, 303)


def net(call: DeskCall) -> Response:
    """Net what both confirmed, and order the payment of the balance."""
    place_of(call, "close_clearing")
    try:
        clearing.net_between(
            call.database,
            form_key(call, "net_between"),
            form_values(call, (OTHER_AREA,))["other_area"],
            actor=call.actor,
            at=call.counter.now(),
        )
    except YibaoError as error:
        return _listed(call, error, status_of(error))
    return RedirectResponse(BETWEEN_AT, 303)


def move(call: DeskCall) -> Response:
    """A step of a declaration, or another account for what the bank gave back."""
    place_of(call, "read_clearing")
    try:
        if call.sent.get("do") == "account":
            clearing.redirect_between(
                call.database,
                form_key(call, "redirect_between"),
                call.parameters["between"],
                payee_from(form_values(call, ACCOUNT)),
                actor=call.actor,
                at=call.counter.now(),
            )
            return RedirectResponse(BETWEEN_AT, 303)
        clearing.move_between(
            call.database,
            form_key(call, "move_between"),
            call.parameters["between"],
            member(BetweenMove, call.sent.get("do", ""), "move"),
            reason=reason_of(call),
            actor=call.actor,
            at=call.counter.now(),
        )
    except YibaoError as error:
        return _listed(call, error, status_of(error))
    return RedirectResponse(BETWEEN_AT, 303)
