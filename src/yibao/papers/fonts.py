"""Where the Chinese font of the papers lies; the package ships none in its sources."""

from __future__ import annotations

import importlib.util
from functools import cache
from pathlib import Path

from yibao.errors import NotFoundError
from yibao.messages import message

FILE = "NotoSansSC-Regular.ttf"
FAMILY = "Noto Sans SC"


@cache
def folder() -> Path:
    """The folder of the font: inside an installed wheel, or of the pinned archive.

    ``NotFoundError`` names the mend.
    """
    shipped = Path(__file__).parent / "fonts"
    if (shipped / FILE).is_file():
        return shipped
    # Found without importing it: its own requirements are not installed.
    archive = importlib.util.find_spec("zhplot")
    for place in (archive.submodule_search_locations or ()) if archive else ():
        fonts = Path(place) / "fonts"
        if (fonts / FILE).is_file():
            return fonts
    raise NotFoundError(
        message(
            "缺少打印用的中文字体：请用 make run 建好的环境，或运行 pip install"
            " --no-deps --require-hashes -r requirements-assets.lock"
        )
    )
