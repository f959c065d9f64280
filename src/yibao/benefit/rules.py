"""Which rules apply: an area's rulebook as known on a day, and the segment of a day."""

from __future__ import annotations

import datetime
from collections.abc import Callable
from dataclasses import dataclass
from functools import lru_cache

from yibao.benefit.functions.cells import cell_1, cell_2, cell_3, cell_4, cell_5
from yibao.benefit.functions.period import benefit_year
from yibao.benefit.functions.refusal import asks_for_prescriber
from yibao.benefit.functions.rounding_known import rounding_known
from yibao.errors import RefusedError, UnsourcedError
from yibao.messages import message
from yibao.policy.compile import PolicyLibrary
from yibao.policy.days import day_number
from yibao.policy.parameters import MISSING
from yibao.policy.rulebook import Citation, Rulebook, Segment

_CELL_AT: dict[int, Callable[..., int]] = {
    1: cell_1,
    2: cell_2,
    3: cell_3,
    4: cell_4,
    5: cell_5,
}


@dataclass(frozen=True, slots=True)
class DayRules:
    """The segment that applies on one day, with the rulebook that it comes from."""

    rulebook: Rulebook
    segment: Segment
    day: datetime.date

    @property
    def rules(self) -> tuple[int, ...]:
        return self.segment.rules

    @property
    def is_projected(self) -> bool:
        """Whether nothing is laid down yet for the year of the day."""
        return self.day.year > self.rulebook.known_year

    def cell(self, table: int, *positions: int) -> int:
        """The cell of a table at positions of its keys, as ``functions.cells`` finds it."""
        return _CELL_AT[len(positions)](self.segment.rules, table, *positions)

    def at(self, table: int, *positions: int) -> int:
        """The value of a table at positions of its keys."""
        return self.segment.rules[self.cell(table, *positions)]

    def citation(self, cell: int) -> Citation:
        """What stands behind a cell."""
        return self.rulebook.citations[self.segment.cells[cell]]

    def refusal(self, status: int) -> RefusedError:
        """The error for a status of the benefit functions: which figure has no source."""
        if status == -1:
            return RefusedError(message("金额过大，超出可计算的范围"))
        layout, cell = self.rulebook.layout, -2 - status
        if asks_for_prescriber(self.rules, cell):
            return RefusedError(
                message("这里药店按开处方机构的价格类别结算：请写开处方机构的价格类别")
            )
        declaration, members = layout.parameter_at(cell)
        return UnsourcedError(
            message(
                "缺少依据：{cell} 在 {day}（{area}）"
                "没有有来源的数值，不能代为估计；请在政策包补充后再算",
                cell=layout.name_of(cell),
                day=self.day,
                area=self.rulebook.area,
            ),
            parameter=declaration.name,
            members=tuple((key, member) for key, member in members.items() if member),
            day=self.day,
            area=self.rulebook.area,
        )

    def need(self, cell: int) -> int:
        """The value of a cell; refuses where there is none."""
        value = self.segment.rules[cell]
        if value == MISSING:
            raise self.refusal(-2 - cell)
        return value


def day_rules(
    library: PolicyLibrary, area: str, day: datetime.date, known_on: datetime.date | None
) -> DayRules:
    """The rules of ``area`` on ``day`` as known on ``known_on``; refuses without a pack."""
    covering = library.covering(area)
    if covering is None:
        raise library.missing_pack(area)
    rulebook = library.rulebook(covering.code, known_on)
    rules = DayRules(rulebook, rulebook.segment(day_number(day)), day)
    status = rounding_known(rules.rules)
    if status < 0:
        raise rules.refusal(status)
    return rules


def benefit_year_of(rules: DayRules, scheme: int, day: datetime.date) -> int:
    """The benefit year of a day under ``rules``; ``scheme`` by its position."""
    return benefit_year(rules.rules, scheme, day.year, day.month)


@lru_cache(maxsize=4_096)
def lies_in(area: str, above: str) -> bool:
    """Whether ``area`` is ``above`` or lies below it (GB/T 2260: pairs of digits)."""
    stem = above
    while len(stem) > 2 and stem.endswith("00"):
        stem = stem[:-2]
    return area.startswith(stem) or stem == "00"


def same_province(area: str, other: str) -> bool:
    """Whether two areas lie in one province."""
    return area[:2] == other[:2]
