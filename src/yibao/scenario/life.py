"""A scenario lived in memory: the state that the steps change, and what each one answers.

The engine road.  Nothing here is kept after the run.
"""

from __future__ import annotations

import datetime
from collections.abc import Sequence
from dataclasses import dataclass, field, replace

from yibao.benefit.accounts import (
    Credit,
    HeldGrant,
    Payment,
    credit_for_month,
    pay_bill,
)
from yibao.benefit.adjudication import Adjudication
from yibao.benefit.billing import Bill, bill_for_period
from yibao.benefit.coverage import Cover, cover_on
from yibao.benefit.facts import (
    EmployeeContribution,
    Filing,
    Institution,
    Person,
    ResidentContribution,
    Visit,
)
from yibao.benefit.functions.reversal import reversal_refused
from yibao.benefit.incentives import Ceiling, major_illness_ceiling
from yibao.benefit.people import home_enrolment, scheme_in_year
from yibao.benefit.rules import day_rules
from yibao.benefit.settling import Settled, adjudicate_visit, settle_visit
from yibao.benefit.state import PersonState, state_from_used
from yibao.benefit.terms import Settlement
from yibao.errors import RefusedError
from yibao.messages import Fen, Listed, message
from yibao.policy import parameters as p
from yibao.policy.compile import PolicyLibrary
from yibao.scenario.model import (
    AskStep,
    ContributeStep,
    CreditStep,
    ReverseStep,
    RevokeStep,
    Scenario,
    TransferStep,
    VisitStep,
)
from yibao.scenario.values import months_from


@dataclass(frozen=True, slots=True)
class Contributed:
    """A paid bill."""

    step: ContributeStep
    bill: Bill
    payment: Payment | None


@dataclass(frozen=True, slots=True)
class StandingVisit:
    """A visit that stands, with the person as known when it was settled."""

    settled: Settled
    person: Person


@dataclass(frozen=True, slots=True)
class Reversed:
    """A reversed visit, and what later ones would come to without it."""

    settled: Settled
    proposals: Sequence[tuple[str, Settlement]]


@dataclass(slots=True)
class Life:
    """People, balances and accumulators, and the steps that have changed them."""

    library: PolicyLibrary
    scenario: Scenario
    people: dict[str, Person]
    balances: dict[str, int]
    states: dict[str, PersonState]
    grants: list[HeldGrant]
    settled: dict[str, Settled] = field(default_factory=dict)
    visits: list[StandingVisit] = field(default_factory=list)
    """Those that stand, in the order in which they were settled."""

    @classmethod
    def begin(cls, library: PolicyLibrary, scenario: Scenario) -> Life:
        """The life before its first step."""
        return cls(
            library=library,
            scenario=scenario,
            people=dict(scenario.people),
            balances=dict(scenario.account),
            states={person: _state_before(scenario, person) for person in scenario.people},
            grants=[HeldGrant(grant) for grant in scenario.grants],
        )

    # --- steps that change something ---------------------------------------------------------

    def visit(self, step: VisitStep) -> Settled:
        """Settle a visit and pay its own part."""
        visit = step.visit
        person = self.people[visit.person]
        state = self.states[person.id]
        settled = settle_visit(
            self.library,
            person,
            self._institution(visit),
            visit,
            self.filings_of(person.id),
            state,
            self.balances,
            self.people,
            self.grants,
        )
        settled.adjudication.apply(state)
        self._debit(person.id, settled.payment)
        self.settled[visit.id] = settled
        self.visits.append(StandingVisit(settled, person))
        return settled

    def contribute(self, step: ContributeStep) -> Contributed:
        """Pay a bill, from accounts where the step names them."""
        person = self.people[step.person]
        bill = self.bill(step)
        payment = None
        if step.draw:
            payment = pay_bill(
                self.library,
                person,
                bill.due,
                step.draw,
                self.balances,
                self.people,
                self.grants,
                step.paid_on,
            )
            self._debit(person.id, payment)
        if step.year is not None:
            paid = ResidentContribution(step.year, step.paid_on)
            listed = sorted(
                (*(person.contributions_resident or ()), paid),
                key=lambda contribution: contribution.year,
            )
            person = replace(person, contributions_resident=tuple(listed))
        else:
            months = [
                EmployeeContribution(month, step.base, step.paid_on)
                for month in months_from(step.month or 0, step.months)
            ]
            listed_months = sorted(
                (*(person.contributions_employee or ()), *months),
                key=lambda contribution: contribution.month,
            )
            person = replace(person, contributions_employee=tuple(listed_months))
        self.people[person.id] = person
        contributed = Contributed(step, bill, payment)
        return contributed

    def credit(self, step: CreditStep) -> Credit:
        """The monthly credit to a personal account."""
        person = self.people[step.person]
        base = next(
            (paid.base for paid in person.contributions_employee or () if paid.month == step.month),
            None,
        )
        credit = credit_for_month(self.library, person, step.month, base, step.pension)
        self.balances[person.id] += credit.amount
        return credit

    def revoke(self, step: RevokeStep) -> None:
        """End the grants between two people from a day on."""
        self.grants = [
            replace(state, revoked_on=min(step.on, state.revoked_on or step.on))
            if (state.grant.grantor, state.grant.grantee) == (step.grantor, step.grantee)
            else state
            for state in self.grants
        ]

    def transfer(self, step: TransferStep) -> None:
        """Move money from one personal account to a relative's wallet."""
        balance = self.balances[step.source]
        if not self._wallet_is_open(step.source, step.on):
            raise RefusedError(message("{on} 医保钱包转账尚未开通", on=step.on))
        if not self._wallet_is_open(step.target, step.on):
            raise RefusedError(message("{day} 收款人的参保地尚未开通医保钱包转账", day=step.on))
        if step.amount > balance:
            raise RefusedError(
                message(
                    "{source} 的账户余额 {balance}，不足以转出 {amount}",
                    source=step.source,
                    balance=Fen(balance),
                    amount=Fen(step.amount),
                )
            )
        self.balances[step.source] -= step.amount
        self.balances[step.target] += step.amount

    def _wallet_is_open(self, name: str, on: datetime.date) -> bool:
        """Whether the home area of a person has opened transfers on a day."""
        area = home_enrolment(self.people[name], on).area
        return day_rules(self.library, area, on, on).rules[p.WALLET_OPEN] == 1

    def reverse(self, step: ReverseStep) -> Reversed:
        """Undo a visit; ``RefusedError`` names the later ones that would come out otherwise,
        where the pack refuses it for them."""
        undone = self.settled[step.visit]
        standing = [
            entry
            for entry in self.visits
            if entry.settled.visit.person == undone.visit.person and entry.settled is not undone
        ]
        number = [entry.settled is undone for entry in self.visits].index(True)
        later = [entry for entry in standing if self.visits.index(entry) > number]
        earlier = [entry for entry in standing if self.visits.index(entry) < number]
        lived = self._sum_of(undone.visit.person, earlier)
        changes = []
        for entry in later:
            adjudication = self._again(entry, lived)
            if adjudication.settlement != entry.settled.adjudication.settlement:
                changes.append((entry.settled.visit.id, adjudication.settlement))
            adjudication.apply(lived)
        if reversal_refused(undone.adjudication.rules.rules, len(changes)):
            raise RefusedError(
                message(
                    "不能撤销 {visit}：之后的结算 {dependent} 依赖它，请先撤销这些结算",
                    visit=step.visit,
                    dependent=Listed(visit for visit, _ in changes),
                )
            )
        self.visits.pop(number)
        self.states[undone.visit.person] = self._sum_of(undone.visit.person, standing)
        paid = undone.payment
        self.balances[undone.visit.person] += paid.draw.account
        if paid.grantor is not None:
            self.balances[paid.grantor] += paid.draw.mutual_aid
        return Reversed(undone, changes)

    def _sum_of(self, person: str, visits: Sequence[StandingVisit]) -> PersonState:
        """What a person had used before the first step and by visits as they were settled."""
        state = _state_before(self.scenario, person)
        for entry in visits:
            entry.settled.adjudication.apply(state)
        return state

    def _again(self, entry: StandingVisit, state: PersonState) -> Adjudication:
        """A visit settled again on a state; as it stands where the rules refuse it there."""
        visit = entry.settled.visit
        try:
            return adjudicate_visit(
                self.library,
                entry.person,
                self._institution(visit),
                visit,
                self.filings_of(visit.person),
                state,
            )
        except RefusedError:
            return entry.settled.adjudication

    # --- questions ---------------------------------------------------------------------------

    def cover(self, person: str, day: datetime.date) -> Cover:
        return cover_on(self.library, self.people[person], day)

    def ceiling(self, person: str, day: datetime.date) -> Ceiling:
        subject = self.people[person]
        return major_illness_ceiling(
            self.library, subject, home_enrolment(subject, day).area, self.states[person], day
        )

    def bill(self, step: ContributeStep | AskStep) -> Bill:
        """What the period of a step costs on its day."""
        day = step.paid_on if isinstance(step, ContributeStep) else step.on
        assert day is not None
        return bill_for_period(
            self.library,
            self.people[step.person],
            day,
            year=step.year,
            month=step.month,
            base=step.base,
            months=step.months,
        )

    def filings_of(self, person: str) -> Sequence[Filing]:
        return [filing for filing in self.scenario.filings if filing.person == person]

    # --- inside ------------------------------------------------------------------------------

    def _institution(self, visit: Visit) -> Institution:
        return self.scenario.institutions[visit.institution]

    def _debit(self, person: str, payment: Payment) -> None:
        self.balances[person] -= payment.draw.account
        if payment.grantor is not None:
            self.balances[payment.grantor] -= payment.draw.mutual_aid


def _state_before(scenario: Scenario, person: str) -> PersonState:
    """What the file carries in for a person."""
    used = scenario.used.get(person)
    day = datetime.date(used.year, 1, 1) if used else datetime.date.max
    return state_from_used(used, scheme_in_year(scenario.people[person], day.year))
