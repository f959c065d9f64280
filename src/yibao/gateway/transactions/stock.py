"""What is checked and stored and moves no money: 3301, 3302, 3501-3507."""

from __future__ import annotations

from collections.abc import Sequence

from yibao.care.catalogue import items_on
from yibao.database.identifiers import new_identifier
from yibao.database.unit import Unit
from yibao.errors import NotFoundError
from yibao.exchange.files import drop_record, drop_records, put_record
from yibao.gateway.answers import Output
from yibao.gateway.call import Call
from yibao.gateway.errors import MessageError
from yibao.gateway.message import Row
from yibao.gateway.registry import writes
from yibao.gateway.values import day, scaled
from yibao.messages import Listed, message

_QUANTITY_PLACES = 4


def _match_id(call: Call, row: Row) -> str:
    names = ("fixmedins_hilist_id", "list_type", "med_list_codg")
    return "/".join(call.need(row, name) for name in names)


@writes("3301")
def match(call: Call) -> bytes:
    """3301: the institution's own code and the catalogue's, one or many."""
    rows = call.nodes.many("data")
    if not rows:
        raise MessageError(message("没有目录对照"), place="input.data")
    numbers = [_match_id(call, row) for row in rows]
    _note_unknown(call, rows)

    def operation(unit: Unit) -> Output:
        for number, row in zip(numbers, rows, strict=True):
            put_record(unit, call.institution, "3301", number, dict(row), call.now)
        return {}

    return call.write(call.institution, operation)


def _note_unknown(call: Call, rows: Sequence[Row]) -> None:
    """A code that the catalogue does not hold is stored, and told to the developer."""
    codes = {code for row in rows if (code := row.get("med_list_codg")) is not None}
    known = call.service.database.read(lambda unit: items_on(unit, codes, call.today))
    for code in sorted(codes - known.keys()):
        call.note(
            call.place("med_list_codg"),
            message("目录里没有 {code}，照存，结算时按目录外处理", code=code),
        )


@writes("3302")
def unmatch(call: Call) -> bytes:
    """3302."""
    number = _match_id(call, call.nodes.one())

    def operation(unit: Unit) -> Output:
        if not drop_record(unit, call.institution, "3301", number):
            raise NotFoundError(
                message("没有目录对照 {number}，请核对机构项目编码和目录编码", number=number)
            )
        return {}

    return call.write(call.institution, operation)


@writes("3501", "3502", "3503", "3504", "3505", "3506")
def stock(call: Call) -> bytes:
    """3501-3506: stock, purchase and sale of goods; one row, or several in a list."""
    node = call.nodes.transaction.input[0].name
    rows = call.nodes.many(node)
    if not rows:
        raise MessageError(message("没有商品信息"), place=f"input.{node}")
    for row in rows:
        call.need(row, "fixmedins_bchno")
        call.need(row, "med_list_codg")
        _check_goods(call, row)
    _note_unknown(call, rows)

    def operation(unit: Unit) -> Output:
        for row in rows:
            number = f"{row['fixmedins_bchno']}/{new_identifier()}"
            put_record(unit, call.institution, call.infno, number, dict(row), call.now)
        return {}

    return call.write(call.institution, operation)


def _check_goods(call: Call, row: Row) -> None:
    """Quantities are not negative, and nothing expires before it was made."""
    for name in ("inv_cnt", "purc_retn_cnt", "sel_retn_cnt"):
        text = row.get(name)
        if text is not None and scaled(text, _QUANTITY_PLACES, call.place(name)) < 0:
            raise MessageError(message("不能为负；退货用 3504 或 3506"), place=call.place(name))
    produced, expires = row.get("manu_date"), row.get("expy_end")
    if produced is not None and expires is not None:
        place = call.place("expy_end")
        if day(expires, place) < day(produced, call.place("manu_date")):
            raise MessageError(message("早于生产日期，请核对"), place=place)


_DATA_TYPES = {"1": "3501", "2": "3502", "3": "3503", "4": "3505"}
"""inv_data_type: which upload a batch number is deleted from."""


@writes("3507")
def delete_stock(call: Call) -> bytes:
    """3507: an upload is taken back by its batch number."""
    row = call.nodes.one()
    batch, kind = call.need(row, "fixmedins_bchno"), call.need(row, "inv_data_type")
    infno = _DATA_TYPES.get(kind.lstrip("0"))
    if infno is None:
        raise MessageError(
            message("{kind} 应写 {choices} 之一", kind=kind, choices=Listed(_DATA_TYPES)),
            place=call.place("inv_data_type"),
        )

    def operation(unit: Unit) -> Output:
        if not drop_records(unit, call.institution, infno, f"{batch}/"):
            raise NotFoundError(
                message("没有批次 {batch} 的 {infno} 上传", batch=batch, infno=infno)
            )
        return {}

    return call.write(call.institution, operation)
