"""What the comparisons of totals (3201) came to: the last one of each period, scheme and class."""

from __future__ import annotations

import datetime
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Any

from sqlalchemy import select

from yibao.database.unit import Unit
from yibao.exchange.files import put_record
from yibao.exchange.tables import exchange_record

_KIND = "compared"
_TOGETHER = 500
"""Institutions of one statement."""


@dataclass(frozen=True, slots=True)
class ComparedFigure:
    """What the sender stated and the book has; fen, and settlements where ``name`` is count."""

    name: str
    """total, fund, account or count."""
    stated: int
    booked: int


@dataclass(frozen=True, slots=True)
class BooksCompared:
    """One comparison of totals, as it was answered."""

    institution_id: str
    first: datetime.date
    last: datetime.date
    scheme: str
    """The code of insutype that was asked for; empty: all."""
    clear_type: str
    """Empty: all."""
    reversals: str
    """refd_setl_flag as it was asked for: 1 only reversals, 0 none, empty both."""
    at: datetime.datetime
    operator: str
    """Who sent it at the institution; empty: not said."""
    figures: Sequence[ComparedFigure]
    """Every figure that was stated."""
    wrong: Sequence[str]
    """Names of the figures that differ; none: the books agree."""

    @property
    def agrees(self) -> bool:
        return not self.wrong


def keep_comparison(unit: Unit, comparison: BooksCompared) -> None:
    """Keep what a comparison came to, in place of an earlier one of the same."""
    asked = (comparison.scheme, comparison.clear_type, comparison.reversals)
    put_record(
        unit,
        comparison.institution_id,
        _KIND,
        ":".join((comparison.first.isoformat(), comparison.last.isoformat(), *asked)),
        {
            "operator": comparison.operator,
            "figures": [[item.name, item.stated, item.booked] for item in comparison.figures],
            "wrong": list(comparison.wrong),
        },
        comparison.at,
    )


def comparisons_of(unit: Unit, among: Iterable[str], month: int) -> list[BooksCompared]:
    """A read fragment: those of periods that begin in a month, of some institutions, in order."""
    record, places = exchange_record.c, sorted(among)
    prefix = f"{month // 100:04d}-{month % 100:02d}-"
    rows: list[Any] = []
    for start in range(0, len(places), _TOGETHER):
        query = (
            select(record.institution_id, record.record_id, record.at, record.document)
            .where(
                record.institution_id.in_(places[start : start + _TOGETHER]),
                record.kind == _KIND,
                record.record_id.startswith(prefix, autoescape=True),
            )
            .order_by(record.institution_id, record.record_id)
        )
        rows += unit.run(query).all()
    return [_comparison_of(row.institution_id, *row[1:]) for row in rows]


def _comparison_of(
    institution_id: str, record_id: str, at: datetime.datetime, document: dict[str, Any]
) -> BooksCompared:
    first, last, scheme, clear_type, reversals = record_id.split(":")
    return BooksCompared(
        institution_id,
        datetime.date.fromisoformat(first),
        datetime.date.fromisoformat(last),
        scheme,
        clear_type,
        reversals,
        at,
        document["operator"],
        [ComparedFigure(*figure) for figure in document["figures"]],
        document["wrong"],
    )
