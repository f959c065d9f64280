"""The catalogues of translations, one gettext ``.po`` a language, read when first asked for."""

from __future__ import annotations

from functools import cache
from pathlib import Path

CHINESE = "zh"
"""The language of the source texts: it has no catalogue and loads nothing."""
LOCALE = Path(__file__).parent / "locale"
_DOMAIN = "yibao"

Catalogue = dict[tuple[str, str], str]
"""Translation by (context, source text)."""


def languages(folder: Path | None = None) -> tuple[str, ...]:
    """Every language there is a catalogue for, the source language first."""
    return (CHINESE, *sorted(path.parts[-3] for path in (folder or LOCALE).glob(_PATTERN)))


_PATTERN = f"*/LC_MESSAGES/{_DOMAIN}.po"


def path_of(language: str, folder: Path | None = None) -> Path:
    """Where the catalogue of a language lies."""
    return (folder or LOCALE) / language / "LC_MESSAGES" / f"{_DOMAIN}.po"


@cache
def _catalogue(language: str, folder: Path) -> Catalogue:
    """The catalogue of a language; empty where there is none."""
    path = path_of(language, folder)
    if not path.exists():
        return {}
    from babel.messages.pofile import read_po

    with path.open("rb") as file:
        entries = read_po(file, locale=None)
    return {
        (entry.context or "", entry.id): entry.string
        for entry in entries
        if isinstance(entry.id, str) and entry.id and isinstance(entry.string, str) and entry.string
    }


def translated(source: str, context: str, language: str) -> str:
    """``source`` in a language; as it stands where the catalogue lacks it."""
    if language == CHINESE:
        return source
    return _catalogue(language, LOCALE).get((context, source), source)
