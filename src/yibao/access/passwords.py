"""Passwords as they are stored: argon2id, loaded when somebody signs in, not at the start."""

from __future__ import annotations

import secrets
from functools import cache
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from argon2 import PasswordHasher


@cache
def hasher() -> PasswordHasher:
    """What hashes: the parameters of RFC 9106 for little memory, as argon2-cffi ships them."""
    from argon2 import PasswordHasher

    return PasswordHasher()


@cache
def nobodys_hash() -> str:
    """Checked where there is no such user, so that the time taken tells nothing."""
    return hasher().hash(secrets.token_hex(16))


def is_hash_of(stored: str, password: str) -> bool:
    """Whether a stored hash is that of a password; a broken one is of none."""
    from argon2.exceptions import InvalidHashError, VerificationError

    try:
        return hasher().verify(stored, password)
    except (VerificationError, InvalidHashError):
        return False
