"""The envelope: every wrapping that real clients send, and every way to be wrong."""

from __future__ import annotations

import base64
import datetime
import json
import time
import urllib.parse
from collections.abc import Callable
from typing import Any

import pytest

from yibao.gateway import crypto
from yibao.gateway.headers import HeaderKey, HeaderKeys, api_signature, tif_signature
from yibao.gateway.settings import GatewaySettings
from yibao.gateway.signing import SenderKeys

from .conftest import HOSPITAL

PERSON = {
    "data": {
        "mdtrt_cert_type": "02",
        "mdtrt_cert_no": "li",
        "psn_cert_type": "01",
        "certno": "li",
        "psn_name": "li",
    }
}


def _same(client: Any, body: Any, path: str = "/x", **more: Any) -> None:
    answer = client.post(body, path, **more).json()
    assert answer["infcode"] == 0, answer["err_msg"]
    assert answer["output"]["baseinfo"]["psn_no"] == "li"


def test_answer_is_the_national_envelope(client: Any) -> None:
    answer = client.send("1101", PERSON)
    names = "infcode inf_refmsgid refmsg_time respond_time err_msg output warn_msg cainfo signtype"
    assert set(names.split()) == set(answer)
    assert answer["infcode"] == 0
    assert len(answer["inf_refmsgid"]) == 30
    assert answer["inf_refmsgid"].startswith("140100")
    assert len(answer["respond_time"]) == 17
    assert answer["err_msg"] == ""


@pytest.mark.parametrize(
    "path",
    [
        "/fsi/api/rsfComIfsService/callService",
        "/fsi/api/rsfComIfsService/callService/1101",
        "/ebus/app/prd/hsa/hgs/1101",
        "/ebus/mbs_fsi_auth/fsi/api/fsiPsnInfoService/queryPsnInfo",
        "/csb/1101",
        "/anything",
        "/",
    ],
)
def test_any_path(client: Any, path: str) -> None:
    _same(client, client.envelope("1101", PERSON), path)


@pytest.mark.parametrize(
    "path", ["/csb/1101", "/ebus/mbs_fsi_auth/fsi/api/fsiPsnInfoService/queryPsnInfo"]
)
def test_infno_in_the_path_alone(client: Any, path: str) -> None:
    body = client.envelope("1101", PERSON)
    del body["infno"]
    _same(client, body, path)


def test_wrappings_of_the_body(client: Any) -> None:
    body = client.envelope("1101", PERSON)
    text = json.dumps(body, ensure_ascii=False)
    form = {"content-type": "application/x-www-form-urlencoded"}
    for content, headers in (
        (text, {"content-type": "text/plain"}),
        ("=" + urllib.parse.quote(text), form),
        ("=" + text, form),
        ("data=" + urllib.parse.quote_plus(text), form),
        (json.dumps(text), {"content-type": "application/json"}),
        ("\ufeff" + text, {}),
    ):
        _same(client, content.encode(), headers=headers)
    _same(client, text.encode("gbk"), headers={"content-type": "text/plain; charset=GBK"})


def test_input_as_text_and_under_another_name(client: Any) -> None:
    _same(client, client.envelope("1101", json.dumps(PERSON)))
    body = client.envelope("1101", None)
    body["Input"] = PERSON
    del body["input"]
    _same(client, body)
    _same(client, client.envelope("1101", {"data": json.dumps(PERSON["data"])}))
    _same(client, client.envelope("1101", {"data": [PERSON["data"]]}))
    _same(client, client.envelope("1101", PERSON["data"]))
    _same(client, client.envelope("1101", {"DATA": PERSON["data"]}))


@pytest.mark.parametrize("empty", [None, "", "null", "NULL", " "])
def test_empties_are_alike(client: Any, empty: Any) -> None:
    data = {**PERSON["data"], "card_sn": empty, "begntime": empty}
    _same(client, client.envelope("1101", {"data": data}, dev_no=empty))
    said = client.refused("5202", {"data": {"mdtrt_id": empty, "psn_no": "li"}})
    assert said == "input.data.mdtrt_id（就诊ID）：缺少必填项，请填写后重发"


@pytest.mark.parametrize(
    ("body", "said"),
    [
        (b"", "报文是空的"),
        (b"{", "不是合法的 JSON"),
        (b"[1]", "应是一个 JSON 对象"),
        (b"\xff\x00\x80", "UTF-8"),
        (b'{"input":{}}', "没有交易编号"),
        (b'{"infno":"12","input":{}}', "交易编号"),
        (b'{"infno":"1101","input":3}', "input"),
        (b'{"infno":"5202","fixmedins_code":"H14010500001"}', "缺少节点 data"),
        (b'{"infno":"1101","input":{"data":{}}}', "fixmedins_code"),
        (b'{"infno":"1101","input":' + b'{"a":' * 40 + b"1" + b"}" * 40 + b"}", "嵌套过深"),
        (b'{"infno":"1101","input":' + b"[" * 200_000, "嵌套过深"),
    ],
)
def test_what_is_wrong_is_said(client: Any, body: bytes, said: str) -> None:
    answer = client.post(body).json()
    assert answer["infcode"] == -1
    assert said in answer["err_msg"]
    assert answer["output"] is None


def test_a_transaction_that_is_not_offered_is_named(client: Any) -> None:
    assert "不提供交易 3601 DRG申请退出列表查询" in client.refused("3601", {})
    assert "不提供交易 9999" in client.refused("9999", {})


def test_long_bodies_are_refused_before_they_are_read(client: Any) -> None:
    answer = client.post(b"x" * (9 * 2**20))
    assert answer.status_code == 413
    _same(client, client.envelope("1101", PERSON))


def test_numbers_as_text_and_numbers_with_noise(client: Any) -> None:
    for amount in (740.1, "740.10", 740, "7.4E2", 740.1000000000001):
        said = client.refused(
            "2206",
            {
                "data": {
                    "psn_no": "li",
                    "mdtrt_cert_type": "02",
                    "mdtrt_cert_no": "x",
                    "med_type": "11",
                    "medfee_sumamt": amount,
                    "psn_setlway": "01",
                    "mdtrt_id": "none",
                    "chrg_bchno": "1",
                    "acct_used_flag": "0",
                    "insutype": "310",
                }
            },
        )
        assert "没有 li 的就诊 none" in said


def test_cors_when_asked(client: Any) -> None:
    asked = client.http.options(client.url + "/x", headers={"origin": "http://a.example"})
    assert asked.status_code == 204
    assert asked.headers["access-control-allow-origin"] == "*"
    plain = client.post(client.envelope("1101", PERSON))
    assert "access-control-allow-origin" not in plain.headers
    answer = client.post(client.envelope("1101", PERSON), headers={"origin": "http://a.example"})
    assert answer.headers["access-control-allow-origin"] == "*"


# --- headers -------------------------------------------------------------------------------------


def _api(secret: str, at: str) -> dict[str, str]:
    return {
        "_api_access_key": "ak",
        "_api_name": "api_1101",
        "_api_timestamp": at,
        "_api_version": "1.0",
        "_api_signature": api_signature(secret, "ak", "api_1101", at, "1.0"),
    }


OWN = frozenset({HOSPITAL})


def test_headers_are_verified_where_keys_are_known(start: Callable[..., Any]) -> None:
    keys = HeaderKeys(api={"ak": HeaderKey("sk", OWN)}, tif={"pass": HeaderKey("word", OWN)})
    client = start(GatewaySettings(headers=keys))
    body = client.envelope("1101", PERSON)
    now = str(int(time.time()))
    assert client.post(body, headers=_api("sk", now + "000")).json()["infcode"] == 0
    tif = {"x-tif-paasid": "pass", "x-tif-timestamp": now, "x-tif-nonce": "n"}
    signed = {**tif, "x-tif-signature": tif_signature("word", now, "n")}
    assert client.post(body, headers=signed).json()["infcode"] == 0
    late = str(int(time.time()) - 8 * 3600)
    shifted = {
        **tif,
        "x-tif-timestamp": late,
        "x-tif-nonce": "m",
        "x-tif-signature": tif_signature("word", late, "m"),
    }
    assert client.post(body, headers=shifted).json()["infcode"] == 0
    for headers in (
        {},
        _api("other", now + "000"),
        _api("sk", "1000000000000"),
        {**signed, "x-tif-signature": "0"},
        {**signed, "x-tif-paasid": "who"},
    ):
        answer = client.post(body, headers=headers)
        assert answer.status_code == 401
        assert answer.json()["code"] == 401
        assert answer.json()["message"]


def test_headers_are_not_looked_at_where_no_key_is_known(client: Any) -> None:
    _same(client, client.envelope("1101", PERSON), headers=_api("wrong", "0"))


# --- signature and encryption --------------------------------------------------------------------

PRIVATE = "00B9AB0B828FF68872F21A837FC303668428DEA11DCD1B24429D0C99E24EED83D5"
PUBLIC = (
    "B9C9A6E04E9C91F7BA880429273747D7EF5DDEB0BB2FF6317EB00BEF331A83081"
    "A6994B8993F3F5D6EADDDB81872266C87C018FB4162F5AF347B483E24620207"
)


def test_signature_and_encryption_where_configured(start: Callable[..., Any]) -> None:
    keys = SenderKeys(
        sm2_public=PUBLIC, sm4=b"0123456789abcdef", own_private=PRIVATE, own_public=PUBLIC
    )
    client = start(GatewaySettings(senders={"*": keys}))
    plain = json.dumps(PERSON, ensure_ascii=False, separators=(",", ":")).encode()
    signature = crypto.sm2_sign(plain, PRIVATE, PUBLIC)
    answer = client.send("1101", PERSON, cainfo=signature, signtype="SM2")
    assert answer["infcode"] == 0, answer["err_msg"]
    assert answer["signtype"] == "SM2"
    sealed = base64.b64encode(crypto.sm4_encrypt(plain, keys.sm4)).decode()
    answer = client.send("1101", sealed, cainfo=signature, encType="SM4")
    assert answer["infcode"] == 0, answer["err_msg"]
    opened = crypto.sm4_decrypt(base64.b64decode(answer["output"]), keys.sm4)
    assert json.loads(opened)["baseinfo"]["psn_no"] == "li"
    assert crypto.sm2_verifies(opened, answer["cainfo"], PUBLIC)
    assert "缺少签名" in client.refused("1101", PERSON)
    other = crypto.sm2_sign(plain + b" ", PRIVATE, PUBLIC)
    assert "SM2 签名对不上" in client.refused("1101", PERSON, cainfo=other)
    wrong = base64.b64encode(crypto.sm4_encrypt(plain, b"f" * 16)).decode()
    assert "解不开" in client.refused("1101", wrong, cainfo=signature)


def test_envelope_signature_of_other_clients(start: Callable[..., Any]) -> None:
    client = start(GatewaySettings(senders={"*": SenderKeys(sm2_public=PUBLIC)}))
    body = client.envelope("1101", PERSON)
    signed_fields = {name: value for name, value in body.items() if name != "input" and value != ""}
    text = "&".join(f"{name}={signed_fields[name]}" for name in sorted(signed_fields))
    signed = crypto.sm2_sign(text.encode(), PRIVATE, PUBLIC)
    _same(client, {**body, "cainfo": signed})


def test_a_digest_without_key_is_no_reason_to_refuse(client: Any) -> None:
    _same(client, client.envelope("1101", PERSON, signtype="SM3", cainfo="0000"))


def test_encrypted_input_without_keys_is_refused(client: Any) -> None:
    assert "没有登记这家机构的 SM4 密钥" in client.refused("1101", "AAAA")


def test_strict_refuses_what_a_sandbox_lets_pass(start: Callable[..., Any]) -> None:
    client = start(GatewaySettings(strict=True))
    assert "报文头缺少必填项" in client.refused("1101", PERSON, opter="")
    unknown = {"data": {**PERSON["data"], "certno": "nobody", "mdtrt_cert_no": "nobody"}}
    assert "没有这个证件号码" in client.refused("1101", unknown)


def test_an_unknown_institution_is_refused(client: Any) -> None:
    said = client.refused("1101", {"data": {**PERSON["data"], "certno": "n1"}}, fixmedins_code="H9")
    assert "没有登记机构 H9" in said


def test_clock_can_be_set(client: Any) -> None:
    at = datetime.datetime(2025, 7, 1, 12, tzinfo=datetime.UTC)
    client.platform.clock.set(at)
    answer = client.send("1101", PERSON)
    assert answer["respond_time"].startswith("20250701200")
