"""The database's own checks of its file: pages, indexes, references.

SQLite brings them; PostgreSQL has them in the extension ``amcheck``, which a superuser installs.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from sqlalchemy import Column, select, text
from sqlalchemy.exc import DBAPIError

from yibao.database.engines import reason
from yibao.database.schema import whole_schema
from yibao.database.sealed import Sealed, unreadable_as_none
from yibao.database.unit import Unit
from yibao.messages import Message, message

_MOST = 20
"""Lines of SQLite's own check that are told; a broken page can give thousands."""


def integrity_faults(unit: Unit) -> Iterator[Message]:
    """What the database itself finds wrong with its pages, indexes and references."""
    if unit.is_postgresql:
        if has_own_checks(unit):
            yield from _amcheck(unit)
        return
    for line in unit.run(text(f"PRAGMA integrity_check({_MOST})")).scalars():
        if line != "ok":
            yield message("数据库文件损坏（integrity_check）：{line}", line=line)
    dangling = unit.run(text("PRAGMA foreign_key_check")).mappings()
    for row in dangling:
        yield message("表 {name} 的第 {row} 行指向不存在的行", name=row["table"], row=row["rowid"])


def sealed_faults(unit: Unit) -> Iterator[Message]:
    """Values of encrypted columns that do not open, under the store's key or as they stand."""
    for table in whole_schema().sorted_tables:
        for column in table.columns:
            if isinstance(column.type, Sealed):
                yield from _unopened(unit, column)


def _unopened(unit: Unit, column: Column[Any]) -> Iterator[Message]:
    keys = list(column.table.primary_key.columns)
    query = select(*keys, column).where(column.is_not(None)).execution_options(yield_per=2_000)
    with unreadable_as_none():
        for row in unit.run(query):
            if row[-1] is None:
                yield message(
                    "表 {table}（{key}）的 {column} 打不开：密文被改动过",
                    table=column.table.name,
                    key="/".join(map(str, row[:-1])),
                    column=column.name,
                )


def has_own_checks(unit: Unit) -> bool:
    """Whether the database can check its own pages and indexes."""
    if not unit.is_postgresql:
        return True
    installed = text("SELECT count(*) FROM pg_extension WHERE extname = 'amcheck'")
    return bool(unit.run(installed).scalar_one())


def unchecked(unit: Unit) -> Message | None:
    """What to do where the database cannot check itself; None where it can."""
    if has_own_checks(unit):
        return None
    return message(
        "PostgreSQL 没有安装 amcheck，页和索引没有检查；"
        "请由超级用户运行 CREATE EXTENSION amcheck 后再查"
    )


def _amcheck(unit: Unit) -> Iterator[Message]:
    """Every table and index of the schema, each under a savepoint: a fault is an error there."""
    tables = sorted(whole_schema().tables)
    relations = unit.run(
        text(
            "SELECT c.oid, c.relname, c.relkind FROM pg_class c "
            "LEFT JOIN pg_index i ON i.indexrelid = c.oid "
            "LEFT JOIN pg_class t ON t.oid = i.indrelid "
            "JOIN pg_namespace n ON n.oid = c.relnamespace AND n.nspname = current_schema() "
            "LEFT JOIN pg_am a ON a.oid = c.relam "
            "WHERE (c.relkind = 'r' AND c.relname = ANY(:tables)) "
            "OR (c.relkind = 'i' AND a.amname = 'btree' AND t.relname = ANY(:tables)) "
            "ORDER BY c.relkind DESC, c.relname"
        ),
        {"tables": tables},
    ).all()
    for relation in relations:
        checked = (
            "SELECT blkno || ': ' || msg FROM verify_heapam(:oid)"
            if relation.relkind == "r"
            else "SELECT bt_index_check(:oid, true)::text"
        )
        try:
            with unit.connection.begin_nested():
                said = unit.run(text(checked), {"oid": relation.oid}).scalars().all()
        except DBAPIError as error:
            said = [reason(error)]
        for line in said:
            if line:
                yield message(
                    "数据库的 {name} 损坏（amcheck）：{line}", name=relation.relname, line=line
                )
