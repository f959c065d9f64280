"""Whose key it is, and what is used up: nobody speaks for another, and nothing comes twice."""

from __future__ import annotations

import base64
import json
import time
import uuid
from collections.abc import Callable, Mapping
from typing import Any

import pytest

from yibao.gateway import crypto
from yibao.gateway.headers import tif_signature
from yibao.gateway.settings import GatewaySettings
from yibao.gateway.signing import SenderKeys

from .conftest import HOSPITAL, SECOND
from .walk import (
    FIRST_KEY,
    KEYS,
    REGISTRATION,
    SECOND_KEY,
    VISITS,
    answer,
    rows,
    settled,
    walk,
)


def test_a_key_of_one_hospital_reverses_and_reads_nothing_of_another(
    start: Callable[..., Any],
) -> None:
    client = start(GatewaySettings(headers=KEYS))
    info = settled(client)
    asked = {"data": {name: info[name] for name in ("psn_no", "mdtrt_id", "setl_id")}}
    before = rows(client.platform.database)
    for infno in ("2208", "5203", "5204"):
        # It says that it is the first: its key does not.
        refused = client.post(client.envelope(infno, asked), headers=SECOND_KEY)
        assert refused.status_code == 401
        assert f"不代表机构 {HOSPITAL}" in refused.json()["message"]
        # It says who it is: the settlement is not its own.
        honest = client.envelope(infno, asked, fixmedins_code=SECOND)
        assert answer(client, honest, SECOND_KEY)["infcode"] == -1
    assert rows(client.platform.database) == before
    assert answer(client, client.envelope("5203", asked), FIRST_KEY)["infcode"] == 0
    assert answer(client, client.envelope("2208", asked), FIRST_KEY)["infcode"] == 0


def _tif(nonce: str) -> dict[str, str]:
    now = str(int(time.time()))
    return {
        "x-tif-paasid": "first",
        "x-tif-timestamp": now,
        "x-tif-nonce": nonce,
        "x-tif-signature": tif_signature("word", now, nonce),
    }


def test_a_nonce_is_not_taken_twice_and_a_write_sent_again_gets_itsanswer(
    start: Callable[..., Any],
) -> None:
    client = start(GatewaySettings(headers=KEYS))
    write, headers = client.envelope("2201", REGISTRATION), _tif("write")
    first = answer(client, write, headers)
    assert first["infcode"] == 0, first["err_msg"]
    before = rows(client.platform.database)
    assert answer(client, write, headers)["output"] == first["output"]
    other = client.envelope("2201", REGISTRATION)
    for body in (other, {**write, "inf_time": "2025-03-10 09:00:00"}):
        assert "已经用过" in answer(client, body, headers)["message"]
    assert rows(client.platform.database) == before
    read, headers = client.envelope("5201", VISITS), _tif("read")
    assert answer(client, read, headers)["infcode"] == 0
    assert client.post(read, headers=headers).status_code == 401
    assert answer(client, read, _tif(uuid.uuid4().hex))["infcode"] == 0


def test_a_nonce_is_used_up_for_every_process(start: Callable[..., Any]) -> None:
    client = start(GatewaySettings(headers=KEYS))
    again = start(GatewaySettings(headers=KEYS), database=client.platform.database)
    read, headers = client.envelope("5201", VISITS), _tif("shared")
    assert answer(client, read, headers)["infcode"] == 0
    assert again.post(read, headers=headers).status_code == 401


PRIVATE, PUBLIC = crypto.new_sm2_pair()


def _signed(text: bytes) -> dict[str, str]:
    return {"cainfo": crypto.sm2_sign(text, PRIVATE, PUBLIC), "signtype": "SM2"}


def _over_the_rest(body: Mapping[str, Any]) -> dict[str, Any]:
    """Signed over the fields around ``input``, by name, as some clients do."""
    fields = {**body, "signtype": "SM2"}
    names = sorted(name for name, value in fields.items() if name != "input" and value)
    text = "&".join(f"{name}={fields[name]}" for name in names)
    return {**fields, **_signed(text.encode())}


@pytest.mark.parametrize(
    "written",
    [
        {"ensure_ascii": False},
        {"ensure_ascii": False, "separators": (",", ":")},
        {"ensure_ascii": False, "separators": (",", ":"), "sort_keys": True},
    ],
)
def test_a_signature_over_the_input_covers_it(
    start: Callable[..., Any], written: dict[str, Any]
) -> None:
    """Whichever way the sender writes the input down, another input is refused."""
    client = start(GatewaySettings(senders={HOSPITAL: SenderKeys(sm2_public=PUBLIC)}))
    head = {**client.envelope("2201", {}), **_signed(json.dumps(REGISTRATION, **written).encode())}
    del head["input"]
    forged = {"data": {**REGISTRATION["data"], "psn_no": "zhang"}}
    right, wrong = (
        json.dumps(content, ensure_ascii=False, sort_keys="sort_keys" in written)
        for content in (REGISTRATION, forged)
    )
    start_of_body = json.dumps(head, ensure_ascii=False)[:-1]
    relayed = json.dumps({**head, "input": forged}, ensure_ascii=False)
    relay = f'"path": "/fsi/2201", "method": "POST", "body": {relayed}'
    before = rows(client.platform.database)
    for body in (
        f'{start_of_body}, "input": {wrong}}}',
        # The one that is signed stands beside the one that would be read.
        f'{start_of_body}, "input": {right}, "Input": {wrong}}}',
        f'{{"input": {right}, {relay}}}',
    ):
        refused = client.post(body.encode()).json()
        assert "SM2 签名对不上" in refused["err_msg"], body
    assert rows(client.platform.database) == before
    taken = client.post(f'{start_of_body}, "input": {right}}}'.encode())
    assert taken.json()["infcode"] == 0, taken.text


def test_a_signature_over_the_rest_is_good_for_one_input(start: Callable[..., Any]) -> None:
    client = start(GatewaySettings(senders={HOSPITAL: SenderKeys(sm2_public=PUBLIC)}))
    for infno, content in (("2201", REGISTRATION), ("5201", VISITS)):
        body = _over_the_rest(client.envelope(infno, content))
        first = answer(client, body, {})
        assert first["infcode"] == 0, first["err_msg"]
        before = rows(client.platform.database)
        other = {"data": {**content["data"], "begntime": "2025-03-10 09:00:00"}}
        assert "已经用过" in answer(client, {**body, "input": other}, {})["message"]
        assert rows(client.platform.database) == before


def test_a_signature_is_for_one_message(start: Callable[..., Any]) -> None:
    private, public = PRIVATE, PUBLIC
    client = start(GatewaySettings(senders={HOSPITAL: SenderKeys(sm2_public=public)}))
    text = json.dumps(REGISTRATION, ensure_ascii=False, separators=(",", ":")).encode()
    signed = {"cainfo": crypto.sm2_sign(text, private, public), "signtype": "SM2"}
    body = client.envelope("2201", REGISTRATION, **signed)
    first = answer(client, body, {})
    assert first["infcode"] == 0, first["err_msg"]
    before = rows(client.platform.database)
    assert answer(client, body, {})["output"] == first["output"]
    for spelling in (signed["cainfo"], base64.b64decode(signed["cainfo"]).hex().upper()):
        other = client.envelope("2201", REGISTRATION, cainfo=spelling, signtype="SM2")
        assert "已经用过" in answer(client, other, {})["message"]
    # Where signatures are the keys, an institution without one is nobody.
    unsigned = client.envelope("2201", REGISTRATION, fixmedins_code=SECOND)
    assert "没有登记这家机构的公钥" in answer(client, unsigned, {})["err_msg"]
    assert rows(client.platform.database) == before


def test_no_transaction_changes_or_reads_what_another_institution_did(
    start: Callable[..., Any],
) -> None:
    """From the registry: a transaction that is added tomorrow is tried here by itself."""
    tally = walk(start(GatewaySettings(headers=KEYS)))
    assert tally.faults == []
    assert len(tally.operations) > 60
    assert tally.denied > 180
