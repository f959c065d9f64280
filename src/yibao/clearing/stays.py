"""Stays with their groups, as a file says them and as the book knows them, and what is due."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from yibao.care.institutions import area_of_institution
from yibao.clearing.agreements import agreement_on
from yibao.clearing.groups import (
    HUNDREDTHS,
    PayMethod,
    case_points,
    group_case,
    group_rate,
    points_share,
)
from yibao.clearing.sums import shared_out
from yibao.database.unit import Unit
from yibao.employers.errors import FaultyLinesError, LineFault
from yibao.employers.files import read_table
from yibao.errors import InputError, YibaoError
from yibao.exchange.months import BookedEntry, booked_entries, month_days
from yibao.messages import Listed, Text, message
from yibao.money import AmountError, parse_yuan

INPATIENT = "21"
"""The kind of care that points and groups pay."""
_MOST_HUNDREDTHS = 10**9
_GROUP = re.compile(r"[A-Za-z0-9.:_+-]{1,40}")
_COLUMNS: Mapping[str, tuple[str, ...]] = {
    "entry": ("结算编号", "setl_id", "entry"),
    "group": ("组", "病种", "病组", "group"),
    "points": ("点数", "分值", "权重", "points", "weight"),
    "mean": ("均费", "次均费用", "mean"),
}
_MAY_LACK = "mean"


@dataclass(frozen=True, slots=True)
class GroupedStay:
    """A line of a file."""

    line: int
    """As the file counts them, from 1."""
    entry_id: str
    group: str
    points: int
    """Or the weight, in hundredths."""
    mean: int | None
    """Of the group, in fen."""


@dataclass(frozen=True, slots=True)
class Deviation:
    """Percent of the mean of a group below and above which a stay is out of the ordinary."""

    low_below: int
    high_above: int


@dataclass(frozen=True, slots=True)
class DueStay:
    """A stay with what it comes to, in fen; points in hundredths."""

    stay: GroupedStay
    entry: BookedEntry
    coefficient: int
    counted: int
    due: int


@dataclass(frozen=True, slots=True)
class PricedStays:
    """The stays of a period and the value of a point (1/10,000 fen), or the rate (fen)."""

    value: int
    stays: Sequence[DueStay]


def read_stays(content: bytes) -> list[GroupedStay]:
    """The stays of a CSV or a workbook; ``FaultyLinesError`` names every line that is none."""
    headings, rows, first_line = read_table(content)
    plain = [heading.strip().lower() for heading in headings]
    places = {
        column: next((at for at, heading in enumerate(plain) if heading in names), None)
        for column, names in _COLUMNS.items()
    }
    missing = [
        _COLUMNS[column][0]
        for column, place in places.items()
        if place is None and column != _MAY_LACK
    ]
    if missing:
        raise InputError(
            message(
                "文件里找不到这些列：{missing}；有的是：{headings}",
                missing=Listed(missing),
                headings=Listed(headings),
            ),
            place="file",
        )
    stays: list[GroupedStay] = []
    faults: list[LineFault] = []
    for number, row in enumerate(rows, first_line):
        if not any(row):
            continue
        cells = {
            column: row[place].strip() if place is not None and place < len(row) else ""
            for column, place in places.items()
        }
        try:
            stays.append(_stay(number, cells))
        except InputError as error:
            faults.append(LineFault(number, error.message))
    if not stays and not faults:
        raise InputError(message("文件里没有病例"), place="file")
    if faults:
        raise FaultyLinesError(faults)
    return stays


def _stay(number: int, cells: Mapping[str, str]) -> GroupedStay:
    if not cells["entry"]:
        raise InputError(message("没有结算编号"))
    if not _GROUP.fullmatch(cells["group"]):
        raise InputError(message("组的编码是 1 到 40 个字母、数字和 . : _ + -"))
    points = _hundredths(cells["points"])
    mean = _hundredths(cells["mean"]) if cells["mean"] else None
    return GroupedStay(number, cells["entry"], cells["group"], points, mean)


def _hundredths(text: str) -> int:
    try:
        number = parse_yuan(text.replace(",", ""))
    except AmountError:
        raise InputError(message("{text} 不是最多两位小数的数", text=text or "—")) from None
    if not 0 < number <= _MOST_HUNDREDTHS:
        raise InputError(message("{text} 要大于零，也不能太大", text=text))
    return number


def price_stays(
    unit: Unit,
    area: str,
    period: int,
    method: PayMethod,
    budget: int,
    deviation: Deviation | None,
    stays: Sequence[GroupedStay],
) -> PricedStays:
    """A read fragment: what every stay comes to; ``FaultyLinesError`` names those of no period."""
    entries = booked_entries(unit, {stay.entry_id for stay in stays})
    coefficients: dict[str, int | Text] = {}
    seen: set[str] = set()
    groups: dict[str, tuple[int, int | None]] = {}
    faults: list[LineFault] = []
    counted: list[DueStay] = []
    for stay in stays:
        entry = entries.get(stay.entry_id)
        fault = _fault(entry, period, stay, seen, groups, deviation)
        if fault is None and entry is not None:
            place = entry.institution_id
            if place not in coefficients:
                coefficients[place] = _coefficient(unit, place, area, period, method)
            coefficient = coefficients[place]
            if isinstance(coefficient, int):
                points = stay.points
                if deviation is not None:
                    points = case_points(
                        stay.points,
                        stay.mean or 0,
                        entry.total,
                        low_below=deviation.low_below,
                        high_above=deviation.high_above,
                    )
                counted.append(DueStay(stay, entry, coefficient, points, 0))
            else:
                fault = coefficient
        if fault is not None:
            faults.append(LineFault(stay.line, fault))
    if faults:
        raise FaultyLinesError(faults)
    return _by_weights(budget, counted) if method is PayMethod.DRG else _by_points(budget, counted)


def _fault(
    entry: BookedEntry | None,
    period: int,
    stay: GroupedStay,
    seen: set[str],
    groups: dict[str, tuple[int, int | None]],
    deviation: Deviation | None,
) -> Text | None:
    if entry is None:
        return message("账上没有这笔结算，或者已经撤销")
    if stay.entry_id in seen:
        return message("这笔结算写了两次")
    seen.add(stay.entry_id)
    if entry.clear_type != INPATIENT:
        return message("这笔不是住院，不按分值或分组付")
    if period not in (entry.month, entry.month // 100 * 100):
        return message("这笔结算在 {month}，不在这一期", month=str(entry.month))
    if groups.setdefault(stay.group, (stay.points, stay.mean)) != (stay.points, stay.mean):
        return message("组 {group} 前面的点数或均费不是这个", group=stay.group)
    if deviation is not None and stay.mean is None:
        return message("有偏差界限的要写组的均费")
    return None


def _coefficient(
    unit: Unit, institution_id: str, area: str, period: int, method: PayMethod
) -> int | Text:
    """In hundredths; or why the institution is not paid so."""
    last = month_days(period if period % 100 else period + 12)[1]
    try:
        agreement = agreement_on(unit, institution_id, last)
    except YibaoError as error:
        return error.said
    if area_of_institution(unit, institution_id, last) != area:
        return message("机构 {id} 不在这个统筹区", id=institution_id)
    if agreement.method is not method or agreement.coefficient is None:
        return message("机构 {id} 的协议不是这种付费方式", id=institution_id)
    return agreement.coefficient


def _by_points(budget: int, stays: Sequence[DueStay]) -> PricedStays:
    """The budget over institutions, then over the stays of each, exactly."""
    by_place: dict[str, list[int]] = {}
    for number, stay in enumerate(stays):
        by_place.setdefault(stay.entry.institution_id, []).append(number)
    places = sorted(by_place)
    share = points_share(
        budget,
        [
            (
                sum(stays[number].counted for number in by_place[place]),
                stays[by_place[place][0]].coefficient,
            )
            for place in places
        ],
    )
    dues = [0] * len(stays)
    for place, part in zip(places, share.parts, strict=True):
        numbers = by_place[place]
        weights = [stays[number].counted for number in numbers]
        for number, due in zip(numbers, shared_out(part, weights), strict=True):
            dues[number] = due
    return PricedStays(share.point_value, _with(stays, dues))


def _by_weights(budget: int, stays: Sequence[DueStay]) -> PricedStays:
    rate = group_rate(budget, sum(stay.counted for stay in stays))
    dues = [
        group_case(
            rate,
            stay.counted,
            stay.coefficient,
            cost=stay.entry.total,
            person_paid=stay.entry.total - stay.entry.fund,
        ).fund
        for stay in stays
    ]
    return PricedStays(rate, _with(stays, dues))


def _with(stays: Sequence[DueStay], dues: Sequence[int]) -> list[DueStay]:
    return [
        DueStay(stay.stay, stay.entry, stay.coefficient, stay.counted, due)
        for stay, due in zip(stays, dues, strict=True)
    ]


def written(hundredths: int) -> str:
    """Hundredths as people write them."""
    return f"{hundredths // HUNDREDTHS}.{hundredths % HUNDREDTHS:02d}"
