"""The packs that come with yibao."""

from __future__ import annotations

import pytest

from yibao.policy.compile import PolicyLibrary


@pytest.fixture(scope="session")
def packs() -> PolicyLibrary:
    return PolicyLibrary.load()
