"""What a case asks back comes in parts, from the personal account, or out of a claim that waits."""

from __future__ import annotations

import datetime
from collections.abc import Callable
from typing import Any

import pytest

from yibao.access.chains import extend_any_chain
from yibao.access.errors import DeniedError
from yibao.access.permissions import Role
from yibao.benefit.facts import Person
from yibao.conduct import operations as conduct
from yibao.conduct import recoveries
from yibao.conduct.recoveries import RepaymentWay
from yibao.disbursement.operations import order_payment
from yibao.disbursement.payees import payee_of
from yibao.disbursement.reading import order_state
from yibao.errors import ConflictError, InputError, RefusedError
from yibao.ledger.operations import claim, fund, personal, post, recovery

from ..support.actors import AUDITOR, WARD, oneself
from .conftest import AT, OBTAINED, Bureau

LATER = AT + datetime.timedelta(days=6)


def _executing(bureau: Bureau, subject: str = "worker") -> str:
    case = bureau.note(bureau.lead(subject_id=subject))
    bureau.until_told(case)
    bureau.move(case, "penalise", Role.HEAD, at=LATER)
    bureau.move(case, "serve", Role.CLERK, at=LATER)
    return case


def _allow(bureau: Bureau, case: str, count: int, day: str, **more: Any) -> Any:
    who = more.get("actor") or bureau.of(Role.HEAD)
    return conduct.allow_instalments(
        bureau.database,
        bureau.key(who),
        case,
        count,
        datetime.date.fromisoformat(day),
        more.get("reason", "家庭困难"),
        actor=who,
        at=LATER,
    )


def _book(bureau: Bureau, case: str, amount: int, way: RepaymentWay, slip: str = "S1",
          part: str = "returned") -> Any:  # fmt: skip
    who = bureau.of(Role.CASHIER)
    return conduct.book_recovery(
        bureau.database,
        bureau.key(who),
        case,
        conduct.RecoveryPart(part),
        amount,
        LATER.date(),
        slip,
        way=way,
        library=bureau.packs,
        actor=who,
        at=LATER,
    )


def test_what_goes_back_comes_in_parts_a_month_apart(bureau: Bureau) -> None:
    case = _executing(bureau)
    before = bureau.store.fingerprint()
    for wrong in ({"count": 0}, {"count": 61}, {"count": 3, "reason": " "}):
        with pytest.raises(InputError):
            _allow(bureau, case, **{"day": "2026-06-30", **wrong})
    with pytest.raises(InputError, match="不能早于今天"):
        _allow(bureau, case, 3, "2026-06-06")
    for actor in (bureau.of(Role.CASHIER, "other"), bureau.of(Role.INSPECTOR, "zhao"), WARD,
                  AUDITOR, oneself("worker")):  # fmt: skip
        with pytest.raises(DeniedError):
            _allow(bureau, case, 3, "2026-06-30", actor=actor)
    assert bureau.store.fingerprint() == before
    bureau.book(case, "returned", 26_035, "2026-06-08", "S0")
    allowed = _allow(bureau, case, 3, "2026-06-30")
    assert (allowed["each"], allowed["last_on"]) == (133_333, "2026-08-30")
    sheet = bureau.sheet(case)
    assert [part.amount for part in sheet.document.instalments] == [133_333, 133_333, 133_334]
    assert sum(part.amount for part in sheet.document.instalments) == OBTAINED - 26_035
    day = datetime.date.fromisoformat
    assert sheet.overdue_on(day("2026-06-30")) == 0
    assert sheet.overdue_on(day("2026-07-01")) == 133_333
    bureau.book(case, "returned", 100_000, "2026-07-02", "S1")
    assert bureau.sheet(case).overdue_on(day("2026-07-31")) == 166_666
    bureau.check()


def test_it_comes_from_the_personal_account(
    bureau: Bureau, make_person: Callable[..., Person]
) -> None:
    bureau.store.person(make_person("retiree"), balance=300_000)
    case = _executing(bureau, "retiree")
    with pytest.raises(RefusedError, match="个人账户余额不够"):
        _book(bureau, case, 300_001, RepaymentWay.ACCOUNT)
    with pytest.raises(InputError, match="只能缴到银行"):
        _book(bureau, case, 100, RepaymentWay.ACCOUNT, part="fine")
    assert _book(bureau, case, 200_000, RepaymentWay.ACCOUNT)["left"] == OBTAINED - 200_000
    assert bureau.store.entries(recovery("retiree")) == OBTAINED - 200_000
    assert bureau.store.entries(personal("retiree")) == -100_000
    bureau.check()


def test_it_is_kept_back_from_a_claim_as_far_as_the_place_says(
    bureau: Bureau, monkeypatch: pytest.MonkeyPatch
) -> None:
    case = _executing(bureau)
    _claim(bureau, 100_000)
    with pytest.raises(RefusedError, match="没有来源规定一次最多抵扣多少"):
        _book(bureau, case, 10_000, RepaymentWay.SET_OFF)
    monkeypatch.setattr(recoveries, "_most_share", lambda library, area, day: 3_000)
    with pytest.raises(ConflictError, match=r"最多抵扣 300\.00"):
        _book(bureau, case, 30_001, RepaymentWay.SET_OFF)
    assert _book(bureau, case, 30_000, RepaymentWay.SET_OFF)["left"] == OBTAINED - 30_000
    order = bureau.database.read(lambda unit: order_state(unit, "manual_claim", "c1"))
    assert order is not None
    assert order.amount == 70_000, "the rest is paid"
    assert bureau.store.entries(claim("worker")) == -70_000
    bureau.check()


def _claim(bureau: Bureau, amount: int) -> None:
    """A claim of the person that waits to be paid."""
    who = bureau.of(Role.SECOND)

    def work(unit: Any) -> None:
        lines = [(fund(bureau.area, "resident", "pooled"), amount), (claim("worker"), -amount)]
        post(unit, "worker", "t1", LATER.date(), lines)
        order_payment(
            unit, "manual_claim", "c1", chain="worker", area=bureau.area,
            liability=claim("worker"), amount=amount,
            payee=payee_of("某人", "工商银行", "6217000012345678"), actor=who, at=LATER,
        )  # fmt: skip
        extend_any_chain(unit, "worker", who.id, "settle_claim", {"amount": amount})

    bureau.database.write(work)
