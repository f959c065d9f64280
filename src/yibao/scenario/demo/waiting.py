"""What waits for the staff of a demo: applications of the known family, at two steps."""

from __future__ import annotations

import datetime

from yibao.access.agencies import agencies_of
from yibao.access.operations import Key
from yibao.access.permissions import Actor, Role, insured_actor
from yibao.access.users import SYSTEM, users_of
from yibao.aid import operations as aid
from yibao.aid.consents import consents
from yibao.benefit.facts import Grant
from yibao.database.unit import Database
from yibao.insured.enrolment.cover import now
from yibao.office.operations import move_case
from yibao.policy.compile import PolicyLibrary
from yibao.policy.kinds import RelationKind

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


def _clerk(database: Database) -> Actor:
    (agency,) = agencies_of(database, SYSTEM)
    clerk = next(row for row in users_of(database, SYSTEM) if row["role"] == Role.CLERK.value)
    return Actor(clerk["actor_id"], Role.CLERK, agency_id=agency.agency, area=agency.area)
