"""What somebody has to pay next, as the engine prices it on a day."""

from __future__ import annotations

import datetime
from dataclasses import dataclass

from yibao.benefit.billing import Bill
from yibao.benefit.facts import Enrolment, Person, next_month
from yibao.errors import YibaoError
from yibao.insured.payments.bills import Periods
from yibao.messages import Text, message
from yibao.policy.compile import PolicyLibrary
from yibao.policy.kinds import ContributionClass, Scheme, Status

_FARTHEST = 24
"""Periods after which nobody asks what comes next."""


@dataclass(frozen=True, slots=True)
class NextDue:
    """The next unpaid period of a person's enrolment and its price."""

    scheme: str
    period: int
    """A year, or a month (yyyymm)."""
    bill: Bill | None
    note: Text = ""
    """Why there is no bill, or who else pays it."""


def next_due(library: PolicyLibrary, facts: Person, day: datetime.date) -> NextDue | None:
    """The next period that is not on the record; None: enrolled nowhere from ``day`` on."""
    enrolment = _current(facts, day)
    if enrolment is None:
        return None
    period = _next_period(facts, enrolment, max(day, enrolment.start))
    if enrolment.status == Status.RETIRED:
        return NextDue(enrolment.scheme, period, None, message("已经退休，不缴费"))
    note: Text = ""
    if enrolment.scheme == Scheme.EMPLOYEE and (
        enrolment.contribution_class == ContributionClass.EMPLOYER
    ):
        note = message("由单位申报缴纳")
    try:
        bill = Periods(enrolment.scheme, (period,)).price(library, facts, day)
    except YibaoError as error:
        return NextDue(enrolment.scheme, period, None, error.said)
    return NextDue(enrolment.scheme, period, bill, note)


def _current(facts: Person, day: datetime.date) -> Enrolment | None:
    lasting = [spell for spell in facts.enrolments if spell.end is None or spell.end >= day]
    # What begins later is what lasts.
    return max(lasting, key=lambda spell: spell.start, default=None)


def _next_period(facts: Person, enrolment: Enrolment, day: datetime.date) -> int:
    if enrolment.scheme == Scheme.RESIDENT:
        years = {paid.year for paid in facts.contributions_resident or ()}
        return next(
            (year for year in range(day.year, day.year + _FARTHEST) if year not in years), day.year
        )
    months = {paid.month for paid in facts.contributions_employee or ()}
    month = day.year * 100 + day.month
    for _ in range(_FARTHEST):
        if month not in months:
            break
        month = next_month(month)
    return month
