"""The users of a demo.  Their passwords follow from the store's key and are written nowhere."""

from __future__ import annotations

from dataclasses import dataclass
from functools import lru_cache
from importlib.resources import files
from typing import Any

import yaml

from yibao.access.permissions import Role
from yibao.access.users import SYSTEM, add_user
from yibao.database.unit import Database

_GROUPS, _DIGITS = 3, 4


@lru_cache(maxsize=1)
def names() -> dict[str, Any]:
    """``names.yaml``: who is called what, and who can sign in."""
    text = files("yibao.scenario.demo").joinpath("names.yaml").read_text(encoding="utf-8")
    read: dict[str, Any] = yaml.safe_load(text)
    return read


@dataclass(frozen=True, slots=True)
class Login:
    """A user of the demo; the password can be told again at any time by the same store."""

    login: str
    password: str
    role: Role
    who: str
    """The person's or institution's name; empty for others."""


def logins(database: Database) -> list[Login]:
    """Everybody who can sign in to a demo store."""
    known = names()
    called = known["family"] | known["institutions"]
    return [
        Login(login, _password(database, login), Role(role), called.get(whose, ""))
        for login, (role, whose) in known["logins"].items()
    ]


def _password(database: Database, login: str) -> str:
    digits = database.secrets.lasting_hash(f"demo login:{login}")[: _GROUPS * _DIGITS]
    return "-".join(digits[at : at + _DIGITS] for at in range(0, len(digits), _DIGITS))


def add_logins(database: Database) -> None:
    """Make the users; the store keeps hashes of their passwords alone."""
    for login in logins(database):
        whose = names()["logins"][login.login][1]
        add_user(
            database,
            SYSTEM,
            login.login,
            login.password,
            login.role,
            person_id=whose if login.role is Role.INSURED else None,
            institution_id=whose if login.role is Role.INSTITUTION else None,
        )
