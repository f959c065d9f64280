"""Keep the catalogues of translations: collect every message of the source, fill in the rest.

``python tools/messages.py`` brings each ``.po`` up to date: new messages are added without a
translation, those that nothing says any more go.  ``--check`` only says what is missing.
"""

from __future__ import annotations

import argparse
import ast
import string
import sys
from collections.abc import Iterator
from pathlib import Path

from babel.messages.catalog import Catalog
from babel.messages.extract import extract_from_file
from babel.messages.frontend import parse_keywords
from babel.messages.pofile import read_po, write_po

from yibao.cli.language import paragraphs_of
from yibao.messages.catalogue import CHINESE, languages, path_of

SOURCE = Path(__file__).resolve().parent.parent / "src" / "yibao"
KEYWORDS = parse_keywords(
    ["message:1", "message_in:1c,2", "translated:1,2c", "say:1", "say_in:1c,2"]
)
COMMANDS = SOURCE / "cli"
"""Where the docstring of a function is the help of a command."""
TEMPLATE_KEYWORDS = parse_keywords(["_:1", "gettext:1", "pgettext:1c,2"])

_HEADER = """# Translations of what yibao says; the source texts are Chinese.
msgid ""
msgstr ""
"Language: {language}\\n"
"MIME-Version: 1.0\\n"
"Content-Type: text/plain; charset=UTF-8\\n"
"Content-Transfer-Encoding: 8bit\\n"
"Plural-Forms: nplurals=2; plural=(n != 1);\\n"

"""
_OTHER_WRITING = 0x2000
"""From here on Unicode has what no name of a program is written in."""

Key = tuple[str, str]
"""(context, source text)."""


def extracted() -> dict[Key, str]:
    """Every message of the source, with the file that says it first."""
    first_files: dict[Key, str] = {}
    for path, key in _every():
        first_files.setdefault(key, path.relative_to(SOURCE).as_posix())
    return first_files


def _every() -> Iterator[tuple[Path, Key]]:
    for path in sorted(SOURCE.rglob("*.py")):
        for _, text, _, context in extract_from_file("python", path, keywords=KEYWORDS):
            if isinstance(text, str) and (context or is_said(text)):
                yield path, (context or "", text)
    for path in sorted(COMMANDS.rglob("*.py")):
        yield from ((path, ("", text)) for text in helps(path))
    for path in sorted(SOURCE.rglob("*.html")):
        method = "jinja2.ext.babel_extract"
        options = {"trimmed": "true", "silent": "false"}
        for _, text, _, context in extract_from_file(
            method, path, keywords=TEMPLATE_KEYWORDS, options=options
        ):
            if isinstance(text, str) and is_said(text):
                yield path, (context or "", text)


def is_said(text: str) -> bool:
    """Whether a text is a source text: something else may be called ``message`` too."""
    return any(ord(letter) >= _OTHER_WRITING for letter in text)


def read(path: Path) -> dict[Key, str]:
    """The translations of a catalogue; empty ones included."""
    with path.open("rb") as file:
        catalogue = read_po(file)
    return {
        (entry.context or "", entry.id): entry.string
        for entry in catalogue
        if isinstance(entry.id, str) and entry.id and isinstance(entry.string, str)
    }


def write(path: Path, language: str, entries: dict[Key, str]) -> None:
    """A catalogue, in the order of its source texts, without places and dates that only churn."""
    catalogue = Catalog(locale=language, fuzzy=False)
    for (context, source), text in sorted(entries.items(), key=lambda entry: entry[0][::-1]):
        catalogue.add(source, text, context=context or None)
    path.parent.mkdir(parents=True, exist_ok=True)
    with path.open("wb") as file:
        file.write(_HEADER.format(language=language).encode())
        write_po(file, catalogue, width=96, no_location=True, omit_header=True)


def helps(path: Path) -> Iterator[str]:
    """The messages of the docstrings that are helps of commands."""
    for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
        if isinstance(node, ast.FunctionDef) and not node.name.startswith("_"):
            docstring = ast.get_docstring(node) or ""
            yield from filter(is_said, paragraphs_of(docstring) if is_said(docstring) else ())


def places(text: str) -> set[str]:
    """The named places of a message, of Python (``{name}``) or a template (``%(name)s``)."""
    if "%(" in text:
        return {part.split(")", 1)[0] for part in text.split("%(")[1:]}
    try:
        return {name for _, name, _, _ in string.Formatter().parse(text) if name}
    except ValueError:
        return set()


def faults(language: str) -> list[str]:
    """What is wrong with a catalogue: a message without translation, one too many, places."""
    wanted, known = extracted(), read(path_of(language))
    lines = [
        f"{wanted[key]}: {key[1]!r} has no translation"
        for key in wanted
        if not known.get(key, "").strip() and key[1].strip()
    ]
    lines += [f"{key[1]!r} is said nowhere" for key in known if key not in wanted]
    lines += [
        f"{key[1]!r}: the places {sorted(places(key[1]) ^ places(text))} differ"
        for key, text in known.items()
        if text and places(key[1]) != places(text)
    ]
    return lines


def update(language: str) -> None:
    """Add what is new and drop what is gone."""
    path = path_of(language)
    known = read(path) if path.exists() else {}
    write(path, language, {key: known.get(key, "") for key in extracted()})


def main() -> int:
    """Exit code 1 if a catalogue lacks something."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--check", action="store_true", help="change nothing")
    arguments = parser.parse_args()
    wrong = 0
    for language in languages():
        if language == CHINESE:
            continue
        if not arguments.check:
            update(language)
        for fault in faults(language):
            print(f"{language}: {fault}")
            wrong += 1
    return 1 if wrong else 0


if __name__ == "__main__":
    sys.exit(main())
