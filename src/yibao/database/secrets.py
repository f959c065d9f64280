"""What lies encrypted in a store: found again by a keyed hash, numbers shown masked.

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
from collections.abc import Callable, Mapping
from contextlib import suppress
from dataclasses import dataclass
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
_SHOWN_OF_FINGERPRINT = 8
_SHOWN = 4
"""Characters at either end of a masked number that stay readable."""


class StoreKey:
    """One secret key with what is derived from it."""

    def __init__(self, key: bytes) -> None:
        if len(key) != _KEY_BYTES:
            raise InputError(
                message("密钥要正好 {bytes} 字节（64 位十六进制或 base64）", bytes=_KEY_BYTES)
            )
        self.raw = key
        self.fingerprint = _derived(key, b"yibao fingerprint")[:_FINGERPRINT_BYTES].hex()
        """Tells this key from others, and nothing else of it."""
        self.texts = AESGCM(_derived(key, b"yibao encryption"))
        self.columns = AESSIV(_derived(key, b"yibao columns", 2 * _KEY_BYTES))
        self.hashes = _derived(key, b"yibao search")

    def seal(self, content: bytes, purpose: str) -> bytes:
        """Bytes that open under this key for the same purpose."""
        salt = secrets.token_bytes(_SALT_BYTES)
        return salt + self.columns.encrypt(content, [purpose.encode(), salt])

    def unseal(self, stored: bytes, purpose: str) -> bytes:
        """What :meth:`seal` was given; ``InvalidTag``."""
        salt, sealed = stored[:_SALT_BYTES], stored[_SALT_BYTES:]
        return self.columns.decrypt(sealed, [purpose.encode(), salt])


@dataclass(frozen=True, slots=True)
class KeyRing:
    """The keys of a store that open something, by number, and the one that it writes with."""

    keys: Mapping[int, StoreKey]
    number: int
    lasting: bytes
    """What hashes are made with that no other key changes (``docs/decisions/0012``)."""

    @property
    def current(self) -> StoreKey:
        """The key that is written with."""
        return self.keys[self.number]


class Secrets:
    """Encrypts and hashes under the keys of one store; safe to share by threads.

    While a key is replaced another opens what it wrote, and what is looked for by a hash is
    looked for under both.
    """

    def __init__(self, key: bytes) -> None:
        first = StoreKey(key)
        self.ring = KeyRing({1: first}, 1, first.hashes)
        self._reread: Callable[[], object] = _nothing

    @classmethod
    def of(cls, ring: KeyRing, reread: Callable[[], object]) -> Secrets:
        """The secrets of a store whose keys may be replaced while it is open.

        ``reread``: puts the keys as they are now in ``ring``.
        """
        of_store = cls.__new__(cls)
        of_store.ring = ring
        of_store._reread = reread
        return of_store

    @property
    def fingerprint(self) -> str:
        """Of the key that is written with."""
        return self.ring.current.fingerprint

    def encrypt(self, text: str, owner: str) -> str:
        """Text for a column; it opens only for the same ``owner`` (the row that it stands in)."""
        ring, nonce = self.ring, secrets.token_bytes(_NONCE_BYTES)
        sealed = ring.current.texts.encrypt(nonce, text.encode(), owner.encode())
        return f"{ring.number}:{base64.b64encode(nonce + sealed).decode()}"

    def decrypt(self, cipher: str, owner: str) -> str:
        """What :meth:`encrypt` was given; ``DatabaseError`` under another key or owner."""
        number, _, body = cipher.partition(":")
        try:
            raw = base64.b64decode(body, validate=True)
            nonce, sealed = raw[:_NONCE_BYTES], raw[_NONCE_BYTES:]
            plain = self._key(int(number)).texts.decrypt(nonce, sealed, owner.encode())
        except (InvalidTag, ValueError):
            raise _unreadable(owner) from None
        return plain.decode()

    def seal(self, content: bytes, purpose: str) -> bytes:
        """Bytes for a column that is encrypted whole (``purpose``: table.column).

        AES-SIV, which bears as many rows under one key as a province writes; the random bytes
        keep equal contents apart.
        """
        ring = self.ring
        return bytes([ring.number]) + ring.current.seal(content, purpose)

    def unseal(self, stored: bytes, purpose: str) -> bytes:
        """What :meth:`seal` was given; ``DatabaseError`` under another key or column."""
        try:
            return self._key(stored[0]).unseal(stored[1:], purpose)
        except (InvalidTag, ValueError, IndexError):
            raise _unreadable(purpose) from None

    def search_hashes(self, text: str) -> list[str]:
        """What a text is found by, 64 hexadecimal digits each.

        The first is what is written now; while a key is replaced rows may have another.
        """
        ring = self.ring
        others = [key for number, key in sorted(ring.keys.items()) if number != ring.number]
        return [_keyed(key.hashes, text) for key in (ring.current, *others)]

    def lasting_hash(self, text: str) -> str:
        """The same for the same text in one store, whatever key it has."""
        return _keyed(self.ring.lasting, text)

    def _key(self, number: int) -> StoreKey:
        """The key of that number; one that was announced since is read now."""
        if number not in self.ring.keys:
            self._reread()
        key = self.ring.keys.get(number)
        if key is None:
            raise ValueError(number)
        return key


def _nothing() -> None:
    """There is no store to read again."""


def _keyed(key: bytes, text: str) -> str:
    return hmac.new(key, text.encode(), hashlib.sha256).hexdigest()


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
        make_key_file(path)
        key = key_of_file(path)
    return Secrets(key)


def make_key_file(path: Path) -> bool:
    """Make a new key in a file, once; whoever comes second uses the first one's.

    Whether the file is new.
    """
    return not path.exists() and _write_key(path, secrets.token_bytes(_KEY_BYTES), os.link)


def replace_key_file(path: Path, key: bytes) -> None:
    """Put another key in place of the one in a file, which stays beside it by its fingerprint."""
    if key_of_file(path) == key:
        return
    fingerprint = StoreKey(key_of_file(path)).fingerprint
    beside = path.with_name(f"{path.name}.{fingerprint[:_SHOWN_OF_FINGERPRINT]}")
    with suppress(FileExistsError):
        os.link(path, beside)
    _write_key(path, key, os.replace)


def _write_key(path: Path, key: bytes, put: Callable[[Path, Path], None]) -> bool:
    """Write a key to a draft and ``put`` it in its place; False where something is there."""
    draft = path.with_name(f"{path.name}.{secrets.token_hex(4)}")
    try:
        descriptor = os.open(draft, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
        with os.fdopen(descriptor, "w") as file:
            file.write(key.hex() + "\n")
            file.flush()
            os.fsync(file.fileno())
        try:
            put(draft, path)
        except FileExistsError:
            return False
        finally:
            draft.unlink(missing_ok=True)
    except OSError as error:
        raise DatabaseError(
            message("密钥文件 {path} 写不成：{reason}", path=path, reason=error.strerror)
        ) from None
    return True


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
