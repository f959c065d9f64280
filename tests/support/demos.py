"""A small demo store, made once for all test processes and copied for each test that needs one."""

from __future__ import annotations

import datetime
import os
import shutil
from pathlib import Path

import pytest

import yibao.scenario.demo.store as demo_store_module
from yibao.policy.compile import PolicyLibrary
from yibao.scenario.demo import FILE_NAME, demo_file

MADE_AT = datetime.datetime(2026, 11, 21, 2, 0, tzinfo=datetime.UTC)


@pytest.fixture(scope="session")
def demo_store(packs: PolicyLibrary) -> Path:
    """A demo of two families beside the known one, with its own key; never changed.

    It lies in the cache of this run of the tests, which all its processes share.
    """
    folder = Path(os.environ["YIBAO_CACHE_DIR"]) / "demo"
    folder.mkdir(exist_ok=True)
    with pytest.MonkeyPatch.context() as patch:
        patch.delenv("YIBAO_SECRET_KEY", raising=False)
        # Who came this month came in the month of the tests' clocks, whatever day they are run.
        patch.setattr(demo_store_module, "now", lambda: MADE_AT)
        demo_file(packs, folder / FILE_NAME, families=2).dispose()
    return folder / FILE_NAME


def copy_demo(demo_store: Path, folder: Path) -> Path:
    """A copy of the demo in a folder, where ``yibao serve`` looks for it."""
    for suffix in ("", "-wal", ".key"):
        part = demo_store.with_name(demo_store.name + suffix)
        if part.exists():
            shutil.copy2(part, folder / part.name)
    return folder / demo_store.name
