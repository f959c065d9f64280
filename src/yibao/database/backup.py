"""Backup and restore: a whole file or none, and never over something that is there."""

from __future__ import annotations

import os
import shutil
import subprocess
from collections.abc import Iterator
from contextlib import closing, contextmanager
from pathlib import Path
from typing import Any

from sqlalchemy import inspect
from sqlalchemy.engine import URL

from yibao.database.engines import sqlite_file
from yibao.database.errors import DatabaseError
from yibao.database.identifiers import new_identifier
from yibao.database.unit import Database
from yibao.errors import ConflictError, InputError, NotFoundError
from yibao.messages import message
from yibao.private_files import reserve


def backup(database: Database, file: Path) -> None:
    """Write the whole store, as of one moment, to a new file; the service goes on meanwhile.

    The key of the identity numbers is not in it.
    """
    if file.exists():
        raise ConflictError(message("{file} 已经存在，请换一个文件名；没有写入任何内容", file=file))
    with _draft(file) as draft:
        url = database.engine.url
        source = sqlite_file(url)
        if source is None:
            _postgresql("pg_dump", url, "--format=custom", "--no-owner", f"--file={draft}")
        else:
            if not source.exists():
                raise NotFoundError(
                    message("没有数据库 {source}，请先运行 yibao db init", source=source)
                )
            _copy_sqlite(source, draft)
        _sync(draft)
        try:
            os.link(draft, file)
        except FileExistsError:
            raise ConflictError(message("{file} 已经存在，请换一个文件名", file=file)) from None
        _sync(file.parent)


def restore(database: Database, file: Path) -> None:
    """Fill a store that has no table yet from a backup; ``ConflictError`` for any other."""
    if not file.is_file():
        raise NotFoundError(message("没有备份文件 {file}", file=file))
    url = database.engine.url
    target = sqlite_file(url)
    if target is None:
        with database.unit() as unit:
            if inspect(unit.connection).get_table_names():
                raise ConflictError(message("目标数据库里已经有表，请恢复到一个空的数据库"))
        arguments = ("--single-transaction", "--exit-on-error", "--no-owner", str(file))
        _postgresql("pg_restore", url, *arguments)
        return
    if target.exists():
        raise ConflictError(
            message("目标数据库 {target} 已经存在，请恢复到一个新的文件", target=target)
        )
    with _draft(target) as draft:
        _copy_sqlite(file, draft)
        _sync(draft)
        os.link(draft, target)
        _sync(target.parent)


@contextmanager
def _draft(file: Path) -> Iterator[Path]:
    """An empty file beside ``file`` that only its owner reads; gone at the end."""
    draft = file.with_name(f".{file.name}.{new_identifier()}")
    try:
        yield reserve(draft)
    except OSError as error:
        raise DatabaseError(
            message("{file} 写不成：{reason}；没有留下半个文件", file=file, reason=error.strerror)
        ) from None
    finally:
        for path in (draft, Path(f"{draft}-wal"), Path(f"{draft}-shm"), Path(f"{draft}-journal")):
            path.unlink(missing_ok=True)


def _sync(path: Path) -> None:
    descriptor = os.open(path, os.O_RDONLY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)


def _is_sqlite(file: Path) -> bool:
    with file.open("rb") as opened:
        return opened.read(16) == b"SQLite format 3\0"


def _copy_sqlite(source: Path, target: Path) -> None:
    """SQLite's online backup: consistent while others write; checked after."""
    from pysqlite3 import dbapi2

    def opened(path: Path, mode: str) -> Any:
        return dbapi2.connect(f"file:{path.resolve()}?mode={mode}", uri=True, timeout=30)

    if not source.is_file() or not _is_sqlite(source):
        raise InputError(message("不是 SQLite 数据库的备份"), place=str(source))
    try:
        with closing(opened(source, "ro")) as read, closing(opened(target, "rw")) as written:
            read.backup(written)
            written.execute("PRAGMA journal_mode = DELETE")
            verdict = written.execute("PRAGMA integrity_check").fetchone()[0]
    except dbapi2.Error as error:
        raise DatabaseError(
            message(
                "{source} 复制不成：{reason}；没有留下半个文件", source=source, reason=str(error)
            )
        ) from None
    if verdict != "ok":
        raise DatabaseError(message("{source} 已经损坏：{verdict}", source=source, verdict=verdict))


def _postgresql(program: str, url: URL, *arguments: str) -> None:
    path = shutil.which(program)
    if path is None:
        raise NotFoundError(
            message("找不到 {program}，请安装 PostgreSQL 的客户端程序并放进 PATH", program=program)
        )
    plain = url.set(drivername="postgresql", password=None)
    environment = dict(os.environ)
    if url.password:
        environment["PGPASSWORD"] = str(url.password)
    done = subprocess.run(
        [path, f"--dbname={plain.render_as_string()}", *arguments],
        env=environment,
        capture_output=True,
        text=True,
        check=False,
    )
    if done.returncode:
        lines = done.stderr.strip().splitlines()
        said = lines[-1] if lines else message("没有说明原因")
        raise DatabaseError(message("{program} 没有成功：{reason}", program=program, reason=said))
