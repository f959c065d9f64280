"""Files that go over the interface, and records that are stored and move no money."""

from __future__ import annotations

import datetime
from collections.abc import Sequence
from typing import Any

from sqlalchemy import delete, insert, select

from yibao.database.unit import Database, Unit
from yibao.errors import NotFoundError
from yibao.exchange.tables import exchange_file, exchange_record
from yibao.messages import message


def insert_file(
    unit: Unit, institution: str, file_id: str, name: str, content: bytes, at: datetime.datetime
) -> None:
    """Keep a file under the caller's id."""
    unit.run(
        insert(exchange_file),
        {
            "institution_id": institution,
            "file_id": file_id,
            "name": name,
            "at": at.astimezone(datetime.UTC),
            "content": content,
        },
    )


def read_file(database: Database, institution: str, file_id: str) -> tuple[str, bytes]:
    """Name and content; ``NotFoundError``, also for a file of another institution."""
    query = select(exchange_file.c.name, exchange_file.c.content).where(
        exchange_file.c.institution_id == institution, exchange_file.c.file_id == file_id
    )
    row = database.read(lambda unit: unit.run(query).one_or_none())
    if row is None:
        raise NotFoundError(message("没有文件 {file_id}，请核对 file_qury_no", file_id=file_id))
    return row.name, bytes(row.content)


def owner_of(database: Database, file_id: str) -> str:
    """The institution whose file it is; empty: there is none."""
    query = select(exchange_file.c.institution_id).where(exchange_file.c.file_id == file_id)
    return database.read(lambda unit: unit.run(query).scalar_one_or_none()) or ""


def put_record(
    unit: Unit,
    institution: str,
    kind: str,
    record_id: str,
    document: dict[str, Any],
    at: datetime.datetime,
    *,
    person_id: str | None = None,
) -> None:
    """Store a record, in place of one with the same id."""
    drop_record(unit, institution, kind, record_id)
    unit.run(
        insert(exchange_record),
        {
            "institution_id": institution,
            "kind": kind,
            "record_id": record_id,
            "person_id": person_id,
            "at": at.astimezone(datetime.UTC),
            "document": document,
        },
    )


def drop_record(unit: Unit, institution: str, kind: str, record_id: str) -> bool:
    """Delete a record; whether there was one."""
    done = unit.run(
        delete(exchange_record).where(
            exchange_record.c.institution_id == institution,
            exchange_record.c.kind == kind,
            exchange_record.c.record_id == record_id,
        )
    )
    return bool(done.rowcount)


def records(
    database: Database, institution: str, kind: str, person_id: str | None = None
) -> Sequence[dict[str, Any]]:
    """Stored records by id."""
    query = select(exchange_record.c.document).where(
        exchange_record.c.institution_id == institution, exchange_record.c.kind == kind
    )
    if person_id is not None:
        query = query.where(exchange_record.c.person_id == person_id)
    query = query.order_by(exchange_record.c.record_id)
    return database.read(lambda unit: list(unit.run(query).scalars()))


def records_of_person(
    database: Database, person_id: str, kinds: Sequence[str]
) -> list[tuple[str, str, dict[str, Any]]]:
    """Institution, kind and document of a person's records of these kinds, whoever told them."""
    query = select(
        exchange_record.c.institution_id, exchange_record.c.kind, exchange_record.c.document
    ).where(exchange_record.c.person_id == person_id, exchange_record.c.kind.in_(kinds))
    return [tuple(row) for row in database.read(lambda unit: unit.run(query).all())]


def record_ids(database: Database, institution: str, kind: str) -> set[str]:
    """Ids of the stored records of a kind."""
    query = select(exchange_record.c.record_id).where(
        exchange_record.c.institution_id == institution, exchange_record.c.kind == kind
    )
    return set(database.read(lambda unit: list(unit.run(query).scalars())))


def find_record(
    database: Database, institution: str, kind: str, record_id: str
) -> dict[str, Any] | None:
    """One stored record."""
    return database.read(lambda unit: find_record_in(unit, institution, kind, record_id))


def find_record_in(
    unit: Unit, institution: str, kind: str, record_id: str
) -> dict[str, Any] | None:
    """One stored record, as this unit of work sees it."""
    query = select(exchange_record.c.document).where(
        exchange_record.c.institution_id == institution,
        exchange_record.c.kind == kind,
        exchange_record.c.record_id == record_id,
    )
    return unit.run(query).scalar_one_or_none()


def records_under(
    unit: Unit, institution: str, kind: str, prefix: str
) -> dict[str, dict[str, Any]]:
    """Stored records whose id begins so, by id."""
    query = (
        select(exchange_record.c.record_id, exchange_record.c.document)
        .where(
            exchange_record.c.institution_id == institution,
            exchange_record.c.kind == kind,
            exchange_record.c.record_id.startswith(prefix, autoescape=True),
        )
        .order_by(exchange_record.c.record_id)
    )
    return {row.record_id: row.document for row in unit.run(query)}


def owner_of_record(database: Database, kind: str, record_id: str) -> str:
    """The institution that stored a record; empty: there is none, or several have one."""
    query = select(exchange_record.c.institution_id).where(
        exchange_record.c.kind == kind, exchange_record.c.record_id == record_id
    )
    owners = database.read(lambda unit: unit.run(query.limit(2)).scalars().all())
    return owners[0] if len(owners) == 1 else ""


def drop_records(unit: Unit, institution: str, kind: str, prefix: str) -> int:
    """Delete the records whose id begins so; how many there were."""
    done = unit.run(
        delete(exchange_record).where(
            exchange_record.c.institution_id == institution,
            exchange_record.c.kind == kind,
            exchange_record.c.record_id.startswith(prefix, autoescape=True),
        )
    )
    return int(done.rowcount)
