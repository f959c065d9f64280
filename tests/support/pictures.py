"""Files that an office takes in."""

from __future__ import annotations

import io
from functools import cache

from PIL import Image


@cache
def picture() -> bytes:
    """A small JPEG."""
    out = io.BytesIO()
    Image.new("RGB", (8, 8), "white").save(out, "JPEG")
    return out.getvalue()
