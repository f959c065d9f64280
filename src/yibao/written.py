"""A typed answer, and how it becomes JSON: once, at the edge, by the names of its members."""

from __future__ import annotations

import datetime
from collections.abc import Mapping
from enum import Enum
from typing import Any, ClassVar, Final, Self, TypeVar, dataclass_transform

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


class UnsetType(Enum):
    """The type of :data:`UNSET`."""

    UNSET = "unset"


UNSET: Final = UnsetType.UNSET
"""A member of an answer that does not apply."""


@dataclass_transform(frozen_default=True)
class TypedAnswer:
    """What every answer is: named members whose types say what they count.

    A member that is ``UNSET`` does not apply and is left out of the JSON.  An answer cannot be
    changed.  It is written like a dataclass and made without code that is compiled for it: the
    two dozen answers would cost a quote on the command line a tenth of its time.
    """

    member_names: ClassVar[tuple[str, ...]] = ()
    """The names of the members, those of the class above first (``own_first``: after them)."""
    json_names: ClassVar[Mapping[str, str]] = {}
    """What members are called in JSON whose name Python reserves."""

    def __init_subclass__(
        cls, *, frozen: bool = True, kw_only: bool = False, own_first: bool = False
    ) -> None:
        # As ``inspect.get_annotations`` reads them, which is not imported for it.
        described = cls.__dict__.get("__annotations__", {})  # noqa: RUF063
        own = tuple(
            name for name, annotation in described.items() if not annotation.startswith("ClassVar")
        )
        cls.member_names = own + cls.member_names if own_first else cls.member_names + own

    def __init__(self, *values: Any, **members: Any) -> None:
        names = self.member_names
        written = dict(zip(names, values, strict=False)) | members if values else members
        for name in names:
            if name not in written:
                written[name] = getattr(type(self), name)
        if len(written) != len(names):
            strange = "、".join(sorted(written.keys() - set(names)))
            raise TypeError(f"{type(self).__name__} has no {strange}")
        self.__dict__.update(written)

    def __setattr__(self, name: str, value: Any) -> None:
        raise AttributeError(f"{type(self).__name__} cannot be changed")

    def __eq__(self, other: object) -> bool:
        return type(other) is type(self) and other.__dict__ == self.__dict__

    def __hash__(self) -> int:
        return hash(tuple(getattr(self, name) for name in self.member_names))

    def __repr__(self) -> str:
        written = ", ".join(f"{name}={getattr(self, name)!r}" for name in self.member_names)
        return f"{type(self).__name__}({written})"

    def as_json(self, language: str = CHINESE) -> dict[str, Any]:
        """The answer as a scenario, a store and a command give it; amounts in fen."""
        written = {}
        for name in self.member_names:
            value = getattr(self, name)
            if value is not UNSET:
                written[self.json_names.get(name, name)] = plain_json(value, language)
        return written

    def changed(self, members: Mapping[str, Any]) -> Self:
        """The answer with other values of some members."""
        return type(self)(**{**self.__dict__, **members})


Answer = TypeVar("Answer", bound=TypedAnswer)


def as_kind(answer: TypedAnswer, kind: type[Answer]) -> Answer:
    """The answer as one of ``kind``, whose members are some of its own."""
    return kind(**{name: getattr(answer, name) for name in kind.member_names})


def members_of(answer: TypedAnswer) -> dict[str, Any]:
    """The members of an answer by attribute, for one that has more or others."""
    return {name: getattr(answer, name) for name in answer.member_names}


def plain_json(value: Any, language: str = CHINESE) -> Any:
    """A member of an answer as JSON: days in ISO 8601, texts in a language."""
    if type(value) in _PLAIN:
        return value
    if isinstance(value, str):
        return str(value)  # a choice
    if isinstance(value, datetime.date):
        return value.isoformat()
    if hasattr(value, "as_json"):  # an answer inside it, or a step
        return value.as_json(language)
    if isinstance(value, dict):
        return {name: plain_json(inner, language) for name, inner in value.items()}
    if hasattr(value, "text"):  # a wording, which may be a tuple
        return text_of(value, language)
    return [plain_json(element, language) for element in value]
