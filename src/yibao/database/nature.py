"""Real or sandbox: a mark that a store gets when it is made, and by nothing else.

The mark is the one row of a table that takes no second row and lets nobody change the first;
a store without it, every one of an earlier version among them, is real.
"""

from __future__ import annotations

from enum import StrEnum

from sqlalchemy import Connection, insert, inspect, select

from yibao.database.tables import store_nature
from yibao.errors import RefusedError
from yibao.messages import message


class Nature(StrEnum):
    """What a store is for."""

    REAL = "real"
    SANDBOX = "sandbox"


def mark_new_store(connection: Connection, nature: Nature) -> None:
    """Say what a store is that is being made in this transaction; one that said it keeps it."""
    if connection.execute(select(store_nature)).first() is None:
        connection.execute(insert(store_nature), {"number": 1, "nature": nature})


def is_sandbox(connection: Connection) -> bool:
    """Whether a store was made as a sandbox."""
    if not inspect(connection).has_table(store_nature.name):
        return False
    marks = connection.execute(select(store_nature.c.nature)).scalars().all()
    return list(marks) == [Nature.SANDBOX]


def is_empty(connection: Connection) -> bool:
    """Whether there is no table yet, so that a store can be made here."""
    return not inspect(connection).get_table_names()


def require_sandbox(connection: Connection) -> None:
    """``RefusedError`` for a real store: nothing made up ever goes into it."""
    if not is_sandbox(connection):
        raise RefusedError(
            message(
                "这个库不是沙箱：沙箱的记号只在新建时写下，没有记号的都当作真的库；没有写入任何内容"
            )
        )
