"""Keys of senders from a file: who may speak, whose signature and encryption counts.

Every key of a header says for which institutions (fixmedins_code) its holder speaks:

headers:
  api: {access_key: {secret: text, institutions: [code]}}     # _api_access_key
  tif: {paasid: {secret: text, institutions: [code]}}         # x-tif-paasid
  bearer: [{secret: token, institutions: [code]}]             # Authorization: Bearer, or apikey
  clients: {client: {secret: text, institutions: [code]}}     # HTTP Basic for a token first
senders:                               # by fixmedins_code; "*" for all, but no sm2_public there
  code: {sm2_public: hex, sm2_user: text, sm4: text of 16 bytes, own_private: hex, own_public: hex}
apps:                                  # mobile payment, by appId
  app: {secret: text, institution: code, client_public: hex, own_private: hex, own_public: hex}
"""

from __future__ import annotations

import secrets
import stat
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field, fields
from pathlib import Path
from typing import Any

import yaml

from yibao.errors import InputError
from yibao.gateway import crypto
from yibao.gateway.headers import HeaderKey, HeaderKeys
from yibao.gateway.mobile_envelope import SHORTEST_APP, MobileKeys
from yibao.gateway.signing import SenderKeys
from yibao.messages import CHINESE, Listed, Text, message, text_of

KEYS_VARIABLE = "YIBAO_GATEWAY_KEYS"
_SM4_BYTES = 16
_HEX = {"sm2_public": 128, "own_public": 128, "client_public": 128, "own_private": 64}
"""Hexadecimal digits of a key."""
_SHOWN = 12
"""Digits of a keyed hash that tell one secret from another."""


@dataclass(frozen=True, slots=True)
class Keys:
    """Everything that a keys file says."""

    headers: HeaderKeys = field(default_factory=HeaderKeys)
    senders: Mapping[str, SenderKeys] = field(default_factory=dict)
    apps: Mapping[str, MobileKeys] = field(default_factory=dict)

    @property
    def closed(self) -> bool:
        """Whether nobody without a key is answered."""
        return bool(self.headers) or any(keys.sm2_public for keys in self.senders.values())

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

    def on_trail(self, hashed: Callable[[str], str]) -> dict[str, Any]:
        """Who may speak for whom, for the audit trail: no secret, but a short hash of each."""

        def told(key: HeaderKey) -> list[Any]:
            return [hashed(key.secret)[:_SHOWN], sorted(key.institutions)]

        heads = self.headers
        return {
            "api": {name: told(key) for name, key in heads.api.items()},
            "tif": {name: told(key) for name, key in heads.tif.items()},
            "clients": {name: told(key) for name, key in heads.clients.items()},
            "bearer": [told(key) for key in heads.bearer],
            "senders": {
                code: hashed(f"{keys.sm2_public} {keys.sm4.hex()}")[:_SHOWN]
                for code, keys in self.senders.items()
            },
            "apps": {
                name: [hashed(f"{keys.secret} {keys.client_public}")[:_SHOWN], keys.institution]
                for name, keys in self.apps.items()
            },
        }


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
    if not isinstance(bearer, list):
        raise InputError(message("应是令牌的列表"), place=f"{place}.bearer")
    return Keys(
        HeaderKeys(
            api=_header_keys(heads.get("api"), f"{place}.api"),
            tif=_header_keys(heads.get("tif"), f"{place}.tif"),
            bearer=tuple(
                _header_key(key, f"{place}.bearer[{number}]") for number, key in enumerate(bearer)
            ),
            clients=_header_keys(heads.get("clients"), f"{place}.clients"),
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


def _header_keys(section: Any, place: str) -> dict[str, HeaderKey]:
    return {
        name: _header_key(key, f"{place}.{name}") for name, key in _mapping(section, place).items()
    }


def _header_key(section: Any, place: str) -> HeaderKey:
    """A secret with the institutions that it speaks for."""
    if not isinstance(section, dict):
        raise InputError(
            message("要写明密钥代表哪些机构：{form}", form="{secret: …, institutions: [H…]}"),
            place=place,
        )
    key = _mapping(section, place, ("secret", "institutions"))
    secret, institutions = key.get("secret"), key.get("institutions")
    if not isinstance(secret, str) or not secret:
        raise InputError(message("密钥应是文字，请加引号"), place=f"{place}.secret")
    if (
        not isinstance(institutions, list)
        or not institutions
        or not all(isinstance(code, str) and code and code != "*" for code in institutions)
    ):
        raise InputError(
            message("应是机构编号的列表，至少一家，一家一家写"), place=f"{place}.institutions"
        )
    return HeaderKey(secret, frozenset(institutions))


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
    if place.endswith("senders.*") and "sm2_public" in texts:
        raise InputError(
            message("公钥代表一家机构，请写在机构编号下，不能给全部"), place=f"{place}.sm2_public"
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


def new_keys(institutions: Sequence[str]) -> str:
    """A keys file with fresh keys of every kind, each for these institutions.

    Signature and encryption are for the first of them.
    """
    codes = list(institutions)

    def key(secret: str) -> dict[str, Any]:
        return {"secret": secret, "institutions": codes}

    private, public = crypto.new_sm2_pair()
    own_private, own_public = crypto.new_sm2_pair()
    document = {
        "headers": {
            "api": {codes[0]: key(secrets.token_hex(16))},
            "tif": {codes[0]: key(secrets.token_hex(16))},
            "bearer": [key(secrets.token_urlsafe(24))],
            "clients": {codes[0]: key(secrets.token_hex(16))},
        },
        "senders": {
            codes[0]: {
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
                "institution": codes[0],
                "client_public": public,
                "own_private": own_private,
                "own_public": own_public,
            }
        },
    }
    remarks = (
        message("网关的密钥：yibao serve --keys 这个文件。只有自己能读（chmod 600）。"),
        message("每把密钥只代表 institutions 里的机构；不签名、不加密就删去 senders。"),
        message("apps 是移动支付：名是 appId，只代表 institution 一家；不用就删去。"),
        message("客户端签名用的私钥（只给客户端）：{key}", key=private),
    )
    head = "".join(f"# {remark}\n" for remark in remarks)
    return head + yaml.safe_dump(document, allow_unicode=True, sort_keys=False)
