"""Files that hold people's records: only their owner reads them, from their first byte on."""

from __future__ import annotations

import os
from pathlib import Path

OWNER_ALONE = 0o600


def reserve(path: Path) -> Path:
    """A new, empty file at ``path`` that only its owner reads; ``FileExistsError``, ``OSError``.

    Whoever fills it by its name opens what is there, so that its mode never was a wider one.
    """
    os.close(os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, OWNER_ALONE))
    return path
