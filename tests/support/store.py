"""A store as one process sees it, with short names for its operations, and its invariants."""

from __future__ import annotations

import datetime
import itertools
from collections import defaultdict
from dataclasses import replace
from typing import Any

from sqlalchemy import func, select

from yibao.access.operations import Answer, Key
from yibao.access.ties import tie_faults
from yibao.access.trail import verify_people
from yibao.aid import operations as aid
from yibao.benefit.facts import Grant, Institution, Person, Visit
from yibao.benefit.people import member_position
from yibao.benefit.rules import day_rules
from yibao.benefit.state import PersonState
from yibao.care import proposals
from yibao.care.institutions import register_institution
from yibao.care.operations import known_person
from yibao.care.readjudication import Readjudications
from yibao.care.replay import rebuild, replay, used_of
from yibao.care.reversal import Reversals
from yibao.care.settling import Settlements
from yibao.care.stored import StoredSettlement, read_stored
from yibao.care.tables import settlement
from yibao.database.unit import Database
from yibao.gateway.corrections import booked_corrections
from yibao.insured.enrolment.documents import Proof, catalogue
from yibao.insured.people.registration import register
from yibao.insured.people.relations import Relation, relate
from yibao.ledger.checks import ledger_faults
from yibao.ledger.tables import account, entry
from yibao.policy import parameters as p
from yibao.policy.compile import PolicyLibrary
from yibao.policy.keys import CARE

from ..support.actors import CLERK, settler

_NUMBERS = itertools.count(1)


class Store:
    """The operations of one process on one database."""

    def __init__(self, database: Database, packs: PolicyLibrary) -> None:
        self.database = database
        self.packs = packs
        self.settlements = Settlements(database, packs)
        self.reversals = Reversals(self.settlements)
        self.corrected = booked_corrections(database)
        self.readjudications = Readjudications(self.reversals, self.corrected)

    def another(self) -> Store:
        """A second process on the same database, with a memory of its own."""
        return Store(self.database, self.packs)

    @staticmethod
    def key(operation: str, message: str | None = None, sender: str = "hospital") -> Key:
        return Key(sender, operation, message or f"{operation}-{next(_NUMBERS)}")

    # --- operations --------------------------------------------------------------------------

    def person(self, facts: Person, *, balance: int = 0, state: PersonState | None = None) -> None:
        day = facts.enrolments[0].start
        register(self.database, facts, actor=CLERK, balance=balance, state=state, day=day)

    def institution(self, facts: Institution) -> None:
        register_institution(self.database, facts, actor=CLERK)

    def relate(self, person: str, relative: str, relation: str = "spouse") -> Answer:
        """Record what ``relative`` is to ``person``, since always."""
        since = datetime.date(1990, 1, 1)
        return relate(
            self.database,
            self.key("relate"),
            Relation(person, relative, relation, since),
            actor=CLERK,
            proofs=[Proof(catalogue()["relations"][relation][0])],
        )

    def grant(
        self,
        grantor: str,
        grantee: str,
        *,
        limit: int | None = None,
        start: str = "2025-01-01",
        message: str | None = None,
    ) -> Answer:
        day = datetime.date.fromisoformat(start)
        new_grant = Grant(grantor, grantee, "spouse", day, None, limit)
        return aid.grant(self.database, self.key("grant", message), new_grant, actor=CLERK)

    def revoke(self, grantor: str, grantee: str, on: str) -> Answer:
        """End the latest grant of the one to the other; without one, the store is asked for it."""
        day = datetime.date.fromisoformat(on)
        rows = self.database.read(lambda unit: aid.grant_rows(unit, grantor, day))
        grants = [row["grant_id"] for row in rows if row["grantee_id"] == grantee]
        grant_id = grants[-1] if grants else f"no-grant-to-{grantee}"
        return aid.revoke(self.database, self.key("revoke"), grantor, grant_id, day, actor=CLERK)

    def settle(self, visit: Visit, message: str | None = None) -> Answer:
        return self.settlements.settle(self.key("settle", message), visit, actor=settler(visit))

    def reverse(self, person_id: str, visit_id: str, message: str | None = None) -> Answer:
        key = self.key("reverse", message)
        return self.reversals.reverse(key, person_id, visit_id, actor=CLERK)

    # --- what is committed -------------------------------------------------------------------

    def _known(self, person_id: str) -> tuple[Person, PersonState, int]:
        return self.database.read(lambda unit: known_person(unit, person_id))

    def balance(self, person_id: str) -> int:
        return self._known(person_id)[2]

    def state(self, person_id: str) -> PersonState:
        """Accumulators, without the years in which nothing was used."""
        return used_of(self._known(person_id)[1])

    def facts(self, person_id: str, new_id: str = "", *, status: str = "") -> Person:
        """A person's facts; under another id and status where told."""
        known = self._known(person_id)[0]
        enrolments = tuple(
            replace(enrolment, status=status or enrolment.status) for enrolment in known.enrolments
        )
        return replace(known, id=new_id or person_id, enrolments=enrolments)

    def entries(self, name: str) -> int:
        """The sum of an account's entries, debit positive."""
        statement = select(func.coalesce(func.sum(entry.c.amount), 0)).where(
            entry.c.account == name
        )
        return self.database.read(lambda unit: int(unit.run(statement).scalar_one()))

    def rows(self) -> list[StoredSettlement]:
        return self.database.read(
            lambda unit: read_stored(
                unit, unit.run(select(settlement).order_by(settlement.c.settlement_id))
            )
        )

    def fingerprint(self) -> tuple[Any, ...]:
        """Everything that a write may change, to tell whether one did."""

        def operation(unit: Any) -> tuple[Any, ...]:
            accounts = unit.run(select(account).order_by(account.c.person_id)).all()
            entries = unit.run(select(entry.c.transfer_id, entry.c.line, entry.c.amount)).all()
            settled = unit.run(select(settlement.c.settlement_id)).scalars().all()
            return str(accounts), sorted(map(str, entries)), sorted(settled)

        return self.database.read(operation)

    # --- what must always hold ---------------------------------------------------------------

    def check(self) -> None:
        """Every invariant of the store; an ``AssertionError`` names what is broken."""
        assert self.database.read(lambda unit: list(ledger_faults(unit))) == []
        assert list(rebuild(self.database, actor=CLERK)) == []
        assert list(replay(self.database, actor=CLERK)) == []
        assert self._over_ceiling() == []
        people = self.database.read(
            lambda unit: list(unit.run(select(account.c.person_id)).scalars())
        )
        assert list(verify_people(self.database, people)) == []
        assert list(tie_faults(self.database, people)) == []

    def _left_standing(self) -> dict[str, int]:
        """By settlement: what open and dropped proposals would take back for the fund, fen."""
        rows = self.database.read(lambda unit: proposals.read_proposals(unit))
        return {
            row.settlement_id: max(
                row.document["before"]["pooled"] - row.document["after"]["pooled"], 0
            )
            for row in rows
            if row.decision in (None, proposals.DROPPED)
        }

    def _over_ceiling(self) -> list[str]:
        """Standing payments of a person and year above the ceiling of that kind of care.

        Where an earlier settlement was made anew as proposed, later ones that took from the
        same ceiling are proposed to pay less; what an officer leaves standing is not counted.
        """
        rows = self.rows()
        gone = {row["reversal_of"] for row in rows}
        left_standing = self._left_standing()
        paid: dict[tuple[str, int, str, str], int] = defaultdict(int)
        for row in rows:
            if row["round"] > 0 and row["settlement_id"] not in gone:
                pooled = row.amounts.pooled - left_standing.get(row["settlement_id"], 0)
                scheme = row.terms.scheme
                paid[row["person_id"], row["end"].year, scheme, row["kind"]] += pooled
        over = []
        for (person_id, year, scheme, kind), pooled in paid.items():
            if kind not in ("outpatient", "inpatient"):
                continue
            facts = self._known(person_id)[0]
            enrolment = next(
                candidate for candidate in facts.enrolments if candidate.scheme == scheme
            )
            day = datetime.date(year, 12, 31)
            rules = day_rules(self.packs, enrolment.area, day, day)
            ceiling = rules.at(p.ANNUAL_CEILING, CARE.index(kind), member_position(enrolment))
            if 0 <= ceiling < pooled:
                over.append(f"{person_id} {year} {kind}: {pooled} > {ceiling}")
        return over
