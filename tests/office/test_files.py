"""What the office takes in, by content: nothing active, nothing that only says what it is."""

from __future__ import annotations

import io
import zipfile
from collections.abc import Callable

import pytest
from PIL import Image
from pypdf import PdfWriter
from pypdf.generic import ArrayObject, DictionaryObject, NameObject, TextStringObject

from yibao.office import files
from yibao.office.errors import PaperError
from yibao.office.files import MediaType, checked


def pdf(change: Callable[[PdfWriter], None] = lambda writer: None) -> bytes:
    writer = PdfWriter()
    writer.add_blank_page(200, 200)
    change(writer)
    buffer = io.BytesIO()
    writer.write(buffer)
    return buffer.getvalue()


def jpeg() -> bytes:
    buffer = io.BytesIO()
    Image.new("RGB", (20, 10), "white").save(buffer, "JPEG")
    return buffer.getvalue()


def archive(*names: str) -> bytes:
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w") as opened:
        for name in names:
            opened.writestr(name, "<ofd/>")
    return buffer.getvalue()


def _script(writer: PdfWriter) -> None:
    action = DictionaryObject(
        {NameObject("/S"): NameObject("/JavaScript"), NameObject("/JS"): TextStringObject("x()")}
    )
    writer.root_object[NameObject("/OpenAction")] = writer._add_object(action)


def _launch(writer: PdfWriter) -> None:
    action = DictionaryObject(
        {
            NameObject("/S"): NameObject("/Launch"),
            NameObject("/F"): TextStringObject("calc.exe"),
        }
    )
    writer.root_object[NameObject("/OpenAction")] = action


def _on_page_open(writer: PdfWriter) -> None:
    action = DictionaryObject({NameObject("/S"): NameObject("/GoTo")})
    more = DictionaryObject({NameObject("/O"): action})
    writer.pages[0][NameObject("/AA")] = more


def _form(writer: PdfWriter) -> None:
    form = DictionaryObject({NameObject("/XFA"): ArrayObject()})
    writer.root_object[NameObject("/AcroForm")] = writer._add_object(form)


def test_pdf_jpeg_and_ofd_are_told_by_their_content() -> None:
    assert checked(pdf()) == MediaType.PDF
    assert checked(jpeg()) == MediaType.JPEG
    assert checked(archive("OFD.xml", "Doc_0/Document.xml")) == MediaType.OFD


@pytest.mark.parametrize(
    "change",
    [
        _script,
        lambda writer: writer.add_attachment("a.exe", b"MZ"),
        _launch,
        _on_page_open,
        _form,
    ],
    ids=["javascript", "attachment", "launch", "page open", "xfa"],
)
def test_a_pdf_that_does_something_is_not_taken_in(change: Callable[[PdfWriter], None]) -> None:
    with pytest.raises(PaperError, match="会自己运行的内容或附件"):
        checked(pdf(change))


def test_names_written_in_other_ways_are_seen_and_old_revisions_too() -> None:
    hidden = pdf(_script).replace(b"/JavaScript", b"/J#61vaScript")
    with pytest.raises(PaperError):
        checked(hidden)
    packed = PdfWriter(clone_from=io.BytesIO(pdf(_launch)))
    packed.compress_identical_objects()
    buffer = io.BytesIO()
    packed.write(buffer)
    with pytest.raises(PaperError):
        checked(buffer.getvalue())


def test_what_cannot_be_read_is_not_taken_in(monkeypatch: pytest.MonkeyPatch) -> None:
    for content, said in (
        (b"", "空的"),
        (b"%PDF-1.7 nothing", "读不出来"),
        (jpeg()[:80], "读不出来"),
        (archive("word/document.xml"), "只收 PDF、JPEG 和 OFD"),
        (b"PK\x03\x04 nothing", "只收 PDF、JPEG 和 OFD"),
        (b"<html><script>", "只收 PDF、JPEG 和 OFD"),
        (pdf(lambda writer: writer.encrypt("secret")), "加了密"),
    ):
        with pytest.raises(PaperError, match=said):
            checked(content)
    monkeypatch.setattr(files, "MOST_BYTES", 100)
    with pytest.raises(PaperError, match="太大"):
        checked(pdf())
    monkeypatch.undo()
    monkeypatch.setattr(files, "MOST_PIXELS", 100)
    with pytest.raises(PaperError, match="图片太大"):
        checked(jpeg())
