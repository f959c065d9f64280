"""The API in this process."""

from __future__ import annotations

import datetime

import pytest
from starlette.testclient import TestClient

from yibao.api.serving import RateLimit
from yibao.inquiry.calculators import Calculator, all_calculators
from yibao.policy.compile import PolicyLibrary
from yibao.portal.app import create_app

TODAY = datetime.date(2026, 11, 21)


@pytest.fixture(scope="session")
def calculators(packs: PolicyLibrary) -> dict[str, Calculator]:
    return all_calculators(packs)


@pytest.fixture(scope="session")
def client(packs: PolicyLibrary, tmp_path_factory: pytest.TempPathFactory) -> TestClient:
    data = tmp_path_factory.mktemp("service")
    # One sender asks everything here: how often is a test of its own.
    limit = RateLimit(1e6, 1_000_000)
    app = create_app(packs, data=data, today=lambda: TODAY, limit=limit)
    return TestClient(app, follow_redirects=False)
