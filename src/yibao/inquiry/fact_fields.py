"""The inputs of pages and programs, made of described facts."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from yibao.benefit.described import TODAY, Fact
from yibao.benefit.terms import MOST_FEN
from yibao.inquiry import words
from yibao.inquiry.fields import Choice, Field
from yibao.messages import NOTHING, Text, Wording
from yibao.policy.model import Words

MOST_BILL = 100_000_000_00
"""Largest amount that a page takes, in fen; far above any bill, far below ``MOST_FEN``."""
assert MOST_BILL * 100 < MOST_FEN


def field_of(fact: Fact, **settings: Any) -> Field:
    """The input of a fact; ``settings`` are those of :class:`Field` that differ."""
    described: dict[str, Any] = {
        "name": fact.name,
        "label": wording(fact.title),
        "kind": fact.kind,
        "default": "" if fact.default in (None, False) else str(fact.default),
        "required": fact.required or _always_said(fact),
        "hint": wording(fact.help),
        "choices": choices(fact.choices, words.labels_of(fact)),
        "least": fact.least,
        "most": MOST_BILL if fact.kind == "fen" else fact.most,
        "unit": wording(fact.unit),
        "when": fact.asked or fact.only,
    }
    return Field(**{**described, **settings})


def _always_said(fact: Fact) -> bool:
    """Whether a form shows the default as what is said unless it is changed."""
    return fact.default == TODAY or (fact.kind == "choice" and fact.default is not None)


def wording(text: Text) -> Wording:
    """A text as what can be said in a language; a name is the same in every one."""
    if isinstance(text, str):
        return Words(text) if text else NOTHING
    return text


def choices(codes: Sequence[str], names: Mapping[str, Text]) -> tuple[Choice, ...]:
    """Choices in both languages."""
    return tuple(Choice(code, wording(names[code])) for code in codes)
