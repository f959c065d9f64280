"""The options that commands share; what they say is read by :mod:`yibao.inquiry.reading`."""

from __future__ import annotations

import json
import sys
from typing import Annotated, Any

import typer

from yibao.inquiry.reading import (
    UNKNOWN_AGE,
    amount,
    any_area,
    bill_total,
    birth_day,
    day,
    day_or_today,
    home_area,
    item,
    month,
    pack_name,
    pair,
    today,
    whole,
    year,
)

__all__ = [
    "UNKNOWN_AGE",
    "Age",
    "AreaOption",
    "AsJson",
    "Birth",
    "Explain",
    "Groups",
    "On",
    "amount",
    "any_area",
    "bill_total",
    "birth_day",
    "day",
    "day_or_today",
    "home_area",
    "item",
    "month",
    "pack_name",
    "pair",
    "print_json",
    "today",
    "whole",
    "year",
]

AreaOption = Annotated[
    str,
    typer.Option("--area", envvar="YIBAO_AREA", metavar="地区", help="参保地：代码或名称。"),
]
AsJson = Annotated[bool, typer.Option("--json", help="输出一个 JSON 对象。")]
Explain = Annotated[bool, typer.Option("--explain", help="列出每一步和它的来源。")]
On = Annotated[str, typer.Option("--on", metavar="日期", help="哪一天；缺省今天。")]
Groups = Annotated[
    list[str], typer.Option("--group", metavar="人群", help="人群，可以写几次，如 low_income。")
]
Birth = Annotated[str, typer.Option("--birth", metavar="日期", help="出生日期。")]
Age = Annotated[
    int, typer.Option("--age", metavar="岁", help="周岁，代替 --birth。", show_default=False)
]


def print_json(data: Any) -> None:
    """One compact JSON object on one line."""
    text = json.dumps(data, ensure_ascii=False, separators=(",", ":"))
    sys.stdout.write(f"{text}\n")
