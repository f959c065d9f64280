"""One look for every paper: title, number, facts, tables of money, notes, a code to verify."""

from __future__ import annotations

import json
import threading
from collections.abc import Sequence
from dataclasses import dataclass, fields
from functools import cache
from pathlib import Path
from typing import Any

from yibao.errors import NotFoundError
from yibao.extras import install_command
from yibao.messages import CHINESE, Listed, Quantity, Text, message, text_of
from yibao.papers.fonts import FAMILY, folder

_WORDS = {"number": message("编号"), "page": message("页")}
_COMPILING = threading.Lock()
"""The compiler takes one paper at a time, and fails for a second one meanwhile."""
_LAYOUT = Path(__file__).parent / "templates" / "paper.typ"


@dataclass(frozen=True, slots=True)
class Row:
    """A row of a table: cells as shown; figures stand to the right."""

    cells: Sequence[Text]
    level: int = 0
    """How far the first cell is indented."""
    strong: bool = False


@dataclass(frozen=True, slots=True)
class Section:
    """A heading with what stands under it; any part may be empty."""

    heading: Text
    facts: Sequence[tuple[Text, Text]] = ()
    """Name and value, two pairs abreast."""
    columns: Sequence[Text] = ()
    """Headings of the table."""
    figures: Sequence[int] = ()
    """Positions of the columns that hold amounts: to the right, digits of one width."""
    rows: Sequence[Row] = ()
    text: Text = ""
    drawing: str = ""
    """A chart as SVG, with :attr:`drawing_text` for who does not see it."""
    drawing_text: Text = ""


@dataclass(frozen=True, slots=True)
class Paper:
    """What a paper says; it is said in its language."""

    title: Text
    issuer: Text
    number: str = ""
    headline: Text = ""
    sections: Sequence[Section] = ()
    notes: Sequence[Text] = ()
    code_svg: str = ""
    """A QR code as SVG, with :attr:`code_text` beside it."""
    code_text: Text = ""
    language: str = CHINESE
    dense: bool = False
    """Smaller letters and margins: of a long answer, so that it stays on few sheets."""


def render(paper: Paper) -> bytes:
    """The paper as PDF, tagged for screen readers.

    ``NotFoundError`` where the library or the font is not installed; what to install is named.
    """
    document = _said(paper, paper.language)
    document["words"] = _said(_WORDS, paper.language)
    # The document goes in as data: nothing in it is read as markup.
    inputs = {"paper": json.dumps(document)}
    with _COMPILING:
        return bytes(_compiler().compile(format="pdf", sys_inputs=inputs))


def _said(part: Any, language: str) -> Any:
    """A paper and its parts in a language, as plain data."""
    if isinstance(part, Paper | Section | Row):
        return {field.name: _said(getattr(part, field.name), language) for field in fields(part)}
    if isinstance(part, dict):
        return {name: _said(value, language) for name, value in part.items()}
    if isinstance(part, list | tuple) and not isinstance(part, Listed):
        return [_said(element, language) for element in part]
    return (
        part
        if isinstance(part, int) and not isinstance(part, Quantity)
        else text_of(part, language)
    )


@cache
def _compiler() -> Any:
    try:
        import typst
    except ImportError:
        raise NotFoundError(
            message("生成 PDF 需要 {command}", command=install_command("report"))
        ) from None
    return typst.Compiler(
        str(_LAYOUT),
        font_paths=[str(folder())],
        ignore_system_fonts=True,
        sys_inputs={"family": FAMILY},
    )
