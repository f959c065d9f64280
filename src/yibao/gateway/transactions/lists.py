"""The list of a settlement for the fund: 4101, in the edition of 2022 and the one before."""

from __future__ import annotations

from typing import Any

from yibao.database.identifiers import new_identifier
from yibao.database.unit import Unit
from yibao.errors import ConflictError
from yibao.exchange.files import put_record
from yibao.gateway.answers import Output
from yibao.gateway.call import Call
from yibao.gateway.errors import MessageError, titled
from yibao.gateway.identifiers import from_wire, to_wire
from yibao.gateway.message import Row
from yibao.gateway.registry import writes
from yibao.gateway.values import day, fen, yuan
from yibao.messages import message

LIST = "4101"
"""Kind of record."""
LIST_NUMBER = "setl_list_id"
"""Where a stored list keeps the number that it was answered with."""


@writes("4101")
def settlement_list(call: Call) -> bytes:
    """4101: checked against the settlement that it is of, and stored; sent again, replaced."""
    row = call.nodes.one("setlinfo")
    book = call.service.book
    entry = book.entry_at(call.institution, from_wire(call.need(row, "setl_id")))
    _check_visit(call, row, entry)
    if entry.reverses is not None or book.reversed_by(entry.person_id, entry.entry_id) is not None:
        raise ConflictError(message("这笔结算已经撤销，请上传重新结算后的清单"))
    _check_money(call, row, entry)
    _note_diagnoses(call)
    list_number = to_wire(new_identifier())
    nodes = {node.name: call.nodes.many(node.name) for node in call.nodes.transaction.input}
    stored = {**nodes, LIST_NUMBER: list_number}
    person_id = entry.person_id

    def operation(unit: Unit) -> Output:
        put_record(
            unit, call.institution, LIST, entry.entry_id, stored, call.now, person_id=person_id
        )
        return {"data": {LIST_NUMBER: list_number}}

    return call.write(person_id, operation)


def _check_visit(call: Call, row: Row, entry: Any) -> None:
    """The visit, the person and the days are those of the settlement."""
    visit_number = row.get("mdtrt_id")
    if visit_number is not None and from_wire(visit_number) != entry.visit_id:
        raise MessageError(
            message("与 setl_id 的就诊不是同一次，请核对"), place=call.place("mdtrt_id")
        )
    person_number = row.get("psn_no")
    if person_number is not None and from_wire(person_number) != entry.person_id:
        raise MessageError(
            message("与 setl_id 的参保人不是同一人，请核对"), place=call.place("psn_no")
        )
    first, last = row.get("setl_begn_date"), row.get("setl_end_date")
    place = call.place("setl_end_date")
    if first is not None and last is not None:
        begin = day(first, call.place("setl_begn_date"))
        if day(last, place) < begin:
            raise MessageError(message("早于结算开始日期，请核对"), place=place)


def _check_money(call: Call, row: Row, entry: Any) -> None:
    """What the list says was paid is what was paid."""
    parts = {"acct_pay": entry.account, "psn_cashpay": entry.cash}
    for name, ours in parts.items():
        stated = row.get(name)
        if stated is not None and fen(stated, call.place(name)) != ours:
            raise MessageError(
                message(
                    "写的是 {stated}，结算是 {ours}，请改为一致", stated=stated, ours=yuan(ours)
                ),
                place=call.place(name),
            )
    paid = _sum(call, "payinfo", "fund_payamt")
    if paid is not None and paid not in (entry.fund, entry.fund + entry.account):
        raise MessageError(
            message(
                "各基金之和 {paid}，结算的基金支付是 {fund}（连同个人账户 {both}），请改为一致",
                paid=yuan(paid),
                fund=yuan(entry.fund),
                both=yuan(entry.fund + entry.account),
            ),
            place=titled("input.payinfo.fund_payamt", message("基金支付金额")),
        )
    charged = _sum(call, "iteminfo", "amt")
    if charged is not None and charged != entry.total:
        raise MessageError(
            message(
                "各收费项目之和 {charged}，结算的总额是 {total}，请改为一致",
                charged=yuan(charged),
                total=yuan(entry.total),
            ),
            place=titled("input.iteminfo.amt", message("金额")),
        )


def _sum(call: Call, node: str, name: str) -> int | None:
    """Fen of a field over all rows of a node; None where the node was not sent."""
    texts = [text for row in call.nodes.many(node) if (text := row.get(name)) is not None]
    return sum(fen(text, f"input.{node}.{name}") for text in texts) if texts else None


def _note_diagnoses(call: Call) -> None:
    rows = call.nodes.many("diseinfo")
    main = sum(1 for row in rows if row.get("maindiag_flag") == "1")
    if rows and main != 1:
        call.note(
            titled("input.diseinfo.maindiag_flag", message("主诊断标志")),
            message("有 {main} 个主诊断，应有一个", main=main),
        )
