"""Compiled packs on disk, so that a start reads no YAML; never needed, only quick.

Other rooms that keep what they made of their sources take a folder of their own here.
"""

from __future__ import annotations

import hashlib
import marshal
import os
import tempfile
import time
from collections.abc import Iterable
from pathlib import Path
from typing import Any

from yibao import __version__

_PREFIX = "packs-"
_KEY = 40
"""Hexadecimal digits of a key."""
_KEEP_SECONDS = 30 * 24 * 3600
"""An entry that is so old is removed; where it is still wanted, it is made anew."""


def cache_folder() -> Path | None:
    """Where entries lie; None where no folder can be named."""
    named = os.environ.get("YIBAO_CACHE_DIR")
    if named:
        return Path(named)
    base = os.environ.get("XDG_CACHE_HOME")
    try:
        return Path(base) / "yibao" if base else Path.home() / ".cache" / "yibao"
    except RuntimeError:
        return None


def own_folder(kind: str, key: str) -> Path | None:
    """A folder for what was made of sources with this key; None where none can be written.

    Those of the same kind that are of other sources are removed when they are old.
    """
    base = cache_folder()
    if base is None:
        return None
    folder = base / f"{kind}-{key}"
    try:
        folder.mkdir(mode=0o700, parents=True, exist_ok=True)
    except OSError:
        return None
    if not os.access(folder, os.W_OK):
        return None
    _prune(base, f"{kind}-")
    return folder


def _prune(base: Path, prefix: str) -> None:
    """Remove entries that were written long ago, by this program or another."""
    limit = time.time() - _KEEP_SECONDS
    try:
        for folder in base.glob(f"{prefix}*"):
            files = list(folder.iterdir())
            old = [file for file in files if file.stat().st_mtime < limit]
            for file in old:
                file.unlink()
            if files and len(old) == len(files):
                folder.rmdir()
    except OSError:
        return


def program_key() -> str:
    """A key that changes with the version and with this room's code."""
    digest = hashlib.sha256(f"{__version__}\n".encode())
    for code in sorted(Path(__file__).parent.glob("*.py")):
        digest.update(hashlib.sha256(code.read_bytes()).digest())
    return digest.hexdigest()[:_KEY]


def content_key(contents: Iterable[tuple[str, bytes]]) -> str:
    """A key that changes with any of some files, by name and content."""
    digest = hashlib.sha256()
    for name, content in contents:
        digest.update(f"{name}\0{len(content)}\0".encode())
        digest.update(hashlib.sha256(content).digest())
    return digest.hexdigest()[:_KEY]


class Cache:
    """The entries that one state of the program wrote; their names say of which files."""

    def __init__(self, key: str) -> None:
        base = cache_folder()
        self._base = base
        self._folder = base / f"{_PREFIX}{key}" if base is not None else None

    def read(self, name: str) -> Any:
        """An entry, or None where there is none that can be read."""
        if self._folder is None:
            return None
        try:
            content = (self._folder / name).read_bytes()
            # The checksum keeps a damaged file from ever reaching marshal.
            if hashlib.sha256(content[32:]).digest() != content[:32]:
                return None
            return marshal.loads(content[32:])
        except (OSError, ValueError, EOFError, TypeError):
            return None

    def write(self, name: str, value: Any) -> None:
        """Keep an entry; a folder that cannot be written is no fault."""
        if self._folder is None:
            return
        content = marshal.dumps(value)
        try:
            self._folder.mkdir(parents=True, exist_ok=True)
            handle, temporary = tempfile.mkstemp(dir=self._folder, prefix=".new-")
            try:
                with os.fdopen(handle, "wb") as file:
                    file.write(hashlib.sha256(content).digest() + content)
                os.replace(temporary, self._folder / name)
            except OSError:
                os.unlink(temporary)
                raise
        except OSError:
            return

    def prune(self) -> None:
        """Remove entries that were written long ago, by this program or another."""
        if self._base is not None:
            _prune(self._base, _PREFIX)
