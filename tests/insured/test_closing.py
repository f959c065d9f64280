"""Closing a personal account: where the balance goes, what comes later, two at once."""

from __future__ import annotations

import datetime
from collections.abc import Callable
from typing import Any

import pytest
from sqlalchemy import select

from yibao.aid.operations import grants_of
from yibao.benefit.facts import Person
from yibao.errors import ConflictError, InputError, NotFoundError, RefusedError
from yibao.insured import operations as insured
from yibao.insured.enrolment.documents import Proof
from yibao.insured.tables import account_closing
from yibao.policy.compile import PolicyLibrary

from ..support.actors import CLERK, oneself
from ..support.store import Store

Build = Callable[..., Any]
DAY = datetime.date(2025, 6, 30)
PAPER = {
    "death": "death_certificate",
    "abroad": "settlement_abroad",
    "ended": "transfer_certificate",
}


@pytest.fixture
def store(
    database: Any, packs: PolicyLibrary, make_person: Build, make_institution: Build
) -> Store:
    new_store = Store(database, packs)
    new_store.institution(make_institution("h1", price_class=1))
    new_store.person(make_person("worker", sex="male", months=[(202507, 800_000)]), balance=300_000)
    new_store.person(make_person("wife"), balance=1_000)
    new_store.person(make_person("other"), balance=0)
    insured.relate(
        database,
        new_store.key("relate"),
        insured.Relation("worker", "wife", "spouse", datetime.date(2005, 1, 1)),
        actor=CLERK,
        proofs=[Proof("marriage_certificate")],
    )
    return new_store


def _close(store: Store, reason: str = "death", message: str = "", **where: Any) -> Any:
    packs = where.pop("packs", store.packs)
    closing = insured.Closing("worker", reason, DAY, **where)
    return insured.close_account(
        store.database,
        packs,
        store.key("close", message or None),
        closing,
        actor=CLERK,
        proofs=[Proof(PAPER[reason])],
    )


def test_an_heir_gets_the_balance(store: Store) -> None:
    closed = _close(store, heir_id="wife", message="c1")
    assert (closed["amount"], closed["to"]) == (300_000, "heir")
    assert _close(store, heir_id="wife", message="c1") == closed
    assert store.balance("wife") == 301_000
    assert store.entries("personal:worker") == 0
    (row,) = store.database.read(lambda unit: unit.run(select(account_closing)).all())
    assert (row.person_id, row.closed_on, row.target) == ("worker", DAY, "personal:wife")
    before = store.fingerprint()
    with pytest.raises(ConflictError, match="已经注销"):
        _close(store, heir_id="wife")
    assert store.fingerprint() == before
    store.check()


def test_an_heir_without_an_account_is_paid(store: Store) -> None:
    done = _close(store)
    assert (done["amount"], done["to"]) == (300_000, "pay_out")
    assert store.entries("channel:bank") == -300_000
    store.check()


def test_it_moves_with_the_person_or_is_paid_abroad(store: Store, packs: PolicyLibrary) -> None:
    elsewhere = packs.area("北京市").code
    with pytest.raises(InputError, match="转往的统筹区"):
        _close(store, "ended")
    assert _close(store, "ended", to_area=elsewhere)["to"] == "move"
    assert store.entries(f"moved:{elsewhere}") == -300_000
    store.check()


def test_abroad_is_paid_to_the_person(store: Store) -> None:
    before = store.fingerprint()
    with pytest.raises(RefusedError, match="不转给继承人"):
        _close(store, "abroad", heir_id="wife")
    with pytest.raises(RefusedError, match="不转往别的统筹区"):
        _close(store, "abroad", to_area="000000")
    assert store.fingerprint() == before
    assert _close(store, "abroad", channel="unionpay")["to"] == "pay_out"
    assert store.entries("channel:unionpay") == -300_000
    store.check()


def test_the_pack_decides(store: Store, packs_with: Build) -> None:
    other_way = "{death: pay_out, abroad: move, ended: heir}"
    paid = packs_with(personal_account__closing=("closing", other_way))
    with pytest.raises(RefusedError, match="不转给继承人"):
        _close(store, heir_id="wife", packs=paid)
    assert _close(store, "ended", heir_id="wife", packs=paid)["to"] == "heir"
    store.check()


@pytest.mark.parametrize(
    ("reason", "where", "error", "said"),
    [
        ("death", {"heir_id": "other"}, RefusedError, "没有登记 other 与 worker 的亲属关系"),
        ("death", {"heir_id": "nobody"}, NotFoundError, "没有登记的参保人 nobody"),
        ("death", {"channel": "barter"}, InputError, "没有缴费渠道 barter"),
    ],
)
def test_what_is_refused(
    store: Store, reason: str, where: dict[str, str], error: type[Exception], said: str
) -> None:
    before = store.fingerprint()
    with pytest.raises(error, match=said):
        _close(store, reason, **where)
    with pytest.raises(InputError, match="注销个人账户需要死亡证明"):
        insured.close_account(
            store.database,
            store.packs,
            store.key("close"),
            insured.Closing("worker", "death", DAY),
            actor=CLERK,
            proofs=[Proof("marriage_certificate")],
        )
    assert store.fingerprint() == before


def test_nothing_draws_on_a_closed_account(store: Store, make_visit: Build) -> None:
    store.grant("worker", "wife")
    _close(store)
    done = store.settle(
        make_visit("v1", "wife", "h1", 90_000, item_class="C", draw=["own", "worker"])
    )
    assert (done["account"], done["mutual_aid"], done["cash"]) == (1_000, 0, 89_000)
    own = store.settle(make_visit("v2", "worker", "h1", 9_000, item_class="C", draw=["own"]))
    assert (own["account"], own["cash"]) == (0, 9_000)
    (seen,) = grants_of(store.database, "worker", DAY, actor=CLERK)
    assert seen["status"] == "ended"
    with pytest.raises(RefusedError, match="不能转账"):
        insured.transfer(
            store.database, store.key("t"), "wife", "worker", 1, DAY, actor=oneself("wife")
        )
    with pytest.raises(ConflictError, match="没有个人账户，不能授权"):
        store.grant("worker", "other")
    with pytest.raises(NotFoundError, match="没有个人账户"):
        insured.credit(store.database, store.packs, store.key("c"), "worker", 202507, actor=CLERK)
    store.check()


def test_what_comes_back_waits_in_suspense_until_it_is_handed_out(
    store: Store, make_visit: Build, together: Build
) -> None:
    store.settle(make_visit("v1", "worker", "h1", 50_000, item_class="C", draw=["own"]))
    _close(store)
    assert insured.suspense(store.database, actor=CLERK) == []
    store.reverse("worker", "v1")
    (waiting,) = insured.suspense(store.database, actor=CLERK)
    assert (waiting.person_id, waiting.amount, waiting.left) == ("worker", 50_000, 50_000)

    def clear(amount: int, **named: Any) -> Any:
        return insured.clear_suspense(
            store.database,
            store.key("clear"),
            "worker",
            amount,
            DAY,
            actor=CLERK,
            reason="付给继承人，凭公证书",
            **named,
        )

    results = together([lambda: clear(30_000), lambda: clear(30_000, to_account="wife")])
    assert sum(isinstance(result, dict) for result in results) == 1
    assert sum(isinstance(result, ConflictError) for result in results) == 1
    clear(20_000, to_account="wife")
    assert insured.suspense(store.database, actor=CLERK) == []
    with pytest.raises(ConflictError, match=r"待处理的钱是 0\.00 元"):
        clear(1)
    store.check()


def test_closing_and_drawing_at_the_same_time(
    store: Store, make_visit: Build, together: Build
) -> None:
    """A draw sees the account whole or closed; nothing is paid twice, nothing is lost."""
    visits = [
        make_visit(f"v{n}", "worker", "h1", 40_000, item_class="C", draw=["own"]) for n in range(3)
    ]
    results = together(
        [
            *(lambda v=visit: store.another().settle(v) for visit in visits),
            lambda: _close(store.another()),
            lambda: _close(store.another()),
        ]
    )
    settled, closed = results[:3], results[3:]
    (closing,) = [result for result in closed if isinstance(result, dict)]
    assert sum(isinstance(result, ConflictError) for result in closed) == 1
    assert closing["amount"] + sum(settlement["account"] for settlement in settled) == 300_000
    assert store.entries("channel:bank") == -closing["amount"]
    store.check()


def test_a_refund_after_closing_waits_too(
    store: Store, make_person: Callable[..., Person], area: str
) -> None:
    child = make_person("child", scheme="resident", years=[(2025, "2024-11-01")])
    store.person(child)
    insured.relate(
        store.database,
        store.key("relate"),
        insured.Relation("worker", "child", "child", child.birth)
        if child.birth > datetime.date(1980, 3, 15)
        else insured.Relation("worker", "child", "sibling", datetime.date(2005, 1, 1)),
        actor=CLERK,
        proofs=[Proof("household_book")],
    )
    from yibao.insured.payments.bills import Periods

    payable = insured.Payable(
        "child", Periods("resident", (2026,)), datetime.date(2025, 11, 2), ("worker",)
    )
    store.grant("worker", "child")
    paid = insured.pay_now(store.database, store.packs, store.key("pay"), payable, actor=CLERK)
    _close(store)
    refunded = insured.refund_order(
        store.database,
        store.packs,
        store.key("refund"),
        "child",
        paid["order"],
        "转职工",
        datetime.date(2025, 12, 1),
        actor=CLERK,
    )
    assert store.entries("suspense:worker") == -refunded["to_accounts"]
    store.check()
