"""Money that goes back: before the cover begins, to a relative's account, as the pack says."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from typing import Any

import pytest
from sqlalchemy import select, update

from yibao.access.operations import Key
from yibao.access.permissions import Actor
from yibao.benefit.facts import Grant, Person
from yibao.benefit.state import PersonState
from yibao.errors import RefusedError
from yibao.insured import operations as insured
from yibao.insured.enrolment.documents import Proof
from yibao.insured.payments.bills import Periods
from yibao.insured.payments.channels import SandboxChannel
from yibao.insured.payments.direct import Payable
from yibao.insured.stored.profile import state_document
from yibao.insured.tables import person
from yibao.ledger import operations as ledger
from yibao.ledger.tables import account
from yibao.policy.compile import PolicyLibrary

from ..support.actors import CLERK, oneself
from .desk import AUTUMN, DAY, DUE, Desk


def test_refund_before_the_cover_begins(desk: Desk, area: str) -> None:
    channel = SandboxChannel("wechat")
    order = desk.pay(channel, desk.order(desk.bill(year=2026)["bill"]))
    key = Key("desk", "refund", "1")

    def refund() -> Any:
        return insured.refund_order(
            desk.database,
            desk.packs,
            key,
            "p1",
            order.order_id,
            "已参加职工医保",
            DAY("2025-12-01"),
            actor=CLERK,
            at=AUTUMN,
        )

    refunded = refund()
    assert refund() == refunded
    assert insured.send_refunds(desk.database, channel, actor=CLERK, at=AUTUMN) == 1
    assert [
        paid_order.status for paid_order in insured.orders_of(desk.database, "p1", actor=CLERK)
    ] == ["refunded"]
    assert desk.paid_years() == [2025]
    assert desk.balance("channel:wechat") == 0
    assert desk.balance(f"contribution:{area}:resident:individual") == 0
    assert insured.verify_receipt(desk.database, order.receipt_no or "")["valid"] is False
    assert desk.pay(channel, desk.order(desk.bill(year=2026)["bill"])).status == "posted"


def test_no_refund_once_the_cover_has_begun(desk: Desk) -> None:
    order = desk.pay(SandboxChannel("wechat"), desk.order(desk.bill(year=2026)["bill"]))
    before = desk.whole()
    for day, error, said in (
        ("2026-01-01", RefusedError, "已经开始"),
        ("2026-05-01", RefusedError, "已经开始"),
    ):
        with pytest.raises(error, match=said):
            insured.refund_order(
                desk.database,
                desk.packs,
                desk.key(),
                "p1",
                order.order_id,
                "不想缴",
                DAY(day),
                actor=CLERK,
            )
    assert desk.whole() == before


def test_a_relatives_account_pays_and_gets_it_back(
    desk: Desk, make_person: Callable[..., Person], area: str
) -> None:
    from yibao.aid import operations as aid

    insured.register(
        desk.database,
        make_person("rich"),
        actor=CLERK,
        balance=500_000,
        day=DAY("2024-01-01"),
    )
    grant = Grant("rich", "p1", "spouse", DAY("2025-01-01"))
    aid.grant(desk.database, desk.key(), grant, actor=CLERK)
    payable = Payable("p1", Periods("resident", (2026,)), DAY("2025-11-02"), ("own", "rich"))
    key = desk.key()

    def pay() -> Any:
        return insured.pay_now(
            desk.database, desk.packs, key, payable, actor=oneself("p1"), at=AUTUMN
        )

    paid = pay()
    assert pay() == paid
    assert insured.verify_receipt(desk.database, paid["receipt"])["amount"] == DUE
    assert desk.paid_years() == [2025, 2026]
    assert desk.balance(ledger.personal("rich")) == -(500_000 - DUE)
    (order,) = insured.orders_of(desk.database, "p1", actor=CLERK)
    assert (order.taken, order.amount, order.status) == ((("rich", DUE),), 0, "posted")
    insured.refund_order(
        desk.database,
        desk.packs,
        desk.key(),
        "p1",
        order.order_id,
        "重复参保",
        DAY("2025-12-01"),
        actor=CLERK,
        at=AUTUMN,
    )
    assert desk.balance(ledger.personal("rich")) == -500_000
    assert desk.paid_years() == [2025]
    assert [
        paid_order.status for paid_order in insured.orders_of(desk.database, "p1", actor=CLERK)
    ] == ["refunded"]
    query = select(account.c.balance).where(account.c.person_id == "rich")
    assert desk.database.read(lambda unit: unit.run(query).scalar_one()) == 500_000


def test_a_relative_pays_from_the_own_account_and_from_no_other(
    desk: Desk, make_person: Callable[..., Person]
) -> None:
    from yibao.access.errors import DeniedError
    from yibao.aid import operations as aid

    insured.register(
        desk.database,
        make_person("rich"),
        actor=CLERK,
        balance=500_000,
        day=DAY("2024-01-01"),
    )
    grant = Grant("rich", "p1", "spouse", DAY("2025-01-01"))
    aid.grant(desk.database, desk.key(), grant, actor=CLERK)
    insured.relate(
        desk.database,
        desk.key(),
        insured.Relation("rich", "p1", "spouse", DAY("2020-01-01")),
        actor=CLERK,
        proofs=[Proof("marriage_certificate")],
    )
    rich = replace(oneself("rich"), relatives=frozenset({"p1"}))

    def pay(actor: Actor, *draw: str) -> Any:
        payable = Payable("p1", Periods("resident", (2026,)), DAY("2025-11-02"), draw)
        return insured.pay_now(
            desk.database, desk.packs, desk.key(), payable, actor=actor, at=AUTUMN
        )

    before = desk.whole()
    for actor, draw, said in (
        (oneself("rich"), ("rich",), "登记过的亲属"),
        (rich, ("own", "rich"), "只能动用自己的个人账户"),
        (rich, (), "没有权限办理“登记柜台缴费”"),
    ):
        with pytest.raises(DeniedError, match=said):
            pay(actor, *draw)
    with pytest.raises(RefusedError, match="请走缴费渠道"):
        pay(oneself("p1"), "own")
    assert desk.whole() == before
    assert pay(rich, "rich")["due"] == DUE
    assert desk.balance(ledger.personal("rich")) == -(500_000 - DUE)
    assert desk.paid_years() == [2025, 2026]


# --- until when a contribution is refunded -------------------------------------------------------


@pytest.mark.parametrize(
    ("until", "day", "used", "said"),
    [
        ("before_period", "2025-12-31", False, ""),
        ("before_period", "2026-01-01", False, "已经开始"),
        ("while_unused", "2026-03-01", False, ""),
        ("while_unused", "2026-03-01", True, "已经用过基金"),
        ("never", "2025-12-31", False, "缴费不退"),
    ],
)
def test_the_pack_says_until_when_money_goes_back(
    desk: Desk,
    packs_with: Callable[..., PolicyLibrary],
    until: str,
    day: str,
    used: bool,
    said: str,
) -> None:
    order_id = desk.order(desk.bill(year=2026)["bill"])
    assert desk.pay(SandboxChannel("wechat"), order_id).status == "posted"
    if used:
        state = PersonState(claims={2026: 1})
        of_person = update(person).where(person.c.person_id == "p1")
        desk.database.write(lambda unit: unit.run(of_person.values(state=state_document(state))))
    rules = packs_with(resident__contribution__refund_until=until)

    def refund() -> Any:
        return insured.refund_order(
            desk.database, rules, desk.key(), "p1", order_id, "转职工", DAY(day), actor=CLERK
        )

    if not said:
        assert refund()["amount"] == DUE
        assert desk.paid_years() == [2025]
        return
    before = desk.whole()
    with pytest.raises(RefusedError, match=said):
        refund()
    assert desk.whole() == before
