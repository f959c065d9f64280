"""The database's own checks of its file: pages, indexes, references.

SQLite brings them; PostgreSQL has them in the extension ``amcheck``, which a superuser installs.
"""

from __future__ import annotations

from collections.abc import Iterator

from sqlalchemy import text
from sqlalchemy.exc import DBAPIError

from yibao.database.engines import reason
from yibao.database.schema import whole_schema
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
