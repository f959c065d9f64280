"""What a handed-in file may be: PDF or JPEG by its content, without anything active, or OFD.

Nothing goes by what a file is called or said to be.
"""

from __future__ import annotations

import io
import zipfile
from collections.abc import Iterator
from typing import Any

from yibao.messages import message
from yibao.office.errors import PaperError
from yibao.policy.kinds import TextEnum

MOST_BYTES = 8 * 1024 * 1024
MOST_PAGES = 200
MOST_PIXELS = 80_000_000
_MOST_OBJECTS = 50_000
_DEEPEST = 200

ACTIVE_NAMES = frozenset(
    {
        "/JS",
        "/JavaScript",
        "/AA",
        "/Launch",
        "/EmbeddedFile",
        "/EmbeddedFiles",
        "/FileAttachment",
        "/RichMedia",
        "/RichMediaContent",
        "/Rendition",
        "/Movie",
        "/Sound",
        "/3D",
        "/XFA",
        "/SubmitForm",
        "/ImportData",
        "/GoToR",
        "/GoToE",
        "/Collection",
    }
)
"""Names in a PDF that make it do something, carry another file, or speak to another machine."""


class MediaType(TextEnum):
    """What is taken in."""

    PDF = "application/pdf"
    JPEG = "image/jpeg"
    OFD = "application/ofd"


SUFFIXES = {MediaType.PDF: ".pdf", MediaType.JPEG: ".jpg", MediaType.OFD: ".ofd"}


def checked(content: bytes) -> MediaType:
    """What a file is; ``PaperError`` for one that the office does not take in."""
    if not content:
        raise PaperError(message("文件是空的"))
    if len(content) > MOST_BYTES:
        raise PaperError(message("文件太大：最多 {most} MB", most=MOST_BYTES // (1024 * 1024)))
    if content.startswith(b"%PDF-"):
        _check_pdf(content)
        return MediaType.PDF
    if content.startswith(b"\xff\xd8\xff"):
        _check_jpeg(content)
        return MediaType.JPEG
    if content.startswith(b"PK\x03\x04"):
        _check_ofd(content)
        return MediaType.OFD
    raise PaperError(message("只收 PDF、JPEG 和 OFD 文件；请另存为其中一种"))


# --- PDF -----------------------------------------------------------------------------------------


def _check_pdf(content: bytes) -> None:
    from pypdf import PdfReader

    try:
        reader = PdfReader(io.BytesIO(content), strict=False)
        encrypted = reader.is_encrypted
        pages = 0 if encrypted else len(reader.pages)
        active = None if encrypted else _active_name(reader)
    except PaperError:
        raise
    except Exception:  # whatever pypdf stumbles over, nobody else should open it either
        raise PaperError(message("这个 PDF 读不出来，可能已损坏；请重新生成")) from None
    if encrypted:
        raise PaperError(message("这个 PDF 加了密，请去掉密码再交"))
    if not 1 <= pages <= MOST_PAGES:
        raise PaperError(message("PDF 要有 1 到 {most} 页", most=MOST_PAGES))
    if active is not None:
        raise PaperError(
            message(
                "这个 PDF 里有会自己运行的内容或附件（{name}），没有收下；请打印成 PDF 再交",
                name=active.removeprefix("/"),
            )
        )


def _active_name(reader: Any) -> str | None:
    """The first active name in any object of the file, of earlier revisions too."""
    count = 0
    for indirect in _all_objects(reader):
        for name in _names(indirect, 0):
            count += 1
            if count > _MOST_OBJECTS * 20:
                raise PaperError(message("这个 PDF 太复杂，没有收下；请打印成 PDF 再交"))
            if name in ACTIVE_NAMES:
                return name
    return None


def _all_objects(reader: Any) -> Iterator[Any]:
    yield reader.trailer
    numbers = [
        (number, generation) for generation, table in reader.xref.items() for number in table
    ]
    numbers += [(number, 0) for number in reader.xref_objStm]
    if len(numbers) > _MOST_OBJECTS:
        raise PaperError(message("这个 PDF 太复杂，没有收下；请打印成 PDF 再交"))
    from pypdf.generic import IndirectObject

    for number, generation in numbers:
        if number:
            yield reader.get_object(IndirectObject(number, generation, reader))


def _names(content: Any, depth: int) -> Iterator[str]:
    """Keys and names of an object, without following what it points to."""
    from pypdf.generic import ArrayObject, DictionaryObject, IndirectObject, NameObject

    if depth > _DEEPEST:
        raise PaperError(message("这个 PDF 太复杂，没有收下；请打印成 PDF 再交"))
    if isinstance(content, NameObject):
        yield str(content)
    elif isinstance(content, DictionaryObject):
        for name, value in content.raw_items() if hasattr(content, "raw_items") else _raw(content):
            yield str(name)
            if not isinstance(value, IndirectObject):
                yield from _names(value, depth + 1)
    elif isinstance(content, ArrayObject):
        for value in list.__iter__(content):
            if not isinstance(value, IndirectObject):
                yield from _names(value, depth + 1)


def _raw(content: Any) -> Iterator[tuple[str, Any]]:
    for name in list(content):
        yield name, content.raw_get(name)


# --- JPEG ----------------------------------------------------------------------------------------


def _check_jpeg(content: bytes) -> None:
    from PIL import Image

    try:
        with Image.open(io.BytesIO(content), formats=["JPEG"]) as picture:
            width, height = picture.size
            if width * height > MOST_PIXELS:
                raise PaperError(message("图片太大，请缩小到 8,000 万像素以内"))
            picture.load()
    except PaperError:
        raise
    except Exception:  # as of a PDF
        raise PaperError(message("这张图片读不出来，可能已损坏；请重新拍照或扫描")) from None


# --- OFD -----------------------------------------------------------------------------------------


def _check_ofd(content: bytes) -> None:
    """OFD is a zip with ``OFD.xml`` at its root; nothing in it is opened here."""
    try:
        with zipfile.ZipFile(io.BytesIO(content)) as archive:
            names = archive.namelist()
    except (zipfile.BadZipFile, ValueError, NotImplementedError):
        names = []
    if "OFD.xml" not in names or len(names) > _MOST_OBJECTS:
        raise PaperError(message("只收 PDF、JPEG 和 OFD 文件；请另存为其中一种"))
