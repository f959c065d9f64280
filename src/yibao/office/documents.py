"""Documents of a case: taken in after a look at their content, encrypted, given out as files."""

from __future__ import annotations

import datetime
import hashlib
from dataclasses import dataclass
from typing import Any

from sqlalchemy import func, insert, select

from yibao.access.chains import extend_any_chain
from yibao.access.operations import Answer, Key, canonical, record_message, write_once
from yibao.access.permissions import Actor
from yibao.database.identifiers import new_identifier
from yibao.database.instants import now
from yibao.database.unit import Database, Unit
from yibao.errors import ConflictError, InputError, NotFoundError
from yibao.messages import Listed, message
from yibao.office.files import checked
from yibao.office.kinds import CaseKind, kind_of, missing_papers
from yibao.office.locks import case_row, lock_case
from yibao.office.rights import require_case
from yibao.office.tables import case_document

MOST_DOCUMENTS = 30
OTHER = "other"
"""A document beside those that a kind names."""
_LONGEST_NAME = 120


@dataclass(frozen=True, slots=True)
class CaseFile:
    """A document as it was handed in."""

    kind: str
    name: str
    media_type: str
    content: bytes


def add_document(
    database: Database,
    key: Key,
    case_id: str,
    paper: str,
    name: str,
    content: bytes,
    *,
    actor: Actor,
    at: datetime.datetime | None = None,
) -> Answer:
    """Add a file to an open case: ``document``, ``media_type``, ``digest``.

    ``paper``: a document of the kind, or ``other``.  ``PaperError`` for a file that is not
    taken in; an applicant adds while the case waits for it, the office while it is open.
    """
    row = database.read(lambda unit: case_row(unit, case_id))
    require_case(actor, "hand_in", row)
    return take_document(database, key, case_id, paper, name, content, actor=actor, at=at)


def take_document(
    database: Database,
    key: Key,
    case_id: str,
    paper: str,
    name: str,
    content: bytes,
    *,
    actor: Actor,
    at: datetime.datetime | None = None,
) -> Answer:
    """:func:`add_document` for an operation of a room above that has checked who hands in."""
    row = database.read(lambda unit: case_row(unit, case_id))
    kind = kind_of(row.kind)
    _require_known(kind, kind.read(row.data), paper)
    name = _plain_name(name)
    media_type = checked(content)
    digest = hashlib.sha256(content).hexdigest()
    content_hash = database.secrets.lasting_hash(canonical([case_id, paper, name, digest]))
    instant = at or now()
    people = [] if row.person_id is None else [row.person_id]

    def operation(unit: Unit) -> Answer:
        case = lock_case(unit, case_id, people)
        if not case.is_open:
            raise ConflictError(message("这件事已经办结，不能再交材料"))
        mine = case_document.c.case_id == case_id
        count = unit.run(select(func.count()).select_from(case_document).where(mine)).scalar_one()
        if count >= MOST_DOCUMENTS:
            raise ConflictError(message("一件事最多交 {most} 份材料", most=MOST_DOCUMENTS))
        document_id = new_identifier()
        unit.run(
            insert(case_document),
            {
                "case_id": case_id,
                "document_id": document_id,
                "chain": case.chain,
                "kind": paper,
                "name": name,
                "media_type": media_type.value,
                "size": len(content),
                "digest": digest,
                "content": content,
                "added_by": actor.id,
                "added_at": instant,
            },
        )
        answer = {
            "case": case_id,
            "document": document_id,
            "kind": paper,
            "media_type": media_type.value,
            "digest": digest,
        }
        record_message(unit, key, content_hash, case.person_id or key.sender, answer)
        extend_any_chain(unit, case.chain, actor.id, "hand_in", answer)
        return answer

    return write_once(database, key, content_hash, operation, people=people or None)


def document_rows(unit: Unit, case_id: str) -> list[Any]:
    """What was handed in, without the contents, in the order in which it came."""
    columns = [column for column in case_document.c if column.name != "content"]
    mine = case_document.c.case_id == case_id
    return list(unit.run(select(*columns).where(mine).order_by(case_document.c.document_id)))


def file_of(unit: Unit, case_id: str, document_id: str) -> CaseFile:
    """A document with its content; ``NotFoundError`` where the case has none such."""
    row = unit.run(
        select(case_document).where(
            case_document.c.case_id == case_id, case_document.c.document_id == document_id
        )
    ).one_or_none()
    if row is None:
        raise NotFoundError(message("这件事没有材料 {document_id}", document_id=document_id))
    return CaseFile(row.kind, row.name, row.media_type, row.content)


def require_papers(unit: Unit, kind: CaseKind, case: Any) -> None:
    """``ConflictError`` where a required document is not there."""
    there = select(case_document.c.kind).where(case_document.c.case_id == case.case_id)
    missing = missing_papers(kind, kind.read(case.data), unit.run(there).scalars())
    if missing:
        raise ConflictError(
            message("材料不齐，还缺：{papers}", papers=Listed(paper.label for paper in missing))
        )


def _require_known(kind: CaseKind, data: Any, paper: str) -> None:
    papers = [*(known.kind for known in kind.papers_of(data)), OTHER]
    if paper not in papers:
        raise InputError(
            message("不认识的材料 {kind}，可以写：{kinds}", kind=paper, kinds=Listed(papers)),
            place="kind",
        )


def _plain_name(name: str) -> str:
    """A name without what a file system or a header might take for more than a name."""
    plain = "".join(
        letter for letter in name if letter.isprintable() and letter not in '/\\:*?"<>|'
    ).strip(" .")
    return plain[:_LONGEST_NAME] or "document"
