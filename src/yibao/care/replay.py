"""Proofs over a whole store: every settlement settles again to the same fen (``replay``), and
accumulators and balances follow from settlements and entries (``rebuild``).
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from typing import Any

from sqlalchemy import select

from yibao.access.permissions import Actor, require
from yibao.care.history import again, read_rows, same_fen, state_after
from yibao.care.kept import Kept
from yibao.care.records import Row
from yibao.care.tables import settlement
from yibao.database.unit import Database, Unit
from yibao.errors import YibaoError
from yibao.insured.profile import state_document, state_of
from yibao.insured.tables import person
from yibao.ledger.operations import rebuilt_balance
from yibao.ledger.tables import account

_PAGE = 200
"""People read at a time."""

Progress = Callable[[int], None]


@dataclass(frozen=True, slots=True)
class Erratum:
    """A corrected fault of the kernel: settlements made with it differ, and are not redone."""

    name: str
    kernels: frozenset[str]
    """Versions of the kernel that had the fault."""
    touches: Callable[[Row], bool]
    """Whether a settlement's row is one that the fault can have touched."""


ERRATA: tuple[Erratum, ...] = ()
"""Corrected faults of the kernel, by name; none so far."""


@dataclass(frozen=True, slots=True)
class Difference:
    """Something stored that does not follow from what is stored beside it."""

    person_id: str
    what: str
    """Visit and settlement, ``累计`` or ``个人账户余额``."""
    stored: Any
    found: Any
    erratum: str = ""
    """Name of the erratum that explains it."""


def everybody(database: Database, page: int = _PAGE) -> Iterator[list[str]]:
    """All people by id, some at a time."""
    last = ""
    while True:
        after = last

        def operation(unit: Unit, after: str = after) -> list[str]:
            ids = select(person.c.person_id).where(person.c.person_id > after)
            return list(unit.run(ids.order_by(person.c.person_id).limit(page)).scalars())

        ids = database.read(operation)
        if not ids:
            return
        yield ids
        last = ids[-1]


def replay(
    database: Database,
    *,
    actor: Actor,
    errata: Sequence[Erratum] = ERRATA,
    progress: Progress = lambda _: None,
) -> Iterator[Difference]:
    """Settle every settlement again from its stored input and pinned rulebooks.

    Reversals are compared with what they mirror.  Yields what differs, with the erratum
    that explains it where there is one.
    """
    require(actor, "replay")
    return _replayed(database, errata, progress)


def _replayed(
    database: Database, errata: Sequence[Erratum], progress: Progress
) -> Iterator[Difference]:
    kept = Kept()
    for ids in everybody(database):

        def operation(unit: Unit, ids: list[str] = ids) -> list[Difference]:
            rows = read_rows(unit, settlement.c.person_id.in_(ids))
            mirrored = {row["settlement_id"]: row for row in rows}
            found = []
            for row in rows:
                if row["reversal_of"] is not None:
                    found += _mirror_differs(row, mirrored[row["reversal_of"]])
                else:
                    found += _differs(unit, kept, row, errata)
            return found

        yield from database.read(operation)
        progress(len(ids))


def _named(row: Row) -> str:
    return f"就诊 {row['visit_id']} 的结算 {row['settlement_id']}"


def _differs(unit: Unit, kept: Kept, row: Row, errata: Sequence[Erratum]) -> list[Difference]:
    stored = [*row["amounts"], row["account"], row["mutual_aid"], row["cash"]]
    try:
        settled = again(unit, kept, row, state_of(row["state_in"]))
    except YibaoError as error:
        return [Difference(row["person_id"], _named(row), stored, str(error))]
    if same_fen(row, settled) and list(settled.adjudication.facts) == row["facts"]:
        return []
    paid = settled.payment.draw
    found = [*settled.adjudication.settlement, paid.account, paid.mutual_aid, paid.cash]
    name = next(
        (one.name for one in errata if row["kernel"] in one.kernels and one.touches(row)), ""
    )
    return [Difference(row["person_id"], _named(row), stored, found, name)]


def _mirror_differs(row: Row, undone: Row) -> list[Difference]:
    names = ("total", "fund", "own", "account", "mutual_aid", "cash")
    stored, due = [row[name] for name in names], [-undone[name] for name in names]
    return [] if stored == due else [Difference(row["person_id"], _named(row), stored, due)]


def rebuild(
    database: Database, *, actor: Actor, progress: Progress = lambda _: None
) -> Iterator[Difference]:
    """Accumulators from the settlements, balances from the entries; yields what is not equal."""
    require(actor, "rebuild")
    return _rebuilt(database, progress)


def _rebuilt(database: Database, progress: Progress) -> Iterator[Difference]:
    kept = Kept()
    for ids in everybody(database):

        def operation(unit: Unit, ids: list[str] = ids) -> list[Difference]:
            return [difference for one in ids for difference in rebuilt_differs(unit, kept, one)]

        yield from database.read(operation)
        progress(len(ids))


def rebuilt_differs(unit: Unit, kept: Kept, person_id: str) -> list[Difference]:
    """What is stored on one person and does not follow from the rows."""
    found = []
    stored = unit.run(select(person.c.state).where(person.c.person_id == person_id)).scalar_one()
    rows = read_rows(unit, settlement.c.person_id == person_id)
    if rows:
        rebuilt = state_document(state_after(unit, kept, rows))
        if _without_nothing(rebuilt) != _without_nothing(stored):
            found.append(Difference(person_id, "累计", stored, rebuilt))
    balance = unit.run(
        select(account.c.balance).where(account.c.person_id == person_id)
    ).scalar_one_or_none()
    entries = rebuilt_balance(unit, person_id)
    if (balance or 0) != entries:
        found.append(Difference(person_id, "个人账户余额", balance, entries))
    return found


def _without_nothing(document: dict[str, Any]) -> dict[str, Any]:
    """Accumulators of nothing are the same as none."""
    return {
        name: [row for row in value if any(row[2:] if len(row) > 2 else row[1:])]
        if isinstance(value, list)
        else value
        for name, value in document.items()
    }
