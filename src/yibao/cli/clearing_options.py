"""What the commands of clearing share: options for amounts and numbers, and how sums are said."""

from __future__ import annotations

from typing import Any

from yibao.cli.declared import Option
from yibao.cli.language import worded
from yibao.cli.options import print_json
from yibao.cli.text import table, write
from yibao.errors import InputError
from yibao.inquiry.reading import whole_text
from yibao.messages import Fen, Text, message
from yibao.money import AmountError, parse_percent

YUAN = message("元")
PERCENT = message("百分比")
NUMBER = message("数")
_MOST_POINTS = 10**12


def amount_option(help: Text) -> Option:
    return Option(metavar=YUAN, help=help)


def number_option(help: Text) -> Option:
    return Option(metavar=NUMBER, help=help)


def hundredths(text: str, option: str) -> int:
    """A number zero or more with at most two decimals, in hundredths."""
    try:
        number = parse_percent(text)
    except AmountError:
        number = whole_text(text, option, 0, _MOST_POINTS) * 100
    if number < 0:
        raise InputError(message("{text} 不能是负数", text=text), place=option)
    return number


def said_amounts(fen: dict[str, tuple[Text, int]], as_json: bool, **more: Any) -> None:
    """Amounts by name, each with its label; ``more`` only for programs."""
    if as_json:
        print_json({f"{name}_fen": number for name, (_, number) in fen.items()} | more)
        return
    write(table([(worded(label), worded(Fen(number))) for label, number in fen.values()], "<>"))


def score_tenths(text: str) -> int:
    """In tenths of a point."""
    score = hundredths(text, "--score")
    if score % 10:
        raise InputError(message("考核得分是 0 到 100 分，最多一位小数"), place="--score")
    return score // 10
