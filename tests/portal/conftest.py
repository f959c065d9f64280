"""The service in this process, and a real browser against it."""

from __future__ import annotations

import datetime
import shutil
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from starlette.applications import Starlette
from starlette.testclient import TestClient

from yibao.inquiry.calculators import Calculator, Context, all_calculators
from yibao.policy.compile import PolicyLibrary
from yibao.portal.app import create_app

from .browsing import serving

TODAY = datetime.date(2026, 11, 21)
CHROMIUM = shutil.which("chromium") or shutil.which("chromium-browser")


@pytest.fixture(scope="session")
def calculators(packs: PolicyLibrary) -> dict[str, Calculator]:
    return all_calculators(packs)


@pytest.fixture(scope="session")
def context(packs: PolicyLibrary) -> Context:
    return Context(packs, TODAY)


@pytest.fixture(scope="session")
def data(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tmp_path_factory.mktemp("service")


@pytest.fixture(scope="session")
def service(packs: PolicyLibrary, data: Path) -> Starlette:
    return create_app(packs, data=data, today=lambda: TODAY)


@pytest.fixture
def client(service: Starlette) -> TestClient:
    return TestClient(service, follow_redirects=False)


@pytest.fixture(scope="session")
def address(service: Starlette) -> Iterator[str]:
    with serving(service) as served_at:
        yield served_at


@pytest.fixture(scope="session")
def browser() -> Iterator[Any]:
    """Debian's Chromium; the tests that need it are skipped, loudly, where it is absent."""
    if CHROMIUM is None:
        pytest.skip("没有 chromium：浏览器测试没有运行（apt-get install chromium）")
    from playwright.sync_api import sync_playwright

    with sync_playwright() as playwright:
        opened = playwright.chromium.launch(executable_path=CHROMIUM, args=["--no-sandbox"])
        yield opened
        opened.close()


@pytest.fixture
def closing() -> Iterator[list[Any]]:
    opened: list[Any] = []
    yield opened
    for page in opened:
        page.context.close()
