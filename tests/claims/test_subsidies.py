"""The subsidy of the flexibly employed: paid first, asked for in February, decided by two, paid."""

from __future__ import annotations

import datetime
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest

from yibao.access.errors import DeniedError
from yibao.access.permissions import Actor, Role
from yibao.claims.operations import resend_payment
from yibao.claims.subsidies import PREMIUM_SUBSIDY, SubsidyApplication
from yibao.disbursement import operations as payments
from yibao.disbursement.files import BankAnswer
from yibao.disbursement.payees import payee_of
from yibao.disbursement.reading import order_state
from yibao.disbursement.states import Outcome
from yibao.errors import ConflictError, RefusedError
from yibao.finance.carrying import carry_month
from yibao.finance.items import FundItem, FundPart
from yibao.finance.statement import fund_statement
from yibao.insured.payments.direct import contribute
from yibao.office.operations import Subject, open_case
from yibao.policy.compile import PolicyLibrary
from yibao.policy.kinds import Scheme

from ..employers.world import at, staff
from ..support.actors import AUDITOR, CLERK, oneself
from .conftest import PAYEE, Office, overlaid

Together = Callable[..., list[Any]]
OVERLAY = """
  employee.contribution.premium_subsidy_ratio:
    unit: percent
    keys: [group]
    values: {2020-01-01: {value: {employment_hardship: 66.67, graduate: 50}}}
  employee.contribution.premium_subsidy_from_month:
    unit: months
    values: {2020-01-01: {value: 2}}
"""
FEBRUARY = "2026-02-02"
HALF_A_YEAR = 2_210_58


@pytest.fixture
def world(
    desk: Office, packs: PolicyLibrary, make_person: Callable[..., Any], tmp_path: Path
) -> Iterator[Office]:
    """Wang, in hardship, and another one paid the second half of 2025 alone."""
    for name, groups in (("wang", ["employment_hardship"]), ("rich", [])):
        facts = make_person(
            name, contribution_class="flexible", start="2025-07-01", groups=groups, months=[]
        )
        desk.store.person(facts)
        assert _pay(desk, name, range(202507, 202513), "2025-12-10") == HALF_A_YEAR
        _pay(desk, name, range(202601, 202602), "2026-01-10")
    with overlaid(tmp_path, OVERLAY) as with_figures:
        desk.packs = with_figures
        yield desk


def _pay(world: Office, who: str, months: range, day: str) -> int:
    bill, _ = contribute(
        world.database,
        world.packs,
        world.key(CLERK),
        who,
        datetime.date.fromisoformat(day),
        actor=CLERK,
        months=list(months),
        at=at(day),
    )
    return bill.due


def _move(
    world: Office, case: str, move: str, role: Role | Actor, day: str = FEBRUARY, reason: str = ""
) -> Any:
    actor = role if isinstance(role, Actor) else staff(role, world.area)
    return world.move(case, move, actor, at=at(day), reason=reason)


def _reviewed(world: Office, who: str = "wang", year: int = 2025, day: str = FEBRUARY) -> str:
    applied = SubsidyApplication(year=year, payee=PAYEE)
    answer = open_case(
        world.database,
        world.key(oneself(who)),
        PREMIUM_SUBSIDY,
        Subject(world.area, who),
        applied,
        actor=oneself(who),
        at=at(day),
    )
    case = str(answer["case"])
    with pytest.raises(ConflictError, match="补贴对象"):
        _move(world, case, "accept", Role.CLERK, day)
    world.hand_in(case, "subsidy_proof", by=who)
    _move(world, case, "accept", Role.CLERK, day)
    _move(world, case, "review", Role.REVIEWER, day)
    return case


def _bank(world: Office, case: str, outcome: Outcome) -> None:
    cashier, head = staff(Role.CASHIER, world.area), staff(Role.HEAD, world.area)
    database, when = world.database, at(FEBRUARY)
    drafted = payments.draft_batch(database, world.key(cashier), world.area, actor=cashier, at=when)
    batch = str(drafted["batch"])
    payments.sign_batch(database, world.key(head), batch, actor=head, at=when)
    payments.send_batch(database, world.key(cashier), batch, actor=cashier, at=when)
    order = database.read(lambda unit: order_state(unit, PREMIUM_SUBSIDY, case))
    assert order is not None
    said = BankAnswer(batch, order.order_id, order.amount, outcome, "B1", when.date(), "户名不符")
    payments.book_answer(database, said, actor=cashier, at=when)


def test_two_thirds_of_what_was_paid_come_back_once(world: Office, together: Together) -> None:
    """66.67% of the six months of 2025; what was paid for 2026 does not count."""
    case = _reviewed(world)
    before = world.store.fingerprint()
    for role, move in (
        (Role.CLERK, "approve"),
        (Role.REVIEWER, "approve"),
        (Role.CASHIER, "approve"),
        (Role.HEAD, "approve"),
        (AUDITOR, "approve"),
        (staff(Role.SECOND, "110100"), "approve"),
        (oneself("rich"), "withdraw"),
    ):
        with pytest.raises(DeniedError):
            _move(world, case, move, role)
    assert world.store.fingerprint() == before
    seconds = [
        Actor(name, Role.SECOND, agency_id="agency", area=world.area, lives_here=lambda _: True)
        for name in ("s1", "s2")
    ]
    answers = together([lambda who=who: _move(world, case, "approve", who) for who in seconds])
    assert any(isinstance(answer, dict) for answer in answers), answers
    (decided,) = [answer for answer in answers if isinstance(answer, dict)]
    assert decided["effect"]["paid"] == HALF_A_YEAR
    amount = decided["effect"]["amount"]
    assert amount == 1_473_79  # 1473.7936...
    account = f"contribution:{world.area}:employee:premium_subsidy"
    assert (world.store.entries(account), world.store.entries("claim:wang")) == (amount, -amount)
    _bank(world, case, Outcome.RETURNED)
    assert world.state(case) == "subsidy_back"
    with pytest.raises(ConflictError, match="换一个账户"):
        _move(world, case, "resend", Role.CLERK)
    other = payee_of("王秀兰", "建设银行", "6217000087654321")
    clerk = staff(Role.CLERK, world.area)
    resend_payment(
        world.database, world.packs, world.key(clerk), case, other, actor=clerk, at=at(FEBRUARY)
    )
    _bank(world, case, Outcome.PAID)
    assert world.state(case) == "subsidy_paid"
    assert (world.store.entries("claim:wang"), world.store.entries(f"bank:{world.area}")) == (
        0,
        -amount,
    )
    again = _reviewed(world)
    with pytest.raises(ConflictError, match="已经批准过"):
        _move(world, again, "approve", Role.SECOND)
    cashier = staff(Role.CASHIER, world.area)
    carry_month(
        world.database, world.key(cashier), world.area, 202602, actor=cashier, at=at("2026-03-02")
    )
    assert world.store.entries(account) == 0, "the fund bears it at the end of the month"
    statement = fund_statement(world.database, world.area, 202602, actor=cashier)
    (line,) = [
        line
        for part in statement.parts
        if (part.scheme, part.part) == (Scheme.EMPLOYEE, FundPart.POOLED)
        for line in part.lines
        if line.item == FundItem.PREMIUM_SUBSIDY
    ]
    assert line.month == amount
    world.check()


def test_what_is_missing_is_refused_by_name(world: Office, packs: PolicyLibrary) -> None:
    early = _reviewed(world, day="2026-01-20")
    with pytest.raises(RefusedError, match="2026-02-01 起申请"):
        _move(world, early, "approve", Role.SECOND, "2026-01-31")
    with pytest.raises(RefusedError, match="没有一类有缴费补贴"):
        _move(world, _reviewed(world, "rich"), "approve", Role.SECOND)
    with pytest.raises(RefusedError, match="没有 2024 年以灵活就业身份"):
        _move(world, _reviewed(world, year=2024), "approve", Role.SECOND)
    world.packs = packs
    with pytest.raises(RefusedError, match="没有找到这类人的灵活就业缴费补贴办法"):
        _move(world, early, "approve", Role.SECOND)
    assert world.store.entries("claim:wang") == 0
    world.check()
