"""Who employs whom, who is enrolled as what, who pays how much: beside the people of a block.

Amounts are those of the rules (the same bills as everywhere); employers and bases are invented,
within the limits of the rules.
"""

from __future__ import annotations

import datetime
from dataclasses import dataclass
from typing import Any

import numpy as np
import numpy.typing as npt
import pyarrow as pa

from yibao.benefit.billing import Bill, employee_bill, resident_bill
from yibao.benefit.facts import Enrolment, Person
from yibao.errors import YibaoError
from yibao.messages import CHINESE, text_of
from yibao.policy.compile import PolicyLibrary
from yibao.policy.kinds import Member, Scheme, Sex, Status
from yibao.population.blocks import BLOCK, BlockPeople
from yibao.population.marginals import assumptions
from yibao.population.model import MEMBERSHIPS

Ints = npt.NDArray[np.int64]
_RESIDENT, _WORKING = map(MEMBERSHIPS.index, (Member.RESIDENT, Member.WORKING))
_STATUSES = [None if name == Member.RESIDENT else name for name in MEMBERSHIPS]
_MONTHS = 12
_HIGH = 10**10
"""A base above every ceiling, in fen."""
_EMPLOYER_STREAM = 1 << 20
"""Which of a block's streams of random numbers employers are drawn from."""


@dataclass(frozen=True, slots=True)
class Premiums:
    """What a year costs by the rules, in fen."""

    resident: tuple[int, int] | None
    """The individual part and the fiscal subsidy."""
    employee: tuple[tuple[int, int, int], ...]
    """Base of a month, the individual part and the employer's of the year, by step."""
    refused: dict[str, str]
    """By scheme why the rules give nothing."""


def premiums_of(library: PolicyLibrary, area: str, year: int) -> Premiums:
    """The premiums of a year; where the rules refuse, that is said and nobody pays."""
    resident, employee, refused = None, [], {}
    start = datetime.date(year - 5, 1, 1)
    try:
        bill = _resident(library, area, year, start)
        resident = bill.due, bill.subsidy
    except YibaoError as error:
        refused[Scheme.RESIDENT.value] = text_of(error.message, CHINESE)
    enrolment = Enrolment(Scheme.EMPLOYEE, Status.WORKING, start, None, area)
    try:
        least, most = (_employee(library, enrolment, year, base).base for base in (None, _HIGH))
        for step in assumptions()["bases"]["steps"]:
            base = round((least or 0) + step * ((most or 0) - (least or 0)))
            bill = _employee(library, enrolment, year, base)
            employee.append((bill.base or base, bill.due, bill.employer))
    except YibaoError as error:
        refused[Scheme.EMPLOYEE.value] = text_of(error.message, CHINESE)
        employee = []
    return Premiums(resident, tuple(employee), refused)


def _resident(library: PolicyLibrary, area: str, year: int, start: datetime.date) -> Bill:
    person = Person(
        id="somebody",
        sex=Sex.FEMALE,
        birth=datetime.date(year - 40, 6, 1),
        area=area,
        groups=(),
        enrolments=(Enrolment(Scheme.RESIDENT, None, start, None, area),),
        contributions_resident=None,
        contributions_employee=None,
    )
    return resident_bill(library, person, area, year, datetime.date(year - 1, 12, 1))


def _employee(library: PolicyLibrary, enrolment: Enrolment, year: int, base: int | None) -> Bill:
    day = datetime.date(year, 12, 31)
    return employee_bill(
        library, enrolment, year * 100 + 1, base, day, first_of_year=True, months=_MONTHS
    )


def paying_tables(
    area: str,
    seed: int,
    number: int,
    people: BlockPeople,
    premiums: dict[int, Premiums],
) -> dict[str, pa.Table]:
    """Employers, enrolments and contributions of a block; ``premiums`` by year."""
    bits = np.random.Philox(key=np.array([seed, number], dtype=np.uint64))
    rng = np.random.Generator(bits.jumped(_EMPLOYER_STREAM))
    working = np.flatnonzero(people.membership == _WORKING)
    firm, sizes = _firms(rng, len(working))
    employer = np.full(len(people), -1, dtype=np.int64)
    employer[working] = number * BLOCK + 1 + firm
    bases = assumptions()["bases"]
    step = np.searchsorted(np.cumsum(bases["shares"])[:-1], rng.random(len(working)))
    person = people.first + np.arange(len(people))
    first_year = min(premiums)
    schemes = pa.DictionaryArray.from_arrays(
        pa.array((people.membership != _RESIDENT).astype(np.int8)),
        pa.array([Scheme.RESIDENT.value, Scheme.EMPLOYEE.value]),
    )
    enrolments = pa.table(
        {
            "person": pa.array(person),
            "area": pa.repeat(pa.scalar(area), len(people)),
            "scheme": schemes,
            "status": pa.array(_STATUSES, pa.string()).take(pa.array(people.membership)),
            "start_day": pa.repeat(pa.scalar(datetime.date(first_year, 1, 1)), len(people)),
            "employer_id": pa.array(employer, mask=employer < 0),
        }
    )
    return {
        "employers": pa.table(
            {
                "employer_id": pa.array(number * BLOCK + 1 + np.arange(len(sizes))),
                "area": pa.repeat(pa.scalar(area), len(sizes)),
                "workers": pa.array(sizes),
            }
        ),
        "enrolments": enrolments,
        "contributions": pa.concat_tables(
            _paid(year, person, people, working, step, of_year)
            for year, of_year in sorted(premiums.items())
        ),
    }


def _firms(rng: np.random.Generator, workers: int) -> tuple[Ints, Ints]:
    """The employer of each worker, from 0, and how many each has; none crosses a block."""
    mean = assumptions()["employers"]["mean_size"]
    ends = np.cumsum(rng.geometric(1 / mean, workers + 1))
    firm: Ints = np.searchsorted(ends, np.arange(workers), side="right").astype(np.int64)
    return firm, np.bincount(firm).astype(np.int64) if workers else np.zeros(0, dtype=np.int64)


def _paid(
    year: int, person: Any, people: BlockPeople, working: Ints, step: Ints, premiums: Premiums
) -> pa.Table:
    """What was paid for a year: of residents once, of who works for twelve months."""
    residents = np.flatnonzero(people.membership == _RESIDENT)
    if premiums.resident is None:
        residents = residents[:0]
    if not premiums.employee:
        working, step = working[:0], step[:0]
    of_steps = np.array(premiums.employee or [(0, 0, 0)], dtype=np.int64)[step]
    own, beside = premiums.resident or (0, 0)
    count = len(residents)

    def column(of_residents: int, of_workers: Any) -> pa.Array:
        return pa.array(np.concatenate([np.full(count, of_residents), of_workers]))

    months = np.concatenate([np.zeros(count, np.int8), np.full(len(working), _MONTHS, np.int8)])
    bases = np.concatenate([np.zeros(count, np.int64), of_steps[:, 0]])
    return pa.table(
        {
            "person": pa.array(np.concatenate([person[residents], person[working]])),
            "year": pa.array(np.full(count + len(working), year, dtype=np.int16)),
            "months": pa.array(months, mask=months == 0),
            "base_fen": pa.array(bases, mask=bases == 0),
            "individual_fen": column(own, of_steps[:, 1]),
            "beside_fen": column(beside, of_steps[:, 2]),
        }
    )
