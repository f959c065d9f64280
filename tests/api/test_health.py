"""Whether the service lives and can work, its metrics, and logs without what was typed."""

from __future__ import annotations

import datetime
import json
import re
import resource
from collections.abc import Iterator
from pathlib import Path

import httpx
import pytest
from starlette.applications import Starlette
from starlette.testclient import TestClient

from yibao.api.health import checks_of, health_routes
from yibao.api.observe import Metrics
from yibao.database.migrating import upgrade
from yibao.database.schema import whole_schema
from yibao.database.unit import open_database
from yibao.policy.compile import PolicyLibrary

from ..support.demos import copy_demo
from ..support.serving import SECONDS, Service, wait_until

MARK = "310101199001011234"
"""Looks like an identity number; typed everywhere, it must come out nowhere."""


def test_ready_says_what_is_missing_and_how_to_mend_it(
    packs: PolicyLibrary, tmp_path: Path
) -> None:
    database = open_database(f"sqlite:///{tmp_path / 'store.db'}")
    metrics = Metrics()
    app = Starlette(routes=health_routes(packs, database, metrics))
    client = TestClient(app, client=("127.0.0.1", 50_000))
    answer = client.get("/readyz")
    assert answer.status_code == 503
    checks = answer.json()["checks"]
    assert (checks["packs"], checks["database"], checks["writes"]) == ("ok", "ok", "ok")
    assert "yibao db upgrade" in checks["migrations"]
    assert "yibao_ready 0.0" in client.get("/metrics").text
    whole_schema()
    upgrade(database)
    assert client.get("/readyz").json() == {
        "ready": True,
        "checks": {"packs": "ok", "database": "ok", "migrations": "ok", "writes": "ok"},
    }
    assert "yibao_ready 1.0" in client.get("/metrics").text
    database.dispose()


def test_a_database_that_is_gone_is_not_ready_and_its_address_is_not_told(
    packs: PolicyLibrary,
) -> None:
    database = open_database(f"postgresql://wang:{MARK}@127.0.0.1:1/none")
    client = TestClient(Starlette(routes=health_routes(packs, database, Metrics())))
    answer = client.get("/readyz")
    assert answer.status_code == 503
    assert answer.json()["checks"]["database"] != "ok"
    assert MARK not in answer.text
    assert client.get("/healthz").text == "ok\n"
    database.dispose()


def test_a_database_that_only_reads_is_not_ready(packs: PolicyLibrary, database_url: str) -> None:
    """A file that may only be read; a server that was told to take no writes."""
    database = open_database(database_url)
    look = checks_of(packs, database)["writes"]
    database.check_writes()
    if database.is_postgresql:
        name = database.engine.url.database
        with database.engine.connect() as connection:
            connection.execution_options(isolation_level="AUTOCOMMIT").exec_driver_sql(
                f"ALTER DATABASE {name} SET default_transaction_read_only = on"
            )
        database.dispose()
    else:
        with database.engine.connect() as connection:
            connection.exec_driver_sql("PRAGMA query_only = on")
    assert look() != "ok"
    database.check()
    database.dispose()


@pytest.mark.parametrize(
    ("client", "headers", "status"),
    [
        ("127.0.0.1", {}, 200),
        ("::1", {}, 200),
        ("127.0.0.1", {"X-Forwarded-For": "203.0.113.7"}, 403),
        ("127.0.0.1", {"X-Real-IP": "203.0.113.7"}, 403),
        ("127.0.0.1", {"Forwarded": "for=203.0.113.7"}, 403),
        ("203.0.113.7", {}, 403),
        ("203.0.113.7", {"X-Forwarded-For": "127.0.0.1"}, 403),
        ("203.0.113.7", {"Authorization": "Bearer token-of-the-test"}, 200),
        ("203.0.113.7", {"Authorization": "Bearer another"}, 403),
        ("203.0.113.7", {"Authorization": "Bearer "}, 403),
    ],
)
def test_metrics_are_for_this_machine_or_a_token(
    packs: PolicyLibrary, client: str, headers: dict[str, str], status: int
) -> None:
    def answer(token: str) -> int:
        app = Starlette(routes=health_routes(packs, None, Metrics(), token))
        got = TestClient(app, client=(client, 50_000)).get("/metrics", headers=headers)
        assert got.status_code == 200 or "yibao_" not in got.text
        return got.status_code

    assert answer("token-of-the-test") == status
    if "Authorization" in headers:
        assert answer("") == 403


@pytest.fixture(scope="module")
def service(demo_store: Path, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Service]:
    """``yibao serve`` as people run it, with a small demo."""
    service = Service(tmp_path_factory.mktemp("served"))
    copy_demo(demo_store, service.folder)
    service.start()
    yield service
    service.kill()


def _may_write(service: Service, most: int) -> None:
    """How large the files may be that the service writes; -1: as large as it likes.

    Beyond that the system refuses it every byte, as a full disk does.
    """
    assert service.process is not None
    _, hard = resource.prlimit(service.process.pid, resource.RLIMIT_FSIZE)
    resource.prlimit(service.process.pid, resource.RLIMIT_FSIZE, (most, hard))


def test_a_service_that_cannot_write_is_not_ready_until_it_can(service: Service) -> None:
    with httpx.Client(base_url=service.address(), timeout=SECONDS, trust_env=False) as client:
        wait_until(lambda: client.get("/readyz").status_code == 200, "a ready service")
        _may_write(service, 1)
        wait_until(lambda: client.get("/readyz").status_code == 503, "a service that is not")
        checks = client.get("/readyz").json()["checks"]
        assert "没有写入任何内容" in checks.pop("writes")
        assert set(checks.values()) == {"ok"}
        assert client.get("/").status_code == 200  # what only reads goes on
        _may_write(service, -1)
        wait_until(lambda: client.get("/readyz").status_code == 200, "a ready service")
    assert "Traceback" not in service.said()


def test_what_is_typed_reaches_no_log_and_no_metric(service: Service) -> None:
    headers = {
        "Authorization": f"Bearer {MARK}",
        "Cookie": f"session={MARK}",
        "Idempotency-Key": MARK,
        "User-Agent": MARK,
        "Referer": f"https://{MARK}.example/",
    }
    body = {"total": MARK, "name": MARK}
    with httpx.Client(base_url=service.address(), headers=headers, timeout=SECONDS) as client:
        for path in (
            f"/{MARK}",
            f"/calc/visit?total={MARK}",
            f"/search?q={MARK}",
            f"/policy/parameter/{MARK}",
            f"/api/v1/{MARK}",
            f"/api/v1/visit?total={MARK}",
            f"/api/v1/search?q={MARK}",
            f"/api/v1/people/{MARK}/account?cursor={MARK}",
            f"/api/v1/receipts/{MARK}",
            f"/api/v1/ask?q={MARK}",
            "/api/v1/ask?q=居民医保一年交多少",
        ):
            assert client.get(path).status_code < 500
        for path in ("/api/v1/visit", f"/api/v1/people/{MARK}/orders", f"/{MARK}"):
            assert client.post(path, json=body).status_code < 500
        assert client.post("/calc/visit", data=body).status_code < 500
        assert client.post("/report", data={"wrong": MARK}).status_code < 500
        assert client.request("PROPFIND", f"/{MARK}").status_code < 500
        metrics = client.get("/metrics").text
    assert MARK not in metrics
    assert 'route="/api/v1/visit"' in metrics
    assert "yibao_build_info" in metrics
    questions = re.findall(r'yibao_questions_total{intent="(\w+)",outcome="(\w+)"} (\d)', metrics)
    assert ("contribution", "answered", "1") in questions
    assert {outcome for _, outcome, _ in questions} == {"answered", "not_understood"}
    service.end()  # what it has to say is written
    assert MARK not in service.said()
    lines = [json.loads(line) for line in service.said().splitlines() if line[:7] == '{"time"']
    requests = [line for line in lines if line["event"] == "request"]
    assert len(requests) >= 15
    for line in requests:
        assert set(line) == {
            "time",
            "level",
            "event",
            "route",
            "method",
            "status",
            "milliseconds",
        }
        datetime.datetime.fromisoformat(line["time"])
    assert {line["route"] for line in requests} >= {"(none)", "/calc/{id}", "/api/v1/visit"}
