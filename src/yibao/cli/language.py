"""The language that a program of the command line speaks: ``YIBAO_LANGUAGE``, else Chinese."""

from __future__ import annotations

import os

from yibao.messages import CHINESE, Text, languages, text_of

VARIABLE = "YIBAO_LANGUAGE"


def language() -> str:
    """The language asked for where there is a catalogue of it, else Chinese."""
    wanted = os.environ.get(VARIABLE, "").replace("_", "-").partition("-")[0].lower()
    return wanted if wanted and wanted in languages() else CHINESE


def worded(what: Text) -> str:
    """What is said, in the language of the command line."""
    return text_of(what, language())
