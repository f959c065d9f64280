"""The pictures in the documents: what a command prints, drawn as a terminal in SVG.

    python tools/render_pictures.py            rewrites docs/images/*.svg

Every character stands at its own column (a Chinese character takes two), so that the
picture is aligned in whatever font the reader has.  No outside fonts, no links.
"""

from __future__ import annotations

import os
import subprocess
import sys
import unicodedata
from html import escape
from pathlib import Path

ROOT = Path(__file__).resolve().parents[1]
PICTURES = {
    "household.svg": ("run examples/household.yaml", 0, 45),
}
"""File: the command, the first and the last line shown."""

COLUMNS, CELL, LINE, MARGIN = 80, 8.4, 20, 16
STYLE = """
  .frame { fill: #10202b } .plain { fill: #dfe9ee } .rule { fill: #6fc3c9 }
  .head { fill: #ffffff; font-weight: bold } .prompt { fill: #9fd08a }
  text { font: 14px ui-monospace, "DejaVu Sans Mono", "WenQuanYi Micro Hei Mono", monospace }
"""


def columns(text: str) -> list[int]:
    """The column at which each character begins."""
    at, starts = 0, []
    for character in text:
        starts.append(at)
        at += 2 if unicodedata.east_asian_width(character) in "WF" else 1
    return starts


def drawn(text: str, row: int) -> str:
    """One line as an SVG text with a position for every character."""
    kind = "plain"
    if text.startswith("$ "):
        kind = "prompt"
    elif text.startswith("──"):
        kind = "rule"
    elif text.startswith("总费用"):
        kind = "head"
    # Blanks are left out: each other character brings its own place.
    shown = [
        (column, letter)
        for column, letter in zip(columns(text), text, strict=True)
        if letter.strip()
    ]
    places = " ".join(f"{MARGIN + column * CELL:g}" for column, _ in shown)
    letters = escape("".join(letter for _, letter in shown))
    return f'<text class="{kind}" y="{MARGIN + 14 + row * LINE}" x="{places}">{letters}</text>'


def picture(lines: list[str]) -> str:
    """An SVG of a terminal that shows ``lines``."""
    width, height = 2 * MARGIN + COLUMNS * CELL, 2 * MARGIN + len(lines) * LINE
    body = "\n".join(drawn(line, row) for row, line in enumerate(lines) if line.strip())
    return (
        f'<svg xmlns="http://www.w3.org/2000/svg" '
        f'viewBox="0 0 {width:g} {height}">\n<style>{STYLE}</style>\n'
        f'<rect class="frame" width="{width:g}" height="{height}" rx="10"/>\n{body}\n</svg>\n'
    )


def main() -> None:
    environment = {**os.environ, "COLUMNS": "80", "NO_COLOR": "1", "PYTHONPATH": str(ROOT / "src")}
    for name, (command, first, last) in PICTURES.items():
        done = subprocess.run(
            [sys.executable, "-m", "yibao.cli", *command.split()],
            cwd=ROOT,
            env=environment,
            check=True,
            capture_output=True,
            text=True,
        )
        lines = [f"$ yibao {command}", *done.stdout.splitlines()[first:last]]
        (ROOT / "docs" / "images" / name).write_text(picture(lines), encoding="utf-8")


if __name__ == "__main__":
    main()
