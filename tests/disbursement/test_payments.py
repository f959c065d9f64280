"""Paying out: made by one, signed by another, answered once, returned and sent again."""

from __future__ import annotations

import datetime
from collections.abc import Callable
from typing import Any

import pytest
from sqlalchemy import select

from yibao.access.chains import extend_any_chain, lock_ends
from yibao.access.errors import DeniedError, KeyReusedError
from yibao.access.names import INSTITUTION
from yibao.access.operations import Key
from yibao.access.permissions import Actor, Role
from yibao.access.ties import tie_faults
from yibao.access.trail import all_chains, verify_people
from yibao.database.identifiers import new_identifier
from yibao.database.unit import Database
from yibao.disbursement import operations as payments
from yibao.disbursement import purposes, reading
from yibao.disbursement.batches import bank_chain
from yibao.disbursement.checks import payment_faults
from yibao.disbursement.files import ANSWER_HEADS, BankAnswer, read_answers
from yibao.disbursement.payees import payee_of
from yibao.disbursement.states import OrderState, Outcome
from yibao.disbursement.tables import payment_line, payment_order
from yibao.errors import ConflictError, InputError, NotFoundError
from yibao.ledger.operations import bank, claim, fund, payable, post
from yibao.messages import message
from yibao.policy.compile import PolicyLibrary

from ..support.actors import AUDITOR, CLERK, oneself
from ..support.store import Store

Build = Callable[..., Any]
Together = Callable[..., list[Any]]
DAY = datetime.date(2026, 9, 28)
AT = datetime.datetime(2026, 9, 28, 2, tzinfo=datetime.UTC)
MOVED: list[tuple[str, str]] = []

purposes.register_purpose(
    purposes.PaymentPurpose(
        "test_payment",
        message("手工报销"),
        lambda unit, moved: MOVED.append((moved.reference, moved.state)),
    )
)


class Bank:
    """People of one agency and what they pay."""

    def __init__(self, store: Store, area: str) -> None:
        self.store, self.database, self.area = store, store.database, area
        self.sent = 0
        MOVED.clear()

    def of(self, role: Role, name: str = "", area: str = "") -> Actor:
        return Actor(name or role.value, role, agency_id="agency", area=area or self.area)

    def key(self, actor: Actor) -> Key:
        self.sent += 1
        return Key(actor.id, "payments", f"m{self.sent}")

    def owe(self, reference: str, amount: int, account: str = "6217000012345678") -> str:
        """Owe the worker a claim, and order that it is paid."""

        def operation(unit: Any) -> str:
            lock_ends(unit, ["worker"])
            liability = claim("worker")
            lines = [(fund(self.area, "employee", "pooled"), amount), (liability, -amount)]
            post(unit, "worker", new_identifier(), DAY, lines)
            order = payments.order_payment(
                unit,
                "test_payment",
                reference,
                chain="worker",
                area=self.area,
                liability=liability,
                amount=amount,
                payee=payee_of("王秀兰", "工商银行", account),
                actor=CLERK,
                at=AT,
            )
            extend_any_chain(unit, "worker", CLERK.id, "settle_claim", {"order": order})
            return order

        return self.database.write(operation)

    def draft(self, *orders: str, actor: Actor | None = None) -> str:
        who = actor or self.of(Role.CASHIER)
        return str(
            payments.draft_batch(self.database, self.key(who), self.area, orders, actor=who)[
                "batch"
            ]
        )

    def sign(self, batch: str, actor: Actor | None = None) -> Any:
        who = actor or self.of(Role.HEAD)
        return payments.sign_batch(self.database, self.key(who), batch, actor=who)

    def send(self, batch: str, actor: Actor | None = None) -> Any:
        who = actor or self.of(Role.CASHIER)
        return payments.send_batch(self.database, self.key(who), batch, actor=who)

    def out(self, *orders: str) -> str:
        batch = self.draft(*orders)
        self.sign(batch)
        self.send(batch)
        return batch

    def answer(
        self, batch: str, order: str, amount: int, outcome: Outcome = Outcome.PAID, **more: Any
    ) -> Any:
        said = BankAnswer(batch, order, amount, outcome, "B1", DAY, **more)
        return payments.book_answer(self.database, said, actor=self.of(Role.CASHIER))

    def state(self, order: str) -> str:
        query = select(payment_order.c.state).where(payment_order.c.order_id == order)
        return str(self.database.read(lambda unit: unit.run(query).scalar_one()))

    def check(self) -> None:
        self.store.check()
        assert self.database.read(lambda unit: list(payment_faults(unit))) == []
        chains = all_chains(self.database)
        assert list(verify_people(self.database, chains)) == []
        assert list(tie_faults(self.database, chains)) == []


@pytest.fixture
def house(database: Database, packs: PolicyLibrary, make_person: Build) -> Bank:
    store = Store(database, packs)
    store.person(make_person("worker"), balance=0)
    return Bank(store, store.facts("worker").area)


def test_made_signed_sent_and_paid(house: Bank) -> None:
    first, second = house.owe("c1", 998_250), house.owe("c2", 12_345)
    page = reading.payments(house.database, house.of(Role.CASHIER))
    assert [(row.order_id, row.amount) for row in page.waiting] == [
        (first, 998_250),
        (second, 12_345),
    ]
    batch = house.draft()
    house.sign(batch)
    sent = house.send(batch)
    content = payments.file_of_batch(house.database, batch, actor=house.of(Role.CASHIER))
    text = content.decode("utf-8-sig").splitlines()
    assert text[0].split(",")[:3] == ["批次号", "付款单号", "户名"]
    assert text[1] == f"{batch},{first},王秀兰,工商银行,6217000012345678,9982.50,手工报销"
    assert len(sent["digest"]) == 64
    assert house.store.entries(bank(house.area)) == 0, "nothing is booked before the bank answers"
    assert house.answer(batch, first, 998_250)["state"] == "paid"
    again = house.answer(batch, first, 998_250)
    assert again["state"] == "paid"
    assert house.store.entries(bank(house.area)) == -998_250
    assert house.store.entries(claim("worker")) == -12_345
    ((listed, orders),) = [reading.read_batch(house.database, AUDITOR, batch)]
    assert (listed.count, listed.total, listed.open) == (2, 1_010_595, 1)
    assert [str(order.state_label) for order in orders] == ["已拨付", "已报盘"]
    assert MOVED == [("c1", "sent"), ("c2", "sent"), ("c1", "paid")]
    house.check()


def test_a_reference_is_ordered_once_and_an_order_is_in_one_batch(house: Bank) -> None:
    order = house.owe("c1", 500)
    with pytest.raises(ConflictError, match="不能再付一次"):
        house.owe("c1", 500)
    batch = house.draft(order)
    for orders in ((order,), ()):
        with pytest.raises(ConflictError, match="没有做任何改动"):
            house.draft(*orders)
    with pytest.raises(ConflictError, match="没有做任何改动"):
        house.draft("nothing")
    with pytest.raises(ConflictError, match="待签发"):
        house.send(batch)
    with pytest.raises(ConflictError, match="付款单现在是“已编批次”"):
        house.answer(batch, order, 500)
    house.sign(batch)
    with pytest.raises(ConflictError, match="已签发"):
        house.sign(batch)
    house.send(batch)
    with pytest.raises(ConflictError, match=r"付款单是 5\.00 元"):
        house.answer(batch, order, 501)
    with pytest.raises(ConflictError, match="不在这一批里"):
        house.answer("other", order, 500)
    with pytest.raises(NotFoundError):
        house.answer(batch, "nothing", 500)
    house.answer(batch, order, 500)
    with pytest.raises(KeyReusedError):
        house.answer(batch, order, 499)
    house.check()


def test_whoever_makes_a_batch_never_signs_it_and_wrong_roles_do_nothing(house: Bank) -> None:
    order = house.owe("c1", 500)
    cashier, head = house.of(Role.CASHIER, "li"), house.of(Role.HEAD, "zhao")
    for actor in (house.of(Role.CLERK), head, oneself("worker"), AUDITOR, house.of(Role.SECOND)):
        with pytest.raises(DeniedError):
            house.draft(order, actor=actor)
    with pytest.raises(DeniedError):
        house.draft(order, actor=house.of(Role.CASHIER, area="999900"))
    batch = house.draft(order, actor=cashier)
    for actor in (cashier, house.of(Role.HEAD, "li"), house.of(Role.HEAD, area="999900")):
        with pytest.raises(DeniedError, match="没有做任何改动"):
            house.sign(batch, actor)
    house.sign(batch, head)
    for actor in (head, house.of(Role.CASHIER, "zhao"), house.of(Role.CLERK)):
        with pytest.raises(DeniedError, match="没有做任何改动"):
            house.send(batch, actor)
    whole = Actor("whole", Role.OFFICER)
    dropped = house.owe("c2", 700)
    own = house.draft(dropped, actor=whole)
    with pytest.raises(DeniedError, match="编批次的人不能签发"):
        house.sign(own, whole)
    with pytest.raises(DeniedError):
        payments.file_of_batch(house.database, batch, actor=AUDITOR)
    with pytest.raises(InputError, match="作废的原因"):
        payments.drop_batch(house.database, house.key(head), own, " ", actor=head)
    payments.drop_batch(house.database, house.key(head), own, "账号不对", actor=head)
    assert house.state(dropped) == OrderState.WAITING
    assert house.state(order) == OrderState.BATCHED
    with pytest.raises(DeniedError):
        reading.payments(house.database, house.of(Role.CLERK))
    assert reading.payments(house.database, house.of(Role.HEAD, area="999900")).waiting == []
    house.check()


def test_a_returned_payment_is_sent_to_another_account(house: Bank) -> None:
    order = house.owe("c1", 500)
    batch = house.out(order)
    house.answer(batch, order, 500, Outcome.RETURNED, reason="账号户名不符")
    assert house.state(order) == OrderState.RETURNED
    assert house.store.entries(claim("worker")) == -500
    with pytest.raises(ConflictError, match="没有等着"):
        house.draft()

    def redirect(unit: Any) -> None:
        lock_ends(unit, ["worker"])
        payee = payee_of("王秀兰", "建设银行", "6227 0000 1234 5678")
        payments.redirect_payment(unit, "test_payment", "c1", payee)
        extend_any_chain(unit, "worker", CLERK.id, "settle_claim", {"order": order})

    house.database.write(redirect)
    second = house.out()
    # An old answer that comes again is the answer that it got, and moves nothing.
    house.answer(batch, order, 500, Outcome.RETURNED, reason="账号户名不符")
    assert house.state(order) == OrderState.SENT
    house.answer(second, order, 500)
    old = payments.file_of_batch(house.database, batch, actor=house.of(Role.CASHIER))
    assert b"6217000012345678" in old
    # After it had left it comes back all the same.
    house.answer(second, order, 500, Outcome.RETURNED, reason="销户")
    assert house.state(order) == OrderState.RETURNED
    assert house.store.entries(bank(house.area)) == 0
    assert house.store.entries(claim("worker")) == -500
    assert [state for _, state in MOVED] == ["sent", "returned", "sent", "paid", "returned"]

    def cancel(unit: Any) -> bool:
        lock_ends(unit, ["worker"])
        open_still = payments.cancel_payment(unit, "test_payment", "c1")
        extend_any_chain(unit, "worker", CLERK.id, "settle_claim", {"order": order})
        return open_still

    assert house.database.write(cancel)
    house.check()


def test_of_two_at_once_one_wins(house: Bank, together: Together) -> None:
    order = house.owe("c1", 500)
    cashiers = [house.of(Role.CASHIER, name) for name in ("qian", "sun")]
    answers = together([lambda who=who: house.draft(order, actor=who) for who in cashiers])
    (batch,) = [answer for answer in answers if isinstance(answer, str)]
    (error,) = [answer for answer in answers if isinstance(answer, Exception)]
    assert isinstance(error, ConflictError)
    house.sign(batch)
    sends = together([lambda who=who: house.send(batch, who) for who in cashiers])
    assert sum(isinstance(answer, ConflictError) for answer in sends) == 1
    booked = together([lambda: house.answer(batch, order, 500) for _ in range(2)])
    assert [answer["state"] for answer in booked] == ["paid", "paid"]
    assert house.store.entries(bank(house.area)) == -500
    house.check()


def test_an_institution_is_paid_what_it_is_owed(house: Bank) -> None:
    chain = f"{INSTITUTION}h1"

    def operation(unit: Any) -> str:
        lines = [(fund(house.area, "employee", "pooled"), 900), (payable("h1"), -900)]
        post(unit, chain, new_identifier(), DAY, lines)
        order = payments.order_payment(
            unit,
            "test_payment",
            "2026-09",
            chain=chain,
            area=house.area,
            liability=payable("h1"),
            amount=900,
            payee=payee_of("某医院", "工商银行", "0502 1234 5678"),
            actor=CLERK,
            at=AT,
        )
        extend_any_chain(unit, chain, CLERK.id, "clear", {"order": order})
        return order

    order = house.database.write(operation)
    house.answer(house.out(order), order, 900)
    assert house.store.entries(payable("h1")) == 0
    house.check()


def test_a_bank_file_is_booked_line_by_line(house: Bank) -> None:
    first, second = house.owe("c1", 500), house.owe("c2", 600)
    batch = house.out()
    heads = ",".join(ANSWER_HEADS)
    text = (
        f"{heads}\r\n{batch},{first},5.00,成功,B1,2026-09-29,\r\n"
        f"{batch},{second},6.01,成功,B2,2026-09-29,\r\n\r\n"
        f"{batch},{second},6.00,退回,B3,2026-09-29,销户\r\n"
    )
    for _ in range(2):
        answers = read_answers(text.encode("utf-8-sig"))
        lines = payments.book_answers(house.database, answers, actor=house.of(Role.CASHIER))
        assert [line.fault is None for line in lines] == [True, False, True]
    assert [house.state(order) for order in (first, second)] == ["paid", "returned"]
    for broken in (
        b"\xff",
        b"",
        f"{heads}\n{batch},{first},5.00,好,B,2026-09-29,".encode(),
        f"{heads}\n{batch},{first},5.001,成功,B,2026-09-29,".encode(),
        f"{heads}\n{batch},{first},5,成功,,2026-09-29,".encode(),
        f"{heads}\n{batch},{first},5,成功,B".encode(),
    ):
        with pytest.raises(InputError):
            read_answers(broken)
    with pytest.raises(DeniedError):
        payments.book_answers(house.database, [], actor=house.of(Role.CLERK))
    house.check()


def test_accounts_are_no_formulas_and_stand_sealed(house: Bank) -> None:
    for name, bank_name, account in (
        ("=cmd()", "工行", "62170000"),
        ("王", "", "62170000"),
        ("王", "工行", "6217"),
        ("王\n李", "工行", "62170000x"),
    ):
        with pytest.raises(InputError):
            payee_of(name, bank_name, account)
    order = house.owe("c1", 500)
    house.out(order)
    with house.database.engine.connect() as connection:
        for table in (payment_order, payment_line):
            stored = connection.exec_driver_sql(f"SELECT payee FROM {table.name}").scalar_one()
            assert b"6217000012345678" not in bytes(stored)


def test_the_check_names_what_was_altered(house: Bank) -> None:
    order = house.owe("c1", 500)
    house.out(order)
    with house.database.engine.begin() as connection:
        connection.exec_driver_sql("UPDATE payment_order SET state = 'paid'")
        connection.exec_driver_sql("UPDATE payment_batch SET signed_by = drafted_by")
    faults = [str(fault) for fault in house.database.read(lambda unit: list(payment_faults(unit)))]
    assert len(faults) == 2
    assert order in faults[0]
    chains = ["worker", bank_chain(house.area)]
    assert len(list(tie_faults(house.database, chains))) == 2
