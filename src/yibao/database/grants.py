"""The rights of a role that serves a store and owns nothing in it, on PostgreSQL."""

from __future__ import annotations

from sqlalchemy import Table, text
from sqlalchemy.dialects import postgresql

from yibao.database.schema import APPEND_ONLY, DELETABLE, whole_schema
from yibao.database.tables import OF_THE_STORE
from yibao.database.unit import Database
from yibao.errors import InputError, NotFoundError
from yibao.messages import message


def rights_on(table: Table) -> str:
    """What a service does with a table: never more than its room declares."""
    if table in OF_THE_STORE:
        return "SELECT"
    if table.info.get(APPEND_ONLY):
        return "SELECT, INSERT"
    return "SELECT, INSERT, UPDATE" + (", DELETE" if table.info.get(DELETABLE) else "")


def grants(role: str) -> list[str]:
    """The statements that leave ``role`` these rights on the tables of a store and no other."""
    quoted = postgresql.dialect().identifier_preparer.quote_identifier(role)  # type: ignore[no-untyped-call]
    tables: dict[str, list[str]] = {"SELECT": ["alembic_version"]}
    for table in whole_schema().sorted_tables:
        tables.setdefault(rights_on(table), []).append(table.name)
    return [
        f"REVOKE ALL ON ALL TABLES IN SCHEMA public FROM {quoted}",
        f"GRANT USAGE ON SCHEMA public TO {quoted}",
        *(
            f"GRANT {rights} ON {', '.join(sorted(names))} TO {quoted}"
            for rights, names in sorted(tables.items())
        ),
    ]


def grant(database: Database, role: str) -> None:
    """Give ``role`` the rights of a service, all at once; run as the owner of the tables.

    ``InputError`` on SQLite, which knows no roles, and for the owner itself, whom no grant
    confines; ``NotFoundError`` for a role that is not there.
    """
    with database.unit() as unit:
        if not unit.is_postgresql:
            raise InputError(
                message("SQLite 没有角色，读写由文件的权限管；这个命令用在 PostgreSQL 上"),
                place="--url",
            )
        owners = "SELECT count(*) FROM pg_tables WHERE schemaname = 'public' AND tableowner = :role"
        roles = "SELECT rolsuper FROM pg_roles WHERE rolname = :role"
        is_superuser = unit.run(text(roles), {"role": role}).scalar()
        if is_superuser is None:
            raise NotFoundError(
                message("没有角色 {role}，请管理员先运行 CREATE ROLE {role} LOGIN", role=role)
            )
        if is_superuser or unit.run(text(owners), {"role": role}).scalar():
            raise InputError(
                message("{role} 是表的主人或超级用户，限制不了；服务请另用一个角色", role=role)
            )
        for statement in grants(role):
            unit.run(text(statement))
