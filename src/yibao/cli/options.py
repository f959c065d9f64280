"""The options that commands share; what they say is read by :mod:`yibao.inquiry.reading`."""

from __future__ import annotations

import json
import sys
from collections.abc import Iterable
from typing import Annotated, Any

from yibao.cli.declared import Option
from yibao.cli.facts import option_of
from yibao.cli.language import language
from yibao.inquiry.asked import AREA
from yibao.inquiry.basis import basis_data
from yibao.inquiry.reading import (
    amount,
    any_area,
    bill_total,
    day,
    day_or_today,
    home_area,
    month,
    pack_name,
    pair,
    today,
    whole,
    year,
)
from yibao.messages import message
from yibao.policy.compile import PolicyLibrary

__all__ = [
    "AreaOption",
    "AsJson",
    "Explain",
    "On",
    "amount",
    "any_area",
    "basis_json",
    "bill_total",
    "day",
    "day_or_today",
    "home_area",
    "month",
    "pack_name",
    "pair",
    "print_json",
    "today",
    "whole",
    "year",
]

AreaOption = Annotated[str, option_of(AREA)]
AsJson = Annotated[bool, Option("--json", help=message("输出一个 JSON 对象。"))]
Explain = Annotated[bool, Option("--explain", help=message("列出每一步和它的来源。"))]
On = Annotated[str, Option("--on", metavar=message("日期"), help=message("哪一天；缺省今天。"))]


def basis_json(
    packs: PolicyLibrary, area: str, assumptions: Iterable[str], disputes: Iterable[str]
) -> dict[str, Any]:
    """What an answer rests on, for programs, in the language of the command line."""
    return basis_data(packs, area, assumptions, disputes, language())


def print_json(data: Any) -> None:
    """One compact JSON object on one line."""
    text = json.dumps(data, ensure_ascii=False, separators=(",", ":"))
    sys.stdout.write(f"{text}\n")
