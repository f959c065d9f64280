"""Reversing a settlement: mirrored entries, whatever was drawn on the accounts since.

Where later settlements of the person would come out otherwise, the pack's ``reversal.order``
says whether it is refused, or goes through with a proposal for each of them.
"""

from __future__ import annotations

from collections.abc import Callable, Container, Iterable, Mapping
from dataclasses import replace
from typing import TypeVar

from sqlalchemy import insert, select
from sqlalchemy.exc import IntegrityError

from yibao.access.operations import (
    Answer,
    Key,
    Then,
    digest,
    record_message,
    stored_message,
    withdraw_message,
    write_once,
)
from yibao.access.permissions import Actor, require
from yibao.benefit.functions.reversal import reversal_refused
from yibao.benefit.rules import day_rules
from yibao.benefit.terms import Settlement
from yibao.care import proposals
from yibao.care.errors import CameNowError, DependentError, SettledAgainError
from yibao.care.history import read_row, without
from yibao.care.memory import Memory
from yibao.care.rows import (
    FIRST_FORM,
    MONEY,
    next_identifier,
    next_round,
    pointer_to,
    post_settlement,
    read_settlement,
    taken_by,
)
from yibao.care.settling import Settlements
from yibao.care.stored import StoredSettlement
from yibao.care.tables import settlement
from yibao.care.writing import OPERATION, written_document
from yibao.database.unit import Unit
from yibao.errors import ConflictError
from yibao.insured.locks import HeldPerson, lock_people, store_person
from yibao.ledger import operations as ledger
from yibao.ledger.locks import HeldAccount, lock_accounts
from yibao.messages import message

Result = TypeVar("Result")

_ATTEMPTS = 5


def until_locked(run: Callable[[], Result]) -> Result:
    """Begin again while somebody settles the same visit anew."""
    for _ in range(_ATTEMPTS):
        try:
            return run()
        except SettledAgainError:
            continue
    raise ConflictError(message("相关的结算正在变动，请稍后再试；没有写入任何内容"))


class Reversals:
    """The reversal operations, beside the settlements of the same process."""

    def __init__(self, settlements: Settlements) -> None:
        self.settlements = settlements
        self.database = settlements.database
        self.memory = settlements.memory

    def reverse(
        self,
        key: Key,
        person_id: str,
        visit_id: str,
        *,
        actor: Actor,
        then: Then[Answer] | None = None,
    ) -> Answer:
        """Mirror a settlement; ``proposals``: the later ones that would come out otherwise.

        ``DependentError`` names those where the pack refuses it for them.
        ``then``: the message that it is reversed for; its answer is given.

        Money goes back to the account that it came from, whatever became of the grant;
        to suspense where that account is closed.
        """
        require(actor, "reverse", person_id, actor.institution_id)
        content_hash = digest([person_id, visit_id])

        def run() -> Answer:
            def operation(unit: Unit) -> Answer:
                answer = self._reverse(unit, person_id, visit_id, actor)
                record_message(unit, key, content_hash, person_id, answer)
                return answer if then is None else then.answer(unit, person_id, answer)

            return write_once(self.database, key, content_hash, operation, then=then)

        return until_locked(run)

    def reverse_unknown(
        self,
        key: Key,
        withdrawn: Key,
        person_id: str,
        *,
        actor: Actor,
        then: Then[Answer] | None = None,
    ) -> Answer:
        """Undo what a settlement message did whose answer never came back.

        If it was settled, it is reversed; if it never came, a tombstone refuses it later.
        """
        require(actor, "reverse", person_id, actor.institution_id)
        content_hash = digest([withdrawn.sender, withdrawn.message_id, person_id])

        def run() -> Answer:
            def operation(unit: Unit) -> Answer:
                answer = self._withdraw(unit, withdrawn, person_id, actor)
                record_message(unit, key, content_hash, person_id, answer)
                return answer if then is None else then.answer(unit, person_id, answer)

            return write_once(self.database, key, content_hash, operation, then=then)

        for _ in range(_ATTEMPTS):
            try:
                return until_locked(run)
            except CameNowError:
                continue
        raise ConflictError(message("原结算报文正在处理，请稍后再查；没有写入任何内容"))

    def _withdraw(self, unit: Unit, withdrawn: Key, person_id: str, actor: Actor) -> Answer:
        stored = stored_message(unit, Key(withdrawn.sender, OPERATION, withdrawn.message_id))
        if stored is not None and not stored.is_withdrawn:
            if stored.person_id != person_id:
                raise ConflictError(
                    message(
                        "报文 {message_id} 不是 {person_id} 的结算",
                        message_id=withdrawn.message_id,
                        person_id=person_id,
                    )
                )
            settled = unit.run(
                select(settlement.c.visit_id).where(
                    settlement.c.person_id == person_id,
                    settlement.c.settlement_id == stored.answer["settlement_id"],
                )
            ).scalar_one()
            undone = stored.answer["settlement_id"]
            return self._reverse(unit, person_id, settled, actor, only=undone) | {
                "outcome": "reversed"
            }
        person = lock_people(unit, [person_id])[person_id]
        answer: Answer = {"outcome": "never_came", "message_id": withdrawn.message_id}
        if stored is None:
            try:
                tombstone = Key(withdrawn.sender, OPERATION, withdrawn.message_id)
                withdraw_message(unit, tombstone, person_id, answer)
                unit.flush()
            except IntegrityError:
                raise CameNowError from None
        store_person(unit, person, actor, "withdraw", answer)
        return answer

    def _reverse(
        self,
        unit: Unit,
        person_id: str,
        visit_id: str,
        actor: Actor,
        *,
        only: str | None = None,
    ) -> Answer:
        undone, locked, accounts = self.lock(unit, person_id, visit_id, only=only)
        require(actor, "reverse", person_id, undone["institution_id"])
        interim = interim_of(unit, undone)
        otherwise = without(unit, self.memory, undone, interim)
        if self.refused(undone, len(otherwise.changes)):
            raise DependentError(
                visit_id,
                [
                    (str(change.row["visit_id"]), str(change.row["settlement_id"]))
                    for change in otherwise.changes
                ],
            )
        locked[person_id].state = otherwise.state
        mirror = write_reversal(unit, self.memory, undone, locked, accounts, actor)
        moved = returned_by([undone], accounts)
        if interim is not None:
            bring_back(unit, interim, mirror, locked[person_id], accounts, actor)
            for name, taken in taken_by(interim).items():
                if name in accounts:
                    moved[name] = moved.get(name, 0) - taken
        ledger.change_balances(unit, moved)
        proposals.close(unit, person_id, undone["settlement_id"], actor)
        proposals.propose(unit, mirror, otherwise.changes, actor)
        return {
            **reversal_answer(mirror),
            "proposals": [
                {
                    "visit": change.row["visit_id"],
                    "fund": change.settled.adjudication.settlement.fund,
                    "own": change.settled.adjudication.settlement.own,
                }
                for change in otherwise.changes
            ],
        }

    def refused(self, undone: StoredSettlement, differing: int) -> bool:
        """Whether the packs of today refuse a reversal on which later settlements hang."""
        area, day = undone.terms.area, undone["end"]
        if self.settlements.library.covering(area) is None:
            return differing > 0
        rules = day_rules(self.settlements.library, area, day, day).rules
        return reversal_refused(rules, differing)

    def lock(
        self,
        unit: Unit,
        person_id: str,
        visit_id: str,
        *,
        only: str | None = None,
        also: Iterable[str] = (),
    ) -> tuple[StoredSettlement, dict[str, HeldPerson], dict[str, HeldAccount]]:
        """Lock the person and the drawn accounts; the settlement, which stands.

        ``only``: it, or what it was corrected from, is this one.
        ``also``: who is locked beside; all are taken together.
        """
        undone = read_settlement(unit, person_id, visit_id)
        drawn = [row for row in (undone, interim_of(unit, undone)) if row is not None]
        owners = {row["grantor_id"] for row in drawn if row["grantor_id"] is not None}
        locked = lock_people(unit, {person_id, *owners, *also})
        accounts = lock_accounts(unit, locked)
        latest = read_settlement(unit, person_id, visit_id)
        standing = next_round(unit, person_id, visit_id) is None
        if not standing or (only is not None and latest.origin != only):
            raise ConflictError(message("就诊 {visit_id} 的结算已经撤销过", visit_id=visit_id))
        if latest["settlement_id"] != undone["settlement_id"]:
            raise SettledAgainError
        return undone, locked, accounts


def write_reversal(
    unit: Unit,
    memory: Memory,
    undone: StoredSettlement,
    people: Mapping[str, HeldPerson],
    open_accounts: Container[str],
    actor: Actor,
) -> StoredSettlement:
    """The mirrored row with its entries and its event; balances are the caller's."""
    person = people[undone["person_id"]]
    mirror = _mirror_of(unit, memory, undone, people)
    try:
        unit.run(insert(settlement), mirror.columns)
    except IntegrityError:
        raise ConflictError(
            message("就诊 {visit_id} 的结算已经撤销过", visit_id=undone["visit_id"])
        ) from None
    closed = {name: ledger.suspense(name) for name in taken_by(undone) if name not in open_accounts}
    post_settlement(unit, mirror, sent_to=closed)
    store_person(unit, person, actor, "reverse", pointer_to(mirror.columns))
    return mirror


def _mirror_of(
    unit: Unit, memory: Memory, undone: StoredSettlement, people: Mapping[str, HeldPerson]
) -> StoredSettlement:
    """A settlement's reversal: the same input, the amounts with the other sign."""
    amounts = Settlement(*(-amount for amount in undone.amounts))
    mirror = replace(undone, amounts=amounts, columns={})
    mirror.columns = {
        **undone.columns,
        **dict.fromkeys(FIRST_FORM),
        "settlement_id": next_identifier(),
        "reversal_of": undone["settlement_id"],
        "round": -undone["round"],
        "origin": undone.origin,
        "sequence": people[undone["person_id"]].sequence + 1,
        **{name: -undone[name] for name in MONEY},
        "document": written_document(unit, memory, mirror, people),
    }
    return mirror


def interim_of(unit: Unit, row: StoredSettlement) -> StoredSettlement | None:
    """The interim settlement of the same stay that a settlement contains."""
    if row["goes_on"] is None:
        return None
    return read_row(unit, row["person_id"], row["goes_on"])


def bring_back(
    unit: Unit,
    interim: StoredSettlement,
    mirror: StoredSettlement,
    person: HeldPerson,
    open_accounts: Container[str],
    actor: Actor,
) -> StoredSettlement:
    """An interim settlement stands again, to the fen, as what contained it was reversed.

    ``mirror`` is that reversal; the balances are the caller's.
    """
    again = replace(interim, columns={})
    again.columns = {
        **interim.columns,
        "settlement_id": next_identifier(),
        "round": 1 - mirror["round"],
        "origin": interim.origin,
        "sequence": person.sequence + 1,
    }
    unit.run(insert(settlement), again.columns)
    closed = {name: ledger.suspense(name) for name in taken_by(again) if name not in open_accounts}
    post_settlement(unit, again, sent_to=closed)
    store_person(unit, person, actor, "correct", pointer_to(again.columns))
    return again


def returned_by(
    undone: Iterable[StoredSettlement], accounts: dict[str, HeldAccount]
) -> dict[str, int]:
    """What reversals give back to accounts that are open."""
    returned: dict[str, int] = {}
    for row in undone:
        for name, taken in taken_by(row).items():
            if name in accounts:
                returned[name] = returned.get(name, 0) + taken
    return returned


def reversal_answer(mirror: StoredSettlement) -> Answer:
    """The amounts of a reversal, none positive."""
    return {name: mirror[name] for name in ("fund", "own", "account", "mutual_aid", "cash")}
