"""The made-up city: its packs, its scenarios, and their answers."""

from __future__ import annotations

import pytest

from yibao.policy.compile import PolicyLibrary

from .life import ROOT


@pytest.fixture(scope="session")
def packs() -> PolicyLibrary:
    return PolicyLibrary.load(ROOT)
