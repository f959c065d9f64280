"""The monthly declaration: previewed as it would be written, then written whole or not at all."""

from __future__ import annotations

import datetime
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from sqlalchemy import insert, select, update

from yibao.access.chains import lock_ends
from yibao.access.operations import Answer, Key, digest, record_message, write_once
from yibao.access.permissions import Actor, Role
from yibao.database.instants import civil_day, now
from yibao.database.unit import Database, Unit
from yibao.employers.errors import FaultyLinesError, LineFault
from yibao.employers.hiring import Newcomers
from yibao.employers.lines import DeclaredLine
from yibao.employers.locks import HeldEmployer, lock_employer, require_employer
from yibao.employers.months import (
    CollectionTerms,
    check_month,
    last_day_before,
    month_before,
    terms_of,
)
from yibao.employers.pricing import PricedMonth, price_month
from yibao.employers.roster import RosterChange, roster_of
from yibao.employers.states import EmployerState, MonthState
from yibao.employers.tables import declaration
from yibao.errors import ConflictError, RefusedError, YibaoError
from yibao.insured.locks import lock_people
from yibao.insured.people.certificates import RESIDENT
from yibao.insured.people.finding import people_with_numbers
from yibao.messages import message
from yibao.policy.compile import PolicyLibrary


@dataclass(frozen=True, slots=True)
class DeclaredMonth:
    """Lines for a month of an employer, as somebody sends them."""

    employer_id: str
    month: int
    lines: tuple[DeclaredLine, ...]

    def content(self) -> list[Any]:
        """What a repeat has to say again."""
        return [
            self.employer_id,
            self.month,
            [[line.number, line.name, line.kind, line.base, line.reason] for line in self.lines],
        ]


class _UndoneError(Exception):
    """Carries what would have been written out of a transaction that is rolled back."""

    def __init__(self, answer: Answer) -> None:
        super().__init__()
        self.answer = answer


def declare(
    database: Database,
    library: PolicyLibrary,
    key: Key,
    declared: DeclaredMonth,
    *,
    actor: Actor,
    at: datetime.datetime | None = None,
) -> Answer:
    """Declare a month: changes apply, whoever is not named goes on as before.

    The answer: ``employer``, ``month``, ``state``, ``due_on`` and the sums of what will be
    billed (:meth:`PricedMonth.answer`).  ``FaultyLinesError`` names every line that cannot
    be; then nothing is written.
    """
    content_hash = database.secrets.lasting_hash(digest(declared.content()))
    prepared = _Prepared.of(database, declared, actor)

    def operation(unit: Unit) -> Answer:
        firm, answer = prepared.write(unit, library, at or now())
        record_message(unit, key, content_hash, key.sender, answer)
        firm.store(unit, actor, "declare", {**answer, "lines": len(declared.lines)})
        return answer

    return write_once(database, key, content_hash, operation, people=prepared.people)


def preview(
    database: Database,
    library: PolicyLibrary,
    declared: DeclaredMonth,
    *,
    actor: Actor,
    at: datetime.datetime | None = None,
) -> Answer:
    """What :func:`declare` would answer, with a ``bill`` of every person; nothing is written."""
    prepared = _Prepared.of(database, declared, actor)

    def operation(unit: Unit) -> Answer:
        _, answer = prepared.write(unit, library, at or now(), in_full=True)
        raise _UndoneError(answer)

    try:
        database.write_alone(operation)
    except _UndoneError as undone:
        return undone.answer
    raise AssertionError("a preview is always undone")


@dataclass(frozen=True, slots=True)
class _Prepared:
    """A declaration whose people were looked up, before anything is locked."""

    database: Database
    declared: DeclaredMonth
    actor: Actor
    registered: Mapping[str, tuple[str, str]]
    """Person and name by number."""
    people: frozenset[str]
    """Everybody whose row is locked."""

    @classmethod
    def of(cls, database: Database, declared: DeclaredMonth, actor: Actor) -> _Prepared:
        require_employer(database, actor, "declare", declared.employer_id)
        check_month(declared.month)
        numbers = [line.number for line in declared.lines]

        def looked_up(unit: Unit) -> tuple[Mapping[str, tuple[str, str]], frozenset[str]]:
            registered = people_with_numbers(unit, database.secrets, RESIDENT, numbers)
            staff = roster_of(unit, declared.employer_id, declared.month)
            ids = {person_id for person_id, _ in registered.values()}
            return registered, frozenset(ids | {row.person_id for row in staff})

        registered, people = database.read(looked_up, consistent=True)
        return cls(database, declared, actor, registered, people)

    def write(
        self, unit: Unit, library: PolicyLibrary, at: datetime.datetime, *, in_full: bool = False
    ) -> tuple[HeldEmployer, Answer]:
        """The declaration, without message and event."""
        employer_id, month = self.declared.employer_id, self.declared.month
        lock_ends(unit, self.people)
        firm = lock_employer(unit, employer_id)
        firm.require_open()
        terms = terms_of(unit, firm.area, month)
        due_on = _require_open_month(unit, firm, terms, month, self.declared.lines, self.actor, at)
        change = RosterChange(self.database, library, firm, month, self.actor, at)
        new = Newcomers(self.database, library, firm, month, terms.hires, self.actor, at)
        self._apply(unit, change, new)
        roster = roster_of(unit, employer_id, month)
        if not {row.person_id for row in roster} <= self.people | set(new.registered):
            raise ConflictError(message("名册正在变动，请再申报一次；没有写入任何内容"))
        facts = {
            name: person.facts
            for name, person in lock_people(unit, [row.person_id for row in roster]).items()
        }
        priced = price_month(library, facts, roster, month, civil_day(at))
        state = _store_month(unit, self.declared, self.actor, at, due_on)
        if firm.state == EmployerState.REGISTERED:
            firm.state = EmployerState.ACTIVE
        answer: Answer = {
            "employer": employer_id,
            "month": month,
            "state": state,
            "due_on": due_on.isoformat(),
            **priced.answer(),
            "new_staff": len(new.registered),
            "asked": len(new.asked),
        }
        if in_full:
            answer["bill"] = _by_person(priced)
            answer["names"] = {who: line.name for who, line in new.registered.items()}
            answer["newcomers"] = new.shown()
            answer["moved"] = self._moved(change)
        return firm, answer

    def _moved(self, change: RosterChange) -> list[Answer]:
        """Whoever was insured elsewhere or otherwise, as the line of the declaration names them."""
        people = {person_id: number for number, (person_id, _) in self.registered.items()}
        lines = {line.number: line for line in self.declared.lines}
        return [
            {
                "line": lines[people[person_id]].line,
                "name": lines[people[person_id]].name,
                "area": cover.area,
                "scheme": cover.scheme,
                "last_day": last_day_before(self.declared.month).isoformat(),
            }
            for person_id, cover in change.moved.items()
        ]

    def _apply(self, unit: Unit, change: RosterChange, new: Newcomers) -> None:
        faults: list[LineFault] = []
        seen: dict[str, int] = {}
        for line in self.declared.lines:
            try:
                person_id = self._person(line, seen) or new.take(unit, line)
                if person_id is not None:
                    change.apply(unit, person_id, line)
            except ConflictError:
                # Somebody registers the same person now: nothing more can be read in this unit.
                raise
            except YibaoError as error:
                faults.append(LineFault(line.line, error.said))
        if faults:
            raise FaultyLinesError(faults)

    def _person(self, line: DeclaredLine, seen: dict[str, int]) -> str:
        """The person of a line; empty where nobody is on record with this number."""
        earlier = seen.setdefault(line.number, line.line)
        if earlier != line.line:
            raise RefusedError(message("与第 {line} 行是同一个人", line=earlier))
        person_id, name = self.registered.get(line.number, ("", ""))
        if name and name != line.name:
            raise RefusedError(message("姓名与证件号码登记的不一致，请核对"))
        return person_id


def _require_open_month(
    unit: Unit,
    firm: HeldEmployer,
    terms: CollectionTerms,
    month: int,
    lines: Sequence[DeclaredLine],
    actor: Actor,
    at: datetime.datetime,
) -> datetime.date:
    """The last day of a month that may be declared now; ``RefusedError`` for another."""
    day = civil_day(at)
    open_month = terms.open_month(day)
    if month > open_month:
        raise RefusedError(
            message("{month} 还没有到申报的时候，现在申报 {open}", month=month, open=open_month)
        )
    rows = {
        row.month: row
        for row in unit.run(
            select(declaration).where(declaration.c.employer_id == firm.employer_id)
        )
    }
    this = rows.get(month)
    if this is not None and this.state not in (MonthState.DECLARED, MonthState.ASSESSED):
        raise ConflictError(
            message("{month} 已经出账，不能再申报；请走基数调整或下月申报", month=month)
        )
    later = [other for other in rows if other > month]
    if later and lines:
        raise RefusedError(
            message(
                "{later} 已经申报，{month} 只能按现有名册补报，不能再写变动",
                later=min(later),
                month=month,
            )
        )
    if month < open_month and this is None and rows and not later and lines:
        # A month that is past its cut-off takes no more changes: they count for the open one.
        raise RefusedError(
            message(
                "{month} 的变动截止日已过，变动算在 {open}；{month} 只能按现有名册申报",
                month=month,
                open=open_month,
            )
        )
    if month < open_month and not rows and actor.role is Role.EMPLOYER:
        raise RefusedError(
            message("第一次申报只能报 {open}；以前的月份请到窗口补报", open=open_month)
        )
    earlier = month_before(month)
    if rows and this is None and earlier not in rows and min(rows) < month:
        raise RefusedError(message("请先申报 {month}", month=earlier))
    return terms.due_on(month)


def _store_month(
    unit: Unit,
    declared: DeclaredMonth,
    actor: Actor,
    at: datetime.datetime,
    due_on: datetime.date,
) -> MonthState:
    this = (declaration.c.employer_id == declared.employer_id) & (
        declaration.c.month == declared.month
    )
    row = unit.run(select(declaration).where(this)).one_or_none()
    values = {"declared_at": at, "declared_by": actor.id}
    if row is None:
        unit.run(
            insert(declaration),
            {
                "employer_id": declared.employer_id,
                "month": declared.month,
                "state": MonthState.DECLARED,
                "due_on": due_on,
                **values,
            },
        )
        return MonthState.DECLARED
    # An assessed month stays so until it is billed as declared: its bill stands until then.
    unit.run(update(declaration).where(this).values(**values))
    return MonthState(row.state)


def _by_person(priced: PricedMonth) -> list[Answer]:
    people: dict[str, Answer] = {}
    for line in priced.lines:
        person = people.setdefault(
            line.person_id or "",
            {"person": line.person_id, "base": line.base, "due": 0, "parts": {}},
        )
        person["due"] += line.amount
        person["parts"][line.name] = person["parts"].get(line.name, 0) + line.amount
    return list(people.values())
