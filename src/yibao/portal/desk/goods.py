"""Goods that are paid directly to makers: at the desk, and for an institution its own."""

from __future__ import annotations

import secrets
from collections.abc import Sequence
from typing import Any

from starlette.responses import RedirectResponse, Response

from yibao.access.users import logins_of
from yibao.clearing import operations as clearing
from yibao.clearing.goods_lines import read_goods
from yibao.clearing.goods_reading import list_goods, read_goods_list
from yibao.clearing.goods_states import GOODS_KIND_WORDS, GOODS_MOVES, GoodsMove, goods_step_label
from yibao.clearing.places import names_within
from yibao.employers.errors import FaultyLinesError, LineFault
from yibao.errors import InputError, YibaoError
from yibao.inquiry.claiming import ACCOUNT, payee_from
from yibao.inquiry.clearing_goods import GOODS, OWN_GOODS, goods_from
from yibao.messages import message
from yibao.policy.kinds import member
from yibao.portal.calls import status_of
from yibao.portal.desk.frame import DESK, PLACE, DeskCall
from yibao.portal.desk.place_parts import faults_of, form_key, form_values, place_of, reason_of
from yibao.portal.styles import classes

GOODS_AT, OWN_GOODS_AT = f"{DESK}/goods", f"{PLACE}/goods"


def _base(call: DeskCall) -> str:
    return OWN_GOODS_AT if call.request.url.path.startswith(PLACE) else GOODS_AT


def listed(call: DeskCall) -> Response:
    """Lists of the area, or of one's own institution, and a form for another one."""
    place_of(call, "read_clearing")
    return _listed(call, None, 200)


def _listed(call: DeskCall, error: YibaoError | None, status: int) -> Response:
    base = _base(call)
    is_own = base == OWN_GOODS_AT
    lines: Sequence[LineFault] = error.faults if isinstance(error, FaultyLinesError) else ()
    values = {
        **_words(call),
        "goods": list_goods(call.database, call.actor),
        "fields": OWN_GOODS if is_own else GOODS,
        "may_draft": is_own or call.may("take_clearing"),
        "lines": lines,
        **_said(call, error),
    }
    return call.show("goods.html", message("直接付给企业的货款"), values, status)


def _words(call: DeskCall) -> dict[str, Any]:
    base = _base(call)
    is_own = base == OWN_GOODS_AT
    return {
        "base": base,
        "is_own": is_own,
        "names": {} if is_own else names_within(call.database, call.actor, today=call.today),
        "kind_words": GOODS_KIND_WORDS,
        "once": secrets.token_hex(14),
        "today": call.today.isoformat(),
        "classes": classes,
    }


def _said(call: DeskCall, error: YibaoError | None) -> dict[str, Any]:
    return {
        "written": call.sent if error is not None else {},
        "faults": {} if error is None else faults_of(error),
        "fault": None if error is None else error.said,
    }


def draft(call: DeskCall) -> Response:
    """Hand in a list."""
    is_own = _base(call) == OWN_GOODS_AT
    place = place_of(call, "apply_clearing" if is_own else "take_clearing")
    try:
        values = form_values(call, OWN_GOODS if is_own else GOODS)
        if call.upload is None or not call.upload.content:
            raise InputError(message("请选一个文件"), place="file")
        institution_id = place.institution_id if is_own else values["institution"]
        answer = clearing.draft_goods(
            call.database,
            form_key(call, "draft_goods"),
            goods_from(values, institution_id),
            read_goods(call.upload.content),
            actor=call.actor,
            at=call.counter.now(),
        )
    except YibaoError as error:
        return _listed(call, error, status_of(error))
    return RedirectResponse(f"{_base(call)}/{answer['goods']}", 303)


def show(call: DeskCall) -> Response:
    """One list."""
    place_of(call, "read_clearing")
    return _show(call, None, 200)


def _show(call: DeskCall, error: YibaoError | None, status: int) -> Response:
    page = read_goods_list(call.database, call.actor, call.parameters["goods_list"])
    values = {
        **_words(call),
        "page": page,
        "row": page.listed,
        "address": f"{_base(call)}/{page.listed.goods_id}",
        "moves": [(move, GOODS_MOVES[move]) for move in page.moves],
        "drop": GoodsMove.DROP,
        "confirm": GoodsMove.CONFIRM,
        "step_label": goods_step_label,
        "logins": logins_of(call.database, {step.actor for step in page.history}),
        "account_fields": ACCOUNT,
        **_said(call, error),
    }
    title = message(
        "{maker} 的交货清单 {number}", maker=page.listed.maker_name, number=page.listed.number
    )
    return call.show("goods_list.html", title, values, status)


def write(call: DeskCall) -> Response:
    """A step of a list, or another account after the bank gave the money back."""
    place_of(call, "read_clearing")
    delivery = call.parameters["goods_list"]
    try:
        if call.sent.get("do") == "account":
            clearing.redirect_goods(
                call.database,
                form_key(call, "redirect_goods"),
                delivery,
                payee_from(form_values(call, ACCOUNT)),
                actor=call.actor,
                at=call.counter.now(),
            )
        else:
            clearing.move_goods(
                call.database,
                form_key(call, "move_goods"),
                delivery,
                member(GoodsMove, call.sent.get("do", ""), "move"),
                actor=call.actor,
                text=reason_of(call),
                at=call.counter.now(),
            )
    except YibaoError as error:
        return _show(call, error, status_of(error))
    return RedirectResponse(f"{_base(call)}/{delivery}", 303)
