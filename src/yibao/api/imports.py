"""Another system's files over the API: looked at, then written, once however often sent."""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING

from starlette.requests import Request

from yibao.access.permissions import Actor
from yibao.api.acting import RecordCall, RecordService
from yibao.api.schemas import FLAG, INSTANT, TEXT, WHOLE, items, named, optional
from yibao.api.serving import Json, Operation
from yibao.api.writes import OfficePart
from yibao.errors import InputError
from yibao.importing.words import KIND_WORDS
from yibao.inquiry.fields import Choice, Field
from yibao.messages import message
from yibao.office.files import MOST_BYTES

if TYPE_CHECKING:
    from yibao.importing.running import Imported

_TAG = "经办"
_PATH = "/office/imports"
_MOST_BODY = MOST_BYTES * 4 // 3 + 64 * 1024
_INPUTS = (
    Field(
        "kind",
        message("文件里是什么"),
        "choice",
        required=True,
        choices=tuple(Choice(code, said) for code, said in KIND_WORDS.items()),
    ),
    Field("name", message("文件名"), "name", required=True),
    Field("content", message("文件，Base64"), "content", required=True),
    Field("mapping", message("映射（YAML），Base64"), "content"),
    Field("encoding", message("CSV 的编码：utf-8、gbk、gb18030"), "id"),
    Field("write", message("写 true 才写入；不写只看会写入什么"), "flag"),
)
_ROW = {
    "run": TEXT,
    "kind": TEXT,
    "name": TEXT,
    "state": TEXT,
    "started_at": INSTANT,
    "behind": WHOLE,
    "new": WHOLE,
    "already": WHOLE,
    "rejected": WHOLE,
    "told": TEXT,
}
_RUN = "0198c1a2b3c400000000000000000f30"


def importing_files(service: RecordService) -> Iterator[Operation]:
    """Look at a file or write it, and the runs so far."""
    part = OfficePart(service, _TAG, _PATH, "import_records")
    yield part.reads(
        "listImports",
        "",
        "本统筹区导入过的文件和进度，新的在前",
        _runs,
        named(rows=items(named(**_ROW)), next_cursor=optional(TEXT)),
        {
            "rows": [
                {
                    "run": _RUN,
                    "kind": "people",
                    "name": "人员.csv",
                    "state": "completed",
                    "started_at": "2026-11-21T08:00:00Z",
                    "behind": 4,
                    "new": 3,
                    "already": 0,
                    "rejected": 1,
                    "told": "",
                }
            ],
            "next_cursor": None,
        },
    )
    yield part.writes(
        "importFile",
        "",
        "看一个文件会写入什么，或者写入",
        "import_records",
        _INPUTS,
        {"kind": "people", "name": "people.csv", "content": "cGVyc29uCg=="},
        lambda call: _import(service, call),
        named(
            written=FLAG,
            run=optional(TEXT),
            new=WHOLE,
            already=WHOLE,
            rejected=WHOLE,
            amounts_fen={"type": "object", "additionalProperties": WHOLE},
            problems=items(named(row=WHOLE, column=TEXT, reason=TEXT)),
            draft=TEXT,
        ),
        {
            "written": False,
            "run": None,
            "new": 3,
            "already": 0,
            "rejected": 1,
            "amounts_fen": {},
            "problems": [{"row": 4, "column": "", "reason": "居民身份证号码的校验位不对"}],
            "draft": "",
        },
        description="有问题的行不写，其余照写；同一个文件再写一次什么也不写，断了再发一次接着写。"
        "最大 8 MB，更大的用 yibao import。",
        most_bytes=_MOST_BODY,
    )


def _runs(service: RecordService, actor: Actor, request: Request) -> Json:
    from yibao.importing.uploads import runs_of

    rows = [
        {
            "run": run.run_id,
            "kind": run.kind.value,
            "name": run.name,
            "state": run.state.value,
            "started_at": run.started_at,
            "behind": run.behind,
            "new": run.new,
            "already": run.here,
            "rejected": run.rejected,
            "told": run.told,
        }
        for run in runs_of(service.database, actor, service.clock())
    ]
    return {"rows": rows, "next_cursor": None}


def _import(service: RecordService, call: RecordCall) -> Json:
    from yibao.columns import require as require_columns

    require_columns()
    from yibao.importing.uploads import SentFile, begin_run, carry_out, look_at

    values = call.values
    file = SentFile(
        str(values["kind"]),
        str(values["name"]),
        values["content"],
        _text(values["mapping"] or b""),
        values["encoding"] or "",
    )
    if not values["write"]:
        seen = look_at(call.database, service.library, file, actor=call.actor)
        return _told(seen.imported, seen.draft, None)
    begun = begin_run(call.database, call.key, file, file.digest, actor=call.actor, at=call.at)
    imported = carry_out(
        call.database, service.library, begun["run"], file, actor=call.actor, clock=service.clock
    )
    return _told(imported, "", str(begun["run"]))


def _text(content: bytes) -> str:
    try:
        return content.decode("utf-8")
    except UnicodeDecodeError:
        raise InputError(message("映射是 UTF-8 的 YAML"), place="mapping") from None


def _told(imported: Imported | None, draft: str, run_id: str | None) -> Json:
    if imported is None:
        nothing = {"new": 0, "already": 0, "rejected": 0, "amounts_fen": {}, "problems": []}
        return {"written": False, "run": None, **nothing, "draft": draft}
    return {
        "written": imported.is_written,
        "run": run_id,
        "new": imported.new,
        "already": imported.here,
        "rejected": imported.rejected,
        "amounts_fen": dict(imported.amounts),
        "problems": [
            {"row": fault.row, "column": fault.heading, "reason": str(fault.reason)}
            for fault in imported.faults
        ],
        "draft": draft,
    }
