"""Passwords of tests are hashed quickly; what the program ships is kept aside to look at."""

from __future__ import annotations

from functools import cache

from argon2 import PasswordHasher

from yibao.access import passwords

SHIPPED = passwords.hasher


@cache
def _quick() -> PasswordHasher:
    return PasswordHasher(time_cost=1, memory_cost=8, parallelism=1)


passwords.hasher = _quick
