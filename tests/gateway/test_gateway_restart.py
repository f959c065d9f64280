"""PostgreSQL restarts under load: a sentence to who asks meanwhile, then it goes on."""

from __future__ import annotations

import datetime
import re
import signal
import threading
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import httpx
import pytest

from yibao.database.migrating import upgrade
from yibao.database.schema import whole_schema
from yibao.database.unit import open_database
from yibao.insured.payments.receipts import new_receipt_number
from yibao.portal.security import SESSION_COOKIE

from ..support.restarting import own_server, start_again, stop
from ..support.serving import SECONDS, wait_until
from . import flows
from .conftest import fill
from .served import Service

SENDERS = 4
NO_RECEIPT = new_receipt_number("140100", datetime.date(2025, 1, 1))


@pytest.fixture
def server() -> Iterator[Any]:
    with own_server() as started:
        yield started


def _is_told(sentence: str) -> bool:
    told = ("数据库", "用同一报文编号", "暂时不能用", "平台繁忙")
    return any(words in sentence for words in told)


PAUSE = 0.02
"""Seconds between two questions of one who asks: the machine is wanted for the answers."""


class Asker:
    """Asks one thing again and again; keeps what was answered, and how often it was well."""

    def __init__(self, ask: Any, http: httpx.Client) -> None:
        self._ask = ask
        self._http = http
        self.well = 0
        self.sentences: list[str] = []
        self.wrong: list[str] = []
        self._ended = threading.Event()
        self._thread = threading.Thread(target=self._go_on, daemon=True)
        self._thread.start()

    def _go_on(self) -> None:
        while not self._ended.wait(PAUSE):
            try:
                sentence = self._ask()
            except Exception as error:
                self.wrong.append(repr(error))
                return
            if sentence:
                self.sentences.append(sentence)
            else:
                self.well += 1

    def end(self) -> None:
        self._ended.set()
        self._thread.join(SECONDS)
        self._http.close()


def _gateway(service: Service) -> Asker:
    client = service.client()

    def ask() -> str:
        key = {"mdtrt_cert_type": "02", "mdtrt_cert_no": "li", "psn_cert_type": "01"}
        body = client.envelope("1101", {"data": {**key, "certno": "li", "psn_name": "李"}})
        answer = client.http.post(service.address(), json=body)
        assert answer.status_code == 200, answer.text
        said = answer.json()
        assert "平台内部错误" not in said["err_msg"], said
        return "" if said["infcode"] == 0 else str(said["err_msg"])

    return Asker(ask, client.http)


def _api(service: Service) -> Asker:
    http = httpx.Client(timeout=SECONDS, trust_env=False, base_url=service.address())

    def ask() -> str:
        answer = http.get(f"/api/v1/receipts/{NO_RECEIPT}")
        assert answer.status_code in (404, 409, 503), answer.text
        return "" if answer.status_code == 404 else str(answer.json()["detail"])

    return Asker(ask, http)


def _pages(service: Service) -> Asker:
    http = httpx.Client(timeout=SECONDS, trust_env=False, base_url=service.address())
    http.cookies.set(SESSION_COOKIE, "of nobody")

    def ask() -> str:
        answer = http.get("/own/visits")
        assert answer.status_code in (303, 503), answer.text
        return "" if answer.status_code == 303 else re.sub("<[^>]*>", "", answer.text)

    return Asker(ask, http)


def test_a_restart_is_a_sentence_and_then_goes_on(
    server: Any, tmp_path: Path, area: str, secret_key: None
) -> None:
    server.psql("create database store;")
    url = server.get_uri(database="store")
    whole_schema()
    database = open_database(url)
    upgrade(database)
    fill(database, area, tmp_path)
    database.dispose()
    service = Service(url, tmp_path)
    service.start()
    ready = httpx.Client(timeout=SECONDS, trust_env=False, base_url=service.address())
    askers = [_gateway(service) for _ in range(SENDERS)]
    askers += [_api(service), _api(service), _pages(service)]
    try:
        for how in (signal.SIGINT, signal.SIGKILL):
            before = [asker.well for asker in askers]
            wait_until(
                lambda before=before: all(
                    asker.wrong or asker.well > well + 2
                    for asker, well in zip(askers, before, strict=True)
                ),
                "answers",
            )
            stop(server, how)
            told = [len(asker.sentences) for asker in askers]
            wait_until(
                lambda told=told: all(
                    asker.wrong or len(asker.sentences) > count
                    for asker, count in zip(askers, told, strict=True)
                ),
                "a sentence for everybody",
            )
            assert ready.get("/readyz").status_code == 503
            assert ready.get("/healthz").status_code == 200
            start_again(server)
            wait_until(lambda: ready.get("/readyz").status_code == 200, "a ready service")
        client = service.client()
        key = flows.with_a_line(client)
        assert client.ok("2207", flows.settling(key, "20.00"))["setlinfo"]
        client.http.close()
    finally:
        for asker in askers:
            asker.end()
        ready.close()
        service.kill()
    wrong = [error for asker in askers for error in asker.wrong]
    assert not wrong, service.said()
    for asker in askers:
        assert all(_is_told(sentence) for sentence in asker.sentences), asker.sentences[:3]
    assert "Traceback" not in service.said()
