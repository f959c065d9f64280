"""What waits for the staff of a demo: applications of the known family, at two steps."""

from __future__ import annotations

import datetime
import io

from pypdf import PdfWriter

from yibao.access.agencies import agencies_of
from yibao.access.operations import Key
from yibao.access.permissions import Actor, Role, insured_actor
from yibao.access.users import SYSTEM, users_of
from yibao.aid import operations as aid
from yibao.aid.consents import consents
from yibao.benefit.facts import Grant
from yibao.database.unit import Database
from yibao.insured.applications import (
    ENROLMENT_SWITCH,
    NEWBORN,
    NewbornApplication,
    SwitchApplication,
)
from yibao.insured.enrolment.cover import now
from yibao.insured.enrolment.documents import catalogue
from yibao.office.documents import add_document
from yibao.office.operations import Subject, move_case, open_case
from yibao.policy.compile import PolicyLibrary
from yibao.policy.kinds import Contributor, RelationKind, Sex

_APPLICATIONS = (
    ("lina", "zhangxiaoyu", RelationKind.CHILD, 50_000, False),
    ("zhangwei", "zhangguoqiang", RelationKind.PARENT, 100_000, True),
)
"""Grantor, grantee, what the grantee is, most of one payment (fen), whether it was taken in."""


def leave_waiting(database: Database, library: PolicyLibrary) -> None:
    """Grants that wait for a review: one for the clerk, one for the reviewer."""
    at = now()
    for grantor, grantee, relation, limit, is_taken_in in _APPLICATIONS:
        start = at.date() + datetime.timedelta(days=1)
        answer = aid.grant(
            database,
            Key("demo", "apply", grantor),
            Grant(grantor, grantee, relation, start, None, limit),
            actor=insured_actor(grantor),
            consent=consents()["grant"],
            on=at.date(),
        )
        if is_taken_in:
            move_case(
                database,
                library,
                Key("demo", "accept", grantor),
                str(answer["case"]),
                "accept",
                actor=_clerk(database),
                at=at,
            )
    _leave_switch_and_newborn(database, library)


def _leave_switch_and_newborn(database: Database, library: PolicyLibrary) -> None:
    """A switch of schemes for the reviewer, with its proof; a newborn for the clerk, without."""
    at = now()
    clerk, lina = _clerk(database), insured_actor("lina")
    area = str(clerk.area)
    today = at.date()
    next_month = (today.replace(day=1) + datetime.timedelta(days=31)).replace(day=1)
    switch = SwitchApplication(
        scheme=Contributor.FLEXIBLE, area=area, route="hukou", start=next_month
    )
    child = NewbornApplication(name="张小满", birth=today, sex=Sex.FEMALE, number="T000000001")
    opened = [
        open_case(
            database,
            Key("demo", "apply", kind),
            kind,
            Subject(area, "lina"),
            data,
            actor=lina,
            at=at,
        )
        for kind, data in ((ENROLMENT_SWITCH, switch), (NEWBORN, child))
    ]
    case_id = str(opened[0]["case"])
    for paper in ("identity_card", "household_book", "photo"):
        add_document(
            database,
            Key("demo", "hand_in", paper),
            case_id,
            paper,
            f"{catalogue()['kinds'][paper]}.pdf",
            _certificate(),
            actor=lina,
            at=at,
        )
    key = Key("demo", "accept", ENROLMENT_SWITCH)
    move_case(database, library, key, case_id, "accept", actor=clerk, at=at)


def _certificate() -> bytes:
    """A page that says what it stands for."""
    writer = PdfWriter()
    writer.add_blank_page(200, 200)
    out = io.BytesIO()
    writer.write(out)
    return out.getvalue()


def _clerk(database: Database) -> Actor:
    (agency,) = agencies_of(database, SYSTEM)
    clerk = next(row for row in users_of(database, SYSTEM) if row["role"] == Role.CLERK.value)
    return Actor(clerk["actor_id"], Role.CLERK, agency_id=agency.agency, area=agency.area)
