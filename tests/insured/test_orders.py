"""Bills and orders through channels: posted once, whatever the channel does."""

from __future__ import annotations

import datetime
from collections.abc import Callable
from typing import Any

import pytest

from yibao.benefit.facts import Person
from yibao.database.unit import Database
from yibao.errors import ConflictError, InputError, NotFoundError, RefusedError
from yibao.insured import operations as insured
from yibao.insured.payments.bills import read_bill
from yibao.insured.payments.channels import ChannelPayment, SandboxChannel, channel_names
from yibao.insured.payments.receipts import new_receipt_number
from yibao.ledger import operations as ledger
from yibao.policy.compile import PolicyLibrary

from ..support.actors import CLERK
from .desk import AUTUMN, DAY, DUE, Desk


def test_the_channels_are_data() -> None:
    assert list(channel_names()) == [
        "tax_platform", "wechat", "alipay", "unionpay", "bank", "counter_slip",
    ]  # fmt: skip


def test_a_bill_is_paid_and_posted(desk: Desk, area: str) -> None:
    bill = desk.bill(year=2026)
    assert (bill["due"], bill["late"]) == (DUE, False)
    assert [line["name"] for line in bill["lines"]] == ["individual"]
    channel = SandboxChannel("wechat")
    order = desk.pay(channel, desk.order(bill["bill"]))
    assert (order.status, order.amount) == ("posted", DUE)
    assert desk.balance("channel:wechat") == DUE
    assert desk.balance(f"contribution:{area}:resident:individual") == -DUE
    (paid,) = [
        row
        for row in insured.contribution_records(desk.database, "p1", actor=CLERK)
        if row["amount"]
    ]
    assert (paid["period"], paid["paid_on"], paid["amount"]) == (2026, "2025-11-02", DUE)
    assert paid["receipt"] == order.receipt_no
    assert paid["lines"] == bill["lines"]
    known = insured.cover_known(desk.database, "p1", DAY("2026-03-01"), actor=CLERK)
    assert known is not None
    assert known.entitled is True
    assert desk.pay(channel, order.order_id) == order  # again: nothing happens
    assert channel.calls == 1
    assert insured.orders_of(desk.database, "p1", actor=CLERK) == [order]


def test_a_receipt_is_verified_by_its_number(desk: Desk, area: str) -> None:
    order = desk.pay(SandboxChannel("bank"), desk.order(desk.bill(year=2026)["bill"], "bank"))
    number = order.receipt_no or ""
    assert number.startswith(f"{area}20251102")
    assert insured.verify_receipt(desk.database, f" {number[:10]} {number[10:]} ") == {
        "receipt": number,
        "valid": True,
        "scheme": "resident",
        "periods": [2026],
        "amount": DUE,
        "issued_on": "2025-11-02",
    }
    wrong = number[:-3] + str((int(number[-3]) + 1) % 10) + number[-2:]
    with pytest.raises(InputError, match="校验位"):
        insured.verify_receipt(desk.database, wrong)
    with pytest.raises(InputError, match="28 位"):
        insured.verify_receipt(desk.database, number[:-1])
    with pytest.raises(NotFoundError, match="没有开出过"):
        insured.verify_receipt(desk.database, new_receipt_number(area, DAY("2025-11-02")))


def test_a_channel_refuses(desk: Desk) -> None:
    bill = desk.bill(year=2026)
    channel = SandboxChannel("alipay", "fail")
    order = desk.pay(channel, desk.order(bill["bill"], "alipay"))
    assert (order.status, order.reason) == ("failed", "余额不足")
    assert desk.paid_years() == [2025]
    again = desk.pay(SandboxChannel("wechat"), desk.order(bill["bill"]))
    assert again.status == "posted"


@pytest.mark.parametrize(
    ("behaviour", "ends"), [("time_out", "failed"), ("time_out_paid", "posted")]
)
def test_a_lost_answer_is_asked_for(desk: Desk, behaviour: str, ends: str) -> None:
    channel = SandboxChannel("unionpay", behaviour)
    order_id = desk.order(desk.bill(year=2026)["bill"], "unionpay")
    assert desk.pay(channel, order_id).status == "timed_out"
    assert desk.paid_years() == [2025]
    assert desk.resolve(channel, order_id).status == ends
    assert desk.paid_years() == ([2025, 2026] if ends == "posted" else [2025])
    assert desk.resolve(channel, order_id).status == ends


def test_money_that_comes_after_a_failure_still_counts(desk: Desk) -> None:
    order_id = desk.order(desk.bill(year=2026)["bill"])
    assert desk.pay(SandboxChannel("wechat", "fail"), order_id).status == "failed"
    late = ChannelPayment("w-1", DUE, DAY("2025-11-03"))
    answer = insured.take_payment(
        desk.database, desk.packs, "wechat", "p1", order_id, late, actor=CLERK, at=AUTUMN
    )
    assert answer["status"] == "posted"
    assert desk.paid_years() == [2025, 2026]


def test_a_payment_made_twice_goes_back(desk: Desk, area: str) -> None:
    channel = SandboxChannel("wechat", "pay_twice")
    order = desk.pay(channel, desk.order(desk.bill(year=2026)["bill"]))
    assert order.status == "posted"
    assert channel.refunded == {f"{order.order_id}-2"}
    assert desk.balance("channel:wechat") == DUE
    assert desk.balance(ledger.suspense("p1")) == 0
    assert desk.paid_years() == [2025, 2026]


def test_two_orders_for_one_bill(desk: Desk) -> None:
    bill = desk.bill(year=2026)
    first, second = desk.order(bill["bill"]), desk.order(bill["bill"], "alipay")
    wechat, alipay = SandboxChannel("wechat"), SandboxChannel("alipay", refunds_work=False)
    assert desk.pay(wechat, first).status == "posted"
    order = desk.pay(alipay, second)
    assert (order.status, order.reason) == ("paid", "账单已经缴清，属于重复缴费")
    assert desk.balance(ledger.suspense("p1")) == -DUE
    assert insured.send_refunds(desk.database, alipay, actor=CLERK, at=AUTUMN) == 0
    alipay.refunds_work = True
    assert insured.send_refunds(desk.database, alipay, actor=CLERK, at=AUTUMN) == 1
    assert insured.send_refunds(desk.database, alipay, actor=CLERK, at=AUTUMN) == 0
    assert [order.status for order in insured.orders_of(desk.database, "p1", actor=CLERK)] == [
        "posted",
        "refunded",
    ]
    assert desk.balance("channel:alipay") == 0


def test_two_bills_for_one_year(desk: Desk) -> None:
    orders = [desk.order(desk.bill(year=2026)["bill"]) for _ in range(2)]
    channel = SandboxChannel("wechat")
    assert [desk.pay(channel, order_id).status for order_id in orders] == ["posted", "refunded"]
    assert desk.paid_years() == [2025, 2026]


def test_one_bill_paid_six_times_at_once(
    desk: Desk, together: Callable[..., list[Any]], area: str
) -> None:
    bill = desk.bill(year=2026)
    orders = [desk.order(bill["bill"]) for _ in range(3)]
    channel = SandboxChannel("wechat")
    results = together(
        [lambda order_id=order_id: desk.pay(channel, order_id) for order_id in orders * 2]
    )
    assert not [result for result in results if isinstance(result, Exception)]
    insured.send_refunds(desk.database, channel, actor=CLERK, at=AUTUMN)
    statuses = sorted(order.status for order in insured.orders_of(desk.database, "p1", actor=CLERK))
    assert statuses == ["posted", "refunded", "refunded"]
    assert desk.balance("channel:wechat") == DUE
    assert desk.balance(f"contribution:{area}:resident:individual") == -DUE
    assert len(channel.refunded) == 2
    assert desk.paid_years() == [2025, 2026]


def test_a_wrong_amount_goes_back(desk: Desk) -> None:
    channel = SandboxChannel("wechat", "wrong_amount")
    order = desk.pay(channel, desk.order(desk.bill(year=2026)["bill"]))
    assert (order.status, order.reason) == ("refunded", "到账金额与订单金额不符")
    assert desk.paid_years() == [2025]
    assert desk.balance("channel:wechat") == 0


def test_paid_after_the_window_costs_more(desk: Desk, area: str) -> None:
    early = desk.bill(year=2026)
    order_id = desk.order(early["bill"])
    desk.at = datetime.datetime(2026, 5, 6, 4, tzinfo=datetime.UTC)
    channel = SandboxChannel("wechat")
    order = desk.pay(channel, order_id)
    assert (order.status, order.reason) == ("refunded", "缴费当日的应缴金额已经变化，请重新出账")
    late = desk.bill(year=2026)
    assert late["late"] is True
    assert late["due"] > DUE
    assert desk.pay(channel, desk.order(late["bill"])).status == "posted"
    assert desk.balance(f"contribution:{area}:resident:fiscal_subsidy") == DUE - late["due"]


def test_a_crash_after_the_channel_was_asked(desk: Desk, monkeypatch: pytest.MonkeyPatch) -> None:
    channel = SandboxChannel("wechat")
    order_id = desk.order(desk.bill(year=2026)["bill"])

    def crash(*_: Any, **__: Any) -> None:
        raise KeyboardInterrupt

    with monkeypatch.context() as patched:
        patched.setattr("yibao.insured.payments.paying._take_outcome", crash)
        with pytest.raises(KeyboardInterrupt):
            desk.pay(channel, order_id)
    assert [order.status for order in insured.orders_of(desk.database, "p1", actor=CLERK)] == [
        "confirmed"
    ]
    assert desk.pay(channel, order_id).status == "posted"
    assert len(channel.payments[order_id]) == 1
    assert desk.paid_years() == [2025, 2026]


def test_denied_bills_and_orders_have_no_effect(desk: Desk) -> None:
    paid = desk.bill(year=2026)["bill"]
    posted = desk.order(paid)
    desk.pay(SandboxChannel("wechat"), posted)
    before = desk.whole()
    with pytest.raises(ConflictError, match="2026 已经缴过"):
        desk.bill(year=2026)
    with pytest.raises(RefusedError, match="职工"):
        desk.bill(month=202601)
    with pytest.raises(InputError):
        desk.bill(year=2027, month=202701)
    with pytest.raises(ConflictError, match="已经缴清"):
        desk.order(paid)
    with pytest.raises(NotFoundError):
        desk.order("none")
    with pytest.raises(InputError, match="没有缴费渠道 cheque"):
        desk.order(paid, "cheque")
    with pytest.raises(ConflictError, match="属于渠道 wechat"):
        desk.pay(SandboxChannel("alipay"), posted)
    assert desk.whole() == before


def test_a_free_year_needs_no_channel(
    database: Database, packs: PolicyLibrary, make_person: Callable[..., Person]
) -> None:
    facts = make_person(
        "p1",
        scheme="resident",
        birth="2025-10-20",
        start="2025-10-20",
        groups=["newborn"],
        years=[(2024, "2024-12-31")],
    )
    insured.register(database, facts, actor=CLERK, day=DAY("2025-10-20"), library=packs)
    desk = Desk(database, packs, AUTUMN)
    bill = desk.bill(year=2025)
    assert bill["due"] == 0
    channel = SandboxChannel("wechat")
    order = desk.pay(channel, desk.order(bill["bill"]))
    assert (order.status, channel.calls) == ("posted", 0)
    assert desk.paid_years() == [2024, 2025]
    stored = database.read(lambda unit: read_bill(unit, "p1", bill["bill"]))
    assert (stored.status, sum(line.amount for line in stored.lines)) == ("paid", 0)
