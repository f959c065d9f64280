"""One process at a time, for making a store: others wait, and none holds it once it is dead."""

from __future__ import annotations

import fcntl
import os
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

from sqlalchemy import Engine, text

from yibao.database.engines import sqlite_file
from yibao.errors import InputError
from yibao.messages import message

_MAKERS_LOCK = 5_150_110_141
"""Any number but that of the migrators."""


def _nothing() -> None:
    """Nobody is told."""


@contextmanager
def alone_with_file(file: Path, waiting: Callable[[], None] = _nothing) -> Iterator[None]:
    """While the block lasts no other process is in one for this file.

    ``waiting`` is called where another is, before it is waited for.
    """
    path = file.with_name(f"{file.name}.lock")
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        descriptor = os.open(path, os.O_RDWR | os.O_CREAT, 0o600)
    except OSError as error:
        raise InputError(
            message("建不了数据库文件：{reason}", reason=error.strerror), place=str(file)
        ) from None
    try:
        try:
            fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            waiting()
            fcntl.flock(descriptor, fcntl.LOCK_EX)
        yield
    finally:
        os.close(descriptor)  # the lock goes with it, and with the process


@contextmanager
def alone_with(engine: Engine, waiting: Callable[[], None] = _nothing) -> Iterator[None]:
    """:func:`alone_with_file` for a store of either database."""
    file = sqlite_file(engine.url)
    if file is not None:
        with alone_with_file(file, waiting):
            yield
        return
    with engine.connect().execution_options(isolation_level="AUTOCOMMIT") as connection:
        number = {"number": _MAKERS_LOCK}
        if not connection.execute(text("SELECT pg_try_advisory_lock(:number)"), number).scalar():
            waiting()
            connection.execute(text("SELECT pg_advisory_lock(:number)"), number)
        try:
            yield
        finally:
            # The lock is the connection's; closed, it is nobody's.
            connection.invalidate()
