"""The blocks of docs/operations.md that tests try: each stands under ``<!-- tried: NAME -->``."""

from __future__ import annotations

import re
from pathlib import Path

_PAGE = Path(__file__).resolve().parents[2] / "docs" / "operations.md"
_BLOCK = re.compile(r"<!-- tried: (?P<name>[^>]+) -->\n```\w+\n(?P<text>.*?)```", re.S)


def blocks() -> dict[str, str]:
    """The text of every block that is tried, by its name."""
    page = _PAGE.read_text(encoding="utf-8")
    return {part["name"]: part["text"] for part in _BLOCK.finditer(page)}


def block(name: str, **replaced: str) -> str:
    """A block; what stands for something of this machine is replaced, and has to be there."""
    text = blocks()[name]
    for old, new in replaced.items():
        assert old in text, f"{name}: no {old}"
        text = text.replace(old, new)
    return text
