"""Finding a person, and the person's whole picture on one page."""

from __future__ import annotations

import re
from collections.abc import Callable
from typing import TypeVar

from starlette.responses import RedirectResponse, Response

from yibao.access.permissions import require
from yibao.aid.operations import grant_rows
from yibao.care.past import PastVisit, visits_before
from yibao.crossing.drugs import drug_qualifications
from yibao.database.unit import Unit
from yibao.errors import InputError, YibaoError
from yibao.inquiry import words
from yibao.insured.people.certificates import RESIDENT, certificate_kinds
from yibao.insured.people.credentials import is_credential, scan_credential
from yibao.insured.people.finding import find_person, people_named
from yibao.insured.people.merged import records_of, survivor_of
from yibao.messages import Text, message
from yibao.office.numbers import case_named, is_number
from yibao.office.reading import case_rows_of
from yibao.portal.desk.errands import entries_for
from yibao.portal.desk.frame import DESK, DeskCall
from yibao.portal.desk.queue import due_of
from yibao.portal.desk.reading import read_of
from yibao.portal.own.words import GRANT_STATUS, days, period_text
from yibao.record import account, care, insurance
from yibao.record.paging import Asked, Page

PEOPLE = f"{DESK}/people"
_RESIDENT_NUMBER = re.compile(r"\d{17}[\dXx]")
_CASE = re.compile(r"[0-9a-f]{32}")
_FEW = Asked(None, 12)
_MOST_CASES = 20
_LONGEST = 80

Result = TypeVar("Result")


def search(call: DeskCall) -> Response:
    """One field for a number, a name, a credential that a scanner types, or a case's number."""
    require(call.actor, "find_person", area=call.actor.area)
    if call.request.method == "GET":
        return _form(call, "", None, [])
    text = call.sent.get("q", "").strip()[:_LONGEST]
    try:
        people = _found(call, text)
    except YibaoError as error:
        return _form(call, text, error.said, [], 422)
    if isinstance(people, str):
        return RedirectResponse(people, 303)
    if len(people) == 1:
        return RedirectResponse(f"{PEOPLE}/{people[0]}", 303)
    if not people:
        return _form(call, text, message("本统筹区没有找到，请核对号码或姓名"), [], 404)
    return _form(call, text, None, people)


def _found(call: DeskCall, text: str) -> list[str] | str:
    """The people that a text names, or the address of a case."""
    if not text:
        raise InputError(message("请填号码、姓名，或者扫电子凭证"))
    if is_credential(text.upper()):
        database, at = call.database, call.counter.now()
        return [scan_credential(database, text.upper(), at, actor=call.actor)]
    if (_CASE.fullmatch(text) or is_number(text)) and call.may("read_case"):
        case_id = call.database.read(lambda unit: case_named(unit, text))
        return f"{DESK}/cases/{case_id}"
    certificate = call.sent.get("certificate", "")
    if certificate in certificate_kinds() and certificate != RESIDENT:
        person_id = find_person(call.database, certificate, text, actor=call.actor)
        return [] if person_id is None else [person_id]
    if _RESIDENT_NUMBER.fullmatch(text):
        person_id = find_person(call.database, RESIDENT, text, actor=call.actor)
        return [] if person_id is None else [person_id]
    return people_named(call.database, text, actor=call.actor)


def _form(
    call: DeskCall, text: str, fault: Text | None, people: list[str], status: int = 200
) -> Response:
    rows = [_registered(call, person_id) for person_id in people]
    kinds = [(name, kind["zh"]) for name, kind in certificate_kinds().items()]
    values = {
        "text": text,
        "fault": fault,
        "people": rows,
        "kinds": kinds,
        "chosen": call.sent.get("certificate", RESIDENT),
        "may_register": call.may("register"),
    }
    return call.show("people.html", message("找人"), values, status)


def _registered(call: DeskCall, person_id: str) -> insurance.Insurance:
    secrets, packs = call.database.secrets, call.counter.packs
    return read_of(
        call,
        "read_person",
        person_id,
        lambda unit: insurance.insurance(unit, secrets, person_id, call.today, packs),
    )


def _money(person_id: str) -> Callable[[Unit], tuple[int | None, Page[account.StatementRow]]]:
    """Balance and movements, noted as one read."""
    return lambda unit: (
        account.balance(unit, person_id),
        account.statement(unit, person_id, _FEW),
    )


def _care(person_id: str) -> Callable[[Unit], tuple[Page[care.SettledVisit], list[PastVisit]]]:
    """Visits settled here and those of another system before, noted as one read."""
    return lambda unit: (
        care.settlements(unit, person_id, _FEW),
        visits_before(unit, records_of(unit, person_id))[: _FEW.most],
    )


def person(call: DeskCall) -> Response:
    """The whole picture; each part is read, and noted, by itself."""
    person_id = call.parameters["person"]
    survivor = call.database.read(lambda unit: survivor_of(unit, person_id))
    if survivor != person_id:
        return RedirectResponse(f"{PEOPLE}/{survivor}", 303)
    secrets = call.database.secrets

    def part(operation: str, fetch: Callable[[Unit], Result]) -> Result | None:
        return read_of(call, operation, person_id, fetch) if call.may(operation) else None

    registration = _registered(call, person_id)
    grants = part("read_grants", lambda unit: grant_rows(unit, person_id, call.today))
    relatives = [grant["grantee_id"] for grant in grants or ()]
    money = part("read_account", _money(person_id)) or (None, None)
    care_seen = part("read_settlement", _care(person_id)) or (None, None)
    cases = part("read_cases", lambda unit: case_rows_of(unit, person_id, call.today, _MOST_CASES))
    values = {
        "insured": registration,
        "contributions": part(
            "read_contributions", lambda unit: insurance.contributions(unit, person_id, _FEW)
        ),
        "balance": money[0],
        "movements": money[1],
        "visits": care_seen[0],
        "past_visits": care_seen[1],
        "grants": grants,
        "drugs": part("read_person", lambda unit: drug_qualifications(unit, person_id)),
        "days": days,
        "names": call.database.read(lambda unit: insurance.names_of(unit, secrets, relatives)),
        "cases": None if cases is None else [(case, due_of(case, call.today)) for case in cases],
        "errands": entries_for(call, person_id),
        "words": words,
        "period_text": period_text,
        "grant_status": GRANT_STATUS,
        "may_claim": call.may("hand_in"),
        "area": call.say(call.counter.packs.area(registration.area).name),
    }
    return call.show("person.html", registration.name or person_id, values)
