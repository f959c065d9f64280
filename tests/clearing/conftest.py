"""The store of this room's tests."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest

from yibao.database.unit import Database
from yibao.policy.compile import PolicyLibrary

from .world import HOSPITAL, OTHER, PATIENT, Clearing


@pytest.fixture
def clear(
    database: Database,
    packs: PolicyLibrary,
    area: str,
    make_person: Callable[..., Any],
    make_institution: Callable[..., Any],
) -> Clearing:
    """Two hospitals with agreements and somebody insured."""
    world = Clearing(database, packs, area)
    world.set_up(
        make_person(PATIENT, status="retired", birth="1955-03-15"),
        [make_institution(HOSPITAL), make_institution(OTHER)],
    )
    return world
