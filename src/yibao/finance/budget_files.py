"""A year's budget as a table for a spreadsheet: what an office hands in, and what it takes away."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from yibao.employers.errors import FaultyLinesError, LineFault
from yibao.employers.files import read_table
from yibao.errors import InputError
from yibao.finance.budgets import BUDGETED_ITEMS, Budgeted, YearBudget, check_line
from yibao.finance.items import ITEM_WORDS, PART_WORDS, SCHEME_WORDS
from yibao.finance.pack import csv_table
from yibao.messages import Listed, Text, message, message_in
from yibao.messages.catalogue import languages
from yibao.money import AmountError, parse_yuan
from yibao.money.text import format_yuan

_HEADS = (
    message("险种"),
    message_in("fund", "部分"),
    message("项目"),
    message("年度预算（元）"),
)
_COLUMNS: Mapping[str, tuple[str, ...]] = {
    "险种": ("险种", "scheme", "insurance"),
    "部分": ("部分", "part"),
    "项目": ("项目", "item"),
    "年度预算（元）": ("年度预算（元）", "年度预算", "预算", "金额", "budget", "amount"),
}


def read_budget_file(content: bytes) -> Budgeted:
    """The lines of a CSV or a workbook, amounts in yuan.

    ``FaultyLinesError`` names every line that is none.
    """
    headings, rows, first_line = read_table(content)
    places = _places(headings)
    lines: Budgeted = {}
    faults: list[LineFault] = []
    for number, row in enumerate(rows, first_line):
        if not any(row):
            continue
        try:
            scheme, part, item, amount = _line(
                [row[place] if place < len(row) else "" for place in places]
            )
        except InputError as error:
            faults.append(LineFault(number, error.message))
            continue
        of_cell = lines.setdefault((scheme, part), {})
        if item in of_cell:
            faults.append(LineFault(number, message("这一项前面已经有了")))
        of_cell[item] = amount
    if faults:
        raise FaultyLinesError(faults)
    return lines


def _places(headings: Sequence[str]) -> list[int]:
    plain = [heading.strip().lower() for heading in headings]
    places = []
    for column, names in _COLUMNS.items():
        place = next((at for at, heading in enumerate(plain) if heading in names), None)
        if place is None:
            raise InputError(
                message(
                    "文件里找不到这些列：{missing}；有的是：{headings}",
                    missing=column,
                    headings=Listed(headings),
                ),
                place="file",
            )
        places.append(place)
    return places


def _line(cells: Sequence[str]) -> tuple[str, str, str, int]:
    scheme, part, item, text = cells
    try:
        amount = parse_yuan(text.replace(",", "").strip() or "0")
    except AmountError:
        raise InputError(message("金额写元，最多两位小数")) from None
    line = (
        _code(scheme, SCHEME_WORDS),
        _code(part, PART_WORDS),
        _code(item, {item: ITEM_WORDS[item] for item in BUDGETED_ITEMS}),
        amount,
    )
    check_line(*line)
    return line


def _code(written: str, words: Mapping[str, Text]) -> str:
    """The code of what somebody wrote as the statement says it, in whatever language."""
    for code, label in words.items():
        if written in (code, *_said(label)):
            return str(code)
    return written


def _said(label: Text) -> Iterator[str]:
    yield str(label)
    if not isinstance(label, str):
        yield from (label.text(language) for language in languages())


def budget_csv(lines: Budgeted) -> bytes:
    """The same table: UTF-8 with the mark that spreadsheets look for."""
    rows = [
        (
            str(SCHEME_WORDS[scheme]),
            str(PART_WORDS[part]),
            str(ITEM_WORDS[item]),
            format_yuan(of_cell[item], grouped=False),
        )
        for (scheme, part), of_cell in lines.items()
        for item in BUDGETED_ITEMS
        if item in of_cell
    ]
    return csv_table([str(head) for head in _HEADS], rows)


def budget_json(budget: YearBudget) -> dict[str, Any]:
    """As programs read it: the lines that hold, and every version with its own."""
    holds = budget.holds
    return {
        "area": budget.area,
        "year": budget.year,
        "version": None if holds is None else holds.version,
        "lines": [] if holds is None else _lines_json(holds.lines),
        "versions": [
            {
                "budget": version.budget_id,
                "version": version.version,
                "reason": version.reason,
                "state": version.state,
                "state_title": str(version.state_label),
                "decision": version.decision,
                "lines": _lines_json(version.lines),
            }
            for version in budget.versions
        ],
    }


def _lines_json(lines: Budgeted) -> list[dict[str, Any]]:
    return [
        {
            "scheme": scheme,
            "part": part,
            "item": item,
            "title": str(ITEM_WORDS[item]),
            "budget_fen": amount,
        }
        for (scheme, part), items in lines.items()
        for item, amount in items.items()
    ]
