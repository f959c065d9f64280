"""The demo's settlements, claims, clearing and vouchers: every fen stands in one place, once."""

from __future__ import annotations

import datetime
from collections import defaultdict
from collections.abc import Iterator
from pathlib import Path

import pytest
from sqlalchemy import select
from tests.employers.world import staff
from tests.support.demos import copy_demo

from yibao.access.operations import Key
from yibao.access.permissions import Role
from yibao.care.tables import settlement
from yibao.database.unit import Database, open_database
from yibao.finance.carrying import carry_month
from yibao.finance.checks import finance_faults
from yibao.finance.figures import read_figures
from yibao.finance.items import OF_VISITS, FundItem, FundPart, FundSide
from yibao.insured.fragments import people_of_area
from yibao.ledger.balances import accounts, total
from yibao.ledger.movements import Booked

AREA = "140100"
AT = datetime.datetime(2026, 11, 21, 2, tzinfo=datetime.UTC)
WHOLE = Booked(datetime.date(1900, 1, 1), datetime.date(9999, 12, 31))


@pytest.fixture
def store(demo_store: Path, tmp_path: Path) -> Iterator[Database]:
    database = open_database(f"sqlite:///{copy_demo(demo_store, tmp_path)}")
    yield database
    database.dispose()


def _paid_by_kind(store: Database) -> dict[str, int]:
    """What the settlements themselves say that the funds paid, by item of the statement."""
    query = select(settlement.c.person_id, settlement.c.kind, settlement.c.fund)
    rows, people = store.read(
        lambda unit: (
            unit.run(query).all(),
            set(unit.run(select(people_of_area(AREA).c.person_id)).scalars()),
        )
    )
    paid: dict[str, int] = defaultdict(int)
    for row in rows:
        if row.person_id in people:
            paid[OF_VISITS[row.kind]] += row.fund
    return paid


def test_each_fen_of_the_funds_stands_under_one_item(store: Database) -> None:
    cashier = staff(Role.CASHIER, AREA)
    carry_month(store, Key("test", "carry", "1"), AREA, 202610, actor=cashier, at=AT)
    figures = store.read(lambda unit: read_figures(unit, AREA, WHOLE, {}))
    funds = store.read(
        lambda unit: {
            name: -total(unit, name)
            for name in accounts(unit, prefix=f"fund:{AREA}:", personal=False)
        }
    )
    by_funds = [cell for cell in figures.cells() if cell[1] != FundPart.ACCOUNT]
    assert sum(figures.closing.get(cell, 0) for cell in by_funds) == sum(funds.values())
    for cell in figures.cells():
        assert figures.closing.get(cell, 0) == figures.change(cell), cell
        # Nothing of what the demo does is left to "other": each movement has its name.
        assert FundItem.OTHER_SPENDING not in figures.items[cell], cell
    spent: dict[str, int] = defaultdict(int)
    for cell in by_funds:
        for item, amount in figures.items[cell].items():
            spent[item] += amount
    paid = _paid_by_kind(store)
    assert paid[FundItem.INPATIENT] > 0 < paid[FundItem.OUTPATIENT]
    assert {item: spent[item] for item in paid} == paid
    # What one clearing cut and never gave back came home to the funds, and nothing else did.
    deducted = -spent.get(FundItem.CLEARED, 0)
    assert deducted >= 0
    assert sum(figures.side(cell, FundSide.SPENDING) for cell in by_funds) == (
        sum(paid.values()) - deducted
    )
    assert store.read(lambda unit: list(finance_faults(unit))) == []


def test_months_follow_one_another_and_add_up_to_the_whole(store: Database) -> None:
    first, last = datetime.date(2026, 1, 1), datetime.date(2026, 10, 31)
    year = store.read(lambda unit: read_figures(unit, AREA, Booked(first, last), None))
    before, income, spending = None, 0, 0
    for month in range(1, 11):
        end = datetime.date(2026, month + 1, 1) - datetime.timedelta(days=1)
        of_month = Booked(datetime.date(2026, month, 1), end)
        figures = store.read(lambda unit, b=of_month: read_figures(unit, AREA, b, None))
        assert before is None or figures.opening == before
        before = figures.closing
        income += sum(figures.side(cell, FundSide.INCOME) for cell in figures.cells())
        spending += sum(figures.side(cell, FundSide.SPENDING) for cell in figures.cells())
    assert before == year.closing
    assert income == sum(year.side(cell, FundSide.INCOME) for cell in year.cells())
    assert spending == sum(year.side(cell, FundSide.SPENDING) for cell in year.cells())
