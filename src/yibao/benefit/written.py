"""A typed answer, and how it becomes JSON: once, at the edge, by the names of its members."""

from __future__ import annotations

import datetime
from typing import Any

import msgspec

from yibao.benefit.explain import Step
from yibao.messages import CHINESE, text_of

_BETWEEN = "、"


class SourceIds(tuple[str, ...]):
    """The ids of the sources behind an amount; in JSON and in a store one line."""

    __slots__ = ()

    @classmethod
    def read(cls, line: str) -> SourceIds:
        """The ids of a line that :meth:`text` wrote."""
        return cls(line.split(_BETWEEN))

    def text(self, language: str = CHINESE) -> str:
        """One line, the same in every language."""
        return _BETWEEN.join(self)

    def __str__(self) -> str:
        return self.text()


_PLAIN = (str, int, bool, type(None))


class TypedAnswer(msgspec.Struct, frozen=True):
    """What every answer of a rule is: named members whose types say what they count.

    A member that is ``UNSET`` does not apply and is left out of the JSON.
    """

    def as_json(self, language: str = CHINESE) -> dict[str, Any]:
        """The answer as a scenario, a store and a command give it; amounts in fen."""
        written = {}
        names = zip(self.__struct_fields__, self.__struct_encode_fields__, strict=True)
        for attribute, name in names:
            value = getattr(self, attribute)
            if value is not msgspec.UNSET:
                written[name] = plain_json(value, language)
        return written


def plain_json(value: Any, language: str = CHINESE) -> Any:
    """A member of an answer as JSON: days in ISO 8601, texts in a language."""
    if type(value) in _PLAIN:
        return value
    if isinstance(value, (TypedAnswer, Step)):
        return value.as_json(language)
    if isinstance(value, str):
        return str(value)  # a choice
    if isinstance(value, datetime.date):
        return value.isoformat()
    if hasattr(value, "text"):  # a wording, which may be a tuple
        return text_of(value, language)
    return [plain_json(each, language) for each in value]
