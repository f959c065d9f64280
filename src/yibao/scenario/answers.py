"""The answers of a scenario's steps, in the shapes of the scenario file's description."""

from __future__ import annotations

import datetime
from typing import Any

from yibao.benefit import answers
from yibao.benefit.accounts import Credit, Payment
from yibao.benefit.billing import Bill
from yibao.benefit.coverage import Cover
from yibao.benefit.incentives import Ceiling
from yibao.benefit.settling import Settled
from yibao.benefit.state import PersonState
from yibao.scenario.life import Contributed
from yibao.scenario.model import AskStep, CreditStep, RevokeStep, TransferStep

Answer = dict[str, Any]


def month_text(month: int) -> str:
    """``2025-03`` for 202503."""
    return f"{month // 100}-{month % 100:02d}"


def _day(day: datetime.date | None) -> str | None:
    return None if day is None else day.isoformat()


def visit_answer(settled: Settled) -> Answer:
    """A settled visit, with its steps."""
    return answers.answer_of(settled).as_json()


def reverse_answer(settled: Settled) -> Answer:
    """A reversal: the amounts with the other sign."""
    amounts = answers.amounts_of(settled)
    return {
        "reverse": settled.visit.id,
        **{name: -amounts[name] if amounts[name] else 0 for name in answers.PAID},
    }


def _bill(bill: Bill) -> Answer:
    answer: Answer = {
        "due": bill.due,
        "late": bill.late,
        "lines": [
            {"name": line.name, "amount": line.amount, "source": line.source} for line in bill.lines
        ],
    }
    if bill.base is not None:
        answer["base"] = bill.base
        answer["employer"] = bill.employer
    if bill.full_amount:
        answer["total_funding"] = bill.full_amount
        answer["fiscal_subsidy"] = bill.subsidy
    if bill.monthly_equivalent is not None:
        answer["monthly_equivalent"] = bill.monthly_equivalent
    answer["assumptions"] = list(bill.explanation.assumptions)
    answer["disputes"] = list(bill.explanation.disputes)
    return answer


def _period(year: int | None, month: int | None, months: int) -> Answer:
    if month is None:
        return {"year": year}
    answer: Answer = {"month": month_text(month)}
    if months != 1:
        answer["months"] = months
    return answer


def _payment(payment: Payment | None) -> Answer:
    if payment is None:
        return {}
    paid = payment.draw
    return {"account": paid.account, "mutual_aid": paid.mutual_aid, "cash": paid.cash}


def contribute_answer(contributed: Contributed) -> Answer:
    """A paid bill."""
    step = contributed.step
    return {
        "contribute": step.person,
        **_period(step.year, step.month, step.months),
        "paid_on": _day(step.paid_on),
        **_bill(contributed.bill),
        **_payment(contributed.payment),
        "steps": [
            rule_step.as_json()
            for rule_step in contributed.bill.explanation.steps
            if rule_step.shown
        ],
    }


def credit_answer(step: CreditStep, credit: Credit, balance: int) -> Answer:
    """A monthly credit, with the balance after it."""
    return {
        "credit": step.person,
        "month": month_text(step.month),
        "amount": credit.amount,
        "balance": balance,
        "assumptions": list(credit.explanation.assumptions),
        "steps": [rule_step.as_json() for rule_step in credit.explanation.steps if rule_step.shown],
    }


def revoke_answer(step: RevokeStep) -> Answer:
    """A revoked grant."""
    return {"revoke": step.grantor, "grantee": step.grantee, "on": _day(step.on)}


def transfer_answer(step: TransferStep, balance: int) -> Answer:
    """A wallet transfer, with the balance that is left."""
    return {
        "transfer": step.source,
        "to": step.target,
        "amount": step.amount,
        "on": _day(step.on),
        "balance": balance,
    }


def waiting_answer(step: AskStep, cover: Cover, back_payment: int | None) -> Answer:
    """Months of waiting and the first day of cover."""
    answer: Answer = {
        "ask": "waiting",
        "person": step.person,
        "on": _day(step.on),
        "months": cover.waiting_months,
        "from": _day(cover.first_day),
        "entitled": cover.entitled,
        "why": str(cover.why),
    }
    if cover.lapsed:
        answer["lapsed_months"] = len(cover.lapsed)
        answer["repairable"] = cover.repairable
        answer["back_payment"] = back_payment
    answer["assumptions"] = list(cover.explanation.assumptions)
    answer["disputes"] = list(cover.explanation.disputes)
    answer["steps"] = [
        rule_step.as_json() for rule_step in cover.explanation.steps if rule_step.shown
    ]
    return answer


def entitlement_answer(step: AskStep, cover: Cover) -> Answer:
    """Whether a person has benefits on a day."""
    return {
        "ask": "entitlement",
        "person": step.person,
        "on": _day(step.on),
        "entitled": cover.entitled,
        "scheme": cover.enrolment.scheme if cover.enrolment else None,
        "why": str(cover.why),
    }


def contribution_answer(step: AskStep, bill: Bill) -> Answer:
    """What a period costs if it is paid on the day of the question."""
    return {
        "ask": "contribution",
        "person": step.person,
        **_period(step.year, step.month, step.months),
        "on": _day(step.on),
        **_bill(bill),
        "steps": [rule_step.as_json() for rule_step in bill.explanation.steps if rule_step.shown],
    }


def accumulators_answer(step: AskStep, scheme: str, state: PersonState) -> Answer:
    """What a person has used in a year."""
    year = step.year or 0
    used = state.year(scheme, year)
    return {
        "ask": "accumulators",
        "person": step.person,
        "year": year,
        "outpatient_deductible": used.outpatient_deductible,
        "outpatient_pooled": used.outpatient_pooled,
        "inpatient_pooled": used.inpatient_pooled,
        "chronic_pooled": used.chronic_pooled,
        "upper": used.upper,
        "assistance": used.assistance,
        "eligible_own": used.eligible_own,
        "admissions": state.admissions.get((scheme, year), 0),
    }


def balance_answer(step: AskStep, balance: int) -> Answer:
    """The balance of a personal account after the steps so far."""
    return {"ask": "balance", "person": step.person, "on": _day(step.on), "balance": balance}


def ceiling_answer(step: AskStep, ceiling: Ceiling) -> Answer:
    """The major-illness ceiling with incentives."""
    total = None if ceiling.original is None else ceiling.original + ceiling.bonus
    return {
        "ask": "ceiling",
        "person": step.person,
        "on": _day(step.on),
        "original": ceiling.original,
        "continuity": ceiling.continuity,
        "zero_claim": ceiling.zero_claim,
        "ceiling": total,
        "assumptions": list(ceiling.explanation.assumptions),
        "disputes": list(ceiling.explanation.disputes),
        "steps": [
            rule_step.as_json() for rule_step in ceiling.explanation.steps if rule_step.shown
        ],
    }
