"""Channels' daily files against the books: imported, and each difference looked at."""

from __future__ import annotations

import datetime
import secrets
from collections.abc import Mapping
from typing import Any

from starlette.responses import RedirectResponse, Response

from yibao.access.operations import Key
from yibao.access.permissions import require
from yibao.disbursement.payees import payee_of
from yibao.errors import InputError, YibaoError
from yibao.finance.files import read_channel_file
from yibao.finance.overpaying import book_overpaid
from yibao.finance.reconciliation import reconcile, reconciled, resolve_difference
from yibao.finance.states import DifferenceKind
from yibao.insured.payments.channels import channel_names
from yibao.messages import Text, message, message_in
from yibao.portal.calls import status_of
from yibao.portal.desk.frame import DESK, DeskCall

RECONCILIATION = f"{DESK}/reconciliation"
_KINDS: Mapping[str, Text] = {
    DifferenceKind.MISSING_HERE: message_in("difference", "渠道有，账上没有"),
    DifferenceKind.MISSING_THERE: message_in("difference", "账上有，渠道没有"),
    DifferenceKind.AMOUNT: message_in("difference", "金额不符"),
    DifferenceKind.DUPLICATE: message_in("difference", "文件里重复"),
    DifferenceKind.LATE: message_in("difference", "账上记在别的日子"),
}


def show(call: DeskCall) -> Response:
    """What waits, and the files so far."""
    return _page(call, "", None, 200)


def _page(call: DeskCall, place: str, fault: Text | None, status: int) -> Response:
    values = {
        "compared": reconciled(call.database, actor=call.actor),
        "kinds": _KINDS,
        "too_much": _is_too_much,
        "channels": list(channel_names().items()),
        "names": channel_names(),
        "once": secrets.token_hex(16),
        "fault": fault,
        "place": place,
        "written": call.sent,
        "may_reconcile": call.may("reconcile"),
    }
    return call.show("reconciliation.html", message("渠道对账"), values, status)


def _is_too_much(row: Any) -> bool:
    """Whether a difference can be booked as it is."""
    return bool(row.kind == DifferenceKind.AMOUNT and row.there > row.here > 0)


def _day(text: str) -> datetime.date:
    try:
        return datetime.date.fromisoformat(text.strip())
    except ValueError:
        raise InputError(message("日期写作 2026-03-15"), place="day") from None


def take(call: DeskCall) -> Response:
    """Import a file."""
    require(call.actor, "reconcile", area=call.actor.area)
    try:
        if call.upload is None or not call.upload.content:
            raise InputError(message("请选一个文件"), place="file")
        reconcile(
            call.database,
            Key(call.actor.id, "desk_reconcile", call.once()),
            call.sent.get("channel", ""),
            _day(call.sent.get("day", "")),
            read_channel_file(call.upload.content),
            actor=call.actor,
            at=call.counter.now(),
        )
    except YibaoError as error:
        return _page(call, "file", error.said, status_of(error))
    return RedirectResponse(RECONCILIATION, 303)


def overpaid(call: DeskCall) -> Response:
    """Book what came too much, and owe it back."""
    require(call.actor, "reconcile", area=call.actor.area)
    sent = call.sent
    try:
        payee = None
        if sent.get("account", "").strip():
            payee = payee_of(sent.get("holder", ""), sent.get("bank", ""), sent["account"])
        book_overpaid(
            call.database,
            Key(call.actor.id, "desk_overpaid", call.once()),
            sent.get("channel", ""),
            _day(sent.get("day", "")),
            sent.get("reference", ""),
            payee,
            actor=call.actor,
            at=call.counter.now(),
        )
    except YibaoError as error:
        return _page(call, "open", error.said, status_of(error))
    return RedirectResponse(RECONCILIATION, 303)


def resolve(call: DeskCall) -> Response:
    """Say what became of a difference."""
    require(call.actor, "reconcile", area=call.actor.area)
    sent = call.sent
    try:
        resolve_difference(
            call.database,
            Key(call.actor.id, "desk_resolve", call.once()),
            sent.get("channel", ""),
            _day(sent.get("day", "")),
            sent.get("reference", ""),
            sent.get("kind", ""),
            sent.get("resolution", ""),
            actor=call.actor,
            at=call.counter.now(),
        )
    except YibaoError as error:
        return _page(call, "open", error.said, status_of(error))
    return RedirectResponse(RECONCILIATION, 303)
