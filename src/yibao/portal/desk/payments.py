"""Payments at the desk: what waits, batches to make, sign and send, and the bank's answers."""

from __future__ import annotations

import secrets

from starlette.responses import RedirectResponse, Response

from yibao.access.operations import Key
from yibao.access.users import logins_of
from yibao.disbursement import operations as payments
from yibao.disbursement import reading
from yibao.disbursement.states import BatchState
from yibao.errors import InputError, YibaoError
from yibao.messages import Text, message
from yibao.portal.calls import status_of
from yibao.portal.desk.frame import DESK, DeskCall

PAYMENTS = f"{DESK}/payments"


def show(call: DeskCall) -> Response:
    """What waits, and the latest batches."""
    return _list(call, None, 200)


def _list(
    call: DeskCall, fault: Text | None, status: int, booked: list[payments.BookedLine] | None = None
) -> Response:
    page = reading.payments(call.database, call.actor)
    values = {
        "page": page,
        "total": sum(order.amount for order in page.waiting),
        "may_draft": call.may("draft_payments"),
        "may_answer": call.may("answer_payments"),
        "booked": booked,
        "once": secrets.token_hex(16),
        "fault": fault,
    }
    return call.show("payments.html", message("拨付"), values, status)


def draft(call: DeskCall) -> Response:
    """All that waits, or those that are ticked, in one batch."""
    call.require_role("draft_payments")
    chosen = [name.removeprefix("order-") for name in call.sent if name.startswith("order-")]
    try:
        if call.actor.area is None:
            raise InputError(message("您不属于一个统筹区，请由财务岗编批次"))
        answer = payments.draft_batch(
            call.database,
            Key(call.actor.id, "desk_draft", call.once()),
            call.actor.area,
            chosen,
            actor=call.actor,
            at=call.counter.now(),
        )
    except YibaoError as error:
        return _list(call, error.said, status_of(error))
    return RedirectResponse(f"{PAYMENTS}/{answer['batch']}", 303)


def answers(call: DeskCall) -> Response:
    """The bank's file: every line is booked, or says why not."""
    call.require_role("answer_payments")
    try:
        if call.upload is None or not call.upload.content:
            raise InputError(message("请选银行的回盘文件（CSV）"))
        lines = payments.read_answers(call.upload.content)
        booked = payments.book_answers(
            call.database, lines, actor=call.actor, at=call.counter.now()
        )
    except YibaoError as error:
        return _list(call, error.said, status_of(error))
    return _list(call, None, 200, booked)


def batch(call: DeskCall) -> Response:
    """One batch with its orders, and what may be done with it."""
    return _batch(call, None, 200)


def _batch(call: DeskCall, fault: Text | None, status: int) -> Response:
    listed, orders = reading.read_batch(call.database, call.actor, call.parameters["batch"])
    is_open = listed.state in (BatchState.DRAFTED, BatchState.SIGNED)
    may_sign, may_send = call.may("sign_payments"), call.may("send_payments")
    me = call.actor.id
    values = {
        "batch": listed,
        "orders": orders,
        "logins": logins_of(call.database, {listed.drafted_by, listed.signed_by or ""}),
        "may_sign": may_sign and listed.state is BatchState.DRAFTED and listed.drafted_by != me,
        "may_send": may_send and listed.state is BatchState.SIGNED and listed.signed_by != me,
        "may_drop": is_open and call.may("drop_payments"),
        "may_fetch": may_send and listed.state is BatchState.SENT,
        "once": secrets.token_hex(16),
        "fault": fault,
    }
    return call.show("batch.html", message("拨付批次"), values, status)


def move(call: DeskCall) -> Response:
    """Sign, send or drop a batch."""
    what = call.sent.get("do", "")
    call.require_role("sign_payments" if what == "sign" else "read_payments")
    batch_id = call.parameters["batch"]
    key = Key(call.actor.id, f"desk_{what[:10]}_batch", call.once())
    at = call.counter.now()
    try:
        if what == "sign":
            payments.sign_batch(call.database, key, batch_id, actor=call.actor, at=at)
        elif what == "send":
            payments.send_batch(call.database, key, batch_id, actor=call.actor, at=at)
        elif what == "drop":
            reason = call.sent.get("reason", "")
            payments.drop_batch(call.database, key, batch_id, reason, actor=call.actor)
        else:
            raise InputError(message("表单不完整，请返回上一页重新打开"))
    except YibaoError as error:
        return _batch(call, error.said, status_of(error))
    return RedirectResponse(f"{PAYMENTS}/{batch_id}", 303)


def file(call: DeskCall) -> Response:
    """The file for the bank."""
    batch_id = call.parameters["batch"]
    content = payments.file_of_batch(call.database, batch_id, actor=call.actor)
    headers = {
        "Content-Disposition": f'attachment; filename="{batch_id}.csv"',
        "Cache-Control": "no-store",
    }
    return Response(content, media_type="text/csv; charset=utf-8", headers=headers)
