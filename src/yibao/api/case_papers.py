"""Documents of a case over the API: handed in and given out as Base64 in JSON."""

from __future__ import annotations

import base64
from collections.abc import Iterator

from yibao.api.acting import RecordCall, RecordService, reading
from yibao.api.records import PERSON, path_parameter
from yibao.api.schemas import TEXT, WHOLE, named
from yibao.api.serving import Json, Operation
from yibao.api.writes import write_operation
from yibao.database.unit import Unit
from yibao.errors import NotFoundError
from yibao.inquiry import errands
from yibao.inquiry.fact_fields import field_of
from yibao.inquiry.fields import Field
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
    yield write_operation(
        service,
        _TAG,
        "handInDocument",
        "/office/people/{person}/cases/{case}/documents",
        "交一份材料",
        "hand_in",
        FILE,
        {"paper": OTHER, "name": "病历.jpg", "content": PICTURE},
        _hand_in,
        named(case=TEXT, document=TEXT, kind=TEXT, media_type=TEXT, digest=TEXT),
        {
            "case": _EXAMPLE_CASE,
            "document": _EXAMPLE_DOCUMENT,
            "kind": OTHER,
            "media_type": "image/jpeg",
            "digest": "0" * 64,
        },
        (PERSON, _CASE_ID),
        description="PDF、JPEG 按内容检查，不收带脚本、附件和加密的；OFD 只存、只供下载；"
        "每份最多 8 MB，加密存放。要什么材料见案件的 papers。",
        most_bytes=MOST_BODY,
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
