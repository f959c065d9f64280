"""``yibao serve`` as a process of its own: what it prints, whom it answers, how it ends."""

from __future__ import annotations

import os
import re
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path

import httpx
import pytest
from typer.testing import CliRunner

from yibao.cli.sandbox import sandbox

from .conftest import HOSPITAL, free_port

READ = {
    "infno": "1101",
    "fixmedins_code": HOSPITAL,
    "input": {"data": {"mdtrt_cert_type": "02", "mdtrt_cert_no": "140100196003010011"}},
}
_SECONDS = 60


@dataclass
class Served:
    """A running service."""

    process: subprocess.Popen[str]
    port: int
    said: Path

    def printed(self) -> str:
        """What it has printed."""
        return self.said.read_text(encoding="utf-8")

    def address(self, path: str = "/") -> str:
        return f"http://127.0.0.1:{self.port}{path}"


@pytest.fixture
def serve(tmp_path: Path, sandbox_url: str) -> Iterator[Callable[..., Served]]:
    """Starts the service on a new sandbox and waits until it answers."""
    running: list[Served] = []

    def run(*options: str) -> Served:
        port, said = free_port(), tmp_path / f"said{len(running)}"
        environment = {**os.environ, "YIBAO_DATA_DIR": str(tmp_path), "YIBAO_GATEWAY_KEYS": ""}
        command = [sys.executable, "-m", "yibao.cli", "serve", "--port", str(port)]
        command += ["--database", sandbox_url, *options]
        with said.open("w", encoding="utf-8") as file:
            process = subprocess.Popen(command, stderr=file, text=True, env=environment)
        served = Served(process, port, said)
        running.append(served)
        until = time.monotonic() + _SECONDS
        while time.monotonic() < until and process.poll() is None:
            with socket.socket() as one:
                if one.connect_ex(("127.0.0.1", port)) == 0:
                    return served
            time.sleep(0.05)
        raise AssertionError(served.printed())

    yield run
    for served in running:
        served.process.kill()
        served.process.wait(_SECONDS)


def test_it_prints_what_a_vendor_needs_and_answers(serve: Callable[..., Served]) -> None:
    served = serve()
    printed = served.printed()
    for word in ("T0001", "H14010500001", "XA000001", "没有配置，请求头和签名都不核对"):
        assert word in printed
    opens = re.search(r"http://127.0.0.1:\d+(/inspector/\?token=\S+)", printed)
    assert opens is not None
    with httpx.Client(trust_env=False, follow_redirects=True) as http:
        assert http.get(served.address()).status_code == 200
        answer = http.post(served.address("/any/path"), json=READ).json()
        assert answer["output"]["baseinfo"]["psn_no"] == "T0001"
        assert http.get(served.address("/inspector/")).status_code == 403
        listed = http.get(served.address(opens[1]))
        assert "1101 人员信息获取" in listed.text
    assert served.printed().count("\n") < 60  # nothing about requests, people or errors
    served.process.send_signal(signal.SIGTERM)
    assert served.process.wait(_SECONDS) in (0, -signal.SIGTERM)


def test_others_are_answered_only_with_keys(serve: Callable[..., Served], tmp_path: Path) -> None:
    with pytest.raises(AssertionError, match="只能听本机"):
        serve("--host", "0.0.0.0")
    path = tmp_path / "keys.yaml"
    made = CliRunner().invoke(sandbox, ["keys"]).output
    path.write_text(made, encoding="utf-8")
    path.chmod(0o600)
    served = serve("--host", "0.0.0.0", "--keys", str(path))
    token = made.partition("bearer:\n  - ")[2].partition("\n")[0]
    assert token not in served.printed()
    with httpx.Client(trust_env=False) as http:
        assert http.post(served.address(), json=READ).status_code == 401
        held = {"authorization": f"Bearer {token}"}
        assert http.post(served.address("/x"), json=READ, headers=held).json()["infcode"] == 0
        assert http.get(served.address("/inspector/"), headers=held).status_code == 403


def test_without_a_gateway_there_is_none(serve: Callable[..., Served]) -> None:
    served = serve("--no-gateway", "--host", "0.0.0.0")
    with httpx.Client(trust_env=False) as http:
        assert http.post(served.address("/x"), json=READ).status_code in (404, 405)
        assert http.get(served.address("/inspector/")).status_code == 404
