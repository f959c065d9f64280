"""替职工申请: what an employer applies for on behalf of its staff, at its own pages."""

from __future__ import annotations

import secrets
from collections.abc import Mapping

from starlette.responses import RedirectResponse, Response

from yibao.access.operations import Key
from yibao.api.counter.errand import Errand, ErrandCall, ErrandSetting
from yibao.api.counter.staff import (
    STAFF_BY_NAME,
    STAFF_ERRANDS,
    done_for_staff,
    foreseen_for_staff,
)
from yibao.api.counter.wording import said_of
from yibao.employers.applying import require_staff
from yibao.employers.reading import named
from yibao.errors import InputError, NotFoundError, YibaoError
from yibao.inquiry.fields import Field
from yibao.inquiry.filling import read
from yibao.messages import Text, message
from yibao.portal.calls import status_of
from yibao.portal.desk.firm_parts import place_of
from yibao.portal.desk.frame import DESK, FIRM, DeskCall

STAFF = f"{FIRM}/staff"
_STEP, _CHECK, _CONFIRM = "step", "check", "confirm"
OFFERED: tuple[tuple[str, Text], ...] = tuple(
    (errand.name, errand.title) for errand in STAFF_ERRANDS
)
"""Names and titles of what may be applied for."""


def serve(call: DeskCall) -> Response:
    """The form, what would come of it, and the application."""
    where = place_of(call, "apply_for_staff")
    person_id, name = call.parameters["person"], call.parameters["errand"]
    errand = STAFF_BY_NAME.get(name)
    if errand is None:
        raise NotFoundError(message("没有“{name}”这种事项", name=name))
    require_staff(call.database, call.actor, where.code, person_id, call.today)
    fields = errand.inputs(ErrandSetting(call.counter.packs))
    if call.request.method == "GET" or call.sent.get(_STEP) not in (_CHECK, _CONFIRM):
        return _form(call, errand, fields, {}, None)
    reading = read(fields, call.sent, call.today)
    if reading.faults:
        return _form(call, errand, fields, dict(reading.faults), None, 422)
    confirmed = call.sent[_STEP] == _CONFIRM
    asked = ErrandCall(
        call.database,
        call.counter.packs,
        call.actor,
        Key(call.actor.id, f"staff_{errand.id}", call.once() if confirmed else ""),
        person_id,
        reading.values,
        call.counter.now(),
    )
    try:
        if confirmed:
            answer = done_for_staff(errand, asked, where.code)
            return RedirectResponse(f"{DESK}/cases/{answer['case']}", 303)
        foreseen = foreseen_for_staff(errand, asked, where.code)
    except YibaoError as error:
        faults: dict[str, Text] = {}
        if isinstance(error, InputError) and error.place in reading.values:
            faults = {error.place: error.message}
        refused = None if faults else error.said
        return _form(call, errand, fields, faults, refused, status_of(error))
    shown = {
        **_whose(call, errand),
        "lines": [
            (field.label, said_of(field, reading.values[field.name]))
            for field in fields
            if reading.values.get(field.name) not in (None, "", False)
        ],
        "foreseen": foreseen,
        "written": {
            field.name: call.sent.get(field.name, field.default)
            for field in fields
            if reading.values.get(field.name) not in (None, False)
        },
        "once": secrets.token_hex(16),
    }
    return call.show("staff_check.html", errand.title, shown)


def _whose(call: DeskCall, errand: Errand) -> dict[str, object]:
    sealed, person_id = call.database.secrets, call.parameters["person"]
    name, number = call.database.read(lambda unit: named(unit, sealed, person_id))
    return {
        "errand": errand,
        "person": person_id,
        "who": name or number,
        "address": f"{STAFF}/{person_id}/{errand.name}",
        "firm": FIRM,
    }


def _form(
    call: DeskCall,
    errand: Errand,
    fields: tuple[Field, ...],
    faults: Mapping[str, Text],
    refused: Text | None,
    status: int = 200,
) -> Response:
    values = {
        **_whose(call, errand),
        "fields": fields,
        "written": call.sent,
        "faults": faults,
        "fault": refused or next(iter(faults.values()), None),
        "place": next(iter(faults), ""),
        "today": call.today.isoformat(),
        "own_area": "",
    }
    return call.show("errand.html", errand.title, values, status)
