"""Whether the database takes writes now: tried with one that changes nothing anybody reads."""

from __future__ import annotations

from typing import Any

from sqlalchemy import Engine
from sqlalchemy.exc import DBAPIError

from yibao.database.engines import BUSY_SECONDS, is_busy
from yibao.database.failures import translated
from yibao.database.sending import errors_of, raw_connection

_SHORT_WAIT = 1
"""Seconds for the lock; whoever holds it longer writes, so writing goes."""


def require_writing(engine: Engine) -> None:
    """``DatabaseError`` where a commit fails: a full disk, a file system or server that only reads.

    SQLite counts the version of the user up, a number that nothing else uses; PostgreSQL makes
    a table of the session's own and drops it.  Both are whole commits.
    """
    write = _write_to_postgresql if engine.dialect.name == "postgresql" else _write_to_sqlite
    with translated():
        proxied = raw_connection(engine)
        try:
            with errors_of(proxied, engine.dialect) as driver:
                write(driver)
        except DBAPIError as error:
            if not is_busy(error):
                raise
        finally:
            proxied.close()


def _write_to_sqlite(driver: Any) -> None:
    cursor = driver.cursor()
    try:
        cursor.execute(f"PRAGMA busy_timeout = {_SHORT_WAIT * 1000}")
        cursor.execute("BEGIN IMMEDIATE")
        try:
            (number,) = cursor.execute("PRAGMA user_version").fetchone()
            cursor.execute(f"PRAGMA user_version = {(number + 1) % 2**31}")
            cursor.execute("COMMIT")
        except Exception:
            if driver.in_transaction:
                cursor.execute("ROLLBACK")
            raise
    finally:
        cursor.execute(f"PRAGMA busy_timeout = {BUSY_SECONDS * 1000}")
        cursor.close()


def _write_to_postgresql(driver: Any) -> None:
    cursor = driver.cursor()
    try:
        cursor.execute(f"SET LOCAL lock_timeout = '{_SHORT_WAIT}s'")
        cursor.execute("CREATE TEMPORARY TABLE yibao_written ON COMMIT DROP AS SELECT 1 AS number")
        driver.commit()
    except Exception:
        if not driver.closed:
            driver.rollback()
        raise
    finally:
        cursor.close()
