"""The API in this process."""

from __future__ import annotations

import datetime

import pytest
from starlette.testclient import TestClient

from yibao import library
from yibao.inquiry.calculators import Calculator, all_calculators
from yibao.policy.compile import PolicyLibrary
from yibao.portal.app import create_app

TODAY = datetime.date(2026, 11, 21)


@pytest.fixture(scope="session")
def packs() -> PolicyLibrary:
    return library.load()


@pytest.fixture(scope="session")
def calculators(packs: PolicyLibrary) -> dict[str, Calculator]:
    return all_calculators(packs)


@pytest.fixture(scope="session")
def client(packs: PolicyLibrary, tmp_path_factory: pytest.TempPathFactory) -> TestClient:
    data = tmp_path_factory.mktemp("service")
    return TestClient(create_app(packs, data=data, today=lambda: TODAY), follow_redirects=False)
