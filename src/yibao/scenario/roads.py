"""The roads by name: the same scenario, the same fen."""

from __future__ import annotations

from collections.abc import Callable, Iterator

from yibao.errors import InputError
from yibao.messages import Listed, message
from yibao.policy.compile import PolicyLibrary
from yibao.scenario import engine
from yibao.scenario.answers import StepAnswer
from yibao.scenario.model import Scenario

Road = Callable[[PolicyLibrary, Scenario], Iterator[StepAnswer]]


def _batch(library: PolicyLibrary, scenario: Scenario) -> Iterator[StepAnswer]:
    from yibao.scenario import batch  # loads Arrow and Numba

    return batch.run(library, scenario)


def _database(library: PolicyLibrary, scenario: Scenario) -> Iterator[StepAnswer]:
    from yibao.scenario import database  # loads SQLAlchemy

    return database.run(library, scenario)


def _gateway(library: PolicyLibrary, scenario: Scenario, server: str = "") -> Iterator[StepAnswer]:
    from yibao.scenario import gateway  # starts a server of its own

    return gateway.run(library, scenario, server)


ROADS: dict[str, Road] = {
    "engine": engine.run,
    "database": _database,
    "gateway": _gateway,
    "batch": _batch,
}


def run_through(
    road: str, library: PolicyLibrary, scenario: Scenario, server: str = ""
) -> Iterator[StepAnswer]:
    """Run a scenario on a road; ``InputError`` for a road that does not exist.

    ``server``: the gateway road goes to this running service.
    """
    if road not in ROADS:
        raise InputError(
            message("没有 {road} 这条路，可以写：{roads}", road=road, roads=Listed(ROADS))
        )
    if server:
        return _gateway(library, scenario, server)
    return ROADS[road](library, scenario)
