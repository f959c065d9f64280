"""Reports of citizens: noted as leads without a login, with a receipt to ask by.

Whom it is about may be known by name alone: an inspector says who that is before a case is
opened.  Who reported stands apart from the case, encrypted, and nothing of the case is told to
whoever asks by the receipt but how far it is.
"""

from __future__ import annotations

import datetime
from dataclasses import dataclass

import msgspec
from sqlalchemy import select
from sqlalchemy.exc import IntegrityError

from yibao.access.errors import UnknownActorError
from yibao.access.guesses import Whence, begin_attempt, take_back_attempt
from yibao.access.operations import Answer, Key
from yibao.access.permissions import Actor, Role, require
from yibao.conduct.acts import SubjectKind
from yibao.conduct.cases import ConductState
from yibao.conduct.effects import ConductMove
from yibao.conduct.forms import CONDUCT_CASE, ConductLead, Informer, LeadSource
from yibao.conduct.leads import check_lead, note_lead_within, require_known
from yibao.conduct.sheets import ConductSheet, store_sheet
from yibao.conduct.tables import conduct_informer
from yibao.conduct.writes import write_case
from yibao.database.instants import now
from yibao.database.unit import Database, Unit
from yibao.errors import ConflictError, InputError, NotFoundError
from yibao.messages import Fen, Text, message
from yibao.office.kinds import kind_of
from yibao.office.locks import case_row, has_case
from yibao.office.operations import Subject
from yibao.office.receipts import grouped_receipt, plain_receipt, receipt_letters

REPORTER = Actor("informer", Role.INSURED)
"""Whoever reports has no login, and need not say who it is."""
_LONGEST = 100


@dataclass(frozen=True, slots=True)
class ReportProgress:
    """How far a report is, as whoever made it is told."""

    state: Text
    is_closed: bool
    reward: int | None
    """Fen; None: none was given so far."""


def file_report(
    database: Database,
    once: str,
    kind: SubjectKind,
    name: str,
    text: str,
    informer: Informer | None,
    area: str,
    *,
    whence: Whence,
    at: datetime.datetime,
) -> str:
    """Report misuse of the fund: the receipt, which is told this once and is kept nowhere.

    ``name``: of whom it is about, as the citizen knows it.  ``once``: what the form is known
    by; sent twice it is one lead.  ``InputError`` for what says nothing, ``LockedError`` after
    too many from one place.
    """
    who = " ".join(name.split())
    if not who or len(who) > _LONGEST:
        said = message("请写举报的是谁，最多 {most} 个字", most=_LONGEST)
        raise InputError(said, place="subject_name")
    if informer is not None and max(len(informer.name), len(informer.contact)) > _LONGEST:
        raise InputError(message("最多写 {most} 个字", most=_LONGEST), place="contact")
    lead = ConductLead(
        source=LeadSource.REPORT.value,
        subject_kind=kind.value,
        subject_id="",
        subject_name=who,
        text=text,
    )
    check_lead(lead)
    begin_attempt(database, f"report of misuse from {whence.address}", whence, at)
    receipt = receipt_letters(database, f"report of misuse {once}")
    subject = Subject(area, case_id=_case_id(database, receipt))

    def operation(unit: Unit) -> None:
        if not has_case(unit, subject.case_id):
            note_lead_within(unit, lead, subject, informer, actor=REPORTER, at=at)

    try:
        database.write(operation)
    except IntegrityError:  # sent twice at once: the other one was first
        database.read(lambda unit: case_row(unit, subject.case_id))
    return grouped_receipt(receipt)


def report_progress(
    database: Database, receipt: str, *, whence: Whence, at: datetime.datetime
) -> ReportProgress:
    """How far a report is; ``UnknownActorError`` for a receipt of nothing."""
    attempt = begin_attempt(database, f"report looked up from {whence.address}", whence, at)
    case_id = _case_id(database, plain_receipt(receipt))

    def read(unit: Unit) -> ReportProgress:
        row = case_row(unit, case_id)
        reward = select(conduct_informer.c.reward).where(conduct_informer.c.case_id == case_id)
        return ReportProgress(
            _told(row.state, row.is_open), not row.is_open, unit.run(reward).scalar_one_or_none()
        )

    try:
        progress = database.read(read)
    except NotFoundError:
        raise UnknownActorError(message("没有这个回执号的举报，请核对")) from None
    database.write(lambda unit: take_back_attempt(unit, attempt))
    return progress


def _told(state: str, is_open: bool) -> Text:
    if state == ConductState.LEAD:
        return message("收到了，等执法人员核查")
    if is_open:
        return message("正在核查、办理")
    return message("办完了：{state}", state=kind_of(CONDUCT_CASE).state(state).label)


def reward_words(progress: ReportProgress) -> Text:
    """What is said of a reward."""
    if progress.reward is None:
        return message("还没有奖励；查实并决定以后按办法奖励。")
    return message("奖励 {amount}，付到举报时写的账户。", amount=Fen(progress.reward))


def _case_id(database: Database, receipt: str) -> str:
    return database.secrets.lasting_hash(f"report of misuse case {receipt}")[:32]


# --- who it is about -----------------------------------------------------------------------------


def name_subject(
    database: Database,
    key: Key,
    case_id: str,
    kind: SubjectKind,
    subject_id: str,
    *,
    actor: Actor,
    at: datetime.datetime | None = None,
) -> Answer:
    """Say who a lead is about that named nobody registered, once, before a case is opened.

    ``NotFoundError`` for a person or an institution that is not registered.
    """
    subject = subject_id.strip()
    if not subject or len(subject) > _LONGEST:
        raise InputError(message("请写明是谁：人员编号、机构编号或单位编号"), place="subject")
    row = database.read(lambda unit: case_row(unit, case_id))
    if row.kind != CONDUCT_CASE:
        raise NotFoundError(message("没有案件 {case_id}", case_id=case_id))
    require(actor, "name_subject", area=row.area)
    require_known(database, kind, subject)
    lead: ConductLead = kind_of(CONDUCT_CASE).read(row.data)
    whole = msgspec.structs.replace(lead, subject_kind=kind.value, subject_id=subject)

    def work(unit: Unit, sheet: ConductSheet) -> Answer:
        if sheet.subject_id:
            raise ConflictError(message("已经写明是谁，没有做任何改动"))
        store_sheet(unit, case_id, subject_kind=kind.value, subject_id=subject)
        return {"subject": subject}

    return write_case(
        database,
        key,
        case_id,
        "name_subject",
        [kind.value, subject],
        work,
        actor=actor,
        at=at or now(),
        duty_of=ConductMove.INSPECT,
        states=(ConductState.LEAD, ConductState.CHECKED),
        data=whole,
    )
