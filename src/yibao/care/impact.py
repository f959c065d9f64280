"""``impact``: which settlements other packs would alter, and applying that once approved.

A person's settlements are settled again in order, from what was known then, with the other
rulebooks in place of the pinned ones; accumulators and balances flow from one to the next.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

from yibao.access.operations import Answer, Key, digest, record_message, write_once
from yibao.access.permissions import Actor, require
from yibao.benefit.answers import explanation_of, unknown_layers_of
from yibao.benefit.settling import Settled
from yibao.benefit.state import PersonState
from yibao.care.history import (
    Change,
    again,
    base_state,
    in_order,
    read_rows,
    same_fen,
    standing,
)
from yibao.care.inputs import UsedRulebooks
from yibao.care.memory import Memory
from yibao.care.readjudication import Corrected, correct, correction_of
from yibao.care.replay import Progress, everybody
from yibao.care.reversal import returned_by
from yibao.care.rows import taken_by
from yibao.care.stored import StoredSettlement
from yibao.care.tables import settlement
from yibao.database.unit import Database, Unit
from yibao.errors import ConflictError, RefusedError
from yibao.insured.locks import HeldPerson, lock_people, store_person
from yibao.insured.people.merged import TakenOver
from yibao.ledger import operations as ledger
from yibao.ledger.locks import lock_accounts
from yibao.messages import message
from yibao.policy.compile import PolicyLibrary


@dataclass(frozen=True, slots=True)
class Impact:
    """What other packs would change of one person's settlements."""

    person_id: str
    changes: list[dict[str, Any]]
    proposal: str
    """The hash to approve it by."""


@dataclass(slots=True)
class _Found:
    changes: list[tuple[Change, UsedRulebooks]]
    rows: list[StoredSettlement]
    state: PersonState | None


def impact(
    database: Database,
    library: PolicyLibrary,
    *,
    actor: Actor,
    progress: Progress = lambda _: None,
) -> Iterator[Impact]:
    """The people whose settlements ``library`` would settle to another fen, or whose settlements
    left a layer out that has terms in ``library``."""
    require(actor, "assess_impact")
    return _impacts(database, library, progress)


def _impacts(database: Database, library: PolicyLibrary, progress: Progress) -> Iterator[Impact]:
    memory = Memory()
    for ids in everybody(database):

        def operation(unit: Unit, ids: list[str] = ids) -> list[Impact]:
            pairs = [
                (person_id, _settled_again(unit, memory, library, person_id)) for person_id in ids
            ]
            return [_impact(person_id, again) for person_id, again in pairs if again.changes]

        yield from database.read(operation)
        progress(len(ids))


def apply_impact(
    database: Database,
    library: PolicyLibrary,
    key: Key,
    person_id: str,
    proposal: str,
    *,
    actor: Actor,
    corrected: Corrected,
) -> Answer:
    """Correct one person's settlements as approved: reversal-and-correction pairs, all or none.

    ``ConflictError`` where the proposal is no longer what would be done.
    """
    require(actor, "readjudicate", person_id)
    content_hash = digest([person_id, proposal])
    memory = Memory()

    def operation(unit: Unit) -> Answer:
        relatives = {
            row["grantor_id"]
            for row in read_rows(unit, settlement.c.person_id == person_id)
            if row["grantor_id"] is not None
        }
        people = lock_people(unit, {person_id, *relatives})
        accounts = lock_accounts(unit, people)
        again = _settled_again(unit, memory, library, person_id)
        proposed = _impact(person_id, again)
        if proposed.proposal != proposal or again.state is None:
            raise ConflictError(message("提出方案之后又有变动，请重新评估再批准"))
        for mirror, row in _apply(unit, memory, again, people, accounts, actor):
            corrected(unit, mirror, row)
        people[person_id].state = again.state
        answer: Answer = {"person": person_id, "corrections": proposed.changes}
        store_person(unit, people[person_id], actor, "apply_impact", answer)
        record_message(unit, key, content_hash, person_id, answer)
        return answer

    return write_once(database, key, content_hash, operation)


def _apply(
    unit: Unit,
    memory: Memory,
    again: _Found,
    people: dict[str, HeldPerson],
    accounts: dict[str, Any],
    actor: Actor,
) -> list[tuple[StoredSettlement, StoredSettlement]]:
    """Each reversal with its correction; the balances are moved."""
    moved = returned_by([change.row for change, _ in again.changes], accounts)
    pairs = []
    for change, used in again.changes:
        if change.row["grantor_id"] not in {None, *people}:
            raise ConflictError(message("结算正在变动，请重新评估再批准"))
        mirror, row = correct(unit, memory, change, used, people, set(accounts), actor)
        pairs.append((mirror, row))
        for name, taken in taken_by(row).items():
            if taken and name not in accounts:
                raise RefusedError(
                    message("{name} 的个人账户已经注销，不能更正从它支付的结算", name=name)
                )
            moved[name] = moved.get(name, 0) - taken
    ledger.change_balances(unit, {name: amount for name, amount in moved.items() if amount})
    return pairs


def _impact(person_id: str, again: _Found) -> Impact:
    changes = [_described(change) for change, _ in again.changes]
    return Impact(person_id, changes, digest([person_id, changes]))


def _described(change: Change) -> dict[str, Any]:
    """What a settlement was and becomes; ``now_known``: the layers that it had left out, as their
    terms had no source, and that have them now."""
    now_known = _now_known(change.row, change.settled)
    return correction_of(change) | ({"now_known": list(now_known)} if now_known else {})


def _now_known(row: StoredSettlement, settled: Settled) -> tuple[str, ...]:
    if not row.unknown:
        return ()
    still_unknown = unknown_layers_of(explanation_of(settled))
    return tuple(layer for layer in row.unknown if layer not in still_unknown)


def _stays(row: StoredSettlement, settled: Settled) -> bool:
    return same_fen(row, settled) and not _now_known(row, settled)


def _settled_again(unit: Unit, memory: Memory, library: PolicyLibrary, person_id: str) -> _Found:
    rows = read_rows(unit, settlement.c.person_id == person_id)
    if not rows:
        return _Found([], [], None)
    stood = base_state(rows)
    state = stood.copy()
    returned: dict[str, int] = {}
    changes = []
    left = standing(rows)
    for row in in_order(unit, rows):
        if isinstance(row, TakenOver):
            row.apply(stood)
            row.apply(state)
            continue
        as_it_stands = again(unit, memory, row, row.state).adjudication
        alike = state == stood and not any(returned.values())
        as_it_stands.apply(stood)
        if alike and _stays_by_itself(row, library):
            as_it_stands.apply(state)
            continue
        balances = {
            name: max(balance + returned.get(name, 0), 0)
            for name, balance in row.known.balances.items()
        }
        used = UsedRulebooks(library)
        before = state.copy()
        settled = row.known.settle(used, row.visit, state, balances)
        if _stays(row, settled):
            as_it_stands.apply(state)
            continue
        changes.append((Change(row, settled, before, balances), used))
        for name, taken in taken_by(row).items():
            returned[name] = returned.get(name, 0) + taken
        _take(returned, person_id, settled)
        settled.adjudication.apply(state)
    return _Found(changes, left, state)


def _stays_by_itself(row: StoredSettlement, library: PolicyLibrary) -> bool:
    """Whether other packs pay the same, and leave the same layers out, on what had been used when
    it was settled.

    What it would come to since an earlier reversal is a proposal's affair, taken or dropped
    by an officer, and no impact of the packs.
    """
    try:
        return _stays(row, row.known.settle(library, row.visit, row.state))
    except RefusedError:
        return False


def _take(returned: dict[str, int], person_id: str, settled: Settled) -> None:
    """Subtract what a settlement takes from what others gave back to the same accounts."""
    paid = settled.payment
    returned[person_id] = returned.get(person_id, 0) - paid.draw.account
    if paid.grantor is not None:
        returned[paid.grantor] = returned.get(paid.grantor, 0) - paid.draw.mutual_aid
