"""Documents of a case over the API: handed in and given out as Base64 in JSON."""

from __future__ import annotations

import base64
from collections.abc import Iterator

from yibao.api.acting import RecordCall, RecordService, reading, writing
from yibao.api.records import PERSON, path_parameter
from yibao.api.schemas import TEXT, WHOLE, named
from yibao.api.serving import Json, Operation
from yibao.database.unit import Unit
from yibao.errors import NotFoundError
from yibao.inquiry import errands
from yibao.inquiry.fact_fields import field_of
from yibao.inquiry.fields import Field
from yibao.inquiry.schemas import body_schema
from yibao.messages import message
from yibao.office.documents import OTHER, add_document, file_of
from yibao.office.files import MOST_BYTES
from yibao.office.locks import case_row
from yibao.office.rights import require_case

_TAG = "经办"
_EXAMPLE_CASE = "0198c1a2b3c400000000000000000d10"
_EXAMPLE_DOCUMENT = "0198c1a2b3c400000000000000000e10"
_CASE_ID = path_parameter("case", "案件编号。", _EXAMPLE_CASE)
_DOCUMENT_ID = path_parameter("document", "材料编号。", _EXAMPLE_DOCUMENT)
MOST_BODY = MOST_BYTES * 4 // 3 + 64 * 1024
FILE: tuple[Field, ...] = (
    field_of(errands.PAPER, kind="id", default=OTHER),
    field_of(errands.FILE_NAME),
    field_of(errands.FILE_CONTENT, kind="content"),
)
PICTURE = (
    "/9j/4AAQSkZJRgABAQAAAQABAAD/2wBDAP" + "/" * 86 + "wAALCAABAAEBAREA/8QAFAABAAAAAA"
    "AAAAAAAAAAAAAAA//EABQQAQAAAAAAAAAAAAAAAAAAAAD/2gAIAQEAAD8AN//Z"
)
"""A picture of one point."""


def case_papers(service: RecordService) -> Iterator[Operation]:
    """Hand in a document of a case, and read one."""
    yield Operation(
        id="handInDocument",
        method="POST",
        path="/office/people/{person}/cases/{case}/documents",
        tag=_TAG,
        summary="交一份材料",
        description="PDF、JPEG 按内容检查，不收带脚本、附件和加密的；OFD 只存、只供下载；"
        "每份最多 8 MB，加密存放。要什么材料见案件的 papers。",
        handler=writing(service, "handInDocument", "hand_in", FILE, _hand_in, most_bytes=MOST_BODY),
        parameters=(PERSON, _CASE_ID),
        body=body_schema(FILE),
        body_example={"paper": OTHER, "name": "病历.jpg", "content": PICTURE},
        answer=named(case=TEXT, document=TEXT, kind=TEXT, media_type=TEXT, digest=TEXT),
        example=lambda: {
            "case": _EXAMPLE_CASE,
            "document": _EXAMPLE_DOCUMENT,
            "kind": OTHER,
            "media_type": "image/jpeg",
            "digest": "0" * 64,
        },
        status=201,
        signed_in=True,
        permission="hand_in",
        idempotent=True,
        problems=("not-found", "refused"),
    )
    yield Operation(
        id="readDocument",
        method="GET",
        path="/office/people/{person}/cases/{case}/documents/{document}",
        tag=_TAG,
        summary="一份材料和它的内容",
        description="内容是 Base64；谁看过，记在当事人的查看记录里。",
        handler=reading(service, "read_case", _document),
        parameters=(PERSON, _CASE_ID, _DOCUMENT_ID),
        answer=named(
            document=TEXT, kind=TEXT, name=TEXT, media_type=TEXT, size=WHOLE, content=TEXT
        ),
        example=lambda: {
            "document": _EXAMPLE_DOCUMENT,
            "kind": OTHER,
            "name": "病历.jpg",
            "media_type": "image/jpeg",
            "size": 159,
            "content": PICTURE,
        },
        signed_in=True,
        permission="read_case",
        problems=("not-found", "invalid-input"),
    )


def require_case_of(unit: Unit, call: RecordCall) -> None:
    """``NotFoundError`` for a case that is another person's than the address says."""
    case_id = call.path["case"]
    row = case_row(unit, case_id)
    if row.person_id != call.person_id:
        raise NotFoundError(message("没有案件 {case_id}", case_id=case_id))
    require_case(call.actor, "read_case", row)


def _hand_in(call: RecordCall) -> Json:
    call.database.read(lambda unit: require_case_of(unit, call))
    values = call.values
    return add_document(
        call.database,
        call.key,
        call.path["case"],
        values["paper"] or OTHER,
        values["name"],
        values["content"],
        actor=call.actor,
        at=call.at,
    )


def _document(unit: Unit, call: RecordCall) -> Json:
    require_case_of(unit, call)
    document_id = call.path["document"]
    file = file_of(unit, call.path["case"], document_id)
    return {
        "document": document_id,
        "kind": file.kind,
        "name": file.name,
        "media_type": file.media_type,
        "size": len(file.content),
        "content": base64.b64encode(file.content).decode(),
    }
