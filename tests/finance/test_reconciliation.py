"""A channel's file of a day against the books: two of everything that can differ, once."""

from __future__ import annotations

import datetime
from collections.abc import Callable
from typing import Any

import pytest

from yibao.access.errors import DeniedError
from yibao.access.permissions import Role
from yibao.database.unit import Database
from yibao.employers import operations as employers
from yibao.employers.errors import FaultyLinesError
from yibao.employers.locks import employer_row
from yibao.errors import ConflictError, InputError
from yibao.finance.files import read_channel_file
from yibao.finance.overpaying import book_overpaid
from yibao.finance.reconciliation import (
    ReportedLine,
    reconcile,
    reconciled,
    resolve_difference,
)
from yibao.policy.compile import PolicyLibrary

from ..employers.world import CODE, HR, Firm, at, staff
from ..support.actors import CLERK

DAY = datetime.date(2026, 1, 20)


@pytest.fixture
def firm(
    database: Database, packs: PolicyLibrary, area: str, make_person: Callable[..., Any]
) -> Firm:
    """An employer whose bank transfers are on the books: eight on the day, two the day before."""
    firm = Firm(database, packs, area)
    firm.set_up(make_person, ("wang",))
    firm.declare(202601, firm.add(("wang", 600_000)), "2026-01-10")
    bill = firm.bill(202601, "2026-01-12")["bill"]
    for number in range(8):
        firm.book(bill, 1_000 + number, "2026-01-20", f"n{number}")
    for number in range(2):
        firm.book(bill, 500, "2026-01-19", f"late{number}")
    return firm


def _lines() -> list[ReportedLine]:
    """Two that agree, two with other amounts, two that stand twice, two of the day before, two
    that nobody knows; two more are not in it."""
    agreed = [ReportedLine(f"n{number}", 1_000 + number) for number in range(2)]
    other = [ReportedLine(f"n{number}", 1) for number in (2, 3)]
    twice = [ReportedLine(f"n{number}", 1_000 + number) for number in (4, 4, 5, 5)]
    late = [ReportedLine(f"late{number}", 500) for number in range(2)]
    unknown = [ReportedLine(f"new{number}", 700) for number in range(2)]
    return [*agreed, *other, *twice, *late, *unknown]


def _take(
    firm: Firm, lines: list[ReportedLine], actor: Any = CLERK, day: datetime.date = DAY
) -> Any:
    key = firm.key("reconcile")
    return reconcile(firm.database, key, "bank", day, lines, actor=actor, at=at("2026-01-21"))


def test_two_of_every_difference_wait_for_somebody_and_no_money_moves(firm: Firm) -> None:
    before = firm.store.fingerprint()
    answer = _take(firm, _lines())
    assert (answer["lines"], answer["matched"], answer["differences"]) == (12, 2, 10)
    waiting = reconciled(firm.database, actor=CLERK).open
    kinds = sorted((row.kind, row.reference, row.there, row.here) for row in waiting)
    assert kinds == [
        ("missing_here", "new0", 700, None),
        ("missing_here", "new1", 700, None),
        ("missing_there", "n6", None, 1_006),
        ("missing_there", "n7", None, 1_007),
        ("other_amount", "n2", 1, 1_002),
        ("other_amount", "n3", 1, 1_003),
        ("other_day", "late0", 500, 500),
        ("other_day", "late1", 500, 500),
        ("twice", "n4", 2_008, 1_004),
        ("twice", "n5", 2_010, 1_005),
    ]
    assert _take(firm, _lines()) == answer
    with pytest.raises(ConflictError, match="内容不同"):
        _take(firm, _lines()[:3])
    assert firm.store.fingerprint() == before
    firm.check()


def test_a_difference_is_resolved_once_with_what_was_done(firm: Firm) -> None:
    _take(firm, _lines())

    def resolve(said: str, actor: Any = CLERK) -> Any:
        return resolve_difference(
            firm.database,
            firm.key("resolve"),
            "bank",
            DAY,
            "new0",
            "missing_here",
            said,
            actor=actor,
            at=at("2026-01-22"),
        )

    with pytest.raises(InputError, match="写明查到什么"):
        resolve(" ")
    resolve("补登记到账")
    with pytest.raises(ConflictError, match="已经处理过"):
        resolve("再写一次")
    assert len(reconciled(firm.database, actor=CLERK).open) == 9
    firm.check()


def test_only_a_cashier_reconciles(firm: Firm) -> None:
    for actor in (HR, staff(Role.CLERK, firm.area), staff(Role.HEAD, firm.area)):
        with pytest.raises(DeniedError):
            _take(firm, _lines(), actor)
        with pytest.raises(DeniedError):
            reconciled(firm.database, actor=actor)
    assert not reconciled(firm.database, actor=CLERK).files
    assert _take(firm, _lines(), staff(Role.CASHIER, firm.area))["matched"] == 2
    with pytest.raises(InputError, match="还没有到"):
        _take(firm, _lines(), day=datetime.date(2026, 1, 22))


def test_a_file_is_read_by_its_headings_and_every_bad_line_is_named() -> None:
    text = '日对账单,\n商户单号,交易金额（元）,备注\na1,"1,000.50",\nb2,-3,退\n\n'
    assert read_channel_file(text.encode("gb18030")) == [
        ReportedLine("a1", 100_050),
        ReportedLine("b2", -300),
    ]
    with pytest.raises(FaultyLinesError) as refused:
        read_channel_file("单号,金额\n,1\nc,一元\n".encode())
    assert [fault.line for fault in refused.value.faults] == [2, 3]
    with pytest.raises(InputError, match="找不到"):
        read_channel_file("甲,乙\n1,2\n".encode())


def test_money_that_went_back_stands_there_with_a_minus(firm: Firm) -> None:
    money = employers.EmployerMoney("bank", "back", 100, DAY)
    employers.return_money(
        firm.database, firm.key("return"), CODE, money, actor=CLERK, at=at("2026-01-20")
    )
    lines = [ReportedLine(f"n{number}", 1_000 + number) for number in range(8)]
    assert _take(firm, [*lines, ReportedLine("back", -100)])["differences"] == 0


def test_what_came_too_much_for_an_employer_stands_to_its_credit_once(firm: Firm) -> None:
    _take(firm, [ReportedLine("n0", 1_300)])
    credit = _credit(firm)

    def book() -> Any:
        key = firm.key("overpaid")
        actor = staff(Role.CASHIER, firm.area)
        return book_overpaid(
            firm.database, key, "bank", DAY, "n0", actor=actor, at=at("2026-01-22")
        )

    assert (book()["rest"], _credit(firm)) == (300, credit + 300)
    with pytest.raises(ConflictError, match="已经处理过"):
        book()
    assert _credit(firm) == credit + 300
    money = employers.EmployerMoney("bank", "back", 300, DAY)
    employers.return_money(
        firm.database, firm.key("return"), CODE, money, actor=CLERK, at=at("2026-01-22")
    )
    assert _credit(firm) == credit
    firm.check()


def _credit(firm: Firm) -> int:
    return int(firm.database.read(lambda unit: employer_row(unit, CODE)).credit)
