"""Paying the own part: own account, one relative's account, cash (M13, M15, M18, M19)."""

from __future__ import annotations

import datetime
from collections.abc import Sequence
from dataclasses import dataclass

from yibao.benefit.coverage import cover_on
from yibao.benefit.explain import Explanation, TraceEntries, explain
from yibao.benefit.facts import Grant, Person
from yibao.benefit.functions.account import (
    aid_available,
    aid_refusal,
    credited_in,
    monthly_credit,
)
from yibao.benefit.functions.contribution import contribution_base
from yibao.benefit.functions.own_part import pay_own_part
from yibao.benefit.people import age_on, group_mask, month_end
from yibao.benefit.rules import day_rules, same_province
from yibao.benefit.steps import OPTION, STEP_KINDS
from yibao.benefit.terms import Draw
from yibao.errors import InputError, RefusedError
from yibao.messages import Message, message
from yibao.money.units import Fen
from yibao.policy import parameters as p
from yibao.policy.compile import PolicyLibrary
from yibao.policy.keys import RELATIONS
from yibao.policy.kinds import Scheme, Status

OWN = "own"


@dataclass(frozen=True, slots=True)
class Payment:
    """How an own part was paid, and why."""

    draw: Draw
    grantor: str | None
    explanation: Explanation


@dataclass(frozen=True, slots=True)
class HeldGrant:
    """A grant with its revocation, as recorded on the day of a draw."""

    grant: Grant
    revoked_on: datetime.date | None = None

    def holds_on(self, day: datetime.date) -> bool:
        """A revocation holds from its own day on."""
        return (
            self.grant.start <= day
            and (self.grant.end is None or day <= self.grant.end)
            and (self.revoked_on is None or day < self.revoked_on)
        )


@dataclass(frozen=True, slots=True)
class AidFacts:
    """What decides whether a relative's account may pay on a day."""

    grant: HeldGrant | None
    """The grant that counts: the first that holds, else the first of all; None without any."""
    in_force: bool
    home: str
    """Home area of the grantor, whose rules hold."""
    grantor_in_order: bool
    grantee_in_order: bool
    grantee_home: str


@dataclass(frozen=True, slots=True)
class AidAnswer:
    """Whether a relative's account may pay today; ``reason`` is a step code, 0 if it may."""

    grant: HeldGrant | None
    reason: int
    cell: int


def account_home(person: Person, day: datetime.date) -> str:
    """The area whose rules hold for a person's account."""
    return (person.enrolment_on(day) or person.enrolments[-1]).area


def aid_facts(
    library: PolicyLibrary,
    grantor: Person,
    grantee: Person,
    grants: Sequence[HeldGrant],
    day: datetime.date,
) -> AidFacts:
    """The facts of the grants from ``grantor`` to ``grantee`` on ``day``."""
    between = [
        recorded
        for recorded in grants
        if recorded.grant.grantor == grantor.id and recorded.grant.grantee == grantee.id
    ]
    in_force = [recorded for recorded in between if recorded.holds_on(day)]
    enrolment = grantor.enrolment_on(day)
    return AidFacts(
        next(iter(in_force or between), None),
        bool(in_force),
        account_home(grantor, day),
        enrolment is not None
        and enrolment.scheme == Scheme.EMPLOYEE
        and cover_on(library, grantor, day).entitled,
        cover_on(library, grantee, day).entitled,
        account_home(grantee, day),
    )


def aid_answer(
    library: PolicyLibrary,
    grantor: Person,
    grantee: Person,
    grants: Sequence[HeldGrant],
    day: datetime.date,
) -> AidAnswer:
    """Check the grants from ``grantor`` to ``grantee`` on ``day``; the first that holds counts."""
    facts = aid_facts(library, grantor, grantee, grants, day)
    rules = day_rules(library, facts.home, day, day)
    reason, cell = aid_refusal(
        rules.rules,
        RELATIONS.index(facts.grant.grant.relation) if facts.grant is not None else 0,
        int(facts.in_force),
        int(facts.grantee_in_order),
        int(facts.grantor_in_order),
        int(facts.grantee_home == facts.home),
        int(same_province(facts.grantee_home, facts.home)),
    )
    return AidAnswer(facts.grant if facts.in_force else None, reason, cell)


def pay(
    library: PolicyLibrary,
    person: Person,
    own: int,
    out_of_catalogue: int,
    accounts: Sequence[str],
    balances: dict[str, int],
    people: dict[str, Person],
    grants: Sequence[HeldGrant],
    day: datetime.date,
) -> Payment:
    """Pay ``own`` fen of ``person`` from the accounts named, in order; the rest is cash.

    ``accounts`` holds ``own`` and at most one relative's id.  Nothing is written:
    the caller debits the balances.
    """
    relatives = [name for name in accounts if name != OWN]
    if len(relatives) > 1:
        raise InputError(message("一次结算最多使用一位授权人的账户"))
    grantor = people[relatives[0]] if relatives else None
    trace: TraceEntries = []
    use_relative, limit, balance = 0, -1, 0
    if grantor is not None:
        answer = aid_answer(library, grantor, person, grants, day)
        if answer.reason:
            trace.append((answer.reason, answer.cell, 0))
        elif answer.grant is not None:
            use_relative = 1
            limit = -1 if answer.grant.grant.limit is None else answer.grant.grant.limit
        balance = balances.get(grantor.id, 0)
    if own == 0 or not accounts:
        return Payment(Draw(0, 0, own), None, Explanation())
    rules = day_rules(library, account_home(grantor or person, day), day, day)
    paid = pay_own_part(
        rules.rules,
        own,
        out_of_catalogue,
        int(OWN in accounts),
        balances.get(person.id, 0),
        use_relative,
        balance,
        limit,
        trace,
    )
    if paid.cash < 0:
        raise rules.refusal(paid.cash)
    return Payment(paid, grantor.id if grantor else None, explain(rules, trace))


def pay_bill(
    library: PolicyLibrary,
    person: Person,
    due: int,
    accounts: Sequence[str],
    balances: dict[str, int],
    people: dict[str, Person],
    grants: Sequence[HeldGrant],
    day: datetime.date,
) -> Payment:
    """Pay a bill from accounts; a relative's only from the day the pack allows it (M13)."""
    for name in accounts:
        if name == OWN:
            continue
        rules = day_rules(library, account_home(people[name], day), day, day)
        if rules.rules[p.AID_PREMIUM] != 1:
            raise RefusedError(message("{day} 个人账户还不能为亲属缴费", day=day))
    return pay(library, person, due, 0, accounts, balances, people, grants, day)


@dataclass(frozen=True, slots=True)
class AidToday:
    """What a relative may draw in one payment today, and why."""

    available: Fen
    why: Message
    explanation: Explanation


def aid_today(
    library: PolicyLibrary,
    grantor: Person,
    grantee: Person,
    grants: Sequence[HeldGrant],
    own_balance: int,
    grantor_balance: int,
    day: datetime.date,
) -> AidToday:
    """The most that ``grantee`` may draw on ``grantor``'s account in one payment on ``day``."""
    answer = aid_answer(library, grantor, grantee, grants, day)
    rules = day_rules(library, account_home(grantor, day), day, day)
    trace: TraceEntries = []
    if answer.reason or answer.grant is None:
        trace.append((answer.reason, answer.cell, 0))
        return AidToday(0, STEP_KINDS[answer.reason].why, explain(rules, trace))
    limit = -1 if answer.grant.grant.limit is None else answer.grant.grant.limit
    strict = rules.need(p.AID_OWN_BALANCE) == 1
    available = aid_available(
        rules.rules, own_balance if strict else 0, grantor_balance, limit, trace
    )
    if available < 0:
        raise rules.refusal(available)
    why = (
        message("可以使用")
        if available
        else message("授权人账户没有超出保底的余额，或本人账户仍有余额")
    )
    return AidToday(available, why, explain(rules, trace))


@dataclass(frozen=True, slots=True)
class Credit:
    """A month's credit to a personal account."""

    amount: Fen
    explanation: Explanation
    rulebook: str


def credit_for_month(
    library: PolicyLibrary,
    person: Person,
    month: int,
    base: int | None,
    pension: int | None,
) -> Credit:
    """The credit of ``month`` (yyyymm): by the contribution base, or a retiree's amount.

    The base is limited as that month's contribution was: by what was known when it was paid.
    """
    enrolment = person.enrolment_in_month(month)
    day = datetime.date(month // 100, month % 100, 1)
    if enrolment is None or enrolment.scheme != Scheme.EMPLOYEE:
        raise RefusedError(
            message(
                "{id} 在 {day} 没有参加职工医保，不划入个人账户",
                id=person.id,
                day=format(day, "%Y-%m"),
            )
        )
    rules = day_rules(library, enrolment.area, day, None)
    retired = enrolment.status == Status.RETIRED
    trace: TraceEntries = []
    if credited_in(rules.rules, int(retired), month % 100) == 0:
        trace += [(OPTION, p.CREDIT_RETIRED_PERIOD, 0), (OPTION, p.CREDIT_RETIRED_MONTH, 0)]
        return Credit(0, explain(rules, trace), rules.rulebook.hash)
    limited = 0
    if not retired:
        if base is None:
            raise InputError(
                message(
                    "{id} 在 {day} 的划入需要当月缴费基数", id=person.id, day=format(day, "%Y-%m")
                )
            )
        paid = next(
            (payment for payment in person.contributions_employee or () if payment.month == month),
            None,
        )
        if paid is not None:
            paid_on = paid.paid_on or month_end(month)
            as_paid = day_rules(library, enrolment.area, day, paid_on)
            if as_paid.rules[p.BASE_FLOOR] != p.MISSING:  # else published later than paid
                rules = as_paid
        limited = contribution_base(rules.rules, base, trace)
        if limited < 0:
            raise rules.refusal(limited)
    amount = monthly_credit(
        rules.rules,
        int(retired),
        age_on(person.birth, day),
        group_mask(rules, person, day),
        limited,
        -1 if pension is None else pension,
        trace,
    )
    if amount < 0:
        raise rules.refusal(amount)
    if not retired or rules.at(p.CREDIT_RETIRED_AMOUNT, 0) < 0:
        trace.append((OPTION, p.ROUND_BILL, 0))
    return Credit(amount, explain(rules, trace), rules.rulebook.hash)
