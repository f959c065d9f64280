"""Bills and orders through channels: posted once, refunded where it must be."""

from __future__ import annotations

import datetime
from collections.abc import Callable
from dataclasses import replace
from typing import Any

import pytest
from sqlalchemy import func, select, update

from yibao.access.operations import Key
from yibao.access.permissions import Actor
from yibao.access.tables import event, message
from yibao.benefit.facts import Grant, Person
from yibao.benefit.state import PersonState
from yibao.database.unit import Database
from yibao.errors import ConflictError, InputError, NotFoundError, RefusedError
from yibao.insured import operations as insured
from yibao.insured import tables
from yibao.insured.enrolment.documents import Proof
from yibao.insured.payments.bills import Periods, read_bill
from yibao.insured.payments.channels import ChannelPayment, SandboxChannel, channel_names
from yibao.insured.payments.direct import Payable
from yibao.insured.payments.orders import Order
from yibao.insured.payments.receipts import new_receipt_number
from yibao.insured.stored.profile import state_document
from yibao.insured.tables import bill, channel_payment, order_, person, receipt
from yibao.ledger import operations as ledger
from yibao.ledger.tables import account, entry
from yibao.policy.compile import PolicyLibrary

from ..support.actors import CLERK, oneself

DAY = datetime.date.fromisoformat
AUTUMN = datetime.datetime(2025, 11, 2, 4, tzinfo=datetime.UTC)
DUE = 40_000
"""A resident's year 2026, paid in its window."""


class Desk:
    """The operations of one store, on one day."""

    def __init__(self, database: Database, packs: PolicyLibrary, at: datetime.datetime) -> None:
        self.database, self.packs, self.at = database, packs, at
        self.count = 0

    def key(self) -> Key:
        self.count += 1
        return Key("desk", "test", str(self.count))

    def bill(self, **period: Any) -> dict[str, Any]:
        billed = insured.make_bill(
            self.database, self.packs, self.key(), "p1", self.at.date(), actor=CLERK, **period
        )
        new_bill: dict[str, Any] = billed["bills"][0]
        return new_bill

    def order(self, bill_id: str, channel: str = "wechat", payer: str | None = None) -> str:
        ordered = insured.create_order(
            self.database,
            self.key(),
            "p1",
            bill_id,
            channel,
            actor=CLERK,
            payer_id=payer,
            at=self.at,
        )
        return str(ordered["order"])

    def pay(self, channel: SandboxChannel, order_id: str) -> Order:
        return insured.pay_order(
            self.database, self.packs, channel, "p1", order_id, actor=CLERK, at=self.at
        )

    def resolve(self, channel: SandboxChannel, order_id: str) -> Order:
        return insured.resolve_order(
            self.database, self.packs, channel, "p1", order_id, actor=CLERK, at=self.at
        )

    def balance(self, name: str) -> int:
        query = select(func.coalesce(func.sum(entry.c.amount), 0)).where(entry.c.account == name)
        return int(self.database.read(lambda unit: unit.run(query).scalar_one()))

    def paid_years(self) -> list[int]:
        assert self.database.read(lambda unit: insured.profile_faults(unit, "p1")) == []
        return [
            row["period"] for row in insured.contribution_records(self.database, "p1", actor=CLERK)
        ]

    def whole(self) -> list[Any]:
        counted = (
            tables.person, tables.contribution, tables.cover, bill, order_, channel_payment,
            receipt, entry, account, event, message,
        )  # fmt: skip
        return self.database.read(
            lambda unit: [tuple(row) for table in counted for row in unit.run(select(table))]
        )


@pytest.fixture
def desk(database: Database, packs: PolicyLibrary, make_person: Callable[..., Person]) -> Desk:
    facts = make_person("p1", scheme="resident", years=[(2025, "2024-12-01")])
    insured.register(database, facts, actor=CLERK, day=DAY("2020-01-01"), library=packs)
    return Desk(database, packs, AUTUMN)


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
