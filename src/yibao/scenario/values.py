"""Values that a scenario writes in many places, each read and checked one way."""

from __future__ import annotations

import datetime
import re
from collections.abc import Container

from yibao.messages import Listed, Text, message
from yibao.policy.document import Mapping, Node
from yibao.scenario.model import NamePlace

FIRST_YEAR, LAST_YEAR = 1900, 2199
_NO_END = datetime.date(9999, 12, 31)
_AREA = re.compile(r"[0-9]{6}")
_MONTH = re.compile(r"([0-9]{4})-(0[1-9]|1[0-2])")


def optional_amount(mapping: Mapping, key: str) -> int | None:
    """The amount under ``key`` in fen, None where it is left out."""
    node = mapping.get(key)
    return None if node is None else node.yuan()


def count(node: Node, least: int, most: int) -> int:
    """A whole number from ``least`` to ``most``."""
    number = node.integer()
    if not least <= number <= most:
        raise node.fault(
            message("{number} 应在 {least} 到 {most} 之间", number=number, least=least, most=most)
        )
    return number


def year(node: Node) -> int:
    """A calendar year."""
    return count(node, FIRST_YEAR, LAST_YEAR)


def month(node: Node) -> int:
    """A month written 2025-03, as yyyymm."""
    text = node.text()
    match = _MONTH.fullmatch(text)
    if not match or not FIRST_YEAR <= int(match[1]) <= LAST_YEAR:
        raise node.fault(message("{text} 不是月份：请写成 2025-03", text=repr(text)))
    return int(match[1]) * 100 + int(match[2])


def day(node: Node) -> datetime.date:
    """A civil day; far-off years are refused so that no month arithmetic can fail."""
    date = node.date()
    if not FIRST_YEAR <= date.year <= LAST_YEAR:
        raise node.fault(
            message(
                "日期 {date} 应在 {first} 年到 {last} 年之间",
                date=date,
                first=FIRST_YEAR,
                last=LAST_YEAR,
            )
        )
    return date


def period(mapping: Mapping) -> tuple[datetime.date, datetime.date | None]:
    """``from`` and ``to``; ``to`` may be left out, or be 9999-12-31 for the same."""
    start = day(mapping.require("from"))
    node = mapping.get("to")
    if node is None or node.date() == _NO_END:
        return start, None
    end = day(node)
    if end < start:
        raise node.fault(message("末日 to {end} 早于首日 from {start}", end=end, start=start))
    return start, end


def area_code(node: Node) -> str:
    """Six digits of GB/T 2260."""
    text = node.text()
    if not _AREA.fullmatch(text):
        raise node.fault(message("{text} 不是地区代码：请写六位数字", text=repr(text)))
    return text


def name(node: Node) -> str:
    """A non-empty name of printable characters, without blanks around it."""
    text = node.text()
    if not text or text != text.strip() or not text.isprintable():
        raise node.fault(
            message("{text} 不能作名称：不能为空，首尾不能有空白，不能有控制字符", text=repr(text))
        )
    return text


def new_id(node: Node, taken: Container[str], what: Text) -> str:
    """An id that no other ``what`` has yet."""
    text = name(node)
    if text in taken:
        raise node.fault(
            message("{what} {text} 写了两次，编号不能重复", what=what, text=repr(text))
        )
    return text


def known(node: Node, existing: Container[str], what: Text) -> str:
    """The id of a ``what`` that the file has introduced."""
    text = node.text()
    if text not in existing:
        raise node.fault(message("没有编号为 {text} 的{what}", text=repr(text), what=what))
    return text


def pack_name(node: Node, places: list[NamePlace]) -> str:
    """A name that only a pack can confirm; its place is added to ``places``."""
    text = name(node)
    places.append(NamePlace(text, node.file, node.line, node.path))
    return text


def one_of(mapping: Mapping, keys: tuple[str, ...], beside: tuple[str, ...] | None = None) -> str:
    """The one key of ``keys`` that is written; none or several is an error.

    ``beside``: what may stand with them, so that a misspelt key is named as such;
    None where unknown keys were refused before.
    """
    written = [key for key in mapping.entries if key in keys]
    if not written:
        if beside is not None:
            mapping.only((*keys, *beside))
        raise mapping.fault(message("缺少必填的键：{keys} 要写一个", keys=Listed(keys)))
    if len(written) > 1:
        raise mapping.entries[written[1]].fault(
            message("{written} 只能写一个", written=Listed(written))
        )
    return written[0]


def months_from(first: int, number: int) -> list[int]:
    """``number`` months (yyyymm) from ``first`` on."""
    start = first // 100 * 12 + first % 100 - 1
    return [
        month_count // 12 * 100 + month_count % 12 + 1
        for month_count in range(start, start + number)
    ]
