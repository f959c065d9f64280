"""What other rooms read: the prices that an institution listed, as they hold on a day."""

from __future__ import annotations

import datetime
from collections.abc import Iterable
from dataclasses import dataclass

from sqlalchemy import or_, select

from yibao.database.unit import Database, Unit
from yibao.prices.states import ListState
from yibao.prices.tables import price_line, price_list


@dataclass(frozen=True, slots=True)
class ListedPrice:
    """A line that holds from a day on, until another one of its own code does."""

    institution_id: str
    own_code: str
    code: str
    name: str
    price: int
    """In 1/10,000 fen a unit."""
    limit: int | None
    start: datetime.date
    number: int
    """Of its list: of two lines of a day the later list's holds."""


def holding_lines(
    unit: Unit,
    institutions: Iterable[str],
    *,
    codes: Iterable[str] | None = None,
    own_codes: Iterable[str] | None = None,
) -> list[ListedPrice]:
    """A read fragment: lines that hold or will hold, by code, by own code, or all.

    One above the limit does once its list was confirmed.
    """
    line = price_line.c
    query = (
        select(price_line, price_list.c.number)
        .select_from(price_line.join(price_list, line.list_id == price_list.c.list_id))
        .where(
            line.institution_id.in_(sorted(set(institutions))),
            or_(
                line.price_limit.is_(None),
                line.price <= line.price_limit,
                price_list.c.state == ListState.CONFIRMED.value,
            ),
        )
        .order_by(line.own_code, line.start, price_list.c.number)
    )
    if codes is not None:
        query = query.where(line.code.in_(sorted(set(codes))))
    if own_codes is not None:
        query = query.where(line.own_code.in_(sorted(set(own_codes))))
    return [
        ListedPrice(
            row.institution_id,
            row.own_code,
            row.code,
            row.name,
            row.price,
            row.price_limit,
            row.start,
            row.number,
        )
        for row in unit.run(query)
    ]


class ListedPrices:
    """The listed prices of some institutions, asked line by line."""

    def __init__(self, lines: Iterable[ListedPrice]) -> None:
        self._by_code: dict[tuple[str, str], dict[str, list[ListedPrice]]] = {}
        for line in lines:
            of_code = self._by_code.setdefault((line.institution_id, line.code), {})
            of_code.setdefault(line.own_code, []).append(line)

    @classmethod
    def of(cls, unit: Unit, wanted: Iterable[tuple[str, str]]) -> ListedPrices:
        """A read fragment: of pairs of institution and national code."""
        pairs = {(institution, code) for institution, code in wanted if code}
        if not pairs:
            return cls(())
        return cls(
            holding_lines(
                unit,
                (institution for institution, _ in pairs),
                codes=(code for _, code in pairs),
            )
        )

    @classmethod
    def read(cls, database: Database, wanted: Iterable[tuple[str, str]]) -> ListedPrices:
        """The same, read by itself."""
        pairs = list(wanted)
        return database.read(lambda unit: cls.of(unit, pairs))

    def price_on(
        self, institution_id: str, code: str, own_code: str | None, day: datetime.date
    ) -> int | None:
        """What was listed on a day, in 1/10,000 fen; None: nothing was.

        Of a line that names no own code, or one that was not listed: the highest price of any
        that stand under its national code.
        """
        by_own = self._by_code.get((institution_id, code), {})
        asked = [by_own[own_code]] if own_code in by_own else list(by_own.values())
        prices = []
        for lines in asked:
            begun = [line for line in lines if line.start <= day]
            if begun:
                prices.append(max(begun, key=lambda line: (line.start, line.number)).price)
        return max(prices, default=None)
