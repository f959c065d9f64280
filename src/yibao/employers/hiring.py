"""New staff whom nobody has registered: with the employer's declaration, or asked for as a case."""

from __future__ import annotations

import datetime
from dataclasses import dataclass, field

import msgspec

from yibao.access.names import EMPLOYER
from yibao.access.operations import Answer, Key
from yibao.access.permissions import Actor, officer
from yibao.benefit.facts import Enrolment
from yibao.database.identifiers import new_identifier
from yibao.database.joined import JoinedDatabase
from yibao.database.secrets import mask
from yibao.database.unit import Database, Unit
from yibao.employers.lines import DeclaredLine
from yibao.employers.locks import HeldEmployer
from yibao.employers.months import first_day_of
from yibao.employers.states import ChangeKind, HireWay
from yibao.errors import RefusedError
from yibao.insured.enrolment.documents import Proof
from yibao.insured.people.certificates import RESIDENT
from yibao.insured.people.registration import Application, register_person
from yibao.messages import message
from yibao.office.operations import Subject, open_within
from yibao.office.reading import open_cases
from yibao.policy.compile import PolicyLibrary
from yibao.policy.kinds import ContributionClass, Scheme, Status

STAFF_REGISTRATION = "staff_registration"
"""The kind of the case in which the office sees the documents of somebody new."""
DECLARATION_ROUTE = "by_employer"
_DECLARATION = (Proof("employer_declaration"),)


class NewStaff(msgspec.Struct, frozen=True, kw_only=True):
    """The first form: somebody who is to be registered and to work for an employer."""

    employer: str
    month: int
    """From which on, yyyymm."""
    number: str
    """Of the resident card."""
    name: str
    base: int
    """Declared, fen a month."""

    def line(self) -> DeclaredLine:
        """The line of the declaration in which they were."""
        return DeclaredLine(1, self.number, self.name, ChangeKind.ADD, self.base)


def employed_from(month: int, area: str) -> Enrolment:
    """What an employed person is from the first of a month on."""
    return Enrolment(
        scheme=Scheme.EMPLOYEE,
        status=Status.WORKING,
        area=area,
        start=first_day_of(month),
        end=None,
        contribution_class=ContributionClass.EMPLOYER,
    )


def register_staff(
    database: Database,
    library: PolicyLibrary,
    unit: Unit,
    new: NewStaff,
    area: str,
    *,
    route: str,
    proofs: tuple[Proof, ...],
    actor: Actor,
    at: datetime.datetime,
) -> str:
    """Register somebody in the caller's unit as employed from the month on; the new person."""
    application = Application(
        name=new.name,
        certificate=RESIDENT,
        number=new.number,
        route=route,
        enrolment=employed_from(new.month, area),
        proofs=proofs,
    )
    answer = register_person(
        JoinedDatabase(database, unit),
        library,
        Key(f"{EMPLOYER}{new.employer}", "register", new_identifier()),
        application,
        actor=officer(actor.id),
        at=at,
    )
    return str(answer["person"])


@dataclass(slots=True)
class Newcomers:
    """What a declaration does about people who are on nobody's record yet."""

    database: Database
    library: PolicyLibrary
    employer: HeldEmployer
    month: int
    way: HireWay | None
    actor: Actor
    at: datetime.datetime
    registered: dict[str, DeclaredLine] = field(default_factory=dict)
    """By person."""
    asked: list[DeclaredLine] = field(default_factory=list)

    def take(self, unit: Unit, line: DeclaredLine) -> str | None:
        """The person who was registered; None: the office is asked, and it waits for that."""
        if self.way is None:
            raise RefusedError(message("这个人还没有登记，请先到窗口办参保登记"))
        if line.kind is not ChangeKind.ADD or line.base is None:
            raise RefusedError(message("不在名册上；新来的人变动写“增员”"))
        new = NewStaff(
            employer=self.employer.employer_id,
            month=self.month,
            number=line.number,
            name=line.name,
            base=line.base,
        )
        if self.way is HireWay.BY_PROOF:
            self._ask(unit, new, line)
            return None
        person_id = register_staff(
            self.database,
            self.library,
            unit,
            new,
            self.employer.area,
            route=DECLARATION_ROUTE,
            proofs=_DECLARATION,
            actor=self.actor,
            at=self.at,
        )
        self.registered[person_id] = line
        return person_id

    def _ask(self, unit: Unit, new: NewStaff, line: DeclaredLine) -> None:
        waiting = open_cases(unit, STAFF_REGISTRATION, employer_id=new.employer)
        if any(other.number == new.number for _, other in waiting):
            raise RefusedError(message("这个人的参保登记已经在办，等经办看过材料"))
        subject = Subject(self.employer.area, employer_id=new.employer)
        open_within(unit, STAFF_REGISTRATION, subject, new, actor=self.actor, at=self.at)
        self.asked.append(line)

    def shown(self) -> list[Answer]:
        """Line, name and masked number of each, and whether it is registered or asked for."""
        ways = (
            *((line, HireWay.BY_DECLARATION) for line in self.registered.values()),
            *((line, HireWay.BY_PROOF) for line in self.asked),
        )
        return [
            {
                "line": line.line,
                "name": line.name,
                "number": mask(line.number),
                "way": way,
            }
            for line, way in sorted(ways, key=lambda pair: pair[0].line)
        ]
