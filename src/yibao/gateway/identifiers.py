"""Identifiers on the wire: at most 30 characters, where ours have 32 hexadecimal digits."""

from __future__ import annotations

import re

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
