"""The packs of the package, and builders for people, places and visits."""

from __future__ import annotations

import datetime
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any

import pytest

from yibao.benefit.facts import (
    EmployeeContribution,
    Enrolment,
    GroupMembership,
    Institution,
    Item,
    Person,
    ResidentContribution,
    Visit,
)
from yibao.policy.compile import PolicyLibrary


@pytest.fixture(scope="session")
def packs() -> PolicyLibrary:
    """The packs of the package."""
    return PolicyLibrary.load()


REFUSING = """
overlay: 先撤销之后的
parameters:
  reversal.order:
    values:
      2000-01-01: {value: refuse}
"""


@pytest.fixture(scope="session")
def refusing_packs(tmp_path_factory: pytest.TempPathFactory) -> PolicyLibrary:
    """The packs, with reversals refused on which later settlements hang."""
    overlay = tmp_path_factory.mktemp("refusing") / "refusing.yaml"
    overlay.write_text(REFUSING, encoding="utf-8")
    return PolicyLibrary.load(overlays=[overlay])


@pytest.fixture
def packs_with(tmp_path: Path) -> Callable[..., PolicyLibrary]:
    """The packs with other values laid over them, by parameter."""

    def build(**values: str | tuple[str, str]) -> PolicyLibrary:
        """``mutual_aid__review="office"`` for ``mutual_aid.review``; (key, value) with a key."""
        path = tmp_path / f"overlay-{len(list(tmp_path.iterdir()))}.yaml"
        lines = ["overlay: 试验", "parameters:"]
        for name, value in values.items():
            dotted = name.replace("__", ".")
            lines.append(f"  {dotted}:")
            if isinstance(value, tuple):
                key, value = value
                lines.append(f"    keys: [{key}]")
            lines += ["    values:", f"      2000-01-01: {{value: {value}}}"]
        path.write_text("\n".join(lines) + "\n", encoding="utf-8")
        return PolicyLibrary.load(overlays=[path])

    return build


@pytest.fixture(scope="session")
def area(packs: PolicyLibrary) -> str:
    """The code of a city that has a whole pack."""
    return packs.area("太原市").code


@pytest.fixture
def make_person(area: str) -> Callable[..., Person]:
    """Builds a person; a working employee of the city since 2020 unless told."""

    def build(
        person_id: str,
        *,
        scheme: str = "employee",
        status: str | None = "working",
        sex: str = "female",
        birth: str = "1980-03-15",
        start: str = "2020-01-01",
        end: str | None = None,
        home: str = "",
        contribution_class: str = "employer",
        groups: Sequence[str] = (),
        years: Sequence[tuple[int, str]] | None = None,
        months: Sequence[tuple[int, int]] | None = None,
    ) -> Person:
        """``years``: (year, day paid); ``months``: (yyyymm, base in fen)."""
        day = datetime.date.fromisoformat
        first = day(start)
        return Person(
            id=person_id,
            sex=sex,
            birth=day(birth),
            area=home or area,
            groups=tuple(GroupMembership(name, first) for name in groups),
            enrolments=(
                Enrolment(
                    scheme,
                    status if scheme == "employee" else None,
                    first,
                    None if end is None else day(end),
                    home or area,
                    contribution_class,
                ),
            ),
            contributions_resident=None
            if years is None
            else tuple(ResidentContribution(year, day(paid_on)) for year, paid_on in years),
            contributions_employee=None
            if months is None
            else tuple(EmployeeContribution(month, base, None) for month, base in months),
        )

    return build


@pytest.fixture
def make_institution(area: str) -> Callable[..., Institution]:
    """Builds an institution; a hospital of price class 2 in the city unless told."""

    def build(
        institution_id: str,
        *,
        kind: str = "hospital",
        price_class: int | None = 2,
        place: str = "",
        **others: Any,
    ) -> Institution:
        return Institution(institution_id, place or area, kind, price_class, **others)

    return build


@pytest.fixture
def make_visit() -> Callable[..., Visit]:
    """Builds a visit of one class A line; outpatient unless it ends on a later day."""

    def build(
        visit_id: str,
        person_id: str,
        institution_id: str,
        amount: int,
        *,
        start: str = "2025-03-10",
        end: str | None = None,
        kind: str | None = None,
        item_class: str = "A",
        draw: Sequence[str] = (),
        **others: Any,
    ) -> Visit:
        """``amount`` in fen."""
        day = datetime.date.fromisoformat
        return Visit(
            id=visit_id,
            person=person_id,
            institution=institution_id,
            kind=kind or ("outpatient" if end is None else "inpatient"),
            start=day(start),
            end=day(end or start),
            items=(Item(item_class, amount),),
            draw=tuple(draw),
            **others,
        )

    return build
