"""What the office, and whoever a case is about, may read of cases."""

from __future__ import annotations

import datetime
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from typing import Any, TypeVar

from sqlalchemy import ColumnElement, and_, func, or_, select, tuple_

from yibao.access.chains import extend_any_chain
from yibao.access.errors import DeniedError
from yibao.access.permissions import MATRIX, POSTS, Actor, Reach, Role
from yibao.access.trail import read_record
from yibao.database.unit import Database, Unit
from yibao.messages import Text, message
from yibao.office.clock import due_on
from yibao.office.documents import CaseFile, document_rows, file_of
from yibao.office.history import moves_of, step_label
from yibao.office.kinds import CaseKind, Move, NeededPaper, all_kinds, kind_of, missing_papers
from yibao.office.locks import case_row
from yibao.office.rights import duty_of, faults_of, is_about, reads_content, require_case
from yibao.office.tables import case_move, office_case

Result = TypeVar("Result")

_NEVER = datetime.date.max


@dataclass(frozen=True, slots=True)
class Deadline:
    """When a case has to be decided."""

    day: datetime.date | None
    is_overdue: bool
    note: Text = ""
    """Why there is no day, where it is not because the clock stands."""


@dataclass(frozen=True, slots=True)
class ListedCase:
    """A case in a list."""

    case_id: str
    number: str
    """What people call it by."""
    kind: CaseKind
    state: str
    person_id: str | None
    institution_id: str | None
    employer_id: str | None
    area: str
    opened_at: datetime.datetime
    deadline: Deadline
    summary: Text
    is_open: bool

    @property
    def state_label(self) -> Text:
        return self.kind.state(self.state).label


@dataclass(frozen=True, slots=True)
class Stepped:
    """A step of the history."""

    number: int
    label: Text
    at: datetime.datetime
    actor: str
    role: str
    before: str | None
    after: str
    reason: str


@dataclass(frozen=True, slots=True)
class HandedIn:
    """A document of a case, without its content."""

    document_id: str
    kind: str
    label: Text
    name: str
    media_type: str
    size: int
    added_at: datetime.datetime


@dataclass(frozen=True, slots=True)
class CasePage:
    """Everything about one case."""

    listed: ListedCase
    data: Any
    """As the kind's form reads it."""
    written: Any
    """The same as JSON has it."""
    applicant: str
    number: int
    """Of the last step: whoever moves the case says what it saw."""
    history: tuple[Stepped, ...]
    documents: tuple[HandedIn, ...]
    papers: tuple[NeededPaper, ...]
    """Those that such a case can have."""
    missing: tuple[NeededPaper, ...]
    moves: tuple[Move, ...]
    """What whoever reads it may do next."""
    is_whole: bool = True
    """Whether the reader may open its documents, and see what is on record of the person."""


# --- the queue of an officer ---------------------------------------------------------------------


def queue(
    database: Database,
    actor: Actor,
    day: datetime.date,
    *,
    most: int = 50,
    after: tuple[datetime.date | None, str] | None = None,
    kinds: Iterable[str] = (),
    every: bool = False,
) -> list[ListedCase]:
    """Open cases of the actor's area that wait for a move of its duty, by deadline.

    ``every``: those that wait for somebody else too.  ``after``: deadline and id of the last
    one of the page before.  Cases in which the actor has another duty are left out.
    """
    wanted = set(kinds)
    waiting = [
        (kind.name, state.name)
        for kind in all_kinds().values()
        if not wanted or kind.name in wanted
        for state in kind.states
        if _is_next(actor, kind, state.name)
    ]
    conditions = [office_case.c.is_open.is_(True), *_of_my_area(actor)]
    if not every:
        conditions += [
            tuple_(office_case.c.kind, office_case.c.state).in_(sorted(set(waiting))),
            ~_has_another_duty(actor),
        ]
    elif wanted:
        conditions.append(office_case.c.kind.in_(sorted(wanted)))
    last = func.coalesce(office_case.c.due_on, _NEVER)
    if after is not None:
        conditions.append(
            or_(
                last > (after[0] or _NEVER),
                and_(last == (after[0] or _NEVER), office_case.c.case_id > after[1]),
            )
        )
    query = select(office_case).where(*conditions).order_by(last, office_case.c.case_id).limit(most)
    return database.read(lambda unit: [_listed(row, day) for row in unit.run(query)])


def _is_next(actor: Actor, kind: CaseKind, state: str) -> bool:
    """Whether the way on from a state is a step of the actor's post."""
    role = kind.waits_for(state)
    return role in POSTS and any(
        duty_of(actor, move) == role for move in kind.moves if state in move.start
    )


def _of_my_area(actor: Actor) -> list[ColumnElement[bool]]:
    reach = MATRIX["read_case"].get(actor.role)
    if reach is Reach.ALL:
        return []
    if reach is not Reach.AREA or actor.area is None:
        raise DeniedError(message("{role}没有待办的案件", role=actor.role.wording))
    return [office_case.c.area.startswith(_prefix(actor.area))]


def _prefix(area: str) -> str:
    while area.endswith("00"):
        area = area[:-2]
    return area


def _has_another_duty(actor: Actor) -> ColumnElement[bool]:
    """Whether the actor took part in a case in another duty than its own."""
    own = [actor.role.value] if actor.role is not Role.OFFICER else [role.value for role in POSTS]
    return (
        select(case_move.c.number)
        .where(
            case_move.c.case_id == office_case.c.case_id,
            case_move.c.actor == actor.id,
            case_move.c.role != "",
            case_move.c.role.not_in(own),
        )
        .exists()
    )


# --- one case ------------------------------------------------------------------------------------


def read_case(
    database: Database, actor: Actor, case_id: str, day: datetime.date, *, purpose: str = ""
) -> CasePage:
    """Everything about a case, for whoever may; the read by others stands on the chain."""
    return _read(
        database, actor, case_id, lambda unit: case_page(unit, actor, case_id, day), purpose
    )


def read_document(
    database: Database, actor: Actor, case_id: str, document_id: str, *, purpose: str = ""
) -> CaseFile:
    """A document of a case, for whoever may; the read by others stands on the chain."""

    def fetch(unit: Unit) -> CaseFile:
        if not reads_content(actor, case_row(unit, case_id)):
            raise DeniedError(message("单位看得到办到哪一步，看不到职工的材料"))
        return file_of(unit, case_id, document_id)

    return _read(database, actor, case_id, fetch, purpose)


def cases_of(
    database: Database, actor: Actor, person_id: str, day: datetime.date, *, most: int = 50
) -> list[ListedCase]:
    """A person's cases, the latest first."""
    return read_record(
        database,
        actor,
        "read_cases",
        person_id,
        lambda unit: case_rows_of(unit, person_id, day, most),
    )


def case_rows_of(unit: Unit, person_id: str, day: datetime.date, most: int) -> list[ListedCase]:
    """A read fragment: :func:`cases_of` for a room above that has checked who reads."""
    query = (
        select(office_case)
        .where(office_case.c.person_id == person_id)
        .order_by(office_case.c.case_id.desc())
        .limit(most)
    )
    return [_listed(row, day) for row in unit.run(query)]


def overdue_count(unit: Unit, area: str, day: datetime.date) -> int:
    """A read fragment: how many open cases of an area are past their last day."""
    query = (
        select(func.count())
        .select_from(office_case)
        .where(
            office_case.c.area == area, office_case.c.is_open.is_(True), office_case.c.due_on < day
        )
    )
    return int(unit.run(query).scalar_one())


def cases_of_employer(
    database: Database, actor: Actor, employer_id: str, day: datetime.date, *, most: int = 50
) -> list[ListedCase]:
    """What an employer asked for, the latest first; for itself and the office of its area."""
    query = (
        select(office_case)
        .where(office_case.c.employer_id == employer_id)
        .order_by(office_case.c.case_id.desc())
        .limit(most)
    )

    def rows(unit: Unit) -> list[Any]:
        return list(unit.run(query))

    cases = database.read(rows)
    for row in cases:
        require_case(actor, "read_case", row)
    return [_listed(row, day) for row in cases]


def open_cases(
    unit: Unit, kind_name: str, person_id: str | None = None, *, employer_id: str | None = None
) -> list[tuple[str, Any]]:
    """A read fragment: open cases of a kind of a person or an employer, each with its data."""
    kind = kind_of(kind_name)
    whose = (
        office_case.c.employer_id == employer_id
        if person_id is None
        else office_case.c.person_id == person_id
    )
    query = select(office_case.c.case_id, office_case.c.data).where(
        whose,
        office_case.c.kind == kind_name,
        office_case.c.is_open.is_(True),
    )
    return [(row.case_id, kind.read(row.data)) for row in unit.run(query)]


def cases_of_kind(
    unit: Unit, kind_name: str, person_id: str, states: Iterable[str]
) -> list[tuple[str, Any]]:
    """A read fragment: a person's cases of a kind that stand in some states, with their data."""
    kind = kind_of(kind_name)
    query = select(office_case.c.case_id, office_case.c.data).where(
        office_case.c.person_id == person_id,
        office_case.c.kind == kind_name,
        office_case.c.state.in_(sorted(states)),
    )
    return [(row.case_id, kind.read(row.data)) for row in unit.run(query)]


def case_page(unit: Unit, actor: Actor, case_id: str, day: datetime.date) -> CasePage:
    """A read fragment: :func:`read_case` for a room above that has checked who reads."""
    row = case_row(unit, case_id)
    kind = kind_of(row.kind)
    steps, documents = moves_of(unit, case_id), document_rows(unit, case_id)
    data = kind.read(row.data)
    papers = {paper.kind: paper.label for paper in kind.papers_of(data)}
    whole = reads_content(actor, row)
    return CasePage(
        is_whole=whole,
        listed=_listed(row, day),
        data=data,
        written=row.data["data"],
        applicant=row.applicant,
        number=row.moves,
        history=tuple(_stepped(kind, step) for step in steps),
        documents=tuple(
            HandedIn(
                document.document_id,
                document.kind,
                papers.get(document.kind, message("其他材料")),
                # What somebody else called it may tell of care.
                document.name if whole or document.added_by == actor.id else "",
                document.media_type,
                document.size,
                document.added_at,
            )
            for document in documents
        ),
        papers=kind.papers_of(data),
        missing=tuple(missing_papers(kind, data, (document.kind for document in documents))),
        moves=tuple(
            move
            for move in kind.moves
            if row.state in move.start and faults_of(actor, kind, row, move, steps) is None
        ),
    )


def _read(
    database: Database,
    actor: Actor,
    case_id: str,
    fetch: Callable[[Unit], Result],
    purpose: str,
) -> Result:
    row = database.read(lambda unit: case_row(unit, case_id))
    require_case(actor, "read_case", row)
    if is_about(actor, row):
        return database.read(fetch)

    def logged(unit: Unit) -> Result:
        answer = fetch(unit)
        content = {"case": case_id, "purpose": purpose}
        extend_any_chain(unit, row.chain, actor.id, "read_case", content)
        return answer

    return database.write(logged, people=None if row.person_id is None else [row.person_id])


def _stepped(kind: CaseKind, step: Any) -> Stepped:
    return Stepped(
        step.number,
        step_label(kind, step.move),
        step.at,
        step.actor,
        step.role,
        step.before,
        step.after,
        step.reason or "",
    )


def _listed(row: Any, day: datetime.date) -> ListedCase:
    kind = kind_of(row.kind)
    last, note = due_on(row.clock_from, row.clock_days)
    return ListedCase(
        case_id=row.case_id,
        number=row.number or row.case_id,
        kind=kind,
        state=row.state,
        person_id=row.person_id,
        institution_id=row.institution_id,
        employer_id=row.employer_id,
        area=row.area,
        opened_at=row.opened_at,
        deadline=Deadline(last, last is not None and last < day, note),
        summary=kind.summary(kind.read(row.data)),
        is_open=row.is_open,
    )
