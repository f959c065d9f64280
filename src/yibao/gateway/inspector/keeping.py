"""Messages kept for the inspector: written, masked, read again, and forgotten in time."""

from __future__ import annotations

import datetime
import json
import logging
import re
import shlex
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

from yibao.database.identifiers import made_at
from yibao.database.secrets import mask
from yibao.database.unit import Database
from yibao.errors import YibaoError
from yibao.exchange import raw
from yibao.gateway.conformance import Conformance, Heard, report
from yibao.gateway.message import Received, Reply
from yibao.gateway.values import ZONE
from yibao.messages import message
from yibao.messages.stored import text_from_stored, to_stored

_LOG = logging.getLogger(__name__)

_LONGEST_KEPT = 64 * 1024
_MOST_REPORTED = 1_000
_SECONDS_BETWEEN = 3_600
_SECRET_HEADERS = ("_api_signature", "x-tif-signature", "authorization", "apikey", "cookie")
_NUMBERS = (
    "certno mdtrt_cert_no card_sn tel idNo coner_tel agnter_certno agnter_tel mdtrtCertNo "
    "ecToken payToken payAuthNo revsToken password prsc_dr_certno phar_certno dept_resper_tel"
).split()
_NAMES = (
    "psn_name coner_name agnter_name dept_resper_name userName curr_addr coner_addr addr".split()
)
_IDENTITY = re.compile(r"(?<!\d)\d{17}[\dXx](?!\d)")


def _field(names: list[str]) -> re.Pattern[str]:
    """A field of JSON, also of JSON that stands as text inside JSON."""
    listed = "|".join(names)
    return re.compile(rf'(\\*"(?:{listed})\\*"\s*:\s*\\*")((?:\\u[0-9a-fA-F]{{4}}|[^"\\])*)')


_NUMBER, _NAME = _field(_NUMBERS), _field(_NAMES)


def masked(text: str) -> str:
    """Certificate and telephone numbers shown by their ends only, names by their first sign."""
    hidden = _NUMBER.sub(lambda match: match[1] + mask(match[2]), text)
    hidden = _NAME.sub(lambda match: match[1] + _initial(match[2]), hidden)
    return _IDENTITY.sub(lambda match: mask(match[0]), hidden)


def _initial(name: str) -> str:
    first = name[:6] if name.startswith("\\u") else name[:1]
    return f"{first}**" if name else ""


def keep_exchange(database: Database, received: Received, reply: Reply) -> None:
    """Keep a message and its answer."""
    exchange = reply.message
    heads = {name: value for name, value in received.headers.items() if name not in _SECRET_HEADERS}
    content: dict[str, Any] = {
        "path": received.path,
        "headers": heads,
        "body": received.body[:_LONGEST_KEPT].decode("utf-8", errors="replace"),
        "answer": _answered(reply),
        "status": reply.status,
        "error": to_stored(reply.error),
        "understood": None,
        "notes": [],
        "steps": [],
    }
    if exchange is not None:
        content["understood"] = {**exchange.envelope, "input": exchange.input}
        content["notes"] = [
            [to_stored(note.place), to_stored(note.what)] for note in exchange.notes
        ]
        content["steps"] = [
            {"label": to_stored(step.label), "why": to_stored(step.why), "source": step.source}
            for step in exchange.steps
        ]
    raw.keep(
        database,
        exchange.institution if exchange is not None else "",
        exchange.infno if exchange is not None else "",
        exchange.msgid if exchange is not None else "",
        reply.infcode,
        content,
    )


def _answered(reply: Reply) -> Any:
    """The answer as it went out; of a file only its name and size, as a message."""
    if not reply.file_name:
        return reply.body[:_LONGEST_KEPT].decode(errors="replace")
    file = message("（文件 {name}，{bytes} 字节）", name=reply.file_name, bytes=len(reply.body))
    return to_stored(file)


def as_curl(content: dict[str, Any], address: str, *, plain: bool = False) -> str:
    """The message as a command; ``plain``: with its numbers, so that it can be run."""
    kind = content["headers"].get("content-type", "text/plain")
    body = content["body"] if plain else masked(content["body"])
    parts = ["curl", "-X", "POST", address + content["path"], "-H", f"Content-Type: {kind}"]
    return shlex.join([*parts, "--data-binary", body])


def came_at(raw_id: str) -> datetime.datetime:
    """When a message came, in civil time."""
    return made_at(raw_id).astimezone(ZONE)


def _heard(row: dict[str, Any], content: dict[str, Any]) -> Heard:
    understood = content["understood"] or {}
    input_text = json.dumps(understood.get("input") or {}, ensure_ascii=False)
    answered = content["answer"]
    return Heard(
        at=came_at(row["raw_id"]),
        infno=row["infno"],
        message_id=row["message_id"],
        failed=row["infcode"] != 0,
        error=text_from_stored(content["error"]),
        notes=[
            (text_from_stored(place), text_from_stored(what)) for place, what in content["notes"]
        ],
        person=_first("psn_no", input_text),
        visit=_first("mdtrt_id", input_text)
        or _first("mdtrt_id", answered if isinstance(answered, str) else ""),
    )


def _first(name: str, text: str) -> str:
    match = re.search(rf'"{name}"\s*:\s*"([^"]+)"', text)
    return "" if match is None else match[1]


def conformance(database: Database, institution: str) -> Conformance:
    """The report on the messages of an institution that are still kept."""
    rows = raw.latest(database, institution=institution, count=_MOST_REPORTED)
    heard = (_heard(row, raw.open_raw(database, row["raw_id"])) for row in reversed(rows))
    return report(institution, heard)


@contextmanager
def forgetting(database: Database, seconds: float = _SECONDS_BETWEEN) -> Iterator[None]:
    """Old messages are deleted at once, and again from time to time while the block lasts."""
    ended = threading.Event()

    def forget() -> None:
        while True:
            try:
                raw.forget_old(database, datetime.datetime.now(datetime.UTC))
            except YibaoError as error:
                _LOG.warning("%s", message("旧报文没有删成，稍后再试：{fault}", fault=error.said))
            if ended.wait(seconds):
                return

    thread = threading.Thread(target=forget, name="yibao-forgetting", daemon=True)
    thread.start()
    try:
        yield
    finally:
        ended.set()
        thread.join()
