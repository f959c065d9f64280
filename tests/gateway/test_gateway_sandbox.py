"""The sandbox: what it holds, situations told to it, and the inspector."""

from __future__ import annotations

import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import httpx
import msgspec
import pytest
from click.testing import CliRunner
from sqlalchemy import select

from yibao.cli.sandbox import sandbox
from yibao.database.unit import open_database
from yibao.exchange import control
from yibao.exchange.tables import exchange_settlement
from yibao.gateway import crypto
from yibao.gateway.message import Received
from yibao.gateway.platform import Platform
from yibao.gateway.sandbox import open_sandbox, seed
from yibao.gateway.settings import GatewaySettings
from yibao.gateway.signing import SenderKeys
from yibao.messages import text_of
from yibao.policy.compile import PolicyLibrary

from ..support.serving import SECONDS, wait_until
from . import flows
from .conftest import Client


@pytest.fixture
def url(sandbox_url: str) -> str:
    """The store of a new sandbox."""
    return sandbox_url


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
    for person in seed()["people"]:
        assert person["psn_no"] in shown
        data = {"mdtrt_cert_type": "02", "mdtrt_cert_no": person["number"], "psn_cert_type": "01"}
        data |= {"certno": person["number"], "psn_name": person["name"]}
        answer = opened.ok("1101", {"data": data})
        assert answer["baseinfo"]["psn_no"] == person["psn_no"]
        assert answer["baseinfo"]["brdy"] == person["birth"].isoformat()
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


def test_a_crossed_ceiling(opened: Any, told: Callable[..., str]) -> None:
    """What the year has used is at the ceiling but for one yuan; the rest is the upper layer's."""
    told("person", "add", "C1", "--used", "2025=79999")
    told("person", "add", "C2")
    crossed, plain = (_stay(opened, person) for person in ("C1", "C2"))
    assert crossed["hifp_pay"] == 1
    assert plain["hifp_pay"] > crossed["hifp_pay"]
    assert crossed["hifob_pay"] > 0
    cum = opened.ok("5206", {"data": {"psn_no": "C1", "cum_ym": "2025"}})["cuminfo"]
    assert {row["cum_type_code"]: row["cum"] for row in cum}["D310100_BIZ21"] == 80_000


def _stay(client: Any, person: str) -> dict[str, Any]:
    key = flows.admit(client, person)
    request = flows.stay_settling(key, "20000", dscgTime="2025-03-09 10:00:00")
    info: dict[str, Any] = client.ok("2304", request)["setlinfo"]
    return info


def test_a_waiting_period_is_told_by_1101_and_2001(opened: Any, told: Callable[..., str]) -> None:
    told("clock", "set", "2025-06-15 10:00:00")
    told(
        "person", "add", "W2", "--scheme", "resident", "--number", "140100198001010095",
        "--paid", "2024=2023-10-20", "--paid", "2025=2025-06-01",
    )  # fmt: skip
    who = {"mdtrt_cert_type": "02", "mdtrt_cert_no": "140100198001010095", "psn_cert_type": "01"}
    answer = opened.ok("1101", {"data": {**who, "certno": "140100198001010095", "psn_name": "x"}})
    assert answer["insuinfo"][0]["psn_insu_stas"] == "2"
    asked = {"psn_no": "W2", "insutype": "390", "fixmedins_code": "H14010500001"}
    asked |= {"med_type": "11", "begntime": "2025-06-15 10:00:00"}
    for checked in opened.ok("2001", {"data": asked})["trtinfo"]:
        assert checked["trt_enjymnt_flag"] == "0"
        assert checked["trt_chk_rslt"]


# --- faults --------------------------------------------------------------------------------------


def _settled(opened: Any, message: str) -> bool:
    query = select(exchange_settlement.c.message_id)
    stored = opened.platform.database.read(lambda unit: unit.run(query).scalars().all())
    return message in stored


def test_a_timeout_comes_after_the_commit(opened: Any, told: Callable[..., str]) -> None:
    """The client hears nothing; sending again, asking and reversing all find it done."""
    key = flows.register(opened, "T0001")
    told("fail", "timeout", "--infno", "2207", "--seconds", "30")
    opened.ok("2206", flows.settling(key, 10))  # not this one
    hurried = httpx.Client(timeout=httpx.Timeout(SECONDS, read=1.5), trust_env=False)
    message = opened.envelope("2207", flows.settling(key, 10), msgid="B")
    with pytest.raises(httpx.ReadTimeout), hurried:
        hurried.post(opened.url, json=message)
    wait_until(lambda: _settled(opened, "B"), "the commit")
    again = opened.ok("2207", flows.settling(key, 10), msgid="B")["setlinfo"]
    asked = {**key, "setl_id": again["setl_id"]}
    assert opened.ok("5203", {"data": asked})["setlinfo"]["medins_setl_id"] == "B"
    unknown = {"psn_no": "T0001", "omsgid": "B", "oinfno": "2207"}
    opened.ok("2601", {"data": unknown})
    assert opened.ok("5203", {"data": asked})["setlinfo"]["refd_setl_flag"] == "1"


def test_a_slow_answer_is_the_right_one(opened: Any, told: Callable[..., str]) -> None:
    key = flows.register(opened, "T0001")
    told("fail", "slow", "--seconds", "1")
    began = time.monotonic()
    slow = opened.ok("2206", flows.settling(key, 10))["setlinfo"]
    assert time.monotonic() - began >= 1
    assert control.take_fault(opened.platform.database, "2206") is None
    quick = opened.ok("2206", flows.settling(key, 10))["setlinfo"]
    assert slow["psn_part_amt"] == quick["psn_part_amt"]


def test_a_wrong_signature_is_wrong_once(
    packs: PolicyLibrary, url: str, told: Callable[..., str], start: Callable[..., Any]
) -> None:
    private, public = crypto.new_sm2_pair()
    keys = {"*": SenderKeys(own_private=private, own_public=public)}
    client = start(GatewaySettings(sandbox=True, senders=keys), database=open_sandbox(packs, url))
    asked = client.envelope("1901", {"data": {"type": "gend", "admdvs": "1", "date": "2025-01-01"}})

    def verifies() -> bool:
        answer = client.post(asked).content
        parts = msgspec.json.decode(answer, type=dict[str, msgspec.Raw])
        said = msgspec.json.decode(parts["cainfo"])
        return crypto.sm2_verifies(bytes(parts["output"]), said, public)

    assert verifies()
    told("fail", "signature")
    assert not verifies()
    assert verifies()


def test_nothing_is_done_where_the_platform_says_busy_or_broken(
    opened: Any, told: Callable[..., str]
) -> None:
    key = flows.register(opened, "T0001")
    told("fail", "busy")
    assert "繁忙" in opened.refused("2207", flows.settling(key, 10), msgid="B")
    told("fail", "error")
    assert "内部错误" in opened.refused("2207", flows.settling(key, 10), msgid="B")
    info = opened.ok("2207", flows.settling(key, 10), msgid="B")["setlinfo"]
    days = {"begntime": "2025-01-01", "endtime": "2099-12-31", "med_type": "11"}
    visits = opened.ok("5201", {"data": {**days, "psn_no": "T0001"}})["mdtrtinfo"]
    assert [visit["mdtrt_id"] for visit in visits] == [info["mdtrt_id"]]


def test_reset(opened: Any, told: Callable[..., str]) -> None:
    flows.settle(opened, "T0001", "100", acct_used_flag="1")
    told("reset")
    info = flows.settle(opened, "T0001", "100", acct_used_flag="1")
    assert info["balc"] == 3500 - info["acct_pay"]


def test_other_errors_become_answers(
    tmp_path: Path,
    packs: PolicyLibrary,
    monkeypatch: pytest.MonkeyPatch,
    caplog: pytest.LogCaptureFixture,
) -> None:
    database = open_database(f"sqlite:///{tmp_path / 'empty.db'}")
    platform = Platform(database, packs)
    head = Client("", platform).envelope(
        "9001", {"signIn": {"opter_no": "1", "mac": "1", "ip": "1"}}
    )
    body = msgspec.json.encode(head)
    reply = platform.answer(Received("/", {}, body))
    assert reply.infcode == -1
    assert "数据库" in text_of(reply.error)
    monkeypatch.setattr(platform, "_answer_of", lambda *_: 1 // 0)
    assert "平台内部错误" in text_of(platform.answer(Received("/", {}, body)).error)
    assert "ZeroDivisionError" in caplog.text
    database.dispose()
