"""Filings of a person: care away from home, chronic diseases."""

from __future__ import annotations

from sqlalchemy import select

from yibao.crossing.tables import filing
from yibao.database.unit import Unit
from yibao.record.paging import Asked, Page, read_page


def filings(unit: Unit, person_id: str, asked: Asked) -> Page[object]:
    """A person's filings, cancelled ones too, the newest first."""
    query = select(filing).where(filing.c.person_id == person_id)
    return read_page(unit, query, (filing.c.filing_id,), asked, lambda row: row)
