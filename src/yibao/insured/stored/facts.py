"""The facts that settlements are made from, as versions: a person's, on a chain of payments."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from itertools import groupby
from typing import Any

import msgspec

from yibao.benefit.facts import (
    EmployeeContribution,
    Filing,
    Person,
    ResidentContribution,
)
from yibao.benefit.paid_months import PaidMonths
from yibao.database.named import columns, fields_of, named, struct_of, values_of
from yibao.insured.stored.months import (
    PaidRun,
    StoredMonths,
    months_of,
    runs_by_year,
    runs_of,
    years_listed,
)
from yibao.insured.stored.profile import FILING, SCHEMA, YearUsed, filing_of
from yibao.insured.stored.versions import Version, chain_of, version_of


class _Paid(msgspec.Struct, omit_defaults=True):
    """What was paid for some calendar years."""

    residents: dict[str, Any] | None = None
    employees: dict[str, Any] | None = None
    """Months as columns, in versions of before; ``months`` since."""
    months: list[PaidRun] = []


_ELSEWHERE = ("id", "contributions_resident", "contributions_employee")
"""Fields of a person that the version of the facts leaves to others."""
_FACTS: Any = struct_of(
    Person,
    _ELSEWHERE,
    [
        ("schema", int),
        ("filings", tuple[FILING, ...], ()),
        ("residents_listed", bool, False),
        ("employees_listed", bool, False),
        ("paid", _Paid | None, None),
    ],
)


@dataclass(frozen=True, slots=True)
class FactsVersion:
    """The versions that stand for a person's facts and filings."""

    facts: Version
    paid: tuple[Version, ...]
    """The chain that ``facts`` stands on, the first years first."""


def facts_version(person: Person, filings: Sequence[Filing]) -> FactsVersion:
    """A person's facts as versions."""
    residents, employees = person.contributions_resident, person.contributions_employee
    earlier, last = _paid(person)
    chain = chain_of(msgspec.json.encode(paid) for paid in earlier)
    document: dict[str, Any] = {"schema": SCHEMA, **named(person, _ELSEWHERE)}
    if filings:
        document["filings"] = [named(filing, ("person",)) for filing in filings]
    if residents is not None:
        document["residents_listed"] = True
    if employees is not None:
        document["employees_listed"] = True
    if last is not None:
        document["paid"] = last
    facts = version_of(msgspec.json.encode(document), chain[-1] if chain else None)
    return FactsVersion(facts, tuple(chain))


def _paid(person: Person) -> tuple[list[_Paid], _Paid | None]:
    """What was paid: earlier years for the chain, the last one for the facts themselves.

    Earlier years stand together in spans (:func:`_span_of`).  All stands with the facts where
    a list is not in order.
    """
    residents = person.contributions_resident or ()
    employees = person.contributions_employee or ()
    resident_years = [paid.year for paid in residents]
    employee_years = years_listed(employees)
    if not residents and not employees:
        return [], None
    if resident_years != sorted(resident_years) or employee_years != sorted(employee_years):
        return [], _Paid(columns(residents) if residents else None, months=runs_of(employees))
    last = max(*resident_years[-1:], *employee_years[-1:], 0)
    spans: dict[int, _Paid] = {}
    for start, paid in groupby(residents, lambda paid: _span_of(paid.year, last)):
        spans.setdefault(start, _Paid()).residents = columns(tuple(paid))
    for start, months in runs_by_year(employees, lambda year: _span_of(year, last)).items():
        spans.setdefault(start, _Paid()).months = months
    own = spans.pop(last)
    return [spans[start] for start in sorted(spans)], own


def _span_of(year: int, last: int) -> int:
    """The first year of the span in which a year before ``last`` stands; of ``last`` itself.

    Spans are as long as powers of two: a person has a few however many the years, and a new
    year seldom changes more than the last of them.
    """
    start = last
    while year < start:
        start &= start - 1
    return start


def facts_of(
    person_id: str, name: bytes, versions: Mapping[bytes, Version]
) -> tuple[Person, tuple[Filing, ...]]:
    """The person and the filings of a version."""
    version = versions[name]
    fields = fields_of(msgspec.json.decode(version.body, type=_FACTS))
    del fields["schema"]
    residents: list[ResidentContribution] = []
    chain = [msgspec.json.decode(body, type=_Paid) for body in bodies_below(version, versions)]
    own = fields.pop("paid")
    if own is not None:
        chain.append(own)
    for paid in chain:
        if paid.residents is not None:
            residents += values_of(paid.residents, ResidentContribution)
    filings = tuple(filing_of(person_id, filing) for filing in fields.pop("filings"))
    residents_listed = fields.pop("residents_listed")
    employees_listed = fields.pop("employees_listed")
    person = Person(
        id=person_id,
        contributions_resident=tuple(residents) if residents_listed else None,
        contributions_employee=_months(chain) if employees_listed else None,
        **fields,
    )
    return person, filings


def _months(chain: Sequence[_Paid]) -> PaidMonths:
    if all(paid.employees is None for paid in chain):
        return StoredMonths([run for paid in chain for run in paid.months])
    employees: list[EmployeeContribution] = []
    for paid in chain:
        if paid.employees is not None:
            employees += values_of(paid.employees, EmployeeContribution)
        employees += months_of(paid.months)
    return PaidMonths(employees)


def bodies_below(version: Version, versions: Mapping[bytes, Version]) -> list[str]:
    """The documents that a version stands on, the first one first."""
    bodies = []
    while version.earlier is not None:
        version = versions[version.earlier]
        bodies.append(version.body)
    return bodies[::-1]


# --- what was used in years before ---------------------------------------------------------------


def used_chain(years: Sequence[YearUsed]) -> list[Version]:
    """What was used, as a chain of calendar years."""
    return chain_of(msgspec.json.encode(year) for year in years)


def years_used(name: bytes, versions: Mapping[bytes, Version]) -> list[YearUsed]:
    """The years of a chain."""
    version = versions[name]
    bodies = [*bodies_below(version, versions), version.body]
    return [msgspec.json.decode(body, type=YearUsed) for body in bodies]
