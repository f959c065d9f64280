"""What the interface reads of other rooms and no operation there gives."""

from __future__ import annotations

import datetime
from collections.abc import Sequence
from typing import Any

from sqlalchemy import select

from yibao.benefit.facts import Filing, Person
from yibao.benefit.state import PersonState
from yibao.care.institutions import InstitutionVersion, institution_of
from yibao.care.tables import catalogue_item, institution
from yibao.crossing.operations import filings_as_rows
from yibao.crossing.tables import filing
from yibao.database.unit import Database, Unit
from yibao.insured.locks import lock_people
from yibao.ledger.locks import lock_accounts


def institutions_matching(
    database: Database, day: datetime.date, *, code: str | None = None, name: str | None = None
) -> list[InstitutionVersion]:
    """Institutions as they stand on a day, by code or by part of the name; at most 100."""
    query = select(institution).where(institution.c.start <= day)
    if code is not None:
        query = query.where(institution.c.institution_id == code)
    elif name is not None:
        query = query.where(institution.c.name.contains(name, autoescape=True))
    query = query.order_by(institution.c.start, institution.c.revision).limit(1_000)
    rows = database.read(lambda unit: unit.run(query).all())
    latest = {
        row.institution_id: InstitutionVersion(
            institution_of(row), row.start, row.revision, row.designated, row.name
        )
        for row in rows
    }
    return [one for _, one in sorted(latest.items()) if one.designated][:100]


def catalogue_on(
    database: Database, day: datetime.date, *, code: str | None = None, name: str | None = None
) -> list[Any]:
    """The catalogue versions that hold on a day, by code."""
    query = select(catalogue_item).where(catalogue_item.c.start <= day)
    if code is not None:
        query = query.where(catalogue_item.c.code == code)
    if name is not None:
        query = query.where(catalogue_item.c.name.contains(name, autoescape=True))
    query = query.order_by(catalogue_item.c.code, catalogue_item.c.start)
    rows = database.read(lambda unit: unit.run(query).all())
    latest = {row.code: row for row in rows}
    return [row for row in latest.values() if row.end is None or day <= row.end]


def person_with_filings(
    database: Database, person_id: str
) -> tuple[Person, PersonState, int, tuple[Filing, ...]]:
    """Facts, accumulators, balance and filings of a person at one moment."""

    def operation(unit: Unit) -> tuple[Person, PersonState, int, tuple[Filing, ...]]:
        held = lock_people(unit, [person_id])[person_id]
        account = lock_accounts(unit, [person_id]).get(person_id)
        return held.facts, held.state, account.balance if account else 0, held.filings

    return database.read(operation)


def chronic_and_other_filings(database: Database, person_id: str) -> tuple[Filing, ...]:
    """The filings that stand."""
    return database.read(lambda unit: filings_as_rows(unit, person_id))


def filing_rows(database: Database, person_id: str) -> Sequence[Any]:
    """Filings with their ids, cancelled ones left out."""
    query = (
        select(filing)
        .where(filing.c.person_id == person_id, filing.c.cancelled.is_(False))
        .order_by(filing.c.sequence)
    )
    return database.read(lambda unit: unit.run(query).all())
