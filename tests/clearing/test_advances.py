"""An advance that the bank gives back after the sheet was signed: paid again, or carried on."""

from __future__ import annotations

import datetime

import pytest
from sqlalchemy import select

from yibao.access.errors import DeniedError
from yibao.access.permissions import Role
from yibao.clearing import operations as clearing
from yibao.clearing.disbursing import ADVANCE
from yibao.clearing.states import ClearingMove
from yibao.disbursement import operations as payments
from yibao.disbursement.files import BankAnswer
from yibao.disbursement.payees import payee_of
from yibao.disbursement.reading import order_state
from yibao.disbursement.states import Outcome
from yibao.disbursement.tables import payment_order
from yibao.errors import ConflictError, RefusedError

from .world import AFTERWARDS, HOSPITAL, Clearing

ANOTHER = payee_of("测试医院", "另一家银行", "62170000")


def _give_back(clear: Clearing, application: str) -> None:
    """The bank says of an advance that it had paid that it came back."""
    order = clear.database.read(lambda unit: order_state(unit, ADVANCE, application))
    assert order is not None
    cashier = clear.of(Role.CASHIER, "payer")
    query = select(payment_order.c.batch_id).where(payment_order.c.order_id == order.order_id)
    batch = clear.database.read(lambda unit: unit.run(query).scalar_one())
    payments.book_answer(
        clear.database,
        BankAnswer(batch, order.order_id, order.amount, Outcome.RETURNED, "B2", AFTERWARDS.date()),
        actor=cashier,
    )


def signed_and_given_back(clear: Clearing, institution: str = HOSPITAL) -> tuple[str, int]:
    """A signed month whose advance was paid and then came back, and how much it was."""
    application = clear.apply(202511, institution)
    clear.move(application, ClearingMove.ACCEPT, Role.CLERK)
    amount = clearing.order_advance(
        clear.database, clear.key(), application, actor=clear.of(Role.CASHIER), at=AFTERWARDS
    )["amount"]
    assert clear.pay()["测试医院"] == amount
    assert clear.settle(application, after=ClearingMove.ACCEPT).advanced == amount > 0
    _give_back(clear, application)
    return application, amount


def _signed(clear: Clearing) -> tuple[str, int]:
    clear.agree(start=datetime.date(2025, 2, 1), advance_share=5000)
    clear.visit(202511, 300_000)
    application, amount = signed_and_given_back(clear)
    assert clear.balance("advance:") == -amount
    return application, amount


def test_it_is_paid_to_another_account(clear: Clearing) -> None:
    application, amount = _signed(clear)
    before = clear.events()
    for role in (Role.CASHIER, Role.REVIEWER, Role.HEAD):
        with pytest.raises(DeniedError):
            clearing.redirect_advance(
                clear.database, clear.key(), application, ANOTHER, actor=clear.of(role)
            )
    assert clear.events() == before
    clerk = clear.of(Role.CLERK)
    clearing.redirect_advance(clear.database, clear.key(), application, ANOTHER, actor=clerk)
    with pytest.raises(ConflictError, match="没有银行退回的先付"):
        clearing.cancel_advance(clear.database, clear.key(), application, actor=clerk)
    paid = clear.pay()
    assert paid["测试医院"] == amount + clear.read(application).listed.paid
    assert clear.balance("advance:") == clear.balance(f"payable:{HOSPITAL}") == 0
    clear.check()


def test_it_is_cancelled_and_the_next_sheet_pays_it(clear: Clearing) -> None:
    application, amount = _signed(clear)
    clerk = clear.of(Role.CLERK)
    told = clearing.cancel_advance(clear.database, clear.key(), application, actor=clerk)
    assert told["amount"] == amount
    assert clear.balance("advance:") == 0
    row = clear.read(application).listed
    assert (row.advanced, row.carried) == (0, -amount)
    with pytest.raises(ConflictError):
        clearing.redirect_advance(clear.database, clear.key(), application, ANOTHER, actor=clerk)
    clear.visit(202512, 200_000)
    following = clear.apply(202512)
    alone = clear.read(following).expected
    signed = clear.settle(following)
    assert (signed.carried_in, signed.paid) == (-amount, alone.paid)
    clear.pay()
    assert clear.balance(f"payable:{HOSPITAL}") == 0
    clear.check()


def test_before_the_signature_nothing_is_to_cancel(clear: Clearing) -> None:
    clear.agree(start=datetime.date(2025, 2, 1), advance_share=5000)
    clear.visit(202511, 300_000)
    application = clear.apply(202511)
    clear.move(application, ClearingMove.ACCEPT, Role.CLERK)
    clearing.order_advance(
        clear.database, clear.key(), application, actor=clear.of(Role.CASHIER), at=AFTERWARDS
    )
    clear.pay()
    _give_back(clear, application)
    with pytest.raises(RefusedError, match="还没有审签"):
        clearing.cancel_advance(
            clear.database, clear.key(), application, actor=clear.of(Role.CLERK)
        )
    signed = clear.settle(application, after=ClearingMove.ACCEPT)
    assert signed.advanced == 0
    clear.check()
