"""What the store knows of itself: the keys that its rows were encrypted with."""

from __future__ import annotations

from sqlalchemy import CheckConstraint, Column, Integer, LargeBinary, String, Table

from yibao.database.schema import METADATA

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
"""Keys by their number in the store, the first is 1; of the keys themselves only what a
rotation needs while it lasts: ``under_next``, ``under_previous``: this key, encrypted under
the one that follows it or that it follows.  ``lasting``: what messages are compared by,
encrypted under this key (:meth:`yibao.database.secrets.Secrets.lasting_hash`)."""
