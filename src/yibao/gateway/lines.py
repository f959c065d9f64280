"""Fee lines as sent: amounts checked, class and limit from the catalogue."""

from __future__ import annotations

import datetime
from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Any

from yibao.benefit.adjudication import adjudicate
from yibao.benefit.facts import Filing, Institution, Item, Person, Visit
from yibao.benefit.state import PersonState
from yibao.benefit.terms import FeeItem
from yibao.care.catalogue import line_amount
from yibao.errors import RefusedError
from yibao.exchange.visits import Document, RegisteredVisit, item_of
from yibao.gateway.answers import Output, amount, decimal
from yibao.gateway.call import Call
from yibao.gateway.errors import MessageError, titled
from yibao.gateway.fields import terms
from yibao.gateway.listing import VisitCatalogue, entries_of, listed
from yibao.gateway.message import Row
from yibao.gateway.values import fen, scaled, yuan
from yibao.messages import Listed, Text, message
from yibao.policy.compile import PolicyLibrary
from yibao.policy.kinds import ItemClass

_PRICE_PLACES = 6
_QUANTITY_PLACES = 4
_TITLES = {
    "cnt": message("数量"),
    "pric": message("单价"),
    "det_item_fee_sumamt": message("明细项目费用总额"),
}
_KEPT = (
    "rxno rx_circ_flag fee_ocur_time medins_list_codg medins_list_name sin_dos_dscr "
    "used_frqu_dscr prd_days medc_way_dscr bilg_dept_codg bilg_dept_name bilg_dr_codg "
    "bilg_dr_name acord_dept_codg acord_dept_name orders_dr_code orders_dr_name hosp_appr_flag "
    "tcmdrug_used_way etip_flag etip_hosp_code dscg_tkdrug_flag matn_fee_flag memo drord_no "
    "init_feedetl_sn dise_codg med_type"
).split()


def read_lines(
    call: Call,
    rows: Sequence[Row],
    day: datetime.date,
    batch: str | None,
    disease: str | None,
    catalogue: VisitCatalogue,
) -> list[Document]:
    """Lines as they are kept; ``day``, ``batch``, ``disease``: of all where a row names none."""
    if not rows:
        raise MessageError(message("没有费用明细，请至少上传一行"), place=f"input.{_node(call)}")
    days = [call.day(row, "fee_ocur_time", day) for row in rows]
    call.require_past(max(days), "fee_ocur_time")
    codes = [row.get("med_list_codg") for row in rows]
    entries = entries_of(call, catalogue.area, list(zip(codes, days, strict=True)))
    node = _node(call)
    lines = []
    for number, (row, on) in enumerate(zip(rows, days, strict=True), 1):
        place = f"input.{node}" + (f"[{number}]" if len(rows) > 1 else "")
        entry = entries.get((row.get("med_list_codg") or "", on))
        line = _line(call, row, place, entry, batch, disease)
        lines.append({**line, **catalogue.of_line})
    return lines


def without_lines(call: Call, visit: RegisteredVisit, row: Row, batch: str, total: int) -> Item:
    """A visit without lines: its total as one class A item, unless that is refused.

    Refused too where the sender's own amounts say that it was no such item.
    """
    others = sorted({line["batch"] for line in visit.unsettled()})
    place = call.place("chrg_bchno")
    if others:
        raise MessageError(
            message(
                "批次 {batch} 没有上传明细；有明细的批次是 {others}",
                batch=batch,
                others=Listed(others),
            ),
            place=place,
        )
    if call.strict:
        raise MessageError(message("没有上传费用明细，请先用 2204 或 2301 上传"), place="input")
    for name in ("fulamt_ownpay_amt", "overlmt_selfpay", "preselfpay_amt"):
        stated = row.get(name)
        if stated is None or call.service.settings.invent or not fen(stated, call.place(name)):
            continue
        raise MessageError(
            message(
                "写的是 {stated}，而没有上传费用明细，不能按甲类项目结算；请先上传明细",
                stated=stated,
            ),
            place=call.place(name),
        )
    call.note(call.place("medfee_sumamt"), message("没有上传费用明细，总额按一行甲类项目结算"))
    return Item(ItemClass.A, total)


def days_of(call: Call, rows: Sequence[Row]) -> list[datetime.date]:
    """The day of each line; today where it names none."""
    return [call.day(row, "fee_ocur_time", call.today) for row in rows]


def _node(call: Call) -> str:
    return next((node.name for node in call.nodes.transaction.input if node.many), "feedetail")


def _line(
    call: Call, row: Row, place: str, entry: Any, batch: str | None, disease: str | None
) -> Document:
    def need(name: str) -> str:
        text = row.get(name)
        if text is None:
            raise MessageError(message("缺少必填项，请填写后重发"), place=f"{place}.{name}")
        return text

    def number(name: str, places: int) -> int:
        text = need(name)
        try:
            return scaled(text, places, "")
        except MessageError as error:
            raise error.of(titled(f"{place}.{name}", _TITLES[name])) from None

    quantity = number("cnt", _QUANTITY_PLACES)
    price = number("pric", _PRICE_PLACES)
    total = number("det_item_fee_sumamt", 2)
    sign = -1 if quantity < 0 else 1
    computed = 0 if quantity == 0 else sign * line_amount(abs(quantity), price)
    if total != computed:
        raise MessageError(
            message(
                "写的是 {total}，数量乘单价四舍五入到分是 {computed}，请改为一致",
                total=yuan(total),
                computed=yuan(computed),
            ),
            place=titled(f"{place}.det_item_fee_sumamt", _TITLES["det_item_fee_sumamt"]),
        )
    code = row.get("med_list_codg") or ""
    return {
        "sn": need("feedetl_sn"),
        "batch": batch if batch is not None else need("chrg_bchno"),
        "code": code,
        "amount": total,
        "quantity": quantity,
        "price": price,
        **listed(
            call,
            place,
            entry,
            code=code,
            disease=row.get("dise_codg") or disease,
            quantity=quantity,
            raw=row,
        ),
        "settled": None,
        "raw": {
            **{name: text for name in _KEPT if (text := row.get(name)) is not None},
            **call.operator,
        },
    }


def refunded(line: Document, refund: Document, place: Text) -> Document:
    """A line less what a refund line takes back; quantity 0 when all of it went."""
    quantity, left = line["quantity"] + refund["quantity"], line["amount"] + refund["amount"]
    if quantity < 0 or left < 0 or (quantity == 0) != (left == 0):
        raise MessageError(
            message("退费超过原明细 {sn} 余下的数量或金额，请核对", sn=line["sn"]), place=place
        )
    limit = line["price_limit"]
    return {
        **line,
        "quantity": quantity,
        "amount": left,
        "limit": None if limit is None or not quantity else line_amount(quantity, limit),
    }


# --- what a line gives ---------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class Splitting:
    """Whose lines they are, for the split that is told at once."""

    library: PolicyLibrary
    person: Person
    institution: Institution
    visit: Visit
    filings: tuple[Filing, ...]

    def parts(self, items: Sequence[Item]) -> list[FeeItem | None]:
        """The parts of every line; None where no source gives a figure that it needs."""
        visit = replace(self.visit, items=tuple(items))
        try:
            adjudication = adjudicate(
                self.library, self.person, self.institution, visit, self.filings, PersonState()
            )
        except RefusedError:
            return [None] if len(items) == 1 else [self.parts([item])[0] for item in items]
        return list(adjudication.parts)


def lines_words(lines: Sequence[Document], splitting: Splitting) -> list[Output]:
    """The lines of the answer of 2204, 2301 and 2101."""
    items = [item_of(line) for line in lines]
    parts = splitting.parts(
        [item if item.amount >= 0 else replace(item, amount=-item.amount) for item in items]
    )
    return [_words(line, part) for line, part in zip(lines, parts, strict=True)]


def refund_words(
    refund: Document, before: Document, after: Document, splitting: Splitting
) -> Output:
    """A refund line of the answer of 2301: what its original line gives less, whatever the
    refund says of itself, so that all answers of a stay add up to its settlement."""
    parts = splitting.parts([item_of(before), item_of(after)])
    first, second = parts
    out = _words({**before, **{name: refund[name] for name in _OF_REFUND}}, None)
    if first is not None and second is not None:
        out |= {
            "fulamt_ownpay_amt": amount(second.out_of_catalogue - first.out_of_catalogue),
            "overlmt_amt": amount(second.over_limit - first.over_limit),
            "preselfpay_amt": amount(second.upfront - first.upfront),
            "inscp_scp_amt": amount(second.eligible - first.eligible),
        }
    return out


_OF_REFUND = ("sn", "amount", "quantity", "price")


def _words(line: Document, part: FeeItem | None) -> Output:
    words = terms()
    listed = words["list_type"].get(line["code"][:1].upper(), words["list_type"]["X"])
    sign = -1 if line["quantity"] < 0 else 1
    out: Output = {
        "feedetl_sn": line["sn"],
        "det_item_fee_sumamt": amount(line["amount"]),
        "cnt": decimal(line["quantity"], _QUANTITY_PLACES),
        "pric": decimal(line["price"], _PRICE_PLACES),
        "pric_uplmt_amt": decimal(line["price_limit"] or 0, _PRICE_PLACES),
        "selfpay_prop": decimal(_share(line, part), 4),
    }
    if part is not None:
        out |= {
            "fulamt_ownpay_amt": amount(sign * part.out_of_catalogue),
            "overlmt_amt": amount(sign * part.over_limit),
            "preselfpay_amt": amount(sign * part.upfront),
            "inscp_scp_amt": amount(sign * part.eligible),
        }
    return out | {
        "chrgitm_lv": words["chrgitm_lv"][line["class"]],
        "med_chrgitm_type": listed["med_chrgitm_type"],
        "bas_medn_flag": "0",
        "hi_nego_drug_flag": "0",
        "chld_medc_flag": "0",
        "list_sp_item_flag": "0",
        "lmt_used_flag": "1" if line["diseases"] else "0",
        "drt_reim_flag": "0",
        "memo": "" if line["class"] != ItemClass.C else str(message("目录外，全自费")),
        "exp_content": "",
    }


def _share(line: Document, part: FeeItem | None) -> int:
    """The upfront share in basis points: as the catalogue says, else as it came out."""
    if line["class"] != ItemClass.B:
        return 10_000 if line["class"] == ItemClass.C else 0
    if line["upfront"] is not None:
        return int(line["upfront"])
    base = 0 if part is None else part.upfront + part.eligible
    return 0 if part is None or not base else (part.upfront * 10_000 + base // 2) // base
