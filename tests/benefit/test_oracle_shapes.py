"""The oracle looks at every rule that a visit is settled by, and meets every option of it.

Random rules are made from the declarations, so that a new shape is in them without a thought;
an oracle that has not been taught it would not be noticed otherwise.
"""

from __future__ import annotations

from collections import defaultdict
from random import Random
from typing import Any

import oracle
import pytest
from lives import World, random_filings, random_person, random_visits
from rules_builder import LAYOUT, Builder, OneArea, random_rules

from yibao.benefit.adjudication import adjudicate
from yibao.benefit.state import PersonState
from yibao.errors import RefusedError
from yibao.policy.parameters import DECLARATIONS, Table

MOST_LIVES, VISITS = 6_000, 8
"""Lives end as soon as all has been met: after some 1,200."""

OF_A_VISIT = (
    "outpatient inpatient chronic upper assistance catalogue maternity institution person stay"
    " rounding benefit_year crossing"
).split()
"""Files of packs whose rules settle a visit."""

RETIREE_RULES = DECLARATIONS["employee.chronic.retiree_rule"].table.choices

ELSEWHERE = {
    # Whose catalogue counts is asked before anything is settled: tests/made_up_city.
    "crossing.direct_catalogue",
    "crossing.manual_catalogue",
    "crossing.temporary_filing_months",
    # Allowances and spouses are no visits: tests/made_up_city (shape 15), tests/cases.
    "maternity.allowance_days",
    "maternity.allowance_difficult_days",
    "maternity.allowance_extra_child_days",
    "maternity.allowance_for",
    "maternity.allowance_miscarriage_days",
    "maternity.allowance_month_days",
    "maternity.spouse_ratio",
    # Asked only where no source gives the ceiling: tests/made_up_city (shape 29).
    "employee.inpatient.ceiling_at_least",
    "resident.inpatient.ceiling_at_least",
    # Operations of the store: tests/care, tests/crossing.
    "crossing.chronic_review",
    "stay.overlap",
}


def _often(random: Random, rules: Builder) -> Builder:
    """What random rules seldom have: a list's old terms hold, its ratio is that of the care."""
    if random.random() < 0.5:
        rules.care("chronic.disease_ratio", None).care("chronic.former_disease_ratio", None)
    for care in ("outpatient", "inpatient", "chronic"):
        rules.set(f"employee.{care}.retiree_rule", random.choice(RETIREE_RULES))
    for scheme in ("resident", "employee"):
        changed = random.choice((18_000, *[20_500] * 5))
        rules.set(f"{scheme}.chronic.former_admitted_before", changed)
        rules.set(f"{scheme}.chronic.former_until", random.choice((20_200, *[30_000] * 5)))
    return rules


def test_every_rule_of_a_visit_is_looked_at(monkeypatch: pytest.MonkeyPatch) -> None:
    met: dict[str, set[Any]] = defaultdict(set)
    get = oracle.Parameters.get

    def remembered(rules: oracle.Parameters, name: str, **members: str) -> Any:
        value = get(rules, name, **members)
        met[name].add(value)
        return value

    monkeypatch.setattr(oracle.Parameters, "get", remembered)
    world = World()
    of_a_visit = {
        name: declaration.table
        for name, declaration in DECLARATIONS.items()
        if name not in ELSEWHERE and name.rsplit(".", 1)[0].split(".")[-1] in OF_A_VISIT
    }

    def missed() -> dict[str, set[Any]]:
        options = {name: _not_met(table, met[name]) for name, table in of_a_visit.items()}
        return {name: not_met for name, not_met in options.items() if not_met}

    for index in range(MOST_LIVES):
        if index % 200 == 0 and not missed():
            break
        random = Random(f"shapes {index}")
        rules = _often(random, Builder(random_rules(random))).build()
        parameters = oracle.Parameters(rules, LAYOUT)
        person, filings = random_person(random, world), random_filings(random, world)
        state, book = PersonState(), oracle.Book()
        for institution, visit in random_visits(random, world, VISITS):
            try:
                expected = oracle.settle(
                    lambda day, same=parameters: same, person, institution, visit, filings, book, 0
                )
            except oracle.UnknownError:
                break
            try:
                settled = adjudicate(
                    OneArea(rules, world.home), person, institution, visit, filings, state
                )
            except RefusedError:
                break
            assert settled.settlement.fund == expected["fund"], f"life {index}, {visit}"
            settled.apply(state)
    assert missed() == {}
    assert sorted(ELSEWHERE & met.keys()) == []


def _not_met(table: Table, met: set[Any]) -> set[Any]:
    """Options of a choice or a flag that no life met; of a figure, whether it ever varied."""
    if not met:
        return {"looked at"}
    if table.unit == "choice":
        return {*table.choices} - met
    if table.unit == "flag":
        return {True, False} - met
    return set() if len(met) > 1 else {"another figure"}
