"""Settling and reversing visits, each in one transaction with its entries and its message."""

from __future__ import annotations

from typing import Any

from sqlalchemy import insert, select
from sqlalchemy.exc import IntegrityError

from yibao.access.operations import Answer, Key, digest, record_message, write_once
from yibao.benefit.facts import Institution, Person, Visit
from yibao.benefit.settling import Settled, settle_visit
from yibao.benefit.state import PersonState
from yibao.care.records import (
    institution_of,
    settlement_answer,
    settlement_row,
    visit_document,
    visit_of,
)
from yibao.care.tables import institution, rulebook, settlement
from yibao.database.identifiers import new_identifier
from yibao.database.unit import Database, Unit
from yibao.errors import ConflictError, NotFoundError, RefusedError
from yibao.insured.grants import held_grants
from yibao.insured.locks import HeldPerson, lock_people
from yibao.insured.operations import store_person
from yibao.insured.profile import state_document, state_of
from yibao.ledger import operations as ledger
from yibao.ledger.locks import HeldAccount, lock_accounts
from yibao.policy.compile import PolicyLibrary
from yibao.policy.rulebook import Rulebook


def register_institution(database: Database, facts: Institution) -> None:
    """Register a designated institution."""
    row = {
        "institution_id": facts.id,
        "area": facts.area,
        "kind": facts.kind,
        "price_class": facts.price_class,
        "grade": facts.grade,
        "county": facts.county,
        "dual_channel": facts.dual_channel,
    }
    try:
        database.write(lambda unit: unit.run(insert(institution), row))
    except IntegrityError:
        raise ConflictError(f"机构 {facts.id} 已经登记") from None


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
            self._institution(unit, visit.institution),
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
        self._post(unit, row, settled.adjudication.enrolment.area, taken, sign=1)
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

    def _post(
        self, unit: Unit, row: dict[str, Any], area: str, taken: dict[str, int], *, sign: int
    ) -> None:
        """The entries of a settlement: funds and accounts owe, the institution is owed."""
        (_, _, _, _, _, _, _, pooled, upper, assisted, other, *_) = row["amounts"]
        scheme = "resident" if row["facts"][1] == 0 else "employee"
        layers = {"pooled": pooled, "upper": upper, "assistance": assisted, "other": other}
        lines = [
            (ledger.fund(area, scheme, layer), sign * amount) for layer, amount in layers.items()
        ]
        lines += [(ledger.personal(name), -sign * amount) for name, amount in taken.items()]
        owed = sum(amount for _, amount in lines)
        ledger.post(
            unit,
            row["person_id"],
            row["settlement_id"],
            row["end"],
            [*lines, (ledger.payable(row["institution_id"]), -owed)],
        )

    def _institution(self, unit: Unit, institution_id: str) -> Institution:
        known = self._institutions.get(institution_id)
        if known is not None:
            return known
        row = unit.run(
            select(institution).where(institution.c.institution_id == institution_id)
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

    # --- reversing ---------------------------------------------------------------------------

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
        dependent, state = self._replay_without(undone, later, people, balances, accounts)
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
        self._post(
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
                self._institutions[row.institution_id],
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


def _give_back(balances: dict[str, int], row: Any) -> None:
    balances[row.person_id] = balances.get(row.person_id, 0) + row.account
    if row.grantor_id is not None:
        balances[row.grantor_id] = balances.get(row.grantor_id, 0) + row.mutual_aid


def known_person(database: Database, person_id: str) -> tuple[Person, PersonState, int]:
    """A person's facts, accumulators and balance as committed."""

    def operation(unit: Unit) -> tuple[Person, PersonState, int]:
        held = lock_people(unit, [person_id])[person_id]
        account = lock_accounts(unit, [person_id]).get(person_id)
        return held.facts, held.state, account.balance if account else 0

    return database.read(operation)
