"""The answers of a scenario's steps, in the shapes of the scenario file's description."""

from __future__ import annotations

import datetime
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Literal

from yibao.benefit import period_answers
from yibao.benefit.accounts import Credit, Payment
from yibao.benefit.answers import PAID, VisitAnswer, amounts_of, answer_of
from yibao.benefit.billing import Bill
from yibao.benefit.coverage import Cover
from yibao.benefit.explain import Step as RuleStep
from yibao.benefit.incentives import Ceiling
from yibao.benefit.period_answers import (
    BilledAnswer,
    CeilingAnswer,
    ContributionAnswer,
    WaitingAnswer,
    bill_members,
    month_text,
    period_members,
)
from yibao.benefit.settling import Settled
from yibao.benefit.state import PersonState
from yibao.messages import CHINESE, Wording
from yibao.money.units import Fen
from yibao.policy.kinds import Scheme
from yibao.scenario.life import Contributed, Reversed
from yibao.scenario.model import AskStep, CreditStep, RevokeStep, TransferStep
from yibao.written import UNSET, TypedAnswer, UnsetType


class ProposalAnswer(TypedAnswer, frozen=True, kw_only=True):
    """What a later visit would come to since a reversal; it stands until somebody decides."""

    visit: str
    fund: Fen
    own: Fen


class ReversalAnswer(TypedAnswer, frozen=True, kw_only=True):
    """A visit taken back: who paid, with the other sign."""

    reverse: str
    """The visit."""
    fund: Fen
    own: Fen
    account: Fen
    mutual_aid: Fen
    cash: Fen
    proposals: tuple[ProposalAnswer, ...] = ()
    """Empty where no later visit would come out otherwise."""


class PaidBillAnswer(BilledAnswer, frozen=True, kw_only=True, own_first=True):
    """A paid bill, and what it was paid from where accounts were named."""

    contribute: str
    """The person."""
    paid_on: datetime.date
    account: Fen | UnsetType = UNSET
    mutual_aid: Fen | UnsetType = UNSET
    cash: Fen | UnsetType = UNSET


class CreditAnswer(TypedAnswer, frozen=True, kw_only=True):
    """A month's credit to a personal account, with the balance after it."""

    credit: str
    """The person."""
    month: str
    amount: Fen
    balance: Fen
    assumptions: tuple[str, ...]
    steps: tuple[RuleStep, ...]


class RevokeAnswer(TypedAnswer, frozen=True, kw_only=True):
    """A revoked grant."""

    revoke: str
    """The grantor."""
    grantee: str
    on: datetime.date


class TransferAnswer(TypedAnswer, frozen=True, kw_only=True):
    """A wallet transfer, with the balance that is left."""

    transfer: str
    """Whose money it was."""
    to: str
    amount: Fen
    on: datetime.date
    balance: Fen


class EntitlementAnswer(TypedAnswer, frozen=True, kw_only=True):
    """Whether a person has benefits on a day."""

    ask: Literal["entitlement"] = "entitlement"
    person: str
    on: datetime.date
    entitled: bool
    scheme: Scheme | None
    why: Wording


class AccumulatorsAnswer(TypedAnswer, frozen=True, kw_only=True):
    """What a person has used in a year."""

    ask: Literal["accumulators"] = "accumulators"
    person: str
    year: int
    outpatient_deductible: Fen
    outpatient_pooled: Fen
    inpatient_pooled: Fen
    chronic_pooled: Fen
    upper: Fen
    assistance: Fen
    eligible_own: Fen
    admissions: int


class BalanceAnswer(TypedAnswer, frozen=True, kw_only=True):
    """The balance of a personal account after the steps so far."""

    ask: Literal["balance"] = "balance"
    person: str
    on: datetime.date
    balance: Fen


AskAnswer = (
    WaitingAnswer
    | CeilingAnswer
    | ContributionAnswer
    | EntitlementAnswer
    | AccumulatorsAnswer
    | BalanceAnswer
)
Answer = (
    VisitAnswer
    | ReversalAnswer
    | PaidBillAnswer
    | CreditAnswer
    | RevokeAnswer
    | TransferAnswer
    | AskAnswer
)


@dataclass(frozen=True, slots=True)
class StepAnswer:
    """What a step of a scenario is answered, on whichever road."""

    answer: Answer
    via: str = ""
    """How the road went where it has no way of its own for the step."""

    def as_json(self, language: str = CHINESE) -> dict[str, Any]:
        """The answer as ``yibao run --json`` prints it."""
        written = self.answer.as_json(language)
        return {**written, "via": self.via} if self.via else written


def visit_answer(settled: Settled) -> VisitAnswer:
    """A settled visit, with its steps."""
    return answer_of(settled)


def reverse_answer(undone: Reversed) -> ReversalAnswer:
    """A reversal: the amounts with the other sign, and what later visits would come to."""
    amounts = amounts_of(undone.settled)
    negative = {name: -amounts[name] if amounts[name] else 0 for name in PAID}
    proposals = tuple(
        ProposalAnswer(visit=visit, fund=settlement.fund, own=settlement.own)
        for visit, settlement in undone.proposals
    )
    return ReversalAnswer(reverse=undone.settled.visit.id, **negative, proposals=proposals)


def proposal_answers(rows: Sequence[Mapping[str, Any]]) -> tuple[ProposalAnswer, ...]:
    """Proposals as an operation answers them."""
    return tuple(ProposalAnswer(**row) for row in rows)


def _payment(payment: Payment | None) -> dict[str, Any]:
    if payment is None:
        return {}
    paid = payment.draw
    return {"account": paid.account, "mutual_aid": paid.mutual_aid, "cash": paid.cash}


def contribute_answer(contributed: Contributed) -> PaidBillAnswer:
    """A paid bill."""
    step = contributed.step
    return PaidBillAnswer(
        contribute=step.person,
        **period_members(step.year, step.month, step.months),
        paid_on=step.paid_on,
        **bill_members(contributed.bill),
        **_payment(contributed.payment),
    )


def credit_answer(step: CreditStep, credit: Credit, balance: int) -> CreditAnswer:
    """A monthly credit, with the balance after it."""
    return CreditAnswer(
        credit=step.person,
        month=month_text(step.month),
        amount=credit.amount,
        balance=balance,
        assumptions=credit.explanation.assumptions,
        steps=credit.explanation.shown,
    )


def revoke_answer(step: RevokeStep) -> RevokeAnswer:
    """A revoked grant."""
    return RevokeAnswer(revoke=step.grantor, grantee=step.grantee, on=step.on)


def transfer_answer(step: TransferStep, balance: int) -> TransferAnswer:
    """A wallet transfer, with the balance that is left."""
    return TransferAnswer(
        transfer=step.source, to=step.target, amount=step.amount, on=step.on, balance=balance
    )


def _asked_on(step: AskStep) -> datetime.date:
    assert step.on is not None, step
    return step.on


def waiting_answer(step: AskStep, cover: Cover, back_payment: int | None) -> WaitingAnswer:
    """Months of waiting and the first day of cover."""
    return period_answers.waiting_answer(cover, _asked_on(step), back_payment, person=step.person)


def entitlement_answer(step: AskStep, cover: Cover) -> EntitlementAnswer:
    """Whether a person has benefits on a day."""
    return EntitlementAnswer(
        person=step.person,
        on=_asked_on(step),
        entitled=cover.entitled,
        scheme=cover.enrolment.scheme if cover.enrolment else None,
        why=cover.why,
    )


def contribution_answer(step: AskStep, bill: Bill) -> ContributionAnswer:
    """What a period costs if it is paid on the day of the question."""
    return period_answers.contribution_answer(
        bill,
        _asked_on(step),
        year=step.year,
        month=step.month,
        months=step.months,
        person=step.person,
    )


def accumulators_answer(step: AskStep, scheme: str, state: PersonState) -> AccumulatorsAnswer:
    """What a person has used in a year."""
    year = step.year or 0
    used = state.year(scheme, year)
    return AccumulatorsAnswer(
        person=step.person,
        year=year,
        outpatient_deductible=used.outpatient_deductible,
        outpatient_pooled=used.outpatient_pooled,
        inpatient_pooled=used.inpatient_pooled,
        chronic_pooled=used.chronic_pooled,
        upper=used.upper,
        assistance=used.assistance,
        eligible_own=used.eligible_own,
        admissions=state.admissions.get((scheme, year), 0),
    )


def balance_answer(step: AskStep, balance: int) -> BalanceAnswer:
    """The balance of a personal account after the steps so far."""
    return BalanceAnswer(person=step.person, on=_asked_on(step), balance=balance)


def ceiling_answer(step: AskStep, ceiling: Ceiling) -> CeilingAnswer:
    """The major-illness ceiling with incentives."""
    return period_answers.ceiling_answer(ceiling, _asked_on(step), person=step.person)
