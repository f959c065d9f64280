"""Identifiers on the wire: at most 30 characters, where ours have 32 hexadecimal digits."""

from __future__ import annotations

import re
from typing import Any

from yibao.messages import Listed, Message, Text

_INSIDE = re.compile(r"(?<![0-9A-Za-z])([0-9a-f]{32})(?:\.\d+)?(?![0-9A-Za-z])")
"""One of ours in a text; a further settlement of a visit has a number behind it."""
_OURS = re.compile(r"[0-9a-f]{32}")
_WIRE = re.compile(r"[0-9A-Z]{25}")
_DIGITS = "0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZ"
_MOST = 16**32


def to_wire(identifier: str) -> str:
    """25 letters and digits for one of ours; anything else as it is."""
    if not _OURS.fullmatch(identifier):
        return identifier
    number, text = int(identifier, 16), ""
    for _ in range(25):
        number, digit = divmod(number, 36)
        text = _DIGITS[digit] + text
    return text


def from_wire(text: str) -> str:
    """What :func:`to_wire` was given."""
    if _WIRE.fullmatch(text):
        number = int(text, 36)
        if number < _MOST:
            return f"{number:032x}"
    return text


def with_wire_ids(text: Text) -> Text:
    """A text for the sender: every identifier in it as the sender has it."""
    changed: Text = _outward(text)
    return changed


def _outward(value: Any) -> Any:
    if isinstance(value, str):
        return _INSIDE.sub(lambda match: to_wire(match[1]), value)
    if isinstance(value, Message):
        return value.with_values(**{name: _outward(part) for name, part in value.values})
    if isinstance(value, Listed):
        return type(value)(_outward(part) for part in value)
    return value
