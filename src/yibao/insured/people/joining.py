"""Two records of one person as one: what the record that goes on gains, and what contradicts."""

from __future__ import annotations

import datetime
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace

from yibao.benefit.facts import (
    EmployeeContribution,
    Enrolment,
    Filing,
    GroupMembership,
    Person,
    ResidentContribution,
    month_of,
    next_month,
)
from yibao.insured.enrolment.checks import day_before
from yibao.insured.stored.rows import Paid, group_order
from yibao.messages import Listed, Text, message
from yibao.policy.kinds import Scheme

_ONE_DAY = datetime.timedelta(days=1)
Opened = set[tuple[str, int]]
"""Scheme and period of what only opens a record."""


@dataclass(frozen=True, slots=True)
class JoinedFacts:
    """What the record that goes on holds afterwards."""

    facts: Person
    paid: tuple[Paid, ...]
    """Periods that it gains."""
    opening: tuple[Paid, ...]
    """Of those that only open the record of a scheme that it did not have."""
    filings: tuple[Filing, ...]
    """Those that it gains."""
    since: datetime.date
    """The first day on which its cover may be another."""
    twice: tuple[ResidentContribution, ...]
    """Years of the resident scheme that were paid on both."""
    contradictions: tuple[Text, ...]
    """What both say otherwise; the record that goes on stands."""


def joined_facts(
    own: Person,
    other: Person,
    own_filings: Sequence[Filing],
    other_filings: Sequence[Filing],
    other_opening: Opened,
    day: datetime.date,
) -> JoinedFacts:
    """One record of two, as of ``day``; where days or periods are on both the own one stands."""
    gained, contradictions = _days_of(own.enrolments, other.enrolments)
    enrolments = tuple(sorted([*own.enrolments, *gained], key=lambda spell: spell.start))
    groups = [
        membership
        for membership in other.groups
        if not any(_same_group(membership, known) for known in own.groups)
    ]
    years, twice = _gained_years(own, other, other_opening)
    months, both = _gained_months(own, other, other_opening, day)
    if both:
        contradictions.append(
            message("职工医保两份都缴了的月份只算一次：{months}", months=Listed(map(str, both)))
        )
    opening: list[Paid] = [paid for paid in years if (Scheme.RESIDENT, paid.year) in other_opening]
    opening += [paid for paid in months if (Scheme.EMPLOYEE, paid.month) in other_opening]
    gained_paid: list[Paid] = [*years, *months]
    facts = replace(
        own,
        enrolments=enrolments,
        groups=tuple(sorted([*own.groups, *groups], key=group_order)),
        contributions_resident=_all_years(own.contributions_resident, years),
        contributions_employee=_all_months(own.contributions_employee, months),
    )
    here = facts.enrolment_on(day)
    if here is not None:
        facts = replace(facts, area=here.area)
    filings = tuple(
        replace(filing, person=own.id)
        for filing in other_filings
        if (filing.end is None or filing.end >= day)
        and not any(_same_filing(filing, known) for known in own_filings)
    )
    return JoinedFacts(
        facts,
        tuple(paid for paid in gained_paid if paid not in opening),
        tuple(opening),
        filings,
        min(spell.start for spell in enrolments),
        twice,
        tuple(contradictions),
    )


def closed_spells(facts: Person, day: datetime.date) -> tuple[Enrolment, ...]:
    """The enrolments of a record that is closed on ``day``: none goes on."""
    last = day_before(day)
    ended = [
        spell if spell.end is not None and spell.end < day else replace(spell, end=last)
        for spell in facts.enrolments
        if spell.start <= last
    ]
    first = facts.enrolments[0]
    return tuple(ended) or (replace(first, end=first.start),)


def _days_of(
    own: Sequence[Enrolment], other: Sequence[Enrolment]
) -> tuple[list[Enrolment], list[Text]]:
    """The parts of the other's enrolments on days that the own ones leave free."""
    gained: list[Enrolment] = []
    contradictions: list[Text] = []
    for spell in other:
        parts = [spell]
        for known in own:
            if not _share_days(spell.start, spell.end, known.start, known.end):
                continue
            alike = replace(spell, start=known.start, end=known.end) == known
            if not alike:
                contradictions.append(
                    message(
                        "{start} 起两份登记参加的不同，以保留的一份为准",
                        start=max(spell.start, known.start),
                    )
                )
            parts = [left for part in parts for left in _without(part, known)]
        gained += parts
    return gained, contradictions


def _without(spell: Enrolment, known: Enrolment) -> Iterable[Enrolment]:
    """What is left of a spell before and after another."""
    if not _share_days(spell.start, spell.end, known.start, known.end):
        yield spell
        return
    if spell.start < known.start:
        yield replace(spell, end=known.start - _ONE_DAY)
    if known.end is not None and (spell.end is None or spell.end > known.end):
        yield replace(spell, start=known.end + _ONE_DAY)


def _share_days(
    start: datetime.date,
    end: datetime.date | None,
    other_start: datetime.date,
    other_end: datetime.date | None,
) -> bool:
    return (end is None or other_start <= end) and (other_end is None or start <= other_end)


def _same_group(membership: GroupMembership, known: GroupMembership) -> bool:
    return membership.group == known.group and _share_days(
        membership.start, membership.end, known.start, known.end
    )


def _same_filing(filing: Filing, known: Filing) -> bool:
    named = (filing.kind, filing.care_area, filing.disease)
    return named == (known.kind, known.care_area, known.disease) and _share_days(
        filing.start, filing.end, known.start, known.end
    )


def _has(facts: Person, scheme: Scheme) -> bool:
    return any(spell.scheme == scheme for spell in facts.enrolments)


def _gained_years(
    own: Person, other: Person, opened: Opened
) -> tuple[list[ResidentContribution], tuple[ResidentContribution, ...]]:
    """Years that only the other record has, and those that were paid on both."""
    theirs = other.contributions_resident
    if theirs is None or (own.contributions_resident is None and _has(own, Scheme.RESIDENT)):
        return [], ()
    known = {paid.year for paid in own.contributions_resident or ()}
    real = [paid for paid in theirs if (Scheme.RESIDENT, paid.year) not in opened]
    twice = tuple(paid for paid in real if paid.year in known)
    wanted = theirs if own.contributions_resident is None else real
    return [paid for paid in wanted if paid.year not in known], twice


def _gained_months(
    own: Person, other: Person, opened: Opened, day: datetime.date
) -> tuple[list[EmployeeContribution], list[int]]:
    """Months that only the other record has, and those that both have."""
    if own.contributions_employee is None and _has(own, Scheme.EMPLOYEE):
        return [], []
    theirs = other.contributions_employee
    if theirs is None:
        theirs = tuple(_months_of(other, day)) if own.contributions_employee is not None else ()
    known = {paid.month for paid in own.contributions_employee or ()}
    real = [paid for paid in theirs if (Scheme.EMPLOYEE, paid.month) not in opened]
    both = [paid.month for paid in real if paid.month in known]
    wanted = theirs if own.contributions_employee is None else real
    return [paid for paid in wanted if paid.month not in known], both


def _months_of(facts: Person, day: datetime.date) -> Iterable[EmployeeContribution]:
    """Months of a record without a list, which were all paid in time."""
    for spell in facts.enrolments:
        if spell.scheme != Scheme.EMPLOYEE:
            continue
        month, last = month_of(spell.start), month_of(spell.end or day)
        while month <= last:
            yield EmployeeContribution(month, None, None)
            month = next_month(month)


def _all_years(
    own: Sequence[ResidentContribution] | None, gained: Sequence[ResidentContribution]
) -> tuple[ResidentContribution, ...] | None:
    if own is None and not gained:
        return None
    return tuple(sorted([*(own or ()), *gained], key=lambda paid: paid.year))


def _all_months(
    own: Sequence[EmployeeContribution] | None, gained: Sequence[EmployeeContribution]
) -> tuple[EmployeeContribution, ...] | None:
    if own is None and not gained:
        return None
    return tuple(sorted([*(own or ()), *gained], key=lambda paid: paid.month))
