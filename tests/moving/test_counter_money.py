"""A person's own contribution at the counter: paid in full, and what is too much to the end."""

from __future__ import annotations

import datetime
from typing import Any

import pytest
from sqlalchemy import select, update

from yibao.access.errors import DeniedError
from yibao.access.permissions import Actor, Role
from yibao.benefit.facts import Enrolment, ResidentContribution
from yibao.database.unit import Unit
from yibao.disbursement import operations as payments
from yibao.disbursement.files import BankAnswer
from yibao.disbursement.payees import Payee, payee_of
from yibao.disbursement.reading import order_state
from yibao.disbursement.states import Outcome
from yibao.errors import ConflictError, NotFoundError, RefusedError
from yibao.finance.overpaying import book_overpaid
from yibao.finance.reconciliation import ReportedLine, reconcile, reconciled
from yibao.insured.locks import lock_person, store_person
from yibao.insured.payments.bills import Periods
from yibao.insured.payments.counter import (
    OVERPAID,
    CounterMoney,
    book_contribution,
    own_periods,
    redirect_rest,
)
from yibao.insured.payments.mending import mend_rests
from yibao.insured.people.registration import register
from yibao.insured.tables import channel_payment
from yibao.ledger import operations as ledger
from yibao.record.store_check import StoreCheck

from ..support.actors import AUDITOR, CLERK, oneself
from .conftest import OLD, Areas, mover, spell

AT = datetime.datetime(2026, 9, 25, 2, tzinfo=datetime.UTC)
DAY = AT.date()
YEAR = Periods("resident", (2026,))
WRONG = payee_of("王秀兰", "工商银行", "6217000012345678")
RIGHT = payee_of("王秀兰", "建设银行", "6217000087654321")


@pytest.fixture
def office(areas: Areas) -> Areas:
    """Wang, a resident who has not paid the year, and an employee beside her."""
    year = Enrolment("resident", None, datetime.date(2025, 1, 1), None, OLD)
    paid = (ResidentContribution(2025, datetime.date(2024, 11, 1)),)
    facts = mover("wang", year, contributions_resident=paid)
    for person in (facts, mover("employee", spell(OLD, datetime.date(2025, 1, 1)), paid=[])):
        register(
            areas.database,
            person,
            actor=CLERK,
            balance=0,
            day=datetime.date(2025, 1, 1),
            library=areas.packs,
        )
    return areas


def _book(
    office: Areas,
    amount: int,
    *,
    wanted: Periods = YEAR,
    slip: str = "S1",
    person: str = "wang",
    payee: Payee | None = None,
    actor: Actor | None = None,
) -> Any:
    money = CounterMoney("counter_slip", slip, amount, DAY, payee)
    who = actor or office.of(Role.CASHIER, OLD)
    return book_contribution(office.database, office.packs, person, wanted, money, actor=who, at=AT)


def _check(office: Areas) -> None:
    office.check()
    check = StoreCheck(office.database, 0)
    for part in (check._of_the_books, check._of_the_chains, check._of_the_people):
        assert [str(fault) for fault in part()] == []


def _answered(office: Areas, outcome: Outcome, reference: str) -> None:
    cashier, head = office.of(Role.CASHIER, OLD), office.of(Role.HEAD, OLD)
    database = office.database
    batch = payments.draft_batch(database, office.key(cashier), OLD, actor=cashier, at=AT)["batch"]
    payments.sign_batch(database, office.key(head), batch, actor=head, at=AT)
    payments.send_batch(database, office.key(cashier), batch, actor=cashier, at=AT)
    order = database.read(lambda unit: order_state(unit, OVERPAID, reference))
    assert order is not None
    said = BankAnswer(batch, order.order_id, order.amount, outcome, "B1", DAY, "户名不符")
    payments.book_answer(database, said, actor=cashier, at=AT)


def test_a_year_is_paid_once_by_its_slip(office: Areas) -> None:
    facts = office.store.facts("wang")
    (owed,) = [row for row in own_periods(office.packs, facts, DAY) if row.period == 2026]
    assert owed.scheme == "resident"
    before = office.store.fingerprint()
    with pytest.raises(RefusedError, match="没有入账"):
        _book(office, owed.due - 1)
    assert office.store.fingerprint() == before
    answer = _book(office, owed.due)
    assert (answer["due"], answer["rest"], answer["payment"]) == (owed.due, 0, None)
    assert office.store.entries(ledger.channel("counter_slip")) == owed.due
    assert _book(office, owed.due) == answer, "the same slip is the same payment"
    with pytest.raises(ConflictError):
        _book(office, owed.due + 1)
    with pytest.raises(ConflictError, match="已经缴过"):
        _book(office, owed.due, slip="S2")
    with pytest.raises(RefusedError, match="由单位申报缴纳"):
        _book(office, 50_000, person="employee", wanted=Periods("employee", (202609,)), slip="S3")
    assert own_periods(office.packs, office.store.facts("employee"), DAY) == []
    _check(office)


def test_what_an_earlier_program_did_not_keep_of_a_slip_is_mended_once(office: Areas) -> None:
    facts = office.store.facts("wang")
    due = next(row.due for row in own_periods(office.packs, facts, DAY) if row.period == 2026)
    _book(office, due + 500)
    this = channel_payment.c.person_id == "wang"

    def as_before(unit: Unit) -> None:
        person = lock_person(unit, "wang")
        unit.run(update(channel_payment).where(this).values(rest=None))
        store_person(unit, person, CLERK, "contribute", {})

    office.database.write(as_before)
    with pytest.raises(DeniedError):
        mend_rests(office.database, actor=AUDITOR)
    assert mend_rests(office.database, actor=CLERK) == 1
    assert mend_rests(office.database, actor=CLERK) == 0
    query = select(channel_payment.c.rest).where(this)
    assert office.database.read(lambda unit: unit.run(query).scalar_one()) == 500
    _check(office)


def test_what_is_too_much_goes_back_by_the_bank_to_the_right_account(office: Areas) -> None:
    facts = office.store.facts("wang")
    due = next(row.due for row in own_periods(office.packs, facts, DAY) if row.period == 2026)
    answer = _book(office, due + 12_345, payee=WRONG)
    owed = ledger.suspense("wang")
    assert (answer["rest"], office.store.entries(owed)) == (12_345, -12_345)
    cashier = office.of(Role.CASHIER, OLD)
    _answered(office, Outcome.RETURNED, answer["order"])
    assert office.store.entries(owed) == -12_345
    answer_of_change = redirect_rest(
        office.database, office.key(cashier), "wang", RIGHT, actor=cashier
    )
    assert answer_of_change["payments"] == 1
    _answered(office, Outcome.PAID, answer["order"])
    assert office.store.entries(owed) == 0
    assert office.store.entries(ledger.bank(OLD)) == -12_345
    _check(office)


def test_who_may_not_book_changes_nothing_and_of_two_at_once_one_pays(
    office: Areas, together: Any
) -> None:
    facts = office.store.facts("wang")
    due = next(row.due for row in own_periods(office.packs, facts, DAY) if row.period == 2026)
    before = office.store.fingerprint()
    for role in Role:
        if role in (Role.CASHIER, Role.OFFICER):
            continue
        actor = oneself("wang") if role is Role.INSURED else office.of(role, OLD)
        with pytest.raises(DeniedError):
            _book(office, due, actor=actor)
    with pytest.raises(DeniedError):
        _book(office, due, actor=office.of(Role.CASHIER))
    assert office.store.fingerprint() == before
    slips = [lambda slip=slip: _book(office, due, slip=slip) for slip in ("A", "B")]
    answers = together(slips)
    assert sum(isinstance(answer, dict) for answer in answers) == 1
    assert sum(isinstance(answer, ConflictError) for answer in answers) == 1
    assert office.store.entries(ledger.channel("counter_slip")) == due
    _check(office)


def _due(office: Areas) -> int:
    facts = office.store.facts("wang")
    return next(row.due for row in own_periods(office.packs, facts, DAY) if row.period == 2026)


def _reconcile(office: Areas, amount: int) -> Any:
    cashier = office.of(Role.CASHIER, OLD)
    lines = [ReportedLine("S1", amount)]
    key = office.key(cashier)
    return reconcile(office.database, key, "counter_slip", DAY, lines, actor=cashier, at=AT)


def _overpaid(office: Areas, payee: Payee | None = None, actor: Actor | None = None) -> Any:
    who = actor or office.of(Role.CASHIER, OLD)
    return book_overpaid(
        office.database, office.key(who), "counter_slip", DAY, "S1", payee, actor=who, at=AT
    )


def test_a_slip_with_too_much_is_whole_in_the_channels_file(office: Areas) -> None:
    due = _due(office)
    _book(office, due + 12_345, payee=RIGHT)
    answer = _reconcile(office, due + 12_345)
    assert (answer["matched"], answer["differences"]) == (1, 0)
    _check(office)


def test_what_the_file_has_too_much_is_booked_and_goes_back_in_one_step(
    office: Areas, together: Any
) -> None:
    due = _due(office)
    _book(office, due + 100, payee=RIGHT)
    _reconcile(office, due + 600)
    (row,) = reconciled(office.database, actor=office.of(Role.CASHIER, OLD)).open
    assert (row.kind, row.there, row.here) == ("other_amount", due + 600, due + 100)
    before = office.store.fingerprint()
    for actor in (oneself("wang"), office.of(Role.HEAD, OLD), office.of(Role.CASHIER)):
        with pytest.raises(DeniedError):
            _overpaid(office, RIGHT, actor)
    assert office.store.fingerprint() == before
    answers = together([lambda: _overpaid(office, RIGHT), lambda: _overpaid(office, RIGHT)])
    (answer,) = [answer for answer in answers if isinstance(answer, dict)]
    assert sum(isinstance(answer, ConflictError) for answer in answers) == 1
    assert answer["rest"] == 500
    assert answer["payment"]
    owed = ledger.suspense("wang")
    assert office.store.entries(owed) == -600, "what the slip brought, and what the file has more"
    assert office.store.entries(ledger.channel("counter_slip")) == due + 600
    with pytest.raises(ConflictError, match="已经处理过"):
        _overpaid(office, RIGHT)
    assert not reconciled(office.database, actor=office.of(Role.CASHIER, OLD)).open
    _check(office)


def test_too_little_or_nobodys_is_not_booked(office: Areas) -> None:
    _book(office, _due(office))
    _reconcile(office, 1)
    before = office.store.fingerprint()
    with pytest.raises(RefusedError, match="不比账上多"):
        _overpaid(office)
    assert office.store.fingerprint() == before
    cashier = office.of(Role.CASHIER, OLD)
    key = office.key(cashier)
    with pytest.raises(RefusedError, match="不是一笔"):
        book_overpaid(office.database, key, "counter_slip", DAY, "S9", actor=cashier, at=AT)
    with pytest.raises(NotFoundError):
        book_overpaid(
            office.database, key, "counter_slip", datetime.date(2026, 9, 24), "S1",
            actor=cashier, at=AT,
        )  # fmt: skip
