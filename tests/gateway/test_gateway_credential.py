"""1101 with an e-credential: it identifies its person once, for some minutes."""

from __future__ import annotations

import datetime
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import pytest

from yibao.access.errors import DeniedError
from yibao.access.permissions import institution_actor, insured_actor
from yibao.access.ties import tie_faults
from yibao.database.unit import Database
from yibao.errors import InputError, RefusedError
from yibao.insured.enrolment.cover import now
from yibao.insured.people.activations import (
    activate_credential,
    activation_of,
    end_credential,
)
from yibao.insured.people.credentials import VALID_FOR, show_credential
from yibao.record.used import held_state

from .conftest import Client


def _asked(code: str) -> dict[str, Any]:
    data = {"mdtrt_cert_type": "01", "mdtrt_cert_no": code, "psn_cert_type": "01", "certno": ""}
    return {"data": data}


def activated(database: Database, person: str) -> None:
    """Active for where the person is insured, once."""
    known = database.read(lambda unit: (activation_of(unit, person), held_state(unit, person)[0]))
    if known[0] is None:
        area = known[1].enrolments[-1].area
        activate_credential(database, person, area, now(), actor=insured_actor(person))


def _shown(client: Client, person: str, at: datetime.datetime | None = None) -> str:
    database = client.platform.database
    activated(database, person)
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


def test_a_code_of_one_that_was_given_up_is_not_taken(client: Client) -> None:
    database, actor = client.platform.database, insured_actor("wang")
    code = _shown(client, "wang")
    end_credential(database, "wang", now(), actor=actor)
    assert "无效" in client.refused("1101", _asked(code))
    with pytest.raises(RefusedError, match="没有激活"):
        show_credential(database, "wang", now(), actor=actor)
    assert client.ok("1101", _asked(_shown(client, "wang")))["baseinfo"]["brdy"] == "1962-05-01"


def test_only_the_bound_device_shows_it_and_another_takes_it_over(client: Client) -> None:
    database, actor = client.platform.database, insured_actor("li")
    area = database.read(lambda unit: held_state(unit, "li")[0]).enrolments[-1].area
    activate_credential(database, "li", area, now(), actor=actor, device="old")
    code = show_credential(database, "li", now(), actor=actor, device="old").code
    with pytest.raises(RefusedError, match="另一台"):
        show_credential(database, "li", now(), actor=actor, device="new")
    again = activate_credential(database, "li", area, now(), actor=actor, device="new")
    assert again["rebound"]
    assert "无效" in client.refused("1101", _asked(code))
    with pytest.raises(RefusedError, match="另一台"):
        show_credential(database, "li", now(), actor=actor, device="old")
    for other in (insured_actor("wang"), institution_actor("H001")):
        with pytest.raises(DeniedError):
            end_credential(database, "li", now(), actor=other)
        with pytest.raises(DeniedError):
            activate_credential(database, "li", area, now(), actor=other)
    with pytest.raises(InputError):
        activate_credential(database, "li", "999999", now(), actor=actor)
    assert list(tie_faults(database, ["li"])) == []
