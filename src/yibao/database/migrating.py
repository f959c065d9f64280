"""Bringing a database to the schema of this version, all at once or not at all."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import Any

from alembic import command
from alembic.autogenerate import compare_metadata
from alembic.config import Config
from alembic.runtime.migration import MigrationContext
from alembic.script import ScriptDirectory
from alembic.script.revision import RevisionError
from alembic.util.exc import CommandError
from sqlalchemy import Connection, text

from yibao.database.errors import DatabaseError
from yibao.database.keyring import opened_secrets, remember_key
from yibao.database.nature import Nature, mark_new_store
from yibao.database.schema import append_only_tables, whole_schema
from yibao.database.secrets import Secrets
from yibao.database.unit import Database, Unit
from yibao.messages import Listed, Message, message

_FOLDER = Path(__file__).parent / "migrations"

_MIGRATORS_LOCK = 5_150_110_140
"""Any number: of two programs that upgrade one PostgreSQL database, the second waits."""
_TIMEOUTS = ("SET LOCAL lock_timeout = '5s'", "SET LOCAL statement_timeout = '15min'")
"""A revision that cannot have its lock gives way to the service, which goes on."""

_LEFT_STANDING = frozenset({"fee_item", "visit"})
"""Tables that no code uses any more; revision 0014 leaves them where rows stand in them."""


@dataclass(frozen=True, slots=True)
class Revision:
    """One step of the schema."""

    number: str
    what: str


def config_for(connection: Connection, secrets: Secrets | None = None) -> Config:
    """Settings of alembic for a connection, without a file.

    ``secrets``: for the revisions that read or write what is encrypted.
    """
    config = Config()
    config.set_main_option("script_location", str(_FOLDER).replace("%", "%%"))
    config.set_main_option("path_separator", "os")
    config.attributes["connection"] = connection
    config.attributes["secrets"] = secrets
    return config


def _scripts() -> ScriptDirectory:
    return ScriptDirectory(str(_FOLDER))


def heads() -> tuple[str, ...]:
    """The last revision of this version; one, or none in an empty folder."""
    return tuple(_scripts().get_heads())


def current(unit: Unit) -> str | None:
    """The revision that a database is at; None: it has never been set up."""
    return MigrationContext.configure(unit.connection).get_current_revision()


def pending(unit: Unit) -> list[Revision]:
    """Revisions that an upgrade would run, first to last; empty when at the head.

    ``DatabaseError`` for a database of a later version.
    """
    at = current(unit)
    try:
        steps = list(_scripts().iterate_revisions("head", at or "base"))
    except (CommandError, RevisionError):
        raise DatabaseError(
            message("数据库的版本 {at} 比本程序新，请换用较新的 yibao；没有写入任何内容", at=at)
        ) from None
    return [Revision(step.revision, step.doc.rstrip(".")) for step in reversed(steps)]


def upgrade(database: Database, *, new: Nature = Nature.REAL) -> list[Revision]:
    """Run the pending revisions in one transaction; those that were run.

    ``new``: what a store becomes that is made by this; one that is there stays what it is.
    The key is proven first and its fingerprint written last: ``StoreKeyError`` for a key that
    does not open the store, and for none where something is encrypted.
    """
    with database.unit(any_schema=True) as unit:
        if not unit.is_postgresql:
            # What a revision encrypts or drops is not left readable in the file.
            unit.connection.exec_driver_sql("PRAGMA secure_delete = ON")
        else:
            unit.run(text("SET LOCAL lock_timeout = '60s'"))
            unit.run(text(f"SELECT pg_advisory_xact_lock({_MIGRATORS_LOCK})"))
            for timeout in _TIMEOUTS:
                unit.run(text(timeout))
        steps = pending(unit)
        secrets = opened_secrets(unit.connection, database.engine.url)
        begins = current(unit) is None
        if steps:
            command.upgrade(config_for(unit.connection, secrets), "head")
            mark_new_store(unit.connection, new if begins else Nature.REAL)
        remember_key(unit.connection, secrets)
    if steps:
        database.end_write_ahead()
    return steps


def schema_faults(unit: Unit) -> list[Message]:
    """How the tables of a database differ from those of the code."""
    at, expected = current(unit), heads()
    if at is None:
        return [message("数据库还没有建表，请运行 yibao db init")]
    if (at,) != expected:
        return [
            message(
                "数据库在版本 {revision}，本程序要 {head}，请运行 yibao db upgrade",
                revision=at,
                head=Listed(expected),
            )
        ]
    schema = whole_schema()
    context = MigrationContext.configure(
        unit.connection, opts={"compare_type": True, "include_name": _is_compared}
    )
    differences = [
        message("表结构与程序不符：{difference}", difference=_told(difference))
        for difference in compare_metadata(context, schema)
    ]
    guarded = _guarded(unit)
    return differences + [
        message("表 {name} 缺少只增不改的触发器", name=name)
        for name in append_only_tables()
        if name not in guarded
    ]


def _is_compared(name: str | None, kind: str, _parents: object) -> bool:
    """Whether what stands in the database under a name has its like in the code."""
    return kind != "table" or name not in _LEFT_STANDING


def _told(difference: Any) -> str:
    parts = difference if isinstance(difference, tuple) else difference[0]
    return " ".join(str(part) for part in parts if part is not None)


def _guarded(unit: Unit) -> set[str]:
    if unit.is_postgresql:
        rows = unit.run(
            text(
                "SELECT tgrelid::regclass::text AS name FROM pg_trigger "
                "WHERE NOT tgisinternal AND tgenabled <> 'D' AND tgname LIKE 'append_only_%'"
            )
        )
        return {str(row.name) for row in rows}
    rows = unit.run(
        text(
            "SELECT tbl_name AS name FROM sqlite_master "
            "WHERE type = 'trigger' AND name LIKE 'append_only_%' GROUP BY 1 HAVING count(*) = 2"
        )
    )
    return {str(row.name) for row in rows}
