"""The compiled loops, made once in the background before any worker wants them.

Two workers that come upon an empty cache would both compile, at the same time and the same
functions.  So the process that starts them has it done, while they begin with other tests.
"""

from __future__ import annotations

import fcntl
import importlib.util
import os
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[2]
WARM = "from yibao import library; from yibao.columns.warm import warm; warm(library.load())"
_WANTED_BY = ("tests/columns", "tests/population", "tests/reform")
_USED_BY = (
    *_WANTED_BY,
    "tests/care/test_stores.py",
    "tests/export",
    "tests/made_up_city",
    "tests/portal/test_reform_browser.py",
    "tests/portal/test_reform_page.py",
)
_LOCK = "compiling.lock"
_compiling: list[subprocess.Popen[bytes]] = []
"""The process that compiles: kept, so that nobody is told that it was forgotten."""


def start(config: pytest.Config, cache: Path) -> None:
    """Compile into ``cache`` from now on where tests that want it are asked for."""
    if importlib.util.find_spec("numba") is None or not _wanted(config):
        return
    lock = os.open(cache / _LOCK, os.O_CREAT | os.O_RDWR)
    fcntl.flock(lock, fcntl.LOCK_EX)
    process = subprocess.Popen(
        [sys.executable, "-c", WARM],
        cwd=ROOT,
        pass_fds=[lock],
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
    )
    _compiling.append(process)
    os.close(lock)  # the process that compiles has it until it ends


def _wanted(config: pytest.Config) -> bool:
    asked = [Path(argument.split("::")[0]).resolve() for argument in config.args]
    wanted = [ROOT / folder for folder in _WANTED_BY]
    return any(
        folder.is_relative_to(path) or path.is_relative_to(folder)
        for folder in wanted
        for path in asked
    )


def uses_compiled(item: pytest.Item) -> bool:
    """Whether a test runs the compiled loops."""
    return item.nodeid.startswith(_USED_BY)


def wait_for(item: pytest.Item) -> None:
    """Until the loops are compiled, where the test uses them; at once where nobody compiles."""
    path = Path(os.environ["YIBAO_CACHE_DIR"]) / _LOCK
    if uses_compiled(item) and path.exists():
        with path.open("rb") as lock:
            fcntl.flock(lock, fcntl.LOCK_SH)
