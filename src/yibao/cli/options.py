"""The options that commands share; what they say is read by :mod:`yibao.inquiry.reading`."""

from __future__ import annotations

import json
import sys
from typing import Annotated, Any

from yibao.cli.declared import Option
from yibao.inquiry.reading import (
    amount,
    any_area,
    bill_total,
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
    "AreaOption",
    "AsJson",
    "Explain",
    "On",
    "amount",
    "any_area",
    "bill_total",
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
    Option("--area", envvar="YIBAO_AREA", metavar="地区", help="参保地：代码或名称。"),
]
AsJson = Annotated[bool, Option("--json", help="输出一个 JSON 对象。")]
Explain = Annotated[bool, Option("--explain", help="列出每一步和它的来源。")]
On = Annotated[str, Option("--on", metavar="日期", help="哪一天；缺省今天。")]


def print_json(data: Any) -> None:
    """One compact JSON object on one line."""
    text = json.dumps(data, ensure_ascii=False, separators=(",", ":"))
    sys.stdout.write(f"{text}\n")
