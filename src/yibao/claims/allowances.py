"""Maternity allowance (生育津贴): worked out by the kernel, owed, and ordered to be paid."""

from __future__ import annotations

import datetime
from dataclasses import dataclass

import msgspec

from yibao.access.operations import Answer
from yibao.benefit.facts import Person, month_of
from yibao.benefit.lifetime import Allowance, maternity_allowance
from yibao.benefit.rules import day_rules
from yibao.claims.owing import owe
from yibao.database.unit import Database, Unit
from yibao.disbursement.payees import Payee
from yibao.employers.bases import average_base, employer_in, payee_of_employer
from yibao.errors import ConflictError, InputError, RefusedError
from yibao.insured.locks import lock_person, store_person
from yibao.ledger.operations import fund
from yibao.messages import Text, message
from yibao.office.kinds import Decided, NeededPaper
from yibao.office.reading import cases_of_kind
from yibao.policy import parameters as p
from yibao.policy.compile import PolicyLibrary
from yibao.policy.kinds import (
    MISCARRIAGES,
    ContributionClass,
    Delivery,
    Scheme,
    Sex,
    TextEnum,
)

MATERNITY_ALLOWANCE = "maternity_allowance"
"""The kind of the case, and the purpose of what is paid."""
TO_PERSON, TO_EMPLOYER = range(2)
"""Positions of the choices of ``manual_claim.allowance_payee``."""
_LAYER = "pooled"
_FULL_TERM = 10


class AllowanceState(TextEnum):
    """States beyond those that cases share: in all of them the days are paid for."""

    PAYING = "allowance_due"
    BANK_RETURNED = "allowance_back"
    PAID = "allowance_paid"


class MaternityAllowance(msgspec.Struct, frozen=True, kw_only=True):
    """The first form: a birth or a miscarriage of an employed woman."""

    on: datetime.date
    delivery: Delivery
    difficult: bool = False
    gestation_months: int | None = None
    """Of a miscarriage."""
    fetuses: int = 1
    average: int | None = None
    """Fen a month that the employer's people were paid on in the year before, by its papers:
    only where this store has no bill of that year."""
    payee: Payee | None = None
    """The person's account, where it is paid to the person."""


@dataclass(frozen=True, slots=True)
class WorkedOut:
    """An allowance as the record and the rules give it."""

    employer: str
    average: int
    """Fen a month."""
    is_billed: bool
    """Whether the average is of this store's bills, and not by papers."""
    allowance: Allowance
    payee: Payee


def papers_of(data: MaternityAllowance) -> tuple[NeededPaper, ...]:
    """The law asks for the medical record alone; an average by papers needs them."""
    record = NeededPaper("medical_record", message("病历资料（出生医学证明、诊断等）"))
    wages = NeededPaper("wage_statement", message("单位上年度月平均缴费工资的证明"))
    return (record,) if data.average is None else (record, wages)


def check_allowance(data: MaternityAllowance, day: datetime.date) -> None:
    """``InputError`` for what cannot be."""
    lost = data.delivery in MISCARRIAGES
    if data.on > day:
        raise InputError(message("日子还没有到"), place="on")
    if lost and data.gestation_months is None:
        raise InputError(message("流产的津贴随孕月，请写孕月"), place="gestation_months")
    if not 1 <= data.fetuses <= 9:
        raise InputError(message("胎数是 1 到 9"), place="fetuses")
    if data.average is not None and data.average <= 0:
        raise InputError(message("平均工资应大于 0"), place="average")


def work_out(
    unit: Unit, library: PolicyLibrary, facts: Person, data: MaternityAllowance
) -> WorkedOut:
    """What is due; ``RefusedError`` names what is missing, and nothing is guessed."""
    if facts.sex != Sex.FEMALE:
        raise RefusedError(message("生育津贴是女职工的"))
    enrolled = facts.enrolment_on(data.on)
    if enrolled is None or enrolled.scheme != Scheme.EMPLOYEE or not enrolled.contribution_class:
        raise RefusedError(message("{on} 没有参加职工医保，没有生育津贴", on=data.on))
    employer = employer_in(unit, facts.id, month_of(data.on))
    if employer is None:
        raise RefusedError(message("{on} 不在任何单位的名册上，没有生育津贴", on=data.on))
    year = data.on.year - 1
    billed = average_base(unit, employer, year)
    average = data.average if billed is None else billed.average
    if average is None:
        raise RefusedError(
            message(
                "没有单位 {year} 年的缴费基数，算不出津贴；请凭单位的证明写上年月平均缴费工资",
                year=year,
            )
        )
    allowance = _allowance(library, enrolled.area, data, average, enrolled.contribution_class)
    payee = _payee(unit, library, enrolled.area, employer, data)
    return WorkedOut(employer, average, billed is not None, allowance, payee)


def _allowance(
    library: PolicyLibrary,
    area: str,
    data: MaternityAllowance,
    average: int,
    contribution_class: str,
) -> Allowance:
    return maternity_allowance(
        library,
        area,
        data.on,
        average,
        contribution_class=contribution_class,
        miscarriage=data.delivery in MISCARRIAGES,
        gestation_months=data.gestation_months or _FULL_TERM,
        difficult=data.difficult,
        fetuses=data.fetuses,
    )


def _payee(
    unit: Unit, library: PolicyLibrary, area: str, employer: str, data: MaternityAllowance
) -> Payee:
    rule = day_rules(library, area, data.on, None).rules[p.CLAIM_ALLOWANCE_PAYEE]
    if rule not in (TO_PERSON, TO_EMPLOYER):
        raise RefusedError(
            message("没有来源写明 {area} 在 {on} 的生育津贴发给谁，不能付", area=area, on=data.on)
        )
    payee = data.payee if rule == TO_PERSON else payee_of_employer(unit, employer)
    if payee is None:
        missing: Text = message("本统筹区的生育津贴发给本人，请写本人的银行账户")
        if rule == TO_EMPLOYER:
            missing = message("本统筹区的生育津贴发给单位，单位还没有登记银行账户")
        raise RefusedError(missing)
    return payee


def working_days(library: PolicyLibrary, area: str, day: datetime.date) -> int | None:
    """Working days from acceptance to the decision."""
    value = day_rules(library, area, day, None).rules[p.CLAIM_ALLOWANCE_DAYS]
    return None if value in (p.NONE, p.MISSING) else int(value)


def decide(database: Database, library: PolicyLibrary, decided: Decided) -> Answer:
    """Owe the person the allowance, and order that it is paid."""
    data: MaternityAllowance = decided.data
    person_id = decided.person_id
    assert person_id is not None

    def work(unit: Unit) -> Answer:
        person = lock_person(unit, person_id)
        worked_out = work_out(unit, library, person.facts, data)
        _refuse_another(unit, library, decided, worked_out.allowance.days)
        amount = worked_out.allowance.amount
        account = fund(decided.area, Scheme.EMPLOYEE, _LAYER)
        order = owe(unit, MATERNITY_ALLOWANCE, decided, account, amount, worked_out.payee)
        answer = {
            "days": worked_out.allowance.days,
            "amount": amount,
            "average": worked_out.average,
            "employer_id": worked_out.employer,
            "order": order,
        }
        store_person(unit, person, decided.actor, "maternity_allowance", answer)
        return answer

    return database.write(work)


def _refuse_another(unit: Unit, library: PolicyLibrary, decided: Decided, days: int) -> None:
    """No day is paid for twice."""
    first: datetime.date = decided.data.on
    last = first + datetime.timedelta(days=days - 1)
    assert decided.person_id is not None
    paid_for = tuple(AllowanceState)
    for case_id, other in cases_of_kind(unit, MATERNITY_ALLOWANCE, decided.person_id, paid_for):
        if case_id == decided.case_id:
            continue
        # The average changes the amount alone.
        earlier = _allowance(library, decided.area, other, 1, ContributionClass.EMPLOYER).days
        if other.on <= last and first < other.on + datetime.timedelta(days=earlier):
            raise ConflictError(
                message("{on} 起的 {days} 天已经有一份生育津贴", on=other.on, days=earlier)
            )
