"""SM2 signatures, SM3 digests and SM4 encryption, as the clients in use apply them."""

from __future__ import annotations

import base64
import binascii
import secrets as random
from typing import Any

from cryptography.hazmat.primitives.ciphers import Cipher, modes
from cryptography.hazmat.primitives.ciphers.algorithms import SM4
from cryptography.hazmat.primitives.hashes import SM3, Hash

DEFAULT_USER = "1234567812345678"
"""The user id of SM2 where two sides agree on none."""

_CURVE = (
    "FFFFFFFEFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFF00000000FFFFFFFFFFFFFFFC"
    "28E9FA9E9D9F5E344D5A9E4BCF6509A7F39789F515AB8F92DDBCBD414D940E93"
    "32C4AE2C1F1981195F9904466A39C9948FE30BBFF2660BE1715A4589334C74C7"
    "BC3736A2F4F6779C59BDCEE36B692153D0A9877CC62A474002DF32E52139F0A0"
)
"""a, b and the base point of the recommended curve, as the digest of a user takes them."""


def sm3(content: bytes) -> bytes:
    """The SM3 digest."""
    digest = Hash(SM3())
    digest.update(content)
    return digest.finalize()


def signed_digest(content: bytes, public_key: str, user: str) -> bytes:
    """SM3(Z || content): what SM2 signs for a user of a public key (hex x||y)."""
    name = user.encode()
    head = (len(name) * 8).to_bytes(2, "big") + name
    z = sm3(head + bytes.fromhex(_CURVE + public_key[-128:]))
    return sm3(z + content)


def _sm2(public_key: str, private_key: str = "") -> Any:
    from gmssl import sm2  # slow to import, needed by few

    cipher = sm2.CryptSM2(private_key=private_key, public_key="")
    # Said after making: the library strips every leading 0 and 4 of a key that begins with "04",
    # be it the mark of an uncompressed point or the point itself.
    cipher.public_key = public_key[-128:]
    return cipher


def new_sm2_pair() -> tuple[str, str]:
    """A fresh private and public key in hex."""
    private = random.token_hex(31).rjust(64, "0")
    curve = _sm2("0" * 128)
    return private, str(curve._kg(int(private, 16), curve.ecc_table["g"]))


def sm2_sign(content: bytes, private_key: str, public_key: str, user: str = DEFAULT_USER) -> str:
    """Base64 of r||s."""
    digest = signed_digest(content, public_key, user)
    signature: str = _sm2(public_key, private_key).sign(digest, random.token_hex(31))
    return base64.b64encode(bytes.fromhex(signature)).decode()


def _signature_bytes(signature: str) -> bytes:
    """r||s of a signature in hex or Base64; nothing for anything else."""
    try:
        return bytes.fromhex(signature)
    except ValueError:
        try:
            return base64.b64decode(signature, validate=True)
        except (binascii.Error, ValueError):
            return b""


def signature_digits(signature: str) -> str:
    """A signature in one spelling, whichever it came in."""
    return _signature_bytes(signature).hex()


def sm2_verifies(content: bytes, signature: str, public_key: str, user: str = DEFAULT_USER) -> bool:
    """Whether ``signature`` (Base64 or hex of r||s) fits; False for anything malformed."""
    raw = _signature_bytes(signature)
    if len(raw) != 64:
        return False
    cipher = _sm2(public_key)
    order = int(cipher.ecc_table["n"], 16)
    if not all(0 < int.from_bytes(half, "big") < order for half in (raw[:32], raw[32:])):
        return False  # the library takes them, the standard does not
    return bool(cipher.verify(raw.hex(), signed_digest(content, public_key, user)))


def sm4_encrypt(content: bytes, key: bytes) -> bytes:
    """SM4-ECB with PKCS#7 padding."""
    padding = 16 - len(content) % 16
    encryptor = Cipher(SM4(key), modes.ECB()).encryptor()
    return encryptor.update(content + bytes([padding]) * padding) + encryptor.finalize()


def sm4_decrypt(content: bytes, key: bytes) -> bytes:
    """What :func:`sm4_encrypt` was given; ``ValueError`` for another key or broken content."""
    if not content or len(content) % 16:
        raise ValueError("the length of the cipher is no multiple of 16")
    decryptor = Cipher(SM4(key), modes.ECB()).decryptor()
    plain = decryptor.update(content) + decryptor.finalize()
    padding = plain[-1]
    if not 1 <= padding <= 16 or plain[-padding:] != bytes([padding]) * padding:
        raise ValueError("the cipher does not open with this key")
    return plain[:-padding]
