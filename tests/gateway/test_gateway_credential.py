"""1101 with an e-credential: it identifies its person once, for some minutes."""

from __future__ import annotations

import datetime
from concurrent.futures import ThreadPoolExecutor
from typing import Any

from yibao.access.permissions import insured_actor
from yibao.insured.enrolment.cover import now
from yibao.insured.people.credentials import VALID_FOR, show_credential

from .conftest import Client


def _asked(code: str) -> dict[str, Any]:
    data = {"mdtrt_cert_type": "01", "mdtrt_cert_no": code, "psn_cert_type": "01", "certno": ""}
    return {"data": data}


def _shown(client: Client, person: str, at: datetime.datetime | None = None) -> str:
    database = client.platform.database
    return show_credential(database, person, at or now(), actor=insured_actor(person)).code


def test_a_code_is_taken_once(client: Client) -> None:
    code = _shown(client, "wang")
    assert client.ok("1101", _asked(code))["baseinfo"]["brdy"] == "1962-05-01"
    assert "已经用过一次" in client.refused("1101", _asked(code))


def test_two_counters_at_once_take_it_once(client: Client) -> None:
    code = _shown(client, "li")
    with ThreadPoolExecutor(2) as pool:
        answers = list(pool.map(lambda _: client.send("1101", _asked(code)), range(2)))
    assert sorted(answer["infcode"] for answer in answers) == [-1, 0]


def test_an_old_a_replaced_and_an_unknown_code_are_told_apart(client: Client) -> None:
    old = _shown(client, "zhao", now() - VALID_FOR - datetime.timedelta(minutes=2))
    assert "已过期" in client.refused("1101", _asked(old))
    first = _shown(client, "zhao")
    second = _shown(client, "zhao")
    assert "已更换" in client.refused("1101", _asked(first))
    assert "无效" in client.refused("1101", _asked("YB" + "0" * 32))
    assert client.ok("1101", _asked(second))["baseinfo"]["brdy"] == "1985-06-01"
