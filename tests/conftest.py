"""What every test runs under: how many examples, and a cache of its own."""

from __future__ import annotations

import os
import shutil
import tempfile

import pytest
from hypothesis import HealthCheck, settings

pytest_plugins = ["tests.support.people", "tests.support.stores"]

# `fast` finds the same examples every time; `verify` (make verify) looks for new ones.
settings.register_profile(
    "fast",
    max_examples=40,
    derandomize=True,
    deadline=None,
    suppress_health_check=[HealthCheck.too_slow],
)
settings.register_profile(
    "verify",
    max_examples=2_000,
    database=None,
    deadline=None,
    print_blob=True,
    suppress_health_check=[HealthCheck.too_slow],
)
VERIFY = os.environ.get("YIBAO_VERIFY") == "1"
settings.load_profile("verify" if VERIFY else "fast")

_CACHE = pytest.StashKey[str]()


def pytest_configure(config: pytest.Config) -> None:
    """One empty cache for the session; workers inherit it from the process that starts them."""
    if not hasattr(config, "workerinput"):
        config.stash[_CACHE] = tempfile.mkdtemp(prefix="yibao-test-cache-")
        os.environ["YIBAO_CACHE_DIR"] = config.stash[_CACHE]


def pytest_unconfigure(config: pytest.Config) -> None:
    folder = config.stash.get(_CACHE, "")
    if folder:
        shutil.rmtree(folder, ignore_errors=True)


@pytest.fixture(scope="session")
def verify() -> bool:
    """Whether this run makes the full counts (``make verify``)."""
    return VERIFY
