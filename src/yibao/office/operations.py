"""Opening and moving cases: each move once, under the locks of whom it touches."""

from __future__ import annotations

import datetime
from dataclasses import dataclass, field
from typing import Any

import msgspec
from sqlalchemy import insert, update

from yibao.access.chains import extend_any_chain, lock_ends
from yibao.access.names import CASE, EMPLOYER, INSTITUTION
from yibao.access.operations import Answer, Key, canonical, record_message, write_once
from yibao.access.permissions import Actor, Role, officer
from yibao.database.identifiers import new_identifier
from yibao.database.instants import civil_day, now
from yibao.database.joined import JoinedDatabase
from yibao.database.unit import Database, Unit
from yibao.errors import ConflictError, InputError
from yibao.messages import message
from yibao.office.clock import CaseClock
from yibao.office.documents import require_papers
from yibao.office.errors import MovedOnError
from yibao.office.history import AMEND, CLOSE, OPEN, CaseStep, moves_of, step_label
from yibao.office.kinds import CaseKind, Decided, Move, State, kind_of
from yibao.office.locks import case_row, lock_case
from yibao.office.notes import bounded
from yibao.office.numbers import free_number
from yibao.office.reading import open_cases
from yibao.office.rights import STAFF, require_case, require_move
from yibao.office.tables import office_case
from yibao.policy.compile import PolicyLibrary


@dataclass(frozen=True, slots=True)
class Subject:
    """Whom a case is about; nobody where somebody is to be registered."""

    area: str
    person_id: str | None = None
    institution_id: str | None = None
    employer_id: str | None = None
    case_id: str = field(default_factory=new_identifier)

    @property
    def chain(self) -> str:
        """The audit chain that it hangs on."""
        if self.person_id is not None:
            return self.person_id
        if self.institution_id is not None:
            return f"{INSTITUTION}{self.institution_id}"
        if self.employer_id is not None:
            return f"{EMPLOYER}{self.employer_id}"
        return f"{CASE}{self.case_id}"


def open_within(
    unit: Unit,
    kind_name: str,
    subject: Subject,
    data: msgspec.Struct,
    *,
    actor: Actor,
    at: datetime.datetime,
) -> Answer:
    """Open a case for an operation of a room above, which has checked who may.

    The caller holds the locks of whom it is about, and its event vouches for the rows.
    """
    kind = kind_of(kind_name)
    first = kind.states[0]
    unit.run(
        insert(office_case),
        {
            "case_id": subject.case_id,
            "chain": subject.chain,
            "kind": kind.name,
            "person_id": subject.person_id,
            "institution_id": subject.institution_id,
            "employer_id": subject.employer_id,
            "area": subject.area,
            "state": first.name,
            "is_open": True,
            "applicant": actor.id,
            "opened_at": at,
            "data": kind.written(data),
            "moves": 1,
            "number": free_number(unit, subject.area, kind.name, civil_day(at), subject.case_id),
            **CaseClock().row(),
        },
    )
    duty = Role.CLERK if actor.role in STAFF else actor.role
    step = CaseStep(subject.case_id, subject.chain, 1, OPEN, None, first.name, actor.id, at)
    step.record(unit, role="" if kind.is_own_work else duty.value)
    return {"case": subject.case_id, "kind": kind.name, "state": first.name}


def open_case(
    database: Database,
    key: Key,
    kind_name: str,
    subject: Subject,
    data: msgspec.Struct,
    *,
    actor: Actor,
    at: datetime.datetime | None = None,
) -> Answer:
    """Open a case: ``case``, its ``kind`` and the ``state`` where it begins.

    ``ConflictError`` where somebody has asked for the same and waits for the decision.
    """
    kind = kind_of(kind_name)
    require_case(actor, "open_case", subject)
    instant = at or now()
    whom = [subject.area, subject.person_id, subject.institution_id, subject.employer_id]
    content = [kind_name, *whom, msgspec.to_builtins(data)]
    content_hash = database.secrets.lasting_hash(canonical(content))
    people = kind.whose(data, subject.person_id)

    def operation(unit: Unit) -> Answer:
        lock_ends(unit, people)
        if subject.person_id is not None:
            _refuse_another(unit, kind, subject.person_id, data)
        answer = open_within(unit, kind_name, subject, data, actor=actor, at=instant)
        record_message(unit, key, content_hash, subject.person_id or key.sender, answer)
        extend_any_chain(unit, subject.chain, actor.id, "open_case", answer)
        return answer

    return write_once(database, key, content_hash, operation, people=people or None)


def _refuse_another(unit: Unit, kind: CaseKind, person_id: str, data: msgspec.Struct) -> None:
    for _, waiting in open_cases(unit, kind.name, person_id):
        if waiting == data:
            raise ConflictError(message("已经有一份同样的申请在办，请等它办完"))


def move_case(
    database: Database,
    library: PolicyLibrary,
    key: Key,
    case_id: str,
    move_name: str,
    *,
    actor: Actor,
    reason: str = "",
    basis: str = "",
    seen: int | None = None,
    until: datetime.date | None = None,
    at: datetime.datetime | None = None,
) -> Answer:
    """Move a case on: its new ``state``, the ``number`` of the move, ``due_on``, and ``effect``.

    ``basis``: the code of one of the kind's grounds, for a move that needs one.
    ``seen``: the number of the last move that the actor saw; after another one it is refused.
    ``until``: the last day of what is asked for, for a move that may set it.
    ``MovedOnError`` where the case no longer stands where the move starts, ``DeniedError`` for
    who may not make it, and whatever the effect refuses: none of them changes anything.
    """
    row = database.read(lambda unit: case_row(unit, case_id))
    require_case(actor, "move_case", row)
    kind = kind_of(row.kind)
    move = kind.move(move_name)
    reason = _grounded(kind, move, _reason(move, reason), basis)
    content = [case_id, move_name, reason, *([until.isoformat()] if until else [])]
    content_hash = database.secrets.lasting_hash(canonical(content))
    instant = at or now()
    people = kind.whose(kind.read(row.data), row.person_id)
    if until is not None and not move.takes_end:
        raise InputError(message("“{move}”不写到哪天为止", move=move.label), place="until")

    def operation(unit: Unit) -> Answer:
        case = lock_case(unit, case_id, people)
        moves = moves_of(unit, case_id)
        duty = require_move(actor, kind, case, move, moves)
        _require_start(kind, case, move, moves, seen)
        if move.needs_papers:
            require_papers(unit, kind, case)
        before = case.state
        if until is not None:
            case = _ending(unit, kind, case, until)
        joined = JoinedDatabase(database, unit)
        step = _Step(joined, unit, library, kind, actor, instant)
        effect = step.take(case, move, reason, duty.value, basis if move.needs_basis else "")
        wanted = move.follow
        while wanted is not None:
            case = case_row(unit, case_id)
            name = wanted(joined, library, _decided(kind, case, case.moves, actor, "", instant))
            if name is None:
                break
            following = kind.move(name)
            step.take(case, following, "", "")
            wanted = following.follow
        case = case_row(unit, case_id)
        due_on = case.due_on
        answer = {
            "case": case_id,
            "state": case.state,
            "number": case.moves,
            "due_on": None if due_on is None else due_on.isoformat(),
            "effect": effect,
        }
        record_message(unit, key, content_hash, case.person_id or key.sender, answer)
        event = {"case": case_id, "move": move.name, "before": before, "after": case.state}
        if until is not None:
            event["until"] = until.isoformat()
        extend_any_chain(unit, case.chain, actor.id, "move_case", event)
        return answer

    return write_once(database, key, content_hash, operation, people=people or None)


def _ending(unit: Unit, kind: CaseKind, case: Any, until: datetime.date) -> Any:
    """The case with another last day of what is asked for."""
    data = msgspec.structs.replace(kind.read(case.data), end=until)
    this_case = office_case.c.case_id == case.case_id
    unit.run(update(office_case).where(this_case).values(data=kind.written(data)))
    return case_row(unit, case.case_id)


@dataclass(frozen=True, slots=True)
class _Step:
    """Takes steps of one case in a unit that holds its locks."""

    joined: Database
    unit: Unit
    library: PolicyLibrary
    kind: CaseKind
    actor: Actor
    at: datetime.datetime

    def take(self, case: Any, move: Move, reason: str, duty: str, basis: str = "") -> Answer:
        """Do what the step does, and record it; what its effect answers."""
        number = case.moves + 1
        effect: Answer = {}
        if move.effect is not None:
            decided = _decided(self.kind, case, number, self.actor, reason, self.at)
            effect = move.effect(self.joined, self.library, decided)
        end = self.kind.state(move.end)
        clock = _clock(self.library, self.kind, case, end, civil_day(self.at))
        _record_step(self.unit, case, move, number, clock, self.actor, self.at, duty, reason, basis)
        return effect


def _record_step(
    unit: Unit,
    case: Any,
    move: Move,
    number: int,
    clock: CaseClock,
    actor: Actor,
    at: datetime.datetime,
    duty: str,
    reason: str,
    basis: str = "",
) -> None:
    kind = kind_of(case.kind)
    this_case = office_case.c.case_id == case.case_id
    values = _values(kind.state(move.end), number, clock)
    unit.run(update(office_case).where(this_case).values(**values))
    step = CaseStep(case.case_id, case.chain, number, move.name, case.state, move.end, actor.id, at)
    step.record(unit, role=duty, reason=reason, basis=basis)


def follow_within(
    unit: Unit,
    case_id: str,
    move_name: str,
    *,
    actor: Actor,
    at: datetime.datetime,
    reason: str = "",
    library: PolicyLibrary | None = None,
    data: msgspec.Struct | None = None,
) -> None:
    """Take a program's step because of what happened in another room; it has no effect there.

    ``data``: what the case says from then on, where the step changes it.

    For an operation of a room above: it holds the locks, and its event vouches for the rows.
    The clock goes on as it stands, or stops where the step ends the case; with a ``library``
    it runs or stands as the state says where the step ends.
    """
    case = case_row(unit, case_id)
    kind = kind_of(case.kind)
    move = kind.move(move_name)
    assert move.by_program, move_name
    _require_start(kind, case, move, moves_of(unit, case_id), None)
    end = kind.state(move.end)
    if library is not None:
        clock = _clock(library, kind, case, end, civil_day(at))
    else:
        clock = CaseClock() if end.is_final else CaseClock(case.clock_from, case.clock_days)
    _record_step(unit, case, move, case.moves + 1, clock, actor, at, "", reason)
    if data is not None:
        this_case = office_case.c.case_id == case_id
        unit.run(update(office_case).where(this_case).values(data=kind.written(data)))


def close_within(
    unit: Unit, case_id: str, state: str, reason: str, *, actor: Actor, at: datetime.datetime
) -> None:
    """Close a case whose matter ended in another way; nothing where it is closed already.

    For an operation of a room above: it holds the locks, and its event vouches for the rows.
    """
    case = case_row(unit, case_id)
    if not case.is_open:
        return
    kind = kind_of(case.kind)
    number = case.moves + 1
    values = _values(kind.state(state), number, CaseClock())
    unit.run(update(office_case).where(office_case.c.case_id == case_id).values(**values))
    step = CaseStep(case_id, case.chain, number, CLOSE, case.state, state, actor.id, at)
    step.record(unit, reason=reason)


def amend_within(
    unit: Unit,
    case_id: str,
    data: msgspec.Struct | None,
    *,
    actor: Actor,
    at: datetime.datetime,
    role: str = "",
) -> None:
    """Other data of an open case, as a step of its history; locks and event as of closing.

    ``data`` None: what a room above keeps of the case is another.  ``role``: the duty in
    which it was changed, which is then whoever changed it's in this case.
    """
    case = case_row(unit, case_id)
    number = case.moves + 1
    values: dict[str, Any] = {"moves": number}
    if data is not None:
        values["data"] = kind_of(case.kind).written(data)
    unit.run(update(office_case).where(office_case.c.case_id == case_id).values(**values))
    step = CaseStep(case_id, case.chain, number, AMEND, case.state, case.state, actor.id, at)
    step.record(unit, role=role)


# --- pieces --------------------------------------------------------------------------------------


def _reason(move: Move, reason: str) -> str:
    reason = bounded(reason.strip())
    if move.needs_reason and not reason:
        raise InputError(
            message("“{move}”要写明原因，申请人看得到", move=move.label), place="reason"
        )
    return reason


def _grounded(kind: CaseKind, move: Move, reason: str, code: str) -> str:
    """The reason with its ground before it, as whoever applied reads it."""
    if not move.needs_basis:
        return reason
    basis = kind.basis(code)
    return str(message("{basis}（{law}）{reason}", basis=basis.label, law=basis.law, reason=reason))


def _require_start(
    kind: CaseKind, case: Any, move: Move, moves: list[Any], seen: int | None
) -> None:
    last = moves[-1]
    if case.state not in move.start:
        raise MovedOnError(
            message(
                "这件事现在是“{state}”（上一步：{last}，{at}），不能再办“{move}”，没有做任何改动",
                state=kind.state(case.state).label,
                last=step_label(kind, last.move),
                at=civil_day(last.at).isoformat(),
                move=move.label,
            )
        )
    if seen is not None and seen != case.moves:
        raise MovedOnError(
            message(
                "您看过以后别人又办了一步（{last}），请先看看再办，没有做任何改动",
                last=step_label(kind, last.move),
            )
        )


def _decided(
    kind: CaseKind, case: Any, number: int, actor: Actor, reason: str, at: datetime.datetime
) -> Decided:
    return Decided(
        case_id=case.case_id,
        person_id=case.person_id,
        institution_id=case.institution_id,
        area=case.area,
        data=kind.read(case.data),
        actor=officer(actor.id),
        key=Key(case.case_id, "decide_case", str(number)),
        reason=reason,
        day=civil_day(at),
        at=at,
    )


def _clock(
    library: PolicyLibrary, kind: CaseKind, case: Any, state: State, day: datetime.date
) -> CaseClock:
    clock = CaseClock(case.clock_from, case.clock_days)
    if state.is_final:
        return CaseClock()
    if state.runs:
        return clock.running(day, kind.working_days(library, case.area, day))
    return clock.paused(day)


def _values(state: State, number: int, clock: CaseClock) -> dict[str, Any]:
    return {
        "state": state.name,
        "is_open": not state.is_final,
        "moves": number,
        **clock.row(),
    }
