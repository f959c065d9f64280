"""Reversing a settlement: mirrored entries, and no later settlement that hangs on it."""

from __future__ import annotations

from typing import Any

from sqlalchemy import insert, select
from sqlalchemy.exc import IntegrityError

from yibao.access.operations import Answer, Key, digest, record_message, write_once
from yibao.benefit.settling import settle_visit
from yibao.benefit.state import PersonState
from yibao.care.records import visit_of
from yibao.care.settling import Settlements, post_settlement
from yibao.care.tables import settlement
from yibao.database.identifiers import new_identifier
from yibao.database.unit import Unit
from yibao.errors import ConflictError, NotFoundError, RefusedError
from yibao.insured.grants import held_grants
from yibao.insured.locks import HeldPerson, lock_people
from yibao.insured.operations import store_person
from yibao.insured.profile import state_of
from yibao.ledger import operations as ledger
from yibao.ledger.locks import HeldAccount, lock_accounts


class Reversals:
    """The reversal operations, beside the settlements of the same process."""

    def __init__(self, settlements: Settlements) -> None:
        self.settlements = settlements
        self.database = settlements.database
        self.library = settlements.library

    def reverse(self, key: Key, person_id: str, visit_id: str, *, actor: str) -> Answer:
        """Mirror a settlement; refused with the list of later ones that depend on it."""
        content_hash = digest([person_id, visit_id])

        def operation(unit: Unit) -> Answer:
            return self._reverse(unit, key, content_hash, person_id, visit_id, actor)

        return write_once(self.database, key, content_hash, operation)

    def _reverse(
        self,
        unit: Unit,
        key: Key,
        content_hash: str,
        person_id: str,
        visit_id: str,
        actor: str,
    ) -> Answer:
        undone = unit.run(
            select(settlement).where(
                settlement.c.person_id == person_id,
                settlement.c.visit_id == visit_id,
                settlement.c.reversal_of.is_(None),
            )
        ).one_or_none()
        if undone is None:
            raise NotFoundError(f"没有 {person_id} 的就诊 {visit_id} 的结算")
        drawn = [name for name in (undone.grantor_id,) if name is not None]
        sharing = self._sharing(unit, person_id, undone)
        people = lock_people(unit, {person_id, *drawn, *sharing})
        accounts = lock_accounts(unit, people)
        held = people[person_id]
        later = self._standing(unit, [person_id, *sharing])
        if undone.settlement_id not in {row.settlement_id for row in later}:
            raise ConflictError(f"就诊 {visit_id} 的结算已经撤销过")
        balances = {name: account.balance for name, account in accounts.items()}
        dependent, state = self._replay_without(unit, undone, later, people, balances, accounts)
        if dependent:
            raise RefusedError(
                f"不能撤销 {visit_id}：之后的结算 {'、'.join(dependent)} 依赖它，请先撤销这些结算"
            )
        held.state = state
        row = undone._asdict()
        given = {person_id: undone.account}
        if undone.grantor_id is not None:
            given[undone.grantor_id] = undone.mutual_aid
        mirrored = {
            **row,
            "settlement_id": new_identifier(),
            "reversal_of": undone.settlement_id,
            "sequence": held.sequence + 1,
            "amounts": [undone.amounts[0], *(-amount for amount in undone.amounts[1:])],
            **{
                name: -row[name]
                for name in ("total", "fund", "own", "account", "mutual_aid", "cash")
            },
        }
        try:
            unit.run(insert(settlement), mirrored)
        except IntegrityError:
            raise ConflictError(f"就诊 {visit_id} 的结算已经撤销过") from None
        fund_area = self._fund_area(unit, undone)
        post_settlement(
            unit,
            {**row, "settlement_id": mirrored["settlement_id"]},
            fund_area,
            {name: -amount for name, amount in given.items()},
            sign=-1,
        )
        ledger.change_balances(unit, given)
        answer = {name: mirrored[name] for name in ("fund", "own", "account", "mutual_aid", "cash")}
        record_message(unit, key, content_hash, person_id, answer)
        store_person(unit, held, actor, "reverse", answer)
        return answer

    def _fund_area(self, unit: Unit, undone: Any) -> str:
        from yibao.ledger.tables import entry

        name = unit.run(
            select(entry.c.account).where(
                entry.c.person_id == undone.person_id,
                entry.c.transfer_id == undone.settlement_id,
                entry.c.account.like("fund:%"),
            )
        ).first()
        return name.account.split(":")[1] if name is not None else ""

    def _sharing(self, unit: Unit, person_id: str, undone: Any) -> list[str]:
        """People whose later draws may hang on the accounts that ``undone`` drew on."""
        owners = [person_id] + ([undone.grantor_id] if undone.grantor_id else [])
        rows = unit.run(
            select(settlement.c.person_id)
            .where(
                settlement.c.settlement_id > undone.settlement_id,
                settlement.c.grantor_id.in_(owners) | settlement.c.person_id.in_(owners),
            )
            .distinct()
        )
        return sorted({row.person_id for row in rows} - {person_id})

    def _standing(self, unit: Unit, people: list[str]) -> list[Any]:
        """Settlements that were not reversed, in the order in which they were made."""
        rows = list(
            unit.run(
                select(settlement)
                .where(settlement.c.person_id.in_(people))
                .order_by(settlement.c.settlement_id)
            )
        )
        gone = {row.reversal_of for row in rows if row.reversal_of is not None}
        return [row for row in rows if row.reversal_of is None and row.settlement_id not in gone]

    def _replay_without(
        self,
        unit: Unit,
        undone: Any,
        standing: list[Any],
        people: dict[str, HeldPerson],
        balances: dict[str, int],
        accounts: dict[str, HeldAccount],
    ) -> tuple[list[str], PersonState]:
        """Later settlements that would change a fen without ``undone``, and the state then.

        Balances go back to what they were before each later settlement, with what
        ``undone`` took already returned.
        """
        later = [row for row in standing if row.settlement_id > undone.settlement_id]
        balances = dict(balances)
        for row in later:
            _give_back(balances, row)
        _give_back(balances, undone)
        state = state_of(undone.state_in)
        grants = held_grants(accounts)
        facts = {name: one.facts for name, one in people.items()}
        dependent = []
        for row in later:
            visit = visit_of(row.visit)
            own_state = state if row.person_id == undone.person_id else state_of(row.state_in)
            again = settle_visit(
                self.library,
                facts[row.person_id],
                self.settlements.institution(unit, row.institution_id),
                visit,
                people[row.person_id].filings,
                own_state,
                balances,
                facts,
                grants,
            )
            paid = again.payment.draw
            same = list(again.adjudication.settlement) == list(row.amounts) and (
                paid.account,
                paid.mutual_aid,
            ) == (row.account, row.mutual_aid)
            if not same:
                dependent.append(row.visit_id)
            again.adjudication.apply(own_state)
            balances[row.person_id] = balances.get(row.person_id, 0) - row.account
            if row.grantor_id is not None:
                balances[row.grantor_id] -= row.mutual_aid
        return dependent, state


def _give_back(balances: dict[str, int], row: Any) -> None:
    balances[row.person_id] = balances.get(row.person_id, 0) + row.account
    if row.grantor_id is not None:
        balances[row.grantor_id] = balances.get(row.grantor_id, 0) + row.mutual_aid
