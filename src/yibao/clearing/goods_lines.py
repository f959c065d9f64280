"""A delivery list as a file says it: what was delivered, how much of it, at which price."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass

from yibao.employers.errors import FaultyLinesError, LineFault
from yibao.employers.files import read_table
from yibao.errors import InputError
from yibao.messages import Fen, Listed, message
from yibao.money import AmountError, parse_yuan

_COLUMNS: Mapping[str, tuple[str, ...]] = {
    "code": ("编码", "药品编码", "耗材编码", "code"),
    "name": ("名称", "name"),
    "quantity": ("数量", "quantity"),
    "price": ("单价", "price"),
    "amount": ("金额", "amount"),
}
_CODE = re.compile(r"[A-Za-z0-9-]{1,40}")
_QUANTITY = re.compile(r"[0-9]{1,9}")
_MOST = 10_000_000_000_00
_LONGEST_NAME = 80


@dataclass(frozen=True, slots=True)
class GoodsLine:
    """A line of a list; price and amount in fen."""

    code: str
    name: str
    quantity: int
    price: int
    amount: int


def read_goods(content: bytes) -> list[GoodsLine]:
    """The lines of a CSV or a workbook; ``FaultyLinesError`` names every line that is none."""
    headings, rows, first_line = read_table(content)
    plain = [heading.strip().lower() for heading in headings]
    places = {
        column: next((at for at, heading in enumerate(plain) if heading in names), None)
        for column, names in _COLUMNS.items()
    }
    missing = [_COLUMNS[column][0] for column, place in places.items() if place is None]
    if missing:
        raise InputError(
            message(
                "文件里找不到这些列：{missing}；有的是：{headings}",
                missing=Listed(missing),
                headings=Listed(headings),
            ),
            place="file",
        )
    lines: list[GoodsLine] = []
    faults: list[LineFault] = []
    for number, row in enumerate(rows, first_line):
        if not any(row):
            continue
        cells = {
            column: row[place].strip() if place is not None and place < len(row) else ""
            for column, place in places.items()
        }
        try:
            lines.append(_line(cells))
        except InputError as error:
            faults.append(LineFault(number, error.message))
    if faults:
        raise FaultyLinesError(faults)
    if not lines:
        raise InputError(message("文件里没有货"), place="file")
    return lines


def _line(cells: Mapping[str, str]) -> GoodsLine:
    if not _CODE.fullmatch(cells["code"]):
        raise InputError(message("编码是 1 到 40 个字母、数字和 -"))
    name = " ".join(cells["name"].split())
    if not name or len(name) > _LONGEST_NAME:
        raise InputError(message("请写名称，不超过 {most} 个字", most=_LONGEST_NAME))
    if not _QUANTITY.fullmatch(cells["quantity"]) or not int(cells["quantity"]):
        raise InputError(message("数量是大于零的整数"))
    quantity, price, amount = (
        int(cells["quantity"]),
        _fen(cells["price"]),
        _fen(cells["amount"]),
    )
    if quantity * price != amount:
        raise InputError(
            message(
                "数量乘单价是 {product}，金额写的是 {amount}",
                product=Fen(quantity * price),
                amount=Fen(amount),
            )
        )
    return GoodsLine(cells["code"], name, quantity, price, amount)


def _fen(text: str) -> int:
    try:
        fen = parse_yuan(text.replace(",", ""))
    except AmountError:
        raise InputError(message("{text} 不是最多两位小数的数", text=text or "—")) from None
    if not 0 < fen <= _MOST:
        raise InputError(message("{text} 要大于零，也不能太大", text=text))
    return fen
