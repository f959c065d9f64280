"""Clearing in a demo: a hospital's months, one waiting at each post, and one to be applied for."""

from __future__ import annotations

import datetime
import json

from yibao.access.agencies import agencies_of
from yibao.access.operations import Key, digest
from yibao.access.permissions import Actor, Role, institution_actor, officer
from yibao.access.users import SYSTEM, users_of
from yibao.benefit.facts import Enrolment, Item, Person, Visit
from yibao.care.settling import Settlements
from yibao.clearing import operations as clearing
from yibao.clearing.reading import months_to_apply
from yibao.clearing.states import ClearingMove, ClearingState
from yibao.clearing.sums import ReturnRule
from yibao.database.unit import Database
from yibao.disbursement.payees import payee_of
from yibao.exchange.book import Book, Booking
from yibao.exchange.sent import Sent
from yibao.exchange.visits import RegisteredVisit, new_document
from yibao.insured import operations as insured
from yibao.insured.enrolment.cover import CIVIL_ZONE, now
from yibao.insured.people.certificates import RESIDENT, check_character
from yibao.policy.compile import PolicyLibrary
from yibao.policy.kinds import ItemClass, Scheme, Sex, Status, VisitKind
from yibao.scenario.demo.logins import names
from yibao.scenario.demo.town import YEAR
from yibao.scenario.model import Scenario

_OFFICE = officer("demo")
_HOSPITAL = "hospital_a"
_PATIENT = "sunjianguo"
_BORN = datetime.date(1951, 7, 7)
_CLEAR_TYPE = "11"
_YEAR = YEAR + 1
_MONTHS: tuple[tuple[int, int, ClearingState | None], ...] = (
    (5, 82_000, ClearingState.SIGNED),
    (6, 64_000, ClearingState.SUMMED_UP),
    (7, 98_000, ClearingState.IN_REVIEW),
    (8, 59_000, ClearingState.ACCEPTED),
    (9, 75_000, ClearingState.APPLIED),
    (10, 60_000, None),
)
"""Month, what its visit cost (fen), and how far its application is; None: not applied for."""
_LATE = 6
"""The month that was applied for in time and is not paid yet."""
_STEPS = (
    (ClearingMove.ACCEPT, Role.CLERK),
    (ClearingMove.BEGIN_REVIEW, Role.REVIEWER),
    (ClearingMove.FINISH_REVIEW, Role.SECOND),
    (ClearingMove.SUM_UP, Role.SECOND),
    (ClearingMove.SIGN, Role.HEAD),
)
_STEPS_UNTIL = {
    ClearingState.APPLIED: 0,
    ClearingState.ACCEPTED: 1,
    ClearingState.IN_REVIEW: 2,
    ClearingState.SUMMED_UP: 4,
    ClearingState.SIGNED: 5,
}


def leave_clearing(database: Database, library: PolicyLibrary, scenario: Scenario) -> None:
    """Agree with the hospitals of the town, let one have visits, and apply for its months."""
    office = _Office(database)
    for place in scenario.institutions.values():
        if place.area == scenario.area:
            office.agree(place.id)
    _register(database, scenario.area)
    book = Book(Settlements(database, library))
    for month, cost, _ in _MONTHS:
        _visit(book, scenario.area, month, cost)
    for month, _, until in _MONTHS:
        if until is not None:
            office.clear(month, until)


class _Office:
    """The staff of the demo and the applications that they work on."""

    def __init__(self, database: Database) -> None:
        self.database, self.sent = database, 0
        (agency,) = agencies_of(database, SYSTEM)
        self._actors = {
            row["role"]: Actor(
                row["actor_id"], Role(row["role"]), agency_id=agency.agency, area=agency.area
            )
            for row in users_of(database, SYSTEM)
        }

    def of(self, role: Role) -> Actor:
        return self._actors[role.value]

    def key(self) -> Key:
        self.sent += 1
        return Key("demo", "clear", str(self.sent))

    def agree(self, institution_id: str) -> None:
        name = names()["institutions"][institution_id]
        agreement = clearing.Agreement(
            start=datetime.date(YEAR, 1, 1),
            retained_share=500,
            advance_share=8000,
            apply_by_day=10,
            pay_days=20,
            appeal_days=5,
            return_rule=ReturnRule.PER_POINT,
            payee=payee_of(name, "演示银行", "6200000000000000"),
        )
        clearing.agree(
            self.database, self.key(), institution_id, agreement, actor=self.of(Role.HEAD)
        )

    def clear(self, month: int, until: ClearingState) -> None:
        """Apply for a month and take it as far as ``until``."""
        own, yyyymm = institution_actor(_HOSPITAL), _YEAR * 100 + month
        (group,) = months_to_apply(self.database, own, _HOSPITAL, yyyymm)
        applied_in = month + 1 if month == _LATE else 11
        at = datetime.datetime(_YEAR, applied_in, 9, 10, tzinfo=CIVIL_ZONE)
        application = clearing.apply_for_month(
            self.database,
            self.key(),
            clearing.AppliedFor(_HOSPITAL, yyyymm, _CLEAR_TYPE),
            clearing.MonthTotals(group.count, group.total, group.fund, group.account, group.cash),
            eligible=group.fund + group.account,
            actor=own,
            at=at,
        )["application"]
        for move, role in _STEPS[: _STEPS_UNTIL[until]]:
            clearing.move_application(
                self.database, self.key(), application, move, actor=self.of(role), at=at
            )
        if until is ClearingState.IN_REVIEW:
            self._doubt(application)

    def _doubt(self, application: str) -> None:
        """One that the hospital has answered, one that waits for its answer."""
        reviewer, at = self.of(Role.REVIEWER), now()
        doubts = [
            clearing.tell_doubt(
                self.database, self.key(), application, amount, reason, actor=reviewer, at=at
            )["doubt"]
            for amount, reason in ((12_000, "同一天两次收取诊察费"), (8_000, "检查频次超过规定"))
        ]
        clearing.appeal_doubt(
            self.database,
            self.key(),
            doubts[0],
            "是两个科室各一次，附病历",
            actor=institution_actor(_HOSPITAL),
            at=at,
        )


def _register(database: Database, area: str) -> None:
    """Somebody retired, of no family of the town."""
    body = f"{area[:4]}05{_BORN:%Y%m%d}999"
    enrolment = Enrolment(
        Scheme.EMPLOYEE, Status.RETIRED, datetime.date(YEAR - 8, 1, 1), None, area
    )
    insured.register(
        database,
        Person(_PATIENT, Sex.MALE, _BORN, area, (), (enrolment,), None, None),
        actor=_OFFICE,
        day=enrolment.start,
        named=insured.Named("孙建国", RESIDENT, body + check_character(body)),
    )


def _visit(book: Book, area: str, month: int, cost: int) -> None:
    """A visit as the hospital's message would have it settled and booked."""
    day = datetime.date(_YEAR, month, 12)
    visit_id = f"demo-clearing-{month}"
    visit = Visit(
        visit_id, _PATIENT, _HOSPITAL, VisitKind.OUTPATIENT, day, day, (Item(ItemClass.A, cost),)
    )
    at = datetime.datetime.combine(day, datetime.time(10), CIVIL_ZONE)
    registered = RegisteredVisit(
        _PATIENT, visit_id, _HOSPITAL, day, False, 0, new_document(med_type="11")
    )
    book.settle(
        Sent(_HOSPITAL, "2207", f"{_HOSPITAL}-{month}", digest([visit_id])),
        registered,
        visit,
        Booking("1", Scheme.EMPLOYEE, _CLEAR_TYPE, area, at),
        lambda entry_id, money: json.dumps({"setlinfo": {"setl_id": entry_id}}),
    )
