"""The town of a demo: families with a year of life, the same for the same seed.

It is a scenario like any other and goes through the same operations, so that a demo store
holds nothing that the insurance could not have written.
"""

from __future__ import annotations

import datetime
from importlib.resources import files
from random import Random

from yibao.benefit.facts import (
    EmployeeContribution,
    Enrolment,
    Filing,
    Grant,
    GroupMembership,
    Item,
    Person,
    ResidentContribution,
    Visit,
)
from yibao.policy.compile import PolicyLibrary
from yibao.policy.kinds import FilingKind, ItemClass, RelationKind, Scheme, Sex, Status, VisitKind
from yibao.scenario.model import (
    CreditStep,
    ReverseStep,
    RevokeStep,
    Scenario,
    Step,
    TransferStep,
    VisitStep,
)
from yibao.scenario.read import scenario_from_text

YEAR = 2025
_HOSPITALS = ("hospital_a", "hospital_b", "hospital_c", "hospital_d")
_YUAN = 100


def demo_area(library: PolicyLibrary) -> str:
    """The area whose pack says most."""
    return max(library.areas(), key=lambda area: len(area.complete)).code


def demo_scenario(library: PolicyLibrary, area: str, families: int, seed: int) -> Scenario:
    """The known family, and others of a worker, perhaps a spouse, children and parents."""
    return _Town(library, area, families, Random(seed)).scenario()


def known_family(area: str) -> Scenario:
    """The family of ``family.yaml``, at home in ``area``."""
    file = files("yibao.scenario.demo").joinpath("family.yaml")
    return scenario_from_text(file.read_text(encoding="utf-8").replace("AREA", area), "family.yaml")


class _Town:
    def __init__(self, library: PolicyLibrary, area: str, families: int, chance: Random) -> None:
        self.area = area
        self.families = families
        self.chance = chance
        self.rulebook = library.rulebook(area)
        self.people: dict[str, Person] = {}
        self.account: dict[str, int] = {}
        self.grants: list[Grant] = []
        self.filings: list[Filing] = []
        self.dated: list[tuple[datetime.date, Step]] = []
        self.relatives: dict[str, str] = {}
        """Whose account may pay for somebody."""
        self.visits = 0

    def scenario(self) -> Scenario:
        for number in range(1, self.families + 1):
            self._family(f"{number:03}")
        for name in list(self.people):
            self._year_of(name)
        self.dated.sort(key=lambda dated_step: dated_step[0])
        family = known_family(self.area)
        return Scenario(
            file="demo",
            area=self.area,
            today=None,
            people={**family.people, **self.people},
            institutions=family.institutions,
            grants=(*family.grants, *self.grants),
            filings=(*family.filings, *self.filings),
            steps=(*(step for _, step in self.dated), *family.steps),
            used={},
            account={**family.account, **self.account},
            group_names=(),
            disease_names=(),
        )

    def _happens(self, percent: int) -> bool:
        return self.chance.randrange(100) < percent

    # --- people --------------------------------------------------------------------------------

    def _day(self, year: int) -> datetime.date:
        return datetime.date(year, self.chance.randint(1, 12), self.chance.randint(1, 28))

    def _family(self, number: str) -> None:
        """A worker; who else there is falls by chance."""
        chance = self.chance
        worker = self._employee(f"w{number}", self._day(chance.randint(1968, 1998)))
        if self._happens(50):
            spouse = self._resident(f"s{number}", self._day(chance.randint(1968, 1998)))
            self._grant(worker, spouse, RelationKind.SPOUSE)
        if self._happens(50):
            child = self._resident(f"c{number}", self._day(chance.randint(2008, 2023)))
            self._grant(worker, child, RelationKind.CHILD)
        if self._happens(40):
            parent = self._retired(f"p{number}", self._day(chance.randint(1945, 1962)))
            self._grant(worker, parent, RelationKind.PARENT)
        if self._happens(30):
            elder = self._resident(f"e{number}", self._day(chance.randint(1940, 1962)))
            self._grant(worker, elder, RelationKind.PARENT)

    def _add(self, person: Person, balance: int = 0) -> str:
        self.people[person.id] = person
        self.account[person.id] = balance
        return person.id

    def _person(
        self,
        name: str,
        birth: datetime.date,
        enrolment: Enrolment,
        *,
        groups: tuple[GroupMembership, ...] = (),
        years: tuple[ResidentContribution, ...] | None = None,
        months: tuple[EmployeeContribution, ...] | None = None,
    ) -> Person:
        sex = self.chance.choice((Sex.FEMALE, Sex.MALE))
        return Person(name, sex, birth, self.area, groups, (enrolment,), years, months)

    def _employee(self, name: str, birth: datetime.date) -> str:
        start = datetime.date(self.chance.randint(YEAR - 4, YEAR - 1), 1, 1)
        enrolment = Enrolment(Scheme.EMPLOYEE, Status.WORKING, start, None, self.area)
        base = self.chance.randint(45, 200) * 100 * _YUAN
        months = tuple(
            EmployeeContribution(year * 100 + month, base, None)
            for year in range(start.year, YEAR + 1)
            for month in range(1, 13)
        )
        self._add(
            self._person(name, birth, enrolment, months=months),
            self.chance.randint(0, 60) * 100 * _YUAN,
        )
        for month in range(1, 13):
            step = CreditStep(0, name, YEAR * 100 + month)
            self.dated.append((datetime.date(YEAR, month, 1), step))
        return name

    def _retired(self, name: str, birth: datetime.date) -> str:
        enrolment = Enrolment(
            Scheme.EMPLOYEE, Status.RETIRED, datetime.date(2012, 1, 1), None, self.area
        )
        return self._add(
            self._person(name, birth, enrolment), self.chance.randint(0, 40) * 100 * _YUAN
        )

    def _resident(self, name: str, birth: datetime.date) -> str:
        start = max(datetime.date(2019, 1, 1), birth)
        enrolment = Enrolment(Scheme.RESIDENT, None, start, None, self.area)
        lapsed = self.chance.choice((None, None, None, YEAR - 2))
        years = tuple(
            ResidentContribution(year, datetime.date(year - 1, 11, self.chance.randint(1, 28)))
            for year in range(start.year + 1, YEAR + 1)
            if year != lapsed
        )
        groups: tuple[GroupMembership, ...] = ()
        if "low_income" in self.rulebook.groups and self._happens(10):
            groups = (GroupMembership("low_income", datetime.date(YEAR - 1, 1, 1)),)
        return self._add(self._person(name, birth, enrolment, groups=groups, years=years))

    def _grant(self, grantor: str, grantee: str, relation: RelationKind) -> None:
        chance = self.chance
        start = datetime.date(YEAR - 1, chance.randint(1, 12), 1)
        limit = chance.choice((None, None, 500 * _YUAN, 1_000 * _YUAN))
        self.grants.append(Grant(grantor, grantee, relation, start, None, limit))
        self.relatives[grantee] = grantor
        if self._happens(5):
            day = self._day(YEAR)
            self.dated.append((day, RevokeStep(0, grantor, grantee, day)))

    # --- a year --------------------------------------------------------------------------------

    def _year_of(self, name: str) -> None:
        """Visits to the doctor and the pharmacy, some stays, chronic care, a few mistakes."""
        chance = self.chance
        old = self.people[name].birth.year < YEAR - 60
        for _ in range(chance.randint(0, 4) + (3 if old else 0)):
            where = chance.choice([*_HOSPITALS, "clinic"])
            self._visit(name, VisitKind.OUTPATIENT, where, self._day(YEAR), chance.randint(30, 900))
        for _ in range(chance.randint(0, 2)):
            self._visit(
                name, VisitKind.PHARMACY, "pharmacy", self._day(YEAR), chance.randint(20, 300)
            )
        if self._happens(30 if old else 8):
            where = chance.choice(_HOSPITALS)
            day = datetime.date(YEAR, chance.randint(1, 11), chance.randint(1, 28))
            stay = chance.randint(3, 20)
            self._visit(name, VisitKind.INPATIENT, where, day, chance.randint(30, 900) * 100, stay)
        if old and self.rulebook.diseases and self._happens(30):
            self._chronic(name, chance.choice(list(self.rulebook.diseases)[:6]))
        if name in self.relatives and self._happens(3):
            day, amount = self._day(YEAR), chance.randint(1, 5) * 100 * _YUAN
            step = TransferStep(0, self.relatives[name], name, amount, day)
            self.dated.append((day, step))

    def _chronic(self, name: str, disease: str) -> None:
        first = datetime.date(YEAR, 1, 1)
        self.filings.append(Filing(name, FilingKind.CHRONIC, None, disease, first))
        for month in range(1, 13, 2):
            day = datetime.date(YEAR, month, self.chance.randint(1, 28))
            amount = self.chance.randint(100, 600)
            self._visit(name, VisitKind.CHRONIC, "hospital_b", day, amount, disease=disease)

    def _visit(
        self,
        name: str,
        kind: VisitKind,
        where: str,
        day: datetime.date,
        yuan: int,
        stay: int = 0,
        disease: str | None = None,
    ) -> None:
        self.visits += 1
        number = f"v{self.visits:05}"
        last = day + datetime.timedelta(days=stay)
        relative = self.relatives.get(name)
        employee = self.people[name].enrolments[0].scheme == Scheme.EMPLOYEE
        draw = [*(("own",) if employee else ()), *((relative,) if relative else ())]
        visit = Visit(
            number, name, where, kind, day, last, self._items(yuan),
            draw=tuple(draw) if self._happens(70) else (),
            disease=disease,
        )  # fmt: skip
        self.dated.append((last, VisitStep(0, visit)))
        if self._happens(2):
            self.dated.append((last, ReverseStep(0, number)))

    def _items(self, yuan: int) -> tuple[Item, ...]:
        """A bill in three lines: covered in full, in part and not at all."""
        fen = yuan * _YUAN + self.chance.randint(0, 99)
        second = fen * self.chance.randint(0, 5) // 10
        third = fen * self.chance.randint(0, 1) // 10
        lines = (
            (ItemClass.A, fen - second - third),
            (ItemClass.B, second),
            (ItemClass.C, third),
        )
        return tuple(Item(item_class, amount) for item_class, amount in lines if amount)
