"""The form of somebody who moves, over the API: taken out signed, and taken in once."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import msgspec

from yibao.api.acting import RecordCall, RecordService, writing
from yibao.api.case_papers import require_case_of
from yibao.api.records import PERSON, path_parameter
from yibao.api.schemas import DAY, FEN, TEXT, WHOLE, named, optional
from yibao.api.serving import Json, Operation
from yibao.inquiry.fields import Field
from yibao.inquiry.schemas import body_schema
from yibao.messages import message
from yibao.moving.files import receive_file, send_file

_TAG = "经办"
_CASE = "0198c1a2b3c400000000000000000d10"
_FORM = "0198c1a2b3c400000000000000000f10"
_CASE_ID = path_parameter("case", "转出案件的编号。", _CASE)
_FILE = "eyJraW5kIjogInlpYmFvLXRyYW5zZmVyLWZvcm0iLCAiZm9ybSI6IHt9fQ=="
"""One without a signature."""
_INPUTS = (
    Field("key", message("转出地的公钥，两地事先约定"), "prose", required=True),
    Field("file", message("信息表文件，Base64"), "content", required=True),
)


def moving(service: RecordService) -> Iterator[Operation]:
    """Take a form out, and take one in."""
    yield Operation(
        id="sendTransferForm",
        method="POST",
        path="/office/people/{person}/cases/{case}/form",
        tag=_TAG,
        summary="取转移信息表的签章文件，给另一个系统",
        description="signature 是 Ed25519 对 form 的签章，key 是本系统的公钥；取过记在链上。",
        handler=writing(service, "sendTransferForm", "move_case", (), _send),
        parameters=(PERSON, _CASE_ID),
        body=body_schema(()),
        body_example={},
        answer=named(kind=TEXT, form={"type": "object"}, key=TEXT, signature=TEXT),
        example=lambda: {
            "kind": "yibao-transfer-form",
            "form": {"number": _FORM},
            "key": "0" * 64,
            "signature": "AA==",
        },
        status=201,
        signed_in=True,
        permission="move_case",
        idempotent=True,
        problems=("not-found", "refused"),
    )
    yield Operation(
        id="receiveTransferForm",
        method="POST",
        path="/office/transfer-forms",
        tag=_TAG,
        summary="收下另一个系统发来的转移信息表",
        description="按表上的人找到已经受理的转入申请；收过的不再收。due_on 是入库的期限。",
        handler=writing(
            service,
            "receiveTransferForm",
            "change_person",
            _INPUTS,
            lambda call: _receive(service, call),
            of_area=True,
        ),
        body=body_schema(_INPUTS),
        body_example={"key": "0" * 64, "file": _FILE},
        answer=named(
            case=TEXT,
            person=TEXT,
            form=TEXT,
            months=WHOLE,
            balance_fen=FEN,
            due_on=optional(DAY),
        ),
        example=lambda: {
            "case": _CASE,
            "person": "0198c1a2b3c4000000000000000000a1",
            "form": _FORM,
            "months": 88,
            "balance_fen": 345678,
            "due_on": "2026-10-20",
        },
        status=201,
        signed_in=True,
        permission="change_person",
        idempotent=True,
        problems=("not-found", "refused"),
    )


def _send(call: RecordCall) -> Json:
    call.database.read(lambda unit: require_case_of(unit, call))
    file = send_file(call.database, call.path["case"], actor=call.actor)
    written: Any = msgspec.to_builtins(file)
    return dict(written)


def _receive(service: RecordService, call: RecordCall) -> Json:
    answer = receive_file(
        call.database,
        service.library,
        call.key,
        call.values["file"],
        str(call.values["key"]),
        actor=call.actor,
        at=call.at,
    )
    return {
        **{name: answer[name] for name in ("case", "person", "form", "months", "due_on")},
        "balance_fen": answer["balance"],
    }
