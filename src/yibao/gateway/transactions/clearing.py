"""Clearing of a month: applied for with 3203, taken back with 3204."""

from __future__ import annotations

from yibao.access.operations import Answer
from yibao.clearing.operations import AppliedFor, MonthTotals, apply_for_month, move_application
from yibao.clearing.states import ClearingMove
from yibao.database.unit import Unit
from yibao.errors import NotFoundError
from yibao.exchange.months import month_days
from yibao.exchange.sent import output_of
from yibao.gateway.call import Call
from yibao.gateway.errors import MessageError
from yibao.gateway.identifiers import from_wire, to_wire
from yibao.gateway.registry import writes
from yibao.gateway.values import scaled
from yibao.messages import message


@writes("3203")
def apply_for_clearing(call: Call) -> bytes:
    """3203: one kind of care of one month, every scheme and home area; compared with the book."""
    row = call.nodes.one()
    month = _month(call, call.need(row, "setlym"))
    first, last = month_days(month)
    for name, day in (("begndate", first), ("enddate", last)):
        if call.day(row, name, day) != day:
            raise MessageError(
                message("清算按整月申报：{first} 到 {last}", first=first, last=last),
                place=call.place(name),
            )
    stated = MonthTotals(
        scaled(call.need(row, "psntime"), 0, call.place("psntime")),
        call.fen(row, "medfee_sumamt"),
        call.fen(row, "fund_appy_sum"),
        call.fen(row, "acct_pay"),
        call.fen(row, "cash_payamt"),
    )

    def told(unit: Unit, answer: Answer) -> str:
        return call.encoded({"result": {"clr_appy_evt_id": to_wire(answer["application"])}})

    answer = apply_for_month(
        call.service.database,
        call.sent.inner("clear"),
        AppliedFor(call.institution, month, call.need(row, "clr_type")),
        stated,
        eligible=call.fen(row, "med_sumfee"),
        way=row.get("clr_way") or "",
        actor=call.actor,
        at=call.now,
        then=call.sent.then(told),
    )
    return output_of(answer).encode()


@writes("3204")
def cancel_clearing(call: Call) -> bytes:
    """3204: take an application back that nobody has begun to review."""
    row = call.nodes.one()
    application_id = from_wire(call.need(row, "clr_appy_evt_id"))
    try:
        answer = move_application(
            call.service.database,
            call.sent.inner("unclear"),
            application_id,
            ClearingMove.CANCEL,
            actor=call.actor,
            at=call.now,
            then=call.sent.then(lambda unit, answer: call.encoded({})),
        )
    except NotFoundError as error:
        raise error.of(call.place("clr_appy_evt_id")) from None
    return output_of(answer).encode()


def _month(call: Call, text: str) -> int:
    if not (text.isascii() and text.isdecimal() and len(text) == len("yyyymm")):
        raise MessageError(message("清算年月写成 yyyymm"), place=call.place("setlym"))
    month = int(text)
    try:
        month_days(month)
    except ValueError:
        raise MessageError(message("清算年月写成 yyyymm"), place=call.place("setlym")) from None
    return month
