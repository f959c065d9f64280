"""ledger: entries hold the number of their account, and our identifiers as bytes

The number follows from the name (the first eight bytes of its hash), so that old entries get
the one that a new entry would have.
"""

from __future__ import annotations

import hashlib
from typing import Any

import sqlalchemy as sa
from alembic import op

from yibao.database.migrations.helpers import append_only

revision = "0016"
down_revision = "0015"
branch_labels = None
depends_on = None


def _number(name: str) -> int:
    return int.from_bytes(hashlib.sha256(name.encode()).digest()[:8], "big", signed=True)


def _compacted(content: str) -> bytes:
    if len(content) in (32, 64) and not set(content) - set("0123456789abcdef"):
        return bytes.fromhex(content)
    plain = b"\xff" + content.encode()
    return b"\xff" + plain if len(plain) in (16, 32) else plain


_NUMBER = "('x' || substr(encode(sha256(convert_to({0}, 'UTF8')), 'hex'), 1, 16))::bit(64)::bigint"
_COMPACTED = (
    "CASE WHEN {0} ~ '^([0-9a-f]{{32}}|[0-9a-f]{{64}})$' THEN decode({0}, 'hex') "
    "WHEN octet_length({0}) IN (15, 31) THEN '\\xffff'::bytea || convert_to({0}, 'UTF8') "
    "ELSE '\\xff'::bytea || convert_to({0}, 'UTF8') END"
)


def upgrade() -> None:
    """To this revision."""
    op.create_table(
        "account_name",
        sa.Column("number", sa.BigInteger(), autoincrement=False, nullable=False),
        sa.Column("kind", sa.String(length=20), nullable=False),
        sa.Column("name", sa.String(length=120), nullable=False),
        sa.PrimaryKeyConstraint("number", name=op.f("pk_account_name")),
    )
    op.create_index("ix_account_name_kind", "account_name", ["kind", "name"], unique=False)
    op.drop_index("ix_entry_account_day", table_name="entry")
    op.drop_index("ix_entry_account_transfer", table_name="entry")
    is_sqlite = op.get_context().dialect.name == "sqlite"
    if not is_sqlite:
        op.drop_constraint("pk_entry", "entry", type_="primary")
    op.rename_table("entry", "entry_by_name")
    op.create_table(
        "entry",
        sa.Column("amount", sa.BigInteger(), nullable=False),
        sa.Column("account", sa.BigInteger(), nullable=False),
        sa.Column("day", sa.Date(), nullable=False),
        sa.Column("line", sa.SmallInteger(), nullable=False),
        sa.Column("person_id", sa.LargeBinary(), nullable=False),
        sa.Column("transfer_id", sa.LargeBinary(), nullable=False),
        sa.CheckConstraint("amount <> 0", name=op.f("ck_entry_moves_something")),
        sa.PrimaryKeyConstraint("transfer_id", "person_id", "line", name=op.f("pk_entry")),
        info={"append_only": True},
    )
    connection = op.get_bind()
    number, compacted = _NUMBER, _COMPACTED
    if is_sqlite:
        driver: Any = connection.connection.dbapi_connection
        driver.create_function("account_number", 1, _number, deterministic=True)
        driver.create_function("compacted", 1, _compacted, deterministic=True)
        number, compacted = "account_number({0})", "compacted({0})"
    kind = "substr({0}, 1, instr({0} || ':', ':') - 1)" if is_sqlite else "split_part({0}, ':', 1)"
    statements = (
        "INSERT INTO account_name (number, kind, name) "
        f"SELECT {number.format('name')}, {kind.format('name')}, name FROM "
        "(SELECT account AS name FROM entry_by_name "
        "UNION SELECT 'personal:' || person_id FROM account) AS every_account",
        "INSERT INTO entry (amount, account, day, line, person_id, transfer_id) "
        f"SELECT amount, {number.format('account')}, day, line, "
        f"{compacted.format('person_id')}, {compacted.format('transfer_id')} FROM entry_by_name "
        "ORDER BY transfer_id, person_id, line",
    )
    for statement in statements:
        connection.exec_driver_sql(statement)
    op.drop_table("entry_by_name")
    op.create_index("ix_entry_account_day", "entry", ["account", "day"], unique=False)
    op.create_index("ix_entry_account_transfer", "entry", ["account", "transfer_id"], unique=False)
    append_only("account_name")
    append_only("entry")
