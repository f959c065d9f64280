"""Who acts in the tests of the store."""

from __future__ import annotations

from yibao.access.permissions import Actor, Role, institution_actor, insured_actor, officer
from yibao.benefit.facts import Visit

CLERK = officer("clerk")
AUDITOR = Actor("auditor", Role.AUDITOR)
ADMINISTRATOR = Actor("administrator", Role.ADMINISTRATOR)
WARD = institution_actor("h1")
"""The hospital where the tests' visits are recorded."""


def settler(visit: Visit) -> Actor:
    """Who settles a visit: its institution, or the office for a manual claim."""
    return CLERK if visit.channel == "manual" else institution_actor(visit.institution)


def oneself(person_id: str) -> Actor:
    return insured_actor(person_id)
