"""Messages as plain values that JSON holds, for what is kept now and read in a language later.

A text is itself; a message is ``{"source", "context", "values"}``, a day ``{"day"}``, a
quantity or list ``{"kind", "value"}``.  What has its words from elsewhere (a name of the
packs) is kept in every language there is: ``{"texts"}``.
"""

from __future__ import annotations

import datetime
from typing import Any, NamedTuple

from yibao.messages.catalogue import CHINESE, languages
from yibao.messages.message import Message, Text
from yibao.messages.quantities import (
    Alternatives,
    Days,
    Fen,
    Listed,
    Months,
    Phrases,
    Quantity,
    Ratio,
    Statements,
    Years,
    Yuan,
    text_of,
)

_QUANTITIES: dict[str, type[Quantity]] = {
    kind.__name__: kind for kind in (Fen, Yuan, Ratio, Months, Days, Years)
}
_LISTS: dict[str, type[Listed]] = {
    kind.__name__: kind for kind in (Listed, Phrases, Statements, Alternatives)
}


class StoredTexts(NamedTuple):
    """A name as it was kept, in every language there was."""

    texts: tuple[tuple[str, str], ...]

    def text(self, language: str = CHINESE) -> str:
        """The name in a language; Chinese where there is no other."""
        texts = dict(self.texts)
        return texts.get(language) or texts.get(CHINESE, "")


def to_stored(value: Any) -> Any:
    """A text, or what stands in a message, as a plain value."""
    if isinstance(value, Message):
        stored: dict[str, Any] = {"source": value.source}
        if value.context:
            stored["context"] = value.context
        if value.values:
            stored["values"] = {name: to_stored(inner) for name, inner in value.values}
        return stored
    kind = type(value).__name__
    if isinstance(value, Quantity):
        return {"kind": kind, "value": int(value)}
    if isinstance(value, Listed):
        return {"kind": kind, "value": [to_stored(part) for part in value]}
    if type(value) is datetime.date:
        return {"day": value.isoformat()}
    if isinstance(value, int) and not isinstance(value, bool):
        return int(value)
    if isinstance(value, str):
        return str(value)
    if hasattr(value, "text"):
        return {"texts": {language: text_of(value, language) for language in languages()}}
    return text_of(value)


def from_stored(stored: Any) -> Any:
    """What :func:`to_stored` was given."""
    if not isinstance(stored, dict):
        return stored
    if "source" in stored:
        values = {name: from_stored(inner) for name, inner in stored.get("values", {}).items()}
        return Message(stored["source"], tuple(values.items()), context=stored.get("context", ""))
    if "day" in stored:
        return datetime.date.fromisoformat(stored["day"])
    if "texts" in stored:
        return StoredTexts(tuple(stored["texts"].items()))
    kind, value = stored["kind"], stored["value"]
    if kind in _QUANTITIES:
        return _QUANTITIES[kind](value)
    return _LISTS[kind](from_stored(part) for part in value)


def text_from_stored(stored: Any) -> Text:
    """A text that was kept; one from before messages were kept is a plain one."""
    text: Text = from_stored(stored)
    return text
