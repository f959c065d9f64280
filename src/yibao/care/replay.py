"""Proofs over a whole store: every settlement settles again to the same fen (``replay``), and
accumulators and balances follow from settlements and entries (``rebuild``).
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass, replace
from typing import Any

from yibao.access.permissions import Actor, require
from yibao.benefit.state import PersonState
from yibao.care.history import again, read_rows, same_fen, state_after
from yibao.care.memory import Memory
from yibao.care.rows import MONEY
from yibao.care.stored import StoredSettlement
from yibao.care.tables import settlement
from yibao.database.unit import Database, Unit
from yibao.errors import YibaoError
from yibao.insured.fragments import people_after, stored_state
from yibao.insured.stored.profile import state_document, state_of
from yibao.ledger.fragments import own_balance
from yibao.ledger.operations import rebuilt_balance
from yibao.messages import Message, message

_PAGE = 200
"""People read at a time."""

Progress = Callable[[int], None]


@dataclass(frozen=True, slots=True)
class Erratum:
    """A corrected fault of the kernel: settlements made with it differ, and are not redone."""

    name: str
    reason: Message
    kernels: frozenset[str]
    """Versions of the kernel that had the fault."""
    touches: Callable[[StoredSettlement], bool]
    """Whether a settlement's row is one that the fault can have touched."""


def _has_disease(row: StoredSettlement) -> bool:
    return any(filing.disease is not None for filing in row.known.filings)


ERRATA = (
    Erratum(
        "E001",
        message("保留旧办法的病种以前的支付，曾被算进只有新名录才共用的住院封顶线"),
        frozenset({"1"}),
        _has_disease,
    ),
)
"""Corrected faults of the kernel, by name."""


@dataclass(frozen=True, slots=True)
class Difference:
    """Something stored that does not follow from what is stored beside it."""

    person_id: str
    what: Message
    """Visit and settlement, accumulators, or balance of the personal account."""
    stored: Any
    rebuilt: Any
    erratum: Erratum | None = None
    """What explains it."""


def everybody(database: Database, page: int = _PAGE) -> Iterator[list[str]]:
    """All people by id, some at a time."""
    last = ""
    while True:
        after = last

        def operation(unit: Unit, after: str = after) -> list[str]:
            return people_after(unit, after, page)

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
    memory = Memory()
    for ids in everybody(database):

        def operation(unit: Unit, ids: list[str] = ids) -> list[Difference]:
            rows = read_rows(unit, settlement.c.person_id.in_(ids))
            mirrored = {row["settlement_id"]: row for row in rows}
            differences = []
            for row in rows:
                if row["reversal_of"] is not None:
                    differences += _mirror_differs(row, mirrored[row["reversal_of"]])
                else:
                    differences += _differs(unit, memory, row, errata)
            return differences

        yield from database.read(operation)
        progress(len(ids))


def _named(row: StoredSettlement) -> Message:
    return message(
        "就诊 {visit_id} 的结算 {settlement_id}",
        visit_id=row["visit_id"],
        settlement_id=row["settlement_id"],
    )


def _differs(
    unit: Unit, memory: Memory, row: StoredSettlement, errata: Sequence[Erratum]
) -> list[Difference]:
    stored = [*row.amounts, row["account"], row["mutual_aid"], row["cash"]]
    try:
        settled = again(unit, memory, row, row.state)
    except YibaoError as error:
        return [Difference(row["person_id"], _named(row), stored, str(error))]
    if same_fen(row, settled) and settled.adjudication.cover.entitled == row.entitled:
        return []
    paid = settled.payment.draw
    due = [*settled.adjudication.settlement, paid.account, paid.mutual_aid, paid.cash]
    return [Difference(row["person_id"], _named(row), stored, due, _explaining([row], errata))]


def _explaining(rows: Iterable[StoredSettlement], errata: Sequence[Erratum]) -> Erratum | None:
    """The erratum of the kernel that one of these settlements was made with and can show."""
    return next(
        (
            erratum
            for row in rows
            for erratum in errata
            if row.terms.kernel in erratum.kernels and erratum.touches(row)
        ),
        None,
    )


def _mirror_differs(row: StoredSettlement, undone: StoredSettlement) -> list[Difference]:
    stored = [*row.amounts, *(row[name] for name in MONEY)]
    due = [-amount for amount in (*undone.amounts, *(undone[name] for name in MONEY))]
    return [] if stored == due else [Difference(row["person_id"], _named(row), stored, due)]


def rebuild(
    database: Database,
    *,
    actor: Actor,
    errata: Sequence[Erratum] = ERRATA,
    progress: Progress = lambda _: None,
) -> Iterator[Difference]:
    """Accumulators from the settlements, balances from the entries; yields what is not equal,
    with the erratum that explains it where a settlement was made with a fault of the kernel."""
    require(actor, "rebuild")
    return _rebuilt(database, errata, progress)


def _rebuilt(
    database: Database, errata: Sequence[Erratum], progress: Progress
) -> Iterator[Difference]:
    memory = Memory()
    for ids in everybody(database):

        def operation(unit: Unit, ids: list[str] = ids) -> list[Difference]:
            return [
                difference
                for person_id in ids
                for difference in rebuilt_differs(unit, memory, person_id, errata)
            ]

        yield from database.read(operation)
        progress(len(ids))


def rebuilt_differs(
    unit: Unit, memory: Memory, person_id: str, errata: Sequence[Erratum] = ERRATA
) -> list[Difference]:
    """What is stored on one person and does not follow from the rows."""
    differences = []
    stored = stored_state(unit, person_id)
    rows = read_rows(unit, settlement.c.person_id == person_id)
    if rows:
        rebuilt, stored_use = used_of(state_after(unit, memory, rows)), used_of(state_of(stored))
        if rebuilt != stored_use:
            # A fault of the kernel shows in what was used, never in admissions or periods.
            of_kernel = replace(rebuilt, accumulators=stored_use.accumulators) == stored_use
            explains = _explaining(rows, errata) if of_kernel else None
            document = state_document(rebuilt)
            differences.append(Difference(person_id, message("累计"), stored, document, explains))
    balance = own_balance(unit, person_id)
    entries = rebuilt_balance(unit, person_id)
    if (balance or 0) != entries:
        differences.append(Difference(person_id, message("个人账户余额"), balance, entries))
    return differences


def used_of(state: PersonState) -> PersonState:
    """A state without the years in which nothing was used, which are the same as none."""
    return PersonState(
        {key: used for key, used in state.accumulators.items() if any(used)},
        {key: count for key, count in state.admissions.items() if count},
        {key: paid for key, paid in state.diseases.items() if paid},
        state.maternity_used,
        {year: paid for year, paid in state.claims.items() if paid},
        state.periods,
    )
