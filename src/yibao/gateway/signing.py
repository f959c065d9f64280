"""Signature and encryption of ``input`` and ``output``, where a sender has keys here."""

from __future__ import annotations

import base64
import binascii
import hmac
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from typing import NamedTuple

import msgspec

from yibao import messages
from yibao.gateway import crypto
from yibao.gateway.errors import MessageError
from yibao.gateway.message import GatewayMessage
from yibao.gateway.reading import check_depth, decode_object


@dataclass(frozen=True, slots=True)
class SenderKeys:
    """What is agreed with one institution, or with all under ``*``."""

    sm2_public: str = ""
    """Hex x||y of the sender; its signature is then required."""
    sm2_user: str = crypto.DEFAULT_USER
    sm4: bytes = b""
    """Sixteen bytes; ``input`` may then come encrypted."""
    own_private: str = ""
    own_public: str = ""
    """Hex; the platform then signs its answers."""


class VerifiedSignature(NamedTuple):
    """A signature that was verified."""

    digits: str
    """Its own digits, however they were written."""
    over_input: bool
    """Else over the fields around it: whoever has it could put another input there."""


def keys_of(message: GatewayMessage, keys: Mapping[str, SenderKeys]) -> SenderKeys | None:
    """The keys agreed with the sender of a message."""
    return keys.get(message.institution) or keys.get("*")


def require_signer(message: GatewayMessage, keys: Mapping[str, SenderKeys]) -> None:
    """``MessageError`` for an institution without a public key, where signatures are the keys."""
    signed = keys_of(message, keys)
    if any(known.sm2_public for known in keys.values()) and not (signed and signed.sm2_public):
        raise MessageError(
            messages.message("平台没有登记这家机构的公钥，请先登记"), place="fixmedins_code"
        )


def open_input(
    message: GatewayMessage, body: bytes, keys: SenderKeys | None
) -> VerifiedSignature | None:
    """Decrypt ``input`` and verify the signature; ``MessageError`` where either fails.

    None where no signature is asked for.
    """
    raw: Iterable[bytes] = _raw_input(body, message)
    if message.encrypted is not None:
        raw = [_decrypted(message, keys)]
    presented = message.envelope.get("cainfo")
    if keys is not None and keys.sm2_public:
        return _verify(message, keys, raw)
    if presented and (message.envelope.get("signtype") or "").upper() == "SM3":
        _compare_digest(message, presented, raw)
    return None


def _decrypted(message: GatewayMessage, keys: SenderKeys | None) -> bytes:
    place = "input"
    if keys is None or not keys.sm4:
        raise MessageError(
            messages.message("input 是密文，平台没有登记这家机构的 SM4 密钥"), place=place
        )
    assert message.encrypted is not None
    try:
        cipher = base64.b64decode(message.encrypted, validate=True)
        plain = crypto.sm4_decrypt(cipher, keys.sm4)
    except (binascii.Error, ValueError):
        raise MessageError(
            messages.message("解不开：应为 Base64(SM4-ECB/PKCS7)，密钥用登记的那一把"), place=place
        ) from None
    message.input = decode_object(plain, place)
    check_depth(message.input)
    return plain


def _raw_input(body: bytes, message: GatewayMessage) -> Iterator[bytes]:
    """``input`` as the sender wrote it, and written compactly.

    Only what the platform has read counts: of two inputs in one body, or of an envelope around
    a request to a relay, another may be the one that is signed.
    """
    try:
        parts = msgspec.json.decode(body, type=dict[str, msgspec.Raw])
    except (msgspec.DecodeError, UnicodeDecodeError):
        return
    for name, raw in parts.items():
        if name.lower() != "input" or not _is_read(bytes(raw), message):
            continue
        content = bytes(raw)
        yield content
        value = msgspec.json.decode(content)
        if isinstance(value, str):
            yield value.encode()
        else:
            yield msgspec.json.encode(value)
            yield msgspec.json.encode(value, order="sorted")


def _is_read(raw: bytes, message: GatewayMessage) -> bool:
    try:
        return decode_object(raw, "input") == message.input
    except MessageError:
        return False


def _envelope_text(message: GatewayMessage) -> bytes:
    """The fields around ``input`` by name, k=v joined by &."""
    signed_fields = {
        name: value
        for name, value in message.envelope.items()
        if name not in ("cainfo", "input") and value is not None
    }
    return "&".join(f"{name}={signed_fields[name]}" for name in sorted(signed_fields)).encode()


def _verify(message: GatewayMessage, keys: SenderKeys, raw: Iterable[bytes]) -> VerifiedSignature:
    signature = message.envelope.get("cainfo")
    if not signature:
        raise MessageError(
            messages.message("缺少签名：平台登记了这家机构的公钥，请带 SM2 签名"), place="cainfo"
        )
    signed_texts = [(content, True) for content in raw] + [(_envelope_text(message), False)]
    for content, over_input in signed_texts:
        if crypto.sm2_verifies(content, signature, keys.sm2_public, keys.sm2_user):
            return VerifiedSignature(crypto.signature_digits(signature), over_input)
    raise MessageError(
        messages.message(
            "SM2 签名对不上：应为 Base64(r||s)，对 input 的原文签（SM3 摘要），请核对密钥和用户标识"
        ),
        place="cainfo",
    )


def _compare_digest(message: GatewayMessage, presented: str, raw: Iterable[bytes]) -> None:
    """An SM3 digest has no key: it shows a slip, and is no reason to refuse."""
    for content in raw:
        digest = crypto.sm3(content)
        for form in (digest.hex(), digest.hex().upper(), base64.b64encode(digest).decode()):
            if hmac.compare_digest(form.encode(), presented.encode()):
                return
    message.note(
        "cainfo", messages.message("SM3 摘要与 input 原文不符；没有密钥的摘要不作为拒收的理由")
    )


def seal_output(
    output: bytes, message: GatewayMessage, keys: SenderKeys | None
) -> dict[str, bytes]:
    """Fields of the answer's envelope: ``output`` as it goes out, signature, encryption."""
    fields: dict[str, bytes] = {"output": output}
    if keys is None:
        return fields
    if keys.own_private:
        signature = crypto.sm2_sign(output, keys.own_private, keys.own_public, keys.sm2_user)
        fields["cainfo"] = msgspec.json.encode(signature)
        fields["signtype"] = b'"SM2"'
    if message.encrypted is not None and keys.sm4:
        sealed = base64.b64encode(crypto.sm4_encrypt(output, keys.sm4)).decode()
        fields["output"] = msgspec.json.encode(sealed)
        fields["enctype"] = b'"SM4"'
    return fields
