"""Random people, institutions, filings and visits, for the oracle and the properties."""

from __future__ import annotations

import datetime
from collections.abc import Sequence
from dataclasses import dataclass
from random import Random

from rules_builder import DISEASES, GROUPS, random_fen

from yibao.benefit.facts import (
    Enrolment,
    Filing,
    GroupMembership,
    Institution,
    Item,
    Person,
    Visit,
)
from yibao.policy.keys import DELIVERIES, GRADES, PLACES, PRICE_CLASSES
from yibao.policy.kinds import HOSPITALS, MISCARRIAGES, InstitutionRank, ItemGroup

KINDS = ("village", "tb", "psychiatry")

HOME, NEIGHBOUR, ELSEWHERE = "990100", "990200", "980300"
"""Areas of no country: at home, in the same province, outside it."""


@dataclass(frozen=True)
class World:
    """Where a random life happens, and what its packs name."""

    home: str = HOME
    neighbour: str = NEIGHBOUR
    elsewhere: str = ELSEWHERE
    groups: tuple[str, ...] = GROUPS
    diseases: tuple[str, ...] = DISEASES
    first: datetime.date = datetime.date(2024, 12, 1)
    last: datetime.date = datetime.date(2026, 1, 31)

    @property
    def before(self) -> datetime.date:
        """Ten years before the first visit."""
        return self.first - datetime.timedelta(days=3_650)


def _day(random: Random, first: datetime.date, last: datetime.date) -> datetime.date:
    return first + datetime.timedelta(days=random.randrange((last - first).days + 1))


def random_person(random: Random, world: World) -> Person:
    """One or two enrolments, perhaps with a gap or an end; groups for all or some of the time."""

    def enrolment(start: datetime.date, end: datetime.date | None) -> Enrolment:
        scheme = random.choice(("resident", "employee"))
        status = random.choice(("working", "retired")) if scheme == "employee" else None
        kind = random.choice(("employer", "flexible")) if scheme == "employee" else "employer"
        return Enrolment(scheme, status, start, end, world.home, kind)

    start = _day(random, world.before, world.first)
    enrolments = [enrolment(start, None)]
    if random.random() < 0.3:
        end = _day(random, world.first, world.last)
        gap = datetime.timedelta(days=random.choice((1, 1, 60)))
        enrolments = [enrolment(start, end), enrolment(end + gap, None)][: random.choice((1, 2, 2))]
    return Person(
        id="one",
        sex=random.choice(("male", "female")),
        birth=_day(random, datetime.date(1935, 1, 1), world.before),
        area=world.home,
        groups=tuple(
            GroupMembership(
                group,
                _day(random, world.before, world.last),
                random.choice((None, world.last)),
            )
            for group in random.sample(world.groups, random.choice((0, 0, 1, 2)))
        ),
        enrolments=tuple(enrolments),
        contributions_resident=None,
        contributions_employee=None,
    )


def random_institution(random: Random, world: World) -> Institution:
    area = random.choice((world.home, world.home, world.home, world.neighbour, world.elsewhere))
    kind = random.choice(("hospital", "hospital", "hospital", "pharmacy", "community", *KINDS))
    by_grade = kind in HOSPITALS and random.random() < 0.3
    return Institution(
        id=random.choice(("place", "other")),
        area=area,
        kind=kind,
        price_class=random.choice((1, 2, 3)) if kind in HOSPITALS and not by_grade else None,
        grade=random.choice(GRADES) if by_grade else None,
        rank=random.choice((None, *InstitutionRank)) if by_grade else None,
        county=random.random() < 0.3,
        dual_channel=random.random() < 0.3,
    )


def random_filings(random: Random, world: World) -> tuple[Filing, ...]:
    filings = []
    for _ in range(random.randrange(4)):
        start = _day(random, world.before, world.last)
        end = random.choice((None, start + datetime.timedelta(days=random.randrange(400))))
        if random.random() < 0.5:
            disease = random.choice(world.diseases)
            filings.append(Filing("one", "chronic", None, disease, start, end))
        else:
            area = random.choice((world.elsewhere, world.elsewhere[:2] + "0000", world.neighbour))
            filings.append(Filing("one", random.choice(PLACES[2:]), area, None, start, end))
    return tuple(filings)


def random_items(random: Random, *, away: bool) -> tuple[Item, ...]:
    items = []
    for _ in range(random.choice((1, 1, 2, 4))):
        kind = random.choice("ABC" if random.random() < 0.5 else "A")
        amount = random_fen(random, 7.8)
        share = None
        if kind == "B" and (away or random.random() < 0.5):
            share = random.choice((0, 500, 1_000, 3_333, 10_000))
        limit = random_fen(random, 7) if kind != "C" and random.random() < 0.2 else None
        items.append(
            Item(
                kind,
                amount,
                share,
                limit,
                random.choice(("drug", "service")),
                group=None if kind == "C" else random.choice((None, None, *ItemGroup)),
            )
        )
    return tuple(items)


def random_visit(random: Random, world: World, institution: Institution, name: str) -> Visit:
    kind = random.choice(("outpatient", "inpatient", "inpatient", "chronic", "maternity"))
    if institution.kind == "pharmacy":
        kind = "pharmacy"
    start = _day(random, world.first, world.last)
    stay = random.choice((0, 5, 40, 200)) if kind == "inpatient" else 0
    delivery = random.choice((None, *DELIVERIES)) if kind == "maternity" else None
    named = kind == "chronic" or (kind == "inpatient" and random.random() < 0.3)
    return Visit(
        id=name,
        person="one",
        institution=institution.id,
        kind=kind,
        start=start,
        end=start + datetime.timedelta(days=stay),
        items=random_items(random, away=institution.area != world.home),
        emergency=random.random() < 0.2,
        channel=random.choice(("direct", "manual")),
        disease=random.choice(world.diseases) if named else None,
        prescription=random.random() < 0.7,
        prescriber_tier=random.choice((None, *PRICE_CLASSES)),
        family_doctor=random.random() < 0.3,
        referred=random.random() < 0.3,
        delivery=delivery,
        fetuses=random.choice((1, 1, 2)),
        gestation_months=random.randrange(10) if delivery in MISCARRIAGES else None,
        without_stay=kind == "maternity" and random.random() < 0.3,
        dual_channel=random.random() < 0.15 and "dual_channel" in world.diseases,
    )


def random_visits(random: Random, world: World, count: int) -> Sequence[tuple[Institution, Visit]]:
    """Visits in the order in which they are settled, which need not be that of their days."""
    visits = []
    for index in range(count):
        institution = random_institution(random, world)
        visits.append((institution, random_visit(random, world, institution, f"v{index}")))
    return visits
