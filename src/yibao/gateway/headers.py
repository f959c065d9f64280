"""The two families of gateway headers, verified where keys are configured."""

from __future__ import annotations

import base64
import datetime
import hashlib
import hmac
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import NamedTuple

from yibao.gateway.errors import HeaderError
from yibao.messages import Listed, message

WINDOW = datetime.timedelta(minutes=30)
_ZONE_MISTAKE = datetime.timedelta(hours=8)
"""Clients that take local time for UTC+8 on a machine in UTC."""


class HeaderKey(NamedTuple):
    """A secret, and the institutions that its holder speaks for."""

    secret: str
    institutions: frozenset[str]
    """Their ``fixmedins_code``: a relay of several has several, and nobody has all."""


class Speaker(NamedTuple):
    """Who the headers of a request show to be speaking."""

    name: str
    """The family of headers with the key's own name; no secret."""
    institutions: frozenset[str]
    nonce: str
    """What these headers use up; empty: nothing, as a token does not."""
    covers_once: bool
    """Whether the nonce is good for one body alone; else the same body may not come again."""


@dataclass(frozen=True, slots=True)
class HeaderKeys:
    """Keys of the senders; empty: headers are not looked at."""

    api: Mapping[str, HeaderKey] = field(default_factory=dict)
    """By ``_api_access_key``."""
    tif: Mapping[str, HeaderKey] = field(default_factory=dict)
    """By ``x-tif-paasid``."""
    bearer: Sequence[HeaderKey] = ()
    """Tokens of ``Authorization: Bearer``, or of ``apikey``."""
    clients: Mapping[str, HeaderKey] = field(default_factory=dict)
    """By client id, for those that fetch a token first (HTTP Basic)."""

    def __bool__(self) -> bool:
        return bool(self.api or self.tif or self.bearer or self.clients)


def token_of(client: str, secret: str, day: datetime.date) -> str:
    """The token of a client that fetches one: of a day, so that no process keeps any."""
    text = f"{client}:{day.isoformat()}"
    signature = hmac.new(secret.encode(), text.encode(), hashlib.sha256).hexdigest()
    return f"{base64.urlsafe_b64encode(client.encode()).decode()}.{signature}"


def grant_token(headers: Mapping[str, str], keys: HeaderKeys, now: datetime.datetime) -> str:
    """A token for HTTP Basic ``client:secret``; any client's where none is configured."""
    kind, _, credentials = headers.get("authorization", "").partition(" ")
    client, secret = "", ""
    if kind.lower() == "basic":
        try:
            client, _, secret = base64.b64decode(credentials).decode().partition(":")
        except ValueError:
            client = ""
    key = keys.clients.get(client)
    known_secret = None if key is None else key.secret
    if keys.clients and (
        known_secret is None or not hmac.compare_digest(known_secret.encode(), secret.encode())
    ):
        raise HeaderError(message("客户端编号或密钥不对，请用平台发给的，以 HTTP Basic 带上"))
    return token_of(client, known_secret or secret, now.date())


def api_signature(secret: str, access_key: str, name: str, timestamp: str, version: str) -> str:
    """What ``_api_signature`` has to be."""
    text = (
        f"_api_access_key={access_key}&_api_name={name}"
        f"&_api_timestamp={timestamp}&_api_version={version}"
    )
    digest = hmac.new(secret.encode(), text.encode(), hashlib.sha1).digest()
    return base64.b64encode(digest).decode()


def tif_signature(secret: str, timestamp: str, nonce: str) -> str:
    """What ``x-tif-signature`` has to be."""
    return hashlib.sha256(f"{timestamp}{secret}{nonce}{timestamp}".encode()).hexdigest()


def verify(headers: Mapping[str, str], keys: HeaderKeys, now: datetime.datetime) -> Speaker | None:
    """Who speaks; ``HeaderError`` unless one family of headers verifies.

    None where no key is known: then anybody speaks for any institution.
    """
    if not keys:
        return None
    if "_api_access_key" in headers and keys.api:
        return _verify_api(headers, keys.api, now)
    if "x-tif-paasid" in headers and keys.tif:
        return _verify_tif(headers, keys.tif, now)
    if keys.bearer or keys.clients:
        return _verify_token(headers, keys, now)
    if keys.api:
        return _verify_api(headers, keys.api, now)
    return _verify_tif(headers, keys.tif, now)


def require_speaks_for(speaker: Speaker | None, institution: str) -> None:
    """``HeaderError`` for a key that speaks for other institutions than the message's."""
    if speaker is None or not institution:
        return
    # A scenario that is run on a sandbox marks its institutions behind a dash; codes have none.
    if not {institution, institution.rpartition("-")[0]} & speaker.institutions:
        raise HeaderError(
            message(
                "这把密钥不代表机构 {institution}，没有办理；请用这家机构自己的密钥",
                institution=institution,
            )
        )


def _verify_token(headers: Mapping[str, str], keys: HeaderKeys, now: datetime.datetime) -> Speaker:
    kind, _, token = headers.get("authorization", "").partition(" ")
    presented = (token.strip() if kind.lower() == "bearer" else headers.get("apikey", "")).encode()
    if not presented:
        raise HeaderError(
            message("缺少请求头：请带 Authorization: Bearer 令牌、apikey，或网关规范的签名头")
        )
    days = (now.date(), now.date() - datetime.timedelta(days=1))
    valid_tokens = [
        *((f"bearer {place}", key.secret, key) for place, key in enumerate(keys.bearer)),
        *(
            (f"client {name}", token_of(name, key.secret, on), key)
            for name, key in keys.clients.items()
            for on in days
        ),
    ]
    # Every token is compared, so that the time taken says nothing.
    matching = [
        Speaker(name, key.institutions, "", covers_once=False)
        for name, valid_token, key in valid_tokens
        if hmac.compare_digest(valid_token.encode(), presented)
    ]
    if not matching:
        raise HeaderError(message("令牌不对或已过期，请重新取令牌"))
    return matching[0]


def _verify_api(
    headers: Mapping[str, str], keys: Mapping[str, HeaderKey], now: datetime.datetime
) -> Speaker:
    names = ("_api_access_key", "_api_name", "_api_timestamp", "_api_version", "_api_signature")
    access_key, name, timestamp, version, signature = _taken(headers, names)
    key = keys.get(access_key)
    if key is None:
        raise HeaderError(
            message(
                "访问密钥 {access_key} 没有登记，请用平台发给的 _api_access_key",
                access_key=access_key,
            )
        )
    if abs(now - _instant(timestamp, 1000, "_api_timestamp")) > WINDOW:
        raise HeaderError(message("_api_timestamp 与平台时间相差超过 30 分钟，请校准时钟后重发"))
    expected = api_signature(key.secret, access_key, name, timestamp, version)
    if not hmac.compare_digest(expected.encode(), signature.encode()):
        raise HeaderError(
            message("_api_signature 不对：应为 Base64(HmacSHA1(密钥, 四个头按名排序的 k=v&…))")
        )
    # Two messages of one millisecond have one signature: it tells a repeat by its body alone.
    return Speaker(f"api {access_key}", key.institutions, signature, covers_once=False)


def _verify_tif(
    headers: Mapping[str, str], keys: Mapping[str, HeaderKey], now: datetime.datetime
) -> Speaker:
    names = ("x-tif-paasid", "x-tif-timestamp", "x-tif-nonce", "x-tif-signature")
    paasid, timestamp, nonce, signature = _taken(headers, names)
    key = keys.get(paasid)
    if key is None:
        raise HeaderError(message("{paasid} 没有登记，请用平台发给的 x-tif-paasid", paasid=paasid))
    behind = now - _instant(timestamp, 1, "x-tif-timestamp")
    if abs(behind) > WINDOW and abs(behind - _ZONE_MISTAKE) > WINDOW:
        raise HeaderError(message("x-tif-timestamp 与平台时间相差超过 30 分钟，请校准时钟后重发"))
    expected = tif_signature(key.secret, timestamp, nonce)
    if not hmac.compare_digest(expected.encode(), signature.lower().encode()):
        raise HeaderError(
            message("x-tif-signature 不对：应为小写十六进制 SHA-256(时间戳+密钥+随机串+时间戳)")
        )
    return Speaker(f"tif {paasid}", key.institutions, nonce, covers_once=True)


def _taken(headers: Mapping[str, str], names: tuple[str, ...]) -> list[str]:
    missing = [name for name in names if not headers.get(name)]
    if missing:
        raise HeaderError(
            message("缺少请求头 {missing}，请按网关规范带上", missing=Listed(missing))
        )
    return [headers[name] for name in names]


def _instant(text: str, per_second: int, name: str) -> datetime.datetime:
    if not text.isdigit() or len(text) > 13:
        fault = (
            message("{name} 应是 Unix 时间的毫秒数", name=name)
            if per_second > 1
            else message("{name} 应是 Unix 时间的秒数", name=name)
        )
        raise HeaderError(fault)
    start = datetime.datetime.fromtimestamp(0, datetime.UTC)
    return start + datetime.timedelta(seconds=int(text) // per_second)
