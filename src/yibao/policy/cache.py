"""Compiled packs on disk, so that a start reads no YAML; never needed, only quick."""

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
_KEEP_SECONDS = 30 * 24 * 3600
"""A folder of entries that no start has used for so long is removed."""


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


def content_key(root: Path, files: Iterable[str]) -> str:
    """A key that changes with any pack file, the version and this room's code."""
    digest = hashlib.sha256(f"{__version__}\n".encode())
    for code in sorted(Path(__file__).parent.glob("*.py")):
        digest.update(hashlib.sha256(code.read_bytes()).digest())
    digest.update(str(root.name).encode())
    for name in files:
        content = (root / name).read_bytes()
        digest.update(f"{name}\0{len(content)}\0".encode())
        digest.update(hashlib.sha256(content).digest())
    return digest.hexdigest()


class Cache:
    """The entries that belong to one state of the packs."""

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
        """Remove the entries of states that nobody has written to for a month."""
        if self._base is None:
            return
        limit = time.time() - _KEEP_SECONDS
        try:
            for folder in self._base.glob(f"{_PREFIX}*"):
                if folder != self._folder and folder.stat().st_mtime < limit:
                    for file in folder.iterdir():
                        file.unlink()
                    folder.rmdir()
        except OSError:
            return
