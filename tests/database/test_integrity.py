"""``yibao db check`` finds a damaged file, wherever the damage lies."""

from __future__ import annotations

import shutil
import struct
from collections.abc import Callable
from contextlib import closing
from pathlib import Path

import pytest
from pysqlite3 import dbapi2

from yibao.cli.main import run
from yibao.database.integrity import has_own_checks, unchecked
from yibao.database.unit import Database

pytestmark = pytest.mark.usefixtures("secret_key")

Damage = Callable[[bytearray, "Pages"], None]


class Pages:
    """Where the pages of tables and indexes of a file lie."""

    def __init__(self, path: Path) -> None:
        with closing(dbapi2.connect(path)) as connection:
            self.size = int(connection.execute("PRAGMA page_size").fetchone()[0])
            roots = connection.execute("SELECT name, rootpage FROM sqlite_master WHERE rootpage")
            self._roots = dict(roots.fetchall())

    def of(self, name: str) -> int:
        """The offset of the first page of a table or an index."""
        return (int(self._roots[name]) - 1) * self.size

    def leaf(self, content: bytes | bytearray, name: str) -> int:
        """The offset of the first leaf of a table or an index."""
        at = self.of(name)
        while content[at] in (2, 5):
            (cell,) = struct.unpack_from(">H", content, at + 12)
            (page,) = struct.unpack_from(">I", content, at + cell)
            at = (page - 1) * self.size
        return at


def _zeros(name: str) -> Damage:
    def damage(content: bytearray, pages: Pages) -> None:
        at = pages.leaf(content, name)
        content[at : at + pages.size] = bytes(pages.size)

    return damage


def _header(content: bytearray, pages: Pages) -> None:
    content[:16] = b"not a data base\0"


def _schema(content: bytearray, pages: Pages) -> None:
    content[100:200] = bytes(100)


def _kind_of_page(content: bytearray, pages: Pages) -> None:
    content[pages.leaf(content, "entry")] = 7


def _count_of_cells(content: bytearray, pages: Pages) -> None:
    at = pages.leaf(content, "event") + 3
    content[at : at + 2] = b"\0\1"


def _pointer_to_a_cell(content: bytearray, pages: Pages) -> None:
    at = pages.leaf(content, "settlement") + 8
    content[at : at + 2] = b"\xff\xf0"


def _key_in_an_index(content: bytearray, pages: Pages) -> None:
    at = pages.leaf(content, "ix_entry_account_day")
    (cell,) = struct.unpack_from(">H", content, at + 8)
    content[at + cell + 6] ^= 0xFF


def _pointer_to_a_child(content: bytearray, pages: Pages) -> None:
    at = pages.of("entry")
    assert content[at] in (2, 5)
    content[at + 8 : at + 12] = b"\x7f\xff\xff\xff"


def _cut_short(content: bytearray, pages: Pages) -> None:
    del content[len(content) // 2 :]


def _two_pages_exchanged(content: bytearray, pages: Pages) -> None:
    size, first, second = pages.size, pages.of("person"), pages.of("account")
    content[first : first + size], content[second : second + size] = (
        content[second : second + size],
        content[first : first + size],
    )


DAMAGES: dict[str, Damage] = {
    "header": _header,
    "schema": _schema,
    "leaf of settlements zeroed": _zeros("settlement"),
    "leaf of an index zeroed": _zeros("ix_entry_account_day"),
    "kind of a page": _kind_of_page,
    "count of cells": _count_of_cells,
    "pointer to a cell": _pointer_to_a_cell,
    "pointer to a child": _pointer_to_a_child,
    "key in an index": _key_in_an_index,
    "two pages exchanged": _two_pages_exchanged,
    "cut short": _cut_short,
}


@pytest.fixture(scope="module")
def sound(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The file of a demo, everything in it checkpointed."""
    path = tmp_path_factory.mktemp("sound") / "store.db"
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("YIBAO_SECRET_KEY", "5a" * 32)
        with pytest.raises(SystemExit) as left:
            run(("db", "demo", "--families", "8", "--url", f"sqlite:///{path}"))
    assert left.value.code == 0
    with closing(dbapi2.connect(path)) as connection:
        connection.execute("PRAGMA wal_checkpoint(TRUNCATE)")
    return path


@pytest.mark.parametrize("damage", DAMAGES.values(), ids=DAMAGES.keys())
def test_a_damaged_file_is_found_wherever_it_is_damaged(
    damage: Damage, sound: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    path = tmp_path / "damaged.db"
    shutil.copyfile(sound, path)
    content = bytearray(path.read_bytes())
    damage(content, Pages(sound))
    path.write_bytes(content)
    with pytest.raises(SystemExit) as left:
        run(("db", "check", "--url", f"sqlite:///{path}"))
    told = capsys.readouterr()
    assert left.value.code == 1
    assert "Traceback" not in told.err
    assert "损坏" in told.out or "数据库不可用" in told.out + told.err
    assert "没有问题" not in told.out


def test_a_sound_file_passes(sound: Path, capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(SystemExit) as left:
        run(("db", "check", "--url", f"sqlite:///{sound}"))
    assert left.value.code == 0
    assert "没有问题" in capsys.readouterr().out


@pytest.mark.parametrize("backend", ["postgresql"], indirect=True)
def test_a_server_without_amcheck_is_told_to_install_it(
    database: Database, capsys: pytest.CaptureFixture[str]
) -> None:
    """The check goes on without it; where it is installed there is nothing to say."""
    note = database.read(unchecked)
    assert (note is None) == database.read(has_own_checks)
    if note is not None:
        assert "CREATE EXTENSION amcheck" in str(note)
