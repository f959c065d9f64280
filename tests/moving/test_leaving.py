"""Leaving for good: cover and account, to the fen, by two people; and what is owed back."""

from __future__ import annotations

import datetime
from typing import Any

import pytest

from yibao.access.errors import DeniedError
from yibao.access.permissions import Role
from yibao.api.counter.errand import ErrandCall, Outlook, outlook
from yibao.api.counter.errands import BY_NAME
from yibao.care.fragments import settled_after_death
from yibao.disbursement import operations as payments
from yibao.disbursement.files import BankAnswer
from yibao.disbursement.payees import payee_of
from yibao.disbursement.reading import order_state
from yibao.disbursement.states import Outcome
from yibao.errors import ConflictError, InputError, RefusedError
from yibao.insured.accounts.suspense import clear_suspense, suspense
from yibao.insured.enrolment.cover import cover_rows
from yibao.insured.fragments import departure_of
from yibao.ledger import operations as ledger
from yibao.moving.applications import (
    BENEFIT_RECOVERY,
    LEAVING,
    BenefitRecovery,
    Leaving,
)
from yibao.moving.recoveries import (
    RecoveryPayment,
    instalments_of,
    most_to_set_off,
    take_recovery,
)
from yibao.office.documents import add_document
from yibao.office.errors import MovedOnError
from yibao.office.operations import Subject, open_case

from ..conduct.conftest import OBTAINED, Bureau
from ..conduct.test_cases import LATER
from ..support.actors import CLERK, oneself
from ..support.pictures import picture
from .conftest import BALANCE, OLD, Areas, mover, spell

AT = datetime.datetime(2026, 9, 25, 2, tzinfo=datetime.UTC)
DIED = datetime.date(2026, 9, 20)
HERE = spell(OLD, datetime.date(2020, 1, 1))
FUND = ledger.fund(OLD, "employee", "pooled")
PAYEE = payee_of("王小明", "工商银行", "6217000012345678")


def _family(areas: Areas) -> None:
    areas.register(mover("wang", HERE), BALANCE)
    areas.register(mover("son", HERE, birth=datetime.date(2004, 1, 1)), 100)
    areas.store.relate("wang", "son", "child")


def _opened(areas: Areas, kind: str, data: Any, person: str = "wang") -> str:
    clerk = areas.of(Role.CLERK, OLD)
    answer = open_case(
        areas.database, areas.key(clerk), kind, Subject(OLD, person), data, actor=clerk, at=AT
    )
    return str(answer["case"])


def _accepted(areas: Areas, data: Leaving, person: str = "wang") -> str:
    case = _opened(areas, LEAVING, data, person)
    clerk = areas.of(Role.CLERK, OLD)
    with pytest.raises(ConflictError, match="材料不齐"):
        areas.move(case, "accept", clerk, AT)
    groups: dict[str, str] = {}
    for paper in areas.page(case).papers:
        groups.setdefault(paper.group, paper.kind)
    for paper in groups.values():
        add_document(
            areas.database, areas.key(clerk), case, paper, "a.jpg", picture(), actor=clerk, at=AT
        )
    areas.move(case, "accept", clerk, AT)
    return case


def _approve(areas: Areas, case: str) -> Any:
    return areas.move(case, "approve", areas.of(Role.SECOND, OLD), AT)


def _paid(areas: Areas, case: str, outcome: Outcome) -> None:
    cashier, head = areas.of(Role.CASHIER, OLD), areas.of(Role.HEAD, OLD)
    database = areas.database
    batch = payments.draft_batch(database, areas.key(cashier), OLD, actor=cashier, at=AT)["batch"]
    payments.sign_batch(database, areas.key(head), batch, actor=head, at=AT)
    payments.send_batch(database, areas.key(cashier), batch, actor=cashier, at=AT)
    order = database.read(lambda unit: order_state(unit, LEAVING, case))
    assert order is not None
    said = BankAnswer(batch, order.order_id, order.amount, outcome, "B1", AT.date(), "户名不符")
    payments.book_answer(database, said, actor=cashier, at=AT)


def test_of_a_death_the_cover_ends_at_once_and_the_heir_gets_the_account(areas: Areas) -> None:
    _family(areas)
    case = _accepted(areas, Leaving(reason="death", last_day=DIED, heir="son"))
    assert areas.store.facts("wang").enrolments[-1].end == DIED
    assert areas.database.read(lambda unit: departure_of(unit, "wang")) == ("death", DIED)
    last = areas.database.read(lambda unit: cover_rows(unit, "wang"))[-1]
    assert last.end == DIED
    assert areas.store.balance("wang") == BALANCE, "the account waits for the second person"
    answer = _approve(areas, case)
    assert (answer["state"], answer["effect"]["to"]) == ("approved", "heir")
    assert areas.store.balance("son") == 100 + BALANCE
    assert areas.database.read(lambda unit: list(settled_after_death(unit))) == []
    areas.check()


def test_an_heir_without_an_account_is_paid_by_the_bank(areas: Areas) -> None:
    _family(areas)
    data = Leaving(reason="death", last_day=DIED, heir="son", payee=PAYEE)
    case = _accepted(areas, data)
    assert _approve(areas, case)["state"] == "paying"
    assert areas.store.entries(ledger.suspense("wang")) == -BALANCE
    cashier = areas.of(Role.CASHIER, OLD)
    (row,) = suspense(areas.database, actor=cashier)
    assert (row.person_id, row.left) == ("wang", 0), "it is ordered already"
    _paid(areas, case, Outcome.PAID)
    assert areas.state(case) == "paid"
    assert areas.store.entries(ledger.suspense("wang")) == 0
    assert areas.store.entries(ledger.bank(OLD)) == -BALANCE
    areas.check()


def test_what_the_bank_sends_back_waits_until_a_cashier_hands_it_out(areas: Areas) -> None:
    _family(areas)
    case = _accepted(areas, Leaving(reason="abroad", last_day=DIED, payee=PAYEE))
    assert areas.store.facts("wang").enrolments[-1].end is None
    _approve(areas, case)
    assert areas.store.facts("wang").enrolments[-1].end == DIED
    _paid(areas, case, Outcome.RETURNED)
    assert areas.state(case) == "bank_returned"
    cashier = areas.of(Role.CASHIER, OLD)
    areas.move(case, "leave_in_suspense", cashier, AT, reason="账户写错，电话联系不上")
    (row,) = suspense(areas.database, actor=cashier)
    assert row.left == BALANCE
    clear_suspense(
        areas.database, areas.key(cashier), "wang", BALANCE, AT.date(), actor=cashier,
        to_account="son", reason="委托书",
    )  # fmt: skip
    assert areas.store.balance("son") == 100 + BALANCE
    assert suspense(areas.database, actor=cashier) == []
    assert suspense(areas.database, actor=areas.of(Role.CASHIER)) == []
    areas.check()


def test_nobody_inherits_and_the_fund_gets_it(areas: Areas) -> None:
    _family(areas)
    case = _accepted(areas, Leaving(reason="death", last_day=DIED, heirless=True))
    assert _approve(areas, case)["effect"]["to"] == "fund"
    assert areas.store.entries(FUND) == -BALANCE
    areas.check()


def test_what_becomes_of_cover_and_account_is_shown_before(areas: Areas) -> None:
    _family(areas)

    def seen(**values: Any) -> Outlook:
        blank = dict.fromkeys(("heir", "heirless", "to_area", "holder", "bank", "account"))
        asked = ErrandCall(
            areas.database,
            areas.packs,
            areas.of(Role.CLERK, OLD),
            areas.key(CLERK),
            "wang",
            {**blank, "why": "death", "last_day": DIED, **values},
            AT,
        )
        return outlook(BY_NAME["leaving"], asked)

    before = areas.store.fingerprint()
    shown = seen(heir="son")
    assert shown.before is not None
    assert (shown.before.balance, shown.after.balance) == (BALANCE, None)
    assert shown.after.cover == ()
    assert shown.answer["notes"][-1] == "余额转入继承人的个人账户"
    with pytest.raises(InputError, match="请写明收款账户"):
        seen()
    with pytest.raises(RefusedError, match="付给本人"):
        seen(why="abroad", heirless=True)
    assert areas.store.fingerprint() == before


def test_who_may_not_close_changes_nothing_and_of_two_one_wins(areas: Areas, together: Any) -> None:
    _family(areas)
    case = _accepted(areas, Leaving(reason="death", last_day=DIED, heir="son"))
    before = areas.store.fingerprint()
    for role in Role:
        if role in (Role.SECOND, Role.OFFICER):
            continue
        actor = oneself("son") if role is Role.INSURED else areas.of(role, OLD)
        with pytest.raises(DeniedError):
            areas.move(case, "approve", actor, AT)
    with pytest.raises(DeniedError):
        areas.move(case, "approve", areas.of(Role.SECOND), AT)
    assert areas.store.fingerprint() == before
    answers = together(
        [
            lambda name=name: areas.move(case, "approve", areas.of(Role.SECOND, OLD, name), AT)
            for name in ("zhao", "qian")
        ]
    )
    assert sum(isinstance(answer, dict) for answer in answers) == 1
    assert sum(isinstance(answer, MovedOnError) for answer in answers) == 1
    assert areas.store.balance("son") == 100 + BALANCE
    areas.check()


# --- what was drawn too much ---------------------------------------------------------------------


def test_parts_and_what_may_be_set_off() -> None:
    assert instalments_of(100_000, 3) == [33_333, 33_333, 33_334]
    assert most_to_set_off(100_001, 90_000, 5_000) == 50_000
    assert most_to_set_off(100_001, 40_000, 5_000) == 40_000


def test_what_supervision_asks_for_comes_in_by_its_own_case(areas: Areas) -> None:
    """Both stand on one account of the person: neither case ends with the other's money."""
    areas.register(mover("worker", HERE), BALANCE)
    bureau = Bureau(areas.store, areas.packs, OLD)
    inquiry = bureau.note()
    bureau.until_told(inquiry, scheme="employee")
    bureau.move(inquiry, "penalise", Role.HEAD, at=LATER)
    data = BenefitRecovery(amount=1_000, scheme="employee", ground="两地重复报销")
    case = _opened(areas, BENEFIT_RECOVERY, data, "worker")
    areas.move(case, "hear", areas.of(Role.REVIEWER, OLD), AT)
    areas.move(case, "approve", areas.of(Role.SECOND, OLD), AT)
    assert areas.store.entries(ledger.recovery("worker")) == 1_000 + OBTAINED
    cashier = areas.of(Role.CASHIER, OLD)

    def take(amount: int) -> Any:
        return take_recovery(
            areas.database, areas.packs, areas.key(cashier), "worker",
            RecoveryPayment("at_once", amount), area=OLD, actor=cashier, at=AT,
        )  # fmt: skip

    with pytest.raises(ConflictError, match=r"还要追回的只有 10\.00"):
        take(1_001)
    assert take(1_000)["left"] == 0
    assert areas.state(case) == "recovered"
    assert areas.store.entries(ledger.recovery("worker")) == OBTAINED
    areas.check()


def test_a_benefit_comes_back_by_bank_and_account_and_the_case_ends(areas: Areas) -> None:
    _family(areas)
    data = BenefitRecovery(
        amount=120_000, scheme="employee", ground="两地重复报销", way="instalments", instalments=3
    )
    case = _opened(areas, BENEFIT_RECOVERY, data)
    for role in (Role.CLERK, Role.CASHIER, Role.HEAD, Role.SECOND):
        with pytest.raises((DeniedError, MovedOnError)):
            areas.move(case, "approve", areas.of(role, OLD), AT)
    areas.move(case, "hear", areas.of(Role.REVIEWER, OLD), AT)
    areas.move(case, "approve", areas.of(Role.SECOND, OLD), AT)
    assert areas.store.entries(ledger.recovery("wang")) == 120_000
    assert areas.store.entries(FUND) == -120_000
    cashier = areas.of(Role.CASHIER, OLD)

    def take(way: str, amount: int, actor: Any = cashier) -> Any:
        return take_recovery(
            areas.database, areas.packs, areas.key(actor), "wang",
            RecoveryPayment(way, amount), area=OLD, actor=actor, at=AT,
        )  # fmt: skip

    assert take("at_once", 40_000)["left"] == 80_000
    for actor in (areas.of(Role.CLERK, OLD), areas.of(Role.CASHIER), oneself("wang")):
        with pytest.raises(DeniedError):
            take("at_once", 1, actor)
    with pytest.raises(RefusedError, match="没有来源规定一次最多抵扣多少"):
        take("set_off", 1)
    with pytest.raises(ConflictError, match="还要追回的只有"):
        take("at_once", 80_001)
    leaving = _accepted(areas, Leaving(reason="abroad", last_day=DIED, payee=PAYEE))
    with pytest.raises(ConflictError, match="应追回"):
        _approve(areas, leaving)
    assert take("account", 80_000)["left"] == 0
    assert areas.state(case) == "recovered"
    assert areas.store.balance("wang") == BALANCE - 80_000
    areas.check()
