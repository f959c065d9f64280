"""A year's budget: one enters it, a head approves it, and the statement says what is left."""

from __future__ import annotations

import csv
import io
from collections.abc import Callable
from typing import Any

import pytest

from yibao.access.errors import DeniedError
from yibao.access.permissions import Role
from yibao.database.unit import Database
from yibao.employers.errors import FaultyLinesError
from yibao.errors import ConflictError, InputError
from yibao.finance.budget_files import budget_csv, read_budget_file
from yibao.finance.budgets import (
    approve_budget,
    budget_share,
    change_budget_line,
    drop_budget,
    enter_budget,
    read_budget,
)
from yibao.finance.items import FundItem, FundPart
from yibao.finance.statement import FundLine
from yibao.finance.states import VoucherKind
from yibao.finance.written import statement_csv
from yibao.policy.compile import PolicyLibrary
from yibao.policy.kinds import Scheme

from ..employers.world import HR, at, staff
from .test_fund import Books

_POOL = (Scheme.EMPLOYEE, FundPart.POOLED)
_DAY = "2026-01-05"


class Planned(Books):
    """An area whose cashier plans and whose head approves."""

    def plan(self, *items: tuple[FundItem, int], actor: Any = None, **more: Any) -> str:
        entered = enter_budget(
            self.database, self.key("plan"), self.area, 2026, {_POOL: dict(items)}, "财社 1 号",
            actor=actor or self.cashier, at=at(_DAY), **more,
        )  # fmt: skip
        return str(entered["budget"])

    def change(self, item: FundItem, amount: int, day: str = _DAY, reason: str = "追加") -> str:
        key, line = self.key("change"), (*_POOL, item, amount)
        entered = change_budget_line(
            self.database, key, self.area, 2026, line, reason, actor=self.cashier, at=at(day)
        )
        return str(entered["budget"])

    def approve(self, budget: str, actor: Any = None, day: str = _DAY) -> Any:
        key = self.key("approve")
        return approve_budget(self.database, key, budget, actor=actor or self.head, at=at(day))

    def line(self, item: FundItem, month: int = 202601) -> FundLine:
        (line,) = [line for line in self.part(month).lines if line.item == item]
        return line


@pytest.fixture
def planned(database: Database, packs: PolicyLibrary, area: str) -> Planned:
    return Planned(database, packs, area)


def test_a_budget_holds_when_a_head_has_approved_it_and_the_statement_says_what_is_left(
    planned: Planned,
) -> None:
    planned.entered(VoucherKind.OPENING, 1_000_000, _DAY)
    planned.entered(VoucherKind.INTEREST, 33_333, "2026-01-10")
    budget = planned.plan((FundItem.INTEREST, 100_000), (FundItem.INPATIENT, 7_000_000))
    assert planned.line(FundItem.INTEREST).budget is None
    before = planned.store.fingerprint()
    others = (
        planned.cashier,
        planned.second,
        HR,
        staff(Role.CLERK, planned.area),
        staff(Role.HEAD, "990100"),
    )
    for denied in others:
        with pytest.raises(DeniedError):
            planned.approve(budget, denied)
    for denied in (planned.second, planned.head, HR, staff(Role.CASHIER, "990100")):
        with pytest.raises(DeniedError):
            planned.plan((FundItem.INTEREST, 1), actor=denied)
    with pytest.raises(ConflictError, match="第 1 版还等着批准"):
        planned.change(FundItem.INTEREST, 5)
    assert planned.store.fingerprint() == before
    planned.approve(budget)
    interest, inpatient = planned.line(FundItem.INTEREST), planned.line(FundItem.INPATIENT)
    assert (interest.year_to_date, interest.budget, interest.budget_share) == (
        33_333,
        100_000,
        3333,
    )
    assert interest.budget_left == 66_667
    # What was planned and not spent is a line too.
    assert (inpatient.month, inpatient.budget_share, inpatient.budget_left) == (0, 0, 7_000_000)
    with pytest.raises(ConflictError, match="没有再办一次"):
        planned.approve(budget)
    rows = list(
        csv.reader(io.StringIO(statement_csv(planned.statement(202601)).decode("utf-8-sig")))
    )
    assert ["1,000.00", "33.33%", "666.67"] in [row[-3:] for row in rows]
    planned.check()


def test_a_change_is_a_new_version_and_a_closed_month_keeps_the_one_it_had(
    planned: Planned,
) -> None:
    planned.entered(VoucherKind.INTEREST, 50_000, "2026-01-10")
    planned.approve(planned.plan((FundItem.INTEREST, 100_000)))
    planned.prepare(202601, "2026-02-03")
    planned.close(202601, "2026-02-04")
    changed = planned.change(FundItem.INTEREST, 40_000, "2026-02-05", "利率下调")
    planned.approve(changed, day="2026-02-06")
    assert planned.line(FundItem.INTEREST).budget_share == 5000
    over = planned.line(FundItem.INTEREST, 202602)
    assert (over.budget, over.budget_share, over.budget_left) == (40_000, 12_500, -10_000)
    dropped = planned.change(FundItem.INTEREST, 0, "2026-02-07")
    drop_budget(
        planned.database, planned.key("drop"), dropped, "不改", actor=planned.head,
        at=at("2026-02-08"),
    )  # fmt: skip
    read = read_budget(planned.database, planned.area, 2026, actor=planned.head)
    assert [(each.version, each.reason) for each in read.versions] == [
        (3, "追加"), (2, "利率下调"), (1, "财社 1 号"),
    ]  # fmt: skip
    assert read.holds is not None
    assert (read.holds.version, read.waits) == (2, None)
    with pytest.raises(ConflictError, match="一样"):
        planned.change(FundItem.INTEREST, 40_000)
    planned.check()


def test_of_two_who_plan_at_once_one_is_told_that_the_other_did(
    planned: Planned, together: Callable[..., list[Any]]
) -> None:
    answers = together(
        [
            lambda: planned.change(FundItem.INTEREST, 100),
            lambda: planned.change(FundItem.SUBSIDY, 7),
        ]
    )
    assert sorted(isinstance(answer, ConflictError) for answer in answers) == [False, True]
    planned.check()


def test_a_file_is_read_as_it_is_written_and_every_faulty_line_is_named() -> None:
    lines = {
        _POOL: {FundItem.SUBSIDY: 100, FundItem.INPATIENT: 123_456_789},
        (Scheme.RESIDENT, FundPart.UPPER): {FundItem.AFTER_YEAR: 5},
    }
    assert read_budget_file(budget_csv(lines)) == lines
    written = (
        "险种,部分,项目,预算\n"
        "resident,统筹,住院,10\n"
        "resident,统筹,住院,11\n"
        "employee,统筹,启用前的余额,1\n"
        "employee,统筹,住院,1.234\n"
        "工伤保险,统筹,住院,1\n"
    )
    with pytest.raises(FaultyLinesError) as refused:
        read_budget_file(written.encode())
    assert [fault.line for fault in refused.value.faults] == [3, 4, 5, 6]
    with pytest.raises(InputError, match="找不到这些列"):
        read_budget_file("险种,部分,金额\na,b,1\n".encode())
    assert budget_share(99_999, 100_000) == 9_999
