"""The settlements of a store, family by family, into one Parquet file."""

from __future__ import annotations

import tempfile
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from sqlalchemy import select

from yibao.benefit.accounts import OWN
from yibao.care.history import read_rows
from yibao.care.memory import Memory
from yibao.care.stored import StoredSettlement, drawn_accounts
from yibao.care.tables import rulebook, settlement
from yibao.columns import require
from yibao.columns.explain import carrying
from yibao.columns.life import Row
from yibao.columns.schema import COLUMNS, arrow_type
from yibao.database.unit import Database, Unit
from yibao.errors import NotFoundError
from yibao.export.pseudonyms import Pseudonyms
from yibao.export.rows import SETTLED_COLUMNS, person_rows, settled_again
from yibao.messages import message
from yibao.private_files import reserve

if TYPE_CHECKING:
    import pyarrow as pa

_PAGE = 200
"""People read at a time."""
_LEFT_OUT = ("sex", "covered_from_day", "covered_to_day", "timely_years", "account_change_fen")
"""Columns that the others make unnecessary: who was entitled, and to which bonus."""


@dataclass(frozen=True, slots=True)
class Exported:
    """What an export holds."""

    rows: int
    people: int
    families: int


def export(
    database: Database,
    target: Path,
    names: Pseudonyms,
    *,
    progress: Callable[[int], None] = lambda _: None,
) -> Exported:
    """Write all settlements and reversals as columns of visits; one moment of the store.

    The file is in the order that a batch reads without rearranging it, and carries the
    rulebooks that the settlements pinned; each row names its own.  ``NotFoundError``
    where nothing was ever settled; no file is left behind by an export that fails.
    """
    require()
    import pyarrow as pa
    import pyarrow.parquet as pq

    with tempfile.TemporaryDirectory(dir=target.parent, prefix=".yibao-export-") as room:
        draft = reserve(Path(room) / target.name)

        def operation(unit: Unit) -> Exported:
            families = _families(unit)
            if not families:
                raise NotFoundError(message("数据库里还没有结算，没有可以导出的"))
            rows = 0
            stored = unit.run(select(rulebook.c.canonical).order_by(rulebook.c.hash)).scalars()
            schema = _schema().with_metadata(carrying(stored))
            with pq.ParquetWriter(draft, schema, compression="zstd") as writer:
                for page in _pages(unit, families, names):
                    writer.write_table(pa.Table.from_pylist(page, schema=schema))
                    rows += len(page)
                    progress(rows)
            people = sum(len(family) for family in families.values())
            return Exported(rows, people, len(families))

        done = database.read(operation, consistent=True)
        draft.replace(target)
    return done


def _families(unit: Unit) -> dict[str, list[str]]:
    """People whose settlements name one another's accounts, under one of their ids."""
    head: dict[str, str] = {}

    def find(name: str) -> str:
        while head.setdefault(name, name) != name:
            head[name] = head[head[name]]
            name = head[name]
        return name

    settled = set()
    columns = select(
        settlement.c.person_id,
        settlement.c.document,
        settlement.c.visit,
        settlement.c.reversal_of,
    )
    for row in unit.run(columns):
        settled.add(row.person_id)
        if row.reversal_of is None:
            for name in drawn_accounts(row):
                if name != OWN:
                    head[find(name)] = find(row.person_id)
    families: dict[str, list[str]] = {}
    for name in sorted(settled):
        families.setdefault(find(name), []).append(name)
    return families


def _pages(unit: Unit, families: dict[str, list[str]], names: Pseudonyms) -> Iterator[list[Row]]:
    """The rows of some families at a time, families by pseudonym."""
    memory = Memory()
    waiting: list[tuple[str, list[str]]] = []
    count = 0
    for family, head in sorted((names.of("family", head), head) for head in families):
        waiting.append((family, families[head]))
        count += len(families[head])
        if count >= _PAGE:
            yield _page(unit, memory, waiting, names)
            waiting, count = [], 0
    if waiting:
        yield _page(unit, memory, waiting, names)


def _page(
    unit: Unit, memory: Memory, families: Sequence[tuple[str, list[str]]], names: Pseudonyms
) -> list[Row]:
    people = [name for _, members in families for name in members]
    stored: dict[str, list[StoredSettlement]] = {name: [] for name in people}
    for row in read_rows(unit, settlement.c.person_id.in_(people)):
        stored[row["person_id"]].append(row)
    rows: list[Row] = []
    for family, members in families:
        lived: list[tuple[str, str, Row]] = []
        for name in members:
            reached = ""
            own = sorted(stored[name], key=lambda row: int(row["sequence"]))
            settled = person_rows(
                own, lambda row: settled_again(row, memory.library_of(unit, row.terms)), names
            )
            for row, column_row in settled:
                reached = max(reached, row["settlement_id"])
                lived.append((reached, name, column_row))
        lived.sort(key=lambda lived_row: lived_row[:2])
        rows += [
            {"person": names.of("person", name), "family": family, "order": order, **row}
            for order, (_, name, row) in enumerate(lived, start=1)
        ]
    return rows


def _schema() -> pa.Schema:
    import pyarrow as pa

    fields = [
        (name, arrow_type(column))
        for name, column in COLUMNS.items()
        if name not in _LEFT_OUT and not name.startswith("class_")
    ]
    return pa.schema([*fields, *((name, pa.int64()) for name in SETTLED_COLUMNS)])
