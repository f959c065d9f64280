"""What every page of records reads with: whose, which page, and how an amount is written."""

from __future__ import annotations

import datetime
from collections.abc import Callable
from typing import TypeVar

from yibao.access.trail import read_record
from yibao.database.unit import Unit
from yibao.money.text import format_yuan
from yibao.policy.model import Words
from yibao.portal.own.blocks import Link
from yibao.portal.own.frame import WHOSE, Visit
from yibao.record.paging import Asked, Page, cursor_key, cursor_text

Result = TypeVar("Result")

CHINA = datetime.timezone(datetime.timedelta(hours=8))
HOME = Link(Words("我的医保", "My insurance"), "/own")
_AFTER = "after"


def read_own(visit: Visit, operation: str, fetch: Callable[[Unit], Result]) -> Result:
    return read_record(visit.database, visit.actor, operation, visit.whose, fetch)


def asked_page(visit: Visit, listing: str) -> Asked:
    given = visit.sent.get(_AFTER, "")
    if not given:
        return Asked()
    return Asked(cursor_key(visit.database.secrets, listing, visit.whose, given))


def next_page(visit: Visit, listing: str, path: str, page: Page[Result], **more: str) -> str:
    cursor = cursor_text(visit.database.secrets, listing, visit.whose, page.after)
    return visit.address(path, **{_AFTER: cursor}, **more) if cursor else ""


def whose(visit: Visit, path: str) -> list[tuple[str, str, bool]]:
    """Oneself and the children in one's charge, to choose whose records are shown."""
    people = [visit.me, *sorted(visit.actor.wards)]
    names = visit.names(people)
    here = visit.whose
    return [
        (names[one], path if one == visit.me else f"{path}?{WHOSE}={one}", one == here)
        for one in people
    ]


def yuan(fen: int | None) -> str:
    """An amount with its unit; a dash where there is none."""
    return "—" if fen is None else f"{format_yuan(fen)} 元"
