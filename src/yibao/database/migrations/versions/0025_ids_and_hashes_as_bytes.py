"""care, access: identifiers and hashes of a settlement, its message and its event as bytes

What they say stays the same, and with it every hash.  Documents of the first form that a
settlement does not have are null where they were written as the null of JSON.
"""

from __future__ import annotations

from typing import Any

import sqlalchemy as sa
from alembic import op

from yibao.database.migrations.helpers import append_only

revision = "0025"
down_revision = "0024"
branch_labels = None
depends_on = None

_COLUMNS: tuple[tuple[str, tuple[tuple[str, bool], ...], bool], ...] = (
    (
        "settlement",
        (
            ("person_id", False),
            ("settlement_id", False),
            ("visit_id", False),
            ("reversal_of", True),
            ("origin", True),
            ("grantor_id", True),
            ("goes_on", True),
        ),
        True,
    ),
    ("message", (("content_hash", False), ("person_id", False)), False),
    ("event", (("person_id", False), ("previous", True), ("hash", False)), True),
)
"""Table, its columns (with whether they may be null), and whether its rows are guarded."""

_FIRST_FORM = ("amounts", "facts", "state_in", "known", "visit", "explanation")


def _compacted(content: str | None) -> bytes | None:
    if content is None:
        return None
    if len(content) in (32, 64) and not set(content) - set("0123456789abcdef"):
        return bytes.fromhex(content)
    plain = b"\xff" + content.encode()
    return b"\xff" + plain if len(plain) in (16, 32) else plain


_COMPACTED = (
    "CASE WHEN {0} ~ '^([0-9a-f]{{32}}|[0-9a-f]{{64}})$' THEN decode({0}, 'hex') "
    "WHEN octet_length({0}) IN (15, 31) THEN '\\xffff'::bytea || convert_to({0}, 'UTF8') "
    "ELSE '\\xff'::bytea || convert_to({0}, 'UTF8') END"
)


def upgrade() -> None:
    """To this revision: each table is written anew once, and its indexes with it."""
    is_sqlite = op.get_context().dialect.name == "sqlite"
    if is_sqlite:
        driver: Any = op.get_bind().connection.dbapi_connection
        driver.create_function("compacted", 1, _compacted, deterministic=True)
    for table, columns, guarded in _COLUMNS:
        if is_sqlite:
            _on_sqlite(table, columns, guarded)
        else:
            changes = [
                f"ALTER COLUMN {name} TYPE bytea USING {_COMPACTED.format(name)}"
                for name, _ in columns
            ]
            if table == "settlement":
                changes += [
                    f"ALTER COLUMN {name} TYPE jsonb USING nullif({name}, 'null'::jsonb)"
                    for name in _FIRST_FORM
                ]
            op.get_bind().exec_driver_sql(f"ALTER TABLE {table} {', '.join(changes)}")


def _on_sqlite(table: str, columns: tuple[tuple[str, bool], ...], guarded: bool) -> None:
    if guarded:
        for action in ("update", "delete"):
            op.execute(f"DROP TRIGGER append_only_{table}_{action}")
    changes = [f"{name} = compacted({name})" for name, _ in columns]
    if table == "settlement":
        changes += [f"{name} = nullif({name}, 'null')" for name in _FIRST_FORM]
    op.get_bind().exec_driver_sql(f"UPDATE {table} SET {', '.join(changes)}")
    with op.batch_alter_table(table, recreate="always") as batch:
        for name, nullable in columns:
            batch.alter_column(
                name,
                existing_type=sa.String(),
                type_=sa.LargeBinary(),
                existing_nullable=nullable,
            )
    if guarded:
        append_only(table)
