"""Whose key it is, and what is used up: nobody speaks for another, and nothing comes twice."""

from __future__ import annotations

import base64
import json
import time
import uuid
from collections.abc import Callable, Mapping
from typing import Any

import pytest
from sqlalchemy import select

from yibao.database.schema import whole_schema
from yibao.database.unit import Database
from yibao.gateway import crypto
from yibao.gateway.fields import transactions
from yibao.gateway.headers import HeaderKey, HeaderKeys, tif_signature
from yibao.gateway.registry import HANDLERS
from yibao.gateway.settings import GatewaySettings
from yibao.gateway.signing import SenderKeys

from . import flows
from .conftest import HOSPITAL, SECOND

_KEYS = HeaderKeys(
    bearer=(
        HeaderKey("first", frozenset({HOSPITAL})),
        HeaderKey("second", frozenset({SECOND})),
    ),
    tif={"first": HeaderKey("word", frozenset({HOSPITAL}))},
)
_FIRST = {"authorization": "Bearer first"}
_SECOND = {"authorization": "Bearer second"}
_CHAIN = ("sequence", "head")
"""Where a person's chain ends moves with every look at the record."""
_OF_THE_PERSON = {"account", "person"}
"""What a visit at any institution changes: people go where they like."""
REGISTRATION = {
    "data": {
        **flows.CERT,
        **flows.DEPARTMENT,
        "psn_no": "li",
        "begntime": "2025-03-10 08:00:00",
        "ipt_otp_no": "M1",
    }
}
VISITS = {
    "data": {
        "psn_no": "li",
        "begntime": "2025-03-10 08:00:00",
        "endtime": "2025-03-11 08:00:00",
        "med_type": "11",
    }
}


def _rows(database: Database) -> dict[str, set[str]]:
    """Every row of every table; of people without where their chains end."""

    def read(unit: Any) -> dict[str, set[str]]:
        return {
            table.name: {
                str([value for name, value in row._asdict().items() if name not in _CHAIN])
                for row in unit.run(select(table))
            }
            for table in whole_schema().sorted_tables
            if table.name != "exchange_nonce"
        }

    return database.read(read)


def _answer(client: Any, body: Any, headers: Mapping[str, str]) -> dict[str, Any]:
    answer: dict[str, Any] = client.post(body, headers=dict(headers)).json()
    return answer


def _output(client: Any, infno: str, content: Any) -> dict[str, Any]:
    answer = _answer(client, client.envelope(infno, content), _FIRST)
    assert answer["infcode"] == 0, answer["err_msg"]
    output: dict[str, Any] = answer["output"]
    return output


def _settled(client: Any) -> dict[str, Any]:
    """A settlement of the first hospital."""
    registered = _output(client, "2201", REGISTRATION)["data"]
    key = {name: registered[name] for name in ("psn_no", "mdtrt_id")}
    info: dict[str, Any] = _output(client, "2207", flows.settling(key, "100.00"))["setlinfo"]
    return info


def test_a_key_of_one_hospital_reverses_and_reads_nothing_of_another(
    start: Callable[..., Any],
) -> None:
    client = start(GatewaySettings(headers=_KEYS))
    info = _settled(client)
    asked = {"data": {name: info[name] for name in ("psn_no", "mdtrt_id", "setl_id")}}
    before = _rows(client.platform.database)
    for infno in ("2208", "5203", "5204"):
        # It says that it is the first: its key does not.
        refused = client.post(client.envelope(infno, asked), headers=_SECOND)
        assert refused.status_code == 401
        assert f"不代表机构 {HOSPITAL}" in refused.json()["message"]
        # It says who it is: the settlement is not its own.
        honest = client.envelope(infno, asked, fixmedins_code=SECOND)
        assert _answer(client, honest, _SECOND)["infcode"] == -1
    assert _rows(client.platform.database) == before
    assert _answer(client, client.envelope("5203", asked), _FIRST)["infcode"] == 0
    assert _answer(client, client.envelope("2208", asked), _FIRST)["infcode"] == 0


def _tif(nonce: str) -> dict[str, str]:
    now = str(int(time.time()))
    return {
        "x-tif-paasid": "first",
        "x-tif-timestamp": now,
        "x-tif-nonce": nonce,
        "x-tif-signature": tif_signature("word", now, nonce),
    }


def test_a_nonce_is_not_taken_twice_and_a_write_sent_again_gets_its_answer(
    start: Callable[..., Any],
) -> None:
    client = start(GatewaySettings(headers=_KEYS))
    write, headers = client.envelope("2201", REGISTRATION), _tif("write")
    first = _answer(client, write, headers)
    assert first["infcode"] == 0, first["err_msg"]
    before = _rows(client.platform.database)
    assert _answer(client, write, headers)["output"] == first["output"]
    other = client.envelope("2201", REGISTRATION)
    for body in (other, {**write, "inf_time": "2025-03-10 09:00:00"}):
        assert "已经用过" in _answer(client, body, headers)["message"]
    assert _rows(client.platform.database) == before
    read, headers = client.envelope("5201", VISITS), _tif("read")
    assert _answer(client, read, headers)["infcode"] == 0
    assert client.post(read, headers=headers).status_code == 401
    assert _answer(client, read, _tif(uuid.uuid4().hex))["infcode"] == 0


def test_a_nonce_is_used_up_for_every_process(start: Callable[..., Any]) -> None:
    client = start(GatewaySettings(headers=_KEYS))
    again = start(GatewaySettings(headers=_KEYS), database=client.platform.database)
    read, headers = client.envelope("5201", VISITS), _tif("shared")
    assert _answer(client, read, headers)["infcode"] == 0
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
    before = _rows(client.platform.database)
    for body in (
        f'{start_of_body}, "input": {wrong}}}',
        # The one that is signed stands beside the one that would be read.
        f'{start_of_body}, "input": {right}, "Input": {wrong}}}',
        f'{{"input": {right}, {relay}}}',
    ):
        refused = client.post(body.encode()).json()
        assert "SM2 签名对不上" in refused["err_msg"], body
    assert _rows(client.platform.database) == before
    taken = client.post(f'{start_of_body}, "input": {right}}}'.encode())
    assert taken.json()["infcode"] == 0, taken.text


def test_a_signature_over_the_rest_is_good_for_one_input(start: Callable[..., Any]) -> None:
    client = start(GatewaySettings(senders={HOSPITAL: SenderKeys(sm2_public=PUBLIC)}))
    for infno, content in (("2201", REGISTRATION), ("5201", VISITS)):
        body = _over_the_rest(client.envelope(infno, content))
        first = _answer(client, body, {})
        assert first["infcode"] == 0, first["err_msg"]
        before = _rows(client.platform.database)
        other = {"data": {**content["data"], "begntime": "2025-03-10 09:00:00"}}
        assert "已经用过" in _answer(client, {**body, "input": other}, {})["message"]
        assert _rows(client.platform.database) == before


def test_a_signature_is_for_one_message(start: Callable[..., Any]) -> None:
    private, public = PRIVATE, PUBLIC
    client = start(GatewaySettings(senders={HOSPITAL: SenderKeys(sm2_public=public)}))
    text = json.dumps(REGISTRATION, ensure_ascii=False, separators=(",", ":")).encode()
    signed = {"cainfo": crypto.sm2_sign(text, private, public), "signtype": "SM2"}
    body = client.envelope("2201", REGISTRATION, **signed)
    first = _answer(client, body, {})
    assert first["infcode"] == 0, first["err_msg"]
    before = _rows(client.platform.database)
    assert _answer(client, body, {})["output"] == first["output"]
    for spelling in (signed["cainfo"], base64.b64decode(signed["cainfo"]).hex().upper()):
        other = client.envelope("2201", REGISTRATION, cainfo=spelling, signtype="SM2")
        assert "已经用过" in _answer(client, other, {})["message"]
    # Where signatures are the keys, an institution without one is nobody.
    unsigned = client.envelope("2201", REGISTRATION, fixmedins_code=SECOND)
    assert "没有登记这家机构的公钥" in _answer(client, unsigned, {})["err_msg"]
    assert _rows(client.platform.database) == before


# --- every transaction, by another institution ---------------------------------------------------

_VALUES = {"date": "2025-03-10", "datetime": "2025-03-10 08:00:00", "num": "1"}


def _content(infno: str, named: Mapping[str, str]) -> dict[str, Any]:
    """An input with every field of the table, and the names of another institution's things."""
    content: dict[str, Any] = {}
    for node in transactions()[infno].input:
        row = {
            field.name: named.get(field.name, _VALUES.get(field.type, "1"))
            for field in node.fields.values()
        }
        if node.name:
            content[node.name] = [row] if node.many else row
        else:
            content |= row
    return content


def test_no_transaction_changes_or_reads_what_another_institution_did(
    start: Callable[..., Any],
) -> None:
    """From the registry: a transaction that is added tomorrow is tried here by itself."""
    client = start(GatewaySettings(headers=_KEYS))
    info = _settled(client)
    uploaded = _output(
        client, "9101", {"fsUploadIn": {"in": "QUJDUUFCQw==", "filename": "own.txt"}}
    )
    disease = {"psn_no": "li", "opsp_dise_code": "hypertension", "begndate": "2025-03-10"}
    filed = _output(client, "2503", {"data": disease})
    named = {
        "psn_no": info["psn_no"],
        "psnNo": info["psn_no"],
        "mdtrt_id": info["mdtrt_id"],
        "mdtrtId": info["mdtrt_id"],
        "setl_id": info["setl_id"],
        "omsgid": info["medins_setl_id"],
        "oinfno": "2207",
        "trt_dcla_detl_sn": filed["result"]["trt_dcla_detl_sn"],
        "file_qury_no": uploaded["file_qury_no"],
        "fixmedins_code": HOSPITAL,
    }
    before = _rows(client.platform.database)
    offered = sorted(HANDLERS.keys() & transactions().keys())
    assert len(offered) > 60
    for infno in offered:
        body = client.envelope(infno, _content(infno, named), fixmedins_code=SECOND)
        response = client.post(body, headers=_SECOND)
        assert response.status_code == 200, (infno, response.text)
        assert b"ABCQABC" not in response.content, infno
        assert "own.txt" not in response.text, infno
        if response.headers["content-type"] != "application/octet-stream":
            answer = response.json()
            told = json.dumps(answer["output"], ensure_ascii=False)
            assert answer["infcode"] == -1 or info["setl_id"] not in told, infno
            assert "平台内部错误" not in (answer["err_msg"] or ""), (infno, answer)
        after = _rows(client.platform.database)
        # Its own call may add rows, as a message that is kept; none that stood is another now.
        gone = {
            name: rows - after[name]
            for name, rows in before.items()
            if name not in _OF_THE_PERSON and rows - after[name]
        }
        assert not gone, (infno, gone)
        refused = client.post({**body, "fixmedins_code": HOSPITAL}, headers=_SECOND)
        assert refused.status_code == 401, infno
        assert _rows(client.platform.database) == after, infno
    # Nobody has reversed what the first hospital settled: it can.
    asked = {"data": {name: info[name] for name in ("psn_no", "mdtrt_id", "setl_id")}}
    assert _answer(client, client.envelope("2208", asked), _FIRST)["infcode"] == 0
