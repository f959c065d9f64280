"""Balances of another system: imported once, shown before, never a second time."""

from __future__ import annotations

import tempfile
from pathlib import Path
from typing import Any

from yibao.access.permissions import Role
from yibao.importing.fields import FIELDS, ImportKind
from yibao.importing.reading import AgencyFile
from yibao.importing.running import run_import

from .world import World


class Imports:
    """A head who lets balances in."""

    def __init__(self, world: World) -> None:
        self.world = world
        self.files: list[tuple[str, str, int]] = []
        """Person, content and balance of every file that was imported."""
        self.steps = [(2, self.bring_in), (1, self.again)]

    def _run(self, content: str, *, is_written: bool = True) -> Any:
        world = self.world
        with tempfile.TemporaryDirectory(prefix="yibao-import-") as folder:
            path = Path(folder) / "accounts.csv"
            path.write_text(content, encoding="utf-8")
            file = AgencyFile(path, FIELDS[ImportKind.ACCOUNTS], None, "utf-8")
            return world.act(
                "import balances",
                lambda actor, key: run_import(
                    world.database, world.packs, path, file, ImportKind.ACCOUNTS,
                    actor=actor, is_written=is_written,
                ),
                world.of(Role.HEAD),
                wrong=world.others(Role.HEAD)[:8],
                keyed=False,
            )  # fmt: skip

    def bring_in(self) -> None:
        world, name = self.world, f"import{self.world.new_number()}"
        world.person(name, "employee", "working")
        balance = world.random.randrange(1, 200_000)
        content = f"person,area,end_day,balance_fen\n{name},{world.area},2025-12-31,{balance}\n"
        shown = self._run(content, is_written=False)
        assert shown is None or (shown.new, shown.rejected) == (1, 0), shown
        imported = self._run(content)
        assert imported is not None
        assert (imported.new, imported.rejected) == (1, 0), imported.faults
        world.books.post(("opening", balance), (f"personal:{name}", -balance))
        self.files.append((name, content, balance))

    def again(self) -> None:
        """The same file, or one that says something else of the same person: nothing is written."""
        if self.files:
            _, content, balance = self.world.pick(*self.files)
            other = content.replace(f",{balance}\n", f",{balance + 1}\n")
            imported = self._run(self.world.pick(content, other))
            assert imported is None or imported.new == 0, imported

    def check(self) -> None:
        """What was let in stands in the opening balances, as the books have it."""
