"""The language that a program of the command line speaks: ``YIBAO_LANGUAGE``, else Chinese.

Everything that a command writes is said here: ``say("已写入 {file}", file=path)`` is a message of
the catalogues in the language asked for, and :func:`worded` says one that was made elsewhere.
The Chinese docstring of a command is its help, one message a paragraph.
"""

from __future__ import annotations

import inspect
import os
from typing import Any

from yibao.messages import CHINESE, Text, message, message_in, text_of
from yibao.messages.catalogue import path_of, translated

VARIABLE = "YIBAO_LANGUAGE"


def language() -> str:
    """The language asked for where there is a catalogue of it, else Chinese."""
    wanted = os.environ.get(VARIABLE, "").replace("_", "-").partition("-")[0].lower()
    return wanted if wanted.isalnum() and path_of(wanted).exists() else CHINESE


def worded(what: Text) -> str:
    """What is said, in the language of the command line."""
    return text_of(what, language())


def say(source: str, /, **values: Any) -> str:
    """A message by its Chinese source text, in the language of the command line."""
    return worded(message(source, **values))


def say_in(context: str, source: str, /, **values: Any) -> str:
    """The same for a message whose source text means something else elsewhere."""
    return worded(message_in(context, source, **values))


def paragraphs_of(docstring: str) -> list[str]:
    """The messages of a docstring that is a command's help."""
    return inspect.cleandoc(docstring).split("\n\n")


def help_said(docstring: str) -> str:
    """The help of a command, in the language of the command line."""
    spoken = language()
    return "\n\n".join(translated(paragraph, "", spoken) for paragraph in paragraphs_of(docstring))
