"""One look for every paper: title, number, facts, tables of money, notes, a code to verify."""

from __future__ import annotations

import json
from collections.abc import Sequence
from dataclasses import asdict, dataclass, field
from functools import cache
from pathlib import Path
from typing import Any

from yibao.errors import NotFoundError
from yibao.papers.fonts import FAMILY, folder

_LAYOUT = Path(__file__).parent / "templates" / "paper.typ"


@dataclass(frozen=True, slots=True)
class Row:
    """A row of a table: cells as shown; figures stand to the right."""

    cells: Sequence[str]
    level: int = 0
    """How far the first cell is indented."""
    strong: bool = False


@dataclass(frozen=True, slots=True)
class Section:
    """A heading with what stands under it; any part may be empty."""

    heading: str
    facts: Sequence[tuple[str, str]] = ()
    """Name and value, two pairs abreast."""
    columns: Sequence[str] = ()
    """Headings of the table."""
    figures: Sequence[int] = ()
    """Positions of the columns that hold amounts: to the right, digits of one width."""
    rows: Sequence[Row] = ()
    text: str = ""


@dataclass(frozen=True, slots=True)
class Paper:
    """What a paper says, every word as it is shown."""

    title: str
    issuer: str
    number: str = ""
    headline: str = ""
    sections: Sequence[Section] = ()
    notes: Sequence[str] = ()
    code_svg: str = ""
    """A QR code as SVG, with :attr:`code_text` beside it."""
    code_text: str = ""
    language: str = "zh"
    words: dict[str, str] = field(default_factory=dict)
    """``number`` and ``page`` in the language of the paper."""


def render(paper: Paper) -> bytes:
    """The paper as PDF, tagged for screen readers.

    ``NotFoundError`` where the library or the font is not installed; what to install is named.
    """
    document = asdict(paper)
    document["words"] = {"number": "编号", "page": "页"} | paper.words
    # The document goes in as data: nothing in it is read as markup.
    compiled = _compiler().compile(format="pdf", sys_inputs={"paper": json.dumps(document)})
    return bytes(compiled)


@cache
def _compiler() -> Any:
    try:
        import typst
    except ImportError:
        raise NotFoundError("生成 PDF 需要 pip install 'yibao[report]'") from None
    return typst.Compiler(
        str(_LAYOUT),
        font_paths=[str(folder())],
        ignore_system_fonts=True,
        sys_inputs={"family": FAMILY},
    )
