"""What is declared of people: one line each, from a form or the rows of a file."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field

from yibao.employers.errors import FaultyLinesError, LineFault
from yibao.employers.states import ChangeKind
from yibao.errors import InputError, YibaoError
from yibao.insured.people.certificates import RESIDENT, read_number
from yibao.messages import Listed, message
from yibao.money.text import AmountError, parse_yuan

MOST_LINES = 5_000

_HEADINGS: Mapping[str, tuple[str, ...]] = {
    "number": ("证件号码", "证件号", "身份证号", "身份证号码", "公民身份号码", "certno", "number"),
    "name": ("姓名", "人员姓名", "职工姓名", "psn_name", "name"),
    "change": ("变动", "变更类型", "变动类型", "增减", "业务类型", "change"),
    "base": ("缴费基数", "基数", "申报基数", "月平均工资", "月均工资", "工资", "clct_bas", "base"),
    "reason": ("原因", "减员原因", "变动原因", "reason"),
}
_CHANGES: Mapping[str, ChangeKind] = {
    "增员": ChangeKind.ADD,
    "新增": ChangeKind.ADD,
    "恢复": ChangeKind.ADD,
    "增加": ChangeKind.ADD,
    ChangeKind.ADD: ChangeKind.ADD,
    "减员": ChangeKind.LEAVE,
    "减少": ChangeKind.LEAVE,
    "暂停": ChangeKind.LEAVE,
    "终止": ChangeKind.LEAVE,
    ChangeKind.LEAVE: ChangeKind.LEAVE,
    "": ChangeKind.BASE,
    "不变": ChangeKind.BASE,
    "在职": ChangeKind.BASE,
    "基数": ChangeKind.BASE,
    ChangeKind.BASE: ChangeKind.BASE,
}
_OF_HEADING = re.compile(r"[\s　]|[（(].*?[）)]|[*＊]")
_LONGEST_REASON = 40


@dataclass(frozen=True, slots=True)
class DeclaredLine:
    """Somebody who comes, goes, or gets another base."""

    line: int
    """As the file counts them, from 1."""
    number: str
    name: str
    kind: ChangeKind
    base: int | None = None
    """Fen a month, as declared."""
    reason: str = ""


@dataclass(frozen=True, slots=True)
class ReadLines:
    """A file as it was understood."""

    lines: tuple[DeclaredLine, ...]
    columns: Mapping[str, str]
    """What is read → the heading under which it stands."""
    unread: tuple[str, ...] = field(default=())
    """Headings that are not read."""


def columns_of(
    headings: Sequence[str], chosen_columns: Mapping[str, str] | None = None
) -> dict[str, str]:
    """Which heading says what; ``chosen_columns`` decides before the usual names do."""
    plain = {heading: _OF_HEADING.sub("", heading).lower() for heading in headings}
    columns: dict[str, str] = {}
    for name, usual in _HEADINGS.items():
        chosen = (chosen_columns or {}).get(name)
        if chosen is not None:
            if chosen not in plain:
                raise InputError(message("文件里没有 {heading} 这一列", heading=chosen), place=name)
            columns[name] = chosen
            continue
        known = next((heading for heading in headings if plain[heading] in usual), None)
        if known is not None:
            columns[name] = known
    missing = [_HEADINGS[name][0] for name in ("number", "name") if name not in columns]
    if missing:
        raise InputError(
            message(
                "文件里找不到这些列：{missing}；有的是：{headings}",
                missing=Listed(missing),
                headings=Listed(headings),
            ),
            place="file",
        )
    return columns


def read_rows(
    headings: Sequence[str],
    rows: Iterable[Sequence[str]],
    chosen_columns: Mapping[str, str] | None = None,
    *,
    first_line: int = 2,
) -> ReadLines:
    """Lines of a table; ``FaultyLinesError`` names every one that cannot be read."""
    columns = columns_of(headings, chosen_columns)
    places = {name: list(headings).index(heading) for name, heading in columns.items()}
    lines: list[DeclaredLine] = []
    faults: list[LineFault] = []
    for line, row in enumerate(rows, first_line):
        cells = {
            name: row[place].strip() if place < len(row) else "" for name, place in places.items()
        }
        if not any(cell.strip() for cell in row):
            continue
        try:
            lines.append(line_of(line, cells))
        except YibaoError as error:
            faults.append(LineFault(line, error.said))
        if len(lines) > MOST_LINES:
            raise InputError(message("一次最多 {most} 行", most=MOST_LINES), place="file")
    if faults:
        raise FaultyLinesError(faults)
    if not lines:
        raise InputError(message("文件里没有要申报的行"), place="file")
    unread = tuple(heading for heading in headings if heading and heading not in columns.values())
    return ReadLines(tuple(lines), columns, unread)


def line_of(line: int, cells: Mapping[str, str]) -> DeclaredLine:
    """A line of texts; ``InputError`` says what it cannot be."""
    number = cells.get("number", "").replace(" ", "").upper()
    read_number(RESIDENT, number)
    written = cells.get("change", "").strip()
    kind = _CHANGES.get(written.lower())
    if kind is None:
        known = Listed(["增员", "减员", "不变"])
        raise InputError(
            message("变动“{written}”不认识，可以写：{known}", written=written, known=known)
        )
    base = _base(cells.get("base", ""))
    if kind is not ChangeKind.LEAVE and base is None:
        raise InputError(message("没有写缴费基数"))
    name = "".join(cells.get("name", "").split())
    if not name:
        raise InputError(message("没有写姓名"))
    reason = cells.get("reason", "").strip()[:_LONGEST_REASON]
    return DeclaredLine(line, number, name, kind, base, reason)


def _base(text: str) -> int | None:
    plain = text.strip().replace(",", "").replace("，", "").removesuffix("元")
    if not plain:
        return None
    try:
        base = parse_yuan(plain)
    except AmountError:
        raise InputError(
            message("缴费基数“{text}”不是金额，写元，最多两位小数", text=text)
        ) from None
    if base <= 0:
        raise InputError(message("缴费基数应大于 0"))
    return base
