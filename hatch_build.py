"""What the wheel ships beside the sources: the font of the papers, from the pinned archive."""

from __future__ import annotations

import importlib.util
from pathlib import Path
from typing import Any

from hatchling.builders.hooks.plugin.interface import BuildHookInterface

FILES = ("NotoSansSC-Regular.ttf", "OFL.txt")


class FontHook(BuildHookInterface):  # type: ignore[type-arg]
    """Puts the font into ``yibao/papers/fonts``; an editable install finds it by itself."""

    def initialize(self, version: str, build_data: dict[str, Any]) -> None:
        if version == "editable":
            return
        archive = importlib.util.find_spec("zhplot")
        places = (archive.submodule_search_locations or []) if archive else []
        for place in places:
            for name in FILES:
                file = Path(place) / "fonts" / name
                build_data["force_include"][str(file)] = f"yibao/papers/fonts/{name}"
        if not places:
            self.app.display_warning(
                "没有打印用的字体，轮子里不带：先装 requirements-assets.lock 再打包"
            )
