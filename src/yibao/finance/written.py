"""The statement as a table for a spreadsheet."""

from __future__ import annotations

import csv
import io

from yibao.finance.items import PART_WORDS, SCHEME_WORDS, SIDE_WORDS, FundSide
from yibao.finance.statement import FundLine, FundStatement
from yibao.messages import message, message_in
from yibao.money.text import format_yuan

_HEADS = (
    message("险种"),
    message_in("fund", "部分"),
    message_in("fund", "收支"),
    message("项目"),
    message("本月"),
    message("本年累计"),
    message("上年同期"),
    message("年度预算"),
    message("预算用了"),
    message("预算还剩"),
)
_OPENING, _CLOSING = message("期初结余"), message("期末结余")


def statement_csv(statement: FundStatement) -> bytes:
    """UTF-8 with the mark that spreadsheets look for; amounts in yuan."""
    rows = [[str(head) for head in _HEADS]]
    for part in statement.parts:
        named = [str(SCHEME_WORDS[part.scheme]), str(PART_WORDS[part.part])]
        rows.append([*named, "", str(_OPENING), format_yuan(part.opening), *[""] * 5])
        for side in FundSide:
            for line in part.of_side(side):
                amounts = (line.month, line.year_to_date, line.last_year)
                written = [format_yuan(amount) for amount in amounts]
                written += budget_cells(line)
                rows.append([*named, str(SIDE_WORDS[side]), str(line.label), *written])
        rows.append([*named, "", str(_CLOSING), format_yuan(part.closing), *[""] * 5])
    text = io.StringIO(newline="")
    csv.writer(text).writerows(rows)
    return text.getvalue().encode("utf-8-sig")


def budget_cells(line: FundLine) -> list[str]:
    """A line's budget, how much of it the year has used, what is left; empty without one."""
    if line.budget is None or line.budget_share is None or line.budget_left is None:
        return ["", "", ""]
    return [
        format_yuan(line.budget),
        line.budget_share.text(),
        format_yuan(line.budget_left),
    ]
