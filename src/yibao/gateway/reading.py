"""Bytes to a message: every wrapping that real clients send, within limits."""

from __future__ import annotations

import re
import urllib.parse
from collections.abc import Callable
from functools import lru_cache
from typing import Any

import msgspec

from yibao.gateway.errors import MessageError
from yibao.gateway.fields import service_paths
from yibao.gateway.message import GatewayMessage, Received
from yibao.messages import Text, message

LONGEST_MEGABYTES = 8
LONGEST_BODY = LONGEST_MEGABYTES * 2**20
"""Bytes of a request; files included."""
DEEPEST = 16
"""Levels of nesting; the deepest real message has four."""

WHOLE = message("报文")
"""Stands for the whole message where a fault has no other place."""

_PATH_OF_LISTS = "/hsa/hgs/"
_LONGEST_KEPT = 200
"""Characters of a path whose meaning is kept for the next message to it."""
_USUAL = re.compile("[\u4e00-\u9fa5\u3001\u3002\u3010\u3011\u300a\u300b\uff00-\uff5e“”‘’·—…]")
"""What Chinese text in a message is written in beside ASCII."""
_LONGEST_FORM = 2_000
"""Bytes of a form that asks for a token."""
_INFNO = re.compile(r"[0-9]{4,6}[A-Z]?|[A-Z][0-9]{4}")
_DECODER = msgspec.json.Decoder(float_hook=str)
"""Numbers with a decimal point stay text, so that no amount becomes a float."""

_ENVELOPE = frozenset(
    (
        "infno msgid mdtrtarea_admvs insuplc_admdvs recer_sys_code dev_no dev_safe_info cainfo "
        "signtype infver opter_type opter opter_name inf_time fixmedins_code fixmedins_name "
        "sign_no input enc_type enctype app_id recer_admdvs"
    ).split()
)


Opener = Callable[[dict[str, Any], str], GatewayMessage | None]
"""Opens another envelope from its object and infno; None: it is not that one."""


def read_message(received: Received, opener: Opener = lambda *_: None) -> GatewayMessage:
    """The message in a request; ``MessageError`` names what cannot be read."""
    notes = GatewayMessage("", {}, {})
    if len(received.body) > LONGEST_BODY:
        raise MessageError(
            message("报文超过 {most} MB，请分批上传", most=LONGEST_MEGABYTES), place=WHOLE
        )
    content_type = received.headers.get("content-type", "")
    files: list[tuple[str, bytes]] = []
    multipart = content_type.lower().startswith("multipart/")
    whole = None if multipart else _plain_object(received.body)
    if whole is None:
        if multipart:
            text, files = _multipart(content_type, received.body, notes)
        else:
            text = _text(received.body, content_type, notes)
        whole = _object(_unwrapped(text, notes), WHOLE)
    plain, path = _relayed(whole, received.path, notes)
    opened = opener(plain, _service(path) or str(plain.get("infno") or ""))
    if opened is not None:
        return opened
    envelope, body = _envelope(plain, notes)
    infno = _infno(path, envelope.get("infno"), notes)
    encrypted = None
    if isinstance(body, str) and body.lstrip()[:1] not in ("{", "["):
        encrypted = body
        body = {}
    elif isinstance(body, str):
        notes.note("input", message("以 JSON 文本传来，按对象读取"))
        body = _object(body, "input")
    if body is None:
        body = {}
        notes.note("input", message("没有 input，按空对象处理"))
    if not isinstance(body, dict):
        raise MessageError(message("input 应是 JSON 对象，或写成对象的 JSON 文本"), place="input")
    check_depth(body)
    envelope["infno"] = infno
    lists = _PATH_OF_LISTS in path
    return GatewayMessage(
        infno, envelope, body, notes.notes, files, lists=lists, encrypted=encrypted
    )


def asks_for_token(received: Received) -> bool:
    """Whether a client wants a token of OAuth and not a transaction."""
    form = received.query.encode() + b"&" + received.body[:_LONGEST_FORM]
    return b"grant_type=" in form and not received.body.lstrip().startswith((b"{", b"="))


def as_download(received: Received) -> Received:
    """A GET with ``file_qury_no`` as the 9102 that it stands for."""
    if received.body or "file_qury_no=" not in received.query:
        return received
    asked = {name: values[-1] for name, values in urllib.parse.parse_qs(received.query).items()}
    number = asked.get("file_qury_no", "")
    row = {"file_qury_no": number, "filename": asked.get("filename", number)}
    message = {
        "infno": "9102",
        "fixmedins_code": asked.get("fixmedins_code", ""),
        "input": {"fsDownloadIn": {**row, "fixmedins_code": "plc"}},
    }
    return Received("", received.headers, msgspec.json.encode(message))


def _relayed(plain: dict[str, Any], path: str, notes: GatewayMessage) -> tuple[dict[str, Any], str]:
    """The message and path that a client gave to a relay: method, base_url, path, body."""
    body = plain.get("body")
    if "infno" in plain or "path" not in plain or not isinstance(body, dict | str):
        return plain, path
    notes.note("body", message("按转发的请求读取：报文在 body 里，路径在 path 里"))
    inner = _object(body, "body") if isinstance(body, str) else body
    return inner, str(plain["path"])


def decode_object(text: str | bytes, place: Text) -> dict[str, Any]:
    """A JSON object, numbers with a decimal point as text; ``MessageError``."""
    return _object(text, place)


def _plain_object(body: bytes) -> dict[str, Any] | None:
    """The object of a body that is one in UTF-8 and nothing else; None: look closer."""
    if not body.startswith(b"{"):
        return None
    try:
        decoded: dict[str, Any] = _DECODER.decode(body)
    except (RecursionError, msgspec.DecodeError, UnicodeDecodeError):
        return None
    return decoded


def _object(text: str | bytes, place: Text) -> dict[str, Any]:
    try:
        decoded = _DECODER.decode(text)
        if isinstance(decoded, str):
            decoded = _DECODER.decode(decoded)
    except RecursionError:
        raise MessageError(
            message("JSON 嵌套过深，最多 {most} 层", most=DEEPEST), place=place
        ) from None
    except (msgspec.DecodeError, UnicodeDecodeError) as error:
        raise MessageError(
            message("不是合法的 JSON（{error}），请检查引号和逗号", error=str(error)), place=place
        ) from None
    if not isinstance(decoded, dict):
        raise MessageError(message("应是一个 JSON 对象，以 { 开头"), place=place)
    return decoded


def check_depth(value: Any) -> None:
    """``MessageError`` for JSON nested deeper than any real message."""
    level = [value] if isinstance(value, dict | list) else []
    for _ in range(DEEPEST):
        level = [
            child
            for node in level
            for child in (node.values() if type(node) is dict else node)
            if type(child) is dict or type(child) is list
        ]
        if not level:
            return
    raise MessageError(message("JSON 嵌套过深，最多 {most} 层", most=DEEPEST), place="input")


# --- text ----------------------------------------------------------------------------------------


def _text(body: bytes, content_type: str, notes: GatewayMessage) -> str:
    """The body as text, in the encoding that it says or shows."""
    if body.startswith((b"\xff\xfe", b"\xfe\xff")):
        notes.note(WHOLE, message("以 UTF-16 传来；接口规定 UTF-8"))
        return _decoded(body, "utf-16")
    try:
        return body.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        charset = re.search(r"charset=\"?([\w-]+)", content_type, re.IGNORECASE)
        if charset is not None and charset[1].lower() in ("gbk", "gb2312", "gb18030"):
            notes.note(WHOLE, message("以 {charset} 编码传来；接口规定 UTF-8", charset=charset[1]))
            return _decoded(body, "gb18030")
        if charset is None and _is_gbk(body):
            notes.note(WHOLE, message("没有声明编码，按 GBK 读取；接口规定 UTF-8"))
            return _decoded(body, "gb18030")
        raise MessageError(
            message(
                "第 {position} 个字节起不是 UTF-8，请以 UTF-8 编码发送", position=error.start + 1
            ),
            place=WHOLE,
        ) from None


def _is_gbk(body: bytes) -> bool:
    """Whether bytes that are no UTF-8 can only be GBK: JSON in Chinese that everybody writes.

    Every text then is of ASCII and the characters of GB 2312 with their punctuation; what
    Latin-1, a cut-off UTF-8 or noise gives is not.
    """
    try:
        text = body.decode("gbk")
    except UnicodeDecodeError:
        return False
    foreign = {sign for sign in text if not sign.isascii()}
    return bool(foreign) and all(_USUAL.fullmatch(sign) for sign in foreign)


def _decoded(body: bytes, encoding: str) -> str:
    try:
        return body.decode(encoding)
    except UnicodeDecodeError:
        raise MessageError(
            message("不是合法的 {encoding} 文本，请以 UTF-8 发送", encoding=encoding), place=WHOLE
        ) from None


def _unwrapped(text: str, notes: GatewayMessage) -> str:
    """The JSON of a form body: ``=...`` with an empty key, or one value that is JSON."""
    stripped = text.strip()
    if not stripped:
        raise MessageError(message("报文是空的，请把 JSON 放在请求体里"), place=WHOLE)
    if stripped[0] in '{["':
        return stripped
    key, separator, value = stripped.partition("=")
    if separator and (not key or re.fullmatch(r"[\w.%-]{1,40}", key)):
        notes.note(WHOLE, message("以表单传来，按 JSON 读取"))
        if value.lstrip()[:1] == "{":
            return value
        return urllib.parse.unquote_plus(value.partition("&")[0])
    if stripped.startswith("%7B"):
        return urllib.parse.unquote_plus(stripped)
    return stripped


def _multipart(
    content_type: str, body: bytes, notes: GatewayMessage
) -> tuple[str, list[tuple[str, bytes]]]:
    """The JSON part and the files of a multipart body."""
    boundary = re.search(r"boundary=\"?([^\";]+)", content_type, re.IGNORECASE)
    if boundary is None:
        raise MessageError(message("multipart 请求缺少 boundary"), place="Content-Type")
    text: str | None = None
    files: list[tuple[str, bytes]] = []
    for part in body.split(b"--" + boundary[1].strip().encode("latin-1"))[1:]:
        head, separator, content = part.partition(b"\r\n\r\n")
        if not separator:
            head, separator, content = part.partition(b"\n\n")
        if not separator or part.startswith(b"--"):
            continue
        content = content.removesuffix(b"\r\n")
        header = head.decode("utf-8", errors="replace")
        file = re.search(r"filename=\"?([^\";\r\n]*)", header, re.IGNORECASE)
        name = re.search(r"[; ]name=\"?([^\";\r\n]*)", header, re.IGNORECASE)
        if file is None and (name is None or name[1] not in ("file", "in")) and text is None:
            text = _text(content, header, notes)
        else:
            files.append((file[1] if file is not None else "", content))
    if text is None:
        raise MessageError(message("multipart 请求里没有文字部分 jsonStr"), place=WHOLE)
    return text, files


# --- envelope ------------------------------------------------------------------------------------


def _envelope(plain: dict[str, Any], notes: GatewayMessage) -> tuple[dict[str, str | None], Any]:
    """The fields around ``input``, empties as None; and ``input`` as it came."""
    fields: dict[str, str | None] = {}
    body: Any = None
    for name, value in plain.items():
        small = name if name in _ENVELOPE else name.lower()
        if small == "input":
            body = value
            continue
        if small not in _ENVELOPE:
            notes.note(name, message("不认识的报文头字段，忽略"))
            continue
        if small != name:
            notes.note(name, message("按 {small} 读取", small=small))
        fields[small] = scalar_text(value)
    if isinstance(body, str):
        body = scalar_text(body) and body
    return fields, body


def scalar_text(value: Any) -> str | None:
    """A scalar as text; null, "" and "null" alike are None."""
    if not isinstance(value, str):
        if value is None:
            return None
        if isinstance(value, bool):
            return "1" if value else "0"
        if isinstance(value, dict | list):
            return msgspec.json.encode(value).decode()
        return str(value)
    text = value.strip()
    if len(text) == 4 and text.lower() == "null":
        return None
    return text or None


def _infno(path: str, stated: str | None, notes: GatewayMessage) -> str:
    """infno of the body, else of the path, else of the service path."""
    in_path = _in_path(path)
    if stated is None:
        if in_path is None:
            raise MessageError(message("报文没有交易编号 infno，路径里也没有"), place="infno")
        notes.note("infno", message("报文没有写，按路径取 {in_path}", in_path=in_path))
        return in_path
    infno = stated.upper()
    if not _INFNO.fullmatch(infno):
        raise MessageError(
            message("交易编号 {stated} 应是四位数字，可带一个字母", stated=repr(stated[:20])),
            place="infno",
        )
    if in_path is not None and in_path != infno:
        notes.note(
            "infno",
            message("路径写的是 {in_path}，按报文的 {infno} 处理", in_path=in_path, infno=infno),
        )
    return infno


def _in_path(path: str) -> str | None:
    last = path.rstrip("/").rpartition("/")[2].upper()
    return last if _INFNO.fullmatch(last) else _service(path)


def _service(path: str) -> str | None:
    return _kept_service(path) if len(path) <= _LONGEST_KEPT else _service_of(path)


def _service_of(path: str) -> str | None:
    plain = path.rstrip("/")
    known = service_paths()
    if plain in known:
        return known[plain]
    return next((infno for service, infno in known.items() if plain.endswith(service)), None)


_kept_service = lru_cache(maxsize=256)(_service_of)
