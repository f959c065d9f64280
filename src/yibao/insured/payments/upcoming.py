"""What somebody has to pay next, as the engine prices it on a day."""

from __future__ import annotations

import datetime
from dataclasses import dataclass

from yibao.benefit.billing import Bill
from yibao.benefit.facts import Enrolment, Person, next_month
from yibao.benefit.people import pays_as_resident
from yibao.errors import RefusedError, UnsourcedError, YibaoError
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


@dataclass(frozen=True, slots=True)
class ResidentYear:
    """A coverage year of a resident that can still be paid by its number."""

    year: int
    is_paid: bool
    bill: Bill | None
    """None: no source gives the amount, and it is not guessed."""

    @property
    def is_payable(self) -> bool:
        """Whether paying it would succeed."""
        return self.bill is not None and not self.is_paid


def resident_years(
    library: PolicyLibrary, facts: Person, day: datetime.date
) -> tuple[ResidentYear, ...]:
    """The year of a day and the one after it, where somebody owes or paid them as a resident.

    Empty for others, and where a rule leaves nobody pay.
    """
    known = []
    for year in (day.year, day.year + 1):
        if not pays_as_resident(facts, year):
            continue
        due_periods = Periods(Scheme.RESIDENT, (year,))
        try:
            bill = due_periods.price(library, facts, day)
        except UnsourcedError:
            bill = None
        except RefusedError:
            continue
        known.append(ResidentYear(year, bool(due_periods.paid(facts)), bill))
    return tuple(known)


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
