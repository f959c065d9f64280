"""What is looked up once for each combination that occurs, by the benefit room's own functions."""

from __future__ import annotations

from collections.abc import Callable
from typing import NamedTuple

import numpy as np

from yibao.benefit.facts import Filing, Institution
from yibao.benefit.people import tier_mask, visit_mask
from yibao.benefit.rules import lies_in
from yibao.benefit.visits import place_of
from yibao.columns import packing as k
from yibao.columns.frame import YEARS
from yibao.columns.read.cells import NONE, BatchFaults, Bools, Codes, Ints
from yibao.columns.rulebooks import Rulebooks, date_of
from yibao.columns.schema import FILING_KINDS
from yibao.errors import InputError
from yibao.messages import Listed, Message, message
from yibao.policy.kinds import InstitutionKind

_MOST_COUNTED = 1 << 22


class Axis(NamedTuple):
    """One part of a combination: a number in each row, and how many there are."""

    numbers: Ints
    size: int


def each_combination(
    where: Bools,
    axes: list[Axis],
    evaluate: Callable[[tuple[int, ...]], int | Message],
    faults: BatchFaults,
    column: str,
) -> Ints:
    """``evaluate`` once for each combination in the rows of ``where``; a message is a fault.

    Rows outside ``where`` get 0.
    """
    rows = len(where)
    result = np.zeros(rows, dtype=np.int64)
    if not where.any():
        return result
    size = 1
    code = np.zeros(rows, dtype=np.int64)
    for axis in axes:
        code = code * axis.size + axis.numbers
        size *= axis.size
    everywhere = bool(where.all())
    chosen = code if everywhere else code[where]
    if size <= _MOST_COUNTED:
        combinations = np.flatnonzero(np.bincount(chosen, minlength=1))
        index = chosen
        values = np.zeros(int(combinations[-1]) + 1, dtype=np.int64)
        positions = combinations
    else:
        combinations, index = np.unique(chosen, return_inverse=True)
        values = np.zeros(len(combinations), dtype=np.int64)
        positions = np.arange(len(combinations))
    texts: list[tuple[int, Message]] = []
    for position, combination in zip(positions.tolist(), combinations.tolist(), strict=True):
        parts: list[int] = []
        rest = combination
        for axis in reversed(axes):
            rest, part = divmod(rest, axis.size)
            parts.append(part)
        answer = evaluate(tuple(reversed(parts)))
        if isinstance(answer, Message):
            texts.append((combination, answer))
        else:
            values[position] = answer
    if everywhere:
        result = values[index]
    else:
        result[where] = values[index]
    for combination, text in texts:
        faults.mark(where & (code == combination), column, text)
    return result


def care_places(
    home: Codes, care: Codes, filing: Ints, emergency: Ints, where: Bools, faults: BatchFaults
) -> Ints:
    """Positions of the place: at home, in the province, or by the filing that counts."""
    day = date_of(0)

    def evaluate(parts: tuple[int, ...]) -> int | Message:
        of_home, of_care, of_filing, urgent = parts
        area = care.texts[of_care - 1] if of_care else home.texts[of_home]
        filings = []
        if of_filing:
            filings = [Filing("", FILING_KINDS[of_filing - 1], area, None, day)]
        institution = Institution("", area, InstitutionKind.HOSPITAL)
        return place_of(home.texts[of_home], institution, filings, day, emergency=bool(urgent))

    return each_combination(
        where,
        [
            Axis(np.maximum(home.numbers, 0), max(len(home.texts), 1)),
            Axis(care.numbers + 1, len(care.texts) + 1),
            Axis(filing + 1, len(FILING_KINDS) + 1),
            Axis(emergency, 2),
        ],
        evaluate,
        faults,
        "institution_area",
    )


def group_masks(
    rulebooks: Rulebooks, version: Ints, groups: Codes, where: Bools, faults: BatchFaults
) -> Ints:
    """Bit masks of the groups that a cell names; empty where none does."""

    def evaluate(parts: tuple[int, ...]) -> int | Message:
        number, text = parts
        rulebook = rulebooks.rulebooks[number]
        mask = 0
        for name in groups.texts[text].split():
            position = rulebook.groups.get(name)
            if position is None:
                return message(
                    "人群 {name} 不在 {area} 的政策包里，可以写：{known}",
                    name=name,
                    area=rulebook.area,
                    known=Listed(rulebook.groups),
                )
            if position >= k.MOST_GROUPS:
                return message(
                    "人群 {name} 是政策包里的第 {number} 个，批量计算只认前 {most} 个",
                    name=name,
                    number=position + 1,
                    most=k.MOST_GROUPS,
                )
            mask |= 1 << position
        return mask

    return _of_rulebooks(rulebooks, version, groups, where, evaluate, faults, "groups")


def _of_rulebooks(
    rulebooks: Rulebooks,
    version: Ints,
    cells: Codes,
    where: Bools,
    evaluate: Callable[[tuple[int, ...]], int | Message],
    faults: BatchFaults,
    column: str,
) -> Ints:
    """``evaluate`` once for each rulebook and text of a column; empty where no cell says any."""
    numbers = rulebooks.rulebook_numbers[version]
    named = where & (cells.numbers >= 0) & (numbers >= 0)
    if not named.any():
        return np.zeros(0, dtype=np.int64)
    return each_combination(
        named,
        [
            Axis(np.maximum(numbers, 0), max(len(rulebooks.rulebooks), 1)),
            Axis(np.maximum(cells.numbers, 0), max(len(cells.texts), 1)),
        ],
        evaluate,
        faults,
        column,
    )


def tier_masks(
    rulebooks: Rulebooks,
    version: Ints,
    tiers: Codes,
    where: Bools,
    faults: BatchFaults,
    column: str,
) -> Ints:
    """The bit of the group that the tier of contribution in a cell is; empty where none is."""

    def evaluate(parts: tuple[int, ...]) -> int | Message:
        number, text = parts
        try:
            return tier_mask(rulebooks.rulebooks[number], tiers.texts[text])
        except InputError as error:
            return message("{error}", error=error.message)

    return _of_rulebooks(rulebooks, version, tiers, where, evaluate, faults, column)


def visit_masks(rulebooks: Rulebooks, version: Ints, sent_on: Ints, where: Bools) -> Ints:
    """Bits of the groups that visits themselves count as, where a visit was sent on."""
    numbers = rulebooks.rulebook_numbers[version]
    bits = np.array([visit_mask(rulebook, True) for rulebook in rulebooks.rulebooks] or [0])
    counted = where & (sent_on == 1) & (numbers >= 0)
    return np.where(counted, bits[np.maximum(numbers, 0)], 0)


def disease_positions(
    rulebooks: Rulebooks, version: Ints, diseases: Codes, where: Bools, faults: BatchFaults
) -> Ints:
    """Positions of the diseases that cells name; -1 where there is none."""

    def evaluate(parts: tuple[int, ...]) -> int | Message:
        number, text = parts
        rulebook = rulebooks.rulebooks[number]
        position = rulebook.diseases.get(diseases.texts[text])
        if position is None:
            return message(
                "病种 {name} 不在 {area} 的政策包里，可以写：{known}",
                name=diseases.texts[text],
                area=rulebook.area,
                known=Listed(rulebook.diseases),
            )
        if position > k.FIELDS["disease"].most:
            return message(
                "病种 {name} 是政策包里的第 {number} 个，批量计算只认前 {most} 个",
                name=diseases.texts[text],
                number=position + 1,
                most=k.FIELDS["disease"].most + 1,
            )
        return position

    numbers = rulebooks.rulebook_numbers[version]
    named = where & (diseases.numbers >= 0) & (numbers >= 0)
    positions = each_combination(
        named,
        [
            Axis(np.maximum(numbers, 0), max(len(rulebooks.rulebooks), 1)),
            Axis(np.maximum(diseases.numbers, 0), max(len(diseases.texts), 1)),
        ],
        evaluate,
        faults,
        "disease",
    )
    return np.where(named, positions, NONE)


def timely_masks(codes: Codes, first_year: Ints, where: Bools, faults: BatchFaults) -> Ints:
    """Bit masks of the years paid in time, bit 0 for the first year of the incentives."""
    base = int(np.maximum(first_year, 0).max(initial=0)) + 1

    def evaluate(parts: tuple[int, ...]) -> int | Message:
        first, text = parts
        mask = 0
        for year in codes.texts[text].replace(",", " ").split():
            if not (year.isdigit() and len(year) == 4):
                return message("{text} 不是年度：请写成 2025 2026", text=repr(codes.texts[text]))
            if first <= int(year) < first + YEARS:
                mask |= 1 << (int(year) - first)
        return mask

    return each_combination(
        where,
        [
            Axis(np.maximum(first_year, 0), base),
            Axis(np.maximum(codes.numbers, 0), max(len(codes.texts), 1)),
        ],
        evaluate,
        faults,
        "timely_years",
    )


def pairs(first: Codes, second: Codes, test: Callable[[str, str], bool], where: Bools) -> Ints:
    """1 where ``test`` holds for the two texts of a row."""
    faults = BatchFaults(len(where))
    return each_combination(
        where,
        [
            Axis(np.maximum(first.numbers, 0), max(len(first.texts), 1)),
            Axis(np.maximum(second.numbers, 0), max(len(second.texts), 1)),
        ],
        lambda parts: int(test(first.texts[parts[0]], second.texts[parts[1]])),
        faults,
        "",
    )


def areas_of_rules(
    area: Codes, pinned: Codes, rulebooks: Rulebooks, faults: BatchFaults, columns: tuple[str, str]
) -> Ints:
    """The number of each row's rules in the rulebooks: the one it names, else its area's pack.

    ``columns``: what ``area`` and ``pinned`` are called.
    """
    if rulebooks.pinned is None or not pinned.texts:
        return no_pack(area, rulebooks, faults, columns[0])
    names = pinned.numbers >= 0
    numbers = no_pack(
        Codes(np.where(names, NONE, area.numbers), area.texts), rulebooks, faults, columns[0]
    )
    for position, name in enumerate(pinned.texts):
        where = pinned.numbers == position
        number, of_area = rulebooks.pinned_area(name)
        if number < 0:
            faults.mark(where, columns[1], _not_carried(name))
        for code in np.unique(area.numbers[where]).tolist():
            text = area.texts[code] if code >= 0 else ""
            if number >= 0 and not lies_in(text, of_area):
                faults.mark(
                    where & (area.numbers == code),
                    columns[1],
                    message(
                        "规则书 {name} 是 {rulebook_area} 的，不是 {area} 的",
                        name=name,
                        rulebook_area=of_area,
                        area=text,
                    ),
                )
        numbers[where] = number
    return numbers


def _not_carried(name: str) -> Message:
    return message(
        "规则书 {name} 不在文件里：请用导出的原文件，或用 --rulebooks 指出带着它的文件；"
        "要按今天的规则算，写 --today",
        name=name,
    )


def no_pack(codes: Codes, rulebooks: Rulebooks, faults: BatchFaults, column: str) -> Ints:
    """The number of each row's area in the rulebooks; a fault where no pack covers it."""
    table = np.full(len(codes.texts) + 1, NONE, dtype=np.int64)
    for code, text in enumerate(codes.texts):
        if len(text) != 6 or not text.isdigit():
            faults.mark(
                codes.numbers == code,
                column,
                message("{text} 不是地区代码：请写六位数字", text=repr(text)),
            )
            continue
        table[code] = rulebooks.area(text)
        if table[code] < 0:
            faults.mark(
                codes.numbers == code,
                column,
                rulebooks.library.missing_pack(text).message,
            )
    numbers: Ints = table[codes.numbers]
    return numbers
