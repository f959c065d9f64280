"""Encrypting columns that stand in clear, for the revisions that do so.

Rows are written anew, in the transaction of the upgrade, and nothing of what they said in
clear is left in the file of the table.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from typing import Any

import sqlalchemy as sa
from alembic import context, op

from yibao.database.errors import StoreKeyError
from yibao.database.migrations.helpers import append_only
from yibao.database.sealed import Kind, seal
from yibao.database.secrets import Secrets
from yibao.messages import message

_PAGE = 1_000


def seal_columns(table: str, kinds: Mapping[str, Kind], key: Sequence[str]) -> None:
    """Encrypt columns of a table; ``kinds``: what each holds, ``key``: the primary key."""
    is_sqlite = op.get_context().dialect.name == "sqlite"
    triggers = "sqlite_master WHERE name" if is_sqlite else "pg_trigger WHERE tgname"
    guards = sa.text(f"SELECT count(*) FROM {triggers} LIKE :guard")
    is_guarded = bool(op.get_bind().execute(guards, {"guard": f"append_only_{table}%"}).scalar())
    if is_sqlite:
        _in_place(table, kinds, key, is_guarded=is_guarded)
    else:
        _by_copy(table, kinds, key)
    if is_guarded:
        append_only(table)


def _in_place(
    table: str, kinds: Mapping[str, Kind], key: Sequence[str], *, is_guarded: bool
) -> None:
    """SQLite keeps bytes in a column of any type; then the type is written down."""
    connection = op.get_bind()
    if is_guarded:
        for action in ("update", "delete"):
            op.execute(f"DROP TRIGGER append_only_{table}_{action}")
    values = ", ".join(f"{column} = :{column}" for column in kinds)
    this = " AND ".join(f"{name} = :this_{name}" for name in key)
    update = sa.text(f"UPDATE {table} SET {values} WHERE {this}")
    for rows in _pages(table, [*key, *kinds], key):
        connection.execute(
            update,
            [
                {
                    **{f"this_{name}": row[name] for name in key},
                    **_ciphers(table, kinds, row),
                }
                for row in rows
            ],
        )
    indexes = connection.execute(
        sa.text(
            "SELECT name, sql FROM sqlite_master "
            "WHERE type = 'index' AND tbl_name = :table AND sql IS NOT NULL"
        ),
        {"table": table},
    ).all()
    for index in indexes:
        op.execute(f"DROP INDEX {index.name}")
    with op.batch_alter_table(table, recreate="always") as batch:
        for column in kinds:
            batch.alter_column(column, type_=sa.LargeBinary())
    for index in indexes:
        op.execute(index.sql)


def _by_copy(table: str, kinds: Mapping[str, Kind], key: Sequence[str]) -> None:
    """PostgreSQL leaves what a row said in its file; a new table has the new rows alone."""
    connection = op.get_bind()
    names = connection.execute(
        sa.text(
            "SELECT attname FROM pg_attribute WHERE attrelid = CAST(:table AS regclass) "
            "AND attnum > 0 AND NOT attisdropped ORDER BY attnum"
        ),
        {"table": table},
    ).scalars()
    columns = [str(name) for name in names]
    keys = connection.execute(
        sa.text(
            "SELECT conname AS name, pg_get_constraintdef(oid) AS rule FROM pg_constraint "
            "WHERE conrelid = CAST(:table AS regclass) AND contype IN ('p', 'u')"
        ),
        {"table": table},
    ).all()
    indexes = connection.execute(
        sa.text(
            "SELECT indexdef FROM pg_indexes WHERE schemaname = current_schema() "
            "AND tablename = :table AND indexname <> ALL(:constraints)"
        ),
        {"table": table, "constraints": [row.name for row in keys]},
    ).scalars()
    definitions = list(indexes)
    new = f"{table}_sealed"
    op.execute(f"CREATE TABLE {new} (LIKE {table} INCLUDING DEFAULTS INCLUDING CONSTRAINTS)")
    for column in kinds:
        op.execute(f"ALTER TABLE {new} ALTER COLUMN {column} TYPE bytea USING NULL")
    quoted = ", ".join(f'"{column}"' for column in columns)
    places = ", ".join(f":{column}" for column in columns)
    documents = _documents(table)
    insert = sa.text(f"INSERT INTO {new} ({quoted}) VALUES ({places})").bindparams(
        *(
            sa.bindparam(column, type_=kind)
            for column, kind in documents.items()
            if column not in kinds
        )
    )
    for rows in _pages(table, columns, key):
        connection.execute(insert, [{**row, **_ciphers(table, kinds, row)} for row in rows])
    op.execute(f"DROP TABLE {table}")
    op.execute(f"ALTER TABLE {new} RENAME TO {table}")
    for row in keys:
        op.execute(f"ALTER TABLE {table} ADD CONSTRAINT {row.name} {row.rule}")
    for definition in definitions:
        op.execute(definition)


def _documents(table: str) -> dict[str, Any]:
    """The columns of documents, whose values the driver does not take as they are."""
    return {
        str(column["name"]): column["type"]
        for column in sa.inspect(op.get_bind()).get_columns(table)
        if isinstance(column["type"], sa.JSON)
    }


def _pages(
    table: str, columns: Sequence[str], key: Sequence[str]
) -> Iterator[list[Mapping[str, Any]]]:
    """The rows of a table, some at a time, in the order of their keys."""
    connection = op.get_bind()
    wanted = ", ".join(f'"{column}"' for column in columns)
    names, places = ", ".join(key), ", ".join(f":{name}" for name in key)
    select = f"SELECT {wanted} FROM {table} {{after}}ORDER BY {names} LIMIT {_PAGE}"
    following = sa.text(select.format(after=f"WHERE ({names}) > ({places}) "))
    rows = connection.execute(sa.text(select.format(after=""))).mappings().all()
    while rows:
        page: list[Mapping[str, Any]] = [dict(row) for row in rows]
        yield page
        last = {name: page[-1][name] for name in key}
        rows = connection.execute(following, last).mappings().all()


def _ciphers(
    table: str, kinds: Mapping[str, Kind], row: Mapping[str, Any]
) -> dict[str, bytes | None]:
    secrets: Secrets | None = context.config.attributes["secrets"]
    if secrets is None:
        raise StoreKeyError(message("这一步要加密已有的行，请给出库的密钥；没有改动"))
    return {
        column: None
        if row[column] is None
        else seal(secrets, *_plain(row[column], kind), f"{table}.{column}")
        for column, kind in kinds.items()
    }


def _plain(value: Any, kind: Kind) -> tuple[Any, Kind]:
    """What is sealed; SQLite has a document as its text already, and bytes as whatever came."""
    if not isinstance(value, str):
        return value, kind
    return (value, "text") if kind in ("document", "text") else (value.encode(), kind)
