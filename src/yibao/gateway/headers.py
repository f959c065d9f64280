"""The two families of gateway headers, verified where keys are configured."""

from __future__ import annotations

import base64
import datetime
import hashlib
import hmac
from collections.abc import Mapping
from dataclasses import dataclass, field

from yibao.gateway.errors import HeaderError

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

    def __bool__(self) -> bool:
        return bool(self.api or self.tif)


def api_signature(secret: str, access_key: str, name: str, timestamp: str, version: str) -> str:
    """What ``_api_signature`` has to be."""
    text = (
        f"_api_access_key={access_key}&_api_name={name}"
        f"&_api_timestamp={timestamp}&_api_version={version}"
    )
    made = hmac.new(secret.encode(), text.encode(), hashlib.sha1).digest()
    return base64.b64encode(made).decode()


def tif_signature(secret: str, timestamp: str, nonce: str) -> str:
    """What ``x-tif-signature`` has to be."""
    return hashlib.sha256(f"{timestamp}{secret}{nonce}{timestamp}".encode()).hexdigest()


def verify(headers: Mapping[str, str], keys: HeaderKeys, now: datetime.datetime) -> None:
    """``HeaderError`` unless one family of headers verifies; nothing where no key is known."""
    if not keys:
        return
    if "_api_access_key" in headers or not keys.tif:
        _verify_api(headers, keys.api, now)
    else:
        _verify_tif(headers, keys.tif, now)


def _verify_api(
    headers: Mapping[str, str], secrets: Mapping[str, str], now: datetime.datetime
) -> None:
    names = ("_api_access_key", "_api_name", "_api_timestamp", "_api_version", "_api_signature")
    access_key, name, timestamp, version, signature = _taken(headers, names)
    secret = secrets.get(access_key)
    if secret is None:
        raise HeaderError(f"访问密钥 {access_key} 没有登记，请用平台发给的 _api_access_key")
    if abs(now - _instant(timestamp, 1000, "_api_timestamp")) > WINDOW:
        raise HeaderError("_api_timestamp 与平台时间相差超过 30 分钟，请校准时钟后重发")
    made = api_signature(secret, access_key, name, timestamp, version)
    if not hmac.compare_digest(made.encode(), signature.encode()):
        raise HeaderError(
            "_api_signature 不对：应为 Base64(HmacSHA1(密钥, 四个头按名排序的 k=v&…))"
        )


def _verify_tif(
    headers: Mapping[str, str], secrets: Mapping[str, str], now: datetime.datetime
) -> None:
    names = ("x-tif-paasid", "x-tif-timestamp", "x-tif-nonce", "x-tif-signature")
    paasid, timestamp, nonce, signature = _taken(headers, names)
    secret = secrets.get(paasid)
    if secret is None:
        raise HeaderError(f"{paasid} 没有登记，请用平台发给的 x-tif-paasid")
    behind = now - _instant(timestamp, 1, "x-tif-timestamp")
    if abs(behind) > WINDOW and abs(behind - _ZONE_MISTAKE) > WINDOW:
        raise HeaderError("x-tif-timestamp 与平台时间相差超过 30 分钟，请校准时钟后重发")
    made = tif_signature(secret, timestamp, nonce)
    if not hmac.compare_digest(made.encode(), signature.lower().encode()):
        raise HeaderError(
            "x-tif-signature 不对：应为小写十六进制 SHA-256(时间戳+密钥+随机串+时间戳)"
        )


def _taken(headers: Mapping[str, str], names: tuple[str, ...]) -> list[str]:
    missing = [name for name in names if not headers.get(name)]
    if missing:
        raise HeaderError(f"缺少请求头 {'、'.join(missing)}，请按网关规范带上")
    return [headers[name] for name in names]


def _instant(text: str, per_second: int, name: str) -> datetime.datetime:
    if not text.isdigit() or len(text) > 13:
        unit = "毫秒" if per_second > 1 else "秒"
        raise HeaderError(f"{name} 应是 Unix 时间的{unit}数")
    start = datetime.datetime.fromtimestamp(0, datetime.UTC)
    return start + datetime.timedelta(seconds=int(text) // per_second)
