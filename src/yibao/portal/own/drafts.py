"""What somebody typed into a form, kept so that Back and a session that ended lose nothing.

A page of one's own is kept by no cache, so going back asks for it anew; and whoever let the
session end signs in first.  Both find the form as it was left.  The draft lies encrypted in a
cookie for the person alone who typed it, of one form at a time, and goes with the confirmation.
"""

from __future__ import annotations

import datetime
from collections.abc import Iterable, Mapping

import msgspec
from starlette.requests import Request
from starlette.responses import Response

from yibao.database.unit import Database
from yibao.errors import YibaoError

COOKIE = "draft"
KEPT_FOR = datetime.timedelta(minutes=60)
_MOST = 3_500
"""Letters of a cookie that every browser takes."""
_NOT_TYPED = {"form_token", "once", "step", "agree"}


class _Draft(msgspec.Struct, frozen=True):
    path: str
    at: float
    fields: dict[str, str]


def _owner(actor_id: str) -> str:
    return f"draft:{actor_id}"


def keep_draft(
    request: Request,
    response: Response,
    database: Database,
    actor_id: str,
    path: str,
    sent: Mapping[str, str],
    at: datetime.datetime,
) -> None:
    """Leave what was typed into the form of ``path`` with the answer."""
    fields = {name: text for name, text in sent.items() if text and name not in _NOT_TYPED}
    draft = msgspec.json.encode(_Draft(path, at.timestamp(), fields)).decode()
    cipher = database.secrets.encrypt(draft, _owner(actor_id))
    if len(cipher) > _MOST:
        return
    response.set_cookie(
        COOKIE,
        cipher,
        max_age=int(KEPT_FOR.total_seconds()),
        path="/own",
        httponly=True,
        samesite="lax",
        secure=request.url.scheme == "https",
    )


def left_draft(
    request: Request,
    database: Database,
    actor_id: str,
    path: str,
    names: Iterable[str],
    at: datetime.datetime,
) -> dict[str, str]:
    """What this person left in the form of ``path``; nothing where there is no such draft."""
    cipher = request.cookies.get(COOKIE, "")
    if not cipher or len(cipher) > _MOST:
        return {}
    try:
        text = database.secrets.decrypt(cipher, _owner(actor_id))
        draft = msgspec.json.decode(text, type=_Draft)
    except (YibaoError, ValueError):  # another person's, or of another store
        return {}
    if draft.path != path or not 0 <= at.timestamp() - draft.at <= KEPT_FOR.total_seconds():
        return {}
    known = set(names)
    return {name: text for name, text in draft.fields.items() if name in known}


def drop_draft(response: Response) -> None:
    """Forget it: it was done, or is not wanted."""
    response.delete_cookie(COOKIE, path="/own", httponly=True, samesite="lax")
