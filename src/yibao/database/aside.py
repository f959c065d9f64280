"""Setting a store's file aside under another name, whole and with its key."""

from __future__ import annotations

import datetime
import os
from pathlib import Path

from yibao.errors import ConflictError
from yibao.messages import message


def set_aside(file: Path) -> Path:
    """Rename an embedded store and its key; the new name.  Nothing of it is lost.

    ``ConflictError`` where another program has it open.
    """
    _write_back(file)
    name = _free_name(file)
    key, new_key = file.with_name(f"{file.name}.key"), name.with_name(f"{name.name}.key")
    if key.exists():
        os.link(key, new_key)  # first: never a store whose key another store's replaces
    file.rename(name)
    key.unlink(missing_ok=True)
    for suffix in ("-wal", "-shm"):
        part = file.with_name(file.name + suffix)
        if part.exists():
            part.rename(name.with_name(name.name + suffix))
    return name


def _write_back(file: Path) -> None:
    """What stands in the write-ahead log goes into the file, which nobody else has open."""
    from pysqlite3 import dbapi2

    connection = dbapi2.connect(f"{file.absolute().as_uri()}?mode=rw", uri=True, timeout=1)
    try:
        connection.execute("PRAGMA journal_mode = DELETE").fetchall()
    except dbapi2.OperationalError:  # locked
        raise ConflictError(
            message("另一个程序正开着 {file}，请先停掉它；没有改动", file=file)
        ) from None
    except dbapi2.DatabaseError:
        pass  # no database at all, or a broken one: it keeps all its files
    finally:
        connection.close()


def _free_name(file: Path) -> Path:
    stamp = datetime.datetime.now(datetime.UTC).strftime("%Y%m%d-%H%M%S")
    name = file.with_name(f"{file.stem}-before-{stamp}{file.suffix}")
    number = 1
    while name.exists() or name.with_name(f"{name.name}.key").exists():
        number += 1
        name = file.with_name(f"{file.stem}-before-{stamp}-{number}{file.suffix}")
    return name
