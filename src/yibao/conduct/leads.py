"""Leads: noted from hits of rules, reports and the desk; the subject is not told of them."""

from __future__ import annotations

import datetime
from collections.abc import Sequence
from typing import Any

import msgspec
from sqlalchemy import insert, select, update

from yibao.access.chains import area_of, extend_chain
from yibao.access.names import CASE
from yibao.access.operations import Answer, Key, canonical, record_message, write_once
from yibao.access.permissions import Actor, require
from yibao.care.institutions import read_institution
from yibao.conduct.acts import SubjectKind
from yibao.conduct.forms import CONDUCT_CASE, SOURCE_WORDS, ConductLead, Informer
from yibao.conduct.sheets import sheet_row
from yibao.conduct.tables import conduct_hit, conduct_informer, conduct_sheet
from yibao.database.instants import now
from yibao.database.unit import Database, Unit
from yibao.errors import ConflictError, InputError, NotFoundError
from yibao.messages import message
from yibao.office.operations import Subject, open_within

_LONGEST = 2_000


def note_lead(
    database: Database,
    key: Key,
    lead: ConductLead,
    *,
    actor: Actor,
    informer: Informer | None = None,
    at: datetime.datetime | None = None,
) -> Answer:
    """Note a lead: ``case``, ``kind`` and ``state``; nothing happens to anybody by it.

    It hangs on a chain of its own: neither the subject nor whoever may read the subject's
    record sees it.  Hits that it names are joined to it; ``ConflictError`` for one that is.
    """
    check_lead(lead)
    if not lead.subject_id.strip():
        raise InputError(message("请写明是谁：人员编号、机构编号或单位编号"), place="subject")
    area = actor.area or _area_of(database, lead.subject_kind, lead.subject_id)
    require(actor, "note_lead", area=area)
    instant = at or now()
    subject = Subject(area)
    content = [
        msgspec.to_builtins(lead),
        None if informer is None else msgspec.to_builtins(informer),
    ]
    content_hash = database.secrets.lasting_hash(canonical(content))

    def operation(unit: Unit) -> Answer:
        answer = _write_lead(unit, lead, subject, informer, actor, instant)
        record_message(unit, key, content_hash, key.sender, answer)
        extend_chain(unit, f"{CASE}{subject.case_id}", actor.id, "note_lead", answer)
        return answer

    return write_once(database, key, content_hash, operation)


def note_lead_within(
    unit: Unit,
    lead: ConductLead,
    subject: Subject,
    informer: Informer | None = None,
    *,
    actor: Actor,
    at: datetime.datetime,
) -> Answer:
    """The same for an operation that has looked at it: a citizen's report, a rule's finding."""
    answer = _write_lead(unit, lead, subject, informer, actor, at)
    extend_chain(unit, f"{CASE}{subject.case_id}", actor.id, "note_lead", answer)
    return answer


def _write_lead(
    unit: Unit,
    lead: ConductLead,
    subject: Subject,
    informer: Informer | None,
    actor: Actor,
    at: datetime.datetime,
) -> Answer:
    joined_sum = _join_hits(unit, lead.hits, subject.case_id)
    whole = msgspec.structs.replace(lead, found=joined_sum)
    answer = open_within(unit, CONDUCT_CASE, subject, whole, actor=actor, at=at)
    kind = SubjectKind(lead.subject_kind)
    unit.run(insert(conduct_sheet), sheet_row(subject.case_id, kind, lead.subject_id, subject.area))
    if informer is not None:
        row = {
            "case_id": subject.case_id,
            "document": msgspec.to_builtins(informer),
            **dict.fromkeys(("level", "reward", "rewarded_by")),
        }
        unit.run(insert(conduct_informer), row)
    return answer


def check_lead(lead: ConductLead) -> None:
    """``InputError`` for a lead that does not say where it comes from, of what kind, or what."""
    if lead.source not in SOURCE_WORDS:
        raise InputError(message("请选线索从哪里来"), place="source")
    if lead.subject_kind not in tuple(SubjectKind):
        raise InputError(message("请选线索是关于谁的"), place="subject_kind")
    if not lead.text.strip() or len(lead.text) > _LONGEST:
        raise InputError(message("请写明线索，最多 {most} 个字", most=_LONGEST), place="text")


def require_known(database: Database, kind: SubjectKind, subject_id: str) -> None:
    """``NotFoundError`` for a person or an institution that is not registered."""
    if kind is not SubjectKind.EMPLOYER:
        _area_of(database, kind, subject_id)


def _area_of(database: Database, kind: str, subject_id: str) -> str:
    """Where the subject belongs, for whoever has no area of its own; ``NotFoundError``."""
    area: str | None = None
    if kind == SubjectKind.PERSON:
        area = area_of(database, subject_id)
    elif kind == SubjectKind.INSTITUTION:
        known = database.read(lambda unit: read_institution(unit, subject_id))
        area = known.versions[-1].facts.area
    if area is None:
        raise NotFoundError(message("没有登记的 {subject}", subject=subject_id))
    return area


def _join_hits(unit: Unit, hits: Sequence[str], case_id: str) -> int:
    """Join hits to a lead: the fen that they come to."""
    if not hits:
        return 0
    mine = conduct_hit.c.hit_id.in_(list(hits))
    rows = unit.run(select(conduct_hit).where(mine).with_for_update()).all()
    if len(rows) != len(set(hits)):
        raise NotFoundError(message("有的命中不存在，请重新打开"))
    if any(row.case_id is not None or row.dropped for row in rows):
        raise ConflictError(message("有的命中已经办过，没有做任何改动"))
    unit.run(update(conduct_hit).where(mine).values(case_id=case_id))
    return sum(row.amount for row in rows)


def drop_hit(database: Database, key: Key, hit_id: str, reason: str, *, actor: Actor) -> Answer:
    """Say why a hit is none: it stays on record, and out of the list of what waits."""
    query = select(conduct_hit).where(conduct_hit.c.hit_id == hit_id)
    row = database.read(lambda unit: unit.run(query).one_or_none())
    if row is None:
        raise NotFoundError(message("没有命中 {id}", id=hit_id))
    require(actor, "judge_hit", area=row.area)
    why = reason.strip()
    if not why or len(why) > _LONGEST:
        raise InputError(message("请写为什么不是违规"), place="reason")
    content_hash = database.secrets.lasting_hash(canonical([hit_id, why]))

    def operation(unit: Unit) -> Answer:
        hit: Any = unit.run(query.with_for_update()).one()
        if hit.case_id is not None or hit.dropped:
            raise ConflictError(message("这个命中已经办过，没有做任何改动"))
        values = {"dropped": True, "why": {**hit.why, "dropped": why}}
        unit.run(update(conduct_hit).where(conduct_hit.c.hit_id == hit_id).values(**values))
        answer = {"hit": hit_id, "dropped": True}
        record_message(unit, key, content_hash, key.sender, answer)
        extend_chain(unit, f"{CASE}hits", actor.id, "drop_hit", answer)
        return answer

    return write_once(database, key, content_hash, operation)
