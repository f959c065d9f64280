"""One message: the source text with named places, and the values that stand there."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any, Protocol

from yibao.messages.catalogue import CHINESE, translated
from yibao.messages.quantities import text_of


class Wording(Protocol):
    """What can be said in a language: a message, a quantity, a name with translations."""

    def text(self, language: str = CHINESE, /) -> str:
        """What it is in a language."""
        ...


Text = Wording | str
"""What is shown to people; a plain ``str`` is a name or number, the same in every language."""


@dataclass(frozen=True, slots=True)
class Message:
    """What is said, before it is said in a language."""

    source: str
    """Chinese, with ``{named}`` places; the id in the catalogues."""
    values: tuple[tuple[str, Any], ...] = ()
    context: str = field(default="", kw_only=True)
    """Tells two meanings of one source text apart."""

    def text(self, language: str = CHINESE) -> str:
        """The message in a language; in Chinese where the catalogue lacks it."""
        wording = translated(self.source, self.context, language)
        if not self.values:
            return wording
        return wording.format(**{name: text_of(value, language) for name, value in self.values})

    def with_values(self, **values: Any) -> Message:
        """The same message with (more) values in its places."""
        merged = {**dict(self.values), **values}
        return Message(self.source, tuple(merged.items()), context=self.context)

    def __str__(self) -> str:
        return self.text(CHINESE)

    def __bool__(self) -> bool:
        return bool(self.source)


NOTHING = Message("")
"""Where nothing is said."""


def message(source: str, /, **values: Any) -> Message:
    """A message by its Chinese source text; ``values`` stand in its places.

    A value is a quantity, a day, a whole number, a name (``str`` or a name in two languages
    from the packs) or another message.
    """
    return Message(source, tuple(values.items()))


def message_in(context: str, source: str, /, **values: Any) -> Message:
    """A message whose source text means something else elsewhere."""
    return Message(source, tuple(values.items()), context=context)
