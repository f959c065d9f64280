"""Clearing at the desk and for an institution: months and states, one application, its steps."""

from __future__ import annotations

from starlette.responses import RedirectResponse, Response

from yibao.access.permissions import require
from yibao.access.users import logins_of
from yibao.clearing import reading
from yibao.clearing.comparisons import FIGURE_WORDS, compared_month
from yibao.clearing.doubts import DECIDED_STATES
from yibao.clearing.places import institution_page, last_month, names_within, not_applied
from yibao.clearing.states import (
    MOVES,
    SETTLED,
    YEAR_END,
    ClearingMove,
    ClearingState,
    DoubtState,
    step_label,
)
from yibao.clearing.sums import MonthSum
from yibao.errors import InputError, YibaoError
from yibao.inquiry.claiming import ACCOUNT
from yibao.inquiry.clearing_steps import STEPS, ClearingStep, StepRequest
from yibao.inquiry.fields import Values
from yibao.messages import message
from yibao.portal.calls import status_of
from yibao.portal.desk.frame import DeskCall
from yibao.portal.desk.place_parts import (
    asked_month,
    faults_of,
    form_key,
    form_values,
    period_text,
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
    panels = reading.waiting_panels(call.database, call.actor)
    mine = [item for item in applications if item.state in states or item.application_id in panels]
    asked = month or last_month(call.today)
    values = {
        **words(),
        "mine": mine,
        "others": [item for item in applications if item not in mine],
        "late": [item for item in applications if (item.days_left or 0) < 0],
        "names": names_within(call.database, call.actor, today=call.today),
        "month": month,
        "asked": asked,
        "missing": not_applied(call.database, call.actor, asked, today=call.today),
        "compared": compared_month(call.database, call.actor, asked, today=call.today),
        "figure_words": FIGURE_WORDS,
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
        "may_decide_panel": "sign_clearing" in page.rights,
        "may_advance": page.advance is not None
        and page.advance.order is None
        and "advance_clearing" in page.rights,
        "may_settle_advance": page.advance is not None
        and page.advance.order is not None
        and page.advance.order.is_returned
        and "take_clearing" in page.rights,
        "may_redirect": page.payment is not None
        and page.payment.is_returned
        and "take_clearing" in page.rights,
        "is_over": listed_row.state in _OVER,
        "is_year": listed_row.clear_type == YEAR_END,
        "sheet": _sheet(page),
        "adjusted": page.adjusted,
        "is_summed": listed_row.state in _SUMMED,
        "is_settled": listed_row.state in SETTLED,
        "is_in_review": listed_row.state is ClearingState.IN_REVIEW,
        "doubt_states": DoubtState,
        "decided_states": DECIDED_STATES,
        "account_fields": ACCOUNT,
        "part": part,
        "written": call.sent if error is not None else {},
        "faults": {} if error is None else faults_of(error),
        "fault": None if error is None else error.said,
        "today": call.today.isoformat(),
        "classes": classes,
    }
    title = message(
        "{month} {name} 清算", month=period_text(listed_row.month), name=institution.name
    )
    return call.show("clearing_application.html", title, values, status)


def _sheet(page: reading.ReadApplication) -> MonthSum:
    """As it was summed up, or as it would be now."""
    row = page.listed
    if row.state not in _SUMMED:
        return page.expected
    approved = row.fund + row.adjusted - row.deducted + row.given_back
    return MonthSum(approved, row.retained, row.paid - row.carried, row.paid, row.carried)


# --- steps ---------------------------------------------------------------------------------------


def write(call: DeskCall) -> Response:
    """A step of an application, or what is done about a doubt, an advance or an account."""
    place = place_of(call, "read_clearing")
    name = call.parameters["step"]
    step = STEPS.get(name)
    if step is None:
        raise InputError(message("表单不完整，请返回上一页重新打开"))
    if step.permission:
        own = {"area": call.actor.area, "institution_id": call.actor.institution_id}
        require(call.actor, step.permission, **own)
    try:
        step.take(
            StepRequest(
                call.database,
                form_key(call, step.operation),
                call.sent.get("doubt", "") if step.on_doubt else call.parameters["application"],
                _values(call, step),
                call.actor,
                call.counter.now(),
            )
        )
    except YibaoError as error:
        return _show(call, name, error, status_of(error))
    return RedirectResponse(f"{place.clearing}/{call.parameters['application']}", 303)


def _values(call: DeskCall, step: ClearingStep) -> Values:
    """What a form says; a reason may be longer than what other fields hold."""
    values = form_values(call, [field for field in step.fields if field.kind != "prose"])
    return {**values, "reason": reason_of(call)}
