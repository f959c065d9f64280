"""Random steps of the rooms of an agency: a small run on both databases, every invariant."""

from __future__ import annotations

from yibao.database.unit import Database

from .agency.simulation import AgencySimulation

SHORT, LONG = 40, 1_000


def test_an_agency_under_random_steps(database: Database, area: str, verify: bool) -> None:
    AgencySimulation(database, area, "1").run(LONG if verify else SHORT)
