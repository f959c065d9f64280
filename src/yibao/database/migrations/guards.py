"""``append_only("entry")`` in a revision, and its being written there by itself."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from alembic import op
from alembic.autogenerate import renderers
from alembic.operations import MigrateOperation
from alembic.operations.ops import CreateTableOp

from yibao.database.schema import APPEND_ONLY, METADATA, guard_statements


def append_only(table: str) -> None:
    """Let the database refuse to change or delete rows of ``table``."""
    for statement in guard_statements(table, op.get_context().dialect.name):
        op.execute(statement)


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
        tables = [made.table_name for made in upgrades.ops if isinstance(made, CreateTableOp)]
        upgrades.ops += [
            AppendOnlyOperation(name)
            for name in tables
            if METADATA.tables[name].info.get(APPEND_ONLY)
        ]
        script.downgrade_ops.ops.clear()
