"""What the store knows of itself: what it is for, and the keys it was encrypted with."""

from __future__ import annotations

from sqlalchemy import CheckConstraint, Column, Integer, LargeBinary, SmallInteger, String, Table

from yibao.database.schema import METADATA, append_only

KEY_STATES = ("announced", "current", "leaving", "retired")

secret_key = Table(
    "secret_key",
    METADATA,
    Column("number", Integer, primary_key=True, autoincrement=False),
    Column("fingerprint", String(32), nullable=False, unique=True),
    Column("status", String(10), nullable=False),
    Column("under_next", LargeBinary),
    Column("under_previous", LargeBinary),
    Column("lasting", LargeBinary),
    CheckConstraint(f"status IN ({', '.join(map(repr, KEY_STATES))})", name="status"),
)
"""Keys by their number in the store, the first is 1, and never a key itself.  While one is
replaced by the next each is there under the other (``under_next`` in the row of the old one,
``under_previous`` in that of the new one), and nowhere before or after.  ``lasting``: what no
key changes, under this one; null in the first, which derives it."""

store_nature = append_only(
    Table(
        "store_nature",
        METADATA,
        Column("number", SmallInteger, primary_key=True, autoincrement=False),
        Column("nature", String(10), nullable=False),
        CheckConstraint("number = 1", name="is_one"),
    )
)
"""One row, written when the store was made and never again: ``real`` or ``sandbox``.  A store
without it is real."""

OF_THE_STORE = (store_nature, secret_key)
"""Tables that a sandbox keeps when it is emptied: it stays a sandbox, under its key."""
