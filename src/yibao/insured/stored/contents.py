"""What people hand in, as the hashes of the messages that bring it have always read it.

A message that comes again must get its answer whatever has been added to its facts since:
the fields of the first version stand in its text for ever, a later one where it is told.
"""

from __future__ import annotations

import dataclasses
from typing import Any

from yibao.database.named import named

_FIRST_FIELDS = {
    "Closing": ("person_id", "reason", "on", "heir_id", "to_area", "channel"),
    "Enrolment": ("scheme", "status", "start", "end", "area", "contribution_class"),
    "GroupMembership": ("group", "start", "end"),
    "Payable": ("person_id", "wanted", "paid_on", "draw", "channel"),
    "Periods": ("scheme", "periods", "base"),
    "Proof": ("kind", "copies", "number", "issued_on", "digest"),
    "Relation": ("person", "relative", "relation", "start", "end"),
}
"""In the order in which the text names them."""


def content_text(facts: Any) -> str:
    """The text of one of the kinds above; fields of later versions only where they are told."""
    kind = type(facts).__name__
    first = _FIRST_FIELDS[kind]
    told = {name: getattr(facts, name) for name in first} | named(facts, first)
    parts = [f"{name}={_text(content)}" for name, content in told.items()]
    return f"{kind}({', '.join(parts)})"


def _text(content: Any) -> str:
    return content_text(content) if dataclasses.is_dataclass(content) else repr(content)
