"""The database road: a scenario through the operations on a fresh store.

Every answer of a visit is what a new connection reads after the commit.
"""

from __future__ import annotations

import datetime
import os
import tempfile
from collections.abc import Iterator
from pathlib import Path

from yibao.access.operations import Key
from yibao.access.permissions import Actor, institution_actor, insured_actor, officer
from yibao.aid import operations as aid
from yibao.benefit.accounts import credit_for_month
from yibao.benefit.billing import back_payment, bill_for_period
from yibao.benefit.coverage import cover_on
from yibao.benefit.facts import Institution, Person, Visit
from yibao.benefit.incentives import major_illness_ceiling
from yibao.benefit.people import home_enrolment, scheme_in_year
from yibao.benefit.state import state_from_used
from yibao.care.institutions import register_institution
from yibao.care.operations import read_person
from yibao.care.reversal import Reversals
from yibao.care.settling import Settlements
from yibao.crossing import operations as crossing
from yibao.database.unit import Database, open_database
from yibao.insured import operations as insured
from yibao.insured.enrolment.documents import Proof, catalogue
from yibao.insured.people.registration import Named
from yibao.policy.compile import PolicyLibrary
from yibao.policy.kinds import Channel, RelationKind
from yibao.scenario import answers
from yibao.scenario.answers import Answer, AskAnswer, CreditAnswer, PaidBillAnswer, StepAnswer
from yibao.scenario.engine import check_names
from yibao.scenario.life import Contributed
from yibao.scenario.model import (
    AskStep,
    ContributeStep,
    CreditStep,
    ReverseStep,
    RevokeStep,
    Scenario,
    Step,
    TransferStep,
    VisitStep,
    latest_day,
)
from yibao.scenario.values import months_from

SENDER = "scenario"
OFFICE = officer(SENDER)
"""Registers, records and credits; care is settled by institutions, money moved by its owner."""


def run(library: PolicyLibrary, scenario: Scenario) -> Iterator[StepAnswer]:
    """One answer per step, on a fresh SQLite file, or on ``YIBAO_SCENARIO_DATABASE``."""
    check_names(library, scenario)
    with tempfile.TemporaryDirectory(prefix="yibao-") as folder:
        url = os.environ.get("YIBAO_SCENARIO_DATABASE")
        database = open_database(url or f"sqlite:///{Path(folder) / 'scenario.db'}")
        try:
            database.create_all()
            yield from run_on(library, scenario, database)
        finally:
            database.dispose()


def run_on(library: PolicyLibrary, scenario: Scenario, database: Database) -> Iterator[StepAnswer]:
    """One answer per step, on a database whose tables hold nobody yet."""
    road = DatabaseRoad(library, scenario, database)
    road.set_up()
    for number, step in enumerate(scenario.steps, start=1):
        yield StepAnswer(road.live(number, step))


class DatabaseRoad:
    """The operations that a scenario's steps become."""

    def __init__(self, library: PolicyLibrary, scenario: Scenario, database: Database) -> None:
        self.library = library
        self.scenario = scenario
        self.database = database
        latest = latest_day(scenario)
        self.settlements = Settlements(database, library, lambda: latest)
        self.reversals = Reversals(self.settlements)
        self.visits: dict[str, Visit] = {}

    def set_up(self) -> None:
        """Register people, institutions, filings and grants."""
        for person in self.scenario.people.values():
            used = self.scenario.used.get(person.id)
            scheme = scheme_in_year(person, used.year if used else datetime.date.max.year)
            insured.register(
                self.database,
                person,
                actor=OFFICE,
                state=state_from_used(used, scheme),
                balance=self.scenario.account[person.id],
                day=person.enrolments[0].start,
                named=self.named(person),
            )
        for institution in self.scenario.institutions.values():
            register_institution(
                self.database, institution, actor=OFFICE, name=self.called(institution)
            )
        for number, filing in enumerate(self.scenario.filings, start=1):
            crossing.record(self.database, self._key("file", number), filing, actor=OFFICE)
        for number, grant in enumerate(self.scenario.grants, start=1):
            aid.grant(self.database, self._key("grant", number), grant, actor=OFFICE)

    def named(self, person: Person) -> Named | None:
        """Name and certificate of a person; a scenario gives none."""

    def called(self, institution: Institution) -> str:
        """The name of an institution; a scenario gives none."""
        return institution.id

    def live(self, number: int, step: Step) -> Answer:
        """Take a step and answer from what is committed."""
        if isinstance(step, VisitStep):
            visit = step.visit
            self.settle(number, visit)
            return self.settlements.read(visit.person, visit.id, actor=insured_actor(visit.person))
        if isinstance(step, ReverseStep):
            visit = self.visits[step.visit]
            reversal = self.reversals.reverse(
                self._key("reverse", number), visit.person, visit.id, actor=self._settles(visit)
            )
            proposals = answers.proposal_answers(reversal.pop("proposals"))
            return answers.ReversalAnswer(reverse=step.visit, **reversal, proposals=proposals)
        if isinstance(step, ContributeStep):
            return self._contribute(number, step)
        if isinstance(step, CreditStep):
            return self._credit(number, step)
        if isinstance(step, RevokeStep):
            self._revoke(number, step)
            return answers.revoke_answer(step)
        if isinstance(step, TransferStep):
            self._relate(number, step)
            key = self._key("transfer", number)
            moved = insured.transfer(
                self.database,
                key,
                step.source,
                step.target,
                step.amount,
                step.on,
                actor=insured_actor(step.source),
                library=self.library,
            )
            return answers.transfer_answer(step, moved["balance"])
        return self._reply(step)

    def settle(self, number: int, visit: Visit) -> None:
        """Settle a visit without reading it back."""
        actor = self._settles(visit)
        self.settlements.settle(self._key("settle", number), visit, actor=actor)
        self.visits[visit.id] = visit

    def credit(self, number: int, step: CreditStep) -> None:
        """Credit a month without reading the account back."""
        insured.credit(
            self.database,
            self.library,
            self._key("credit", number),
            step.person,
            step.month,
            actor=OFFICE,
            pension=step.pension,
        )

    def _relate(self, number: int, step: TransferStep) -> None:
        """Who sends money is a relative; a scenario says which only where it has a grant."""
        source, target = step.source, step.target
        if self.database.read(lambda unit: insured.relation_on(unit, source, target, step.on)):
            return
        start = min(
            other.on
            for other in self.scenario.steps
            if isinstance(other, TransferStep) and {other.source, other.target} == {source, target}
        )
        granted = (
            grant.relation
            for grant in self.scenario.grants
            if (grant.grantor, grant.grantee) == (source, target)
        )
        relation = next(granted, RelationKind.SIBLING)
        insured.relate(
            self.database,
            self._key("relate", number),
            insured.Relation(source, target, relation, start),
            actor=OFFICE,
            proofs=[Proof(catalogue()["relations"][relation][0])],
        )

    def _revoke(self, number: int, step: RevokeStep) -> None:
        """A scenario ends everything that one person granted another."""
        granted = self.database.read(lambda unit: aid.grant_rows(unit, step.grantor, step.on))
        for row in granted:
            if row["grantee_id"] == step.grantee:
                key = Key(SENDER, "revoke", f"{number}-{row['grant_id']}")
                actor = insured_actor(step.grantor)
                aid.revoke(self.database, key, step.grantor, row["grant_id"], step.on, actor=actor)

    def _settles(self, visit: Visit) -> Actor:
        return OFFICE if visit.channel == Channel.MANUAL else institution_actor(visit.institution)

    def _key(self, operation: str, number: int) -> Key:
        return Key(SENDER, operation, str(number))

    def _contribute(self, number: int, step: ContributeStep) -> PaidBillAnswer:
        bill, payment = insured.contribute(
            self.database,
            self.library,
            self._key("contribute", number),
            step.person,
            step.paid_on,
            actor=OFFICE,
            year=step.year,
            month=step.month,
            base=step.base,
            months=() if step.month is None else months_from(step.month, step.months),
            draw=step.draw,
        )
        return answers.contribute_answer(Contributed(step, bill, payment))

    def _credit(self, number: int, step: CreditStep) -> CreditAnswer:
        person, _, _ = read_person(self.database, step.person, actor=insured_actor(step.person))
        self.credit(number, step)
        base = next(
            (paid.base for paid in person.contributions_employee or () if paid.month == step.month),
            None,
        )
        credit = credit_for_month(self.library, person, step.month, base, step.pension)
        _, _, balance = read_person(self.database, step.person, actor=insured_actor(step.person))
        return answers.credit_answer(step, credit, balance)

    def _reply(self, step: AskStep) -> AskAnswer:
        person, state, balance = read_person(
            self.database, step.person, actor=insured_actor(step.person)
        )
        if step.question == "accumulators":
            scheme = scheme_in_year(person, step.year or 0)
            return answers.accumulators_answer(step, scheme, state)
        assert step.on is not None
        if step.question == "balance":
            return answers.balance_answer(step, balance)
        if step.question == "ceiling":
            area = home_enrolment(person, step.on).area
            ceiling = major_illness_ceiling(self.library, person, area, state, step.on)
            return answers.ceiling_answer(step, ceiling)
        if step.question == "contribution":
            bill = bill_for_period(
                self.library,
                person,
                step.on,
                year=step.year,
                month=step.month,
                base=step.base,
                months=step.months,
            )
            return answers.contribution_answer(step, bill)
        cover = cover_on(self.library, person, step.on)
        if step.question == "entitlement":
            return answers.entitlement_answer(step, cover)
        return answers.waiting_answer(
            step, cover, back_payment(self.library, person, cover, step.on)
        )
