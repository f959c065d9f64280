"""What is asked about points and groups of a period: the same on a page, in the API, by command."""

from __future__ import annotations

from dataclasses import replace

from yibao.clearing.groups import METHOD_WORDS, PayMethod
from yibao.clearing.operations import PointsPeriod
from yibao.clearing.stays import GroupedStay, read_stays
from yibao.errors import InputError
from yibao.gateway.identifiers import from_wire
from yibao.inquiry.fact_fields import choices
from yibao.inquiry.fields import Field, Values
from yibao.messages import message

_MOST_BUDGET = 10_000_000_000_00
_YUAN, _PERCENT = message("元"), message("%")

POINTS: tuple[Field, ...] = (
    Field(
        "period",
        message("哪一期"),
        "name",
        required=True,
        hint=message("月份写作 202603，全年写年份。"),
    ),
    Field(
        "method",
        message("怎么付"),
        "choice",
        required=True,
        choices=choices(tuple(PayMethod), METHOD_WORDS),
    ),
    Field(
        "budget",
        message("这一期的住院预算"),
        "fen",
        required=True,
        unit=_YUAN,
        most=_MOST_BUDGET,
    ),
    Field(
        "low_below",
        message("低于均费百分之几按比例"),
        "whole",
        least=1,
        most=100,
        unit=_PERCENT,
        hint=message("只用于病种分值；两个界限都不填就没有偏差病例。"),
    ),
    Field(
        "high_above",
        message("高于均费百分之几加分"),
        "whole",
        least=100,
        most=1000,
        unit=_PERCENT,
    ),
)
FILE = Field("file", message("分组的病例，CSV 或 .xlsx，Base64"), "content", required=True)
PREVIEW = Field("preview", message("只看不写"), "flag")


def points_from(values: Values, area: str | None) -> PointsPeriod:
    """The period that somebody described; ``InputError`` for what is none."""
    if not area:
        raise InputError(message("您的经办机构没有统筹区，不能做分值"))
    return PointsPeriod(
        area,
        period_from(values["period"]),
        PayMethod(values["method"]),
        values["budget"],
        values["low_below"],
        values["high_above"],
    )


def period_from(text: str) -> int:
    """yyyymm of a month, yyyy00 of a year."""
    digits = text.replace("-", "")
    if not (digits.isascii() and digits.isdigit() and len(digits) in (4, 6)):
        raise InputError(message("月份写作 202603，全年写年份"), place="period")
    return int(digits) * (100 if len(digits) == 4 else 1)


def stays_from(content: bytes) -> list[GroupedStay]:
    """The stays of a file, whether it names settlements as the wire does or as the store."""
    return [replace(stay, entry_id=from_wire(stay.entry_id)) for stay in read_stays(content)]
