"""From the value of a block to cells: keys, fallbacks, units and formulas."""

from __future__ import annotations

import re
from collections.abc import Mapping as MappingType
from typing import NamedTuple

from yibao.messages import Listed, message
from yibao.money import format_yuan
from yibao.money.rounding import ROUND_HALF_UP, ROUND_HALF_UP_YUAN
from yibao.policy.days import EARLIEST, LATEST, day_number, to_date
from yibao.policy.document import Mapping, Node
from yibao.policy.keys import (
    COUNTED,
    KEYS,
    PRICE_CLASSES,
    RANKS,
    TIER_CLASS_1,
    TIER_CLASS_2,
    TIER_CLASS_2_COUNTY,
    TIER_CLASS_3,
    TIER_COMMUNITY,
    TIER_SPECIAL,
)
from yibao.policy.kinds import Delivery, HospitalGrade, Status
from yibao.policy.labels import UNITS
from yibao.policy.layout import Members, is_required
from yibao.policy.model import Block, ParameterEntry
from yibao.policy.parameters import DECLARATIONS, MISSING, NONE, Declaration
from yibao.policy.reading import Faults, key_fault
from yibao.policy.unknowable import MAY_BE_UNKNOWN

Names = MappingType[str, MappingType[str, int]]
"""Members of ``group`` and ``disease``: key -> identifier -> position."""

NONE_TEXT = "none"
UNKNOWN_TEXT = "unknown"
FORMULA_KEY = "formula"
FORMULA_ROUNDING = {"fen": ROUND_HALF_UP, "yuan": ROUND_HALF_UP_YUAN}
"""What the result of a formula may be rounded to, half up."""
FALLBACKS: MappingType[str, MappingType[str, str]] = {
    "price_class": {
        PRICE_CLASSES[TIER_CLASS_2_COUNTY]: PRICE_CLASSES[TIER_CLASS_2],
        PRICE_CLASSES[TIER_COMMUNITY]: PRICE_CLASSES[TIER_CLASS_3],
        PRICE_CLASSES[TIER_SPECIAL]: PRICE_CLASSES[TIER_CLASS_1],
    },
    "delivery": {
        Delivery.ASSISTED: Delivery.VAGINAL,
        Delivery.HIGH_RISK_MISCARRIAGE: Delivery.MISCARRIAGE,
        Delivery.DRUG_MISCARRIAGE: Delivery.MISCARRIAGE,
    },
    "grade": {HospitalGrade.GRADE_3S: HospitalGrade.GRADE_3A},
    "rank": dict.fromkeys(RANKS[1:], RANKS[0]),
}
"""By key: the member whose value holds for another one that is not written."""
_COUNT = re.compile(r"[1-9]\d?\+?")
_TIMES = re.compile(r"(\d{1,6})(?:\.(\d{1,4}))?")
_RETIREE_RATIO = "{scheme}.{care}.ratio"


class Formula(NamedTuple):
    """``ratio`` basis points of one parameter, less another, but no less than an amount."""

    ratio: int
    of: str
    minus: str
    """Empty where nothing is taken off."""
    rounding: int = ROUND_HALF_UP
    """To fen or to yuan: a mode of ``money.rounding``."""
    at_least: int = 0
    """Fen."""


class Leaf(NamedTuple):
    """One value as written, and the members that it holds for."""

    members: tuple[tuple[str, str], ...]
    """(key, member) that lead to it."""
    holds_for: Members
    """Those, and the members that they stand for as well."""
    number: int
    """In the segment's unit; MISSING where there is a formula, or no source."""
    formula: Formula | None
    node: Node


def takes_none(declaration: Declaration) -> bool:
    """Whether "there is none" means something: a ceiling, or what is absent unless stated."""
    table = declaration.table
    return table.default == NONE or (table.unit == "yuan" and "ceiling" in table.pattern)


def takes_unknown(declaration: Declaration) -> bool:
    """Whether a pack may say that no source gives the figure, instead of its default."""
    return declaration.table.place in MAY_BE_UNKNOWN


def read_number(declaration: Declaration, node: Node) -> int:
    """A single value in the segment's unit."""
    table = declaration.table
    text = node.text()
    if text == UNKNOWN_TEXT and takes_unknown(declaration):
        return MISSING
    if text == NONE_TEXT and table.unit != "choice":
        if not takes_none(declaration):
            raise node.fault(
                message("{name} 不能写 none：没有值就不写，为零写 0", name=declaration.name)
            )
        return NONE
    match table.unit:
        case "yuan":
            return node.yuan()
        case "percent":
            return node.percent()
        case "points":
            return node.percent(negative=True)
        case "date":
            return day_number(node.date())
        case "flag":
            return int(node.flag())
        case "choice":
            return table.choices.index(node.choice(table.choices))
    number = node.integer()
    if number < 0:
        raise node.fault(message("这个数不能为负"))
    return number


def _read_formula(declaration: Declaration, node: Mapping) -> Formula:
    node.only((FORMULA_KEY,))
    if declaration.table.unit != "yuan":
        raise node.fault(message("公式的结果是元，这个参数的单位不是元"))
    formula = node.require(FORMULA_KEY).mapping()
    formula.only(("times", "percent", "of", "minus", "round", "at_least"))
    times, percent = formula.get("times"), formula.get("percent")
    if (times is None) == (percent is None):
        raise formula.fault(message("公式要写 times 或 percent，只写一个"))
    if times is not None:
        match = _TIMES.fullmatch(times.text())
        if not match:
            raise times.fault(message("倍数请写成最多四位小数的正数"))
        ratio = int(match[1]) * 10_000 + int((match[2] or "").ljust(4, "0"))
    else:
        assert percent is not None
        ratio = percent.percent()
    names = []
    for key in ("of", "minus"):
        reference = formula.require(key) if key == "of" else formula.get(key)
        name = reference.text() if reference is not None else ""
        if reference is not None:
            known = DECLARATIONS.get(name)
            if known is None:
                raise reference.fault(message("不认识的参数 {name}", name=name), "unknown")
            if known.table.unit != "yuan":
                raise reference.fault(
                    message("公式只能引用以元计的参数，{name} 的单位不是元", name=name)
                )
        names.append(name)
    to, at_least = formula.get("round"), formula.get("at_least")
    mode = ROUND_HALF_UP if to is None else FORMULA_ROUNDING[to.choice(tuple(FORMULA_ROUNDING))]
    return Formula(ratio, names[0], names[1], mode, 0 if at_least is None else at_least.yuan())


def _is_formula(node: Node) -> bool:
    return isinstance(node, Mapping) and FORMULA_KEY in node.entries


class _LeafReader:
    def __init__(self, entry: ParameterEntry, block: Block, names: Names, faults: Faults) -> None:
        self.partial = block.partial
        self.declaration = entry.declaration
        self.keys = entry.keys
        self.names = names
        self.faults = faults
        self.leaves: list[Leaf] = []

    def read(self, value: Node) -> list[Leaf]:
        self.walk(value, 0, {}, ())
        return self.leaves

    def walk(
        self, node: Node, level: int, holds_for: Members, members: tuple[tuple[str, str], ...]
    ) -> None:
        with self.faults.guard():
            # A single value above the last key holds for all members of the keys below it.
            if level == len(self.keys) or not isinstance(node, Mapping) or _is_formula(node):
                self.leaf(node, holds_for, members)
                return
            key = self.keys[level]
            for member, stands_for in self.members(key, node).items():
                below = {**holds_for, key: tuple(stands_for)}
                self.walk(node.entries[member], level + 1, below, (*members, (key, member)))

    def leaf(self, node: Node, holds_for: Members, members: tuple[tuple[str, str], ...]) -> None:
        if _is_formula(node):
            formula = _read_formula(self.declaration, node.mapping())
            self.leaves.append(Leaf(members, holds_for, MISSING, formula, node))
        else:
            number = read_number(self.declaration, node)
            self.leaves.append(Leaf(members, holds_for, number, None, node))

    def members(self, key: str, node: Mapping) -> dict[str, list[str]]:
        """Each member written at this level, with all members that it stands for."""
        stands_for: dict[str, list[str]] = {}
        for member in node.entries:
            if self.knows(key, node, member):
                stands_for[member] = [member]
        if KEYS[key].kind == COUNTED:
            self.complete_count(key, node, stands_for)
        elif key not in self.names:
            self.complete(key, node, stands_for)
        return stands_for

    def knows(self, key: str, node: Mapping, member: str) -> bool:
        """Whether a key has the member; adds a fault where it has not."""
        if KEYS[key].kind == COUNTED:
            known: tuple[str, ...] = ("1", "2", "3", "…", "3+")
            right = _COUNT.fullmatch(member) is not None
        else:
            known = tuple(self.names.get(key, KEYS[key].members))
            right = member in known
        if not right:
            shown = Listed(known) or message("（这个地区没有）")
            self.faults.add(
                key_fault(
                    node,
                    member,
                    message(
                        "{key} 没有 {member}，可以写：{shown}", key=key, member=member, shown=shown
                    ),
                    "unknown",
                )
            )
        return right

    def complete_count(self, key: str, node: Mapping, stands_for: dict[str, list[str]]) -> None:
        """Members above the last one given repeat it where a value is required."""
        if self.partial or not is_required(self.declaration.table):
            return
        if not stands_for:
            self.lacks(key, node, ["1"])
            return
        counts = sorted(int(member.removesuffix("+")) for member in stands_for)
        absent = [str(count) for count in range(1, counts[-1]) if count not in counts]
        if absent:
            self.lacks(key, node, absent)
            return
        last = next(member for member in stands_for if int(member.rstrip("+")) == counts[-1])
        stands_for[last] = [f"{counts[-1]}+"]

    def lacks(self, key: str, node: Mapping, absent: list[str]) -> None:
        what = message(
            "{name} 缺少 {key}：{absent}",
            name=self.declaration.name,
            key=key,
            absent=Listed(absent),
        )
        self.faults.add(node.fault(what, "keys"))

    def complete(self, key: str, node: Mapping, stands_for: dict[str, list[str]]) -> None:
        """Give the members that are not written to those that stand for them, or refuse."""
        table = self.declaration.table
        absent = [str(member) for member in KEYS[key].members if member not in stands_for]
        for member, stands_in in FALLBACKS.get(key, {}).items():
            if member in absent and stands_in in stands_for:
                absent.remove(member)
                stands_for[stands_in].append(member)
        if self.partial or not is_required(table):
            return
        if key == "status" and table.pattern == _RETIREE_RATIO:
            absent = [member for member in absent if member != Status.RETIRED]
        if absent:
            self.lacks(key, node, absent)


def read_leaves(
    entry: ParameterEntry, block: Block, names: Names, faults: Faults | None = None
) -> list[Leaf]:
    """All values of one block; members not named keep the table's default."""
    return _LeafReader(entry, block, names, faults or Faults()).read(block.value)


def number_text(declaration: Declaration, number: int) -> str:
    """A cell's number as people read it: ``1,000.00 元``, ``60%``, ``无``."""
    table = declaration.table
    if number == MISSING:
        return "缺"
    if number == NONE and table.unit != "points":
        return "无"
    match table.unit:
        case "yuan":
            return f"{format_yuan(number)} 元"
        case "percent" | "points":
            whole = format_yuan(number, grouped=False).rstrip("0").rstrip(".")
            return f"{whole}%" if table.unit == "percent" else f"{whole} {UNITS['points']}"
        case "date":
            return to_date(min(max(number, EARLIEST), LATEST)).isoformat()
        case "flag":
            return "是" if number else "否"
        case "choice":
            return table.choices[number]
    return f"{number} {UNITS[table.unit]}".strip()


def formula_text(formula: Formula) -> str:
    """A formula as people read it."""
    if formula.ratio % 10_000 == 0:
        part = f"{formula.ratio // 10_000} × {formula.of}"
    else:
        percent = format_yuan(formula.ratio, grouped=False).rstrip("0").rstrip(".")
        part = f"{percent}% × {formula.of}"
    if formula.minus:
        part = f"{part} − {formula.minus}"
    if formula.rounding == ROUND_HALF_UP_YUAN:
        part = f"{part}，四舍五入到元"
    return f"{part}，不低于 {format_yuan(formula.at_least)} 元" if formula.at_least else part
