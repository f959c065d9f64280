"""A file into the store: shown first, then written, once however often it is tried.

Rows are read, checked and written some at a time, each lot in one transaction.  What is in the
store already is left alone, so that a run that was cut off is run again and goes on.
"""

from __future__ import annotations

import csv
import hashlib
from collections import Counter
from collections.abc import Callable, Sequence
from contextlib import ExitStack
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from sqlalchemy.exc import IntegrityError

from yibao.access.permissions import Actor, require
from yibao.columns.read.mapped import RowFault
from yibao.database.gathering import Gathering
from yibao.database.unit import Database, Unit
from yibao.errors import ConflictError
from yibao.importing.accounts import AccountsImport
from yibao.importing.contributions import ContributionsImport
from yibao.importing.fields import ImportKind
from yibao.importing.institutions import InstitutionsImport
from yibao.importing.people import PeopleImport
from yibao.importing.reading import ROWS_TOGETHER, AgencyFile, RowsRead
from yibao.importing.seen import Seen
from yibao.importing.things import Importer, SortedOut, Thing, things_of
from yibao.importing.visits import VisitsImport
from yibao.messages import CHINESE, Message, message, text_of
from yibao.policy.compile import PolicyLibrary
from yibao.private_files import reserve

_SHOWN_FAULTS = 20
_SHOWN_ROWS = 5
_PIECE = 1 << 20


@dataclass(slots=True)
class Imported:
    """What a run wrote, or what it would write."""

    kind: ImportKind
    is_written: bool
    new: int = 0
    """Things: people, rows of periods, accounts, visits, institutions."""
    here: int = 0
    """Those that the store had already."""
    rejected: int = 0
    """Rows."""
    amounts: Counter[str] = field(default_factory=Counter)
    """What the new ones add up to: fen by name."""
    first: list[Thing[Any]] = field(default_factory=list)
    """The first new ones."""
    faults: list[RowFault] = field(default_factory=list)
    """The first of them; all of them are in the file of rejects."""
    notes: list[tuple[int, Message]] = field(default_factory=list)
    """The first of what is worth a second look: (row, what)."""
    noted: int = 0


Progress = Callable[[int], None]
"""Called with the rows that are behind."""


def run_import(
    database: Database,
    library: PolicyLibrary,
    path: Path,
    file: AgencyFile,
    kind: ImportKind,
    *,
    actor: Actor,
    is_written: bool,
    rejects: Path | None = None,
    language: str = CHINESE,
    progress: Progress = lambda _: None,
    together: int = ROWS_TOGETHER,
) -> Imported:
    """Import a file, or show what importing it would do (``is_written`` false: nothing is).

    ``together``: rows in one transaction.  ``rejects``: where every row that cannot be imported
    is written with its reason, a new file that only its owner reads; none is made where there
    is none.
    """
    require(actor, "import_records", area=actor.area)
    importer = _importer(kind, database, library, actor)
    imported = Imported(kind, is_written)
    origin = {"import": str(kind), "file": _digest_of(path)}
    with ExitStack() as stack:
        seen = stack.enter_context(Seen())
        rejected = stack.enter_context(_Rejects(rejects, language))
        behind = 0
        for read in file.read(together):
            things, faults = _new_things(importer, read, seen)
            lot = (
                _written(database, importer, things, origin)
                if is_written
                else _shown(database, importer, things)
            )
            _count(imported, lot)
            shown = [
                fault._replace(heading=file.shown(fault.heading) if fault.heading else "")
                for fault in [*faults, *lot.faults]
            ]
            rejected.add(sorted([*read.faults, *shown], key=lambda fault: fault.row))
            behind += len(read.rows) + len(read.faults)
            progress(behind)
        imported.rejected = rejected.count
        imported.faults = rejected.first
    return imported


def _importer(
    kind: ImportKind, database: Database, library: PolicyLibrary, actor: Actor
) -> Importer[Any]:
    importers: dict[ImportKind, Callable[[], Importer[Any]]] = {
        ImportKind.PEOPLE: lambda: PeopleImport(database, library, actor),
        ImportKind.CONTRIBUTIONS: lambda: ContributionsImport(library, actor),
        ImportKind.ACCOUNTS: lambda: AccountsImport(database, library, actor),
        ImportKind.VISITS: lambda: VisitsImport(actor),
        ImportKind.INSTITUTIONS: lambda: InstitutionsImport(actor),
    }
    return importers[kind]()


def _digest_of(path: Path) -> str:
    digest = hashlib.sha256()
    with path.open("rb") as file:
        while piece := file.read(_PIECE):
            digest.update(piece)
    return digest.hexdigest()


def _new_things(
    importer: Importer[Any], read: RowsRead, seen: Seen
) -> tuple[list[Thing[Any]], list[RowFault]]:
    """What the rows say, without what stood in the file before."""
    things, faults = things_of(importer, read.rows)
    new = []
    for thing in things:
        row = seen.first_row(thing.keys, thing.rows)
        if row is None:
            new.append(thing)
        else:
            faults += thing.faults(message("与第 {row} 行重复，请删去一行", row=row))
    return new, faults


def _shown(
    database: Database, importer: Importer[Any], things: Sequence[Thing[Any]]
) -> SortedOut[Any]:
    if not things:
        return SortedOut()
    return database.read(lambda unit: importer.sort_out(unit, things))


def _written(
    database: Database,
    importer: Importer[Any],
    things: Sequence[Thing[Any]],
    origin: dict[str, str],
) -> SortedOut[Any]:
    if not things:
        return SortedOut()

    def operation(unit: Unit) -> SortedOut[Any]:
        gathering = Gathering(unit.connection)
        lot = importer.sort_out(gathering, things)
        if lot.new:
            importer.write(gathering, lot.new, origin)
            gathering.finish()
            gathering.write_all()
        return lot

    try:
        return database.write_alone(operation)
    except IntegrityError as error:
        raise ConflictError(
            message("有人同时登记了文件里的同一个人，这一批没有写入；再运行一次，接着导入")
        ) from error


def _count(imported: Imported, lot: SortedOut[Any]) -> None:
    imported.new += len(lot.new)
    imported.here += len(lot.here)
    for thing in lot.new:
        imported.amounts.update(thing.amounts)
        imported.noted += len(thing.notes)
        if len(imported.notes) < _SHOWN_FAULTS:
            imported.notes += [(thing.rows[0].number, note) for note in thing.notes]
    imported.first += lot.new[: _SHOWN_ROWS - len(imported.first)]


class _Rejects:
    """The file of rejects, which is there as soon as a row is rejected."""

    def __init__(self, path: Path | None, language: str) -> None:
        self._path = path
        self._language = language
        self._stack = ExitStack()
        self._rows: Any = None
        self.count = 0
        self.first: list[RowFault] = []

    def __enter__(self) -> _Rejects:
        return self

    def __exit__(self, *_: object) -> None:
        self._stack.close()

    def add(self, faults: Sequence[RowFault]) -> None:
        """More rows that cannot be imported."""
        self.count += len(faults)
        self.first += faults[: _SHOWN_FAULTS - len(self.first)]
        if self._path is None or not faults:
            return
        if self._rows is None:
            self._path.unlink(missing_ok=True)
            file = reserve(self._path).open("w", encoding="utf-8-sig", newline="")
            self._rows = csv.writer(self._stack.enter_context(file))
            self._rows.writerow(["row", "column", "reason"])
        self._rows.writerows(
            [fault.row, fault.heading, text_of(fault.reason, self._language)] for fault in faults
        )
