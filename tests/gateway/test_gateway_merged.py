"""A hospital that knows an old number of somebody registered twice is led to the one record."""

from __future__ import annotations

import datetime
from collections.abc import Callable
from typing import Any

from yibao.access.operations import Key
from yibao.benefit.facts import Enrolment, Institution, Person
from yibao.care.institutions import register_institution
from yibao.database.unit import Database
from yibao.exchange.visits import read_visit
from yibao.gateway.identifiers import from_wire
from yibao.gateway.settings import GatewaySettings
from yibao.insured.people.registration import register
from yibao.moving.applications import MERGER, Merger
from yibao.office.documents import add_document
from yibao.office.operations import Subject, move_case, open_case
from yibao.policy.compile import PolicyLibrary

from ..support.actors import CLERK
from ..support.pictures import picture
from . import flows
from .conftest import HOSPITAL

AREA = "140100"
AT = datetime.datetime(2026, 9, 25, 2, tzinfo=datetime.UTC)


def _merge(database: Database, packs: PolicyLibrary) -> None:
    def key(name: str) -> Key:
        return Key("test", "merge", name)

    data = Merger(merged="li2")
    opened = open_case(database, key("open"), MERGER, Subject(AREA, "li"), data, actor=CLERK, at=AT)
    case = str(opened["case"])
    add_document(
        database, key("paper"), case, "identity_card", "a.jpg", picture(), actor=CLERK, at=AT
    )
    officers = {"accept": CLERK, "approve": CLERK.__class__("reviewer", CLERK.role)}
    for move, actor in officers.items():
        move_case(database, packs, key(move), case, move, actor=actor, at=AT)


def test_the_old_number_is_the_same_person(
    start: Callable[..., Any], database: Database, packs: PolicyLibrary
) -> None:
    enrolment = Enrolment("employee", "retired", datetime.date(2018, 1, 1), None, AREA)
    born = datetime.date(1955, 3, 1)
    for name in ("li", "li2"):
        facts = Person(name, "male", born, AREA, (), (enrolment,), None, None)
        register(database, facts, actor=CLERK, balance=1_000, day=datetime.date(2018, 1, 1))
    place = Institution(HOSPITAL, AREA, "hospital", None, "3A")
    register_institution(database, place, actor=CLERK)
    hospital = start(GatewaySettings(), database)
    before = flows.register(hospital, "li2")
    _merge(database, packs)
    opened = from_wire(flows.register(hospital, "li2")["mdtrt_id"])
    visit = database.read(lambda unit: read_visit(unit, "li", opened))
    assert visit.person_id == "li"
    earlier = from_wire(before["mdtrt_id"])
    assert database.read(lambda unit: read_visit(unit, "li2", earlier)).person_id == "li2"
