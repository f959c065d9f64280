"""Files in and out, kept in memory: what is in them belongs on no disk unencrypted."""

from __future__ import annotations

from collections.abc import AsyncGenerator
from dataclasses import dataclass

from starlette.datastructures import UploadFile
from starlette.exceptions import HTTPException
from starlette.formparsers import MultiPartException, MultiPartParser
from starlette.requests import Request

from yibao.office.files import MOST_BYTES, SUFFIXES, MediaType

_KIND = "multipart/form-data"
_MOST_FIELDS = 20
_REST = 64 * 1024
"""Bytes for the other fields and what stands between the parts."""


@dataclass(frozen=True, slots=True)
class Upload:
    """A file as it was sent."""

    name: str
    content: bytes


class _InMemory(MultiPartParser):
    spool_max_size = MOST_BYTES + _REST


def is_upload(request: Request) -> bool:
    """Whether a form says that it brings a file."""
    return request.headers.get("content-type", "").lower().startswith(_KIND)


async def _bounded(request: Request) -> AsyncGenerator[bytes, None]:
    size = 0
    async for chunk in request.stream():
        size += len(chunk)
        if size > MOST_BYTES + _REST:
            raise HTTPException(413)
        yield chunk


async def read_upload(request: Request) -> tuple[dict[str, str], Upload | None]:
    """The fields of a form and its file; 413 for too much, 400 for what is no such form."""
    parser = _InMemory(request.headers, _bounded(request), max_files=1, max_fields=_MOST_FIELDS)
    try:
        form = await parser.parse()
    except MultiPartException:
        raise HTTPException(400) from None
    try:
        fields = {name: value for name, value in form.multi_items() if isinstance(value, str)}
        files = [value for _, value in form.multi_items() if isinstance(value, UploadFile)]
        upload = Upload(files[0].filename or "", await files[0].read()) if files else None
    finally:
        await form.close()
    return fields, upload


def download_headers(document_id: str, media_type: str) -> dict[str, str]:
    """With these a browser keeps a document as a file: nothing of it runs on this site."""
    suffix = SUFFIXES[MediaType(media_type)]
    return {
        "Content-Disposition": f'attachment; filename="{document_id}{suffix}"',
        "Cache-Control": "no-store",
        "Content-Security-Policy": "sandbox; default-src 'none'",
    }
