"""What is checked and stored and moves no money: 3301, 3302, 3501-3507, 4101."""

from __future__ import annotations

from yibao.database.identifiers import new_identifier
from yibao.database.unit import Unit
from yibao.errors import NotFoundError
from yibao.exchange.files import drop_record, drop_records, put_record
from yibao.gateway.answers import Output
from yibao.gateway.call import Call
from yibao.gateway.errors import MessageError
from yibao.gateway.identifiers import from_wire, to_wire
from yibao.gateway.message import Row
from yibao.gateway.registry import writes


def _match_id(call: Call, row: Row) -> str:
    names = ("fixmedins_hilist_id", "list_type", "med_list_codg")
    return "/".join(call.need(row, name) for name in names)


@writes("3301")
def match(call: Call) -> bytes:
    """3301: the institution's own code and the catalogue's, one or many."""
    rows = call.nodes.many("data")
    numbers = [_match_id(call, row) for row in rows]

    def operation(unit: Unit) -> Output:
        for number, row in zip(numbers, rows, strict=True):
            put_record(unit, call.institution, "3301", number, dict(row), call.now)
        return {}

    return call.write(call.institution, operation)


@writes("3302")
def unmatch(call: Call) -> bytes:
    """3302."""
    number = _match_id(call, call.nodes.one())

    def operation(unit: Unit) -> Output:
        if not drop_record(unit, call.institution, "3301", number):
            raise NotFoundError(f"没有目录对照 {number}，请核对机构项目编码和目录编码")
        return {}

    return call.write(call.institution, operation)


@writes("3501", "3502", "3503", "3504", "3505", "3506")
def stock(call: Call) -> bytes:
    """3501-3506: stock, purchase and sale of goods; one row, or several in a list."""
    node = call.nodes.transaction.input[0].name
    rows = call.nodes.many(node)
    if not rows:
        raise MessageError("没有商品信息", place=f"input.{node}")
    for row in rows:
        call.need(row, "fixmedins_bchno")
        call.need(row, "med_list_codg")

    def operation(unit: Unit) -> Output:
        for row in rows:
            number = f"{row['fixmedins_bchno']}/{new_identifier()}"
            put_record(unit, call.institution, call.infno, number, dict(row), call.now)
        return {}

    return call.write(call.institution, operation)


_DATA_TYPES = {"1": "3501", "2": "3502", "3": "3503", "4": "3505"}
"""inv_data_type: which upload a batch number is deleted from."""


@writes("3507")
def delete_stock(call: Call) -> bytes:
    """3507: an upload is taken back by its batch number."""
    row = call.nodes.one()
    batch, kind = call.need(row, "fixmedins_bchno"), call.need(row, "inv_data_type")
    infno = _DATA_TYPES.get(kind.lstrip("0"))
    if infno is None:
        shown = "、".join(_DATA_TYPES)
        raise MessageError(f"{kind} 应写 {shown} 之一", place=call.place("inv_data_type"))

    def operation(unit: Unit) -> Output:
        if not drop_records(unit, call.institution, infno, f"{batch}/"):
            raise NotFoundError(f"没有批次 {batch} 的 {infno} 上传")
        return {}

    return call.write(call.institution, operation)


@writes("4101")
def settlement_list(call: Call) -> bytes:
    """4101: the list of a settled stay; it must belong to a settlement of the sender."""
    row = call.nodes.one("setlinfo")
    person_id = call.person(row)
    entry = call.platform.book.entry(person_id, from_wire(call.need(row, "setl_id")))
    if entry.institution_id != call.institution:
        raise NotFoundError("没有本机构的这笔结算，请核对 setl_id")
    list_id = new_identifier()
    nodes = {node.name: call.nodes.many(node.name) for node in call.nodes.transaction.input}

    def operation(unit: Unit) -> Output:
        put_record(
            unit, call.institution, "4101", entry.entry_id, nodes, call.now, person_id=person_id
        )
        return {"data": {"setl_list_id": to_wire(list_id)}}

    return call.write(person_id, operation)
