"""The sandbox: what it holds, situations told to it, and the inspector."""

from __future__ import annotations

import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from typer.testing import CliRunner

from yibao.cli.sandbox import sandbox
from yibao.database.unit import open_database
from yibao.gateway import platform as platform_room
from yibao.gateway.message import Received
from yibao.gateway.platform import Platform
from yibao.gateway.sandbox import open_sandbox, seed
from yibao.gateway.settings import GatewaySettings
from yibao.policy.compile import PolicyLibrary

from . import flows


@pytest.fixture
def url(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> str:
    """The store of a new sandbox."""
    place = f"sqlite:///{tmp_path / 'sandbox.db'}"
    monkeypatch.setenv("YIBAO_SANDBOX_URL", place)
    return place


@pytest.fixture
def told(url: str) -> Callable[..., str]:
    """Runs a command of ``yibao sandbox``."""

    def run(*words: str) -> str:
        done = CliRunner().invoke(sandbox, words)
        assert done.exit_code == 0, done.output
        return done.output

    return run


@pytest.fixture
def opened(url: str, packs: PolicyLibrary, start: Callable[..., Any]) -> Any:
    """A client of a running sandbox."""
    client = start(GatewaySettings(sandbox=True, inspect=True), database=open_sandbox(packs, url))
    return client


def test_it_holds_people_institutions_and_a_catalogue(
    opened: Any, told: Callable[..., str]
) -> None:
    shown = told("show")
    for one in seed()["people"]:
        assert one["psn_no"] in shown
        data = {"mdtrt_cert_type": "02", "mdtrt_cert_no": one["number"], "psn_cert_type": "01"}
        data |= {"certno": one["number"], "psn_name": one["name"]}
        found = opened.ok("1101", {"data": data})
        assert found["baseinfo"]["psn_no"] == one["psn_no"]
        assert found["baseinfo"]["brdy"] == one["birth"].isoformat()
    assert opened.ok("1312", {"data": {"updt_time": "2020-01-01", "page_num": 1, "page_size": 5}})[
        "recordCounts"
    ] == len(seed()["catalogue"])


def test_situations(opened: Any, told: Callable[..., str]) -> None:
    told(
        "person",
        "add",
        "W1",
        "--scheme",
        "resident",
        "--paid",
        "2024=2023-10-20",
        "--paid",
        "2025=2025-06-01",
    )
    assert flows.settle(opened, "W1", "500")["fund_pay_sumamt"] == 0
    told("person", "add", "G1", "--grantor", "T0001", "--grant-to", "2024-12-31")
    info = flows.settle(opened, "G1", "100", acct_used_flag="2")
    assert info["acct_mulaid_pay"] == 0
    told("institution", "add", "H99", "--price-class", "2")
    flows.register(opened, "T0001")
    opened.ok("9001", {"signIn": {"opter_no": "1", "mac": "x", "ip": "x"}}, fixmedins_code="H99")
    told("catalogue", "add", "XNEW", "--class", "B", "--upfront", "20")
    told("clock", "set", "2025-12-31 23:00:00")
    answer = opened.send("1901", {"data": {"type": "gend", "admdvs": "1", "date": "2025-01-01"}})
    assert answer["respond_time"].startswith("2025123123")
    told("clock", "set", "now")
    answer = opened.send("1901", {"data": {"type": "gend", "admdvs": "1", "date": "2025-01-01"}})
    assert not answer["respond_time"].startswith("2025123123")


def test_faults_happen_once(
    opened: Any, told: Callable[..., str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setitem(platform_room._FAULT_SECONDS, "timeout", 1)
    key = flows.register(opened, "T0001")
    told("fail", "busy")
    assert "繁忙" in opened.refused("2207", flows.settling(key, 10), msgid="B")
    told("fail", "timeout", "--infno", "2207")
    opened.ok("2206", flows.settling(key, 10))
    began = time.monotonic()
    first = opened.ok("2207", flows.settling(key, 10), msgid="B")
    assert time.monotonic() - began >= 1
    assert opened.ok("2207", flows.settling(key, 10), msgid="B") == first
    told("fail", "signature")
    assert opened.send("2206", flows.settling(key, 10))["infcode"] == -1
    told("fail", "error")
    assert "内部错误" in opened.refused(
        "9001", {"signIn": {"opter_no": "1", "mac": "x", "ip": "x"}}
    )


def test_reset(opened: Any, told: Callable[..., str]) -> None:
    flows.settle(opened, "T0001", "100", acct_used_flag="1")
    told("reset")
    info = flows.settle(opened, "T0001", "100", acct_used_flag="1")
    assert info["balc"] == 3500 - info["acct_pay"]


def test_other_errors_become_answers(
    url: str,
    packs: PolicyLibrary,
    monkeypatch: pytest.MonkeyPatch,
    caplog: pytest.LogCaptureFixture,
) -> None:
    database = open_database(url)
    platform = Platform(database, packs)
    body = (
        b'{"infno":"9001","fixmedins_code":"H1",'
        b'"input":{"signIn":{"opter_no":"1","mac":"1","ip":"1"}}}'
    )
    reply = platform.answer(Received("/", {}, body))
    assert reply.infcode == -1
    assert "数据库" in reply.error
    monkeypatch.setattr(platform, "_done", lambda *_: 1 // 0)
    assert "平台内部错误" in platform.answer(Received("/", {}, body)).error
    assert "ZeroDivisionError" in caplog.text
    database.dispose()
