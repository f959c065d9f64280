"""``make simulate SEED=1 STEPS=500``: random operations, every invariant, both databases."""

from __future__ import annotations

import os

import pytest

from yibao.database.unit import Database
from yibao.policy.compile import PolicyLibrary

from ..support.store import Store
from .simulation import Simulation

SHORT, LONG = 40, 2_000


@pytest.mark.parametrize("grouped", [False, True], ids=["alone", "grouped"])
def test_random_operations(
    database: Database, packs: PolicyLibrary, area: str, verify: bool, grouped: bool
) -> None:
    seed = int(os.environ.get("SEED", "1"))
    steps = int(os.environ.get("STEPS", str(LONG if verify else SHORT)))
    database.grouped = grouped
    elsewhere = packs.area("北京市").code
    simulation = Simulation(Store(database, packs), area, elsewhere, seed)
    try:
        simulation.run(steps)
    except BaseException as error:
        error.add_note(f"SEED={seed}, {simulation.log[-10:]}")
        raise
