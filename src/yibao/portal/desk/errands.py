"""Errands at the desk: a form, what it would change, and the doing once it is confirmed."""

from __future__ import annotations

import secrets
from collections.abc import Mapping
from dataclasses import dataclass

from starlette.responses import RedirectResponse, Response

from yibao.access.operations import Key
from yibao.access.permissions import may
from yibao.api.counter.errand import (
    Errand,
    ErrandCall,
    ErrandSetting,
    Standing,
    cover_texts,
    done,
    outlook,
    require_errand,
)
from yibao.api.counter.errands import BY_NAME, ERRANDS
from yibao.api.counter.wording import balance_text, due_text, said_of
from yibao.errors import InputError, NotFoundError, YibaoError
from yibao.inquiry.fields import Field, Values
from yibao.inquiry.filling import read
from yibao.inquiry.sentences import BILL_LINES
from yibao.insured.people.merged import survivor_of
from yibao.messages import Text, message
from yibao.portal.calls import status_of
from yibao.portal.desk.frame import DESK, DeskCall
from yibao.portal.desk.reading import read_of
from yibao.record.insurance import names_of, relatives
from yibao.record.used import held_state

_PEOPLE = f"{DESK}/people"
_STEP, _CHECK, _CONFIRM = "step", "check", "confirm"


@dataclass(frozen=True, slots=True)
class StandingText:
    """Cover and the next payment in words."""

    cover: list[Text]
    due: Text
    amount: int | None
    lines: list[tuple[Text, int, str]]
    """Of the next payment: what, fen, source."""
    balance: Text
    """Of the personal account."""


def entries_for(call: DeskCall, person_id: str) -> list[tuple[str, Text, bool]]:
    """What whoever sits at the desk may do for a person: address, title, whether it is a case."""
    return [
        (f"{_PEOPLE}/{person_id}/{errand.name}", errand.title, errand.opens_case)
        for errand in ERRANDS
        if not errand.of_nobody and may(call.actor, errand.permission, person_id)
    ]


def of_somebody(call: DeskCall) -> Response:
    """An errand for a registered person; of somebody registered twice for the one record."""
    name, person_id = call.parameters["errand"], call.parameters["person"]
    survivor = call.database.read(lambda unit: survivor_of(unit, person_id))
    if survivor != person_id:
        return RedirectResponse(f"{_PEOPLE}/{survivor}/{name}", 303)
    return _serve(call, name, person_id)


def of_nobody(call: DeskCall) -> Response:
    """Somebody is registered."""
    return _serve(call, call.request.url.path.rpartition("/")[2], "")


def _serve(call: DeskCall, name: str, person_id: str) -> Response:
    errand = BY_NAME.get(name)
    if errand is None or errand.of_nobody != (not person_id):
        raise NotFoundError(message("没有“{name}”这种事项", name=name))
    asked_for = ErrandCall(
        call.database,
        call.counter.packs,
        call.actor,
        Key(call.actor.id, f"desk_{errand.id}", ""),
        person_id,
        {},
        call.counter.now(),
    )
    require_errand(errand, asked_for)
    fields = errand.inputs(_asked(call, person_id))
    if call.request.method == "GET" or call.sent.get(_STEP) not in (_CHECK, _CONFIRM):
        return _form(call, errand, person_id, fields, {}, None)
    reading = read(fields, call.sent, call.today)
    if reading.faults:
        return _form(call, errand, person_id, fields, dict(reading.faults), None, 422)
    try:
        if call.sent[_STEP] == _CONFIRM:
            return _do(call, errand, asked_for, reading.values)
        return _check(call, errand, asked_for, fields, reading.values)
    except YibaoError as error:
        faults: dict[str, Text] = {}
        if isinstance(error, InputError) and error.place in reading.values:
            faults = {error.place: error.message}
        return _form(
            call,
            errand,
            person_id,
            fields,
            faults,
            None if faults else error.said,
            status_of(error),
        )


def _asked(call: DeskCall, person_id: str) -> ErrandSetting:
    if not person_id:
        return ErrandSetting(call.counter.packs)
    sealed = call.database.secrets
    facts, _ = read_of(call, "read_person", person_id, lambda unit: held_state(unit, person_id))
    related = call.database.read(lambda unit: relatives(unit, sealed, person_id))
    names = {row.person: row.name or row.person for row in related}
    return ErrandSetting(call.counter.packs, facts, names, call.today)


def _address(errand: Errand, person_id: str) -> str:
    return f"{_PEOPLE}/{person_id}/{errand.name}" if person_id else f"{_PEOPLE}/{errand.name}"


def _heading(call: DeskCall, person_id: str) -> str:
    if not person_id:
        return ""
    sealed = call.database.secrets
    return call.database.read(lambda unit: names_of(unit, sealed, [person_id]))[person_id]


def _form(
    call: DeskCall,
    errand: Errand,
    person_id: str,
    fields: tuple[Field, ...],
    faults: Mapping[str, Text],
    refused: Text | None,
    status: int = 200,
) -> Response:
    values = {
        "errand": errand,
        "person": person_id,
        "who": _heading(call, person_id),
        "address": _address(errand, person_id),
        "fields": fields,
        "written": call.sent,
        "faults": faults,
        "fault": refused or next(iter(faults.values()), None),
        "place": next(iter(faults), ""),
        "today": call.today.isoformat(),
        "own_area": call.actor.area or "",
        "firm": "",
    }
    return call.show("errand.html", errand.title, values, status)


def _check(
    call: DeskCall,
    errand: Errand,
    asked_for: ErrandCall,
    fields: tuple[Field, ...],
    values: Values,
) -> Response:
    seen = outlook(errand, _with(asked_for, values, "rehearsal"))
    before = None if seen.before is None else _worded(seen.before)
    after = _worded(seen.after)
    shown = {
        "errand": errand,
        "person": asked_for.person_id,
        "who": _heading(call, asked_for.person_id),
        "address": _address(errand, asked_for.person_id),
        "lines": [
            (field.label, said_of(field, values[field.name]))
            for field in fields
            if values.get(field.name) not in (None, "", False)
        ],
        "notes": seen.answer.get("notes", ()),
        "before": before,
        "after": after,
        "unchanged": before == after,
        "written": {
            field.name: call.sent.get(field.name, field.default)
            for field in fields
            if values.get(field.name) not in (None, False)
        },
        "once": secrets.token_hex(16),
    }
    return call.show("errand_check.html", errand.title, shown)


def _with(asked_for: ErrandCall, values: Values, message_id: str) -> ErrandCall:
    key = Key(asked_for.key.sender, asked_for.key.operation, message_id)
    return ErrandCall(
        asked_for.database,
        asked_for.library,
        asked_for.actor,
        key,
        asked_for.person_id,
        values,
        asked_for.at,
    )


def _worded(standing: Standing) -> StandingText:
    due = standing.due
    if due is None:
        return StandingText(
            cover_texts(standing.cover), message("不用缴费"), None, [], balance_text(standing)
        )
    bill = due.bill
    lines: list[tuple[Text, int, str]] = []
    if bill is not None:
        lines = [(BILL_LINES[line.name], line.amount, str(line.source)) for line in bill.lines]
    return StandingText(
        cover_texts(standing.cover),
        due_text(due),
        None if bill is None else bill.due,
        lines,
        balance_text(standing),
    )


def _do(call: DeskCall, errand: Errand, asked_for: ErrandCall, values: Values) -> Response:
    answer = done(errand, _with(asked_for, values, call.once()))
    if errand.opens_case:
        return RedirectResponse(f"{DESK}/cases/{answer['case']}", 303)
    return RedirectResponse(f"{_PEOPLE}/{answer.get('person', asked_for.person_id)}", 303)
