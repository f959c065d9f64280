"""The desk of one store."""

from __future__ import annotations

from collections.abc import Callable

import pytest

from yibao.benefit.facts import Person
from yibao.database.unit import Database
from yibao.insured import operations as insured
from yibao.policy.compile import PolicyLibrary

from ..support.actors import CLERK
from .desk import AUTUMN, DAY, Desk


@pytest.fixture
def desk(database: Database, packs: PolicyLibrary, make_person: Callable[..., Person]) -> Desk:
    facts = make_person("p1", scheme="resident", years=[(2025, "2024-12-01")])
    insured.register(database, facts, actor=CLERK, day=DAY("2020-01-01"), library=packs)
    return Desk(database, packs, AUTUMN)
