"""Where packs lie: the folders of areas, found without reading any pack."""

from __future__ import annotations

import os
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import NamedTuple

from yibao.errors import InputError
from yibao.messages import message

AREA_FILE = "area.yaml"
SOURCES_FOLDER = "sources"
TESTS_FOLDER = "tests"
"""Scenario files beside the packs, with what is to come out."""
NO_PACKS = (SOURCES_FOLDER, TESTS_FOLDER)
OUTSIDE = "YIBAO_PACKS"
"""Names folders of packs from outside the package, apart as in PATH."""
LAID_OVER = "YIBAO_OVERLAYS"
"""Names overlays that are tried for as long as a command runs; set by its option alone."""
_ENDINGS = (".yaml", ".yml")


class Shelf(NamedTuple):
    """The folder of one area."""

    root: str
    folder: str
    above: int
    """Number of the shelf that it lies in; -1 where it lies in none."""


def packs_folder() -> Path:
    """The packs that come with the package."""
    return Path(__file__).resolve().parent.parent / "packs"


def outside_folders() -> tuple[Path, ...]:
    """The folders of packs from outside the package that the environment names."""
    named = os.environ.get(OUTSIDE, "")
    return tuple(Path(text) for text in named.split(os.pathsep) if text)


def tried_overlays() -> tuple[Path, ...]:
    """The overlays that the command which runs lays over all packs."""
    return tuple(Path(text) for text in os.environ.get(LAID_OVER, "").split(os.pathsep) if text)


def existing(root: Path) -> Path:
    """The whole path of a folder of packs; ``InputError`` where there is none."""
    folder = root.resolve()
    if not folder.is_dir():
        raise InputError(message("没有这个政策包文件夹"), place=str(folder))
    return folder


def shelves(roots: Sequence[Path]) -> list[Shelf]:
    """The folders of all areas, those above before those below, in the order of the roots."""
    listed: list[Shelf] = []
    for root in roots:
        for folder in _subfolders(root):
            if folder.name not in NO_PACKS:
                _list_shelf(root, folder, -1, listed)
    return listed


def _list_shelf(root: Path, folder: os.DirEntry[str], above: int, listed: list[Shelf]) -> None:
    if not os.path.isfile(os.path.join(folder.path, AREA_FILE)):
        return
    number = len(listed)
    listed.append(Shelf(str(root), folder.path, above))
    for child in _subfolders(folder.path):
        _list_shelf(root, child, number, listed)


def _subfolders(folder: Path | str) -> Iterator[os.DirEntry[str]]:
    with os.scandir(folder) as entries:
        for entry in sorted(entries, key=lambda entry: entry.name):
            if entry.is_dir() and not entry.name.startswith((".", "_")):
                yield entry


def contents(folder: str) -> Iterator[tuple[str, bytes]]:
    """Every YAML file of one area (not of those below it) by name, with its content."""
    yield from _contents(folder, "")


def _contents(folder: str, prefix: str) -> Iterator[tuple[str, bytes]]:
    with os.scandir(folder) as listing:
        entries = sorted(listing, key=lambda entry: entry.name)
    for entry in entries:
        name = f"{prefix}{entry.name}"
        if entry.is_file() and entry.name.endswith(_ENDINGS):
            yield name, Path(entry.path).read_bytes()
        elif _is_topic(entry):
            yield from _contents(entry.path, f"{name}/")


def _is_topic(entry: os.DirEntry[str]) -> bool:
    return (
        entry.is_dir()
        and entry.name != TESTS_FOLDER
        and not entry.name.startswith((".", "_"))
        and not os.path.isfile(os.path.join(entry.path, AREA_FILE))
    )
