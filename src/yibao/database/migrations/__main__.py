"""Writes the next revision: what the tables of the code have that the last revision has not."""

from __future__ import annotations

import sys
import tempfile
from pathlib import Path

from alembic import command

from yibao.database.migrating import config_for, heads, upgrade
from yibao.database.unit import open_database


def main(message: str) -> None:
    """Compare with a fresh store at the head and write the file."""
    with tempfile.TemporaryDirectory() as folder:
        database = open_database(f"sqlite:///{Path(folder) / 'head.db'}")
        if heads():
            upgrade(database)
        with database.unit() as unit:
            number = f"{len(list((Path(__file__).parent / 'versions').glob('*.py'))) + 1:04}"
            command.revision(config_for(unit.connection), message, autogenerate=True, rev_id=number)
        database.dispose()


if __name__ == "__main__":
    main(sys.argv[1])
