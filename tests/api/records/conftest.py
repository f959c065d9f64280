"""The town whose people look up and write their records over HTTP."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import pytest

from yibao.database.unit import Database
from yibao.guide.reading import load as load_guide
from yibao.inquiry.calculators import Context, all_calculators
from yibao.inquiry.calculators.base import area_choices
from yibao.inquiry.search import Search
from yibao.policy.compile import PolicyLibrary

from ...support.store import Store
from .town import NOW, Build, Town


@pytest.fixture(params=["sqlite"])
def backend(request: pytest.FixtureRequest) -> str:
    name: str = request.param
    return name


@pytest.fixture(scope="session")
def calculating(packs: PolicyLibrary) -> tuple[Any, ...]:
    """What the API needs besides a store; made once, for it takes a second."""
    calculators = all_calculators(packs)
    search = Search(packs, load_guide(), calculators.values(), area_choices(packs)[0].code)
    return calculators, lambda: Context(packs, NOW.date()), search


@pytest.fixture
def town(
    database: Database,
    packs: PolicyLibrary,
    make_person: Build,
    make_institution: Build,
    calculating: tuple[Any, ...],
) -> Iterator[Town]:
    store = Store(database, packs)
    store.institution(make_institution("h1", price_class=1))
    store.person(make_person("worker"), balance=500_000)
    store.person(make_person("wife", scheme="resident"))
    store.person(make_person("child", scheme="resident", birth="2018-05-01"))
    new_town = Town(store, calculating)
    yield new_town
    new_town.client.close()
