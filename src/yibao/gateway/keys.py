"""Keys of senders from a file: who may speak, whose signature and encryption counts.

headers:
  api: {access_key: secret}            # _api_access_key
  tif: {paasid: secret}                # x-tif-paasid
  bearer: [token]                      # Authorization: Bearer, or apikey
  clients: {client: secret}            # HTTP Basic for a token first
senders:                               # by fixmedins_code, or "*" for all
  "*": {sm2_public: hex, sm2_user: text, sm4: text of 16 bytes, own_private: hex, own_public: hex}
apps:                                  # mobile payment, by appId
  app: {secret: text, institution: code, client_public: hex, own_private: hex, own_public: hex}
"""

from __future__ import annotations

import secrets
import stat
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field, fields
from pathlib import Path
from typing import Any

import yaml

from yibao.errors import InputError
from yibao.gateway import crypto
from yibao.gateway.headers import HeaderKeys
from yibao.gateway.mobile_envelope import SHORTEST_APP, MobileKeys
from yibao.gateway.signing import SenderKeys
from yibao.messages import CHINESE, Listed, Text, message, text_of

KEYS_VARIABLE = "YIBAO_GATEWAY_KEYS"
_SM4_BYTES = 16
_HEX = {"sm2_public": 128, "own_public": 128, "client_public": 128, "own_private": 64}
"""Hexadecimal digits of a key."""


@dataclass(frozen=True, slots=True)
class Keys:
    """Everything that a keys file says."""

    headers: HeaderKeys = field(default_factory=HeaderKeys)
    senders: Mapping[str, SenderKeys] = field(default_factory=dict)
    apps: Mapping[str, MobileKeys] = field(default_factory=dict)

    @property
    def closed(self) -> bool:
        """Whether nobody without a key is answered."""
        everybody = self.senders.get("*")
        return bool(self.headers) or (everybody is not None and bool(everybody.sm2_public))

    def shown(self, language: str = CHINESE) -> list[str]:
        """What is configured, without a secret, in lines."""
        tokens = [message("{count} 个", count=len(self.headers.bearer))]
        listed: tuple[tuple[Text, Iterable[Text]], ...] = (
            ("_api_access_key", self.headers.api),
            ("x-tif-paasid", self.headers.tif),
            (message("Bearer 令牌"), tokens if self.headers.bearer else []),
            (message("取令牌的客户端"), self.headers.clients),
            (message("签名或加密的机构"), self.senders),
            (message("移动支付的 appId"), self.apps),
        )
        return [
            f"  {text_of(title, language)}  {Listed(names).text(language)}"
            for title, names in listed
            if names
        ]


def read_keys(path: Path) -> Keys:
    """The keys of a file; ``InputError`` names the place. Others must not be able to read it."""
    try:
        mode = path.stat().st_mode
        document = yaml.safe_load(path.read_text(encoding="utf-8"))
    except (OSError, UnicodeDecodeError):
        raise InputError(message("密钥文件读不出来"), place=str(path)) from None
    except yaml.YAMLError as error:
        raise InputError(
            message("不是合法的 YAML：{error}", error=str(error)), place=str(path)
        ) from None
    if stat.S_IMODE(mode) & 0o077:
        raise InputError(
            message("密钥文件别人也能读，请改为只有自己能读（chmod 600）"), place=str(path)
        )
    top = _mapping(document, str(path), ("headers", "senders", "apps"))
    place = f"{path}: headers"
    heads = _mapping(top.get("headers"), place, ("api", "tif", "bearer", "clients"))
    bearer = heads.get("bearer") or []
    if not isinstance(bearer, list) or not all(
        isinstance(token, str) and token for token in bearer
    ):
        raise InputError(message("应是令牌的列表"), place=f"{place}.bearer")
    return Keys(
        HeaderKeys(
            api=_texts(heads.get("api"), f"{place}.api"),
            tif=_texts(heads.get("tif"), f"{place}.tif"),
            bearer=tuple(bearer),
            clients=_texts(heads.get("clients"), f"{place}.clients"),
        ),
        {
            name: _sender(sender, f"{path}: senders.{name}")
            for name, sender in _mapping(top.get("senders"), f"{path}: senders").items()
        },
        {
            name: _app(name, app, f"{path}: apps.{name}")
            for name, app in _mapping(top.get("apps"), f"{path}: apps").items()
        },
    )


def _mapping(value: Any, place: str, allowed: tuple[str, ...] = ()) -> dict[str, Any]:
    if value is None:
        return {}
    if not isinstance(value, dict):
        raise InputError(message("应是“名: 值”"), place=place)
    unknown = [str(name) for name in value if allowed and name not in allowed]
    if unknown:
        raise InputError(
            message(
                "不认识 {unknown}，可以写 {allowed}",
                unknown=Listed(unknown),
                allowed=Listed(allowed),
            ),
            place=place,
        )
    return {str(name): inner for name, inner in value.items()}


def _texts(section: Any, place: str) -> dict[str, str]:
    texts = _mapping(section, place)
    for name, value in texts.items():
        if not isinstance(value, str) or not value:
            raise InputError(message("密钥应是文字，请加引号"), place=f"{place}.{name}")
    return texts


def _checked(section: Any, place: str, allowed: tuple[str, ...]) -> dict[str, str]:
    _mapping(section, place, allowed)
    texts = _texts(section, place)
    for name, length in _HEX.items():
        text = texts.get(name)
        if text is not None and (len(text) != length or not _is_hex(text)):
            raise InputError(
                message("应是 {length} 位十六进制", length=length), place=f"{place}.{name}"
            )
    if ("own_private" in texts) != ("own_public" in texts):
        raise InputError(message("own_private 和 own_public 要一起写"), place=place)
    return texts


def _is_hex(text: str) -> bool:
    return all(digit in "0123456789abcdefABCDEF" for digit in text)


def _sender(section: Any, place: str) -> SenderKeys:
    texts = _checked(section, place, tuple(field.name for field in fields(SenderKeys)))
    sm4 = texts.pop("sm4", "").encode()
    if sm4 and len(sm4) != _SM4_BYTES:
        raise InputError(
            message("应是 {length} 个字节的文字", length=_SM4_BYTES), place=f"{place}.sm4"
        )
    return SenderKeys(sm4=sm4, **texts)


def _app(app_id: str, section: Any, place: str) -> MobileKeys:
    if len(app_id.encode()) < SHORTEST_APP:
        raise InputError(
            message("appId 至少 {length} 个字符，密钥由它的前 16 个字符得出", length=SHORTEST_APP),
            place=place,
        )
    texts = _checked(section, place, tuple(field.name for field in fields(MobileKeys)))
    for name in ("secret", "institution"):
        if name not in texts:
            raise InputError(message("要写 {name}", name=name), place=place)
    return MobileKeys(**texts)


def new_keys() -> str:
    """A keys file with fresh keys of every kind, for a sandbox and the client tested on it."""
    private, public = crypto.new_sm2_pair()
    own_private, own_public = crypto.new_sm2_pair()
    document = {
        "headers": {
            "api": {"sandbox": secrets.token_hex(16)},
            "tif": {"sandbox": secrets.token_hex(16)},
            "bearer": [secrets.token_urlsafe(24)],
            "clients": {"sandbox": secrets.token_hex(16)},
        },
        "senders": {
            "H00000000000": {
                "sm2_public": public,
                "sm2_user": crypto.DEFAULT_USER,
                "sm4": secrets.token_hex(_SM4_BYTES // 2),
                "own_private": own_private,
                "own_public": own_public,
            }
        },
        "apps": {
            secrets.token_hex(SHORTEST_APP).upper(): {
                "secret": secrets.token_hex(16),
                "institution": "H00000000000",
                "client_public": public,
                "own_private": own_private,
                "own_public": own_public,
            }
        },
    }
    remarks = (
        message("沙箱的密钥：yibao serve --keys 这个文件。只有自己能读（chmod 600）。"),
        message("senders 下的编号改成你的 fixmedins_code；不签名、不加密就删去 senders。"),
        message("apps 是移动支付：名是 appId，institution 改成你的 fixmedins_code；不用就删去。"),
        message("客户端签名用的私钥（只给客户端）：{key}", key=private),
    )
    head = "".join(f"# {remark}\n" for remark in remarks)
    return head + yaml.safe_dump(document, allow_unicode=True, sort_keys=False)
