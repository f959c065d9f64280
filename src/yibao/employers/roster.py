"""Who works where: people come and go by the month, and their enrolment with them."""

from __future__ import annotations

import datetime
from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Any

from sqlalchemy import insert, or_, select, update

from yibao.access.names import EMPLOYER
from yibao.access.operations import Key
from yibao.access.permissions import Actor, officer
from yibao.benefit.facts import Enrolment, Person
from yibao.database.identifiers import new_identifier
from yibao.database.joined import JoinedDatabase
from yibao.database.unit import Database, Unit
from yibao.employers.hiring import employed_from
from yibao.employers.lines import DeclaredLine
from yibao.employers.locks import HeldEmployer
from yibao.employers.months import first_day_of, last_day_before, month_before
from yibao.employers.states import ChangeKind
from yibao.employers.tables import declared_change, employment
from yibao.errors import RefusedError
from yibao.insured.applications import RETIREMENT, RetirementApplication
from yibao.insured.enrolment.enrolments import end_enrolment, enrol
from yibao.insured.locks import lock_people
from yibao.messages import message
from yibao.office.operations import Subject, open_case
from yibao.policy.compile import PolicyLibrary
from yibao.policy.kinds import ContributionClass, Scheme, Status

_REASON = "left the employer"
_RETIRES = "退休"
"""In the reason for which somebody leaves: 退休, 在职转退休."""


def roster_of(unit: Unit, employer_id: str, month: int) -> list[Any]:
    """A read fragment: the employments that hold in a month, by person."""
    return list(
        unit.run(
            select(employment)
            .where(
                employment.c.employer_id == employer_id,
                employment.c.first_month <= month,
                or_(employment.c.last_month.is_(None), employment.c.last_month >= month),
            )
            .order_by(employment.c.person_id)
        )
    )


@dataclass(frozen=True, slots=True)
class RosterChange:
    """Applies what is declared of one person; the locks are the caller's."""

    database: Database
    library: PolicyLibrary
    employer: HeldEmployer
    month: int
    actor: Actor
    at: datetime.datetime
    moved: dict[str, Enrolment] = field(default_factory=dict)
    """The cover that ended because they came here, by person."""

    def apply(self, unit: Unit, person_id: str, line: DeclaredLine) -> None:
        """Write it; whatever the rules or the record refuse is an error of this line."""
        facts = lock_people(unit, [person_id])[person_id].facts
        current = self._current(unit, person_id)
        match line.kind:
            case ChangeKind.ADD:
                self._add(unit, facts, line, current)
            case ChangeKind.LEAVE:
                self._leave(unit, facts, line, current)
            case _:
                self._set_base(unit, line, current)
        unit.run(
            insert(declared_change),
            {
                "employer_id": self.employer.employer_id,
                "change_id": new_identifier(),
                "month": self.month,
                "person_id": person_id,
                "kind": line.kind,
                "base": line.base,
                "reason": line.reason,
                "at": self.at,
            },
        )

    def _current(self, unit: Unit, person_id: str) -> Any:
        return next(
            (
                row
                for row in roster_of(unit, self.employer.employer_id, self.month)
                if row.person_id == person_id
            ),
            None,
        )

    def _add(self, unit: Unit, facts: Person, line: DeclaredLine, current: Any) -> None:
        if current is not None:
            raise RefusedError(message("已经在名册上，不必再增员"))
        self._require_nowhere_else(unit, facts.id)
        self._enrol(unit, facts)
        unit.run(
            insert(employment),
            {
                "employer_id": self.employer.employer_id,
                "person_id": facts.id,
                "first_month": self.month,
                "last_month": None,
                "base": line.base,
                "reason": "",
            },
        )

    def _require_nowhere_else(self, unit: Unit, person_id: str) -> None:
        elsewhere = unit.run(
            select(employment.c.employer_id)
            .where(
                employment.c.person_id == person_id,
                or_(employment.c.last_month.is_(None), employment.c.last_month >= self.month),
            )
            .limit(1)
        ).first()
        if elsewhere is not None:
            raise RefusedError(message("还在另一个单位的名册上，请原单位先减员"))

    def _enrol(self, unit: Unit, facts: Person) -> None:
        """As an employed person from the first of the month; another cover ends the day before."""
        start = first_day_of(self.month)
        current = facts.enrolment_on(start) or next(
            (enrolled for enrolled in facts.enrolments if enrolled.start > start), None
        )
        if current is not None:
            if current.status == Status.RETIRED:
                raise RefusedError(message("已经退休，不能增员"))
            is_employed = (
                current.scheme == Scheme.EMPLOYEE
                and current.contribution_class == ContributionClass.EMPLOYER
                and current.area == self.employer.area
            )
            if is_employed and current.start <= start:
                return
            if current.start >= start:
                raise RefusedError(
                    message("{start} 起已经有一段别的参保，请先到窗口终止", start=current.start)
                )
            self.moved[facts.id] = current
            end_enrolment(
                JoinedDatabase(self.database, unit),
                self.library,
                self._key("end_enrolment"),
                facts.id,
                last_day_before(self.month),
                "joined an employer",
                actor=officer(self.actor.id),
                at=self.at,
            )
        enrol(
            JoinedDatabase(self.database, unit),
            self.library,
            self._key("enrol"),
            facts.id,
            employed_from(self.month, self.employer.area),
            actor=officer(self.actor.id),
            at=self.at,
        )

    def _leave(self, unit: Unit, facts: Person, line: DeclaredLine, current: Any) -> None:
        if current is None:
            raise RefusedError(message("不在名册上，不能减员"))
        if current.first_month >= self.month:
            raise RefusedError(
                message("{month} 才增员，减员从下个月起，请下月申报", month=current.first_month)
            )
        last_day = last_day_before(self.month)
        enrolled = facts.enrolment_on(last_day)
        if _RETIRES in line.reason:
            self._ask_to_retire(unit, facts)
        elif (
            enrolled is not None
            and enrolled.end != last_day
            and enrolled.scheme == Scheme.EMPLOYEE
            and enrolled.contribution_class == ContributionClass.EMPLOYER
            and enrolled.status == Status.WORKING
        ):
            end_enrolment(
                JoinedDatabase(self.database, unit),
                self.library,
                self._key("end_enrolment"),
                facts.id,
                last_day,
                _REASON,
                actor=officer(self.actor.id),
                at=self.at,
            )
        self._update(unit, current, last_month=month_before(self.month), reason=line.reason)

    def _ask_to_retire(self, unit: Unit, facts: Person) -> None:
        """Who leaves to retire stays enrolled, and the office decides from when as a retiree."""
        open_case(
            JoinedDatabase(self.database, unit),
            self._key("retire"),
            RETIREMENT,
            Subject(self.employer.area, facts.id),
            RetirementApplication(on=first_day_of(self.month)),
            actor=officer(self.actor.id),
            at=self.at,
        )

    def _set_base(self, unit: Unit, line: DeclaredLine, current: Any) -> None:
        if current is None:
            raise RefusedError(message("不在名册上；新来的人变动写“增员”"))
        self._update(unit, current, base=line.base)

    def _update(self, unit: Unit, current: Any, **values: Any) -> None:
        this = (
            (employment.c.employer_id == current.employer_id)
            & (employment.c.person_id == current.person_id)
            & (employment.c.first_month == current.first_month)
        )
        unit.run(update(employment).where(this).values(**values))

    def _key(self, operation: str) -> Key:
        return Key(f"{EMPLOYER}{self.employer.employer_id}", operation, new_identifier())


def staff_ids(unit: Unit, employer_id: str, months: Sequence[int]) -> set[str]:
    """A read fragment: everybody on the roster in one of these months."""
    return {row.person_id for month in months for row in roster_of(unit, employer_id, month)}
