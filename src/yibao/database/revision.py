"""Whether a store has the schema of this program: without alembic, which is heavy.

A store whose tables were made at once (tests, a scenario's own file) names no revision: it has
the schema of the program that made it.
"""

from __future__ import annotations

from functools import cache
from pathlib import Path

from sqlalchemy import Connection, inspect, text

from yibao.database.errors import DatabaseError
from yibao.messages import message

_VERSIONS = Path(__file__).parent / "migrations" / "versions"


@cache
def head_revision() -> str:
    """The revision of this program: files are numbered in their order."""
    return max(path.name.split("_")[0] for path in _VERSIONS.glob("[0-9]*.py"))


def require_current_schema(connection: Connection) -> None:
    """``DatabaseError`` for a store of an older or of a newer schema."""
    if not inspect(connection).has_table("alembic_version"):
        return
    revision = connection.execute(text("SELECT version_num FROM alembic_version")).scalar()
    head = head_revision()
    if revision is None or revision == head:
        return
    if str(revision) < head:
        raise DatabaseError(
            message(
                "数据库在版本 {revision}，本程序要 {head}，"
                "请先运行 yibao db upgrade；没有写入任何内容",
                revision=revision,
                head=head,
            )
        )
    raise DatabaseError(
        message(
            "数据库的版本 {revision} 比本程序（{head}）新，请换用较新的 yibao；没有写入任何内容",
            revision=revision,
            head=head,
        )
    )
