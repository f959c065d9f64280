"""Clearing at the desk and for an institution: months and states, one application, its steps."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from starlette.responses import RedirectResponse, Response

from yibao.access.permissions import require
from yibao.access.users import logins_of
from yibao.clearing import operations as clearing
from yibao.clearing import reading
from yibao.clearing.doubts import SETTLED
from yibao.clearing.places import institution_page, last_month, names_within, not_applied
from yibao.clearing.states import MOVES, ClearingMove, ClearingState, DoubtState, step_label
from yibao.clearing.sums import MonthSum
from yibao.errors import InputError, YibaoError
from yibao.inquiry.claiming import ACCOUNT, payee_from
from yibao.messages import message
from yibao.money import AmountError, parse_yuan
from yibao.portal.calls import status_of
from yibao.portal.desk.firm_parts import month_text
from yibao.portal.desk.frame import DeskCall
from yibao.portal.desk.place_parts import (
    asked_month,
    faults_of,
    form_key,
    form_values,
    place_of,
    reason_of,
    words,
)
from yibao.portal.styles import classes

_SUMMED = (ClearingState.SUMMED_UP, *SETTLED)
_OVER = (ClearingState.CANCELLED, ClearingState.PAID_OUT, ClearingState.CLEARED)


def listed(call: DeskCall) -> Response:
    """Applications of the area, what waits for one's own post first; who has not applied."""
    place_of(call, "read_clearing")
    month = asked_month(call)
    applications = reading.list_applications(
        call.database, call.actor, today=call.today, month=month
    )
    states = reading.waiting_states(call.actor)
    mine = [item for item in applications if item.state in states]
    asked = month or last_month(call.today)
    values = {
        **words(),
        "mine": mine,
        "others": [item for item in applications if item.state not in states],
        "late": [item for item in applications if (item.days_left or 0) < 0],
        "names": names_within(call.database, call.actor, today=call.today),
        "month": month,
        "asked": asked,
        "missing": not_applied(call.database, call.actor, asked, today=call.today),
    }
    return call.show("clearing.html", message("机构清算"), values)


def show(call: DeskCall) -> Response:
    """One application."""
    return _show(call, "", None, 200)


def _show(call: DeskCall, part: str, error: YibaoError | None, status: int) -> Response:
    place = place_of(call, "read_clearing")
    application_id = call.parameters["application"]
    page = reading.read_application(call.database, call.actor, application_id, today=call.today)
    listed_row = page.listed
    institution = institution_page(
        call.database, call.actor, listed_row.institution_id, today=call.today
    )
    values = {
        **words(),
        "page": page,
        "row": listed_row,
        "institution": institution,
        "place": place,
        "address": f"{place.clearing}/{application_id}",
        "logins": logins_of(call.database, {step.actor for step in page.history}),
        "step_label": step_label,
        "moves": [(move, MOVES[move]) for move in page.moves],
        "cancel": ClearingMove.CANCEL,
        "needs_reason": any(MOVES[move].needs_reason for move in page.moves),
        "may_tell": "review_clearing" in page.rights
        and listed_row.state is ClearingState.IN_REVIEW,
        "may_appeal": "appeal_clearing" in page.rights,
        "may_decide": "confirm_clearing" in page.rights,
        "may_advance": page.advance is not None
        and page.advance.order is None
        and "advance_clearing" in page.rights,
        "may_redirect": page.payment is not None
        and page.payment.is_returned
        and "take_clearing" in page.rights,
        "is_over": listed_row.state in _OVER,
        "sheet": _sheet(page),
        "is_summed": listed_row.state in _SUMMED,
        "is_settled": listed_row.state in SETTLED,
        "is_in_review": listed_row.state is ClearingState.IN_REVIEW,
        "doubt_states": DoubtState,
        "account_fields": ACCOUNT,
        "part": part,
        "written": call.sent if error is not None else {},
        "faults": {} if error is None else faults_of(error),
        "fault": None if error is None else error.said,
        "today": call.today.isoformat(),
        "classes": classes,
    }
    title = message(
        "{month} {name} 清算", month=month_text(listed_row.month), name=institution.name
    )
    return call.show("clearing_application.html", title, values, status)


def _sheet(page: reading.ReadApplication) -> MonthSum:
    """As it was summed up, or as it would be now."""
    row = page.listed
    if row.state not in _SUMMED:
        return page.expected
    approved = row.fund - row.deducted + row.given_back
    return MonthSum(approved, row.retained, row.paid - row.carried, row.paid, row.carried)


# --- steps ---------------------------------------------------------------------------------------


def write(call: DeskCall) -> Response:
    """A step of an application, or what is done about a doubt, an advance or an account."""
    place = place_of(call, "read_clearing")
    what = call.parameters["step"]
    work, permission = _STEPS.get(what, (None, ""))
    if work is None:
        raise InputError(message("表单不完整，请返回上一页重新打开"))
    if permission:
        require(
            call.actor, permission, area=call.actor.area, institution_id=call.actor.institution_id
        )
    try:
        work(call)
    except YibaoError as error:
        return _show(call, what, error, status_of(error))
    return RedirectResponse(f"{place.clearing}/{call.parameters['application']}", 303)


def _move(call: DeskCall) -> None:
    try:
        move = ClearingMove(call.sent.get("do", ""))
    except ValueError:
        raise InputError(message("没有这一步"), place="move") from None
    rule = MOVES.get(move)
    if rule is not None:
        own = {"area": call.actor.area, "institution_id": call.actor.institution_id}
        require(call.actor, rule.permission, **own)
    clearing.move_application(
        call.database,
        form_key(call, "move_clearing"),
        call.parameters["application"],
        move,
        actor=call.actor,
        reason=reason_of(call),
        at=call.counter.now(),
    )


def _tell(call: DeskCall) -> None:
    clearing.tell_doubt(
        call.database,
        form_key(call, "tell_doubt"),
        call.parameters["application"],
        _amount(call),
        reason_of(call),
        actor=call.actor,
        at=call.counter.now(),
    )


def _appeal(call: DeskCall) -> None:
    clearing.appeal_doubt(
        call.database,
        form_key(call, "appeal_doubt"),
        call.sent.get("doubt", ""),
        reason_of(call),
        actor=call.actor,
        at=call.counter.now(),
    )


def _decide(call: DeskCall) -> None:
    clearing.decide_doubt(
        call.database,
        form_key(call, "decide_doubt"),
        call.sent.get("doubt", ""),
        _amount(call),
        reason_of(call),
        actor=call.actor,
        at=call.counter.now(),
    )


def _give_back(call: DeskCall) -> None:
    clearing.give_back(
        call.database,
        form_key(call, "give_back"),
        call.sent.get("doubt", ""),
        _amount(call),
        reason_of(call),
        actor=call.actor,
        at=call.counter.now(),
    )


def _advance(call: DeskCall) -> None:
    clearing.order_advance(
        call.database,
        form_key(call, "order_advance"),
        call.parameters["application"],
        actor=call.actor,
        at=call.counter.now(),
    )


def _redirect(call: DeskCall) -> None:
    clearing.redirect_month(
        call.database,
        form_key(call, "redirect_month"),
        call.parameters["application"],
        payee_from(form_values(call, ACCOUNT)),
        actor=call.actor,
        at=call.counter.now(),
    )


_STEPS: dict[str, tuple[Callable[[DeskCall], Any], str]] = {
    "move": (_move, ""),
    "tell": (_tell, "review_clearing"),
    "appeal": (_appeal, "appeal_clearing"),
    "decide": (_decide, "confirm_clearing"),
    "give_back": (_give_back, "confirm_clearing"),
    "advance": (_advance, "advance_clearing"),
    "account": (_redirect, "take_clearing"),
}
"""By the last part of the address, with what it takes."""


def _amount(call: DeskCall) -> int:
    try:
        return parse_yuan(call.sent.get("amount", "").replace(",", "").strip())
    except AmountError:
        raise InputError(message("金额写元，最多两位小数"), place="amount") from None
