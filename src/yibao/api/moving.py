"""The form of somebody who moves, over the API: taken out signed, and taken in once."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import msgspec

from yibao.api.acting import RecordCall, RecordService
from yibao.api.case_papers import require_case_of
from yibao.api.records import PERSON, path_parameter
from yibao.api.schemas import DAY, FEN, TEXT, WHOLE, named, optional
from yibao.api.serving import Json, Operation
from yibao.api.writes import write_operation
from yibao.inquiry.fields import Field
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
    yield write_operation(
        service,
        _TAG,
        "sendTransferForm",
        "/office/people/{person}/cases/{case}/form",
        "取转移信息表的签章文件，给另一个系统",
        "move_case",
        (),
        {},
        _send,
        named(kind=TEXT, form={"type": "object"}, key=TEXT, signature=TEXT),
        {
            "kind": "yibao-transfer-form",
            "form": {"number": _FORM},
            "key": "0" * 64,
            "signature": "AA==",
        },
        (PERSON, _CASE_ID),
        description="signature 是 Ed25519 对 form 的签章，key 是本系统的公钥；取过记在链上。",
    )
    yield write_operation(
        service,
        _TAG,
        "receiveTransferForm",
        "/office/transfer-forms",
        "收下另一个系统发来的转移信息表",
        "change_person",
        _INPUTS,
        {"key": "0" * 64, "file": _FILE},
        lambda call: _receive(service, call),
        named(
            case=TEXT,
            person=TEXT,
            form=TEXT,
            months=WHOLE,
            balance_fen=FEN,
            due_on=optional(DAY),
        ),
        {
            "case": _CASE,
            "person": "0198c1a2b3c4000000000000000000a1",
            "form": _FORM,
            "months": 88,
            "balance_fen": 345678,
            "due_on": "2026-10-20",
        },
        (),
        of_area=True,
        description="按表上的人找到已经受理的转入申请；收过的不再收。due_on 是入库的期限。",
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
