"""Reading what people write: days, months, amounts, areas; an ``InputError`` names the place."""

from __future__ import annotations

import datetime
import re

from yibao.benefit.facts import Item
from yibao.benefit.terms import MOST_FEN
from yibao.errors import InputError, NotFoundError
from yibao.messages import Listed, Text, message, not_an_amount, text_of
from yibao.money import BASIS
from yibao.money.text import AmountError, format_yuan, parse_percent, parse_yuan
from yibao.policy.compile import PolicyLibrary
from yibao.policy.days import day_of_instant
from yibao.policy.model import Words

_CHINA = datetime.timezone(datetime.timedelta(hours=8))
_MONTH = re.compile(r"([0-9]{4})-(0[1-9]|1[0-2])")
_AREA_CODE = re.compile(r"[0-9]{6}")
_CHINESE_DAY = re.compile(r"([0-9]{4})年(1[0-2]|0?[1-9])月([12][0-9]|3[01]|0?[1-9])日")
_GROUPED = re.compile(r"[0-9]{1,3}(?:,[0-9]{3})+(?:\.[0-9]{1,2})?")
_SHORTEST_NAME = 2
"""Letters of a name that may stand for a longer one."""
FIRST_YEAR, LAST_YEAR = 1900, 2199
_DIGITS = 9
"""Of a whole number that somebody writes."""
MOST_AGE = 130


def today() -> datetime.date:
    """The civil day in China."""
    return datetime.datetime.now(_CHINA).date()


def day(text: str, option: str) -> datetime.date:
    """A day written 2025-03-01 or 2025年3月1日, or the day in China of an instant with a zone."""
    plain = text.strip()
    written = _CHINESE_DAY.fullmatch(plain)
    try:
        if written:
            parsed = datetime.date(*map(int, written.groups()))
        else:
            parsed = day_of_instant(plain) or datetime.date.fromisoformat(plain)
    except ValueError:
        raise InputError(
            message("{text} 不是日期，请写成 2025-03-01", text=repr(text)), place=option
        ) from None
    if not FIRST_YEAR <= parsed.year <= LAST_YEAR:
        raise InputError(
            message(
                "{text} 应在 {first} 年到 {last} 年之间",
                text=text,
                first=FIRST_YEAR,
                last=LAST_YEAR,
            ),
            place=option,
        )
    return parsed


def day_or_today(text: str, option: str = "--on") -> datetime.date:
    """A day; today in China where none is written."""
    return day(text, option) if text else today()


def month(text: str, option: str = "--month") -> int:
    """A month written 2025-03, as yyyymm."""
    match = _MONTH.fullmatch(text.strip())
    if not match or not FIRST_YEAR <= int(match[1]) <= LAST_YEAR:
        raise InputError(message("{text} 不是月份，请写成 2025-03", text=repr(text)), place=option)
    return int(match[1]) * 100 + int(match[2])


def whole(number: int, option: str, least: int, most: int) -> int:
    """A whole number within bounds."""
    if not least <= number <= most:
        raise InputError(
            message("{number} 应在 {least} 到 {most} 之间", number=number, least=least, most=most),
            place=option,
        )
    return number


def whole_text(text: str, option: str, least: int, most: int) -> int:
    """A whole number written in digits, within bounds."""
    plain = text.strip()
    if not (plain.isascii() and plain.removeprefix("-").isdecimal() and len(plain) <= _DIGITS):
        raise InputError(message("{text} 不是整数", text=repr(text)), place=option)
    return whole(int(plain), option, least, most)


def year(number: int, option: str = "--year") -> int:
    """A calendar year."""
    return whole(number, option, FIRST_YEAR, LAST_YEAR)


def amount(text: str, option: str) -> int:
    """Yuan to fen, zero or more; thousands may be grouped, as amounts are shown: 10,000.00."""
    plain = text.strip()
    if _GROUPED.fullmatch(plain):
        plain = plain.replace(",", "")
    try:
        fen = parse_yuan(plain)
    except AmountError as error:
        raise InputError(not_an_amount(error), place=option) from None
    if fen < 0:
        raise InputError(message("{text} 不能是负数", text=text), place=option)
    return fen


def bill_total(items: list[Item], option: str) -> None:
    """Refuse a bill that no function can count."""
    if sum(item.amount for item in items) > MOST_FEN:
        raise InputError(
            message("合计太大，最多 {most} 元", most=format_yuan(MOST_FEN)), place=option
        )


def share(text: str, option: str) -> int:
    """A share in percent to basis points, 0 to 100."""
    try:
        share = parse_percent(text)
    except AmountError as error:
        raise InputError(not_an_amount(error), place=option) from None
    if not 0 <= share <= BASIS:
        raise InputError(message("应在 0 到 100 之间"), place=option)
    return share


def pair(text: str, separator: str, option: str, example: Text) -> tuple[str, str]:
    """Two parts around a separator."""
    left, middle, right = text.partition(separator)
    if not middle or not left or not right:
        raise InputError(
            message("{text} 请写成 {example}", text=repr(text), example=example), place=option
        )
    return left.strip(), right.strip()


def home_area(library: PolicyLibrary, text: str, option: Text = "--area") -> tuple[str, Words]:
    """Code and name of a place whose rules are known; one below an area stands for itself.

    ``MissingPackError`` for a place without a pack, ``NotFoundError`` for what is no place.
    """
    try:
        code = library.locate(text)
        if library.covering(code) is None:
            if any(area.code == code for area in library.areas()):
                what = message("{area}不是一个统筹区，请写省或市", area=library.area(code).name)
                raise NotFoundError(what)
            raise library.missing_pack(code)
    except NotFoundError as error:
        raise error.of(text_of(option)) from None
    return code, library.place_name(code)


def any_area(library: PolicyLibrary, text: str, option: str) -> str:
    """The code of any area: six digits, or the name of a province, city or county."""
    plain = text.strip()
    if _AREA_CODE.fullmatch(plain):
        return plain
    try:
        return library.locate(plain)
    except NotFoundError as error:
        what = message("{what}；别处请写六位地区代码", what=error.message)
        raise NotFoundError(what).of(option) from None


def pack_name(text: str, names: dict[str, str], what: Text, option: str) -> str:
    """A group or disease as the packs name it, by code, Chinese name or how that begins."""
    plain = text.strip()
    if plain in names:
        return plain
    for code, name in names.items():
        if plain == name:
            return code
    beginning = [code for code, name in names.items() if name.startswith(plain)]
    if len(plain) >= _SHORTEST_NAME and len(beginning) == 1:
        return beginning[0]
    known = Listed(
        message("{code}（{name}）", code=code, name=name) for code, name in names.items()
    )
    raise InputError(
        message(
            "政策包里没有{what} {text}，可以写：{known}", what=what, text=repr(text), known=known
        ),
        place=option,
    )
