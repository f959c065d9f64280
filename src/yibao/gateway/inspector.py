"""The message inspector: as received, as understood, what was put right, copied as curl.

Raw messages are encrypted at rest, kept some days and shown with numbers masked.
"""

from __future__ import annotations

import json
import re
import shlex
from html import escape
from typing import TYPE_CHECKING, Any

from starlette.requests import Request
from starlette.responses import HTMLResponse, PlainTextResponse, Response
from starlette.routing import Route

from yibao.database.secrets import mask
from yibao.errors import NotFoundError
from yibao.exchange import raw
from yibao.gateway.fields import shown_name
from yibao.gateway.message import Received

if TYPE_CHECKING:
    from yibao.database.unit import Database
    from yibao.gateway.platform import Reply

_LONGEST_KEPT = 64 * 1024
_SECRET_HEADERS = ("_api_signature", "x-tif-signature", "authorization", "apikey", "cookie")
_NUMBER = re.compile(r'("(?:certno|mdtrt_cert_no|card_sn|tel|idNo)"\s*:\s*")([^"]*)(")')
_IDENTITY = re.compile(r"(?<!\d)\d{17}[\dXx](?!\d)")


def keep_exchange(database: Database, received: Received, reply: Reply) -> None:
    """Keep a message and its answer."""
    message = reply.message
    heads = {name: value for name, value in received.headers.items() if name not in _SECRET_HEADERS}
    content: dict[str, Any] = {
        "path": received.path,
        "headers": heads,
        "body": received.body[:_LONGEST_KEPT].decode("utf-8", errors="replace"),
        "answer": "（文件）"
        if reply.file_name
        else reply.body[:_LONGEST_KEPT].decode(errors="replace"),
        "error": reply.error,
        "understood": None,
        "notes": [],
    }
    if message is not None:
        content["understood"] = {**message.envelope, "input": message.input}
        content["notes"] = [list(note) for note in message.notes]
    raw.keep(
        database,
        message.institution if message is not None else "",
        message.infno if message is not None else "",
        message.msgid if message is not None else "",
        reply.infcode,
        content,
    )


def masked(text: str) -> str:
    """Certificate and telephone numbers shown by their ends only."""
    hidden = _NUMBER.sub(lambda match: match[1] + mask(match[2]) + match[3], text)
    return _IDENTITY.sub(lambda match: mask(match[0]), hidden)


def as_curl(content: dict[str, Any], address: str) -> str:
    """The message as a command."""
    kind = content["headers"].get("content-type", "text/plain")
    parts = ["curl", "-X", "POST", address + content["path"], "-H", f"Content-Type: {kind}"]
    return shlex.join([*parts, "--data-binary", masked(content["body"])])


def report(messages: list[dict[str, Any]], database: Database) -> list[str]:
    """How a client has done: transactions in order, and what it got wrong."""
    lines: list[str] = []
    for row in reversed(messages):
        content = raw.open_raw(database, row["raw_id"])
        verdict = "成功" if row["infcode"] == 0 else f"失败：{content['error']}"
        lines.append(f"{shown_name(row['infno'])}  {verdict}")
        lines += [f"    {place}：{what}" for place, what in content["notes"]]
    return lines


def inspector_routes(database: Database, address: str = "") -> list[Route]:
    """The pages, to be mounted where only the sandbox's owner comes."""

    async def listed(request: Request) -> Response:
        chosen = request.query_params.get("institution")
        rows = raw.latest(database, institution=chosen)
        body = "".join(
            f"<tr><td><a href='./{escape(row['raw_id'])}'>{escape(shown_name(row['infno']))}</a>"
            f"<td>{escape(row['institution_id'])}<td>{escape(row['message_id'])}"
            f"<td>{'成功' if row['infcode'] == 0 else '失败'}"
            for row in rows
        )
        head = "<tr><th>交易<th>机构<th>报文编号<th>结果"
        return _page("报文", f"<p>保存 {raw.DAYS_KEPT} 天。</p><table>{head}{body}</table>")

    async def shown(request: Request) -> Response:
        try:
            content = raw.open_raw(database, request.path_params["raw_id"])
        except NotFoundError as error:
            return PlainTextResponse(str(error), status_code=404)
        notes = "".join(
            f"<li>{escape(place)}：{escape(masked(what))}" for place, what in content["notes"]
        )
        understood = json.dumps(content["understood"], ensure_ascii=False, indent=2)
        curl = as_curl(content, address or str(request.base_url).rstrip("/"))
        parts = [
            ("平台补正和忽略了什么", f"<ul>{notes or '<li>没有'}</ul>"),
            ("收到的原文", f"<pre>{escape(masked(content['body']))}</pre>"),
            ("平台读成", f"<pre>{escape(masked(understood))}</pre>"),
            ("回答", f"<pre>{escape(masked(content['answer']))}</pre>"),
            ("再发一次", f"<pre>{escape(curl)}</pre>"),
        ]
        return _page("报文", "".join(f"<h2>{title}</h2>{body}" for title, body in parts))

    async def conformance(request: Request) -> Response:
        institution = request.path_params["institution"]
        rows = raw.latest(database, institution=institution, count=1_000)
        return PlainTextResponse("\n".join(map(masked, report(rows, database))) + "\n")

    return [
        Route("/", listed),
        Route("/report/{institution}", conformance),
        Route("/{raw_id}", shown),
    ]


def _page(title: str, body: str) -> HTMLResponse:
    style = "td,th{padding:.3em .8em;text-align:left}pre{white-space:pre-wrap}"
    return HTMLResponse(
        f"<!doctype html><html lang='zh-CN'><meta charset='utf-8'><title>{title}</title>"
        f"<style>{style}</style><h1>{title}</h1>{body}</html>"
    )
