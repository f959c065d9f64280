"""Two areas of a store: care in one for people of the other, declared, confirmed, netted, paid."""

from __future__ import annotations

import datetime
from collections.abc import Callable
from typing import Any

import pytest

from yibao.access.errors import DeniedError
from yibao.access.permissions import Actor, Role
from yibao.clearing import operations as clearing
from yibao.clearing.between_reading import read_between
from yibao.clearing.between_states import BetweenMove, BetweenState
from yibao.disbursement import operations as payments
from yibao.disbursement.files import BankAnswer
from yibao.disbursement.payees import payee_of
from yibao.disbursement.states import Outcome
from yibao.errors import ConflictError, InputError, RefusedError

from ..support.actors import CLERK
from .world import AFTERWARDS, Clearing

AWAY = "140200"
ABROAD = "H14020000001"
OURS = payee_of("本区医保中心", "工商银行", "6217000012345671")
THEIRS = payee_of("外区医保中心", "建设银行", "6217000012345672")


def _of(area: str, role: Role) -> Actor:
    return Actor(f"{role.value}-{area}", role, agency_id=f"agency-{area}", area=area)


@pytest.fixture
def both(clear: Clearing, make_institution: Callable[..., Any]) -> Clearing:
    """Visits of 202511 both ways between the world's area and another."""
    from yibao.care.institutions import register_institution

    register_institution(clear.database, make_institution(ABROAD, place=AWAY), actor=CLERK)
    clear.visit(202511, 300_000, home=AWAY)
    clear.visit(202511, 100_000, home=AWAY)
    clear.visit(202511, 200_000)
    clear.visit(202511, 90_000, ABROAD)
    return clear


def _declare(clear: Clearing, area: str, home: str, payee: Any, **more: Any) -> Any:
    actor = more.pop("actor", None) or _of(area, Role.REVIEWER)
    at = more.pop("at", AFTERWARDS)
    return clearing.declare_between(
        clear.database, clear.key(), home, 202511, payee, actor=actor, at=at
    )


def _move(clear: Clearing, between: str, move: BetweenMove, actor: Actor, why: str = "") -> Any:
    return clearing.move_between(
        clear.database, clear.key(), between, move, reason=why, actor=actor, at=AFTERWARDS
    )


def _net(clear: Clearing, area: str, other: str, role: Role = Role.CASHIER) -> Any:
    return clearing.net_between(
        clear.database, clear.key(), other, actor=_of(area, role), at=AFTERWARDS
    )


def _pay(clear: Clearing, area: str) -> str:
    cashier, head = _of(area, Role.CASHIER), _of(area, Role.HEAD)
    batch = payments.draft_batch(clear.database, clear.key(), area, actor=cashier)["batch"]
    payments.sign_batch(clear.database, clear.key(), batch, actor=head)
    payments.send_batch(clear.database, clear.key(), batch, actor=cashier)
    return str(batch)


def _answer(clear: Clearing, area: str, batch: str, amount: int, outcome: Outcome) -> None:
    cashier = _of(area, Role.CASHIER)
    content = payments.file_of_batch(clear.database, batch, actor=cashier).decode("utf-8-sig")
    head, line = content.splitlines()[:2]
    order = line.split(",")[head.split(",").index("付款单号")]
    answer = BankAnswer(batch, order, amount, outcome, "B1", AFTERWARDS.date())
    payments.book_answer(clear.database, answer, actor=cashier)


def test_a_month_is_declared_confirmed_netted_and_paid(both: Clearing) -> None:
    own = both.area
    table = read_between(both.database, _of(own, Role.REVIEWER), 202511)
    sums = {(row.care_area, row.home_area): row.amount for row in table.owed}
    assert set(sums) == {(own, AWAY), (AWAY, own)}
    theirs_to_pay, ours_to_pay = sums[own, AWAY], sums[AWAY, own]
    net = theirs_to_pay - ours_to_pay
    assert net > 0
    first = _declare(both, own, AWAY, OURS)
    assert first["amount"] == theirs_to_pay
    second = _declare(both, AWAY, own, THEIRS)
    _move(both, first["between"], BetweenMove.CONFIRM, _of(AWAY, Role.SECOND))
    assert both.balance(f"area:{AWAY}:due") == theirs_to_pay
    assert both.balance(f"area:{own}:owed") == -theirs_to_pay
    _move(both, second["between"], BetweenMove.CONFIRM, _of(own, Role.SECOND))
    with pytest.raises(RefusedError, match="对方付"):
        _net(both, own, AWAY)
    before = both.events()
    with pytest.raises(DeniedError):
        _net(both, AWAY, own, Role.SECOND)
    assert both.events() == before
    assert _net(both, AWAY, own)["amount"] == net
    with pytest.raises(RefusedError, match="没有双方确认"):
        _net(both, AWAY, own)
    assert both.balance(f"area:{AWAY}:due") == net
    assert both.balance(f"area:{own}:due") == both.balance(f"area:{AWAY}:owed") == 0
    batch = _pay(both, AWAY)
    _answer(both, AWAY, batch, net, Outcome.PAID)
    assert both.balance(f"bank:{own}") == net == -both.balance(f"bank:{AWAY}")
    assert both.balance("area:") == 0
    rows = read_between(both.database, _of(AWAY, Role.SECOND), 202511).declared
    assert {row.state for row in rows} == {BetweenState.PAID}
    both.check()
    # What the bank gives back after all is owed again.
    _answer(both, AWAY, batch, net, Outcome.RETURNED)
    assert both.balance("bank:") == both.balance("area:") == 0
    assert both.balance(f"area:{AWAY}:due") == net
    both.check()
    # The area that gets it says another account; nobody else does.
    listed = read_between(both.database, _of(own, Role.REVIEWER), 202511).declared
    assert [row.between_id for row in listed if row.may_redirect] == [first["between"]]
    another = payee_of("本区医保中心", "另一家银行", "62170000")

    def redirect(actor: Actor, between: str) -> Any:
        return clearing.redirect_between(
            both.database, both.key(), between, another, actor=actor, at=AFTERWARDS
        )

    with pytest.raises(DeniedError):
        redirect(_of(AWAY, Role.REVIEWER), first["between"])
    with pytest.raises(RefusedError, match="对方收款"):
        redirect(_of(AWAY, Role.REVIEWER), second["between"])
    redirect(_of(own, Role.REVIEWER), first["between"])
    _answer(both, AWAY, _pay(both, AWAY), net, Outcome.PAID)
    assert both.balance(f"bank:{own}") == net
    assert both.balance(f"area:{AWAY}:due") == 0
    both.check()


def test_it_is_questioned_explained_and_withdrawn(both: Clearing) -> None:
    own = both.area
    home, care = _of(AWAY, Role.SECOND), _of(own, Role.REVIEWER)
    with pytest.raises(RefusedError, match="还没有过完"):
        _declare(both, own, AWAY, OURS, at=datetime.datetime(2025, 11, 30, tzinfo=datetime.UTC))
    with pytest.raises(RefusedError, match="不用申报"):
        _declare(both, own, "310000", OURS)
    for role in (Role.CLERK, Role.SECOND, Role.CASHIER, Role.HEAD):
        with pytest.raises(DeniedError):
            _declare(both, own, AWAY, OURS, actor=_of(own, role))
    between = _declare(both, own, AWAY, OURS)["between"]
    with pytest.raises(ConflictError, match="已经申报过"):
        _declare(both, own, AWAY, OURS)
    before = both.events()
    others = (_of(own, Role.SECOND), _of(AWAY, Role.REVIEWER), _of("310000", Role.SECOND))
    for actor in (care, *others):
        with pytest.raises(DeniedError):
            _move(both, between, BetweenMove.CONFIRM, actor)
    with pytest.raises(InputError):
        _move(both, between, BetweenMove.QUESTION, home)
    assert both.events() == before
    _move(both, between, BetweenMove.QUESTION, home, "一笔住院超过三万元，请协查")
    with pytest.raises(ConflictError):
        _move(both, between, BetweenMove.CONFIRM, home)
    _move(both, between, BetweenMove.EXPLAIN, care, "病历已核对")
    _move(both, between, BetweenMove.DROP, care)
    again = _declare(both, own, AWAY, OURS)["between"]
    _move(both, again, BetweenMove.CONFIRM, home)
    stranger = read_between(both.database, _of("310000", Role.SECOND), 202511)
    assert (list(stranger.owed), list(stranger.declared)) == ([], [])
    both.check()


def test_what_a_sheet_deducts_later_is_declared_with_the_next_month(both: Clearing) -> None:
    from yibao.clearing.states import ClearingMove

    own = both.area
    first = _declare(both, own, AWAY, OURS)
    application = both.apply(202511)
    both.move(application, ClearingMove.ACCEPT, Role.CLERK)
    both.move(application, ClearingMove.BEGIN_REVIEW, Role.REVIEWER)
    doubt = clearing.tell_doubt(
        both.database, both.key(), application, 60_00, "重复收费",
        actor=both.of(Role.REVIEWER), at=AFTERWARDS,
    )["doubt"]  # fmt: skip
    clearing.decide_doubt(
        both.database, both.key(), doubt, 60_00, "成立",
        actor=both.of(Role.SECOND), at=AFTERWARDS + datetime.timedelta(days=20),
    )  # fmt: skip
    both.settle(application, after=ClearingMove.BEGIN_REVIEW)
    both.visit(202512, 50_000, home=AWAY)
    care = _of(own, Role.REVIEWER)
    (row,) = read_between(both.database, care, 202512).owed
    # By what each home area's fund paid of the month: 60.00 over both.
    assert -60_00 < row.corrected < 0
    assert row.amount == row.booked + row.corrected
    assert first["amount"] > 0
