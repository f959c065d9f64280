"""What the interface reads of other rooms and no operation there gives."""

from __future__ import annotations

import datetime
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from functools import cache
from typing import Any

from sqlalchemy import Date, Integer, String, bindparam, literal_column, select, union_all

from yibao.access.chains import ChainEnd
from yibao.benefit.facts import Filing, Person
from yibao.care.catalogue import catalogues_over, in_force
from yibao.care.institutions import InstitutionVersion, institution_of
from yibao.care.tables import catalogue_item, institution
from yibao.crossing.tables import filing
from yibao.database.schema import Identifier
from yibao.database.statements import Query, numbered, placeholders
from yibao.database.unit import Database
from yibao.errors import NotFoundError
from yibao.exchange.tables import exchange_person, exchange_visit
from yibao.exchange.visits import RegisteredVisit, missing, registered_visit_of
from yibao.insured.errors import MergedError
from yibao.insured.stored.profile import read_profile
from yibao.insured.tables import identity, person
from yibao.ledger.tables import account
from yibao.messages import message

_COLUMNS = (
    person.c.person_id,
    person.c.sex,
    person.c.birth,
    person.c.profile,
    person.c.merged_into,
    person.c.sequence,
    person.c.head,
    account.c.balance,
)
_WITH_ACCOUNT = person.outerjoin(account, account.c.person_id == person.c.person_id)
_PERSON = Query(
    select(*_COLUMNS)
    .select_from(_WITH_ACCOUNT)
    .where(person.c.person_id == bindparam("person", type_=Identifier))
)
_MOST_HASHES = 4
"""Of a number: in its own form and as it was written, under a key and the one that replaces it."""
_NUMBERS = union_all(
    select(identity.c.person_id, literal_column("0", Integer).label("rank")).where(
        identity.c.identity_hash.in_(placeholders(_MOST_HASHES, String))
    ),
    select(exchange_person.c.person_id, literal_column("1", Integer)).where(
        exchange_person.c.identity_hash == bindparam("made_up", type_=String)
    ),
).subquery()
_FOUND = Query(
    select(*_COLUMNS)
    .select_from(_WITH_ACCOUNT.join(_NUMBERS, _NUMBERS.c.person_id == person.c.person_id))
    .order_by(_NUMBERS.c.rank)
)
_AREAS = ("area_0", "area_1", "area_2", "area_3")
"""Names of the catalogues that a statement asks: the store's own and up to three areas'."""
_VISIT = Query(
    select(*_COLUMNS, *(column for column in exchange_visit.c if column.name != "person_id"))
    .join_from(_WITH_ACCOUNT, exchange_visit, exchange_visit.c.person_id == person.c.person_id)
    .where(
        exchange_visit.c.person_id == bindparam("person", type_=Identifier),
        exchange_visit.c.visit_id == bindparam("visit", type_=Identifier),
    )
)


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
    return [version for _, version in sorted(latest.items()) if version.designated][:100]


def catalogue_on(
    database: Database,
    day: datetime.date,
    area: str,
    *,
    code: str | None = None,
    name: str | None = None,
) -> list[Any]:
    """The versions in the catalogue of an area that hold on a day, by code."""
    query = select(catalogue_item).where(
        catalogue_item.c.start <= day, catalogue_item.c.area.in_(catalogues_over(area))
    )
    if code is not None:
        query = query.where(catalogue_item.c.code == code)
    if name is not None:
        of_name = select(catalogue_item.c.code).where(
            catalogue_item.c.name.contains(name, autoescape=True)
        )
        query = query.where(catalogue_item.c.code.in_(of_name))
    rows = database.read(lambda unit: unit.run(query.order_by(catalogue_item.c.code)).all())
    named = in_force(rows, day).values()
    return [row for row in named if name is None or name in row.name]


@dataclass(frozen=True, slots=True)
class KnownPerson:
    """A person as committed; nothing is locked."""

    facts: Person
    filings: tuple[Filing, ...]
    balance: int
    """Of the own account; 0 where there is none."""
    end: ChainEnd
    """Of the chain, when the person was read."""


def known_person(database: Database, person_id: str) -> KnownPerson:
    """Facts, filings and balance of a person; ``NotFoundError``."""
    rows = database.run(_PERSON, {"person": person_id})
    if not rows:
        raise NotFoundError(message("没有登记的参保人 {person_id}", person_id=person_id))
    if rows[0].merged_into is not None:
        raise MergedError(person_id, rows[0].merged_into)
    return _known(rows[0])


def known_by_number(
    database: Database, registered: Sequence[str], made_up: str
) -> KnownPerson | None:
    """Whoever has a number, by its hashes among certificates, else among made-up people.

    ``registered``: of the number, in every form and under every key.
    """
    hashes = [*registered, *("" for _ in range(_MOST_HASHES - len(registered)))]
    rows = database.run(_FOUND, {**numbered(hashes), "made_up": made_up})
    if rows and rows[0].merged_into is not None:
        return known_person(database, rows[0].merged_into)
    return _known(rows[0]) if rows else None


def catalogue_items(
    database: Database, area: str, codes: Iterable[str], day: datetime.date
) -> dict[str, Any]:
    """The versions of a day by code in the catalogue of an area; unknown codes are left out."""
    wanted = sorted(set(codes))
    if not wanted:
        return {}
    query, count = _items(max(len(wanted) - 1, 0).bit_length())
    values = numbered(wanted + wanted[-1:] * (count - len(wanted)))
    over = catalogues_over(area)
    areas = dict(zip(_AREAS, over + over[-1:] * (len(_AREAS) - len(over)), strict=True))
    return in_force(database.run(query, {"day": day, **areas, **values}), day)


@cache
def _items(doublings: int) -> tuple[Query, int]:
    """A statement for so many codes: few statements serve messages of every length."""
    count = 2**doublings
    codes = placeholders(count, String)
    query = select(catalogue_item).where(
        catalogue_item.c.code.in_(codes),
        catalogue_item.c.area.in_([bindparam(name, type_=String) for name in _AREAS]),
        catalogue_item.c.start <= bindparam("day", type_=Date),
    )
    return Query(query), count


def known_visit(
    database: Database, person_id: str, visit_id: str
) -> tuple[RegisteredVisit, KnownPerson]:
    """A visit with its person, read together; ``NotFoundError``."""
    rows = database.run(_VISIT, {"person": person_id, "visit": visit_id})
    if not rows:
        raise missing(person_id, visit_id)
    return registered_visit_of(rows[0]), _known(rows[0])


def _known(row: Any) -> KnownPerson:
    facts, filings = read_profile(row.person_id, row.sex, row.birth, row.profile)
    return KnownPerson(facts, filings, row.balance or 0, ChainEnd(row.sequence, row.head))


def filing_rows(database: Database, person_id: str) -> Sequence[Any]:
    """Filings with their ids, cancelled ones left out."""
    query = (
        select(filing)
        .where(filing.c.person_id == person_id, filing.c.cancelled.is_(False))
        .order_by(filing.c.sequence)
    )
    return database.read(lambda unit: unit.run(query).all())
