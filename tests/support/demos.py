"""A small demo store, made once for all test processes and copied for each test that needs one."""

from __future__ import annotations

import os
import shutil
from pathlib import Path

import pytest

from yibao.policy.compile import PolicyLibrary
from yibao.scenario.demo import FILE_NAME, demo_file


@pytest.fixture(scope="session")
def demo_store(packs: PolicyLibrary) -> Path:
    """A demo of two families beside the known one, with its own key; never changed.

    It lies in the cache of this run of the tests, which all its processes share.
    """
    folder = Path(os.environ["YIBAO_CACHE_DIR"]) / "demo"
    folder.mkdir(exist_ok=True)
    with pytest.MonkeyPatch.context() as patch:
        patch.delenv("YIBAO_SECRET_KEY", raising=False)
        demo_file(packs, folder / FILE_NAME, families=2).dispose()
    return folder / FILE_NAME


def copy_demo(demo_store: Path, folder: Path) -> Path:
    """A copy of the demo in a folder, where ``yibao serve`` looks for it."""
    for suffix in ("", "-wal", ".key"):
        part = demo_store.with_name(demo_store.name + suffix)
        if part.exists():
            shutil.copy2(part, folder / part.name)
    return folder / demo_store.name
