"""Cases over the API: an officer's queue, one case with its history, and its next step."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from starlette.concurrency import run_in_threadpool
from starlette.requests import Request
from starlette.responses import Response

from yibao.api.acting import RecordCall, RecordService, reading, shown
from yibao.api.records import PERSON, path_parameter
from yibao.api.schemas import DAY, FLAG, INSTANT, TEXT, WHOLE, items, named, optional
from yibao.api.serving import Json, Operation, json_response
from yibao.api.writes import identifier, write_operation
from yibao.database.instants import civil_day
from yibao.database.unit import Unit
from yibao.errors import NotFoundError
from yibao.inquiry import errands
from yibao.inquiry.claiming import BASIS
from yibao.inquiry.fact_fields import field_of
from yibao.inquiry.fields import Field
from yibao.messages import message
from yibao.office import notes
from yibao.office import operations as office
from yibao.office.flows import CaseState
from yibao.office.reading import CasePage, ListedCase, case_page, case_rows_of, queue
from yibao.office.rights import STAFF, require_case

TAG = "经办"
_MOST_CASES = 100
_EXAMPLE_CASE = "0198c1a2b3c400000000000000000d10"
CASE_ID = path_parameter("case", "案件编号。", _EXAMPLE_CASE)
_MOVE: tuple[Field, ...] = (
    identifier("move", message("办哪一步：案件的 moves 之一")),
    field_of(errands.MOVE_REASON, kind="prose"),
    field_of(errands.LAST_SEEN),
    field_of(errands.VALID_UNTIL),
    BASIS,
)
_NOTE = (field_of(errands.CASE_NOTE, kind="prose"),)

LISTED = {
    "case": TEXT,
    "case_number": TEXT,
    "kind": TEXT,
    "title": TEXT,
    "summary": TEXT,
    "person": optional(TEXT),
    "area": TEXT,
    "state": TEXT,
    "state_title": TEXT,
    "open": FLAG,
    "opened_at": INSTANT,
    "due_on": optional(DAY),
    "overdue": FLAG,
    "due_note": TEXT,
}
LISTED_EXAMPLE: Json = {
    "case": _EXAMPLE_CASE,
    "case_number": "140100-GR-261130-04821",
    "kind": "grant_review",
    "title": "家庭共济授权审核",
    "summary": "授权亲属使用个人账户，从 2026-11-21 起",
    "person": "0198c1a2b3c4000000000000000000a1",
    "area": "000000",
    "state": CaseState.ACCEPTED,
    "state_title": "已受理",
    "open": True,
    "opened_at": "2026-11-21T08:00:00Z",
    "due_on": None,
    "overdue": False,
    "due_note": "",
}
_STEP = named(
    number=WHOLE,
    step=TEXT,
    at=INSTANT,
    actor=TEXT,
    role=TEXT,
    before=optional(TEXT),
    after=TEXT,
    reason=TEXT,
)
_HANDED_IN = named(
    document=TEXT, kind=TEXT, title=TEXT, name=TEXT, media_type=TEXT, size=WHOLE, added_at=INSTANT
)
_PAGE = named(
    **LISTED,
    number=WHOLE,
    data={"type": "object"},
    history=items(_STEP),
    documents=items(_HANDED_IN),
    papers=items(named(paper=TEXT, title=TEXT, required=FLAG)),
    missing=items(TEXT),
    moves=items(named(move=TEXT, title=TEXT, needs_reason=FLAG)),
)
_PAGE_EXAMPLE: Json = {
    **LISTED_EXAMPLE,
    "number": 1,
    "data": {"grant_id": "0198c1a2b3c4000000000000000000c1"},
    "history": [
        {
            "number": 1,
            "step": "提交申请",
            "at": "2026-11-21T08:00:00Z",
            "actor": "0198c1a2b3c4000000000000000000a1",
            "role": "insured",
            "before": None,
            "after": CaseState.FILED,
            "reason": "",
        }
    ],
    "documents": [],
    "papers": [{"paper": "kinship", "title": "亲属关系证明", "required": False}],
    "missing": [],
    "moves": [{"move": "withdraw", "title": "撤回", "needs_reason": False}],
}


def cases(service: RecordService) -> Iterator[Operation]:
    """The queue, a person's cases, and what is done with one."""
    yield _queue(service)
    yield Operation(
        id="listCases",
        method="GET",
        path="/office/people/{person}/cases",
        tag=TAG,
        summary="一个人的申请和进度",
        description="一个人的申请和进度，新的在前。",
        handler=reading(service, "read_cases", _cases_of),
        parameters=(PERSON,),
        answer=named(rows=items(named(**LISTED)), next_cursor=optional(TEXT)),
        example=lambda: {"rows": [LISTED_EXAMPLE], "next_cursor": None},
        signed_in=True,
        permission="read_cases",
        problems=("not-found", "invalid-input"),
    )
    yield Operation(
        id="readCase",
        method="GET",
        path="/office/people/{person}/cases/{case}",
        tag=TAG,
        summary="一件事：要什么、材料、经过、接下来可以办哪一步",
        handler=reading(service, "read_case", _case),
        parameters=(PERSON, CASE_ID),
        answer=_PAGE,
        example=lambda: _PAGE_EXAMPLE,
        signed_in=True,
        permission="read_case",
        problems=("not-found", "invalid-input"),
    )
    yield _write(
        service,
        "moveCase",
        "/moves",
        "办下一步：受理、补正、批准、不予批准、撤回……",
        "move_case",
        _MOVE,
        {"move": "withdraw", "reason": "不需要了"},
        lambda call: _move(service, call),
        named(case=TEXT, state=TEXT, number=WHOLE, due_on=optional(DAY)),
        {"case": _EXAMPLE_CASE, "state": CaseState.WITHDRAWN, "number": 2, "due_on": None},
    )
    yield _write(
        service,
        "noteCase",
        "/notes",
        "写备注",
        "note_case",
        _NOTE,
        {"text": "电话问过本人"},
        _note,
        named(case=TEXT, number=WHOLE),
        {"case": _EXAMPLE_CASE, "number": 2},
    )


def _write(
    service: RecordService,
    name: str,
    path: str,
    summary: str,
    permission: str,
    inputs: tuple[Field, ...],
    body_example: Json,
    work: Any,
    answer: Json,
    example: Json,
) -> Operation:
    return write_operation(
        service,
        TAG,
        name,
        f"/office/people/{{person}}/cases/{{case}}{path}",
        summary,
        permission,
        inputs,
        body_example,
        work,
        answer,
        example,
        (PERSON, CASE_ID),
    )


def _queue(service: RecordService) -> Operation:
    def rows(request: Request) -> Response:
        at = service.clock()
        actor = shown(service, request, at).actor
        day = civil_day(at)
        # Whoever works at no office has nothing waiting there.
        waiting = (
            queue(service.database, actor, day, most=_MOST_CASES) if actor.role in STAFF else []
        )
        return json_response({"rows": [listed_case(row) for row in waiting], "next_cursor": None})

    async def handler(request: Request) -> Response:
        return await run_in_threadpool(rows, request)

    return Operation(
        id="readQueue",
        method="GET",
        path="/office/queue",
        tag=TAG,
        summary="我的待办",
        description=f"本统筹区里等我这个岗位办下一步的案件，期限近的在前，最多 {_MOST_CASES} 件。",
        handler=handler,
        answer=named(rows=items(named(**LISTED)), next_cursor=optional(TEXT)),
        example=lambda: {"rows": [LISTED_EXAMPLE], "next_cursor": None},
        signed_in=True,
    )


def _cases_of(unit: Unit, call: RecordCall) -> Json:
    rows = case_rows_of(unit, call.person_id, call.day, _MOST_CASES)
    return {"rows": [listed_case(row) for row in rows], "next_cursor": None}


def _page_of(unit: Unit, call: RecordCall) -> CasePage:
    case_id = call.path["case"]
    page = case_page(unit, call.actor, case_id, call.day)
    if page.listed.person_id != call.person_id:
        raise NotFoundError(message("没有案件 {case_id}", case_id=case_id))
    require_case(call.actor, "read_case", page.listed)
    return page


def _case(unit: Unit, call: RecordCall) -> Json:
    page = _page_of(unit, call)
    return {
        **listed_case(page.listed),
        "number": page.number,
        "data": page.written,
        "history": [
            {
                "number": step.number,
                "step": str(step.label),
                "at": step.at,
                "actor": step.actor,
                "role": step.role,
                "before": step.before,
                "after": step.after,
                "reason": step.reason,
            }
            for step in page.history
        ],
        "documents": [
            {
                "document": document.document_id,
                "kind": document.kind,
                "title": str(document.label),
                "name": document.name,
                "media_type": document.media_type,
                "size": document.size,
                "added_at": document.added_at,
            }
            for document in page.documents
        ],
        "papers": [
            {"paper": paper.kind, "title": str(paper.label), "required": paper.required}
            for paper in page.papers
        ],
        "missing": [str(paper.label) for paper in page.missing],
        "moves": [
            {"move": move.name, "title": str(move.label), "needs_reason": move.needs_reason}
            for move in page.moves
        ],
    }


def listed_case(row: ListedCase) -> Json:
    """A case in a list, as JSON."""
    return {
        "case": row.case_id,
        "case_number": row.number,
        "kind": row.kind.name,
        "title": str(row.kind.label),
        "summary": str(row.summary),
        "person": row.person_id,
        "area": row.area,
        "state": row.state,
        "state_title": str(row.state_label),
        "open": row.is_open,
        "opened_at": row.opened_at,
        "due_on": row.deadline.day,
        "overdue": row.deadline.is_overdue,
        "due_note": str(row.deadline.note),
    }


def _require_own(call: RecordCall) -> None:
    """``NotFoundError`` for a case that is another person's than the address says."""
    call.database.read(lambda unit: _page_of(unit, call))


def _move(service: RecordService, call: RecordCall) -> Json:
    _require_own(call)
    values = call.values
    answer = office.move_case(
        call.database,
        service.library,
        call.key,
        call.path["case"],
        values["move"],
        actor=call.actor,
        reason=values["reason"] or "",
        basis=values["basis"] or "",
        seen=values["seen"],
        until=values["until"],
        at=call.at,
    )
    return {name: answer[name] for name in ("case", "state", "number", "due_on")}


def _note(call: RecordCall) -> Json:
    _require_own(call)
    return notes.add_note(
        call.database,
        call.key,
        call.path["case"],
        call.values["text"],
        actor=call.actor,
        at=call.at,
    )
