"""Points and groups of a period at the desk: a file is looked at, handed in, and confirmed."""

from __future__ import annotations

import secrets
from collections.abc import Sequence
from typing import Any

from starlette.responses import RedirectResponse, Response

from yibao.access.users import logins_of
from yibao.clearing import operations as clearing
from yibao.clearing.groups import METHOD_WORDS
from yibao.clearing.places import names_within
from yibao.clearing.points_reading import list_periods, priced_by_institution, read_period
from yibao.clearing.states import PeriodState
from yibao.employers.errors import FaultyLinesError, LineFault
from yibao.errors import InputError, YibaoError
from yibao.inquiry.clearing_points import POINTS, points_from, stays_from
from yibao.messages import message
from yibao.portal.calls import status_of
from yibao.portal.desk.frame import DESK, DeskCall
from yibao.portal.desk.place_parts import (
    faults_of,
    form_key,
    form_values,
    period_text,
    place_of,
    reason_of,
)
from yibao.portal.styles import classes

POINTS_AT = f"{DESK}/points"


def listed(call: DeskCall) -> Response:
    """Periods of the area, and a form for another one."""
    place_of(call, "read_clearing")
    return _listed(call, None, 200)


def _listed(
    call: DeskCall, error: YibaoError | None, status: int, seen: Sequence[Any] = ()
) -> Response:
    lines: Sequence[LineFault] = error.faults if isinstance(error, FaultyLinesError) else ()
    values = {
        **_words(call),
        "periods": list_periods(call.database, call.actor),
        "fields": POINTS,
        "may_draw": call.may("review_clearing"),
        "seen": seen,
        "written": call.sent,
        "lines": lines,
        "faults": {} if error is None else faults_of(error),
        "fault": None if error is None else error.said,
    }
    return call.show("points.html", message("分值与分组"), values, status)


def _words(call: DeskCall) -> dict[str, Any]:
    return {
        "names": names_within(call.database, call.actor, today=call.today),
        "period_text": period_text,
        "method_words": METHOD_WORDS,
        "once": secrets.token_hex(14),
        "today": call.today.isoformat(),
        "classes": classes,
    }


def draw(call: DeskCall) -> Response:
    """Look at a file, or hand it in."""
    place_of(call, "review_clearing")
    try:
        if call.upload is None or not call.upload.content:
            raise InputError(message("请选一个文件"), place="file")
        asked = points_from(form_values(call, POINTS), call.actor.area)
        stays = stays_from(call.upload.content)
        if call.sent.get("do") != "draw":
            priced = clearing.preview_points(call.database, asked, stays, actor=call.actor)
            return _listed(call, None, 200, priced_by_institution(priced))
        answer = clearing.draw_points(
            call.database,
            form_key(call, "draw_points"),
            asked,
            stays,
            actor=call.actor,
            at=call.counter.now(),
        )
    except YibaoError as error:
        return _listed(call, error, status_of(error))
    return RedirectResponse(f"{POINTS_AT}/{answer['period']}", 303)


def show(call: DeskCall) -> Response:
    """One period by institution."""
    place_of(call, "read_clearing")
    return _show(call, None, 200)


def _show(call: DeskCall, error: YibaoError | None, status: int) -> Response:
    period, institutions = read_period(call.database, call.actor, call.parameters["points_period"])
    is_open = period.state is PeriodState.DRAWN
    values = {
        **_words(call),
        "period": period,
        "institutions": institutions,
        "logins": logins_of(call.database, {period.drawn_by, period.decided_by or ""}),
        "may_confirm": is_open
        and call.may("confirm_clearing")
        and period.drawn_by != call.actor.id,
        "may_drop": is_open and call.may("review_clearing"),
        "fault": None if error is None else error.said,
    }
    title = message(
        "{period} {method}", period=period_text(period.period), method=METHOD_WORDS[period.method]
    )
    return call.show("points_period.html", title, values, status)


def decide(call: DeskCall) -> Response:
    """Confirm a period, or give it up."""
    what = call.sent.get("do", "")
    place_of(call, "confirm_clearing" if what == "confirm" else "review_clearing")
    period_id = call.parameters["points_period"]
    try:
        if what == "confirm":
            clearing.confirm_points(
                call.database,
                form_key(call, "confirm_points"),
                period_id,
                actor=call.actor,
                at=call.counter.now(),
            )
        else:
            clearing.drop_points(
                call.database,
                form_key(call, "drop_points"),
                period_id,
                reason_of(call),
                actor=call.actor,
                at=call.counter.now(),
            )
    except YibaoError as error:
        return _show(call, error, status_of(error))
    return RedirectResponse(f"{POINTS_AT}/{period_id}", 303)
