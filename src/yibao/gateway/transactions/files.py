"""Files: 9101 takes one, 9102 gives one."""

from __future__ import annotations

import base64
import binascii
import datetime

import msgspec

from yibao.database.identifiers import new_identifier
from yibao.database.unit import Database, Unit
from yibao.exchange.files import insert_file, owner_of, read_file
from yibao.gateway.answers import Output
from yibao.gateway.call import Call
from yibao.gateway.errors import MessageError, titled
from yibao.gateway.identifiers import from_wire, to_wire
from yibao.gateway.message import GatewayMessage
from yibao.gateway.reading import scalar_text
from yibao.gateway.registry import File, reads, writes
from yibao.gateway.transactions.directories import asked_by, directory_file, is_directory
from yibao.gateway.transactions.medical_records import is_record, record_file
from yibao.gateway.values import instant_text
from yibao.messages import message

_DAYS_KEPT = 30


def kept_until(now: datetime.datetime) -> str:
    """Until when a file may be fetched."""
    return instant_text(now + datetime.timedelta(days=_DAYS_KEPT))


@writes("9101")
def upload(call: Call) -> bytes:
    """9101: the file of a multipart body, or the bytes in field ``in``."""
    row = call.nodes.one()
    name = row.get("filename") or (call.message.files[0][0] if call.message.files else "")
    content = call.message.files[0][1] if call.message.files else _content(row.get("in"))
    file_id = new_identifier()

    def operation(unit: Unit) -> Output:
        insert_file(unit, call.institution, file_id, name[:200], content, call.now)
        return {
            "file_qury_no": to_wire(file_id),
            "filename": name,
            "fixmedins_code": call.institution,
            "dld_endtime": kept_until(call.now),
        }

    return call.write(call.institution, operation)


def _content(text: str | None) -> bytes:
    place = titled("input.fsUploadIn.in", message("文件数据"))
    if text is None:
        raise MessageError(
            message("没有文件：请用 multipart 的 file 部分，或在 in 里写 Base64"), place=place
        )
    try:
        if text.startswith("["):
            return bytes(octet % 256 for octet in msgspec.json.decode(text, type=list[int]))
        return base64.b64decode(text, validate=True)
    except (msgspec.DecodeError, binascii.Error, ValueError):
        raise MessageError(message("应是 Base64，或字节的数组"), place=place) from None


def owner(message: GatewayMessage, database: Database) -> str:
    """Whose file a download asks for: a GET names no institution."""
    row = message.input.get("fsDownloadIn")
    number = scalar_text(row.get("file_qury_no")) if isinstance(row, dict) else None
    if number is None:
        return ""
    return asked_by(number) or owner_of(database, from_wire(number))


@reads("9102")
def download(call: Call) -> File:
    """9102: the file itself, not an envelope."""
    row = call.nodes.one()
    number = call.need(row, "file_qury_no")
    if is_directory(number):
        return directory_file(call, number)
    if is_record(number):
        return record_file(call, number)
    name, content = read_file(call.service.database, call.institution, from_wire(number))
    return File(name, content)
