"""Reading of areas: what an ``area.yaml`` says, and which area lies under which."""

from __future__ import annotations

from collections.abc import Container, Sequence
from dataclasses import replace
from pathlib import Path

from yibao.messages import message
from yibao.policy.document import DocumentError, read_file
from yibao.policy.model import Area
from yibao.policy.parameters import DECLARATIONS
from yibao.policy.reading import Faults, day_of, words
from yibao.policy.shelves import AREA_FILE, Shelf


def topics() -> frozenset[str]:
    """Every dotted beginning of a parameter's name, and every name."""
    beginnings: set[str] = set()
    for name in DECLARATIONS:
        parts = name.split(".")
        beginnings.update(".".join(parts[:count]) for count in range(1, len(parts) + 1))
    return frozenset(beginnings)


def read_area(path: Path, shown: str, folder: str, parent: str | None, faults: Faults) -> Area:
    """What an ``area.yaml`` says."""
    node = read_file(path, shown).mapping()
    node.only(("code", "name", "complete", "assumptions", "refuse_after"))
    complete: list[str] = []
    lines: list[int] = []
    claimed = node.get("complete")
    if claimed is not None and not claimed.is_none():
        for item in claimed.sequence():
            if item.text() not in topics():
                faults.add(item.fault(message("不认识的主题 {item}", item=item.text()), "unknown"))
                continue
            complete.append(item.text())
            lines.append(item.line)
    assumptions = node.get("assumptions")
    return Area(
        code=node.require("code").text(),
        name=words(node.require("name")),
        folder=folder,
        parent=parent,
        complete=tuple(complete),
        assumptions=assumptions.flag() if assumptions is not None else False,
        file=shown,
        line=1,
        complete_lines=tuple(lines),
        refuse_after=day_of(node, "refuse_after"),
    )


def read_areas(listed: Sequence[Shelf], first_root: Path) -> list[Area]:
    """What the ``area.yaml`` of each folder says; the first fault is raised."""
    areas: list[Area] = []
    known: dict[str, Area] = {}
    for shelf in listed:
        root, folder = Path(shelf.root), Path(shelf.folder)
        shown = f"{root.name}/{(folder / AREA_FILE).relative_to(root).as_posix()}"
        relative = folder.relative_to(root).as_posix()
        parent = areas[shelf.above].code if shelf.above >= 0 else None
        area = read_area(folder / AREA_FILE, shown, relative, parent, Faults())
        outside = root != first_root
        if outside and parent is None:
            top = next((code for code, other in known.items() if other.parent is None), None)
            area = replace(area, parent=area_above(area.code, known, top))
        if area.code in known and not outside:
            raise taken(area.code, known[area.code].file, shown)
        known.setdefault(area.code, area)
        areas.append(area)
    return areas


def taken(code: str, other: str, shown: str) -> DocumentError:
    """The fault of two areas with one code."""
    return DocumentError(
        message("地区代码 {code} 已用于 {other}", code=code, other=other),
        file=shown,
        line=1,
        rule="duplicate",
    )


def area_above(code: str, known: Container[str], top: str | None) -> str | None:
    """The area that a pack from elsewhere lies under: its city or province, or the country."""
    above = (f"{code[:4]}00", f"{code[:2]}0000")
    return next((up for up in above if up != code and up in known), top)
