"""Every transaction as each known client writes it: paths, headers, wrappings, node names."""

from __future__ import annotations

import base64
import json
import re
import time
import uuid
from collections.abc import Callable
from dataclasses import dataclass, replace
from decimal import Decimal
from typing import Any

import httpx
import pytest

from rehearsal import Rehearsal
from yibao.gateway import crypto
from yibao.gateway.fields import service_paths, transactions
from yibao.gateway.headers import HeaderKey, HeaderKeys, api_signature, tif_signature
from yibao.gateway.registry import ALIASES
from yibao.gateway.sandbox import open_sandbox
from yibao.gateway.settings import GatewaySettings
from yibao.gateway.signing import SenderKeys
from yibao.policy.compile import PolicyLibrary

from .conftest import HOSPITAL, PHARMACY, SECOND

_SERVICES = {infno: path for path, infno in service_paths().items()}
_CLIENT_ID = "sandbox-app-0001"
_PRIVATE = "3945208f7b2144b13f36e38ac6d39f95889393692860b51a42fb81ef4df7c5b8"
_PUBLIC = (
    "09f9df311e5421a150dd7d161e4bc5c672179fad1833fc076bb08ff356f35020"
    "ccea490ce26775a52dc6ea718cc1aa600aed05fbf35e084a6632f6072da9ad13"
)
_NODES_OF_G = {
    **dict.fromkeys(("2201", "2202", "2206", "2206A", "2207", "2207A", "2208"), "mdtrtinfo"),
    **dict.fromkeys(("2304", "2305", "2402", "2403"), "mdtrtinfo"),
    **dict.fromkeys(("2404", "2405", "2601", "3201", "3202", "9002"), ""),
    "2302": "feeinfo",
    "9001": "data",
}
"""Under which name, or none, one client sends the first node."""
_ONLY_IN_H = ("fulamt_ownpay_amt", "overlmt_selfpay", "preselfpay_amt", "ipt_no")


@dataclass(frozen=True)
class Sent:
    """A request as it goes out."""

    envelope: dict[str, Any]
    path: str = "/fsi/api/rsfComIfsService/callService"
    headers: dict[str, str] | None = None
    body: bytes | None = None


def _first(infno: str) -> str:
    return transactions()[ALIASES.get(infno, infno)].input[0].name


def _renamed(infno: str, content: dict[str, Any], name: str) -> dict[str, Any]:
    """The first node under another name; none: its fields directly in ``input``."""
    first = _first(infno)
    if first not in content:
        return content
    row = content[first]
    rest = {other: value for other, value in content.items() if other != first}
    if name:
        return {name: row, **rest}
    return {**(row[0] if isinstance(row, list) else row), **rest}


def _each(value: Any, change: Callable[[Any], Any]) -> Any:
    if isinstance(value, dict):
        return {name: _each(part, change) for name, part in value.items()}
    if isinstance(value, list):
        return [_each(part, change) for part in value]
    return change(value)


def _numbers(value: Any) -> Any:
    """Amounts as JSON numbers, as typed models write them."""
    if isinstance(value, str) and re.fullmatch(r"-?\d{1,6}\.\d{1,6}", value):
        return float(value)
    return value


def _emptied(value: Any) -> Any:
    return "null" if value == "" else value


def _guangdong(sent: Sent) -> Sent:
    """C#, ebus path, own node names, numbers, an SM3 digest of no JSON, a short msgid."""
    content, infno = sent.envelope["input"], sent.envelope["infno"]
    content = _renamed(infno, content, _NODES_OF_G.get(infno, _first(infno)))
    for row in content.values():
        if isinstance(row, dict):
            for name in _ONLY_IN_H:
                row.pop(name, None)
            if "dscg_dept_codg" in row:
                row["dscg_dept_code"] = row.pop("dscg_dept_codg")
    stamp, nonce = str(int(time.time())), uuid.uuid4().hex
    head = {
        **sent.envelope,
        "signtype": "SM3",
        "cainfo": crypto.sm3(b"Model.Input").hex(),
        "recer_admdvs": "140100",
        "input": _each(content, _numbers),
    }
    headers = {
        "x-tif-paasid": "p",
        "x-tif-timestamp": stamp,
        "x-tif-nonce": nonce,
        "x-tif-signature": tif_signature("s", stamp, nonce),
    }
    return replace(sent, envelope=head, path=f"/ebus/app/prd/hsa/hgs/{infno}", headers=headers)


def _zhongshan(sent: Sent) -> Sent:
    """Java, text/plain, the text null for every empty value, version 1.0."""
    head = _each({**sent.envelope, "infver": "1.0", "recer_sys_code": "01"}, _emptied)
    head["opter_type"] = 1
    headers = {"content-type": "text/plain;charset=UTF-8"}
    return replace(
        sent, envelope=head, path=f"/ebus/app/poc/hsa/hgs/{head['infno']}", headers=headers
    )


def _pharmacy(sent: Sent) -> Sent:
    """Go, Input with a capital, the transaction in the path alone."""
    head = {name: value for name, value in sent.envelope.items() if name not in ("input", "infno")}
    infno = sent.envelope["infno"]
    return replace(sent, envelope={**head, "Input": sent.envelope["input"]}, path=f"/csb/{infno}")


def _hebei(sent: Sent) -> Sent:
    """C#, the transaction only as a service path, where it has one."""
    infno = sent.envelope["infno"]
    if infno not in _SERVICES:
        return replace(sent, path="/ebus/mbs_fsi_auth")
    head = {name: value for name, value in sent.envelope.items() if name != "infno"}
    return replace(sent, envelope=head, path="/ebus/mbs_fsi_auth" + _SERVICES[infno])


def _hubei(sent: Sent) -> Sent:
    """Java, input as JSON text, an SM2 signature that nobody can check."""
    text = json.dumps(sent.envelope["input"], ensure_ascii=False)
    head = {**sent.envelope, "input": text, "enc_type": "", "signtype": "SM2", "cainfo": "MEUCIQ=="}
    return replace(sent, envelope=head, path="/hsa-mdtrt/api/medical/insurance")


def _jilin(sent: Sent) -> Sent:
    """Java, input encrypted under the client id and signed."""
    content = json.dumps(sent.envelope["input"], ensure_ascii=False).encode()
    sealed = base64.b64encode(crypto.sm4_encrypt(content, _CLIENT_ID.encode())).decode()
    signed = crypto.sm2_sign(content, _PRIVATE, _PUBLIC, _CLIENT_ID)
    head = {**sent.envelope, "input": sealed, "encType": "SM4", "cainfo": signed, "signtype": "SM2"}
    return replace(sent, envelope=head)


def _form(sent: Sent) -> Sent:
    """A web page that posts a form with an empty key."""
    body = b"=" + json.dumps(sent.envelope, ensure_ascii=False).encode()
    headers = {"content-type": "application/x-www-form-urlencoded; charset=UTF-8"}
    return replace(sent, body=body, headers=headers)


def _hunan(sent: Sent) -> Sent:
    """Python, signed headers, the text null in the envelope."""
    infno, stamp = sent.envelope["infno"], str(int(time.time() * 1000))
    headers = {
        "content-type": "text/plain; charset=utf-8",
        "_api_name": f"api_{infno}",
        "_api_version": "1.0",
        "_api_timestamp": stamp,
        "_api_access_key": "ak",
        "_api_signature": api_signature("sk", "ak", f"api_{infno}", stamp, "1.0"),
    }
    head = {**sent.envelope, "dev_no": "null", "cainfo": "null", "sign_no": "null"}
    path = f"/fsi/api/rsfComIfsService/callService/{infno}"
    return replace(sent, envelope=head, path=path, headers=headers)


def _rows(sent: Sent) -> Sent:
    """Nodes of one row as lists, lists of one row as objects, all numbers as numbers."""
    content = {
        name: value[0]
        if isinstance(value, list) and len(value) == 1
        else [value]
        if isinstance(value, dict)
        else value
        for name, value in sent.envelope["input"].items()
    }
    return replace(sent, envelope={**sent.envelope, "input": _each(content, _numbers)})


def _relayed(sent: Sent) -> Sent:
    """TypeScript, through a relay that takes the request as a value."""
    inner = {
        "method": "POST",
        "base_url": "http://example.invalid",
        "path": "/mbs-fsi/web/api/fsi/callService",
        "headers": {"authorization": "x"},
        "body": sent.envelope,
    }
    return replace(sent, envelope=inner, path="/relay")


DIALECTS: dict[str, Callable[[Sent], Sent]] = {
    "guangdong": _guangdong,
    "zhongshan": _zhongshan,
    "pharmacy": _pharmacy,
    "hebei": _hebei,
    "hubei": _hubei,
    "jilin": _jilin,
    "form": _form,
    "hunan": _hunan,
    "rows": _rows,
    "relayed": _relayed,
}
ALL = frozenset({HOSPITAL, SECOND, PHARMACY})
_KEYS = {
    "jilin": GatewaySettings(
        senders={"*": SenderKeys(sm2_public=_PUBLIC, sm2_user=_CLIENT_ID, sm4=_CLIENT_ID.encode())}
    ),
    "hunan": GatewaySettings(headers=HeaderKeys(api={"ak": HeaderKey("sk", ALL)})),
    "guangdong": GatewaySettings(
        headers=HeaderKeys(tif={"p": HeaderKey("s", ALL)}, api={"ak": HeaderKey("sk", ALL)})
    ),
}


@dataclass
class Carrier:
    """Carries a rehearsal in a dialect; keeps what was answered."""

    client: Any
    dialect: Callable[[Sent], Sent]

    def __post_init__(self) -> None:
        self.amounts: list[dict[str, Any]] = []
        self.count = 0

    def send(self, infno: str, content: dict[str, Any], institution: str) -> dict[str, Any]:
        self.client.institution = institution
        sent = self.dialect(Sent(self.client.envelope(infno, content)))
        body = sent.body or json.dumps(sent.envelope, ensure_ascii=False).encode()
        headers = {"content-type": "application/json"} | (sent.headers or {})
        response = self.client.post(body, sent.path, headers=headers)
        self.count += 1
        if response.headers["content-type"] == "application/octet-stream":
            return {}
        answer = response.json(parse_float=Decimal)
        assert answer["infcode"] == 0, (infno, answer["err_msg"])
        output = answer["output"]
        if answer.get("enctype") == "SM4":
            opened = crypto.sm4_decrypt(base64.b64decode(output), _CLIENT_ID.encode())
            output = json.loads(opened, parse_float=Decimal)
        if output and "setlinfo" in output:
            info = output["setlinfo"]
            self.amounts.append({n: v for n, v in info.items() if isinstance(v, Decimal)})
        result: dict[str, Any] = output
        return result


@pytest.fixture(scope="session")
def plainly() -> dict[str, Any]:
    """Amounts of the rehearsal as it is written, by the first dialect that ran."""
    return {}


@pytest.mark.parametrize("name", DIALECTS)
def test_every_transaction_in_every_dialect(
    name: str,
    packs: PolicyLibrary,
    sandbox_url: str,
    start: Callable[..., Any],
    plainly: dict[str, Any],
) -> None:
    database = open_sandbox(packs, sandbox_url)
    carrier = Carrier(start(_KEYS.get(name), database=database), DIALECTS[name])
    Rehearsal(carrier.send).run()
    assert carrier.count > 80
    assert len(carrier.amounts) > 12
    assert plainly.setdefault("amounts", carrier.amounts) == carrier.amounts


# --- beside the messages themselves --------------------------------------------------------------


def test_a_directory_is_fetched_by_address(start: Callable[..., Any]) -> None:
    client = start()
    directory = client.ok("1301", {"data": {"ver": "0"}})
    address = "/hsa-mdtrt/api/medical/insurance?file_qury_no=" + directory["file_qury_no"]
    response = client.http.get(client.url + address)
    assert response.headers["content-type"] == "application/octet-stream", response.text
    assert response.content[:2] == b"PK"
    missing = client.http.get(client.url + "/x?file_qury_no=none").json()
    assert missing["infcode"] == -1
    assert client.http.get(client.url + "/").status_code == 405


def test_a_token_is_fetched_first(start: Callable[..., Any]) -> None:
    client = start(
        GatewaySettings(
            headers=HeaderKeys(
                clients={"c1": HeaderKey("s1", ALL)}, bearer=(HeaderKey("fixed", ALL),)
            )
        )
    )
    address = client.url + "/oauth/token"
    form = {"grant_type": "client_credentials"}
    assert client.http.post(address, data=form, auth=("c1", "no")).status_code == 401
    granted = client.http.post(address, data=form, auth=("c1", "s1")).json()
    asked = client.envelope("9001", {"signIn": {"opter_no": "1", "mac": "1", "ip": "1"}})

    def sent(**headers: str) -> httpx.Response:
        answered: httpx.Response = client.post(asked, headers=headers)
        return answered

    assert sent(authorization="Bearer " + granted["access_token"]).json()["infcode"] == 0
    assert sent(authorization="Bearer fixed").json()["infcode"] == 0
    assert sent(apikey="fixed").json()["infcode"] == 0
    for wrong in ({}, {"authorization": "Bearer no"}, {"authorization": "Basic eA=="}):
        refused = sent(**wrong)
        assert refused.status_code == 401
        assert refused.json()["code"] == 401
