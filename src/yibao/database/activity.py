"""Who else is at work in a PostgreSQL: of one node, or of all where people lie on several."""

from __future__ import annotations

from yibao.database.transaction import Unit

_ONE_NODE = "FROM pg_stat_activity WHERE pid <> pg_backend_pid()"
_ALL_NODES = "FROM citus_stat_activity WHERE global_pid <> citus_backend_gpid()"
"""Citus 11 and later: the same columns, of every node."""


def others(unit: Unit) -> str:
    """The rest of a ``SELECT`` over all other sessions of this database."""
    return f"{_ALL_NODES if unit.is_spread else _ONE_NODE} AND datname = current_database()"
