"""What the office writes beside a case, and how long a text of a step may be."""

from __future__ import annotations

import datetime

from sqlalchemy import update

from yibao.access.chains import extend_any_chain
from yibao.access.operations import Answer, Key, canonical, record_message, write_once
from yibao.access.permissions import Actor
from yibao.database.instants import now
from yibao.database.unit import Database, Unit
from yibao.errors import InputError
from yibao.messages import message
from yibao.office.history import NOTE, CaseStep
from yibao.office.locks import case_row, lock_case
from yibao.office.rights import require_case
from yibao.office.tables import office_case

LONGEST_REASON = 2_000


def bounded(text: str) -> str:
    """A text that is not too long; ``InputError``."""
    if len(text) > LONGEST_REASON:
        raise InputError(message("最多写 {most} 个字", most=LONGEST_REASON), place="reason")
    return text


def add_note(
    database: Database,
    key: Key,
    case_id: str,
    text: str,
    *,
    actor: Actor,
    at: datetime.datetime | None = None,
) -> Answer:
    """A note of the office in the history; it moves nothing, and is nobody's duty."""
    row = database.read(lambda unit: case_row(unit, case_id))
    require_case(actor, "note_case", row)
    text = bounded(text.strip())
    if not text:
        raise InputError(message("备注不能为空"), place="text")
    instant = at or now()
    content_hash = database.secrets.lasting_hash(canonical([case_id, text]))
    people = [] if row.person_id is None else [row.person_id]

    def operation(unit: Unit) -> Answer:
        case = lock_case(unit, case_id, people)
        number = case.moves + 1
        this_case = office_case.c.case_id == case_id
        unit.run(update(office_case).where(this_case).values(moves=number))
        step = CaseStep(
            case_id, case.chain, number, NOTE, case.state, case.state, actor.id, instant
        )
        step.record(unit, reason=text)
        answer = {"case": case_id, "number": number}
        record_message(unit, key, content_hash, case.person_id or key.sender, answer)
        extend_any_chain(unit, case.chain, actor.id, "note_case", answer)
        return answer

    return write_once(database, key, content_hash, operation, people=people or None)
