"""Run by alembic for every command, on the connection that it was handed."""

from __future__ import annotations

from typing import Any

from alembic import context

from yibao.database.migrations.helpers import add_guards, render_type
from yibao.database.schema import whole_schema

_attributes = context.config.attributes


def _is_wanted(_: Any, name: str | None, kind: str, *__: Any) -> bool:
    """Whether a revision that is being written looks at a table."""
    tables = _attributes.get("tables")
    return kind != "table" or tables is None or name in tables


context.configure(
    connection=_attributes["connection"],
    target_metadata=whole_schema(),
    # SQLite can take back what a failed revision did, if it is let.
    transactional_ddl=True,
    include_object=_is_wanted,
    render_item=render_type,
    process_revision_directives=add_guards,
)
with context.begin_transaction():
    context.run_migrations()
