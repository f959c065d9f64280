"""Text for a terminal of at most 80 columns, where a Chinese character takes two cells."""

from __future__ import annotations

import os
import re
import shutil
import sys
import unicodedata
from collections.abc import Iterable, Sequence

MOST_COLUMNS = 80
_LEAST_COLUMNS = 40
_UNBROKEN = re.compile(r"[（“【《〔]*(?:[!-~¥À-ɏ–—’]+|.)[，。、；：？！）”】》〕]*")
"""What stays on one line: a Latin word or one character, with its punctuation."""


def cells(text: str) -> int:
    """How many columns ``text`` takes."""
    if text.isascii():
        return len(text)
    return sum(_cells_of(character) for character in text)


def _cells_of(character: str) -> int:
    if unicodedata.east_asian_width(character) in "WF":
        return 2
    return 0 if unicodedata.category(character) in ("Mn", "Me", "Cf") else 1


def columns() -> int:
    """Columns to write in: those of the terminal, 80 at most."""
    return max(_LEAST_COLUMNS, min(MOST_COLUMNS, shutil.get_terminal_size((80, 24)).columns))


def pad(text: str, width: int) -> str:
    """``text`` with blanks after it up to ``width`` cells."""
    return text + " " * (width - cells(text))


def pad_left(text: str, width: int) -> str:
    """``text`` with blanks before it up to ``width`` cells."""
    return " " * (width - cells(text)) + text


def wrap(text: str, width: int) -> list[str]:
    """``text`` in lines of at most ``width`` cells; at least one line."""
    lines = [""]
    for piece in _UNBROKEN.findall(text):
        for part in _hard_parts(piece, width):
            if lines[-1] and cells(lines[-1] + part.rstrip()) > width:
                lines[-1] = lines[-1].rstrip()
                lines.append("")
            if lines[-1] or len(lines) == 1 or part.strip():
                lines[-1] += part
    lines[-1] = lines[-1].rstrip()
    return lines


def _hard_parts(piece: str, width: int) -> list[str]:
    """A word that is wider than a line, cut."""
    if cells(piece) <= width:
        return [piece]
    parts = [""]
    for character in piece:
        if cells(parts[-1] + character) > width:
            parts.append("")
        parts[-1] += character
    return parts


def hanging(label: str, text: str, width: int, label_width: int) -> list[str]:
    """A label and its text beside it; the text goes on below itself."""
    first, *more = wrap(text, width - label_width)
    return [pad(label, label_width) + first, *(" " * label_width + line for line in more)]


_LEAST_COLUMN = 8


def _fitted(widths: list[int], aligned: str, room: int) -> list[int]:
    """Widths that take ``room`` cells at most, taken from the widest left-aligned columns."""
    widths = list(widths)
    flexible = [at for at, side in enumerate(aligned) if side == "<"]
    while sum(widths) > room:
        widest = max(flexible, key=widths.__getitem__, default=None)
        if widest is None or widths[widest] <= _LEAST_COLUMN:
            break  # what is left are figures, which are not wrapped
        second = max((widths[at] for at in flexible if at != widest), default=0)
        taken = min(sum(widths) - room, max(1, widths[widest] - second))
        widths[widest] = max(_LEAST_COLUMN, widths[widest] - taken)
    return widths


def _wrapped(text: str, width: int) -> list[str]:
    return [part for line in text.split("\n") for part in wrap(line, max(2, width))]


def table(
    rows: Sequence[Sequence[str]],
    aligned: str,
    indent: int = 2,
    gap: int = 2,
    least: Sequence[int] = (),
) -> list[str]:
    """Rows in columns; ``aligned`` holds ``<`` or ``>`` for each column.

    A table that is wider than the page takes room from its widest left-aligned columns,
    whose text is wrapped; none of them gets narrower than its ``least``.  A cell may have
    several lines.
    """
    if not rows:
        return []
    widths = [
        max(cells(line) for row in rows for line in row[at].split("\n"))
        for at in range(len(aligned))
    ]
    room = columns() - indent - gap * (len(widths) - 1)
    widths = _fitted(widths, aligned, room)
    for at, width in enumerate(least):
        if width > widths[at]:
            rest = "".join(">" if place <= at else side for place, side in enumerate(aligned))
            widths[at] = width
            widths = _fitted(widths, rest, room)
    lines = []
    for row in rows:
        wrapped = [_wrapped(text, width) for text, width in zip(row, widths, strict=True)]
        for number in range(max(map(len, wrapped))):
            parts = [
                (pad if side == "<" else pad_left)(
                    column[number] if number < len(column) else "", width
                )
                for column, width, side in zip(wrapped, widths, aligned, strict=True)
            ]
            lines.append((" " * indent + (" " * gap).join(parts)).rstrip())
    return lines


def headed(
    title: str,
    headings: Sequence[str],
    rows: Sequence[Sequence[str]],
    aligned: str = "",
    least: Sequence[int] = (),
) -> list[str]:
    """A table under its title and the headings of its columns."""
    aligned = aligned or "<" * len(headings)
    head, *body = table([headings, *rows], aligned, indent=0, least=least)
    rule = "─" * max(cells(line) for line in (head, *body))
    return [*map(bold, wrap(title, columns())), bold(head), dim(rule), *body]


def _coloured() -> bool:
    return (
        "NO_COLOR" not in os.environ
        and os.environ.get("TERM") != "dumb"
        and getattr(sys.stdout, "isatty", bool)()
    )


def bold(text: str) -> str:
    """Bold on a terminal, plain in a pipe or under NO_COLOR."""
    return f"\x1b[1m{text}\x1b[0m" if _coloured() and text else text


def dim(text: str) -> str:
    """Faint on a terminal, plain in a pipe or under NO_COLOR."""
    return f"\x1b[2m{text}\x1b[0m" if _coloured() and text else text


def write(lines: Iterable[str]) -> None:
    """Lines to stdout."""
    sys.stdout.write("".join(f"{line}\n" for line in lines))
