"""The envelope of mobile payment: appId, encData, signData instead of infno and input."""

from __future__ import annotations

import datetime
import json
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

from yibao.gateway import crypto
from yibao.gateway.errors import MessageError
from yibao.gateway.message import GatewayMessage
from yibao.gateway.reading import check_depth, decode_object
from yibao.gateway.values import ZONE
from yibao.messages import message

MOBILE = ("6201", "6202", "6203", "6301", "6401")
SHORTEST_APP = 16
"""Characters of an appId: the key is made of the first sixteen."""
_NOT_SIGNED = ("signData", "encData", "extra")
_IDENTIFIES = ("medOrgOrd", "appRefdSn", "orgBizSer", "payOrdId")
"""Fields of which the first that is there identifies a write: there is no msgid."""


@dataclass(frozen=True, slots=True)
class MobileKeys:
    """What is agreed with one app."""

    secret: str
    institution: str
    client_public: str = ""
    """Hex x||y; its signature is then required."""
    own_private: str = ""
    own_public: str = ""


def is_mobile(plain: Mapping[str, Any]) -> bool:
    """Whether a body is in this envelope."""
    return "appId" in plain and ("encData" in plain or "signData" in plain)


def is_bare(plain: Mapping[str, Any], infno: str) -> bool:
    """Whether a body is ``{"data": …}`` alone, sent to a path of mobile payment."""
    return (
        infno in MOBILE
        and isinstance(plain.get("data"), dict)
        and not any(name.lower() in ("input", "infno") for name in plain)
    )


def open_bare(plain: Mapping[str, Any], infno: str, owner: Callable[[str], str]) -> GatewayMessage:
    """The message in it; ``owner`` says whose an order is that names no institution."""
    data = plain["data"]
    check_depth(data)
    institution = str(data.get("orgCodg") or "") or owner(str(data.get("payOrdId") or ""))
    return _message(data, infno, institution, None)


def is_mobile_message(message: GatewayMessage) -> bool:
    """Whether a message came in this envelope, which its app's keys opened."""
    return bool(message.envelope.get("app_id")) and set(message.input) == {"data"}


def derived_key(app_id: str, secret: str) -> bytes:
    """The SM4 key of an app: 16 hex digits of its secret encrypted under its id."""
    sealed = crypto.sm4_encrypt(secret.encode(), app_id[:16].encode())
    return sealed.hex().upper()[:16].encode()


def text_to_sign(content: Mapping[str, Any], secret: str) -> bytes:
    """k=v by name, joined by &; nested values as compact sorted JSON; the secret last."""
    signed_fields = {
        name: value for name, value in _filled(dict(content)).items() if name not in _NOT_SIGNED
    }
    parts = [f"{name}={_written(signed_fields[name])}" for name in sorted(signed_fields)]
    return "&".join([*parts, f"key={secret}"]).encode()


def _filled(value: Any) -> Any:
    if isinstance(value, dict):
        inner = {name: _filled(part) for name, part in value.items()}
        return {name: part for name, part in inner.items() if part not in (None, "", {}, [])}
    if isinstance(value, list):
        return [_filled(part) for part in value]
    return value


def _written(value: Any) -> str:
    if isinstance(value, dict | list):
        return json.dumps(value, ensure_ascii=False, sort_keys=True, separators=(",", ":"))
    return str(value)


def open_mobile(
    plain: Mapping[str, Any], infno: str, apps: Mapping[str, MobileKeys]
) -> GatewayMessage:
    """The message in an envelope of an app; ``MessageError`` where it does not open."""
    app_id = str(plain["appId"])
    keys = apps.get(app_id)
    if keys is None:
        raise MessageError(
            message("应用 {app_id} 没有登记，请用平台发给的 appId", app_id=app_id), place="appId"
        )
    data = plain.get("data")
    if plain.get("encData"):
        try:
            sealed = bytes.fromhex(str(plain["encData"]))
            opened = crypto.sm4_decrypt(sealed, derived_key(app_id, keys.secret))
        except ValueError:
            raise MessageError(
                message("解不开：应为十六进制的 SM4-ECB/PKCS7，密钥由 appId 和 appSecret 得出"),
                place="encData",
            ) from None
        data = decode_object(opened, "encData")
    if not isinstance(data, dict):
        raise MessageError(message("没有业务数据，请放在 encData 里"), place="encData")
    check_depth(data)
    if not plain.get("encData") and not keys.client_public:
        raise MessageError(
            message("没有加密的要有登记的公钥核对签名，请把业务数据放在 encData 里"),
            place="encData",
        )
    if keys.client_public:
        signed = text_to_sign({**plain, "data": data}, keys.secret)
        signature = str(plain.get("signData") or "")
        if not crypto.sm2_verifies(signed, signature, keys.client_public):
            raise MessageError(
                message("签名对不上：按名排序的 k=v 末尾加 key=appSecret，SM2 签名后 Base64"),
                place="signData",
            )
    institution = str(data.get("orgCodg") or keys.institution)
    if institution != keys.institution:
        raise MessageError(
            message(
                "应用 {app_id} 只代表机构 {own}，不能办 {other} 的业务",
                app_id=app_id,
                own=keys.institution,
                other=institution,
            ),
            place="orgCodg",
        )
    return _message(data, infno, institution, app_id)


def _message(
    data: dict[str, Any], infno: str, institution: str, app_id: str | None
) -> GatewayMessage:
    number = next((str(data[name]) for name in _IDENTIFIES if data.get(name)), "")
    envelope: dict[str, str | None] = {
        "infno": infno,
        "msgid": number,
        "fixmedins_code": institution,
        "app_id": app_id,
    }
    return GatewayMessage(infno, envelope, {"data": data})


def seal_mobile(output: Mapping[str, Any], app_id: str, keys: MobileKeys) -> dict[str, Any]:
    """What goes beside the plain output of an answer."""
    content = json.dumps(output, ensure_ascii=False, separators=(",", ":")).encode()
    head: dict[str, Any] = {
        "appId": app_id,
        "encType": "SM4",
        "signType": "SM2",
        "version": "2.0.1",
        "timestamp": datetime.datetime.now(ZONE).strftime("%Y%m%d%H%M%S"),
    }
    signed = text_to_sign({**head, "data": output}, keys.secret)
    head["encData"] = crypto.sm4_encrypt(content, derived_key(app_id, keys.secret)).hex().upper()
    if keys.own_private:
        head["signData"] = crypto.sm2_sign(signed, keys.own_private, keys.own_public)
    return head
