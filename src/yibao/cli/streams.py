"""What a command reads and writes with: words in UTF-8, and an output that may be full or gone."""

from __future__ import annotations

import io
import os
import sys
from contextlib import suppress

_UTF8_MODE = "PYTHONUTF8"
_A_CHINESE_LETTER = chr(0x533B)


def speak_utf8() -> None:
    """Start the program again in Python's UTF-8 mode where the locale has no Chinese letters."""
    if os.environ.get(_UTF8_MODE) == "1":
        return  # it was told so, by whoever started it or by this function
    try:
        _A_CHINESE_LETTER.encode(sys.getfilesystemencoding())
    except UnicodeEncodeError:
        words = [sys.executable, *sys.orig_argv[1:]]
        os.execve(sys.executable, words, {**os.environ, _UTF8_MODE: "1"})


def prepare() -> None:
    """Names of files are written byte for byte, whatever they are; a closed output is no fault."""
    for name in ("stdout", "stderr"):
        stream = getattr(sys, name)
        if stream is None:
            setattr(sys, name, open(os.devnull, "w", encoding="utf-8"))  # noqa: SIM115
        elif isinstance(stream, io.TextIOWrapper):
            is_utf8 = stream.encoding.lower().replace("-", "") == "utf8"
            stream.reconfigure(errors="surrogateescape" if is_utf8 else "backslashreplace")


def give_up_output() -> None:
    """Let what is still to be written to stdout go nowhere, so that leaving says nothing of it."""
    with suppress(OSError, ValueError, AttributeError):
        descriptor = sys.stdout.fileno()
        nowhere = os.open(os.devnull, os.O_WRONLY)
        os.dup2(nowhere, descriptor)
        os.close(nowhere)


def is_text(value: str) -> bool:
    """Whether a word of the command line is UTF-8, not bytes that only a file's name may have."""
    try:
        value.encode()
    except UnicodeEncodeError:
        return False
    return True
