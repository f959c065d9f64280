"""What a reader knows a source by: the paper's title, or where it was read."""

from __future__ import annotations

from collections.abc import Iterable
from urllib.parse import urlsplit

from yibao.messages import Listed, Text, message
from yibao.policy.compile import PolicyLibrary
from yibao.policy.model import Source


def _title(source: Source) -> Text:
    titled = next((paper.title for paper in source.documents if paper.title), "")
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
