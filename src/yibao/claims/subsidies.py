"""Subsidy of the flexibly employed (灵活就业缴费补贴): a share of a year's contributions back."""

from __future__ import annotations

import datetime
from dataclasses import dataclass

import msgspec

from yibao.access.operations import Answer
from yibao.benefit.facts import Person
from yibao.benefit.lifetime import PremiumSubsidy, flexible_subsidy
from yibao.benefit.people import groups_on
from yibao.claims.owing import owe
from yibao.database.unit import Database, Unit
from yibao.disbursement.payees import Payee
from yibao.errors import ConflictError, InputError, RefusedError
from yibao.insured.locks import lock_person, store_person
from yibao.insured.payments.bills import StoredBill, read_bills
from yibao.insured.states import BillStatus
from yibao.ledger.chart import PREMIUM_SUBSIDY, contributions
from yibao.messages import message
from yibao.money import half_up
from yibao.office.kinds import Decided, NeededPaper
from yibao.office.reading import cases_of_kind
from yibao.policy.compile import PolicyLibrary
from yibao.policy.kinds import ContributionClass, Scheme, TextEnum

__all__ = [
    "PREMIUM_SUBSIDY",
    "DueSubsidy",
    "SubsidyApplication",
    "SubsidyState",
    "check_subsidy",
    "decide",
    "papers_of",
    "work_out",
]
# The kind of the case and the purpose of what is paid have the name of the account.


class SubsidyState(TextEnum):
    """States beyond those that cases share: in all of them the year is decided."""

    PAYING = "subsidy_due"
    BANK_RETURNED = "subsidy_back"
    PAID = "subsidy_paid"


class SubsidyApplication(msgspec.Struct, frozen=True, kw_only=True):
    """The first form: a calendar year that was paid first."""

    year: int
    payee: Payee


@dataclass(frozen=True, slots=True)
class DueSubsidy:
    """A subsidy as the record and the rules give it."""

    paid: int
    """Fen that the person paid for months of the year as flexibly employed, in this area."""
    subsidy: PremiumSubsidy


def papers_of(data: SubsidyApplication) -> tuple[NeededPaper, ...]:
    """That one belongs to those who get it; what was paid is on the record."""
    proof = message("属于补贴对象的证明（就业困难人员认定、毕业证书等）")
    return (NeededPaper("subsidy_proof", proof),)


def check_subsidy(data: SubsidyApplication, day: datetime.date) -> None:
    """``InputError`` for a year that is not over."""
    if data.year >= day.year:
        raise InputError(message("先缴后补：{year} 年还没有过完", year=data.year), place="year")


def work_out(
    unit: Unit,
    library: PolicyLibrary,
    facts: Person,
    area: str,
    year: int,
    day: datetime.date,
) -> DueSubsidy:
    """What is due; ``RefusedError`` names what is missing, and nothing is estimated."""
    bills = read_bills(unit, facts.id)
    paid = sum(_part_of_year(facts, bill, area, year) for bill in bills)
    if paid <= 0:
        raise RefusedError(
            message(
                "没有 {year} 年以灵活就业身份在本统筹区缴费的记录，没有可以补的；先缴后补",
                year=year,
            )
        )
    groups = groups_on(facts, datetime.date(year, 12, 31))
    subsidy = flexible_subsidy(library, area, year, groups, paid)
    if not subsidy.amount:
        raise RefusedError(
            message("{year} 年底登记的人群里没有一类有缴费补贴；请先登记人群", year=year)
        )
    if subsidy.apply_from is not None and day < subsidy.apply_from:
        raise RefusedError(
            message("{year} 年的缴费补贴从 {first} 起申请", year=year, first=subsidy.apply_from)
        )
    return DueSubsidy(paid, subsidy)


def _part_of_year(facts: Person, bill: StoredBill, area: str, year: int) -> int:
    """Fen of a paid bill that are of months of the year, of a flexibly employed person."""
    if bill.status != BillStatus.PAID or bill.area != area:
        return 0
    if bill.wanted.scheme != Scheme.EMPLOYEE:
        return 0
    months = [
        month for month in bill.wanted.periods if month // 100 == year and _flexible(facts, month)
    ]
    return half_up(bill.due * len(months), len(bill.wanted.periods))


def _flexible(facts: Person, month: int) -> bool:
    enrolled = facts.enrolment_in_month(month)
    return enrolled is not None and enrolled.contribution_class == ContributionClass.FLEXIBLE


def decide(database: Database, library: PolicyLibrary, decided: Decided) -> Answer:
    """Owe the person the subsidy of a year, once, and order that it is paid."""
    data: SubsidyApplication = decided.data
    person_id = decided.person_id
    assert person_id is not None

    def work(unit: Unit) -> Answer:
        person = lock_person(unit, person_id)
        due = work_out(unit, library, person.facts, decided.area, data.year, decided.day)
        others = cases_of_kind(unit, PREMIUM_SUBSIDY, person_id, tuple(SubsidyState))
        if any(other.year == data.year for _, other in others):
            raise ConflictError(message("{year} 年的缴费补贴已经批准过", year=data.year))
        amount = due.subsidy.amount
        account = f"{contributions(decided.area)}:{Scheme.EMPLOYEE}:{PREMIUM_SUBSIDY}"
        order = owe(unit, PREMIUM_SUBSIDY, decided, account, amount, data.payee)
        answer = {"year": data.year, "paid": due.paid, "amount": amount, "order": order}
        store_person(unit, person, decided.actor, PREMIUM_SUBSIDY, answer)
        return answer

    return database.write(work)
