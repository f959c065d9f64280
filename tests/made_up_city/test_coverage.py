"""The made-up city exercises every rule shape and every parameter, by YAML alone."""

from __future__ import annotations

import ast
import datetime
import functools
from collections.abc import Callable
from dataclasses import replace
from typing import Any

import pytest

from yibao import library
from yibao.errors import YibaoError
from yibao.policy.cache import Cache
from yibao.policy.compile import PolicyLibrary
from yibao.policy.lint import lint
from yibao.policy.model import Pack, Tree
from yibao.policy.parameters import DECLARATIONS, TABLES
from yibao.scenario.read import read_scenario
from yibao.scenario.roads import run_through

from .life import FOLDER, ROOT

SHAPES = {
    1: "parameters by area, scheme, topic, day, keys; closed schemes",
    2: "price class from hospital grade, dated, county split; the day that a stay is settled by",
    3: "deductible per visit, admission, year; ceiling on the sum; nth admission; groups",
    4: "ratio flat, banded; retiree as points, factor, own table; bonuses",
    5: "out of area: points, replacement table, own deductible; catalogue",
    6: "ceilings, by formula; crossed inside one visit",
    7: "layers in order; two triggers, second compensation",
    8: "contributions by month, quarter, half-year, year; late; groups; re-rating",
    9: "waiting: fixed and variable, repair, floor, exemptions, start day, grace",
    10: "incentives: streak, two counters, shared ceiling, resets",
    11: "mutual aid",
    12: "grandfathering by the person's own admission",
    13: "rounding as a pack option",
    14: "chronic diseases, dual channel; monthly and yearly limits",
    15: "maternity: prenatal quota, delivery, miscarriage, spouse, allowance",
    16: "personal account credit",
    17: "retirement years, shortfall; premium subsidy paid later",
    18: "fixed monthly amounts, amounts by group, window past New Year, yearly credits",
    19: "halving by class, group and number; a community institution away",
    20: "a layer whose terms no source gives is left out and named",
    21: "what counts for the layer above, and a layer that pays after the year",
    22: "benefit years that begin in another month, by scheme",
    25: "deductibles by age, pharmacies that count as who prescribed, a list that nobody knows",
    26: "a long stay bears the deductible again",
    24: "formulas rounded to yuan, with a least amount, of a base of their own",
    23: "ceilings of a month or quarter for outpatients",
    27: "ceilings shared between kinds of care, on cost, of groups; deductibles of groups",
    30: "points by group of items",
    31: "classes by rank and grade, a class apart",
    29: "kinds of clinics and hospitals; ways a pregnancy ends; a layer by disease; a bound",
    32: "deductibles borne once in a number of days, anywhere or at each institution",
    33: "a year that flexible members pay in a window",
    34: "a layer that pays of the own burden and, beside it, above the ceiling",
    28: "first contact comes first; prenatal care at two rates; births by class",
}

UNREAD = {
    # No benefit function reads these: operations of the store do, or people only.
    "conduct.outlier_sigmas",
    "crossing.chronic_review",
    "crossing.temporary_filing_months",
    "employee.contribution.late_fee",
    "employee.contribution.late_fee_days",
    "employee.contribution.overpaid",
    "manual_claim.allowance_decision_days",
    "manual_claim.allowance_payee",
    "manual_claim.decision_days",
    "manual_claim.filing_last_day",
    "manual_claim.filing_years",
    "manual_claim.promised_days",
    "manual_claim.signed_above",
    "employee.contribution.undeclared_ratio",
    "moving.gap_months",
    "moving.in_days",
    "moving.longest_wait",
    "moving.out_days",
    "mutual_aid.grantors_at_a_time",
    "mutual_aid.grantors_per_settlement",
    "mutual_aid.review",
    "personal_account.closing",
    "personal_account.heirless",
    "recovery.set_off_limit",
    "registration.change_days",
    "registration.decision_days",
    "resident.contribution.window_open",
    "stay.overlap",
    "{scheme}.contribution.refund_until",
}
SCENARIOS = sorted((FOLDER / "scenarios").glob("*.yaml"))
TEXTS = ("rulebook", "steps", "assumptions", "disputes", "why")


def test_every_shape_has_its_tests() -> None:
    tested = set()
    for file in FOLDER.glob("test_*.py"):
        for node in ast.parse(file.read_text(encoding="utf-8")).body:
            if isinstance(node, ast.FunctionDef) and node.name.startswith("test_shape_"):
                tested.add(int(node.name.split("_")[2]))
    assert tested == set(SHAPES)


def test_every_parameter_is_used_by_the_made_up_city_or_a_real_pack(packs: PolicyLibrary) -> None:
    made_up = {name for pack in packs.tree.packs.values() for name in pack.parameters}
    real = {name for pack in library.load().tree.packs.values() for name in pack.parameters}
    assert sorted(DECLARATIONS.keys() - made_up - real) == []


def test_the_made_up_packs_have_no_fault() -> None:
    assert lint(ROOT) == []


# --- every table shapes an answer ---------------------------------------------------------------


class _Without(PolicyLibrary):
    """The made-up packs without the parameters of one table."""

    def __init__(self, tree: Tree, pattern: str) -> None:
        self._stripped = Tree(
            {
                code: replace(
                    pack,
                    parameters={
                        name: entry
                        for name, entry in pack.parameters.items()
                        if entry.declaration.table.pattern != pattern
                    },
                )
                for code, pack in tree.packs.items()
            },
            tree.sources,
        )
        super().__init__([ROOT], ())
        self._cache = Cache(f"without {pattern}")

    @property
    def tree(self) -> Tree:
        return self._stripped

    def packs_of(self, code: str) -> list[Pack]:
        return [self._stripped.packs[code]]


def _asked(question: Callable[[], Any]) -> object:
    try:
        return question()
    except YibaoError as error:
        return str(error)


def _answers(packs: PolicyLibrary, scenario: Any) -> list[object]:
    answers: list[object] = []
    try:
        for step in run_through("engine", packs, scenario):
            answer = step.as_json()
            answers.append({key: value for key, value in answer.items() if key not in TEXTS})
    except YibaoError as error:
        answers.append(str(error))
    return answers


def _beside_scenarios(packs: PolicyLibrary) -> list[object]:
    """What the library answers outside a scenario, amounts only."""
    area, day = packs.area("临溪").code, datetime.date(2025, 8, 1)
    allowance = functools.partial(library.maternity_allowance, packs, area, day, 9300_00)
    retirement = functools.partial(library.retirement, packs, area, "male")
    later = datetime.date(2030, 1, 1)
    subsidy = functools.partial(library.flexible_subsidy, packs, area, 2025, ("low_income",))
    return [
        _asked(lambda: allowance().amount),
        _asked(lambda: allowance(contribution_class="flexible").amount),
        _asked(lambda: allowance(difficult=True).amount),
        _asked(lambda: allowance(fetuses=3).amount),
        _asked(lambda: allowance(miscarriage=True, gestation_months=3).amount),
        _asked(lambda: library.spouse_part(packs, area, day, 1000_00)),
        _asked(lambda: retirement(later, 200, 60).cost),
        _asked(lambda: retirement(later, 100, 400).missing_months),
        _asked(lambda: subsidy(1000_00).amount),
        _asked(lambda: subsidy(1000_00).apply_from),
    ]


@pytest.fixture(scope="module")
def lives() -> list[Any]:
    return [read_scenario(file) for file in SCENARIOS]


@pytest.fixture(scope="module")
def as_written(packs: PolicyLibrary, lives: list[Any]) -> tuple[list[list[object]], list[object]]:
    return [_answers(packs, life) for life in lives], _beside_scenarios(packs)


@pytest.mark.parametrize("pattern", [table.pattern for table in TABLES])
def test_every_table_shapes_an_answer(
    pattern: str,
    packs: PolicyLibrary,
    lives: list[Any],
    as_written: tuple[list[list[object]], list[object]],
) -> None:
    """Without a table's parameters some answer of the made-up city is another one."""
    without = _Without(packs.tree, pattern)
    expected, beside = as_written
    changed = any(
        _answers(without, life) != answers for life, answers in zip(lives, expected, strict=True)
    )
    if pattern in UNREAD:
        assert not changed
    else:
        assert changed or _beside_scenarios(without) != beside
