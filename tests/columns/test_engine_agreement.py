"""Random lives through the batch road and the engine: the same answers, whatever happens."""

from __future__ import annotations

import datetime
import random

import pytest

pytest.importorskip("pyarrow", reason="没有装 pyarrow")

from test_roads import lived

from yibao.benefit.facts import (
    Enrolment,
    Filing,
    Grant,
    GroupMembership,
    Institution,
    Item,
    Person,
    ResidentContribution,
    Used,
    Visit,
)
from yibao.policy.compile import PolicyLibrary
from yibao.policy.keys import DELIVERIES, GRADES, RELATIONS, VISIT_KINDS
from yibao.policy.kinds import ItemGroup, ItemKind
from yibao.scenario.model import ReverseStep, Scenario, Step, VisitStep

PEOPLE = ("li", "wang", "zhao")


def _day(rng: random.Random, first: int = 2022, last: int = 2027) -> datetime.date:
    start = datetime.date(first, 1, 1)
    return start + datetime.timedelta(
        days=rng.randrange((datetime.date(last, 12, 31) - start).days)
    )


def _person(rng: random.Random, name: str, areas: list[str], groups: list[str]) -> Person:
    employee = rng.random() < 0.5
    area = rng.choice(areas)
    retired = rng.random() < 0.5
    first = Enrolment(
        "employee" if employee else "resident",
        ("retired" if retired else "working") if employee else None,
        datetime.date(rng.randint(2015, 2023), 1, 1),
        None,
        area,
        rng.choice(["employer", "flexible"]),
    )
    enrolments = [first]
    if rng.random() < 0.3:
        change = _day(rng, 2024, 2026)
        enrolments = [
            Enrolment(
                first.scheme, first.status, first.start, change, area, first.contribution_class
            ),
            Enrolment("employee", "retired", change + datetime.timedelta(days=1), None, area),
        ]
    paid = None
    if first.scheme == "resident" and rng.random() < 0.6:
        paid = tuple(
            ResidentContribution(year, datetime.date(year - 1, 11, 1))
            for year in range(2022, 2028)
            if rng.random() < 0.9
        )
    memberships = tuple(
        GroupMembership(group, datetime.date(2020, 1, 1)) for group in groups if rng.random() < 0.15
    )
    birth = datetime.date(rng.randint(1940, 2010), rng.randint(1, 12), rng.randint(1, 28))
    return Person(name, "female", birth, area, memberships, tuple(enrolments), paid or None, None)


def _visit(
    rng: random.Random, at: int, sites: list[str], diseases: list[str], day: datetime.date
) -> Visit:
    site = rng.choice(sites)
    kind = rng.choice(["pharmacy", "chronic"]) if site == "p1" else rng.choice(VISIT_KINDS)
    if kind == "pharmacy" and site != "p1":
        kind = "inpatient"
    stay = rng.randrange(40) if kind == "inpatient" else 0
    items = []
    for _ in range(rng.randint(1, 4)):
        item_class = rng.choice("AABC")
        amount = int(10 ** rng.uniform(2, 7.3))
        limit = amount - amount // 7 if item_class != "C" and rng.random() < 0.3 else None
        share = rng.choice([None, 1_000, 1_250]) if item_class == "B" else None
        group = rng.choice((None, *ItemGroup)) if item_class != "C" else None
        item_kind = rng.choice(tuple(ItemKind))
        items.append(Item(item_class, amount, share, limit, item_kind, group))
    person = rng.choice(PEOPLE)
    draw: tuple[str, ...] = ()
    if rng.random() < 0.6:
        others = [name for name in PEOPLE if name != person]
        draw = rng.choice([("own",), ("own", rng.choice(others)), (rng.choice(others),)])
    maternity = kind == "maternity"
    return Visit(
        id=f"v{at}",
        person=person,
        institution=site,
        kind=kind,
        start=day - datetime.timedelta(days=stay),
        end=day,
        items=tuple(items),
        draw=draw,
        emergency=rng.random() < 0.2,
        channel=rng.choice(["direct", "manual"]),
        disease=rng.choice(diseases) if kind == "chronic" or rng.random() < 0.05 else None,
        prescription=rng.random() < 0.6,
        family_doctor=rng.random() < 0.3,
        delivery=rng.choice([None, *DELIVERIES[:2]]) if maternity else None,
        fetuses=rng.randint(1, 3) if maternity else 1,
        gestation_months=rng.randint(0, 9) if maternity else None,
        dual_channel=site == "p1" and rng.random() < 0.3,
    )


def random_life(library: PolicyLibrary, seed: int) -> Scenario:
    """Three relatives with their visits, some of them reversed."""
    rng = random.Random(seed)
    areas = [area.code for area in library.areas() if area.parent is not None and area.complete]
    # The area with the most rules comes up most, or few lives would reach their end.
    home = max(areas, key=lambda code: len(library.rulebook(code).days))
    homes = [home] * 12 + areas
    books = [library.rulebook(code) for code in areas]
    groups = sorted(set.intersection(*(set(book.groups) for book in books)))
    diseases = sorted(set.intersection(*(set(book.diseases) for book in books)))
    people = {name: _person(rng, name, homes, groups) for name in PEOPLE}
    institutions = {
        f"h{at}": Institution(
            f"h{at}",
            rng.choice([home, home, *areas]),
            "hospital",
            rng.choice([None] + [1, 2, 3] * 4),
            rng.choice(GRADES),
            rng.random() < 0.3,
        )
        for at in range(4)
    }
    institutions["p1"] = Institution("p1", home, "pharmacy", 3, dual_channel=True)
    start = datetime.date(2020, 1, 1)
    kinds = ("long_stay", "referral", "emergency", "other_temporary")
    filings = [
        Filing(name, rng.choice(kinds), rng.choice(areas), None, _day(rng, 2022, 2025))
        for name in PEOPLE
        if rng.random() < 0.6
    ]
    filings += [
        Filing(name, "chronic", None, disease, start) for name in PEOPLE for disease in diseases
    ]
    grants = [
        Grant(grantor, grantee, rng.choice(RELATIONS), start, None, rng.choice([None, 100_000]))
        for grantor in PEOPLE
        for grantee in PEOPLE
        if grantor != grantee and rng.random() < 0.8
    ]
    steps: list[Step] = []
    day = _day(rng, 2024, 2025)
    for at in range(rng.randint(3, 14)):
        day += datetime.timedelta(days=rng.randrange(-10, 120))
        steps.append(VisitStep(0, _visit(rng, at, list(institutions), diseases, day)))
        if rng.random() < 0.15:
            steps.append(ReverseStep(0, f"v{at}"))
    year = day.year
    used = {
        name: Used(
            year, 10_000, 20_000, rng.randrange(9_000_000), {diseases[0]: 5_000}, admissions=2
        )
        for name in PEOPLE
        if rng.random() < 0.3
    }
    return Scenario(
        file="",
        area=home,
        today=None,
        people=people,
        institutions=institutions,
        grants=tuple(grants),
        filings=tuple(filings),
        steps=tuple(steps),
        used=used,
        account={name: rng.randrange(1_000_000) for name in PEOPLE},
        group_names=(),
        disease_names=(),
    )


@pytest.mark.parametrize("part", range(8))
def test_random_lives(part: int, verify: bool) -> None:
    library = PolicyLibrary.load()
    count = 500 if verify else 10
    for seed in range(part * count, (part + 1) * count):
        scenario = random_life(library, seed)
        assert lived("batch", library, scenario) == lived("engine", library, scenario), seed
