"""Visits that people paid by themselves, as institutions uploaded them, beside their claims."""

from __future__ import annotations

import datetime
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from sqlalchemy import select

from yibao.claims.comparing import DifferingItem, UploadedLine, differing_items
from yibao.claims.forms import ClaimLine, ManualClaim
from yibao.database.unit import Unit
from yibao.exchange.files import find_record_in
from yibao.exchange.tables import exchange_record

LINE, VISIT, COMPARISON = "4201", "4261", "4262"
"""Kinds of record, after the transactions that tell them."""


def lines_begin(visit_number: str) -> str:
    """How the ids of a visit's lines begin; no other visit's do, whatever its number is."""
    return f"{len(visit_number)}/{visit_number}/"


def _visit_number(record_id: str) -> str:
    length, _, rest = record_id.partition("/")
    return rest[: int(length)]


@dataclass(frozen=True, slots=True)
class UploadedVisit:
    """A visit that an institution uploaded."""

    number: str
    institution_id: str
    start: datetime.date
    end: datetime.date
    lines: tuple[UploadedLine, ...]
    stated: int | None
    """Fen of all of it as the institution says (4262); None: it has not said."""

    @property
    def summed(self) -> int:
        """Fen of its lines."""
        return sum(line.amount for line in self.lines)


@dataclass(frozen=True, slots=True)
class UploadedBill:
    """What was uploaded of the care that a claim is about."""

    visits: tuple[UploadedVisit, ...]
    differing: tuple[DifferingItem, ...]

    @property
    def total(self) -> int:
        """Fen of all lines that were uploaded."""
        return sum(visit.summed for visit in self.visits)


def uploaded_bill(
    unit: Unit, person_id: str, claim: ManualClaim, lines: Sequence[ClaimLine]
) -> UploadedBill | None:
    """A read fragment: what the claim's institution uploaded of its days; None: nothing.

    An institution that the claim names in words alone may be any: the days decide.
    """
    visits = tuple(
        visit
        for visit in uploaded_visits(unit, person_id)
        if claim.place.institution in (None, visit.institution_id)
        and visit.start <= claim.end
        and visit.end >= claim.start
    )
    if not visits:
        return None
    uploaded = [line for visit in visits for line in visit.lines]
    return UploadedBill(visits, tuple(differing_items(lines, uploaded) if lines else ()))


def uploaded_visits(unit: Unit, person_id: str) -> list[UploadedVisit]:
    """A read fragment: the visits of a person that were uploaded, by day."""
    query = select(exchange_record).where(
        exchange_record.c.person_id == person_id, exchange_record.c.kind.in_((LINE, VISIT))
    )
    heads: dict[tuple[str, str], Any] = {}
    lines: dict[tuple[str, str], list[Any]] = {}
    for row in unit.run(query.order_by(exchange_record.c.record_id)):
        if row.kind == VISIT:
            heads[(row.institution_id, row.record_id)] = row.document
        else:
            visit = (row.institution_id, _visit_number(row.record_id))
            lines.setdefault(visit, []).append(row.document)
    visits = [_visit(unit, visit, heads.get(visit, {}), told) for visit, told in lines.items()]
    return sorted((visit for visit in visits if visit is not None), key=lambda visit: visit.start)


def _visit(
    unit: Unit, visit: tuple[str, str], head: dict[str, Any], lines: list[dict[str, Any]]
) -> UploadedVisit | None:
    days = [_day(head.get("begntime")), _day(head.get("endtime"))]
    days += [_day(_told(line, "fee_ocur_time", "feeOcurTime")) for line in lines]
    known = [day for day in days if day is not None]
    if not known:
        return None
    institution, number = visit
    comparison = find_record_in(unit, institution, COMPARISON, number)
    return UploadedVisit(
        number,
        institution,
        min(known),
        max(known),
        tuple(
            UploadedLine(
                _told(line, "medins_list_name", "medinsListName", "prodname"),
                line["amount"],
                _told(line, "med_list_codg", "medListCodg"),
            )
            for line in lines
        ),
        None if comparison is None else comparison["stated"],
    )


def _told(line: dict[str, Any], *names: str) -> str:
    return next((str(line[name]) for name in names if line.get(name)), "")


def _day(text: str | None) -> datetime.date | None:
    try:
        return datetime.date.fromisoformat((text or "")[:10])
    except ValueError:
        return None
