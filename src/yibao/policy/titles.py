"""What a reader knows a source by: the paper's title, or where it was read."""

from __future__ import annotations

import re
from collections.abc import Iterable
from urllib.parse import urlsplit

from yibao.messages import Listed, Text, message
from yibao.policy.compile import PolicyLibrary
from yibao.policy.model import Source

TOKEN = re.compile(r"[A-Za-z][A-Za-z_/]*[A-Za-z]|[A-Za-z]")
LATIN = frozenset("APP QR ID PDF DRG DIP CT A B C X I II III".split())
"""What stays in Latin letters."""
_REMARK = re.compile(r"(?<![A-Za-z])[A-Za-z][A-Za-z',.\s-]*[A-Za-z:]")
_HAN = re.compile(r"[\u4e00-\u9fff]")
_EMPTIED = re.compile(r"\s*[(（]\s*[)）]")
_MARKS = " ,;:、，："
_LEAST = 4
"""Chinese characters that make a title of what was taken down with remarks."""


def plain_title(title: str) -> str:
    """A title without the remarks in English that were taken down with it; empty for a remark."""
    if all(token in LATIN for token in TOKEN.findall(title)):
        return title if _HAN.search(title) else ""
    plain = re.sub(r"\s+", " ", _REMARK.sub(" ", title))
    plain = _EMPTIED.sub("", plain).strip(_MARKS)
    return plain if len(_HAN.findall(plain)) >= _LEAST else ""


def _title(source: Source) -> Text:
    titles = (plain_title(paper.title) for paper in source.documents)
    titled = next((title for title in titles if title), "")
    address = next((paper.url for paper in source.documents if paper.url), "")
    line = next((paper.line for paper in source.documents if paper.line), "")
    if titled or address:
        return titled or urlsplit(address).netloc
    return message("文章第 {line} 行", line=line) if line else ""


def source_title(library: PolicyLibrary, name: str) -> Text:
    """A source by its title with its id behind; a gap by what is missing; else the name."""
    source, gap = library.sources().get(name), library.gaps().get(name)
    title = _title(source) if source is not None else ""
    if gap is not None:
        title = message("推定：{missing}", missing=gap.missing)
    return message("{title}（{id}）", title=title, id=name) if title else name


def source_titles(library: PolicyLibrary, names: Iterable[str]) -> Listed:
    """Several sources one after the other."""
    return Listed(source_title(library, name) for name in names)
