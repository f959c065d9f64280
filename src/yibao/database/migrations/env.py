"""Run by alembic for every command, on the connection that it was handed."""

from __future__ import annotations

from alembic import context

from yibao.database.migrations.guards import add_guards
from yibao.database.schema import whole_schema

context.configure(
    connection=context.config.attributes["connection"],
    target_metadata=whole_schema(),
    # SQLite can take back what a failed revision did, if it is let.
    transactional_ddl=True,
    process_revision_directives=add_guards,
)
with context.begin_transaction():
    context.run_migrations()
