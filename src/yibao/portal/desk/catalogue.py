"""An area's catalogue at the desk: a file is looked at, handed in, and confirmed by another."""

from __future__ import annotations

import secrets
from collections.abc import Sequence
from typing import Any

from starlette.responses import RedirectResponse, Response

from yibao.access.users import logins_of
from yibao.employers.errors import FaultyLinesError, LineFault
from yibao.errors import InputError, YibaoError
from yibao.inquiry.catalogue_files import CATALOGUE
from yibao.inquiry.notation import NOTATIONS
from yibao.inquiry.price_files import price_text
from yibao.messages import message
from yibao.policy.kinds import ItemClass
from yibao.portal.calls import status_of
from yibao.portal.desk.frame import DESK, DeskCall
from yibao.portal.desk.place_parts import faults_of, form_key, form_values, place_of
from yibao.portal.styles import classes
from yibao.prices import operations as prices
from yibao.prices.catalogue_files import read_catalogue
from yibao.prices.changes import ChangedItem, catalogue_changes, read_change
from yibao.prices.states import ITEM_CHANGE_WORDS, CatalogueState, ItemChange

CATALOGUE_AT = f"{DESK}/catalogue"
_MOST_SHOWN = 200
_CLASS_WORDS = {
    ItemClass.A: message("甲类"),
    ItemClass.B: message("乙类"),
    ItemClass.C: message("丙类"),
}


def listed(call: DeskCall) -> Response:
    """Changes of the area, and a form for another one."""
    place_of(call, "read_prices")
    return _listed(call, None, 200)


def _listed(
    call: DeskCall,
    error: YibaoError | None,
    status: int,
    seen: Sequence[ChangedItem] | None = None,
) -> Response:
    faulty: Sequence[LineFault] = error.faults if isinstance(error, FaultyLinesError) else ()
    values = {
        **_words(),
        "changes": catalogue_changes(call.database, call.actor),
        "fields": CATALOGUE,
        "may_change": call.may("change_catalogue"),
        "seen": None if seen is None else _counted(seen),
        "written": call.sent,
        "faulty": faulty[:_MOST_SHOWN],
        "faults": {} if error is None else faults_of(error),
        "fault": None if error is None else error.said,
        "today": call.today.isoformat(),
        "classes": classes,
    }
    return call.show("catalogue.html", message("统筹区的目录"), values, status)


def _words() -> dict[str, Any]:
    return {
        "change_words": ITEM_CHANGE_WORDS,
        "class_words": _CLASS_WORDS,
        "price_text": price_text,
        "percent": lambda share: f"{NOTATIONS['basis_points'].text(share)}%",
        "once": secrets.token_hex(14),
    }


def _counted(items: Sequence[ChangedItem]) -> dict[str, Any]:
    counts = {
        what: count for what in ItemChange if (count := sum(item.what is what for item in items))
    }
    return {"counts": counts, "items": items[:_MOST_SHOWN], "count": len(items)}


def draw(call: DeskCall) -> Response:
    """Look at a file, or hand it in."""
    place_of(call, "change_catalogue")
    try:
        values = form_values(call, CATALOGUE)
        if call.upload is None or not call.upload.content:
            raise InputError(message("请选一个文件"), place="file")
        start, whole, at = values["start"], bool(values["whole"]), call.counter.now()
        versions = read_catalogue(call.upload.content, start)
        if call.sent.get("do") != "draw":
            seen = prices.preview_catalogue(
                call.database, versions, start, whole=whole, actor=call.actor, at=at
            )
            return _listed(call, None, 200, seen)
        answer = prices.draw_catalogue(
            call.database,
            form_key(call, "draw_catalogue"),
            versions,
            start,
            whole=whole,
            actor=call.actor,
            at=at,
        )
    except YibaoError as error:
        return _listed(call, error, status_of(error))
    return RedirectResponse(f"{CATALOGUE_AT}/{answer['change']}", 303)


def show(call: DeskCall) -> Response:
    """One change with its items."""
    place_of(call, "read_prices")
    return _show(call, None, 200)


def _show(call: DeskCall, error: YibaoError | None, status: int) -> Response:
    change, items = read_change(call.database, call.actor, call.parameters["catalogue_change"])
    is_open = change.state is CatalogueState.DRAWN
    values = {
        **_words(),
        "change": change,
        "seen": _counted(items),
        "logins": logins_of(call.database, {change.drawn_by, change.decided_by or ""}),
        "may_confirm": is_open
        and call.may("confirm_catalogue")
        and change.drawn_by != call.actor.id,
        "may_drop": is_open and call.may("change_catalogue"),
        "fault": None if error is None else error.said,
    }
    title = message("{day} 起的目录变更", day=change.start)
    return call.show("catalogue_change.html", title, values, status)


def decide(call: DeskCall) -> Response:
    """Confirm a change, or give it up."""
    is_confirmed = call.sent.get("do") == "confirm"
    place_of(call, "confirm_catalogue" if is_confirmed else "change_catalogue")
    change_id = call.parameters["catalogue_change"]
    work = prices.confirm_catalogue if is_confirmed else prices.drop_catalogue
    try:
        work(
            call.database,
            form_key(call, "decide_catalogue"),
            change_id,
            actor=call.actor,
            at=call.counter.now(),
        )
    except YibaoError as error:
        return _show(call, error, status_of(error))
    return RedirectResponse(f"{CATALOGUE_AT}/{change_id}", 303)
