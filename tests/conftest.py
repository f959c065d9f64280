"""What every test runs under: how many examples, and a cache of its own."""

from __future__ import annotations

import os
import shutil
import tempfile
import time
from collections import Counter
from contextlib import suppress
from pathlib import Path

import pytest
from hypothesis import HealthCheck, settings
from tests.support.compiled import start, uses_compiled, wait_for

from yibao.policy.cache import cache_folder

pytest_plugins = [
    "tests.support.demos",
    "tests.support.passwords",
    "tests.support.people",
    "tests.support.stores",
]

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
_COMPILED_DAYS = 30


def pytest_configure(config: pytest.Config) -> None:
    """One cache for the session; workers inherit it from the process that starts them.

    It is empty, but for what Numba compiled in earlier runs of any copy of these sources: that
    lies under a hash of all the sources that it was made of.
    """
    if not hasattr(config, "workerinput"):
        compiled = _compiled_folder(config)
        config.stash[_CACHE] = tempfile.mkdtemp(prefix="yibao-test-cache-")
        os.environ["YIBAO_CACHE_DIR"] = config.stash[_CACHE]
        if compiled is not None:
            _forget_old(compiled)
            (Path(config.stash[_CACHE]) / "numba").symlink_to(compiled, target_is_directory=True)
        start(config, Path(config.stash[_CACHE]))


def pytest_runtest_setup(item: pytest.Item) -> None:
    """What is being compiled is waited for, not compiled once more."""
    wait_for(item)


def _compiled_folder(config: pytest.Config) -> Path | None:
    """The folder of the user's that keeps what tests compiled, else one beside the sources."""
    own = cache_folder()
    if own is not None:
        with suppress(OSError):
            folder = own / "tests" / "numba"
            folder.mkdir(parents=True, exist_ok=True)
            if os.access(folder, os.W_OK):
                return folder
    return None if config.cache is None else config.cache.mkdir("numba")


def _forget_old(compiled: Path) -> None:
    """Remove what was compiled long ago."""
    oldest = time.time() - _COMPILED_DAYS * 24 * 3600
    for folder in compiled.iterdir():
        if folder.is_dir() and folder.stat().st_mtime < oldest:
            shutil.rmtree(folder, ignore_errors=True)


SLOW = ("tests/portal/", "tests/api/test_schemathesis.py", "tests/api/test_health.py")
"""Begun first, so that no worker has one of them left when the others are done."""


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """The slow ones first, those that wait for the compiler last, otherwise in their order."""
    items.sort(key=lambda item: (uses_compiled(item), not item.nodeid.startswith(SLOW)))


def pytest_terminal_summary(terminalreporter: pytest.TerminalReporter) -> None:
    """One line that says what was skipped, and why."""
    skipped = terminalreporter.stats.get("skipped", [])
    reasons: Counter[str] = Counter()
    for report in skipped:
        reason = report.longrepr[2] if isinstance(report.longrepr, tuple) else report.longrepr
        reasons[str(reason).removeprefix("Skipped: ")] += 1
    told = "；".join(f"{reason}（{count} 项）" for reason, count in reasons.most_common())
    kind = "大样本" if VERIFY else "小样本，大样本用 make verify"
    text = f"跳过 {len(skipped)} 项：{told}" if skipped else "没有跳过任何一项"
    terminalreporter.write_line(f"{text}（{kind}）")


def pytest_unconfigure(config: pytest.Config) -> None:
    folder = config.stash.get(_CACHE, "")
    if folder:
        shutil.rmtree(folder, ignore_errors=True)


@pytest.fixture(scope="session")
def verify() -> bool:
    """Whether this run makes the full counts (``make verify``)."""
    return VERIFY
