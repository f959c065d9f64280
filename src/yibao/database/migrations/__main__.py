"""Writes the next revisions; see the package."""

from __future__ import annotations

import sys
import tempfile
from pathlib import Path

from alembic import command
from alembic.autogenerate import compare_metadata
from alembic.runtime.migration import MigrationContext

from yibao.database.migrating import config_for, heads, upgrade
from yibao.database.schema import tables_by_room, whole_schema
from yibao.database.unit import Database, open_database

_VERSIONS = Path(__file__).parent / "versions"


def main(message: str) -> None:
    """Compare with a fresh store at the head and write a file per room that differs."""
    with tempfile.TemporaryDirectory() as folder:
        database = open_database(f"sqlite:///{Path(folder) / 'head.db'}")
        for room, tables in tables_by_room().items():
            if heads():
                upgrade(database)
            _write(database, room, set(tables), message)
        database.dispose()


def _write(database: Database, room: str, tables: set[str], message: str) -> None:
    def is_wanted(_: object, name: str | None, kind: str, *__: object) -> bool:
        return kind != "table" or name in tables

    with database.unit() as unit:
        options = {"include_object": is_wanted, "compare_type": True}
        context = MigrationContext.configure(unit.connection, opts=options)
        if not compare_metadata(context, whole_schema()):
            return
        config = config_for(unit.connection)
        config.attributes["tables"] = tables
        number = f"{len(list(_VERSIONS.glob('*.py'))) + 1:04}"
        command.revision(config, f"{room}: {message}", autogenerate=True, rev_id=number)
    for path in _VERSIONS.glob(f"{number}_*.py"):
        lines = path.read_text(encoding="utf-8").splitlines(keepends=True)
        path.write_text("".join(line for line in lines if "# ###" not in line), encoding="utf-8")


if __name__ == "__main__":
    main(sys.argv[1])
