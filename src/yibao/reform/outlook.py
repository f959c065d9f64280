"""Five years ahead under declared scenarios: not a forecast, and only what can be stated."""

from __future__ import annotations

from typing import NamedTuple

from yibao.policy.kinds import Scheme
from yibao.population.marginals import NATION, Marginals, assumptions
from yibao.reform.sums import ReformSums

YEARS = 5
_INCOME = {Scheme.EMPLOYEE: "fund.pool_income", Scheme.RESIDENT: "fund.income"}
_SPENDING = {Scheme.EMPLOYEE: "fund.pool_spending", Scheme.RESIDENT: "fund.spending"}


class Path(NamedTuple):
    """A fund under a scenario, before and after the change."""

    scheme: str
    scenario: str
    spent: tuple[tuple[float, float], ...]
    """Of each year spending as a share of income, before and after."""
    months: tuple[tuple[float, float], ...]
    """Months of spending in reserve at the end of each year; empty where none was stated."""


def outlook(sums: ReformSums, reserve_months: float | None) -> list[Path]:
    """The paths of both schemes' funds under every scenario.

    Income and spending begin at the nation's ratio, as the place's own was not found; the
    change raises spending by what it raised here.  ``reserve_months``: what the user states.
    """
    figures = Marginals([NATION])
    paths = []
    for scheme in (Scheme.RESIDENT, Scheme.EMPLOYEE):
        before, after = _fund(sums, scheme)
        if not before:
            continue
        start = figures.need(_SPENDING[scheme], scheme) / figures.need(_INCOME[scheme], scheme)
        for name, growth in assumptions()["scenarios"].items():
            faster = (1 + growth["cost"]) * (1 + growth["ageing"]) / (1 + growth["income"])
            spent = [
                (start * faster**year, start * faster**year * after / before)
                for year in range(1, YEARS + 1)
            ]
            months = []
            if reserve_months is not None:
                reserves = [reserve_months / 12 * start] * 2
                for year, sides in enumerate(spent, 1):
                    income = (1 + growth["income"]) ** year
                    for side, share in enumerate(sides):
                        reserves[side] += income * (1 - share)
                    left = [
                        max(0.0, reserve / (income * share) * 12)
                        for reserve, share in zip(reserves, sides, strict=True)
                    ]
                    months.append((left[0], left[1]))
            paths.append(Path(scheme, name, tuple(spent), tuple(months)))
    return paths


def _fund(sums: ReformSums, scheme: Scheme) -> tuple[int, int]:
    of_scheme = [
        amounts["fund"]
        for name, amounts in sums.layers.items()
        if (name == Scheme.RESIDENT) == (scheme == Scheme.RESIDENT)
    ]
    return sum(each[0] for each in of_scheme), sum(each[1] for each in of_scheme)
