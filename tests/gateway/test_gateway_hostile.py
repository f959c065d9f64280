"""Hostile input over real HTTP: no crash, no internals shown, memory and connections bounded."""

from __future__ import annotations

import json
import random
import shutil
import socket
import time
from collections.abc import Callable, Iterator
from contextlib import ExitStack
from pathlib import Path
from typing import Any

import httpx
import pytest
from starlette.applications import Starlette

from yibao.cli import serving
from yibao.database.unit import open_database
from yibao.gateway import app as gateway_app
from yibao.gateway.app import create_app
from yibao.gateway.settings import GatewaySettings
from yibao.ledger.checks import ledger_faults
from yibao.policy.compile import PolicyLibrary

from ..support.serving import SECONDS, running
from . import flows
from .served import AUTHORIZATION, Service, answer_on, head
from .test_gateway_fuzz import captured_bodies, mangled, messages_of_every_kind

READ = {
    "infno": "1101",
    "fixmedins_code": "H14010500001",
    "input": {"data": {"mdtrt_cert_type": "02", "mdtrt_cert_no": "li"}},
}
STALLED = 300
SOON = serving.HEAD_SECONDS
"""Less than those who stall are waited for, much more than a busy machine takes."""


@pytest.fixture(scope="module")
def service(real_template: Path, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Service]:
    """One service for all of these: whatever the others sent, it goes on."""
    folder = tmp_path_factory.mktemp("hostile")
    shutil.copyfile(real_template, folder / "store.db")
    with pytest.MonkeyPatch.context() as patched:
        patched.setenv("YIBAO_SECRET_KEY", "5a" * 32)
        service = Service(f"sqlite:///{folder / 'store.db'}", folder)
        service.start()
    # What the service makes ahead seconds later would be taken for memory that messages cost.
    searched = httpx.get(service.address("/search?q=1"), trust_env=False, timeout=SECONDS)
    assert searched.status_code == 200
    yield service
    said = service.said()
    service.kill()
    assert "Traceback" not in said, said


@pytest.fixture
def alive(service: Service) -> Iterator[Callable[[], None]]:
    """Checks that an ordinary message is still answered soon; also at the end."""

    def check() -> None:
        began = time.monotonic()
        with service.connect() as connection:
            body = json.dumps(READ).encode()
            connection.sendall(head(len(body)) + body)
            status, content = answer_on(connection)
        assert status == 200
        assert json.loads(content)["infcode"] in (0, -1)
        assert time.monotonic() - began < SOON

    yield check
    check()


def _refused(service: Service, body: bytes, **headers: str) -> str:
    """What the sender of a body is told."""
    answer = httpx.post(
        f"http://127.0.0.1:{service.port}/x",
        content=body,
        headers={**AUTHORIZATION, **headers},
        trust_env=False,
    )
    assert answer.status_code == 200
    said = answer.json()
    assert said["infcode"] == -1
    assert said["output"] is None
    assert "平台内部错误" not in said["err_msg"]
    return str(said["err_msg"])


# --- connections that stall ----------------------------------------------------------------------


def test_stalled_senders_hold_nobody_up(service: Service, alive: Callable[[], None]) -> None:
    with ExitStack() as open_:
        for number in range(STALLED):
            connection = open_.enter_context(service.connect())
            connection.sendall(head(1_000)[:40] if number % 2 else head(1_000) + b'{"infno":')
        alive()


def _hoard(port: int, stack: ExitStack, count: int, address: str = "127.0.0.2") -> None:
    """Connections of another address that wait for ever: silent, in a head, in a body, idle."""
    sent = (b"", head(1_000)[:40], head(1_000) + b'{"infno":', b"GET / HTTP/1.1\r\nHost: x\r\n\r\n")
    for number in range(count):
        connection = stack.enter_context(
            socket.create_connection(("127.0.0.1", port), SECONDS, source_address=(address, 0))
        )
        connection.sendall(sent[number % len(sent)])


def test_connections_of_one_address_starve_nobody(
    small: Starlette, monkeypatch: pytest.MonkeyPatch
) -> None:
    """However many it holds open, and however it is silent on them: others come in at once."""
    most = 60
    monkeypatch.setattr(serving, "MOST_CONNECTIONS", most)
    with running(small, ws="none", http=serving.GuardedConnection) as port, ExitStack() as stack:
        _hoard(port, stack, 2 * most)
        for number in range(most // 2):
            mine = stack.enter_context(_connected(port))
            body = json.dumps(READ).encode()
            began = time.monotonic()
            mine.sendall(head(len(body)) + body)
            assert answer_on(mine)[0] == 200, number
            assert time.monotonic() - began < SOON
        # A third address comes in too, and the second one is still let in by its own places.
        _hoard(port, stack, 5, "127.0.0.3")


def test_an_address_gives_up_its_own_idle_connections(
    small: Starlette, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Behind a proxy everybody has one address: the longest silent make room."""
    monkeypatch.setattr(serving, "MOST_CONNECTIONS", 5)
    monkeypatch.setattr(serving, "SECONDS_OF_GRACE", 0.0)
    with running(small, ws="none", http=serving.GuardedConnection) as port, ExitStack() as stack:
        silent = [stack.enter_context(_connected(port)) for _ in range(5)]
        for _ in range(8):
            body = json.dumps(READ).encode()
            mine = stack.enter_context(_connected(port))
            mine.sendall(head(len(body)) + body)
            assert answer_on(mine)[0] == 200
        assert all(connection.recv(1) == b"" for connection in silent)


def test_half_a_message_does_nothing(service: Service, alive: Callable[[], None]) -> None:
    client = service.client()
    visit = flows.with_a_line(client)
    body = json.dumps(client.envelope("2207", flows.settling(visit, "20.00"))).encode()
    for part in (1, len(body) // 2, len(body) - 1):
        with service.connect() as connection:
            connection.sendall(head(len(body)) + body[:part])
    alive()
    assert client.post(body).json()["infcode"] == 0
    client.http.close()


@pytest.fixture
def small(template: Path, tmp_path: Path, packs: PolicyLibrary) -> Iterator[Starlette]:
    """A gateway that holds little in memory."""
    shutil.copyfile(template, tmp_path / "store.db")
    database = open_database(f"sqlite:///{tmp_path / 'store.db'}")
    yield create_app(database, packs, GatewaySettings(held_bytes=100_000))
    database.dispose()


def _connected(port: int) -> socket.socket:
    return socket.create_connection(("127.0.0.1", port), SECONDS)


def test_connections_are_limited(small: Starlette, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(serving, "MOST_CONNECTIONS", 3)
    with running(small, ws="none", http=serving.GuardedConnection) as port, ExitStack() as silent:
        for _ in range(3):
            silent.enter_context(_connected(port))
        with _connected(port) as one_more:
            status, said = answer_on(one_more)
            assert status == 503
            assert "连接已满" in said.decode()
        silent.close()


def test_time_and_size_are_limited(small: Starlette, monkeypatch: pytest.MonkeyPatch) -> None:
    """The server waits for nobody."""
    monkeypatch.setattr(gateway_app, "SECONDS_FOR_A_BODY", 0.3)
    with running(small, ws="none", http=serving.GuardedConnection) as port:
        with _connected(port) as bodiless:
            bodiless.sendall(head(10) + b"{")
            assert answer_on(bodiless)[0] == 408
        with _connected(port) as endless:
            endless.sendall(b"POST / HTTP/1.1\r\n" + b"x: " + b"y" * 200_000)
            assert answer_on(endless)[0] == 431
        monkeypatch.setattr(gateway_app, "SECONDS_FOR_A_BODY", SECONDS)
        with _connected(port) as large:  # more than may be held in memory
            large.sendall(head(200_000) + b" " * 200_000)
            status, said = answer_on(large)
            assert status == 200
            assert "平台繁忙" in json.loads(said)["err_msg"]
        monkeypatch.setattr(serving, "HEAD_SECONDS", 0.3)
        with _connected(port) as silent, _connected(port) as headless:
            headless.sendall(head(10)[:20])
            assert silent.recv(1) == b""
            assert headless.recv(1) == b""


# --- bodies --------------------------------------------------------------------------------------


def test_100_megabytes_are_refused_without_being_held(
    service: Service, alive: Callable[[], None]
) -> None:
    before = service.megabytes()
    with service.connect() as connection:
        connection.sendall(head(100 * 2**20))
        status, said = answer_on(connection)  # nothing of it was sent
        assert status == 413
        assert "请分批上传" in said.decode()
    with service.connect() as connection:
        connection.sendall(head(None))
        chunk = b"100000\r\n" + b" " * 2**20 + b"\r\n"
        for _ in range(20):
            connection.sendall(chunk)
        assert answer_on(connection)[0] == 413
    alive()
    assert service.megabytes() - before < 64


@pytest.mark.parametrize(
    ("body", "said"),
    [
        (b'{"infno":"2207","input":' + b"[" * 100_000 + b"]" * 100_000 + b"}", "嵌套过深"),
        (b'{"infno":"2207","input":' + b'{"a":' * 40 + b"1" + b"}" * 41, "嵌套过深"),
        (b'{"infno":"2207","x":"\xff\xff"}', "UTF-8"),
        (b"\xff\xfe{\x00", "infno|JSON"),
        (b"\x00" * 1_000, "JSON"),
        (b'{"infno":' + b"9" * 100_000 + b"}", ""),
        (b'{"infno":"2207","input":{"data":{"medfee_sumamt":1e400}}}', ""),
        (b'{"infno":"22\x07","input":{}}', "JSON"),
        (b"", "空"),
        (b"=" * 1_000_000, ""),
        (b"%" * 1_000_000, ""),
        (b"[]", "对象"),
        (b'"' + b"\\" * 99_998 + b'"', ""),
    ],
)  # fmt: skip
def test_what_cannot_be_read_is_refused(
    service: Service, alive: Callable[[], None], body: bytes, said: str
) -> None:
    told = _refused(service, body)
    assert any(word in told for word in said.split("|"))


def test_broken_parts_are_refused(service: Service, alive: Callable[[], None]) -> None:
    kind = {"content-type": "multipart/form-data; boundary=x"}
    for body in (b"--x", b"--x\r\n\r\n", b"--x\r\n" * 100_000, b"--x\r\n\r\n{}\r\n--x--"):
        _refused(service, body, **kind)
    with service.connect() as connection:
        odd = "Content-Type: multipart/form-data; boundary=é\r\nContent-Length: 2".encode("latin-1")
        connection.sendall(head(2).replace(b"Content-Length: 2", odd) + b"{}")
        status, content = answer_on(connection)
    assert status == 200
    assert json.loads(content)["infcode"] == -1


# --- variants of real messages -------------------------------------------------------------------


def test_mangled_messages_over_http(
    service: Service, alive: Callable[[], None], line: Callable[..., Any], verify: bool
) -> None:
    chance = random.Random(20251127)
    client = service.client()
    bodies = captured_bodies() + messages_of_every_kind(client, line)
    client.post(mangled(bodies[0], chance))
    count = 10_000 if verify else 300
    memory = 0.0
    for number in range(count):
        if number == count // 3:
            memory = service.megabytes()
        content = mangled(chance.choice(bodies), chance)
        answer = client.post(content)
        if answer.status_code == 401:  # it names an institution that the key does not speak for
            assert "不代表机构" in answer.json()["message"], content
            continue
        assert answer.status_code == 200, (answer.status_code, content)
        if answer.headers["content-type"].startswith("application/json"):
            said = answer.json()
            assert said["infcode"] in (0, -1)
            assert "平台内部错误" not in said["err_msg"], (said["err_msg"], content)
    assert service.megabytes() - memory < 48
    client.http.close()
    database = open_database(service.url)
    assert database.read(lambda unit: list(ledger_faults(unit))) == []
    database.dispose()
