"""What an employer applies for on behalf of its staff, over the API, and how far it is."""

from __future__ import annotations

from collections.abc import Iterator

from starlette.requests import Request

from yibao.access.permissions import Actor
from yibao.api.acting import RecordCall, RecordService
from yibao.api.case_papers import FILE, MOST_BODY, PICTURE
from yibao.api.cases import CASE_ID, LISTED, LISTED_EXAMPLE, listed_case
from yibao.api.counter.errand import Errand, ErrandCall, ErrandSetting
from yibao.api.counter.operations import PREVIEW, errand_body
from yibao.api.counter.staff import STAFF_ERRANDS, done_for_staff, foreseen_for_staff
from yibao.api.employer_views import EMPLOYER
from yibao.api.records import PERSON
from yibao.api.schemas import DAY, FEN, FLAG, TEXT, WHOLE, items, named, optional
from yibao.api.serving import Json, Operation
from yibao.api.writes import OfficePart, identifier
from yibao.database.instants import civil_day
from yibao.employers.locks import require_employer
from yibao.errors import NotFoundError
from yibao.inquiry import errands
from yibao.inquiry.fact_fields import field_of
from yibao.messages import message
from yibao.office.documents import OTHER, add_document
from yibao.office.flows import CaseState
from yibao.office.locks import case_row
from yibao.office.operations import move_case
from yibao.office.reading import cases_of_employer

_TAG = "用人单位"
_EXAMPLE_CASE = "0198c1a2b3c400000000000000000d10"
_MOST = 100


def for_staff(service: RecordService) -> Iterator[Operation]:
    """Apply, list what was applied for, hand in documents, and take it back."""
    part = OfficePart(service, _TAG, "/employers/{employer}", "apply_for_staff", (EMPLOYER,))
    for errand in STAFF_ERRANDS:
        yield _applying(service, part, errand)
    yield part.reads(
        "listStaffCases",
        "/cases",
        "单位的申请办到哪一步；看不到职工的就医、诊断和个人账户",
        _cases,
        named(rows=items(named(**LISTED)), next_cursor=optional(TEXT)),
        {"rows": [LISTED_EXAMPLE], "next_cursor": None},
    )
    yield part.writes(
        "moveStaffCase",
        "/cases/{case}/moves",
        "补正或者撤回单位自己的申请",
        "apply_for_staff",
        (
            identifier("move", message("办哪一步：supplement 补正，withdraw 撤回")),
            field_of(errands.MOVE_REASON, kind="prose"),
        ),
        {"move": "withdraw"},
        lambda call: _move(service, call),
        named(case=TEXT, state=TEXT, number=WHOLE, due_on=optional(DAY)),
        {"case": _EXAMPLE_CASE, "state": CaseState.WITHDRAWN, "number": 2, "due_on": None},
        CASE_ID,
    )
    yield part.writes(
        "handInForStaff",
        "/cases/{case}/documents",
        "给单位的申请交一份材料；交了以后单位也读不到内容",
        "apply_for_staff",
        FILE,
        {"paper": OTHER, "name": "证明.jpg", "content": PICTURE},
        _hand_in,
        named(case=TEXT, document=TEXT, kind=TEXT, media_type=TEXT, digest=TEXT),
        {
            "case": _EXAMPLE_CASE,
            "document": "0198c1a2b3c400000000000000000e10",
            "kind": OTHER,
            "media_type": "image/jpeg",
            "digest": "0" * 64,
        },
        CASE_ID,
        most_bytes=MOST_BODY,
    )


def _applying(service: RecordService, part: OfficePart, errand: Errand) -> Operation:
    return part.writes(
        f"{errand.id}ForStaff",
        f"/staff/{{person}}/{errand.name}",
        f"替名册上的职工申请：{errand.title.text()}",
        "apply_for_staff",
        (*errand.inputs(ErrandSetting(service.library)), PREVIEW),
        errand_body(service, errand),
        lambda call: _apply(service, errand, call),
        named(
            preview=FLAG,
            case=optional(TEXT),
            state=optional(TEXT),
            days=optional(WHOLE),
            average_fen=optional(FEN),
            amount_fen=optional(FEN),
        ),
        {
            "preview": False,
            "case": _EXAMPLE_CASE,
            "state": CaseState.FILED,
            "days": None,
            "average_fen": None,
            "amount_fen": None,
        },
        PERSON,
    )


def _apply(service: RecordService, errand: Errand, call: RecordCall) -> Json:
    values = {name: value for name, value in call.values.items() if name != PREVIEW.name}
    asked = ErrandCall(
        call.database, service.library, call.actor, call.key, call.person_id, values, call.at
    )
    foreseen = foreseen_for_staff(errand, asked, call.path["employer"])
    is_preview = bool(call.values[PREVIEW.name])
    answer = {} if is_preview else done_for_staff(errand, asked, call.path["employer"])
    return {
        "preview": is_preview,
        "case": answer.get("case"),
        "state": answer.get("state"),
        "days": foreseen.days,
        "average_fen": foreseen.average,
        "amount_fen": foreseen.amount,
    }


def _cases(service: RecordService, actor: Actor, request: Request) -> Json:
    day = civil_day(service.clock())
    code = request.path_params["employer"]
    require_employer(service.database, actor, "apply_for_staff", code)
    rows = cases_of_employer(service.database, actor, code, day, most=_MOST)
    return {"rows": [listed_case(row) for row in rows], "next_cursor": None}


def _own(call: RecordCall) -> str:
    """``NotFoundError`` for a case that is not of the employer in the address."""
    case_id = call.path["case"]
    require_employer(call.database, call.actor, "apply_for_staff", call.path["employer"])
    row = call.database.read(lambda unit: case_row(unit, case_id))
    if row.employer_id != call.path["employer"]:
        raise NotFoundError(message("没有案件 {case_id}", case_id=case_id))
    return case_id


def _move(service: RecordService, call: RecordCall) -> Json:
    answer = move_case(
        call.database,
        service.library,
        call.key,
        _own(call),
        call.values["move"],
        actor=call.actor,
        reason=call.values["reason"] or "",
        at=call.at,
    )
    return {name: answer[name] for name in ("case", "state", "number", "due_on")}


def _hand_in(call: RecordCall) -> Json:
    values = call.values
    return add_document(
        call.database,
        call.key,
        _own(call),
        values["paper"] or OTHER,
        values["name"],
        values["content"],
        actor=call.actor,
        at=call.at,
    )
