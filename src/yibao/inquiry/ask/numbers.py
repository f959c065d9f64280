"""Numbers, amounts and dates as people say them: ``3万``, ``五万八``, ``八千``, ``3w``."""

from __future__ import annotations

import datetime
import re
from collections.abc import Iterator
from typing import NamedTuple

from yibao.inquiry.ask.lexicon import lexicon

_DIGITS = {"零": 0, "〇": 0, "一": 1, "二": 2, "两": 2, "俩": 2, "三": 3, "四": 4, "五": 5}
_DIGITS |= {"六": 6, "七": 7, "八": 8, "九": 9}
_UNITS = {"十": 10, "百": 100, "千": 1000, "万": 10000, "w": 10000, "k": 1000}
HAN = "零〇一二两三四五六七八九十百千万"
_NUMBER = r"\d[\d,]*(?:\.\d+)?"
_AMOUNT = re.compile(
    rf"(?P<digits>{_NUMBER})\s*(?:(?P<unit>[万千百wk](?![a-z]))(?P<more>[一二三四五六七八九\d](?![\d年月日天个岁次级甲]))?)?"
    rf"(?P<rest>多|来|余)?\s*(?P<money>元|块|圆|yuan|rmb)?"
    rf"|(?P<han>[{HAN}]{{1,9}})(?P<hrest>多|来|余)?(?P<hmoney>元|块|圆)?"
)
_NO_AMOUNT = re.compile(
    r"\s*(?:年|月|日|号|天|个(?!人)|岁|次|口|级|%|％|位|人|折|点|类|甲|乙|周|孩|胎|种|倍|回|期|/|-\d|分之)"
)
_NEXT_WORD = re.compile("(?<=[百千万一二三四五六七八九])[一二三](?=[甲乙级])")
"""A figure after an amount that begins the grade of a hospital."""
_LEAST = 100
"""Yuan that a bare number is taken for."""
_MOST = 1_000_000_000
"""Yuan; whatever is more is somebody's number."""
_YEARS = (1990, 2040)
_PLAIN_YEARS = 2010
"""Earlier years are said with 年; without it they are amounts."""
_MONEY_AFTER = re.compile(r"\s*(?:元|块|圆|多块|多元|yuan|rmb)")
_SPENT = re.compile("(?:花了?|花费|费用|基数|工资|掏了?|付了?|用了?|收了?|是|总共|一共|刷了?)$")


class Amount(NamedTuple):
    """An amount of a question, with its place."""

    start: int
    end: int
    fen: int


def number(text: str) -> int | None:
    """A whole number in digits or characters; None for what is none."""
    if text.isdecimal():
        return int(text)
    total = section = digit = 0
    for letter in text:
        if letter in _DIGITS:
            digit = _DIGITS[letter]
        elif letter in _UNITS:
            unit = _UNITS[letter]
            if unit == _UNITS["万"]:
                total += (section + digit) * unit
                section = 0
            else:
                section += (digit or 1) * unit
            digit = 0
        else:
            return None
    return total + section + digit


def amounts(text: str) -> Iterator[Amount]:
    """The amounts of money of a text, in order; ages, years, counts and ratios are none."""
    for match in _AMOUNT.finditer(text):
        money = match["money"] or match["hmoney"]
        said, end = match["han"] or "", match.end()
        if said and not money and (next_word := _NEXT_WORD.search(f"{said}{text[end : end + 1]}")):
            # 两万三甲 is 20,000 in a hospital of grade 3A, 两万五三甲 25,000.
            end -= len(said) - next_word.start()
            said = said[: next_word.start()]
        if not money and _NO_AMOUNT.match(text, end):
            continue
        yuan = _of_digits(match) if match["digits"] else _of_characters(said, bool(money))
        if yuan is None or match["digits"] in lexicon().hotlines:
            continue
        bare = not (money or match["unit"] or match["han"])
        if bare and (yuan < _LEAST or _is_year(text, match, yuan)):
            continue
        if yuan > _MOST:
            continue
        if text[match.start() - 1 : match.start()] in ("第", "-", "."):
            continue
        yield Amount(match.start(), end, round(yuan * 100))


def _of_digits(match: re.Match[str]) -> float:
    value = float(match["digits"].replace(",", ""))
    unit = _UNITS.get(match["unit"] or "", 1)
    more = match["more"]
    tail = 0 if not more or unit == 1 else (number(more) or 0) * unit // 10
    return value * unit + tail


def _of_characters(said: str, money: bool) -> float | None:
    value = number(said)
    if value is None or (len(said) == 1 and not money) or (value < _LEAST and not money):
        return None
    # 五万八 is 58,000, 三千五 is 3,500.
    if len(said) > 2 and said[-1] in _DIGITS and said[-2] in "百千万":
        value += _DIGITS[said[-1]] * (_UNITS[said[-2]] // 10 - 1)
    return value if money or any(unit in said for unit in "百千万") else None


def _is_year(text: str, match: re.Match[str], value: float) -> bool:
    if not _YEARS[0] <= value <= _YEARS[1] or value != int(value):
        return False
    if text[match.end() :].startswith("年"):
        return True
    return value >= _PLAIN_YEARS and not _SPENT.search(text[: match.start()])


def year_of(text: str, today: datetime.date) -> int | None:
    """The year that a text names, or means by 今年, 明年, 去年."""
    for match in re.finditer(r"(?<!\d)((?:19|20)\d\d)(?!\d)", text):
        value, after = int(match[1]), text[match.end() :]
        spent = (_SPENT.search(text[: match.start()]) or value < _PLAIN_YEARS) and after[:1] != "年"
        spent = spent or bool(_MONEY_AFTER.match(after))
        if _YEARS[0] <= value <= _YEARS[1] and not spent:
            return value
    for word, shift in (("明年", 1), ("去年", -1), ("前年", -2), ("后年", 2)):
        if word in text:
            return today.year + shift
    return None


def counted(text: str, before: str, unit: str) -> int | None:
    """The number between two patterns, in digits or characters."""
    match = re.search(rf"(?:{before})(\d{{1,3}}|[一二两三四五六七八九十]{{1,3}})(?:{unit})", text)
    return None if match is None else number(match[1])
