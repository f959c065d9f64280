"""Another system's files at the desk: looked at, let in by whoever saw what they would write."""

from __future__ import annotations

import logging
import secrets
import threading
from collections.abc import Mapping
from types import ModuleType
from typing import Any

from starlette.responses import RedirectResponse, Response

from yibao.access.operations import Key
from yibao.access.permissions import require
from yibao.errors import InputError, YibaoError
from yibao.importing.words import AMOUNT_WORDS, KIND_WORDS
from yibao.messages import Text, message
from yibao.portal.calls import status_of
from yibao.portal.desk.frame import DESK, DeskCall

IMPORTS = f"{DESK}/imports"
_MOST_MAPPING = 20_000
_AT_ONCE = 3.0
"""Seconds that a small file may take before the page says that it goes on."""
_LOG = logging.getLogger("yibao.service")


def _uploads() -> ModuleType:
    """The room, once its optional packages are there: pages without it start without them."""
    from yibao.columns import require as require_columns

    require_columns()
    from yibao.importing import uploads

    return uploads


def show(call: DeskCall) -> Response:
    """The runs so far, and a form for a file."""
    return _page(call, "", None, 200)


def _page(
    call: DeskCall,
    place: str,
    fault: Text | None,
    status: int,
    more: Mapping[str, Any] | None = None,
) -> Response:
    require(call.actor, "import_records", area=call.actor.area)
    values = {
        "runs": _uploads().runs_of(call.database, call.actor, call.counter.now()),
        "kinds": KIND_WORDS,
        "amounts": AMOUNT_WORDS,
        "written": call.sent,
        "seen": None,
        "file": None,
        "fault": fault,
        "place": place,
        "once": secrets.token_hex(16),
        **(more or {}),
    }
    return call.show("imports.html", message("导入原系统的数据"), values, status)


def _file(call: DeskCall) -> Any:
    if call.upload is None or not call.upload.content:
        raise InputError(message("请选一个文件"), place="file")
    sent = call.sent
    if len(sent.get("mapping", "")) > _MOST_MAPPING:
        raise InputError(message("映射太长"), place="mapping")
    return _uploads().SentFile(
        sent.get("kind", ""),
        call.upload.name,
        call.upload.content,
        sent.get("mapping", ""),
        sent.get("encoding", ""),
    )


def look(call: DeskCall) -> Response:
    """What a file would write, and its rows that cannot be; nothing is written."""
    require(call.actor, "import_records", area=call.actor.area)
    try:
        file = _file(call)
        seen = _uploads().look_at(call.database, call.counter.packs, file, actor=call.actor)
    except YibaoError as error:
        place = getattr(error, "place", "") or "file"
        return _page(call, place, error.message, status_of(error))
    if seen.imported is None:
        drafted = {**call.sent, "mapping": seen.draft}
        said = message("表头认不出来：这是起草的映射，改好 TODO 的地方，再选一次文件")
        return _page(call, "mapping", said, 422, {"written": drafted})
    return _page(call, "", None, 200, {"seen": seen, "file": file})


def write(call: DeskCall) -> Response:
    """Let in the file that was looked at; it goes on by itself, and its row says how far."""
    require(call.actor, "import_records", area=call.actor.area)
    uploads = _uploads()
    try:
        file = _file(call)
        begun = uploads.begin_run(
            call.database,
            Key(call.actor.id, "desk_import", call.once()),
            file,
            call.sent.get("seen", ""),
            actor=call.actor,
            at=call.counter.now(),
        )
    except YibaoError as error:
        return _page(call, "file", error.message, status_of(error))

    def carry_out() -> None:
        try:
            uploads.carry_out(
                call.database,
                call.counter.packs,
                begun["run"],
                file,
                actor=call.actor,
                language=call.language,
                clock=call.counter.now,
            )
        except YibaoError:
            pass  # the row of the run says why
        except Exception:
            _LOG.exception("import")

    thread = threading.Thread(target=carry_out, daemon=True)
    thread.start()
    thread.join(_AT_ONCE)
    return RedirectResponse(IMPORTS, 303)


def rejects(call: DeskCall) -> Response:
    """The rows of a run that could not be imported, each with its reason."""
    require(call.actor, "import_records", area=call.actor.area)
    run_id = call.parameters["import_run"]
    text = _uploads().rejects_of(call.database, call.actor, run_id)
    headers = {
        "Content-Disposition": f'attachment; filename="rejects-{run_id[-6:]}.csv"',
        "Cache-Control": "no-store",
    }
    return Response("\ufeff" + text, media_type="text/csv; charset=utf-8", headers=headers)
