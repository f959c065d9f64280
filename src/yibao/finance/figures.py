"""What the books say of a time: income, spending and balances of an area's funds.

Everything is read from the entries; what an item is follows from what stood against the fund.
What no item explains is shown under "other", so that the balances always come out.
"""

from __future__ import annotations

import datetime
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field

from sqlalchemy import select

from yibao.care.fragments import settlement_kinds
from yibao.database.unit import Unit
from yibao.finance.items import (
    LAYERS,
    OF_VISITS,
    FundItem,
    FundPart,
    FundSide,
    contribution_of,
    side_of,
)
from yibao.finance.tables import fund_voucher
from yibao.finance.vouchers import ITEM_OF
from yibao.insured.fragments import people_of_area
from yibao.ledger import operations as ledger
from yibao.ledger.movements import (
    SETTLED,
    Booked,
    Movement,
    labelled_sums,
    other_movements,
    personal_sums,
    personal_total,
    sums_by_name,
)
from yibao.policy.kinds import Scheme

Cell = tuple[str, str]
"""Scheme and part."""
BEGINNING = datetime.date(1, 1, 1)


@dataclass(slots=True)
class Figures:
    """Sums of a time; fen, the way each side grows."""

    items: dict[Cell, dict[str, int]] = field(default_factory=dict)
    opening: dict[Cell, int] = field(default_factory=dict)
    closing: dict[Cell, int] = field(default_factory=dict)

    def add(self, cell: Cell, item: FundItem, amount: int) -> None:
        """More of an item."""
        of_cell = self.items.setdefault(cell, {})
        of_cell[item] = of_cell.get(item, 0) + amount

    def side(self, cell: Cell, side: FundSide) -> int:
        """What came in, went out or was moved between the parts of one."""
        of_cell = self.items.get(cell, {})
        return sum(amount for item, amount in of_cell.items() if side_of(FundItem(item)) is side)

    def change(self, cell: Cell) -> int:
        """By how much the items change the balance."""
        surplus = self.side(cell, FundSide.INCOME) - self.side(cell, FundSide.SPENDING)
        return surplus + self.side(cell, FundSide.BETWEEN)

    def cells(self) -> list[Cell]:
        """Every part of which there is something to say, in a lasting order."""
        named = {*self.items, *(cell for cell, amount in self.balances() if amount)}
        parts = list(FundPart)
        schemes = list(Scheme)
        return sorted(named, key=lambda cell: (schemes.index(cell[0]), parts.index(cell[1])))  # type: ignore[arg-type]

    def balances(self) -> Iterable[tuple[Cell, int]]:
        """Opening and closing balances of every part."""
        return [*self.opening.items(), *self.closing.items()]

    def balance_out(self) -> None:
        """Say under "other" what the items leave unexplained of the balances."""
        for cell in {*self.items, *self.opening, *self.closing}:
            rest = self.closing.get(cell, 0) - self.opening.get(cell, 0) - self.change(cell)
            if rest:
                item = FundItem.OTHER_INCOME if rest > 0 else FundItem.OTHER_SPENDING
                self.add(cell, item, abs(rest))


def added(parts: Iterable[Figures]) -> Figures:
    """The items of times that follow one another, from the first opening to the last closing."""
    every = list(parts)
    whole = Figures()
    for figures in every:
        for cell, items in figures.items.items():
            for item, amount in items.items():
                whole.add(cell, FundItem(item), amount)
    if every:
        whole.opening, whole.closing = dict(every[0].opening), dict(every[-1].closing)
    return whole


def read_figures(
    unit: Unit, area: str, booked: Booked, opening: Mapping[Cell, int] | None
) -> Figures:
    """The figures of a time; ``opening``: as the month before was closed, None: by the books."""
    figures = Figures()
    _of_funds(unit, area, booked, figures)
    _of_accounts(unit, area, booked, figures)
    before = Booked(BEGINNING, booked.first - datetime.timedelta(days=1))
    until = Booked(BEGINNING, booked.last, booked.through)
    figures.opening = balances(unit, area, before) if opening is None else dict(opening)
    figures.closing = balances(unit, area, until)
    figures.balance_out()
    return figures


def balances(unit: Unit, area: str, booked: Booked) -> dict[Cell, int]:
    """What each part holds by the entries that count, fen; those at 0 are left out."""
    by_entries = fund_balances(unit, area, booked)
    accounts: Cell = (Scheme.EMPLOYEE, FundPart.ACCOUNT)
    owed = -personal_total(unit, booked, people_of_area(area))
    by_entries[accounts] = by_entries.get(accounts, 0) + owed
    return {cell: amount for cell, amount in by_entries.items() if amount}


def fund_balances(unit: Unit, area: str, booked: Booked) -> dict[Cell, int]:
    """The same without what is on people's own accounts: of the funds alone."""
    by_entries: dict[Cell, int] = {}
    for name, amount in sums_by_name(unit, f"fund:{area}:", booked).items():
        cell = _cell_of(name)
        by_entries[cell] = by_entries.get(cell, 0) - amount
    return by_entries


def _cell_of(account: str) -> Cell:
    _, _, scheme, layer = account.split(":")
    return scheme, LAYERS.get(layer, FundPart.POOLED)


def _of_funds(unit: Unit, area: str, booked: Booked, figures: Figures) -> None:
    prefix, kinds = f"fund:{area}:", settlement_kinds()
    for name, kind, amount in labelled_sums(unit, prefix, booked, kinds):
        figures.add(_cell_of(name), OF_VISITS.get(kind, FundItem.OTHER_SPENDING), amount)
    movements = other_movements(unit, prefix, booked, kinds)
    vouchers = _voucher_kinds(unit, area)
    for movement in movements:
        item = _item_of(movement, vouchers)
        cell, amount = _cell_of(movement.account), movement.amount
        if side_of(item) is FundSide.INCOME:
            amount = -amount
        elif item == FundItem.CREDITED:
            amount = -amount  # out of the pool; that it came in the accounts say themselves
        figures.add(cell, item, amount)


def _voucher_kinds(unit: Unit, area: str) -> dict[str, str]:
    rows = unit.run(
        select(fund_voucher.c.transfer_id, fund_voucher.c.kind).where(
            fund_voucher.c.area == area, fund_voucher.c.transfer_id.is_not(None)
        )
    )
    return {row.transfer_id: row.kind for row in rows}


def _item_of(movement: Movement, vouchers: Mapping[str, str]) -> FundItem:
    """What a line on a fund is, by what stood against it."""
    kind = vouchers.get(movement.transfer_id)
    if kind is not None:
        return ITEM_OF[kind]
    against = {name.partition(":")[0]: name for name in movement.against}
    if "contribution" in against:
        return contribution_of(against["contribution"])[2]
    if "credit" in against:
        return FundItem.CREDITED
    if ledger.OPENING in against:
        return FundItem.OPENING
    if "claim" in against:
        # Care that was claimed is told by its settlement.
        return FundItem.ALLOWANCE
    if "payable" in against or "retained" in against:
        return FundItem.CLEARED
    if "channel" in against and movement.account.endswith(":upper_after_year"):
        return FundItem.AFTER_YEAR
    return FundItem.OTHER_INCOME if movement.amount < 0 else FundItem.OTHER_SPENDING


_OF_ACCOUNTS: Mapping[str, FundItem] = {
    SETTLED: FundItem.DRAWN,
    "contribution": FundItem.PREMIUMS,
    "credit": FundItem.CREDITED,
    "moved": FundItem.TRANSFER_OUT,
    "opening": FundItem.OPENING,
}


def _of_accounts(unit: Unit, area: str, booked: Booked, figures: Figures) -> None:
    """Personal accounts, all together."""
    cell: Cell = (Scheme.EMPLOYEE, FundPart.ACCOUNT)
    sums = personal_sums(unit, booked, people_of_area(area), settlement_kinds())
    for against, amount in sums.items():
        item = _OF_ACCOUNTS.get(against)
        if item is None:
            item = FundItem.OTHER_INCOME if amount < 0 else FundItem.OTHER_SPENDING
        figures.add(cell, item, amount if side_of(item) is FundSide.SPENDING else -amount)
