"""What ends soon or is not paid yet, person by person: the same on the first page and in the job.

A request to supplement an application has no last day that any source gives: somebody is
reminded of it once, when it is there.
"""

from __future__ import annotations

import datetime
from collections import defaultdict
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from sqlalchemy import select

from yibao.aid.operations import status_on
from yibao.aid.states import GrantStatus
from yibao.aid.tables import aid_grant
from yibao.benefit.facts import Filing, Person
from yibao.crossing.operations import OUT_OF_AREA, filing_of
from yibao.crossing.tables import filing
from yibao.database.unit import Unit
from yibao.insured.enrolment.cover import CoverInterval, cover_intervals
from yibao.insured.stored.profile import person_of
from yibao.insured.tables import person
from yibao.ledger.fragments import is_open
from yibao.office.flows import CaseState
from yibao.office.tables import office_case
from yibao.policy.compile import PolicyLibrary
from yibao.policy.kinds import ContributionClass, FilingKind, Scheme, Status, TextEnum

SOON = datetime.timedelta(days=30)
COVER_SOON = datetime.timedelta(days=60)
_ONE_DAY = datetime.timedelta(days=1)
Collecting = Callable[[str], int | None]
"""The coverage year that residents of an area are collected for today; None: none."""


class ReminderKind(TextEnum):
    """What somebody is reminded of."""

    COVER_ENDS = "cover_ends"
    FILING_ENDS = "filing_ends"
    DISEASE_ENDS = "recognition_ends"
    GRANT_ENDS = "grant_ends"
    YEAR_UNPAID = "year_unpaid"
    TO_SUPPLEMENT = "supplement_asked"


@dataclass(frozen=True, slots=True)
class DueReminder:
    """One thing that one person is reminded of."""

    person_id: str
    area: str
    kind: ReminderKind
    thing: str
    """What it is about, with the day where that can be put off: the same thing is one text."""
    day: datetime.date | None
    """The last day; None: there is none."""


def ends_soon(end: datetime.date | None, day: datetime.date) -> bool:
    """Whether something ends within a month."""
    return end is not None and day <= end <= day + SOON


def away_that_end(filings: Mapping[str, Filing], day: datetime.date) -> dict[str, Filing]:
    """Filings of care elsewhere that end soon, by id."""
    return {
        filing_id: each
        for filing_id, each in filings.items()
        if each.kind in OUT_OF_AREA and ends_soon(each.end, day)
    }


def diseases_that_end(filings: Mapping[str, Filing], day: datetime.date) -> dict[str, Filing]:
    """Recognised diseases whose term ends soon and that were not renewed, by id."""
    chronic = {name: each for name, each in filings.items() if each.kind == FilingKind.CHRONIC}
    return {
        filing_id: each
        for filing_id, each in chronic.items()
        if ends_soon(each.end, day)
        and not any(
            other.disease == each.disease and each.end is not None and other.start > each.end
            for other in chronic.values()
        )
    }


def grants_that_end(grants: Iterable[Mapping[str, Any]], day: datetime.date) -> Iterator[Any]:
    """Grants that hold and end soon, of the rows of ``aid.operations.grant_rows``."""
    for row in grants:
        if row["status"] == GrantStatus.ACTIVE and ends_soon(row["end"], day):
            yield row


def pays_by_month(facts: Person, day: datetime.date) -> bool:
    """Whether somebody has to pay the months to come alone: neither employed nor retired."""
    enrolment = facts.enrolment_on(day)
    return (
        enrolment is not None
        and enrolment.scheme == Scheme.EMPLOYEE
        and enrolment.status != Status.RETIRED
        and enrolment.contribution_class != ContributionClass.EMPLOYER
    )


def last_covered_day(
    intervals: Sequence[CoverInterval], today: CoverInterval
) -> datetime.date | None:
    """The last day on which what holds today still holds without a gap; None: open."""
    last = today.end
    for interval in sorted(intervals, key=lambda interval: interval.start):
        if last is None:
            return None
        if interval.start == last + _ONE_DAY and interval.entitled == today.entitled:
            last = interval.end
    return last


def lacks_year(facts: Person, day: datetime.date, year: int) -> bool:
    """Whether a resident, whose contributions are known, has not paid a coverage year."""
    enrolment = facts.enrolment_on(day)
    paid = facts.contributions_resident
    return (
        enrolment is not None
        and enrolment.scheme == Scheme.RESIDENT
        and paid is not None
        and year not in {contribution.year for contribution in paid}
    )


# --- many at once --------------------------------------------------------------------------------


def people_after(unit: Unit, after: str, most: int) -> list[str]:
    """A read fragment: who is registered and not merged into another, by id."""
    query = select(person.c.person_id).where(
        person.c.person_id > after, person.c.merged_into.is_(None)
    )
    return list(unit.run(query.order_by(person.c.person_id).limit(most)).scalars())


def reminders_due(
    unit: Unit,
    library: PolicyLibrary,
    ids: Sequence[str],
    day: datetime.date,
    collecting: Collecting | None,
) -> list[DueReminder]:
    """A read fragment: everything that these people are to be reminded of on a day."""
    filings, grants, asked = _filings(unit, ids), _grants(unit, ids, day), _asked(unit, ids)
    due: list[DueReminder] = []
    for row in unit.run(
        select(person.c.person_id, person.c.sex, person.c.birth, person.c.area, person.c.profile)
        .where(person.c.person_id.in_(ids))
        .order_by(person.c.person_id)
    ):
        name = row.person_id
        facts = person_of(name, row.sex, row.birth, row.profile)
        things = (
            *_of_filings(filings[name], day),
            *(
                (ReminderKind.GRANT_ENDS, str(grant["grant_id"]), grant["end"])
                for grant in grants_that_end(grants[name], day)
            ),
            *((ReminderKind.TO_SUPPLEMENT, case, None) for case in asked[name]),
            *_of_cover(library, facts, day),
            *_of_year(facts, day, collecting),
        )
        due += [
            DueReminder(name, row.area, kind, thing if last is None else f"{thing}:{last}", last)
            for kind, thing, last in things
        ]
    return due


_Thing = tuple[ReminderKind, str, datetime.date | None]


def _of_filings(filings: Mapping[str, Filing], day: datetime.date) -> Iterator[_Thing]:
    for filing_id, each in away_that_end(filings, day).items():
        yield ReminderKind.FILING_ENDS, filing_id, each.end
    for filing_id, each in diseases_that_end(filings, day).items():
        yield ReminderKind.DISEASE_ENDS, filing_id, each.end


def _of_cover(library: PolicyLibrary, facts: Person, day: datetime.date) -> Iterator[_Thing]:
    if not pays_by_month(facts, day):
        return
    intervals = cover_intervals(library, facts)
    today = next((each for each in intervals if each.holds_on(day)), None)
    if today is None or today.entitled is not True:
        return
    last = last_covered_day(intervals, today)
    if last is not None and last - day <= COVER_SOON:
        yield ReminderKind.COVER_ENDS, "cover", last


def _of_year(facts: Person, day: datetime.date, collecting: Collecting | None) -> Iterator[_Thing]:
    enrolment = facts.enrolment_on(day)
    if collecting is None or enrolment is None or enrolment.scheme != Scheme.RESIDENT:
        return
    year = collecting(enrolment.area)
    if year is not None and lacks_year(facts, day, year):
        yield ReminderKind.YEAR_UNPAID, str(year), None


def _filings(unit: Unit, ids: Sequence[str]) -> dict[str, dict[str, Filing]]:
    by_person: dict[str, dict[str, Filing]] = defaultdict(dict)
    query = select(filing).where(filing.c.person_id.in_(ids), filing.c.cancelled.is_(False))
    for row in unit.run(query.order_by(filing.c.person_id, filing.c.sequence)):
        by_person[row.person_id][row.filing_id] = filing_of(row)
    return by_person


def _grants(
    unit: Unit, ids: Sequence[str], day: datetime.date
) -> dict[str, list[Mapping[str, Any]]]:
    by_person: dict[str, list[Mapping[str, Any]]] = defaultdict(list)
    query = select(aid_grant, is_open(aid_grant.c.grantor_id).label("is_open"))
    for row in unit.run(query.where(aid_grant.c.grantor_id.in_(ids))):
        if row.is_open:
            shown = row._asdict() | {"status": status_on(row, day)}
            by_person[row.grantor_id].append(shown)
    return by_person


def _asked(unit: Unit, ids: Sequence[str]) -> dict[str, list[str]]:
    by_person: dict[str, list[str]] = defaultdict(list)
    query = select(office_case.c.person_id, office_case.c.case_id).where(
        office_case.c.person_id.in_(ids),
        office_case.c.is_open.is_(True),
        office_case.c.state == CaseState.TO_SUPPLEMENT,
    )
    for row in unit.run(query.order_by(office_case.c.case_id)):
        by_person[row.person_id].append(row.case_id)
    return by_person
