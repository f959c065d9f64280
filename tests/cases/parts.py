"""The pieces of which the overlays and scenarios of the worked cases are made: texts only."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import Any, NamedTuple

from yibao.money import format_yuan

PLACE = Path(__file__).with_name("place.yaml").read_text(encoding="utf-8").rstrip()
"""Area and institutions of every case."""
SINCE = "2000-01-01"

Inputs = Mapping[str, Any]
"""What a worked case is given, by the names that it uses."""


class Run(NamedTuple):
    """One run of ``yibao run FILE --with OVERLAY``."""

    overlay: str
    scenario: str


def yuan(fen: int | None) -> str:
    return "none" if fen is None else format_yuan(fen, grouped=False)


def percent(basis_points: int) -> str:
    return format_yuan(basis_points, grouped=False)


def overlay(*parameters: tuple[str, str] | tuple[str, str, str]) -> str:
    """``(name, value)`` or ``(name, keys, value)``, each in force from of old."""
    lines = ["overlay: 算例", "parameters:"]
    for name, *keys, value in parameters:
        lines.append(f"  {name}:")
        lines += [f"    keys: [{key}]" for key in keys]
        lines += ["    values:", f"      {SINCE}: {{value: {value}}}"]
    return "\n".join(lines)


EMPLOYER = "scheme: employee, status: working, from: 2010-01-01"
RETIRED = "scheme: employee, status: retired, from: 2010-01-01"
FLEXIBLE = "scheme: employee, status: working, class: flexible, from: 2010-01-01"
RESIDENT = "scheme: resident, from: 2017-01-01"


def person(name: str, enrolment: str, *more: str) -> str:
    lines = [
        f"  - id: {name}",
        "    sex: female",
        "    birth: 1970-01-01",
        f"    enrolments: [{{{enrolment}}}]",
    ]
    return "\n".join([*lines, *(f"    {line}" for line in more)])


def scenario(people: Iterable[str], steps: Iterable[str], *more: str) -> str:
    parts = [PLACE, *more, "people:", *people, "steps:", *(f"  - {step}" for step in steps)]
    return "\n".join(parts)


def stay(visit: str, who: str, total: str, day: str = "2025-03-01") -> str:
    return (
        f"{{visit: {visit}, person: {who}, institution: hospital, kind: inpatient, "
        f"admitted: {day}, discharged: {day}, {total}}}"
    )


def clinic(total: str) -> str:
    return (
        "{visit: visit, person: li, institution: hospital, kind: outpatient, "
        f"on: 2024-08-15, {total}}}"
    )


def basic_layer(
    name: str, deductible: int, ratio: int, ceiling: int | None
) -> tuple[tuple[str, str], ...]:
    """A basic layer with one deductible, ratio and ceiling for everybody."""
    return (
        (f"{name}.deductible", yuan(deductible)),
        (f"{name}.ratio", percent(ratio)),
        (f"{name}.annual_ceiling", yuan(ceiling)),
    )


NO_UPPER = (
    ("employee.upper.rule", "none"),
    ("employee.upper.annual_ceiling", "none"),  # the pack's is a formula on the basic ceiling
    ("resident.upper.rule", "none"),
)
NO_YEAR_CEILING = ("employee.outpatient.deductible_year_ceiling", "none")
