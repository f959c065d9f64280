"""Whether the rows of money, right and role are those that the audit chains vouch for."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from itertools import groupby
from typing import Any

from sqlalchemy import Select, Table, select

from yibao.access.tables import event
from yibao.database.ties import (
    HASH_LENGTH,
    Tie,
    row_key,
    rows_hash,
    tied_tables,
)
from yibao.database.unit import Database, Unit
from yibao.messages import Message, message

_BATCH = 500
_PIECE = 1 + HASH_LENGTH

_WRITTEN_ONCE = {
    "e": message("分录"),
    "m": message("报文"),
    "b": message("机构的账"),
    "g": message("分组的病例"),
    "d": message("交货清单"),
}
"""What is written once, by the letter before its hash."""


@dataclass(slots=True)
class Vouched:
    """What the events of one chain say of its rows."""

    is_whole: bool = False
    """Whether they speak of every row: none may stand there that they do not name.  A chain
    that began before chains vouched for rows speaks only of what was written since."""
    rows: dict[tuple[str, str], tuple[str | None, int]] = field(default_factory=dict)
    """(table, key) → hash and the event that wrote it last; None: deleted."""
    written: dict[str, int] = field(default_factory=dict)
    """Hashes of rows that are written once, each with its event."""


def vouched_by(events: Iterable[Any]) -> Vouched:
    """Read the events of a chain in their order."""
    vouched = Vouched()
    for row in events:
        content = row.content if isinstance(row.content, Mapping) else {}
        tables = content.get("rows") or {}
        vouched.is_whole |= row.sequence == 1 and bool(tables)
        for table, rows in tables.items():
            for key, hashed in rows.items():
                vouched.rows[table, key] = (hashed, row.sequence)
        pieces = content.get("written") or ""
        for start in range(0, len(pieces), _PIECE):
            vouched.written[pieces[start : start + _PIECE]] = row.sequence
    return vouched


def read_vouched(unit: Unit, chains: Iterable[str]) -> dict[str, Vouched]:
    """What the events of these chains say."""
    names = list(chains)
    rows = unit.run(
        select(event.c.person_id, event.c.sequence, event.c.operation, event.c.content)
        .where(event.c.person_id.in_(names))
        .order_by(event.c.person_id, event.c.sequence)
    )
    by_chain = {
        str(name): vouched_by(list(group))
        for name, group in groupby(rows, lambda row: row.person_id)
    }
    return {name: by_chain.get(name, Vouched()) for name in names}


def tie_faults(database: Database, chains: Iterable[str]) -> Iterator[Message]:
    """Rows of these chains that were changed, added or deleted by no event."""
    names = list(chains)
    for start in range(0, len(names), _BATCH):
        some = names[start : start + _BATCH]
        yield from database.read(
            lambda unit, some=some: list(_row_faults(unit, some)),  # type: ignore[misc]
            consistent=True,
        )
    for table, tie in tied_tables():
        if tie.once:
            yield from database.read(
                lambda unit, table=table, tie=tie: list(  # type: ignore[misc]
                    _written_faults(unit, table, tie, set(names))
                ),
                consistent=True,
            )


def older_chains(unit: Unit) -> int:
    """How many chains began before chains vouched for rows: of their older rows none speaks."""
    first = unit.run(
        select(event.c.content).where(event.c.sequence == 1).execution_options(yield_per=2_000)
    ).scalars()
    return sum(not (isinstance(content, Mapping) and content.get("rows")) for content in first)


def rows_of(unit: Unit, table: Table, tie: Tie, chains: Iterable[str]) -> Iterator[Any]:
    """The rows of a table that belong to these chains."""
    owners = [name.removeprefix(tie.prefix) for name in chains if name.startswith(tie.prefix)]
    if owners:
        query = select(table).where(table.c[tie.owner].in_(owners))
        yield from (dict(row) for row in unit.run(query).mappings())


def _row_faults(unit: Unit, chains: list[str]) -> Iterator[Message]:
    vouched = read_vouched(unit, chains)
    standing: dict[str, dict[tuple[str, str], str]] = {name: {} for name in chains}
    for table, tie in tied_tables():
        if tie.once:
            continue
        for row in rows_of(unit, table, tie, chains):
            name = tie.chain(row)
            hashed = rows_hash(table, tie, [row])
            standing[name][table.name, row_key(table, tie, row)] = hashed
    for name in chains:
        yield from _differences(name, vouched[name], standing[name])


def _differences(
    name: str, vouched: Vouched, standing: Mapping[tuple[str, str], str]
) -> Iterator[Message]:
    of_today = {table.name for table, _ in tied_tables()}
    for (table, key), (hashed, sequence) in vouched.rows.items():
        # A person's row is compared by the room that knows it; others are of former versions.
        if table == "person" or table not in of_today:
            continue
        now = standing.get((table, key))
        if hashed is not None and now is None:
            yield message(
                "{name} 的 {table}（{key}）不见了：第 {sequence} 个事件写下的行被删除或改了主键",
                name=name,
                table=table,
                key=key,
                sequence=sequence,
            )
        elif now is not None and now != hashed:
            yield message(
                "{name} 的 {table}（{key}）被改动过：与第 {sequence} 个事件写下的不同",
                name=name,
                table=table,
                key=key,
                sequence=sequence,
            )
    if vouched.is_whole:
        for table, key in standing:
            if (table, key) not in vouched.rows:
                yield message(
                    "{name} 的 {table}（{key}）没有任何事件写下过：是从外面加进去的",
                    name=name,
                    table=table,
                    key=key,
                )


def _in_owners_order(table: Table, tie: Tie) -> Select[Any]:
    together = [] if tie.together is None else [table.c[tie.together]]
    keys = [column for column in table.primary_key.columns if column.name != tie.owner]
    return (
        select(table)
        .order_by(table.c[tie.owner], *together, *keys)
        .execution_options(yield_per=2_000)
    )


def _written_faults(unit: Unit, table: Table, tie: Tie, chains: set[str]) -> Iterator[Message]:
    """One pass over a table in the order of the chains; each chain's rows at once."""
    unseen = set(chains)
    rows = (dict(row) for row in unit.run(_in_owners_order(table, tie)).mappings())
    for name, group in groupby(rows, tie.chain):
        if name in chains:
            unseen.discard(name)
            vouched = read_vouched(unit, [name])[name]
            yield from _group_faults(name, vouched, table, tie, list(group))
    for name in sorted(unseen):
        vouched = read_vouched(unit, [name])[name]
        yield from _group_faults(name, vouched, table, tie, [])


def _group_faults(
    name: str, vouched: Vouched, table: Table, tie: Tie, rows: list[dict[str, Any]]
) -> Iterator[Message]:
    standing = {tie.once + rows_hash(table, tie, group): group for group in together(tie, rows)}
    gone = [
        (hashed, sequence)
        for hashed, sequence in vouched.written.items()
        if hashed[0] == tie.once and hashed not in standing
    ]
    for _, sequence in gone:
        yield message(
            "{name} 第 {sequence} 个事件写下的{what}（{table}）被改动或删除",
            name=name,
            sequence=sequence,
            what=_WRITTEN_ONCE[tie.once],
            table=table.name,
        )
    if tie.loose or not vouched.is_whole:
        return
    for hashed, group in standing.items():
        if hashed not in vouched.written:
            yield message(
                "{name} 的{what} {key}（{table}）没有任何事件写下过：是从外面加进去或改过的",
                name=name,
                what=_WRITTEN_ONCE[tie.once],
                key=group[0][tie.together] if tie.together else row_key(table, tie, group[0]),
                table=table.name,
            )


def together(tie: Tie, rows: Iterable[dict[str, Any]]) -> list[list[dict[str, Any]]]:
    """Rows as they were written: one by one, or those with the same transfer at once."""
    column = tie.together
    if column is None:
        return [[row] for row in rows]
    return [list(group) for _, group in groupby(rows, lambda row: row[column])]
