"""Services on ports of their own, in this process or in another, and waiting without a guess."""

from __future__ import annotations

import fcntl
import os
import secrets
import signal
import socket
import subprocess
import sys
import tempfile
import threading
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import Any

import httpx
import uvicorn

SECONDS = 120
"""How long a busy machine may take for anything; what is waited for is there much sooner."""
_FIRST_PORT, _END_OF_PORTS = 15_000, 32_000
"""Below the ports that systems give to outgoing connections."""
_RESERVED: list[int] = []
"""Open lock files, one for every port that this process reserved; kept until it ends."""


def wait_until(condition: Callable[[], object], what: str = "what was waited for") -> None:
    """Until a condition holds, looking often."""
    until = time.monotonic() + SECONDS
    while not condition():
        assert time.monotonic() < until, f"{what} did not come"
        time.sleep(0.01)


def free_port() -> int:
    """A port that nobody listens on, and that no other test asks for while this process lives."""
    folder = Path(tempfile.gettempdir()) / f"yibao-test-ports-{os.getuid()}"
    folder.mkdir(exist_ok=True)
    while True:
        port = _FIRST_PORT + secrets.randbelow(_END_OF_PORTS - _FIRST_PORT)
        lock = os.open(folder / str(port), os.O_CREAT | os.O_RDWR, 0o600)
        try:
            fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
            with socket.socket() as probe:
                probe.bind(("127.0.0.1", port))
        except OSError:
            os.close(lock)
            continue
        _RESERVED.append(lock)
        return port


@contextmanager
def running(app: Any, **options: Any) -> Iterator[int]:
    """The app on a port of this process, chosen by the system; ``options`` of uvicorn."""
    config = uvicorn.Config(app, host="127.0.0.1", port=0, **{"log_level": "warning", **options})
    server = uvicorn.Server(config)
    thread = threading.Thread(target=server.run, daemon=True)
    thread.start()
    wait_until(lambda: server.started or not thread.is_alive(), "the service")
    assert server.started
    try:
        yield server.servers[0].sockets[0].getsockname()[1]
    finally:
        server.should_exit = True
        thread.join(SECONDS)


class Service:
    """``yibao serve`` in a process group of its own; what it prints is kept in a file."""

    def __init__(self, folder: Path, options: Sequence[str] = ()) -> None:
        self.port = free_port()
        self.folder = folder
        self.options = tuple(options)
        self.process: subprocess.Popen[bytes] | None = None

    def address(self, path: str = "") -> str:
        return f"http://127.0.0.1:{self.port}{path}"

    def start(self, environment: Mapping[str, str] | None = None) -> None:
        """Start it and wait until it answers."""
        command = [sys.executable, "-m", "yibao.cli", "serve", "--port", str(self.port)]
        settings = {**os.environ, "YIBAO_DATA_DIR": str(self.folder), "YIBAO_GATEWAY_KEYS": ""}
        with (self.folder / "said").open("ab") as said:
            self.process = subprocess.Popen(
                [*command, *self.options],
                stdout=said,
                stderr=said,
                env={**settings, **(environment or {})},
                start_new_session=True,
            )
        wait_until(lambda: self._ended() or self._answers(), "the service")
        assert not self._ended(), self.said()

    def _ended(self) -> bool:
        return self.process is None or self.process.poll() is not None

    def _answers(self) -> bool:
        try:
            httpx.get(self.address("/healthz"), trust_env=False, timeout=SECONDS)
        except httpx.TransportError:
            return False
        return True

    def said(self) -> str:
        """What it has printed."""
        return (self.folder / "said").read_text(encoding="utf-8")

    def end(self) -> int:
        """Ask it to end, and its exit code."""
        assert self.process is not None
        self.process.terminate()
        return self.process.wait(SECONDS)

    def kill(self) -> None:
        """SIGKILL to it and its workers."""
        if self.process is not None:
            with suppress(ProcessLookupError):  # all of it has ended
                os.killpg(self.process.pid, signal.SIGKILL)
            self.process.wait(SECONDS)
            self.process = None
