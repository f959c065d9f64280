"""What people write by hand, put as a form sends it: 住院, ８０００, 2026/11/2, a city by name.

Only where the meaning is plain; everything else stays as written, and is answered next to its
field.  Programs are held to the exact form: only pages and shared addresses are tidied.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterable, Mapping

from yibao.inquiry.fields import Choice, Field, Input, Rows, row_name

_DAY = re.compile(r"(\d{4})[-/.年](\d{1,2})[-/.月](\d{1,2})日?")
_MONTH = re.compile(r"(\d{4})[-/.年](\d{1,2})月?")
_WAN = re.compile(r"(\d{1,6})(?:\.(\d{1,4}))?万元?")
_SUFFIXES = ("省", "市", "医保", "居民")


def tidied(inputs: Iterable[Input], written: Mapping[str, str]) -> dict[str, str]:
    """The same fields with what is plain in the form's own words."""
    tidy = dict(written)
    for asked in inputs:
        if isinstance(asked, Rows):
            for number in range(1, asked.most + 1):
                for field in asked.fields:
                    _tidy(field, row_name(field.name, number), tidy)
        else:
            _tidy(asked, asked.name, tidy)
    return tidy


def _tidy(field: Field, name: str, tidy: dict[str, str]) -> None:
    text = unicodedata.normalize("NFKC", tidy.get(name, "")).strip()
    if not text:
        return
    if field.kind in ("choice", "area"):
        if not field.offers(text):
            text = _chosen(field.choices, text) or tidy[name]
    elif field.kind == "day" and (match := _DAY.fullmatch(text)):
        text = f"{match[1]}-{match[2]:0>2}-{match[3]:0>2}"
    elif field.kind == "month" and (match := _MONTH.fullmatch(text)):
        text = f"{match[1]}-{match[2]:0>2}"
    elif field.kind == "fen" and (match := _WAN.fullmatch(text)):
        # Ten thousand yuan by moving the point; no amount is multiplied here.
        text = f"{match[1]}{match[2] or '':0<4}"
    tidy[name] = text


def _chosen(choices: Iterable[Choice], text: str) -> str:
    """The one choice that is called so, or whose name has these characters in this order."""
    plain = _short(text)
    named = [
        (choice.code, _short(choice.label.text()), choice.label.text("en").lower())
        for choice in choices
    ]
    for code, zh, english in named:
        if plain in (zh, english) or text.lower() in (code.lower(), english):
            return code
    near = [code for code, zh, _ in named if zh[:1] == plain[:1] and _within(plain, zh)]
    return near[0] if len(near) == 1 else ""


def _short(text: str) -> str:
    text = text.strip().lower()
    for suffix in _SUFFIXES:
        if len(text) > len(suffix):
            text = text.removesuffix(suffix)
    return text


def _within(part: str, whole: str) -> bool:
    letters = iter(whole)
    return all(letter in letters for letter in part)
