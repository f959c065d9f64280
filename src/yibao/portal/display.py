"""How a visitor wants pages to look: language, size of text, colours; kept in one cookie."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace

from yibao.messages import Text, languages, text_of

COOKIE = "display"
MOST_ADDRESS = 2_000

LANGUAGES = languages()
"""The source language first, then every language that has a catalogue."""
SIZES = ("normal", "elder", "elder-large", "elder-largest")
"""Root sizes of 17, 22, 26 and 30 px; all but the first are the 长辈版."""
THEMES = ("auto", "light", "dark")


@dataclass(frozen=True, slots=True)
class Display:
    """One visitor's choice."""

    language: str = "zh"
    size: str = "normal"
    theme: str = "auto"

    @property
    def elder(self) -> bool:
        """Whether this is the 长辈版."""
        return self.size != "normal"

    def say(self, words: Text) -> str:
        """A text in the visitor's language; Chinese where there is no other."""
        return text_of(words, self.language)

    def to_cookie(self) -> str:
        """The cookie's value."""
        return f"{self.language}.{self.size}.{self.theme}"


class Speech:
    """Says texts in one language: ``t(text)`` in templates, where ``_`` says what they hold."""

    def __init__(self, language: str) -> None:
        self.language = language

    def __call__(self, text: Text) -> str:
        return text_of(text, self.language)


SPEECH: Mapping[str, Speech] = {language: Speech(language) for language in LANGUAGES}


def from_cookie(text: str) -> Display:
    """The choice in a cookie; anything else is the usual look."""
    language, _, rest = text.partition(".")
    size, _, theme = rest.partition(".")
    return changed(Display(), {"language": language, "size": size, "theme": theme})


def changed(display: Display, wanted: Mapping[str, str]) -> Display:
    """With what is asked for, as far as it exists."""
    for name, known in (("language", LANGUAGES), ("size", SIZES), ("theme", THEMES)):
        value = wanted.get(name, "")
        if value in known:
            display = replace(display, **{name: value})
    return display


def own_address(text: str) -> str:
    """An address of this service to go back to; the first page for any other."""
    harmless = (
        text.startswith("/")
        and not text.startswith(("//", "/\\", "/display"))
        and len(text) <= MOST_ADDRESS
        and all(32 < ord(letter) < 127 for letter in text)
    )
    return text if harmless else "/"
