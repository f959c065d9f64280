"""Every value of every pack: on its first day it stands, the day before it does not, and so on.

Looked at through the compiled rules that every road reads, and through the library's own road
for days before all figures and far ahead of them.
"""

from __future__ import annotations

import datetime
from collections import defaultdict

import pytest

from yibao import library
from yibao.benefit.explain import PROJECTED
from yibao.errors import RefusedError
from yibao.policy.compile import PolicyLibrary
from yibao.policy.days import to_date
from yibao.policy.kinds import ValueStatus
from yibao.policy.model import Block

LIBRARY = PolicyLibrary.load()
AREAS = [area.code for area in LIBRARY.areas()]


def _ends(blocks: tuple[Block, ...]) -> dict[int, int | None]:
    """The last day of each block by its first day; of what is quarantined nothing stands."""
    standing = [block for block in blocks if block.status != ValueStatus.QUARANTINED]
    ends: dict[int, int | None] = {}
    for position, block in enumerate(standing):
        following = [later.first_day - 1 for later in standing[position + 1 :]][:1]
        days = following if block.last_day is None else [block.last_day, *following]
        ends[block.first_day] = min(days, default=None)
    return ends


@pytest.mark.parametrize("code", AREAS)
def test_every_value_stands_from_its_first_day_to_its_last(code: str) -> None:
    rulebook = LIBRARY.rulebook(code)
    standing: dict[int, set[tuple[str, int]]] = {}

    def on(day: int) -> set[tuple[str, int]]:
        """The values of this area's own pack on a day: parameter and first day."""
        segment = rulebook.segment(day)
        if segment.first_day not in standing:
            cited = (rulebook.citations[cell] for cell in {*segment.cells} if cell)
            standing[segment.first_day] = {
                (citation.parameter, citation.first_day)
                for citation in cited
                if citation.area == code
            }
        return standing[segment.first_day]

    values = 0
    for name, entry in LIBRARY.tree.packs[code].parameters.items():
        for first, end in _ends(entry.blocks).items():
            value = (name, first)
            assert value in on(first), (name, to_date(first))
            assert value not in on(first - 1), (name, to_date(first - 1))
            if end is not None:
                assert value in on(end), (name, to_date(end))
                assert value not in on(end + 1), (name, to_date(end + 1))
            values += 1
    assert (values > 0) == bool(LIBRARY.tree.packs[code].parameters)


def _years_with_an_amount() -> dict[str, list[int]]:
    """Of each area that prints what a resident pays, or lies in one: the years of an amount."""
    years = defaultdict(list)
    for code in AREAS[1:]:
        for area in LIBRARY.chain(code):
            entry = LIBRARY.tree.packs[area.code].parameters.get("resident.contribution.individual")
            for block in entry.blocks if entry is not None else ():
                years[code].append(to_date(block.first_day).year)
    return years


@pytest.mark.parametrize(("code", "years"), _years_with_an_amount().items())
def test_a_year_before_the_first_amount_is_refused(code: str, years: list[int]) -> None:
    early = min(years) - 1
    resident = library.person(code, "resident")
    with pytest.raises(RefusedError):
        library.contribution(LIBRARY, resident, datetime.date(early - 1, 12, 1), year=early)


@pytest.mark.parametrize("code", AREAS[1:])
@pytest.mark.parametrize("scheme", ["resident", "flexible", "hospital"])
def test_a_year_far_ahead_is_projected_or_refused(code: str, scheme: str) -> None:
    """What stands without an end goes on, and the answer says so; what has ended is refused."""
    day = datetime.date(2039, 12, 1)
    employee = library.person(code, "employee", "working", flexible=scheme == "flexible")
    try:
        if scheme == "resident":
            resident = library.person(code, scheme)
            explanation = library.contribution(LIBRARY, resident, day, year=2040).explanation
        elif scheme == "flexible":
            explanation = library.contribution(LIBRARY, employee, day, month=203912).explanation
        else:
            care = library.visit("inpatient", day, total=8_000_00)
            hospital = library.hospital(code, grade="3A")
            quoted = library.quote(LIBRARY, employee, hospital, care)
            explanation = library.visit_answer(quoted)
    except RefusedError:
        return
    assert PROJECTED in explanation.assumptions
