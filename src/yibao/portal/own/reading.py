"""What every page of records reads with: whose, which page, and how an amount is written."""

from __future__ import annotations

import datetime
from collections.abc import Callable
from typing import TypeVar

from yibao.access.trail import read_record
from yibao.database.unit import Unit
from yibao.messages import Fen, Text, message
from yibao.portal.own.blocks import Link
from yibao.portal.own.frame import WHOSE, OwnCall
from yibao.record.paging import Asked, Page, cursor_key, cursor_text

Result = TypeVar("Result")

CHINA = datetime.timezone(datetime.timedelta(hours=8))
HOME = Link(message("我的医保"), "/own")
_AFTER = "after"


def read_own(call: OwnCall, operation: str, fetch: Callable[[Unit], Result]) -> Result:
    return read_record(call.database, call.actor, operation, call.whose, fetch)


def asked_page(call: OwnCall, listing: str) -> Asked:
    cursor = call.sent.get(_AFTER, "")
    if not cursor:
        return Asked()
    return Asked(cursor_key(call.database.secrets, listing, call.whose, cursor))


def next_page(call: OwnCall, listing: str, path: str, page: Page[Result], **more: str) -> str:
    cursor = cursor_text(call.database.secrets, listing, call.whose, page.after)
    return call.address(path, **{_AFTER: cursor}, **more) if cursor else ""


def whose(call: OwnCall, path: str) -> list[tuple[str, str, bool]]:
    """Oneself and the children in one's charge, to choose whose records are shown."""
    people = [call.me, *sorted(call.actor.wards)]
    names = call.names(people)
    here = call.whose
    return [
        (
            names[person_id],
            path if person_id == call.me else f"{path}?{WHOSE}={person_id}",
            person_id == here,
        )
        for person_id in people
    ]


def yuan(fen: int | None) -> Text:
    """An amount with its unit; a dash where there is none."""
    return "—" if fen is None else Fen(fen)
