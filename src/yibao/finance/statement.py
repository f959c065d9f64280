"""The fund statement of a month: income, spending, surplus, balance, how long it lasts."""

from __future__ import annotations

import datetime
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from sqlalchemy import select

from yibao.access.permissions import Actor, require
from yibao.database.unit import Database, Unit
from yibao.finance.budgets import budget_share, budget_that_holds
from yibao.finance.figures import Cell, Figures, added, read_figures
from yibao.finance.items import ITEM_WORDS, FundItem, FundPart, FundSide, side_of
from yibao.finance.months import (
    first_open_month,
    last_closed_month,
    month_days,
    month_of,
    months_between,
    next_month,
)
from yibao.finance.states import ClosingState
from yibao.finance.tables import month_closing
from yibao.ledger.movements import Booked
from yibao.messages import Ratio, Text
from yibao.money import half_up

_MONTHS = 12
_TENTHS = 10


def surplus(income: int, spending: int) -> int:
    """What is left of a time, in whatever unit both are."""
    return income - spending


def reserve_tenths(balance: int, spending: int, months: int = _MONTHS) -> int | None:
    """How many months a balance lasts at the pace of spending, in tenths of a month, rounded to
    the nearest; None where nothing was spent.

    ``months``: in which ``spending`` was spent.
    """
    if spending <= 0:
        return None
    return half_up(balance * months * _TENTHS, spending)


@dataclass(frozen=True, slots=True)
class FundLine:
    """One item of one part; fen."""

    item: FundItem
    side: FundSide
    month: int
    year_to_date: int
    last_year: int
    """To the same month of the year before."""
    budget: int | None = None
    """Of the year; None: there is none of this item."""

    @property
    def label(self) -> Text:
        return ITEM_WORDS[self.item]

    @property
    def budget_share(self) -> Ratio | None:
        """Of the year's budget, so far; basis points, rounded down."""
        return None if self.budget is None else budget_share(self.year_to_date, self.budget)

    @property
    def budget_left(self) -> int | None:
        """Below 0: more than was planned."""
        return None if self.budget is None else self.budget - self.year_to_date


@dataclass(frozen=True, slots=True)
class PartStatement:
    """One scheme's part of the fund."""

    scheme: str
    part: str
    lines: tuple[FundLine, ...]
    opening: int
    closing: int
    reserve: int | None
    """Tenths of a month, by what was spent this year so far; None: nothing was."""

    def total(self, side: FundSide) -> int:
        """Of the month."""
        return sum(line.month for line in self.lines if line.side is side)

    def year_total(self, side: FundSide) -> int:
        """Of the year so far."""
        return sum(line.year_to_date for line in self.lines if line.side is side)

    def of_side(self, side: FundSide) -> list[FundLine]:
        """The lines of a side, in the order of the items."""
        return [line for line in self.lines if line.side is side]

    @property
    def surplus(self) -> int:
        """Of the month, what was moved between parts included."""
        between = self.total(FundSide.BETWEEN)
        return surplus(self.total(FundSide.INCOME), self.total(FundSide.SPENDING)) + between


@dataclass(frozen=True, slots=True)
class FundStatement:
    """A month of an area's funds."""

    area: str
    month: int
    is_closed: bool
    parts: tuple[PartStatement, ...]

    @property
    def has_budget(self) -> bool:
        return any(line.budget is not None for part in self.parts for line in part.lines)


def fund_statement(database: Database, area: str, month: int, *, actor: Actor) -> FundStatement:
    """The statement of a month, as it was closed or as the books stand."""
    require(actor, "read_finance", area=area)
    month_days(month)
    return database.read(lambda unit: read_statement(unit, area, month), consistent=True)


def read_statement(unit: Unit, area: str, month: int) -> FundStatement:
    """A read fragment: :func:`fund_statement`."""
    year = month // 100 * 100
    of_month = figures_of(unit, area, month)
    so_far = figures_between(unit, area, year + 1, month)
    earlier = figures_between(unit, area, year - 99, month - 100)
    closed = last_closed_month(unit, area)
    row = closing_row(unit, area, month)
    budget = budget_that_holds(unit, area, month // 100, None if row is None else row.closed_at)
    planned = Figures(budget)
    parts = tuple(
        _part(cell, of_month, so_far, earlier, month % 100, budget.get(cell, {}))
        for cell in _cells(of_month, so_far, planned)
    )
    return FundStatement(area, month, closed is not None and month <= closed, parts)


def _cells(*every: Figures) -> list[Cell]:
    together = Figures()
    for figures in every:
        for cell in figures.cells():
            together.items.setdefault(cell, {})
    return together.cells()


def _part(
    cell: Cell,
    of_month: Figures,
    so_far: Figures,
    earlier: Figures,
    months: int,
    budget: Mapping[str, int],
) -> PartStatement:
    this, year, before = (figures.items.get(cell, {}) for figures in (of_month, so_far, earlier))
    lines = tuple(
        FundLine(
            item,
            side_of(item),
            this.get(item, 0),
            year.get(item, 0),
            before.get(item, 0),
            budget.get(item),
        )
        for item in FundItem
        if this.get(item) or year.get(item) or before.get(item) or budget.get(item)
    )
    closing = of_month.closing.get(cell, 0)
    reserve = None
    if cell[1] != FundPart.ACCOUNT:
        reserve = reserve_tenths(closing, so_far.side(cell, FundSide.SPENDING), months)
    return PartStatement(cell[0], cell[1], lines, of_month.opening.get(cell, 0), closing, reserve)


# --- months, closed and open ---------------------------------------------------------------------


def figures_between(unit: Unit, area: str, first: int, last: int) -> Figures:
    """The figures of several months: closed ones as they were closed, open ones by the books."""
    closed = last_closed_month(unit, area) or 0
    parts = [figures_of(unit, area, month) for month in months_between(first, min(closed, last))]
    first_open = max(first, next_month(closed) if closed else first)
    if first_open <= last:
        parts.append(_open_figures(unit, area, first_open, last))
    return added(parts)


def figures_of(unit: Unit, area: str, month: int, through: str | None = None) -> Figures:
    """The figures of a month; ``through``: the last transfer that counts."""
    row = closing_row(unit, area, month)
    if row is not None and row.state == ClosingState.CLOSED:
        return figures_from(row.figures["figures"])
    return _open_figures(unit, area, month, month, through)


def _open_figures(
    unit: Unit, area: str, first: int, last: int, through: str | None = None
) -> Figures:
    late_since, opening = None, None
    if first == first_open_month(unit, area):
        before = _closed_row(unit, area)
        late_since = before.through
        opening = figures_from(before.figures["figures"]).closing
    booked = Booked(month_days(first)[0], month_days(last)[1], through, late_since)
    return read_figures(unit, area, booked, opening)


def booked_in(unit: Unit, area: str, month: int) -> Booked:
    """A read fragment: which entries a month counts, closed or open."""
    first, last = month_days(month)
    row = closing_row(unit, area, month)
    before = closing_row(unit, area, month_of(first - datetime.timedelta(days=1)))
    return Booked(
        first,
        last,
        row.through if row is not None else None,
        before.through if before is not None else None,
    )


def closing_row(unit: Unit, area: str, month: int) -> Any:
    """A read fragment: the row of a month's closing; None where nobody has asked for it."""
    this = (month_closing.c.area == area) & (month_closing.c.month == month)
    return unit.run(select(month_closing).where(this)).one_or_none()


def _closed_row(unit: Unit, area: str) -> Any:
    month = last_closed_month(unit, area)
    assert month is not None
    return closing_row(unit, area, month)


def figures_content(figures: Figures) -> dict[str, Any]:
    """As a closed month keeps them."""
    return {
        "items": {":".join(cell): dict(items) for cell, items in figures.items.items()},
        "opening": {":".join(cell): amount for cell, amount in figures.opening.items()},
        "closing": {":".join(cell): amount for cell, amount in figures.closing.items()},
    }


def figures_from(content: Mapping[str, Any]) -> Figures:
    """What :func:`figures_content` wrote."""

    def cell(text: str) -> Cell:
        scheme, _, part = text.partition(":")
        return scheme, part

    return Figures(
        {cell(text): dict(items) for text, items in content["items"].items()},
        {cell(text): amount for text, amount in content["opening"].items()},
        {cell(text): amount for text, amount in content["closing"].items()},
    )


def month_before(day: datetime.date) -> int:
    """The month that is shown by itself: the last that is over."""
    return month_of(day.replace(day=1) - datetime.timedelta(days=1))


def statement_json(statement: FundStatement) -> dict[str, Any]:
    """As programs read it."""
    return {
        "area": statement.area,
        "month": statement.month,
        "closed": statement.is_closed,
        "parts": [
            {
                "scheme": part.scheme,
                "part": part.part,
                "opening_fen": part.opening,
                "income_fen": part.total(FundSide.INCOME),
                "spending_fen": part.total(FundSide.SPENDING),
                "surplus_fen": part.surplus,
                "closing_fen": part.closing,
                "reserve_tenths": part.reserve,
                "lines": [
                    {
                        "item": line.item,
                        "title": str(line.label),
                        "side": line.side,
                        "month_fen": line.month,
                        "year_to_date_fen": line.year_to_date,
                        "last_year_fen": line.last_year,
                        "budget_fen": line.budget,
                        "budget_basis_points": (
                            None if line.budget_share is None else int(line.budget_share)
                        ),
                        "budget_left_fen": line.budget_left,
                    }
                    for line in part.lines
                ],
            }
            for part in statement.parts
        ],
    }
