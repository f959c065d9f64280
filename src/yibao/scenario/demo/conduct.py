"""Supervision of a demo: a lead waits for an inspector, a case for legal review, a hit for both."""

from __future__ import annotations

import datetime

from yibao.access.agencies import agencies_of
from yibao.access.operations import Key
from yibao.access.permissions import Actor, Role
from yibao.access.users import SYSTEM, users_of
from yibao.conduct.acts import SubjectKind
from yibao.conduct.forms import ConductLead, ConductProposal, Informer, LeadSource
from yibao.conduct.operations import check_month, note_lead, propose
from yibao.database.instants import civil_day
from yibao.database.unit import Database
from yibao.insured.enrolment.cover import now
from yibao.office.operations import move_case
from yibao.policy.compile import PolicyLibrary
from yibao.policy.kinds import Scheme
from yibao.scenario.demo.logins import names
from yibao.scenario.demo.town import YEAR

_HOSPITAL = "hospital_b"
_MONTHS = range(1, 13)
_WHOLE = 10_000


class _Supervision:
    """The staff of the demo, two inspectors among them."""

    def __init__(self, database: Database, library: PolicyLibrary) -> None:
        self.database, self.library, self.at = database, library, now()
        (agency,) = agencies_of(database, SYSTEM)
        self._actors: dict[Role, list[Actor]] = {}
        for row in users_of(database, SYSTEM):
            role = Role(row["role"])
            actor = Actor(row["actor_id"], role, agency_id=agency.agency, area=agency.area)
            self._actors.setdefault(role, []).append(actor)
        self._sent = 0

    def of(self, role: Role, number: int = 0) -> Actor:
        return self._actors[role][number]

    def key(self) -> Key:
        self._sent += 1
        return Key("demo", "conduct", str(self._sent))

    def note(self, source: LeadSource, text: str, informer: Informer | None = None) -> str:
        lead = ConductLead(
            source=source.value,
            subject_kind=SubjectKind.INSTITUTION.value,
            subject_id=_HOSPITAL,
            subject_name=names()["institutions"].get(_HOSPITAL, ""),
            text=text,
        )
        answer = note_lead(
            self.database,
            self.key(),
            lead,
            actor=self.of(Role.CLERK),
            informer=informer,
            at=self.at,
        )
        return str(answer["case"])

    def move(self, case_id: str, move: str, role: Role, number: int = 0) -> None:
        actor = self.of(role, number)
        move_case(self.database, self.library, self.key(), case_id, move, actor=actor, at=self.at)

    def investigate(self, case_id: str) -> None:
        """To where legal review waits."""
        self.move(case_id, "check", Role.INSPECTOR)
        self.move(case_id, "open_inquiry", Role.HEAD)
        proposal = ConductProposal(
            act="institution_listed",
            obtained=126_000,
            act_ended_on=civil_day(self.at) - datetime.timedelta(days=90),
            times=_WHOLE,
            scheme=Scheme.RESIDENT.value,
            facts="同一病人出院三天后以同一诊断再次住院，病历没有新的指征；有两份病历和费用清单。",
            factors="初次被查，已主动整改",
        )
        propose(
            self.database, self.key(), case_id, proposal, actor=self.of(Role.INSPECTOR), at=self.at
        )
        self.move(case_id, "inspect", Role.INSPECTOR)
        self.move(case_id, "countersign", Role.INSPECTOR, 1)


def leave_supervision(database: Database, library: PolicyLibrary) -> None:
    """Check the year, and leave a lead and a case where they wait."""
    supervision = _Supervision(database, library)
    for month in _MONTHS:
        inspector = supervision.of(Role.INSPECTOR)
        check_month(database, YEAR * 100 + month, actor=inspector, at=supervision.at)
    supervision.note(LeadSource.REPORT, "有病人说没有住院，却有住院结算", Informer(name="某职工"))
    supervision.investigate(supervision.note(LeadSource.DESK, "清算审核时发现疑似分解住院"))
