"""Which institutions have compared a month's books (3201), and whose differ."""

from __future__ import annotations

import datetime
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from yibao.access.permissions import Actor, require
from yibao.care.institutions import area_of_institution
from yibao.clearing.places import names_within
from yibao.database.unit import Database, Unit
from yibao.exchange.compared import BooksCompared, comparisons_of
from yibao.exchange.months import booked_institutions
from yibao.messages import Text, message, message_in

FIGURE_WORDS: Mapping[str, Text] = {
    "total": message("医疗费总额"),
    "fund": message("基金"),
    "account": message("个人账户"),
    "count": message_in("comparison", "结算笔数"),
}
"""What is compared."""


@dataclass(frozen=True, slots=True)
class ComparedMonth:
    """A month's comparisons in the agency's area."""

    month: int
    missing: Mapping[str, str]
    """Names, by id, of who has settlements in the book and has compared no day of it."""
    differing: Sequence[BooksCompared]
    agreeing: Sequence[BooksCompared]


def compared_month(
    database: Database, actor: Actor, month: int, *, today: datetime.date
) -> ComparedMonth:
    """Who of the agency's area has compared a month, and with which result."""
    names = names_within(database, actor, today=today)

    def fetch(unit: Unit) -> ComparedMonth:
        comparisons = comparisons_of(unit, names, month)
        silent = names.keys() - {item.institution_id for item in comparisons}
        return ComparedMonth(
            month,
            {place: names[place] for place in booked_institutions(unit, month, silent)},
            [item for item in comparisons if not item.agrees],
            [item for item in comparisons if item.agrees],
        )

    return database.read(fetch)


def own_comparisons(
    database: Database, actor: Actor, institution_id: str, month: int, *, today: datetime.date
) -> Sequence[BooksCompared]:
    """What one institution has compared of a month; ``NotFoundError``, ``DeniedError``."""
    area = database.read(lambda unit: area_of_institution(unit, institution_id, today))
    require(actor, "read_clearing", institution_id=institution_id, area=area)
    return database.read(lambda unit: comparisons_of(unit, [institution_id], month))
