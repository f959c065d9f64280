"""What must hold of cases at any time, beyond what the chains vouch for."""

from __future__ import annotations

import hashlib
from collections.abc import Iterator

from sqlalchemy import select

from yibao.database.sealed import unreadable_as_none
from yibao.database.unit import Unit
from yibao.messages import Message, message
from yibao.office.tables import case_document, case_move, office_case

_TOGETHER = 20


def case_faults(unit: Unit) -> Iterator[Message]:
    """Cases that do not stand where their last step left them, and altered documents."""
    is_last = (case_move.c.case_id == office_case.c.case_id) & (
        case_move.c.number == office_case.c.moves
    )
    query = (
        select(office_case.c.case_id, office_case.c.state, case_move.c.after)
        .select_from(office_case.outerjoin(case_move, is_last))
        .execution_options(yield_per=2_000)
    )
    for row in unit.run(query):
        if row.state != row.after:
            yield message(
                "案件 {case_id} 的状态是 {state}，最后一步却到了 {after}",
                case_id=row.case_id,
                state=row.state,
                after=str(row.after),
            )
    columns = (case_document.c.document_id, case_document.c.digest, case_document.c.content)
    with unreadable_as_none():
        # Large, so a few at a time.
        for row in unit.run(select(*columns).execution_options(yield_per=_TOGETHER)):
            if row.content is None or hashlib.sha256(row.content).hexdigest() != row.digest:
                yield message(
                    "案件材料 {document_id} 的内容被改动过，与收下时的散列不符",
                    document_id=row.document_id,
                )
