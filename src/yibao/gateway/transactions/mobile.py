"""Mobile payment: an order is uploaded, paid, refunded, asked for or withdrawn. 6201-6401."""

from __future__ import annotations

import re
import secrets
from typing import Any

from yibao.database.identifiers import new_identifier
from yibao.database.unit import Database, Unit
from yibao.errors import ConflictError, NotFoundError
from yibao.exchange.amounts import Money
from yibao.exchange.files import find_record, owner_of_record, put_record
from yibao.exchange.part import refund_part
from yibao.exchange.visits import (
    Document,
    RegisteredVisit,
    add_lines,
    drop_lines,
    new_document,
    open_visit,
    read_visit,
    registered_visit,
)
from yibao.gateway.answers import Output, amount
from yibao.gateway.call import Call
from yibao.gateway.errors import MessageError
from yibao.gateway.identifiers import from_wire, to_wire
from yibao.gateway.lines import read_lines
from yibao.gateway.listing import catalogue_of_visit
from yibao.gateway.message import Row
from yibao.gateway.reading import decode_object, scalar_text
from yibao.gateway.registry import reads, writes
from yibao.gateway.settled import reversal_output
from yibao.gateway.taking_back import rendered_part, rest_of
from yibao.gateway.transactions.outpatient import require_own
from yibao.gateway.transactions.settling import prepare
from yibao.gateway.values import fen, stamp, yuan
from yibao.gateway.visiting import channel_of, extension
from yibao.messages import message

ORDER = "order"
SAVED, SETTLED, REFUNDED, WITHDRAWN = "0", "6", "7", "12"
"""ordStas: saved, settled, refunded, withdrawn."""
_CALLED = {SAVED: "1", SETTLED: "2", REFUNDED: "3", WITHDRAWN: "1"}
"""callType by ordStas: an authorisation is awaited, paid, given back."""
_UPPER = re.compile(r"(?<!^)([A-Z])")


def snake(name: str) -> str:
    """``medfeeSumamt`` as the other transactions write it: ``medfee_sumamt``."""
    return _UPPER.sub(r"_\1", name).lower()


def _plain(row: Row) -> Row:
    return {snake(name): text for name, text in row.items()}


def _listed(call: Call, name: str) -> list[Row]:
    """A list that stands in ``data``, or beside it."""
    nodes = call.nodes.many(name)
    if nodes:
        return [_plain(row) for row in nodes]
    text = call.nodes.one().get(name)
    if text is None or not text.startswith("["):
        return []
    rows = decode_object(f'{{"rows":{text}}}', f"input.data.{name}")["rows"]
    if not all(isinstance(row, dict) for row in rows):
        raise MessageError(message("每一行应是 JSON 对象"), place=f"input.data.{name}")
    return [{snake(key): scalar_text(value) for key, value in row.items()} for row in rows]


@writes("6201")
def upload(call: Call) -> bytes:
    """6201: a visit with its lines becomes an order that waits to be paid."""
    row = _plain(call.nodes.one())
    rows = _listed(call, "feedetailList")
    batch = row.get("chrg_bchno") or call.need(call.nodes.one(), "medOrgOrd")
    on = call.day(call.nodes.one(), "begntime", call.today)
    call.require_past(on, "begntime")
    person_id = from_wire(call.need(call.nodes.one(), "psnNo"))
    known = call.known(person_id)
    call.institution_on(on)
    catalogue = catalogue_of_visit(call, known.facts, on, channel_of(extension(call, row)))
    lines = read_lines(call, rows, on, batch, row.get("dise_codg"), catalogue) if rows else []
    total = fen(call.need(call.nodes.one(), "medfeeSumamt"), call.place("medfeeSumamt"))
    summed = sum(line["amount"] for line in lines)
    if lines and summed != total:
        raise MessageError(
            message(
                "{total} 与 {count} 行费用明细之和 {summed} 不符，请核对",
                total=yuan(total),
                count=len(lines),
                summed=yuan(summed),
            ),
            place=call.place("medfeeSumamt"),
        )
    visit_number = row.get("mdtrt_id")
    visit_id = from_wire(visit_number) if visit_number is not None else new_identifier()
    order_id, token = new_identifier(), secrets.token_hex(16)
    texts = {
        name: text
        for name, text in row.items()
        if text is not None and not text.startswith(("[", "{"))
    }
    order = {
        "person": person_id,
        "visit": visit_id,
        "batch": batch,
        "token": token,
        "total": total,
        "number": row.get("med_org_ord") or "",
        "reversal_token": secrets.token_hex(16),
        "told": texts,
        "withdrawn": False,
    }

    def operation(unit: Unit) -> Output:
        if visit_number is None:
            document = new_document(**texts, begin=on.isoformat())
            document["lines"] = lines
            visit = RegisteredVisit(person_id, visit_id, call.institution, on, False, 0, document)
            open_visit(unit, visit)
        else:
            visit = read_visit(unit, person_id, visit_id, lock=True)
            require_own(call, visit)
            add_lines(unit, visit, lines)
        put_record(unit, call.institution, ORDER, order_id, order, call.now, person_id=person_id)
        return {
            "data": {
                "payOrdId": to_wire(order_id),
                "payToken": token,
                "cashierUrl": "",
                "mdtrtId": to_wire(visit_id),
                "extData": {},
            }
        }

    return call.write(person_id, operation)


def owner_of_order(database: Database, number: str) -> str:
    """The institution whose order it is, by payOrdId; empty where there is none."""
    return owner_of_record(database, ORDER, from_wire(number)) if number else ""


def _order(call: Call) -> tuple[str, Document]:
    """The order that a message names, with its token."""
    row = call.nodes.one()
    order_id = from_wire(call.need(row, "payOrdId"))
    order = find_record(call.service.database, call.institution, ORDER, order_id)
    if order is None:
        raise NotFoundError(message("没有这笔支付订单，请核对 payOrdId"))
    token = row.get("payToken")
    if token is not None and token != order["token"]:
        raise MessageError(message("与订单的支付令牌不符"), place=call.place("payToken"))
    return order_id, order


def _visit_of(call: Call, order: Document) -> RegisteredVisit:
    return registered_visit(call.service.database, order["person"], order["visit"])


@writes("6202")
def pay(call: Call) -> bytes:
    """6202: the order is settled; cash, account and fund come to the total."""
    order_id, order = _order(call)
    if order["withdrawn"]:
        raise ConflictError(message("这笔订单已经撤销，请重新上传费用"))
    visit = _visit_of(call, order)
    row: Row = {
        **{name: text for name, text in order["told"].items() if name != "mdtrt_id"},
        "medfee_sumamt": yuan(order["total"]),
        "chrg_bchno": order["batch"],
    }
    asked = call.nodes.one()
    authorised = asked.get("payAuthNo")
    if asked.get("acctUsedFlag") is not None:
        row["acct_used_flag"] = asked["acctUsedFlag"]
    if row.get("acct_used_flag") is None:
        row["acct_used_flag"] = "1" if authorised else "0"
    draft = prepare(call, row, visit, order["batch"], visit.opened_on)

    def render(entry_id: str, money: Money) -> str:
        paid = {
            "payOrdId": to_wire(order_id),
            "ordStas": SETTLED,
            **_amounts(money),
            "extData": {"setlId": to_wire(entry_id), "mdtrtId": to_wire(visit.visit_id)},
        }
        settlement_answer = draft.output(call, entry_id, money)
        return call.encoded({"data": paid, **settlement_answer})

    return call.service.book.settle(
        call.sent, draft.registered, draft.visit, draft.booking, render
    ).encode()


def _amounts(money: Money) -> Output:
    return {
        "feeSumamt": amount(money.total),
        "ownPayAmt": amount(money.cash),
        "psnAcctPay": amount(money.account + money.mutual_aid),
        "fundPay": amount(money.fund),
    }


@writes("6203")
def refund(call: Call) -> bytes:
    """6203: everything, the insurance's part, or some of the lines; cash alone moves nothing here.

    Which lines, ``extData.feedetailList`` says; without it the amount, where it is that of the
    only line or of exactly one.
    """
    row = call.nodes.one()
    _, order = _order(call)
    visit = _visit_of(call, order)
    settlement = visit.settled.get(order["batch"])
    kind = (row.get("refdType") or "ALL").upper()
    if kind not in ("ALL", "CASH", "HI"):
        raise MessageError(
            message("{kind} 应写 ALL、CASH 或 HI", kind=kind), place=call.place("refdType")
        )
    if settlement is None:
        raise ConflictError(message("这笔订单没有结算，或已经退费"))
    entry = call.service.book.entry(order["person"], settlement["entry"])
    rest = rest_of(call, visit, entry) if kind == "ALL" else None
    refund_id = new_identifier()
    answer: Output = {
        "data": {
            "refdSn": to_wire(refund_id),
            "hiFefdSn": to_wire(refund_id),
            "hiTrnsDate": stamp(call.now)[:8],
            "hiTrnsTime": stamp(call.now)[8:14],
            "refStatus": "SUCC",
            "extData": {},
        }
    }
    if kind == "CASH":
        return call.write(order["person"], lambda _: answer)
    if rest is not None:
        render_part = rendered_part(call, entry, answer)
        return refund_part(
            call.service.book, call.sent, entry, visit, rest, render_part, call.now
        ).encode()

    def render(entry_id: str, money: Money, proposals: int) -> str:
        output = reversal_output(
            entry, entry_id, call.sent.message_id, money, call.now, proposals=proposals
        )
        return call.encoded({**answer, **output})

    return call.service.book.reverse(call.sent, entry, render, call.now).encode()


@reads("6301")
def order_state(call: Call) -> Output:
    """6301."""
    order_id, order = _order(call)
    visit = _visit_of(call, order)
    settlement = visit.settled.get(order["batch"])
    total = order["total"]
    # Where nothing stands that was paid, all of it is the patient's: the parts come to the sum.
    paid: dict[str, Any] = {
        "ownPayAmt": amount(order["total"]),
        "psnAcctPay": amount(0),
        "fundPay": amount(0),
    }
    state = WITHDRAWN if order["withdrawn"] else SAVED
    traced = call.now
    if settlement is not None:
        entry = call.service.book.entry(order["person"], settlement["entry"])
        state, traced = SETTLED, entry.at
        total = entry.total  # less than the order's where part was given back
        paid = {
            "ownPayAmt": amount(entry.cash),
            "psnAcctPay": amount(entry.account),
            "fundPay": amount(entry.fund),
        }
    elif order["batch"] in visit.document["batches"]:
        state = REFUNDED
    return {
        "data": {
            "ordStas": state,
            "payOrdId": to_wire(order_id),
            "callType": _CALLED[state],
            "medOrgOrd": order["number"],
            "traceTime": stamp(traced)[:14],
            "orgCodg": call.institution,
            "orgName": call.institution_on(call.today).name,
            "setlType": "ALL",
            "feeSumamt": amount(total),
            **paid,
            "revsToken": order.get("reversal_token", ""),
            "extData": {},
        }
    }


@writes("6401")
def withdraw(call: Call) -> bytes:
    """6401: the lines of an order that is not paid are taken back."""
    order_id, order = _order(call)

    def operation(unit: Unit) -> Output:
        visit = read_visit(unit, order["person"], order["visit"], lock=True)
        if order["batch"] in visit.settled:
            raise ConflictError(message("这笔订单已经结算，请用 6203 退费"))
        drop_lines(unit, visit, visit.unsettled(order["batch"]))
        changed = {**order, "withdrawn": True}
        put_record(
            unit, call.institution, ORDER, order_id, changed, call.now, person_id=order["person"]
        )
        return {"data": {"success": True, "message": ""}}

    return call.write(order["person"], operation)
