"""What revisions are written with: ``Document``, ``append_only``, and their being written."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any, Literal

from alembic import op
from alembic.autogenerate import renderers
from alembic.autogenerate.api import AutogenContext
from alembic.operations import BatchOperations, MigrateOperation
from alembic.operations.ops import CreateTableOp
from sqlalchemy import JSON
from sqlalchemy.dialects.postgresql import JSONB

from yibao.database.schema import APPEND_ONLY, METADATA, guard_statements

Document = JSON().with_variant(JSONB(), "postgresql")
"""As it was when the revisions that name it were written."""


def append_only(table: str) -> None:
    """Let the database refuse to change or delete rows of ``table``."""
    for statement in guard_statements(table, op.get_context().dialect.name):
        op.execute(statement)


@contextmanager
def rebuilt(table: str) -> Iterator[BatchOperations]:
    """Change an append-only table in place, or on SQLite by copying it row by row as it is."""
    with op.batch_alter_table(table, recreate="auto") as batch:
        yield batch
    if op.get_context().dialect.name == "sqlite":
        append_only(table)


class AppendOnlyOperation(MigrateOperation):
    """A guard that the next revision has to set up."""

    def __init__(self, table: str) -> None:
        self.table = table


_rendered: Callable[[Any], Any] = renderers.dispatch_for(AppendOnlyOperation)


@_rendered
def _render(_: Any, operation: AppendOnlyOperation) -> str:
    return f"append_only({operation.table!r})"


def add_guards(_: Any, __: Any, directives: list[Any]) -> None:
    """Follow every new append-only table of a revision with its guard."""
    for script in directives:
        upgrades = script.upgrade_ops
        tables = [
            operation.table_name
            for operation in upgrades.ops
            if isinstance(operation, CreateTableOp)
        ]
        upgrades.ops += [
            AppendOnlyOperation(name)
            for name in tables
            if METADATA.tables[name].info.get(APPEND_ONLY)
        ]
        script.downgrade_ops.ops.clear()


def render_type(kind: str, item: Any, _: AutogenContext) -> str | Literal[False]:
    """``Document`` by its name; anything else as alembic writes it."""
    return "Document" if kind == "type" and isinstance(item, JSON) else False
