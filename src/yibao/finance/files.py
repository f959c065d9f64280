"""A channel's file of a day: numbers and amounts."""

from __future__ import annotations

import re

from yibao.employers.errors import FaultyLinesError, LineFault
from yibao.employers.files import read_table
from yibao.errors import InputError
from yibao.finance.reconciliation import ReportedLine
from yibao.messages import Listed, message
from yibao.money import AmountError, parse_yuan

_REFERENCES = ("单号", "流水号", "交易流水号", "交易号", "商户单号", "reference", "trade_no")
_AMOUNTS = ("金额", "交易金额", "收款金额", "amount")
_OF_HEADING = re.compile(r"[\s　]|[（(].*?[）)]|[*＊]")


def read_channel_file(content: bytes) -> list[ReportedLine]:
    """The lines of a CSV or a workbook, money that went back with a minus.

    ``FaultyLinesError`` names every line that cannot be read.
    """
    headings, rows, first_line = read_table(content)
    plain = [_OF_HEADING.sub("", heading).lower() for heading in headings]
    places = []
    for usual in (_REFERENCES, _AMOUNTS):
        place = next((number for number, heading in enumerate(plain) if heading in usual), None)
        if place is None:
            raise InputError(
                message(
                    "文件里找不到这些列：{missing}；有的是：{headings}",
                    missing=usual[0],
                    headings=Listed(headings),
                ),
                place="file",
            )
        places.append(place)
    lines: list[ReportedLine] = []
    faults: list[LineFault] = []
    for number, row in enumerate(rows, first_line):
        if not any(row):
            continue
        reference, text = (row[place] if place < len(row) else "" for place in places)
        try:
            amount = _fen(text)
        except AmountError:
            faults.append(LineFault(number, message("金额写元，最多两位小数")))
            continue
        if not reference:
            faults.append(LineFault(number, message("没有单号")))
            continue
        lines.append(ReportedLine(reference, amount))
    if faults:
        raise FaultyLinesError(faults)
    return lines


def _fen(text: str) -> int:
    plain = text.replace(",", "").strip()
    return -parse_yuan(plain[1:]) if plain.startswith("-") else parse_yuan(plain)
