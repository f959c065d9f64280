"""exchange, access: what says who somebody is and what ails them is encrypted

Every row is written anew under the store's key, in the transaction of the upgrade.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import sqlalchemy as sa
from alembic import context, op

from yibao.database.errors import StoreKeyError
from yibao.database.migrations.helpers import append_only
from yibao.database.sealed import Kind, seal
from yibao.messages import message

revision = "0021"
down_revision = "0020"
branch_labels = None
depends_on = None

_PAGE = 1_000
_COLUMNS: tuple[tuple[str, str, Kind, tuple[str, ...], bool], ...] = (
    ("exchange_visit", "document", "document", ("person_id", "visit_id"), False),
    ("exchange_settlement", "output", "text", ("person_id", "entry_id"), True),
    ("exchange_file", "content", "bytes", ("institution_id", "file_id"), True),
    ("exchange_record", "document", "document", ("institution_id", "kind", "record_id"), False),
    ("message", "answer", "document", ("sender", "operation", "message_id"), False),
)
"""Table, column, what it holds, the key, and whether its rows are guarded."""


def upgrade() -> None:
    """To this revision."""
    for table, column, kind, key, guarded in _COLUMNS:
        if guarded:
            _unguard(table)
        op.add_column(table, sa.Column("sealed", sa.LargeBinary(), nullable=True))
        _seal_rows(table, column, kind, key)
        with op.batch_alter_table(table, recreate="auto") as batch:
            batch.drop_column(column)
        with op.batch_alter_table(table, recreate="auto") as batch:
            batch.alter_column(
                "sealed", new_column_name=column, existing_type=sa.LargeBinary(), nullable=False
            )
        if guarded:
            append_only(table)


def _unguard(table: str) -> None:
    if op.get_context().dialect.name == "sqlite":
        for action in ("update", "delete"):
            op.execute(f"DROP TRIGGER append_only_{table}_{action}")
    else:
        op.execute(f"DROP TRIGGER append_only_{table} ON {table}")


def _seal_rows(table: str, column: str, kind: Kind, key: Sequence[str]) -> None:
    connection, secrets = op.get_bind(), context.config.attributes["secrets"]
    names = ", ".join(key)
    places = ", ".join(f":{name}" for name in key)
    page_of = f"SELECT {names}, {column} FROM {table} {{after}}ORDER BY {names} LIMIT {_PAGE}"
    this = " AND ".join(f"{name} = :{name}" for name in key)
    update = sa.text(f"UPDATE {table} SET sealed = :sealed WHERE {this}")
    rows = connection.execute(sa.text(page_of.format(after=""))).all()
    following = sa.text(page_of.format(after=f"WHERE ({names}) > ({places}) "))
    while rows:
        if secrets is None:
            raise StoreKeyError(message("这一步要加密已有的行，请给出库的密钥；没有改动"))
        keys = [dict(zip(key, row[:-1], strict=True)) for row in rows]
        ciphers = [seal(secrets, *_plain(row[-1], kind), f"{table}.{column}") for row in rows]
        connection.execute(
            update,
            [{**of, "sealed": cipher} for of, cipher in zip(keys, ciphers, strict=True)],
        )
        rows = connection.execute(following, keys[-1]).all()


def _plain(value: Any, kind: Kind) -> tuple[Any, Kind]:
    """What is sealed; SQLite has a document as its text already."""
    return (value, "text") if kind == "document" and isinstance(value, str) else (value, kind)
