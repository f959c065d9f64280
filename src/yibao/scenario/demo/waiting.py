"""What waits for the staff of a demo: applications of the known family, at two steps."""

from __future__ import annotations

import datetime
import io
from dataclasses import replace

from pypdf import PdfWriter

from yibao.access.agencies import agencies_of
from yibao.access.guesses import Whence
from yibao.access.operations import Key
from yibao.access.permissions import Actor, Role, insured_actor
from yibao.access.users import SYSTEM, users_of
from yibao.aid import operations as aid
from yibao.aid.consents import consents
from yibao.benefit.facts import Grant
from yibao.database.instants import civil_day
from yibao.database.unit import Database
from yibao.insured.applications import (
    ENROLMENT_SWITCH,
    NEWBORN,
    NewbornApplication,
    SwitchApplication,
)
from yibao.insured.enrolment.cover import now
from yibao.insured.enrolment.documents import catalogue
from yibao.insured.people.activations import activate_credential
from yibao.insured.people.finding import full_numbers
from yibao.insured.signing_up import operations as signing_up
from yibao.insured.signing_up.forms import CARD_BACK, CARD_FRONT, SignUp
from yibao.office.documents import add_document
from yibao.office.operations import Subject, move_case, open_case
from yibao.policy.compile import PolicyLibrary
from yibao.policy.kinds import Contributor, RelationKind, Sex
from yibao.scenario.demo.logins import names

_APPLICATIONS = (
    ("lina", "zhangxiaoyu", RelationKind.CHILD, 50_000, False),
    ("zhangwei", "zhangguoqiang", RelationKind.PARENT, 100_000, True),
)
"""Grantor, grantee, what the grantee is, most of one payment (fen), whether it was taken in."""
_SIGNS_UP = "zhaoxiulan"


def leave_waiting(database: Database, library: PolicyLibrary) -> None:
    """Grants that wait for a review: one for the clerk, one for the reviewer."""
    at = now()
    for grantor, grantee, relation, limit, is_taken_in in _APPLICATIONS:
        start = civil_day(at) + datetime.timedelta(days=1)
        answer = aid.grant(
            database,
            Key("demo", "apply", grantor),
            Grant(grantor, grantee, relation, start, None, limit),
            actor=insured_actor(grantor),
            consent=consents()["grant"],
            on=civil_day(at),
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
    _leave_sign_up(database)
    _activate_credentials(database)


def _leave_switch_and_newborn(database: Database, library: PolicyLibrary) -> None:
    """A switch of schemes for the reviewer, with its proof; a newborn for the clerk, without."""
    at = now()
    clerk, lina = _clerk(database), insured_actor("lina")
    area = str(clerk.area)
    today = civil_day(at)
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


def _activate_credentials(database: Database) -> None:
    """The family's e-credentials; the grandfather's waits to be activated."""
    (agency,) = agencies_of(database, SYSTEM)
    for owner, whose in (("zhangwei", "zhangwei"), ("lina", "lina"), ("lina", "zhangxiaoyu")):
        actor = replace(insured_actor(owner), wards=frozenset({whose}))
        activate_credential(database, whose, agency.area, now(), actor=actor)


def _leave_sign_up(database: Database) -> None:
    """The grandmother, who has no login, asks for one: for the clerk, with both sides of her card.

    Nobody keeps her receipt; a visitor of the demo who wants one asks anew.
    """
    at, secrets = now(), database.secrets
    (agency,) = agencies_of(database, SYSTEM)
    certificate, number = database.read(lambda unit: full_numbers(unit, secrets, _SIGNS_UP))[0]
    asked = SignUp(
        name=names()["family"][_SIGNS_UP],
        certificate=certificate,
        number=number,
        phone="13800000000",
    )
    whence = Whence("demo")
    receipt = signing_up.file_sign_up(database, "demo", asked, agency.area, whence=whence, at=at)
    proven = signing_up.look_up(database, receipt, number, whence=whence, at=at)
    for paper in (CARD_FRONT, CARD_BACK):
        key = Key("demo", "sign_up", paper)
        name, content = f"{paper}.pdf", _certificate()
        signing_up.add_paper(database, key, proven, paper, name, content, at=at)
    signing_up.hand_over(database, proven, at=at)


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
