"""Contributions reach the fund, the statement comes out, a month is closed by two people once."""

from __future__ import annotations

import datetime
from collections.abc import Callable
from typing import Any

import pytest

from yibao.access.errors import DeniedError
from yibao.access.permissions import Role
from yibao.database.unit import Database
from yibao.errors import ConflictError, InputError, RefusedError
from yibao.finance.carrying import carry_month
from yibao.finance.checks import finance_faults
from yibao.finance.closing import close_month, open_points, prepare_closing
from yibao.finance.items import FundItem, FundPart, FundSide
from yibao.finance.payables import payables
from yibao.finance.statement import (
    FundStatement,
    PartStatement,
    fund_statement,
    reserve_tenths,
    surplus,
)
from yibao.finance.states import Level, VoucherKind
from yibao.finance.vouchers import FundMoney, drop_voucher, enter_voucher, sign_voucher
from yibao.insured.accounts.credits import run_credits
from yibao.ledger.balances import balance, total
from yibao.policy.compile import PolicyLibrary
from yibao.policy.kinds import Scheme

from ..employers.world import HR, Firm, at, staff
from ..support.actors import CLERK

Days = Callable[..., Any]


class Books(Firm):
    """An employer's area with a cashier, a second and a head."""

    def __init__(self, database: Database, packs: PolicyLibrary, area: str) -> None:
        super().__init__(database, packs, area)
        self.cashier, self.second, self.head = (
            staff(role, area) for role in (Role.CASHIER, Role.SECOND, Role.HEAD)
        )

    def held(self, account: str, day: str | None = None) -> int:
        at_day = None if day is None else datetime.date.fromisoformat(day)
        return self.database.read(lambda unit: balance(unit, account, at_day))

    def carry(self, month: int, day: str, actor: Any = None) -> Any:
        key = self.key("carry")
        actor = actor or self.cashier
        return carry_month(self.database, key, self.area, month, actor=actor, at=at(day))

    def enter(
        self, kind: VoucherKind, amount: int, day: str, actor: Any = None, **more: Any
    ) -> str:
        facts: dict[str, Any] = {
            "scheme": Scheme.EMPLOYEE,
            "part": FundPart.POOLED,
            "note": "财社 1 号",
        }
        voucher = FundMoney(
            self.area, kind, amount, datetime.date.fromisoformat(day), **{**facts, **more}
        )
        entered = enter_voucher(
            self.database, self.key("enter"), voucher, actor=actor or self.cashier, at=at(day)
        )
        return str(entered["voucher"])

    def sign(self, voucher: str, day: str, actor: Any = None) -> Any:
        return sign_voucher(
            self.database, self.key("sign"), voucher, actor=actor or self.second, at=at(day)
        )

    def entered(self, kind: VoucherKind, amount: int, day: str, **more: Any) -> None:
        self.sign(self.enter(kind, amount, day, **more), day)

    def statement(self, month: int, actor: Any = None) -> FundStatement:
        return fund_statement(self.database, self.area, month, actor=actor or self.cashier)

    def part(self, month: int, part: FundPart = FundPart.POOLED) -> PartStatement:
        parts = self.statement(month).parts
        return next(
            of_part
            for of_part in parts
            if (of_part.scheme, of_part.part) == (Scheme.EMPLOYEE, part)
        )

    def items(self, month: int, part: FundPart = FundPart.POOLED) -> dict[str, int]:
        return {
            line.item: line.month
            for of_part in self.statement(month).parts
            if (of_part.scheme, of_part.part) == (Scheme.EMPLOYEE, part)
            for line in of_part.lines
            if line.month
        }

    def prepare(self, month: int, day: str, actor: Any = None) -> Any:
        actor, key = actor or self.cashier, self.key("prepare")
        return prepare_closing(self.database, key, self.area, month, actor=actor, at=at(day))

    def close(self, month: int, day: str, actor: Any = None) -> Any:
        actor, key = actor or self.head, self.key("close")
        return close_month(self.database, key, self.area, month, actor=actor, at=at(day))

    def check(self) -> None:
        super().check()
        faults = self.database.read(lambda unit: list(finance_faults(unit)), consistent=True)
        assert faults == []


@pytest.fixture
def books(
    database: Database, packs: PolicyLibrary, area: str, make_person: Callable[..., Any]
) -> Books:
    """January is billed and paid by transfer, February is billed and not paid."""
    books = Books(database, packs, area)
    books.set_up(make_person, ("wang",))
    books.declare(202601, books.add(("wang", 600_000)), "2026-01-10")
    bill = books.bill(202601, "2026-01-12")
    books.book(bill["bill"], bill["due"], "2026-01-20", "t1")
    books.declare(202602, [], "2026-02-10")
    books.bill(202602, "2026-02-12")
    return books


def test_what_is_paid_reaches_the_fund_once_and_what_is_only_billed_does_not(books: Books) -> None:
    fund, paid = f"fund:{books.area}:employee:pooled", f"contribution:{books.area}:employee:"
    employer, individual = books.held(f"{paid}employer") // 2, books.held(f"{paid}individual") // 2
    assert books.held(fund) == 0
    assert books.carry(202601, "2026-02-02")["paid"] == employer + individual
    assert books.held(fund) == employer + individual
    assert books.carry(202601, "2026-02-03")["paid"] == 0
    # February stands on a bill that is not paid.
    assert books.carry(202602, "2026-03-02")["paid"] == 0
    assert books.held(f"{paid}employer") == employer
    assert books.held(fund) == employer + individual
    items = books.items(202601)
    assert items == {FundItem.BY_EMPLOYERS: employer, FundItem.BY_PERSONS: individual}
    assert books.items(202602) == {}
    books.check()


def test_money_that_comes_late_is_carried_late_with_its_late_fee(books: Books) -> None:
    books.carry(202601, "2026-02-02")
    before = books.held(f"fund:{books.area}:employee:pooled")
    bill = max(
        books.database.read(lambda unit: _bills(unit)), key=lambda row: (row.month, row.bill_id)
    )
    books.book(bill.bill_id, bill.due + 100_000, "2026-03-20", "t2")
    books.carry(202603, "2026-04-02")
    items = books.items(202603)
    fee = items[FundItem.LATE_FEE]
    assert fee > 0
    assert books.held(f"fund:{books.area}:employee:pooled") == before + bill.due + fee
    # What was paid too much stands to the employer's credit: it is nobody's contribution.
    late = books.database.read(lambda unit: total(unit, f"contribution:{books.area}:late"))
    assert late == 0
    books.check()


def _bills(unit: Any) -> list[Any]:
    from yibao.employers.bill_rows import open_bills

    from ..employers.world import CODE

    return open_bills(unit, CODE)


def test_credits_come_out_of_the_pool_into_what_belongs_to_people(books: Books) -> None:
    run_credits(books.database, books.packs, books.area, 202601, actor=CLERK)
    credited = books.held(f"credit:{books.area}")
    assert credited > 0
    books.carry(202601, "2026-02-02")
    assert books.held(f"credit:{books.area}") == 0
    assert books.items(202601)[FundItem.CREDITED] == -credited
    accounts = books.part(202601, FundPart.ACCOUNT)
    assert (accounts.surplus, accounts.closing - accounts.opening) == (credited, credited)
    pool = books.part(202601)
    assert pool.closing == pool.opening + pool.surplus
    assert pool.total(FundSide.INCOME) - credited == pool.surplus
    books.check()


def test_a_subsidy_is_booked_when_another_has_signed_it_and_not_before(books: Books) -> None:
    area = books.area
    voucher = books.enter(
        VoucherKind.SUBSIDY, 5_000_000, "2026-01-25", level=Level.PROVINCE, scheme=Scheme.RESIDENT
    )
    before = books.store.fingerprint()
    for denied in (books.cashier, HR, staff(Role.CLERK, area), staff(Role.HEAD, "990100")):
        with pytest.raises(DeniedError):
            books.sign(voucher, "2026-01-26", denied)
    for denied in (books.second, books.head, HR, staff(Role.CASHIER, "990100")):
        with pytest.raises(DeniedError):
            books.enter(VoucherKind.INTEREST, 100, "2026-01-25", denied)
    assert books.store.fingerprint() == before
    assert books.held(f"bank:{area}:treasury") == 0
    books.sign(voucher, "2026-01-26")
    with pytest.raises(ConflictError, match="没有再办一次"):
        books.sign(voucher, "2026-01-26", books.head)
    assert books.held(f"bank:{area}:treasury") == 5_000_000
    assert books.held(f"fund:{area}:resident:pooled") == 5_000_000
    own = books.enter(VoucherKind.INTEREST, 100, "2026-01-25", CLERK)
    with pytest.raises(DeniedError, match="登记的人不能复核"):
        books.sign(own, "2026-01-26", CLERK)
    drop_voucher(
        books.database, books.key("drop"), own, "记错了", actor=books.second, at=at("2026-01-26")
    )
    with pytest.raises(InputError, match="哪一级财政"):
        books.enter(VoucherKind.SUBSIDY, 1, "2026-01-25")
    books.check()


def test_money_goes_from_bank_to_bank_and_never_more_than_is_there(books: Books) -> None:
    area, paid = books.area, books.held("channel:bank")
    for kind, more in (
        (VoucherKind.COLLECTED, {"channel": "bank"}),
        (VoucherKind.PAID_IN, {}),
        (VoucherKind.ALLOTTED, {}),
    ):
        books.entered(kind, paid, "2026-01-28", **more)
    assert [books.held(f"bank:{area}{name}") for name in (":income", ":treasury", "")] == [
        0,
        0,
        paid,
    ]
    assert books.held("channel:bank") == 0
    short = books.enter(VoucherKind.ALLOTTED, 1, "2026-01-29")
    with pytest.raises(RefusedError, match="不够"):
        books.sign(short, "2026-01-29")
    assert books.items(202601) == {}
    books.check()


def test_a_month_is_closed_once_by_another_and_what_comes_late_counts_in_the_next(
    books: Books,
) -> None:
    with pytest.raises(RefusedError, match="缴到了还没有划入基金的保费"):
        books.prepare(202601, "2026-02-03")
    books.carry(202601, "2026-02-02")
    waiting = books.enter(VoucherKind.INTEREST, 700, "2026-01-31")
    points = open_points(
        books.database, books.area, 202601, datetime.date(2026, 2, 3), actor=books.cashier
    )
    blocking = {point.name for point in points if point.blocks}
    assert blocking == {"unsigned"}
    assert {"unreconciled_days", "uncredited"} <= {point.name for point in points}
    books.sign(waiting, "2026-02-02")
    books.prepare(202601, "2026-02-03")
    before = books.store.fingerprint()
    for denied in (books.cashier, books.second, HR, staff(Role.HEAD, "990100")):
        with pytest.raises(DeniedError):
            books.close(202601, "2026-02-04", denied)
    assert books.store.fingerprint() == before
    open_statement = books.statement(202601)
    books.close(202601, "2026-02-04")
    with pytest.raises(ConflictError, match="没有再结一次"):
        books.close(202601, "2026-02-04")
    closed = books.statement(202601)
    assert closed.is_closed
    assert closed.parts == open_statement.parts
    with pytest.raises(ConflictError, match="请记在 202602 或以后"):
        books.enter(VoucherKind.INTEREST, 5, "2026-01-31")
    with pytest.raises(ConflictError, match="已经结账"):
        books.carry(202601, "2026-02-05")
    # A credit of January after January is closed: it counts in February.
    run_credits(books.database, books.packs, books.area, 202601, actor=CLERK)
    credited = books.held(f"credit:{books.area}")
    books.carry(202602, "2026-03-02")
    accounts = books.part(202602, FundPart.ACCOUNT)
    assert (accounts.total(FundSide.BETWEEN), accounts.opening) == (credited, 0)
    assert books.items(202602)[FundItem.CREDITED] == -credited
    year = books.part(202602)
    assert year.year_total(FundSide.BETWEEN) == -credited
    assert books.statement(202601).is_closed
    books.prepare(202602, "2026-03-03")
    books.close(202602, "2026-03-04")
    assert books.part(202602, FundPart.ACCOUNT).closing == credited
    books.check()


def test_payables_are_owed_the_longest_first(books: Books) -> None:
    owed = payables(books.database, books.area, datetime.date(2026, 3, 1), actor=books.head)
    assert {of.kind: of.total for of in owed} == dict.fromkeys(
        ("payable", "retained", "claim", "suspense"), 0
    )


def test_the_national_statement_of_2024_comes_out_by_the_same_arithmetic() -> None:
    """In units of 1,000,000 yuan; the communiqué prints 4,119.75, its own figures leave .74."""
    income, spending, left = 1_734_245, 1_322_271, 3_044_550
    assert surplus(income, spending) == 411_974
    assert reserve_tenths(left, spending) == 276
    assert surplus(639_001, 587_983) == 51_018
    assert (income + 639_001, spending + 587_983) == (2_373_246, 1_910_254)
    assert reserve_tenths(100, 0) is None
