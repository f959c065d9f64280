"""The users of a demo.  Their passwords follow from the store's key and are written nowhere."""

from __future__ import annotations

import base64
import datetime
from dataclasses import dataclass
from functools import lru_cache
from importlib.resources import files
from typing import Any

import yaml

from yibao.access.agencies import add_agency
from yibao.access.permissions import POSTS, Role
from yibao.access.second import code_at, is_wanted, set_second_factor
from yibao.access.users import SYSTEM, add_user
from yibao.database.unit import Database

_GROUPS, _DIGITS = 3, 4
_SECRET_DIGITS = 40


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

    @property
    def needs_code(self) -> bool:
        """Whether a code is asked for after the password."""
        return is_wanted(self.role)


def logins(database: Database) -> list[Login]:
    """Everybody who can sign in to a demo store."""
    known = names()
    called = known["family"] | known["institutions"] | known["employers"]
    return [
        Login(login, _password(database, login), Role(role), called.get(whose, ""))
        for login, (role, whose) in known["logins"].items()
    ]


def _password(database: Database, login: str) -> str:
    digits = database.secrets.lasting_hash(f"demo login:{login}")[: _GROUPS * _DIGITS]
    return "-".join(digits[at : at + _DIGITS] for at in range(0, len(digits), _DIGITS))


def _secret(database: Database, login: str) -> str:
    digits = database.secrets.lasting_hash(f"demo second factor:{login}")[:_SECRET_DIGITS]
    return base64.b32encode(bytes.fromhex(digits)).decode()


def code_of(database: Database, login: str, at: datetime.datetime) -> str:
    """The code that the telephone of a login of the demo shows."""
    return code_at(_secret(database, login), at)


def add_logins(database: Database, area: str) -> None:
    """Make the users; the store keeps hashes of their passwords alone."""
    agency = add_agency(database, SYSTEM, names()["agency"], area)
    at = datetime.datetime.now(datetime.UTC)
    for login in logins(database):
        whose = names()["logins"][login.login][1]
        user = add_user(
            database,
            SYSTEM,
            login.login,
            login.password,
            login.role,
            person_id=whose if login.role is Role.INSURED else None,
            institution_id=whose if login.role is Role.INSTITUTION else None,
            employer_id=whose if login.role is Role.EMPLOYER else None,
            agency_id=agency.agency if login.role in POSTS else None,
        )
        if login.needs_code:
            set_second_factor(database, SYSTEM, user.id, _secret(database, login.login), at)
