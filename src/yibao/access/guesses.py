"""Wrong passwords: who guesses is slowed down, and nobody else is.

Attempts are counted before the password is looked at, so that many at once are no more than
as many one after the other.  They are counted by login and by where they come from: whoever
guesses locks the own address out, and not the owner, who comes from an address or with a
browser that the right password came from before.  All the unknown places of a login together
are held to a larger number, against somebody with many addresses.
"""

from __future__ import annotations

import datetime
import ipaddress
from collections.abc import Sequence
from dataclasses import dataclass

from sqlalchemy import delete, func, insert, select, update
from sqlalchemy.exc import IntegrityError

from yibao.access.errors import LockedError
from yibao.access.tables import sign_in_failure, sign_in_place
from yibao.database.unit import Database, Unit
from yibao.messages import message

MOST_FAILURES = 5
"""From one place, in a row."""
MOST_OF_STRANGERS = 20
"""From all places together from which this login was never entered."""
LOCKED_FOR = datetime.timedelta(minutes=15)
KNOWN_FOR = datetime.timedelta(days=365)
"""How long a place is remembered that the right password came from."""
_FORGOTTEN_AFTER = datetime.timedelta(days=90)
_STRANGERS = ""
_V6_NETWORK = 64
"""Bits of an address that one household has; the rest it chooses as it likes."""


@dataclass(frozen=True, slots=True)
class Whence:
    """Where somebody who signs in comes from."""

    address: str = ""
    """Of the network; a name that is none counts as it is."""
    device: str = ""
    """What a browser was given to be known by; empty: nothing."""


@dataclass(frozen=True, slots=True)
class Attempt:
    """One try that was let through, counted as a failure until it turns out well."""

    login_hash: str
    place_hash: str
    places: Sequence[str]
    """What the place is known by if it turns out well: its address and its browser."""
    is_stranger: bool
    """Whether it was counted among those of unknown places too."""


@dataclass(frozen=True, slots=True)
class Guessed:
    """What the owner is warned of: wrong passwords from elsewhere since the last sign-in."""

    failures: int = 0
    last_at: datetime.datetime | None = None


def begin_attempt(
    database: Database,
    login: str,
    whence: Whence,
    at: datetime.datetime,
    *,
    signed_in: bool = False,
) -> Attempt:
    """Count one try; ``LockedError`` where the place has had too many, whoever has the login.

    ``signed_in``: it comes from a session of this login, and is no stranger's.
    """
    secrets = database.secrets
    login_hash = secrets.lasting_hash(f"sign in {login}")
    places = [secrets.lasting_hash(f"sign in address {_network(whence.address)}")]
    if whence.device:
        places.insert(0, secrets.lasting_hash(f"sign in device {whence.device}"))

    def operation(unit: Unit) -> Attempt:
        known = set(
            unit.run(
                select(sign_in_place.c.place_hash).where(
                    sign_in_place.c.login_hash == login_hash,
                    sign_in_place.c.place_hash.in_(places),
                    sign_in_place.c.last_at > at - KNOWN_FOR,
                )
            ).scalars()
        )
        place = next((name for name in places if name in known), places[-1])
        _count(unit, login_hash, place, MOST_FAILURES, at)
        is_stranger = not known and not signed_in
        if is_stranger:
            _count(unit, login_hash, _STRANGERS, MOST_OF_STRANGERS, at)
        return Attempt(login_hash, place, () if signed_in else places, is_stranger)

    try:
        return database.write(operation)
    except IntegrityError:  # two first ones at once
        return database.write(operation)


def _count(unit: Unit, login_hash: str, place: str, most: int, at: datetime.datetime) -> None:
    table = sign_in_failure
    this = (table.c.login_hash == login_hash) & (table.c.place_hash == place)
    over = table.c.last_at < at - LOCKED_FOR
    begun_anew = {"failures": 1, "total": table.c.total + 1, "last_at": at}
    one_more = {"failures": table.c.failures + 1, "total": table.c.total + 1, "last_at": at}
    if unit.run(update(table).where(this, over).values(**begun_anew)).rowcount:
        return
    if unit.run(update(table).where(this, table.c.failures < most).values(**one_more)).rowcount:
        return
    last_at = unit.run(select(table.c.last_at).where(this)).scalar_one_or_none()
    if last_at is not None:
        raise _locked(last_at + LOCKED_FOR - at, most)
    row = {"login_hash": login_hash, "place_hash": place, "failures": 1, "total": 1, "last_at": at}
    unit.run(insert(table), row)


def _locked(left: datetime.timedelta, most: int) -> LockedError:
    return LockedError(
        message(
            "连续 {count} 次不对，已暂停从这里登录，请 {minutes} 分钟后再试",
            count=most,
            minutes=-int(-left.total_seconds() // 60),
        )
    )


def take_back_attempt(unit: Unit, attempt: Attempt) -> None:
    """A step went well and another follows: this one counts for nothing, and proves nothing."""
    table = sign_in_failure
    counted = [attempt.place_hash, *([_STRANGERS] if attempt.is_stranger else [])]
    unit.run(
        update(table)
        .where(
            table.c.login_hash == attempt.login_hash,
            table.c.place_hash.in_(counted),
            table.c.failures > 0,
        )
        .values(failures=table.c.failures - 1, total=table.c.total - 1)
    )


def end_attempt(unit: Unit, attempt: Attempt, at: datetime.datetime) -> Guessed:
    """The right password came: its place is known from now on, and is told what others tried.

    What others are held to stays as it is.
    """
    table, places = sign_in_failure, sign_in_place
    mine = table.c.login_hash == attempt.login_hash
    unit.run(delete(table).where(mine, table.c.place_hash == attempt.place_hash))
    if attempt.is_stranger:
        strangers = mine & (table.c.place_hash == _STRANGERS) & (table.c.failures > 0)
        unit.run(update(table).where(strangers).values(failures=table.c.failures - 1))
    others = mine & (table.c.place_hash != _STRANGERS) & (table.c.total > 0)
    tried = unit.run(
        select(
            func.sum(table.c.total).label("failures"), func.max(table.c.last_at).label("last")
        ).where(others)
    ).one()
    unit.run(update(table).where(mine).values(total=0))
    unit.run(delete(table).where(table.c.last_at < at - _FORGOTTEN_AFTER))
    unit.run(delete(places).where(places.c.last_at < at - KNOWN_FOR))
    for place in attempt.places:
        this = (places.c.login_hash == attempt.login_hash) & (places.c.place_hash == place)
        if not unit.run(update(places).where(this).values(last_at=at)).rowcount:
            row = {"login_hash": attempt.login_hash, "place_hash": place, "last_at": at}
            unit.run(insert(places), row)
    return Guessed(int(tried.failures or 0), tried.last)


def _network(address: str) -> str:
    try:
        parsed = ipaddress.ip_address(address)
    except ValueError:
        return address
    if isinstance(parsed, ipaddress.IPv6Address):
        if parsed.ipv4_mapped is not None:
            return str(parsed.ipv4_mapped)
        return str(ipaddress.ip_network((parsed, _V6_NETWORK), strict=False))
    return str(parsed)
