"""Writes of many operations, gathered and sent by table: by COPY on PostgreSQL."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import Any

from sqlalchemy import JSON, Connection, Insert, Table, Update
from sqlalchemy.exc import IntegrityError

from yibao.database.engines import to_json
from yibao.database.prepared import Prepared, errors_of
from yibao.database.unit import Unit

Values = Mapping[str, Any]


class Gathering(Unit):
    """A unit whose prepared writes wait for :meth:`write_all`.

    An operation reads what it wrote itself, but not what the operations before its
    :meth:`mark` wrote: those concern other people.
    What writes one row at a time elsewhere writes here too, so that the rows are the same.
    Of two updates of one row (``wanted``) the later one is the whole of it.
    """

    def __init__(self, connection: Connection) -> None:
        super().__init__(connection)
        self._gathered: dict[Prepared, list[Values]] = {}
        self._own = False
        """Whether anything was gathered since the mark."""

    def later(
        self,
        statement: Prepared,
        values: Mapping[str, Any],
        *,
        missed: Exception | None = None,
        broken: Callable[[IntegrityError], Exception | None] = lambda error: None,
    ) -> None:
        """Keep a write; a constraint that it breaks is the whole unit's to suffer."""
        if missed is not None:  # only a statement of its own says that it touched nothing
            self.write_all()
            super().later(statement, dict(values), missed=missed, broken=broken)
            self.flush()
            return
        self._gathered.setdefault(statement, []).append(values)
        self._own = True

    def mark(self) -> dict[Prepared, int]:
        """Begin another operation; what is gathered now, for :meth:`drop_after`."""
        self._own = False
        return {statement: len(given) for statement, given in self._gathered.items()}

    def drop_after(self, mark: dict[Prepared, int]) -> None:
        """Forget what was gathered since, by an operation that was refused."""
        self._gathered = {
            statement: given[: mark[statement]]
            for statement, given in self._gathered.items()
            if mark.get(statement)
        }

    def flush(self, *, commit: bool = False) -> None:
        """Send what waits, before the operation that wrote it reads."""
        if self._own:
            self.write_all()
        super().flush(commit=commit)

    def write_all(self) -> None:
        """Send what was gathered."""
        self._own = False
        gathered, self._gathered = self._gathered, {}
        self.wrote |= bool(gathered)
        inserted: dict[Table, list[Values]] = {}
        for statement, given in gathered.items():
            form: Any = statement.statement
            if self.is_postgresql and isinstance(form, Insert):
                split = statement.split or (lambda values: [values])
                rows = inserted.setdefault(form.table, [])  # type: ignore[arg-type]
                for values in given:
                    rows += split(values)
                continue
            if isinstance(form, Update) and "wanted" in given[0]:
                given = list({values["wanted"]: values for values in given}.values())
            self.statements += 1
            statement.run_many(self.connection, given)
        for table, rows in inserted.items():
            self.statements += 1
            _copy(self.connection, table, rows)


def _copy(connection: Connection, table: Table, rows: Sequence[Values]) -> None:
    prepare = connection.dialect.identifier_preparer
    columns = [(column.name, isinstance(column.type, JSON)) for column in table.columns]
    names = ", ".join(prepare.quote(name) for name, _ in columns)
    sql = f"COPY {prepare.format_table(table)} ({names}) FROM STDIN"
    driver: Any = connection.connection.dbapi_connection
    with errors_of(connection), driver.cursor() as cursor, cursor.copy(sql) as copy:
        for row in rows:
            copy.write_row(
                [to_json(row[name]) if is_json else row[name] for name, is_json in columns]
            )
