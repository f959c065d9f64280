"""The facts that settlements are made from, as versions: a person's, and a chain of paid years."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from itertools import groupby
from typing import Any

import msgspec

from yibao.benefit.facts import EmployeeContribution, Filing, Person, ResidentContribution
from yibao.database.named import columns, fields_of, named, struct_of, values_of
from yibao.insured.stored.profile import FILING, SCHEMA, YearUsed, filing_of
from yibao.insured.stored.versions import Version, chain_of, version_of

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
    ],
)


class _PaidYear(msgspec.Struct, omit_defaults=True):
    """What was paid for one calendar year, as columns."""

    residents: dict[str, Any] | None = None
    employees: dict[str, Any] | None = None


@dataclass(frozen=True, slots=True)
class FactsVersion:
    """The versions that stand for a person's facts and filings."""

    facts: Version
    paid: tuple[Version, ...]
    """The chain that ``facts`` stands on, the first year first."""


def facts_version(person: Person, filings: Sequence[Filing]) -> FactsVersion:
    """A person's facts as versions."""
    residents, employees = person.contributions_resident, person.contributions_employee
    chain = chain_of(msgspec.json.encode(year) for year in _paid_years(person))
    document: dict[str, Any] = {"schema": SCHEMA, **named(person, _ELSEWHERE)}
    if filings:
        document["filings"] = [named(filing, ("person",)) for filing in filings]
    if residents is not None:
        document["residents_listed"] = True
    if employees is not None:
        document["employees_listed"] = True
    facts = version_of(msgspec.json.encode(document), chain[-1] if chain else None)
    return FactsVersion(facts, tuple(chain))


def _paid_years(person: Person) -> Iterator[_PaidYear]:
    """What was paid by calendar year; whole where the lists are not in order."""
    residents = person.contributions_resident or ()
    employees = person.contributions_employee or ()
    resident_years = [paid.year for paid in residents]
    employee_years = [paid.month // 100 for paid in employees]
    if resident_years != sorted(resident_years) or employee_years != sorted(employee_years):
        yield _PaidYear(
            columns(residents) if residents else None, columns(employees) if employees else None
        )
        return
    by_year: dict[int, _PaidYear] = {}
    for year, paid in groupby(residents, lambda contribution: contribution.year):
        by_year.setdefault(year, _PaidYear()).residents = columns(tuple(paid))
    for year, months in groupby(employees, lambda contribution: contribution.month // 100):
        by_year.setdefault(year, _PaidYear()).employees = columns(tuple(months))
    for year in sorted(by_year):
        yield by_year[year]


def facts_of(
    person_id: str, name: bytes, versions: Mapping[bytes, Version]
) -> tuple[Person, tuple[Filing, ...]]:
    """The person and the filings of a version."""
    version = versions[name]
    fields = fields_of(msgspec.json.decode(version.body, type=_FACTS))
    del fields["schema"]
    residents: list[ResidentContribution] = []
    employees: list[EmployeeContribution] = []
    for body in bodies_below(version, versions):
        year = msgspec.json.decode(body, type=_PaidYear)
        if year.residents is not None:
            residents += values_of(year.residents, ResidentContribution)
        if year.employees is not None:
            employees += values_of(year.employees, EmployeeContribution)
    filings = tuple(filing_of(person_id, filing) for filing in fields.pop("filings"))
    residents_listed = fields.pop("residents_listed")
    employees_listed = fields.pop("employees_listed")
    person = Person(
        id=person_id,
        contributions_resident=tuple(residents) if residents_listed else None,
        contributions_employee=tuple(employees) if employees_listed else None,
        **fields,
    )
    return person, filings


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
