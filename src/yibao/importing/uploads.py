"""A file that is sent to the service: looked at, and let in by whoever saw what it would write.

The file itself is kept nowhere: it lies in a private folder while it is read, and is sent again
to be written.  The runs, their progress and the rejected rows are kept.
"""

from __future__ import annotations

import datetime
import hashlib
import tempfile
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from sqlalchemy import insert, select, update

from yibao.access.chains import extend_chain
from yibao.access.names import STORE
from yibao.access.operations import Answer, Key, canonical, record_message, write_once
from yibao.access.permissions import Actor, require
from yibao.columns.preview import draft, needs_mapping
from yibao.columns.read.mapping import FileMapping, read_mapping
from yibao.columns.read.sources import ENCODINGS, UTF_8, InputFile
from yibao.database.identifiers import new_identifier
from yibao.database.instants import now
from yibao.database.secrets import mask
from yibao.database.unit import Database, Unit
from yibao.errors import ConflictError, InputError, NotFoundError, YibaoError
from yibao.importing.fields import FIELDS, ImportKind
from yibao.importing.reading import AgencyFile
from yibao.importing.running import Imported, run_import
from yibao.importing.tables import import_run
from yibao.messages import CHINESE, Listed, message, text_of
from yibao.money import format_yuan
from yibao.policy.compile import PolicyLibrary
from yibao.policy.kinds import TextEnum

_SILENT = datetime.timedelta(minutes=2)
_LONGEST_NAME = 120
_LONGEST_TOLD = 400
_NUMBER = "number"
_MOST_REJECTS = 2_000_000
"""Characters of the table of rejected rows that are kept."""
_SUFFIXES = (".csv", ".xlsx", ".parquet", ".arrow")


class ImportState(TextEnum):
    """How a run stands."""

    UNDER_WAY = "under_way"
    COMPLETED = "completed"
    NOT_DONE = "not_done"


@dataclass(frozen=True, slots=True)
class SentFile:
    """A file as somebody sends it, with what says how it is read."""

    kind: str
    name: str
    content: bytes
    mapping: str = ""
    """YAML; empty: its headings are the columns' own names."""
    encoding: str = ""

    @property
    def digest(self) -> str:
        """The sha256 of the content."""
        return hashlib.sha256(self.content).hexdigest()

    @property
    def wanted(self) -> ImportKind:
        """``InputError`` for a kind that there is none of."""
        if self.kind not in tuple(ImportKind):
            raise InputError(message("请选文件里是什么"), place="kind")
        return ImportKind(self.kind)


@dataclass(frozen=True, slots=True)
class ImportRun:
    """A run as it stands."""

    run_id: str
    area: str
    kind: ImportKind
    name: str
    state: ImportState
    started_at: datetime.datetime
    behind: int
    new: int
    here: int
    rejected: int
    told: str
    """Why it ended without being done."""
    is_silent: bool
    """Under way, and long unheard: it was cut off."""


@dataclass(frozen=True, slots=True)
class LookedAt:
    """What a file would write; or a drafted mapping, where its headings are nobody's."""

    imported: Imported | None
    first: tuple[tuple[int, tuple[tuple[str, str], ...]], ...] = ()
    """The first new rows: number, and cells under the file's own headings."""
    draft: str = ""


def look_at(
    database: Database, library: PolicyLibrary, file: SentFile, *, actor: Actor
) -> LookedAt:
    """Read and check a file, and write nothing."""
    require(actor, "import_records", area=actor.area)
    kind = file.wanted
    with _lying(file) as (path, mapping):
        encoding = _encoding(file, mapping)
        columns = FIELDS[kind]
        if mapping is None and needs_mapping(InputFile(path, encoding, known={}).headings, columns):
            drafted = draft(path, encoding, columns=columns)
            return LookedAt(None, draft=drafted.replace(path.name, file.name))
        read = AgencyFile(path, columns, mapping, encoding)
        imported = run_import(database, library, path, read, kind, actor=actor, is_written=False)
        first = [
            (
                row.number,
                tuple(
                    (read.shown(name), _cell(name, value))
                    for name, value in row.values.items()
                    if value is not None
                ),
            )
            for row in (thing.rows[0] for thing in imported.first)
        ]
        return LookedAt(imported, tuple(first))


def _cell(name: str, value: Any) -> str:
    """A cell as it was read; of a certificate not everybody is shown the number."""
    if name == _NUMBER:
        return mask(str(value))
    return format_yuan(value) if name.endswith("_fen") else str(value)


def begin_run(
    database: Database, key: Key, file: SentFile, seen: str, *, actor: Actor, at: datetime.datetime
) -> Answer:
    """Note that a file is let in: the ``run``.

    ``seen``: the digest of the file that was looked at; ``ConflictError`` for another one, and
    while a run of the same file is under way.
    """
    require(actor, "import_records", area=actor.area)
    kind, area = file.wanted, actor.area or ""
    if file.digest != seen:
        raise ConflictError(message("这不是刚才看过的那个文件，请再看一遍，没有写入"))
    content_hash = database.secrets.lasting_hash(canonical([kind.value, area, file.digest]))

    def operation(unit: Unit) -> Answer:
        chain = f"{STORE}import:{area}"
        run_id = new_identifier()
        answer = {"run": run_id, "kind": kind.value, "file": file.digest}
        # The event comes first: its chain is the lock of the area's runs.
        extend_chain(unit, chain, actor.id, "import_records", answer)
        for row in unit.run(_of(area, ImportState.UNDER_WAY)):
            if row.digest == file.digest and row.kind == kind and at - row.heard_at < _SILENT:
                raise ConflictError(message("这个文件正在导入，请等它办完"))
        unit.run(
            insert(import_run),
            {
                "run_id": run_id,
                "area": area,
                "kind": kind.value,
                "name": file.name[:_LONGEST_NAME] or "file",
                "digest": file.digest,
                "state": ImportState.UNDER_WAY,
                "started_by": actor.id,
                "started_at": at,
                "heard_at": at,
                "ended_at": None,
                "behind": 0,
                "new": 0,
                "here": 0,
                "rejected": 0,
                "rejects": None,
                "told": "",
            },
        )
        record_message(unit, key, content_hash, key.sender, answer)
        return answer

    return write_once(database, key, content_hash, operation)


def carry_out(
    database: Database,
    library: PolicyLibrary,
    run_id: str,
    file: SentFile,
    *,
    actor: Actor,
    language: str = CHINESE,
    clock: Callable[[], datetime.datetime] = now,
) -> Imported:
    """Write what a begun run says, some rows at a time; its row says how far it is."""

    def heard(**values: Any) -> None:
        this = import_run.c.run_id == run_id
        values = {"heard_at": clock(), **values}
        database.write(lambda unit: unit.run(update(import_run).where(this).values(**values)))

    kind = file.wanted
    try:
        with _lying(file) as (path, mapping):
            read = AgencyFile(path, FIELDS[kind], mapping, _encoding(file, mapping))
            rejects = path.with_suffix(".rejects.csv")
            imported = run_import(
                database,
                library,
                path,
                read,
                kind,
                actor=actor,
                is_written=True,
                rejects=rejects,
                language=language,
                progress=lambda rows: heard(behind=rows),
            )
            rejected = rejects.read_text("utf-8-sig") if rejects.exists() else None
    except YibaoError as error:
        told = text_of(error.said, language)[:_LONGEST_TOLD]
        heard(state=ImportState.NOT_DONE, ended_at=clock(), told=told)
        raise
    except BaseException:
        heard(state=ImportState.NOT_DONE, ended_at=clock())
        raise
    heard(
        state=ImportState.COMPLETED,
        ended_at=clock(),
        new=imported.new,
        here=imported.here,
        rejected=imported.rejected,
        rejects=None if rejected is None else rejected[:_MOST_REJECTS],
    )
    return imported


# --- reading -------------------------------------------------------------------------------------


def runs_of(
    database: Database, actor: Actor, at: datetime.datetime, *, most: int = 30
) -> list[ImportRun]:
    """The runs of the actor's area, the latest first."""
    require(actor, "import_records", area=actor.area)
    query = _of(actor.area or "").order_by(import_run.c.started_at.desc()).limit(most)
    return database.read(lambda unit: [_run(row, at) for row in unit.run(query)])


def rejects_of(database: Database, actor: Actor, run_id: str) -> str:
    """The table of the rejected rows of a run of the actor's area; ``NotFoundError``."""
    require(actor, "import_records", area=actor.area)
    query = _of(actor.area or "").where(import_run.c.run_id == run_id)
    row = database.read(lambda unit: unit.run(query).one_or_none())
    if row is None or row.rejects is None:
        raise NotFoundError(message("没有不能导入的行"))
    return str(row.rejects)


def _of(area: str, *states: ImportState) -> Any:
    query = select(import_run).where(import_run.c.area == area)
    return query.where(import_run.c.state.in_(states)) if states else query


def _run(row: Any, at: datetime.datetime) -> ImportRun:
    state = ImportState(row.state)
    return ImportRun(
        row.run_id,
        row.area,
        ImportKind(row.kind),
        row.name,
        state,
        row.started_at,
        row.behind,
        row.new,
        row.here,
        row.rejected,
        row.told,
        state is ImportState.UNDER_WAY and at - row.heard_at >= _SILENT,
    )


@contextmanager
def _lying(file: SentFile) -> Iterator[tuple[Path, FileMapping | None]]:
    """The file in a private folder that goes away, and its mapping; errors name the file."""
    suffix = Path(file.name).suffix.lower()
    if suffix not in _SUFFIXES:
        raise InputError(
            message("不认识的文件类型，可以是 {suffixes}", suffixes=Listed(_SUFFIXES)), place="file"
        )
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / f"file{suffix}"
        path.write_bytes(file.content)
        try:
            mapping = None
            if file.mapping.strip():
                written = Path(folder) / "map.yaml"
                written.write_text(file.mapping, encoding="utf-8")
                mapping = read_mapping(written, FIELDS[file.wanted], "docs/import.md")
            yield path, mapping
        except InputError as error:
            raise InputError(error.message, place="file") from None


def _encoding(file: SentFile, mapping: FileMapping | None) -> str:
    encoding = (file.encoding or (mapping and mapping.encoding) or UTF_8).lower()
    if encoding not in ENCODINGS:
        raise InputError(message("请选文件的编码"), place="encoding")
    return encoding
