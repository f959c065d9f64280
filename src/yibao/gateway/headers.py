"""The two families of gateway headers, verified where keys are configured."""

from __future__ import annotations

import base64
import datetime
import hashlib
import hmac
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

from yibao.gateway.errors import HeaderError
from yibao.messages import Listed, message

WINDOW = datetime.timedelta(minutes=30)
_ZONE_MISTAKE = datetime.timedelta(hours=8)
"""Clients that take local time for UTC+8 on a machine in UTC."""


@dataclass(frozen=True, slots=True)
class HeaderKeys:
    """Secrets of the senders; empty: headers are not looked at."""

    api: Mapping[str, str] = field(default_factory=dict)
    """Secret by ``_api_access_key``."""
    tif: Mapping[str, str] = field(default_factory=dict)
    """Secret by ``x-tif-paasid``."""
    bearer: Sequence[str] = ()
    """Tokens of ``Authorization: Bearer``, or of ``apikey``."""
    clients: Mapping[str, str] = field(default_factory=dict)
    """Secret by client id, for those that fetch a token first (HTTP Basic)."""

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
    known_secret = keys.clients.get(client)
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


def verify(headers: Mapping[str, str], keys: HeaderKeys, now: datetime.datetime) -> None:
    """``HeaderError`` unless one family of headers verifies; nothing where no key is known."""
    if not keys:
        return
    if "_api_access_key" in headers and keys.api:
        _verify_api(headers, keys.api, now)
    elif "x-tif-paasid" in headers and keys.tif:
        _verify_tif(headers, keys.tif, now)
    elif keys.bearer or keys.clients:
        _verify_token(headers, keys, now)
    elif keys.api:
        _verify_api(headers, keys.api, now)
    else:
        _verify_tif(headers, keys.tif, now)


def _verify_token(headers: Mapping[str, str], keys: HeaderKeys, now: datetime.datetime) -> None:
    kind, _, token = headers.get("authorization", "").partition(" ")
    presented = (token.strip() if kind.lower() == "bearer" else headers.get("apikey", "")).encode()
    if not presented:
        raise HeaderError(
            message("缺少请求头：请带 Authorization: Bearer 令牌、apikey，或网关规范的签名头")
        )
    days = (now.date(), now.date() - datetime.timedelta(days=1))
    valid_tokens = [
        *keys.bearer,
        *(token_of(name, secret, on) for name, secret in keys.clients.items() for on in days),
    ]
    # Every token is compared, so that the time taken says nothing.
    if (
        sum(hmac.compare_digest(valid_token.encode(), presented) for valid_token in valid_tokens)
        == 0
    ):
        raise HeaderError(message("令牌不对或已过期，请重新取令牌"))


def _verify_api(
    headers: Mapping[str, str], secrets: Mapping[str, str], now: datetime.datetime
) -> None:
    names = ("_api_access_key", "_api_name", "_api_timestamp", "_api_version", "_api_signature")
    access_key, name, timestamp, version, signature = _taken(headers, names)
    secret = secrets.get(access_key)
    if secret is None:
        raise HeaderError(
            message(
                "访问密钥 {access_key} 没有登记，请用平台发给的 _api_access_key",
                access_key=access_key,
            )
        )
    if abs(now - _instant(timestamp, 1000, "_api_timestamp")) > WINDOW:
        raise HeaderError(message("_api_timestamp 与平台时间相差超过 30 分钟，请校准时钟后重发"))
    expected = api_signature(secret, access_key, name, timestamp, version)
    if not hmac.compare_digest(expected.encode(), signature.encode()):
        raise HeaderError(
            message("_api_signature 不对：应为 Base64(HmacSHA1(密钥, 四个头按名排序的 k=v&…))")
        )


def _verify_tif(
    headers: Mapping[str, str], secrets: Mapping[str, str], now: datetime.datetime
) -> None:
    names = ("x-tif-paasid", "x-tif-timestamp", "x-tif-nonce", "x-tif-signature")
    paasid, timestamp, nonce, signature = _taken(headers, names)
    secret = secrets.get(paasid)
    if secret is None:
        raise HeaderError(message("{paasid} 没有登记，请用平台发给的 x-tif-paasid", paasid=paasid))
    behind = now - _instant(timestamp, 1, "x-tif-timestamp")
    if abs(behind) > WINDOW and abs(behind - _ZONE_MISTAKE) > WINDOW:
        raise HeaderError(message("x-tif-timestamp 与平台时间相差超过 30 分钟，请校准时钟后重发"))
    expected = tif_signature(secret, timestamp, nonce)
    if not hmac.compare_digest(expected.encode(), signature.lower().encode()):
        raise HeaderError(
            message("x-tif-signature 不对：应为小写十六进制 SHA-256(时间戳+密钥+随机串+时间戳)")
        )


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
