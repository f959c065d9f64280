"""What a file would be read as, before anything is settled; a mapping drafted for it."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import cache
from importlib.resources import files
from pathlib import Path

import pyarrow as pa
import pyarrow.compute as pc

from yibao.columns.read.mapped import RowFault, read_as
from yibao.columns.read.sources import InputFile
from yibao.columns.schema import COLUMNS, Column
from yibao.columns.stream import Options
from yibao.policy import document

LOOKED_AT = 1000
"""Rows from the beginning of a file that a preview reads."""
_TO_DRAFT = "TODO"
"""Stands in a drafted mapping where a person has to fill something in."""
_ASIDE = re.compile(r"[（(\[【].*?[)）\]】]|\s")
_SAID_ONCE = ("entitled", "covered_from_day")
"""One of these says whether somebody is covered; a draft asks for the first."""


@dataclass(frozen=True, slots=True)
class Known:
    """How a column is called and written elsewhere."""

    headings: tuple[str, ...]
    values: Mapping[str, str]


@dataclass(frozen=True, slots=True)
class Preview:
    """The beginning of a file, as it would be read."""

    headings: tuple[str, ...]
    names: tuple[str, ...]
    """The columns that are read, in the order of the mapping or the file."""
    rows: tuple[tuple[str, ...], ...]
    """The first rows under ``names``."""
    unread: tuple[str, ...]
    """Headings that nothing is read from."""
    strange: Mapping[str, tuple[str, ...]]
    """By heading: texts of a column of choices that are none of them."""
    faults: tuple[RowFault, ...]


@cache
def known_headings() -> Mapping[str, Known]:
    """By column, from ``headings.yaml``."""
    file = files("yibao.columns.read").joinpath("headings.yaml")
    root = document.read_text(file.read_text(encoding="utf-8"), "headings.yaml").mapping()
    known = {}
    for name, node in root.items():
        entry = node.mapping()
        values = entry.get("values")
        known[name] = Known(
            tuple(each.text() for each in entry.require("headings").sequence()),
            {}
            if values is None
            else {text: each.text() for text, each in values.mapping().items()},
        )
    return known


def preview(source: Path, options: Options, count: int = 5) -> Preview:
    """The first rows of a file under its mapping; ``InputError`` as a run would."""
    read = options.opened(source)
    raw = read.raw(LOOKED_AT)
    mapped, faults = read_as(read.sources, raw, range(1, raw.num_rows + 1))
    rows = [
        tuple("" if cell is None else str(cell) for cell in row.values())
        for row in mapped.slice(0, count).to_pylist()
    ]
    used = {each.heading for each in read.sources}
    strange: dict[str, tuple[str, ...]] = {}
    for source_of in read.sources:
        if source_of.column.choices:
            texts = _distinct(mapped.column(source_of.column.name))
            wrong = tuple(text for text in texts if text not in source_of.column.choices)
            if wrong:
                strange[source_of.heading or source_of.column.name] = wrong
    return Preview(
        tuple(read.headings),
        tuple(read.names),
        tuple(rows),
        tuple(name for name in read.headings if name not in used),
        strange,
        tuple(faults),
    )


def needs_mapping(headings: Sequence[str], columns: Mapping[str, Column] = COLUMNS) -> bool:
    """Whether a file has headings that are no columns, or lacks a required column."""
    names = {
        name.removesuffix("_yuan") + "_fen" if name.endswith("_yuan") else name for name in headings
    }
    strangers = any(name not in columns and not name.startswith("x_") for name in names)
    return strangers or any(each.required and each.name not in names for each in columns.values())


def draft(
    source: Path,
    encoding: str,
    *,
    sheet: str | None = None,
    columns: Mapping[str, Column] = COLUMNS,
) -> str:
    """A mapping file for a file, as far as its headings and cells are known; YAML."""
    read = InputFile(source, encoding, known={})
    raw = read.raw(LOOKED_AT)
    lines = [f"# {source.name}", "amounts: yuan   # yuan / fen"]
    if encoding != "utf-8":
        lines.append(f"encoding: {encoding}")
    if sheet is not None:
        lines.append(f"sheet: {_quoted(sheet)}")
    lines.append("columns:")
    taken: set[str] = set()
    covered = any(
        _heading_of(columns[name], read.headings, taken) for name in _SAID_ONCE if name in columns
    )
    for column in columns.values():
        heading = _heading_of(column, read.headings, taken)
        if heading is None:
            if column.required or (column.name == _SAID_ONCE[0] and not covered):
                lines.append(f"  {column.name}: {{value: {_TO_DRAFT}}}   # {column.meaning}")
            continue
        taken.add(heading)
        lines.append(f"  {column.name}: {_drafted(column, heading, raw)}")
    lines += [
        f"  # x_{_plain(each)}: {_quoted(each)}" for each in read.headings if each not in taken
    ]
    return "\n".join(lines) + "\n"


def _heading_of(column: Column, headings: Sequence[str], taken: set[str]) -> str | None:
    known = known_headings().get(column.name)
    names = {column.name, column.title, *(known.headings if known else ())}
    free = (each for each in headings if each not in taken)
    return next((each for each in free if _plain(each) in names or each in names), None)


def _drafted(column: Column, heading: str, raw: pa.Table) -> str:
    parts = [f"from: {_quoted(heading)}"]
    if column.choices:
        known = known_headings().get(column.name, Known((), {}))
        texts = [text for text in _distinct(raw.column(heading)) if text not in column.choices]
        values = [f"{_quoted(text)}: {known.values.get(text, _TO_DRAFT)}" for text in texts]
        if values:
            parts.append(f"values: {{{', '.join(values)}}}")
    elif column.unit == "basis_points":
        parts.append(f"unit: {_TO_DRAFT}")
    return _quoted(heading) if len(parts) == 1 else f"{{{', '.join(parts)}}}"


def _distinct(column: pa.ChunkedArray) -> list[str]:
    texts = pc.unique(column.cast(pa.string())).to_pylist()
    return [text for text in texts if text]


def _plain(heading: str) -> str:
    return _ASIDE.sub("", heading)


def _quoted(text: str) -> str:
    """As YAML: in quotes unless nothing in it means anything there."""
    plain = re.fullmatch(r"[^\W\d_][\w ]*", text) and text not in ("true", "false", "null")
    return text if plain else '"' + text.replace("\\", "\\\\").replace('"', '\\"') + '"'
