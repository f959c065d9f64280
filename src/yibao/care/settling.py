"""Settling a visit: one transaction with its entries, its message and its event."""

from __future__ import annotations

from typing import Any

from sqlalchemy import insert, select
from sqlalchemy.exc import IntegrityError

from yibao.access.operations import Answer, Key, digest, record_message, write_once
from yibao.benefit.facts import Institution, Visit
from yibao.benefit.settling import Settled, settle_visit
from yibao.care import tables
from yibao.care.records import (
    institution_of,
    settlement_answer,
    settlement_row,
    visit_document,
)
from yibao.care.tables import rulebook, settlement
from yibao.database.identifiers import new_identifier
from yibao.database.unit import Database, Unit
from yibao.errors import ConflictError, NotFoundError
from yibao.insured.grants import held_grants
from yibao.insured.locks import HeldPerson, lock_people
from yibao.insured.operations import store_person
from yibao.insured.profile import state_document
from yibao.ledger import operations as ledger
from yibao.ledger.locks import HeldAccount, lock_accounts
from yibao.policy.compile import PolicyLibrary
from yibao.policy.rulebook import Rulebook


class Settlements:
    """The settlement operations of one process on one database.

    Keeps in memory which rulebooks the database already holds and the institutions
    that it has read: both never change once written.
    """

    def __init__(self, database: Database, library: PolicyLibrary) -> None:
        self.database = database
        self.library = library
        self._pinned: set[str] = set()
        self._institutions: dict[str, Institution] = {}

    # --- settling ----------------------------------------------------------------------------

    def settle(self, key: Key, visit: Visit, *, actor: str) -> Answer:
        """Settle a visit and write it; the same message again gets the same answer.

        At most eight statements at any number of items: people, accounts, entries,
        balances, settlement, message, event, person.
        """
        content_hash = digest(visit_document(visit))

        def operation(unit: Unit) -> Answer:
            return self._settle(unit, key, content_hash, visit, actor)

        answer = write_once(self.database, key, content_hash, operation)
        return answer

    def quote(self, visit: Visit) -> Settled:
        """What settling a visit now would give; nothing is written."""

        def operation(unit: Unit) -> Settled:
            return self._adjudicate(unit, visit)[0]

        return self.database.read(operation)

    def _adjudicate(
        self, unit: Unit, visit: Visit
    ) -> tuple[Settled, HeldPerson, dict[str, HeldAccount]]:
        relatives = [name for name in visit.draw if name != "own"]
        people = lock_people(unit, {visit.person, *relatives})
        accounts = lock_accounts(unit, people) if visit.draw else {}
        held = people[visit.person]
        settled = settle_visit(
            self.library,
            held.facts,
            self.institution(unit, visit.institution),
            visit,
            held.filings,
            held.state,
            {name: account.balance for name, account in accounts.items()},
            {name: one.facts for name, one in people.items()},
            held_grants(accounts),
        )
        return settled, held, accounts

    def _settle(self, unit: Unit, key: Key, content_hash: str, visit: Visit, actor: str) -> Answer:
        settled, held, _ = self._adjudicate(unit, visit)
        made, paid = settled.adjudication, settled.payment
        self._pin(unit, made.rules.rulebook)
        state_in = state_document(held.state)
        made.apply(held.state)
        row = settlement_row(settled, new_identifier(), held.sequence + 1, state_in)
        try:
            unit.run(insert(settlement), row)
        except IntegrityError as error:
            if "settlement" in str(error.orig) and "visit_id" in str(error.orig):
                raise ConflictError(f"就诊 {visit.id} 已经结算过") from None
            raise
        taken = {visit.person: -paid.draw.account}
        if paid.grantor is not None:
            taken[paid.grantor] = -paid.draw.mutual_aid
        post_settlement(unit, row, settled.adjudication.enrolment.area, taken, sign=1)
        ledger.change_balances(unit, taken)
        answer: Answer = {
            "settlement_id": row["settlement_id"],
            "fund": row["fund"],
            "own": row["own"],
            "account": row["account"],
            "mutual_aid": row["mutual_aid"],
            "cash": row["cash"],
        }
        record_message(unit, key, content_hash, visit.person, answer)
        store_person(unit, held, actor, "settle", answer)
        return answer

    def institution(self, unit: Unit, institution_id: str) -> Institution:
        known = self._institutions.get(institution_id)
        if known is not None:
            return known
        row = unit.run(
            select(tables.institution).where(tables.institution.c.institution_id == institution_id)
        ).one_or_none()
        if row is None:
            raise NotFoundError(f"没有登记的定点机构 {institution_id}")
        found = institution_of(row)
        self._institutions[institution_id] = found
        return found

    def _pin(self, unit: Unit, used: Rulebook) -> None:
        """Keep the rulebook in the database, once."""
        if used.hash in self._pinned:
            return
        if unit.run(select(rulebook.c.hash).where(rulebook.c.hash == used.hash)).first() is None:
            try:
                with unit.connection.begin_nested():
                    unit.run(
                        insert(rulebook), {"hash": used.hash, "canonical": used.to_canonical()}
                    )
            except IntegrityError:
                pass
        self._pinned.add(used.hash)

    # --- reading -----------------------------------------------------------------------------

    def read(self, person_id: str, visit_id: str) -> dict[str, Any]:
        """A stored settlement, in the shape of a scenario's answer."""

        def operation(unit: Unit) -> dict[str, Any]:
            row = unit.run(
                select(settlement).where(
                    settlement.c.person_id == person_id,
                    settlement.c.visit_id == visit_id,
                    settlement.c.reversal_of.is_(None),
                )
            ).one_or_none()
            if row is None:
                raise NotFoundError(f"没有 {person_id} 的就诊 {visit_id} 的结算")
            return settlement_answer(row)

        return self.database.read(operation)


def post_settlement(
    unit: Unit, row: dict[str, Any], area: str, taken: dict[str, int], *, sign: int
) -> None:
    """The entries of a settlement: funds and accounts owe, the institution is owed."""
    (_, _, _, _, _, _, _, pooled, upper, assisted, other, *_) = row["amounts"]
    scheme = "resident" if row["facts"][1] == 0 else "employee"
    layers = {"pooled": pooled, "upper": upper, "assistance": assisted, "other": other}
    lines = [(ledger.fund(area, scheme, layer), sign * amount) for layer, amount in layers.items()]
    lines += [(ledger.personal(name), -sign * amount) for name, amount in taken.items()]
    owed = sum(amount for _, amount in lines)
    ledger.post(
        unit,
        row["person_id"],
        row["settlement_id"],
        row["end"],
        [*lines, (ledger.payable(row["institution_id"]), -owed)],
    )
