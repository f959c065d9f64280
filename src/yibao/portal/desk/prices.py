"""Price lists: an institution's own pages, and the agency's of those that wait for it."""

from __future__ import annotations

import secrets
from collections.abc import Sequence
from typing import Any

from starlette.responses import RedirectResponse, Response

from yibao.access.permissions import may
from yibao.access.users import logins_of
from yibao.care.institutions import institution_names
from yibao.employers.errors import FaultyLinesError, LineFault
from yibao.errors import InputError, YibaoError
from yibao.inquiry.price_files import price_text
from yibao.messages import message
from yibao.portal.calls import status_of
from yibao.portal.desk.frame import DESK, DeskCall
from yibao.portal.desk.place_parts import INSTITUTIONS, form_key, place_of, reason_of
from yibao.prices import operations as prices
from yibao.prices.files import read_prices
from yibao.prices.lists import SeenLine
from yibao.prices.reading import lists_of, price_page, read_list
from yibao.prices.states import CHANGE_WORDS, ListState, PriceChange

PRICES = f"{DESK}/prices"
_MOST_SHOWN = 200


def listed(call: DeskCall) -> Response:
    """Lists of the area: those that wait for the reviewer, then the latest."""
    place_of(call, "read_prices")
    lists = lists_of(call.database, call.actor)
    values = {
        "waiting": [known for known in lists if known.state is ListState.WAITING],
        "others": [known for known in lists if known.state is not ListState.WAITING],
        "names": institution_names(call.database, {known.institution_id for known in lists}),
        "base": PRICES,
    }
    return call.show("price_lists.html", message("机构的价目"), values)


def _name(call: DeskCall, institution_id: str) -> str:
    return institution_names(call.database, [institution_id])[institution_id]


def prices_at(call: DeskCall) -> Response:
    """What an institution charges, its lists, and a form for another one."""
    place_of(call, "read_prices")
    return _prices_at(call, None, 200, None)


def _prices_at(
    call: DeskCall, error: YibaoError | None, status: int, seen: Sequence[SeenLine] | None
) -> Response:
    place = place_of(call, "read_prices")
    text = call.sent.get("q", "").strip()[:40] if call.request.method == "GET" else ""
    page = price_page(call.database, call.actor, place.institution_id, today=call.today, text=text)
    faulty: Sequence[LineFault] = error.faults if isinstance(error, FaultyLinesError) else ()
    own = {"institution_id": place.institution_id, "area": page.area}
    values = {
        "page": page,
        "place": place,
        "base": f"{place.base}/prices",
        "lists_at": f"{place.base}/prices" if place.is_own else PRICES,
        "name": _name(call, place.institution_id),
        "text": text,
        "may_hand_in": may(call.actor, "list_prices", **own),
        "seen": None if seen is None else _shown(seen),
        "faulty": faulty[:_MOST_SHOWN],
        "fault": None if error is None else error.said,
        **_words(call),
    }
    return call.show("prices.html", message("价目"), values, status)


def _shown(seen: Sequence[SeenLine]) -> dict[str, Any]:
    """What a list would change: counted, and its lines with those above a limit first."""
    ordered = sorted(seen, key=lambda line: (not line.is_above, line.change is PriceChange.SAME))
    counts = {
        change: count
        for change in PriceChange
        if (count := sum(line.change is change for line in seen))
    }
    return {
        "counts": counts,
        "above": sum(line.is_above for line in seen),
        "unknown": sum(not line.is_in_catalogue for line in seen),
        "lines": ordered[:_MOST_SHOWN],
        "count": len(seen),
    }


def _words(call: DeskCall) -> dict[str, Any]:
    return {
        "price_text": price_text,
        "change_words": CHANGE_WORDS,
        "once": secrets.token_hex(14),
        "today": call.today,
    }


def hand_in(call: DeskCall) -> Response:
    """Look at a file, or hand it in."""
    place = place_of(call, "list_prices")
    try:
        if call.upload is None or not call.upload.content:
            raise InputError(message("请选一个文件"), place="file")
        lines = read_prices(call.upload.content)
        at = call.counter.now()
        if call.sent.get("do") != "hand_in":
            seen = prices.preview_prices(
                call.database, place.institution_id, lines, actor=call.actor, at=at
            )
            return _prices_at(call, None, 200, seen)
        answer = prices.hand_in_prices(
            call.database,
            form_key(call, "list_prices"),
            place.institution_id,
            lines,
            actor=call.actor,
            at=at,
        )
    except YibaoError as error:
        return _prices_at(call, error, status_of(error), None)
    lists_at = f"{place.base}/prices" if place.is_own else PRICES
    return RedirectResponse(f"{lists_at}/{answer['list']}", 303)


def show(call: DeskCall) -> Response:
    """One list with its lines."""
    place_of(call, "read_prices")
    return _show(call, None, 200)


def _show(call: DeskCall, error: YibaoError | None, status: int) -> Response:
    handed, lines = read_list(call.database, call.actor, call.parameters["price_list"])
    waits = handed.state is ListState.WAITING
    is_own = call.actor.institution_id is not None
    values = {
        "handed": handed,
        "lines": lines,
        "name": _name(call, handed.institution_id),
        "base": PRICES,
        "back": "/institution/prices"
        if is_own
        else f"{INSTITUTIONS}/{handed.institution_id}/prices",
        "logins": logins_of(call.database, {handed.handed_by, handed.decided_by or ""}),
        "may_decide": waits
        and may(call.actor, "confirm_prices", area=handed.area)
        and handed.handed_by != call.actor.id,
        "fault": None if error is None else error.said,
        **_words(call),
    }
    title = message("第 {number} 份价目", number=handed.number)
    return call.show("price_list.html", title, values, status)


def decide(call: DeskCall) -> Response:
    """Confirm what is above the limit, or refuse it."""
    place_of(call, "confirm_prices")
    list_id = call.parameters["price_list"]
    state = ListState.CONFIRMED if call.sent.get("do") == "confirm" else ListState.REFUSED
    try:
        prices.decide_prices(
            call.database,
            form_key(call, "confirm_prices"),
            list_id,
            state,
            reason_of(call),
            actor=call.actor,
            at=call.counter.now(),
        )
    except YibaoError as error:
        return _show(call, error, status_of(error))
    return RedirectResponse(f"{PRICES}/{list_id}", 303)
