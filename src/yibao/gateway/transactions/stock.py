"""What is checked and stored and moves no money: 3301, 3302, 3501-3507; sales by package, 3513."""

from __future__ import annotations

import datetime
from collections.abc import Mapping, Sequence
from typing import Any

from yibao.care.catalogue import items_on
from yibao.database.identifiers import new_identifier
from yibao.database.unit import Unit
from yibao.errors import NotFoundError
from yibao.exchange.files import drop_record, drop_records, put_record, records_under
from yibao.gateway.answers import Output, encode_output
from yibao.gateway.call import Call
from yibao.gateway.errors import MessageError
from yibao.gateway.identifiers import to_wire
from yibao.gateway.message import Row
from yibao.gateway.reading import decode_object
from yibao.gateway.registry import reads, writes
from yibao.gateway.shaping import shaped_row
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
    note_unknown(call, rows, "med_list_codg")

    def operation(unit: Unit) -> Output:
        for number, row in zip(numbers, rows, strict=True):
            put_record(unit, call.institution, "3301", number, dict(row), call.now)
        return {}

    return call.write(call.institution, operation)


def note_unknown(call: Call, rows: Sequence[Row], name: str) -> None:
    """A code that the catalogue does not hold is stored, and told to the developer."""
    codes = {code for row in rows if (code := row.get(name)) is not None}
    known = call.service.database.read(lambda unit: items_on(unit, codes, call.today, call.area))
    for code in sorted(codes - known.keys()):
        call.note(
            call.place(name),
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
    note_unknown(call, rows, "med_list_codg")

    def operation(unit: Unit) -> Output:
        for row in rows:
            number = f"{row['fixmedins_bchno']}/{new_identifier()}"
            goods = {**row, **call.operator, TRACE_CODES: _trace_codes(call, row, rows)}
            put_record(unit, call.institution, call.infno, number, goods, call.now)
        return {}

    return call.write(call.institution, operation)


TRACE_CODES = "trace_codes"
"""Where stored goods keep the codes of their packages."""


def _trace_codes(call: Call, row: Row, rows: Sequence[Row]) -> list[str]:
    """The codes of a row's packages, told in the row or, of an only row, in a node beside it."""
    nested = row.get("drugtracinfo")
    place = call.place("drugtracinfo")
    told = decode_object(f'{{"rows":{nested}}}', place)["rows"] if nested is not None else []
    listed = told if isinstance(told, list) else [told]
    beside = call.nodes.many("drugtracinfo") if len(rows) == 1 else []
    codes = [part.get("drug_trac_codg") for part in [*listed, *beside] if isinstance(part, dict)]
    return [str(code) for code in codes if code]


@reads("3513")
def sold_packages(call: Call) -> bytes:
    """3513: packages that the sender sold in a range, a row for each code; by whatever is asked."""
    asked = call.nodes.one()
    first = call.day(asked, "begndate", call.today - datetime.timedelta(days=_USUAL_DAYS))
    last = call.day(asked, "enddate", call.today)
    batch = asked.get("fixmedins_bchno")
    sales = call.service.database.read(
        lambda unit: records_under(unit, call.institution, "3505", f"{batch}/" if batch else "")
    )
    rows = [
        _sold_package(call, record_id, sale, code)
        for record_id, sale in sales.items()
        if _is_sold_between(sale, first, last) and _is_asked_for(sale, asked)
        for code in sale.get(TRACE_CODES, [])
        if asked.get("drug_trac_codg") in (None, code)
    ]
    return encode_output([shaped_row("3513", row, "output") for row in rows])


_USUAL_DAYS = 31
_ASKED_AS = {
    "med_list_codg": "med_list_codg",
    "medins_list_codg": "fixmedins_hilist_id",
    "psn_no": "psn_no",
    "psn_cert_type": "psn_cert_type",
    "certno": "certno",
    "psn_name": "psn_name",
    "mdtrt_id": "mdtrt_sn",
}
"""By field of the query, the field of a sale."""


def _is_sold_between(sale: Mapping[str, Any], first: datetime.date, last: datetime.date) -> bool:
    sold_at = sale.get("sel_retn_time") or sale.get("opt_time")
    return sold_at is None or first <= day(sold_at, "sel_retn_time") <= last


def _is_asked_for(sale: Mapping[str, Any], asked: Row) -> bool:
    return all(asked.get(name) in (None, sale.get(told)) for name, told in _ASKED_AS.items())


def _sold_package(call: Call, record_id: str, sale: Mapping[str, Any], code: str) -> Output:
    told = {
        "medListCodg": "med_list_codg",
        "medinsListCodg": "fixmedins_hilist_id",
        "medinsListName": "fixmedins_hilist_name",
        "fixmedinsBchno": "fixmedins_bchno",
        "mdtrtId": "mdtrt_sn",
        "bkkpSn": "medins_prod_sel_no",
        "psnNo": "psn_no",
        "psnCertType": "psn_cert_type",
        "certno": "certno",
        "psnName": "psn_name",
        "memo": "memo",
        "trdnFlag": "trdn_flag",
        "opterId": "opter_id",
        "opterName": "opter_name",
        "optTime": "opt_time",
        "crterId": "opter_id",
        "crterName": "opter_name",
        "crteTime": "opt_time",
        "updtTime": "opt_time",
    }
    return {
        **{name: sale.get(told_name) or "" for name, told_name in told.items()},
        "fixmedinsCode": call.institution,
        "drugTracCodg": code,
        "rid": to_wire(record_id.rpartition("/")[2]),
        "fixBlngAdmdvs": call.institution_on(call.today).facts.area,
    }


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
