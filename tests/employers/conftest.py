"""An employer with three people who were declared for the first time."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest

from yibao.database.unit import Database
from yibao.policy.compile import PolicyLibrary

from .world import Firm

THREE = ("wang", "li", "zhao")


@pytest.fixture
def firm(
    database: Database, packs: PolicyLibrary, area: str, make_person: Callable[..., Any]
) -> Firm:
    """Three employed people of the city, and nobody on the roster yet."""
    firm = Firm(database, packs, area)
    firm.set_up(make_person, THREE)
    return firm
