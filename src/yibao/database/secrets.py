"""Identity numbers at rest: encrypted, found again by a keyed hash, shown masked.

The key is 32 bytes, written as 64 hexadecimal digits or in base64, in
``YIBAO_SECRET_KEY`` or in the file that ``YIBAO_SECRET_KEY_FILE`` names.  The embedded
store makes one for itself, in a file beside the database that only its owner reads.
"""

from __future__ import annotations

import base64
import binascii
import hashlib
import hmac
import os
import secrets
import stat
from pathlib import Path

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCM, AESSIV
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.kdf.hkdf import HKDF
from sqlalchemy.engine import URL

from yibao.database.errors import DatabaseError
from yibao.errors import InputError
from yibao.messages import message

KEY_VARIABLE = "YIBAO_SECRET_KEY"
FILE_VARIABLE = "YIBAO_SECRET_KEY_FILE"

_KEY_BYTES = 32
_NONCE_BYTES = 12
_FINGERPRINT_BYTES = 16
_SALT_BYTES = 4
_SHOWN = 4
"""Characters at either end of a masked number that stay readable."""


class _Key:
    """What is derived from one secret key."""

    def __init__(self, key: bytes) -> None:
        if len(key) != _KEY_BYTES:
            raise InputError(
                message("密钥要正好 {bytes} 字节（64 位十六进制或 base64）", bytes=_KEY_BYTES)
            )
        self.fingerprint = _derived(key, b"yibao fingerprint")[:_FINGERPRINT_BYTES].hex()
        self.texts = AESGCM(_derived(key, b"yibao encryption"))
        self.columns = AESSIV(_derived(key, b"yibao columns", 2 * _KEY_BYTES))
        self.hashes = _derived(key, b"yibao search")


class Secrets:
    """Encrypts and hashes under keys derived from one secret; safe to share by threads.

    ``number``: of the key in its store; every cipher says which one it is under.
    """

    def __init__(self, key: bytes, number: int = 1) -> None:
        self.number = number
        self._key = _Key(key)

    @property
    def fingerprint(self) -> str:
        """Tells this key from others, and nothing else of it."""
        return self._key.fingerprint

    def encrypt(self, text: str, owner: str) -> str:
        """Text for a column; it opens only for the same ``owner`` (the row that it stands in)."""
        nonce = secrets.token_bytes(_NONCE_BYTES)
        sealed = self._key.texts.encrypt(nonce, text.encode(), owner.encode())
        return f"{self.number}:{base64.b64encode(nonce + sealed).decode()}"

    def decrypt(self, cipher: str, owner: str) -> str:
        """What :meth:`encrypt` was given; ``DatabaseError`` under another key or owner."""
        number, _, body = cipher.partition(":")
        try:
            raw = base64.b64decode(body, validate=True)
            if number != str(self.number):
                raise ValueError
            nonce, sealed = raw[:_NONCE_BYTES], raw[_NONCE_BYTES:]
            plain = self._key.texts.decrypt(nonce, sealed, owner.encode())
        except (InvalidTag, ValueError):
            raise _unreadable(owner) from None
        return plain.decode()

    def seal(self, content: bytes, purpose: str) -> bytes:
        """Bytes for a column that is encrypted whole (``purpose``: table.column).

        AES-SIV, which bears as many rows under one key as a province writes; the random bytes
        keep equal contents apart.
        """
        salt = secrets.token_bytes(_SALT_BYTES)
        sealed = self._key.columns.encrypt(content, [purpose.encode(), salt])
        return bytes([self.number]) + salt + sealed

    def unseal(self, stored: bytes, purpose: str) -> bytes:
        """What :meth:`seal` was given; ``DatabaseError`` under another key or column."""
        salt, sealed = stored[1 : 1 + _SALT_BYTES], stored[1 + _SALT_BYTES :]
        try:
            if stored[:1] != bytes([self.number]):
                raise ValueError
            return self._key.columns.decrypt(sealed, [purpose.encode(), salt])
        except (InvalidTag, ValueError):
            raise _unreadable(purpose) from None

    def search_hash(self, text: str) -> str:
        """The same for the same text under the same key; 64 hexadecimal digits."""
        return hmac.new(self._key.hashes, text.encode(), hashlib.sha256).hexdigest()


def _unreadable(owner: str) -> DatabaseError:
    return DatabaseError(
        message("{owner} 的密文打不开：密钥不是写入时的那一把，或者这一行被改动过", owner=owner)
    )


def _derived(key: bytes, purpose: bytes, length: int = _KEY_BYTES) -> bytes:
    return HKDF(algorithm=SHA256(), length=length, salt=None, info=purpose).derive(key)


def mask(number: str) -> str:
    """An identity number as people may see it: ``1401**********1234``."""
    if len(number) <= 2 * _SHOWN:
        return "*" * len(number)
    return number[:_SHOWN] + "*" * (len(number) - 2 * _SHOWN) + number[-_SHOWN:]


def key_from_text(text: str, place: str) -> bytes:
    """The 32 bytes of a written key."""
    plain = text.strip()
    try:
        if len(plain) == 2 * _KEY_BYTES:
            return bytes.fromhex(plain)
        key = base64.b64decode(plain, validate=True)
    except (ValueError, binascii.Error):
        key = b""
    if len(key) != _KEY_BYTES:
        raise InputError(
            message("密钥要正好 {bytes} 字节（64 位十六进制或 base64）", bytes=_KEY_BYTES),
            place=place,
        )
    return key


def key_file(url: URL) -> Path | None:
    """Where an embedded store keeps its key; None for any other store."""
    if url.get_backend_name() != "sqlite" or not url.database or url.database == ":memory:":
        return None
    return Path(f"{url.database}.key")


def given_key(url: URL) -> bytes | None:
    """The key as it is configured, or as an embedded store made it; None where there is none."""
    key_text = os.environ.get(KEY_VARIABLE)
    if key_text:
        return key_from_text(key_text, KEY_VARIABLE)
    named = os.environ.get(FILE_VARIABLE)
    if named:
        return key_of_file(Path(named))
    path = key_file(url)
    return key_of_file(path) if path is not None and path.exists() else None


def secrets_for(url: URL) -> Secrets:
    """The secrets of a store that has nothing encrypted yet; an embedded one makes its key.

    ``InputError`` where a service was given no key.
    """
    key = given_key(url)
    if key is None:
        path = key_file(url)
        if path is None:
            raise InputError(
                message(
                    "证件号要加密存放，请在 {key} 写密钥，或用 {file} 指明密钥文件",
                    key=KEY_VARIABLE,
                    file=FILE_VARIABLE,
                )
            )
        _make_key_file(path)
        key = key_of_file(path)
    return Secrets(key)


def _make_key_file(path: Path) -> None:
    """Make the key of an embedded store, once; whoever comes second uses the first one's."""
    if path.exists():
        return
    draft = path.with_name(f"{path.name}.{secrets.token_hex(4)}")
    try:
        descriptor = os.open(draft, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
        with os.fdopen(descriptor, "w") as file:
            file.write(secrets.token_hex(_KEY_BYTES) + "\n")
            file.flush()
            os.fsync(file.fileno())
        try:
            os.link(draft, path)  # never over a key that is there
        except FileExistsError:
            pass
        finally:
            draft.unlink()
    except OSError as error:
        raise DatabaseError(
            message("密钥文件 {path} 写不成：{reason}", path=path, reason=error.strerror)
        ) from None


def key_of_file(path: Path) -> bytes:
    """The key in a file that only its owner can read; ``InputError`` otherwise."""
    try:
        mode = path.stat().st_mode
        text = path.read_text(encoding="ascii")
    except (OSError, UnicodeDecodeError):
        raise InputError(message("密钥文件读不出来"), place=str(path)) from None
    if stat.S_IMODE(mode) & 0o077:
        raise InputError(
            message("密钥文件别人也能读，请改为只有自己能读（chmod 600）"), place=str(path)
        )
    return key_from_text(text, str(path))
