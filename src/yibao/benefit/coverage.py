"""When benefits start: payments, lapses, waiting and the first day of cover (M03, M04).

Payments are those known on the day of the question; a payment made later changes
later answers, never earlier ones.
"""

from __future__ import annotations

import datetime
from dataclasses import dataclass

from yibao.benefit.explain import Explanation, TraceEntries, explain
from yibao.benefit.facts import (
    EmployeeContribution,
    Enrolment,
    Person,
    month_of,
    months_between,
    next_month,
    previous_month,
)
from yibao.benefit.functions.calendar import add_months
from yibao.benefit.functions.contribution import in_flexible_window, late_for_year
from yibao.benefit.functions.waiting import (
    cover_before_year,
    cover_start,
    employee_waiting,
    repairable,
    resident_waiting,
    waiting_exempt,
    window_start,
)
from yibao.benefit.paid_months import paid_months
from yibao.benefit.people import CLASSES, enrolled_in_year, group_mask
from yibao.benefit.rules import DayRules, day_rules
from yibao.benefit.steps import COVER_BEFORE_YEAR, OPTION
from yibao.messages import Message, Months, message
from yibao.policy import parameters as p
from yibao.policy.compile import PolicyLibrary
from yibao.policy.days import day_number, to_date
from yibao.policy.keys import EMPLOYEE, RESIDENT
from yibao.policy.kinds import ContributionClass, Scheme, Status

NOTHING = Explanation()


@dataclass(frozen=True, slots=True)
class Cover:
    """Whether a person has benefits on a day, since when, and why."""

    entitled: bool
    enrolment: Enrolment | None
    waiting_months: int
    first_day: datetime.date | None
    why: Message
    explanation: Explanation = NOTHING
    lapsed: tuple[int, ...] = ()
    """Employee scheme: the months (yyyymm) of the latest lapse."""
    repairable: bool = False
    """Those months may still be paid so that cover stays continuous."""


def cover_on(library: PolicyLibrary, person: Person, day: datetime.date) -> Cover:
    """Cover of ``person`` on ``day``, with what is known on that day."""
    enrolment = person.enrolment_on(day)
    if enrolment is None:
        return Cover(False, None, 0, None, message("{day} 没有参保登记", day=day))
    if enrolment.scheme == Scheme.RESIDENT:
        return _resident_cover(library, person, enrolment, day)
    return _employee_cover(library, person, enrolment, day)


# --- residents, by coverage year ------------------------------------------------------------


def paid_in_time(person: Person, year: int, known_on: datetime.date) -> bool:
    """Whether the resident year was paid by its own 31 December, as known on a day."""
    listed = person.contributions_resident
    if not listed or year < listed[0].year:
        return True
    return any(
        payment.year == year and payment.paid_on.year <= year and payment.paid_on <= known_on
        for payment in listed
    )


def resident_year_paid(person: Person, year: int, known_on: datetime.date) -> bool:
    """Whether the person was a resident in a year and paid for it in time (incentives)."""
    return enrolled_in_year(person, Scheme.RESIDENT, year) and paid_in_time(person, year, known_on)


def lapsed_years(person: Person, year: int, known_on: datetime.date) -> list[int]:
    """The unpaid years directly before ``year``, latest first.

    Years before the first listed payment count as paid, years before the first
    enrolment or inside the employee scheme are no lapse.
    """
    first = person.enrolments[0].start.year
    years: list[int] = []
    before = year - 1
    while before >= first:
        if paid_in_time(person, before, known_on) or enrolled_in_year(
            person, Scheme.EMPLOYEE, before
        ):
            break
        years.append(before)
        before -= 1
    return years


def _months_since_employee(person: Person, paid_on: datetime.date) -> int:
    """Whole months, rounded up, from the end of employee cover to a payment; -1: none ended."""
    ends = [
        enrolment.end
        for enrolment in person.enrolments
        if enrolment.scheme == Scheme.EMPLOYEE
        and enrolment.end is not None
        and enrolment.end < paid_on
    ]
    if not ends:
        return -1
    end, paid = day_number(max(ends)), day_number(paid_on)
    months = 0
    while add_months(end, months) < paid:
        months += 1
    return months


def _resident_cover(
    library: PolicyLibrary, person: Person, enrolment: Enrolment, day: datetime.date
) -> Cover:
    year = day.year
    new_year = datetime.date(year, 1, 1)
    cover_from = max(new_year, enrolment.start)
    listed = person.contributions_resident
    if not listed or year < listed[0].year:
        return Cover(
            True, enrolment, 0, cover_from, message("{year} 年度居民医保按时缴费", year=year)
        )
    payment = next((contribution for contribution in listed if contribution.year == year), None)
    unpaid = message("{day} 尚未缴纳 {year} 年度居民医保费", day=day, year=year)
    if payment is None or payment.paid_on.year > year:
        return _cover_before_year(library, person, enrolment, day) or Cover(
            False, enrolment, 0, None, unpaid
        )
    rules_day = min(max(new_year, payment.paid_on), datetime.date(year, 12, 31))
    window = day_rules(library, enrolment.area, new_year, payment.paid_on)
    if payment.paid_on > day and window.rules[p.WINDOW_COVER_FROM] == 0:
        return Cover(False, enrolment, 0, None, unpaid)
    rules = day_rules(library, enrolment.area, rules_day, payment.paid_on)
    paid_day = day_number(payment.paid_on)
    late = late_for_year(window.rules, paid_day, day_number(new_year))
    if late < 0:
        raise window.refusal(late)
    lapses = lapsed_years(person, year, day)
    if payment.paid_on > day and (late or lapses):
        return Cover(False, enrolment, 0, None, unpaid)
    in_window = paid_day
    if not late and not lapses:
        in_window = window_start(window.rules, day_number(new_year), paid_day)
    trace: TraceEntries = []
    groups = group_mask(rules, person, payment.paid_on)
    exempt = waiting_exempt(
        rules.rules, groups, _months_since_employee(person, payment.paid_on), trace
    )
    if exempt:
        start = _newborn_start(rules, person, payment.paid_on) or to_date(in_window)
        first = max(new_year, enrolment.start, start) if start != person.birth else start
        return _decide(enrolment, day, 0, first, explain(rules, trace), message("属于免等待期情形"))
    repairs = sorted(
        repaid.paid_on for repaid in listed if repaid.year in lapses and repaid.paid_on <= day
    )
    window_steps: TraceEntries = []
    if in_window != paid_day:
        window_steps.append((OPTION, p.WINDOW_COVER_FROM, 0))
    months, first_number = -1, 0
    for count in range(len(repairs) + 1):
        attempt: TraceEntries = [*window_steps, (OPTION, p.WINDOW_CLOSE, 0)]
        waiting = resident_waiting(rules.rules, late, len(lapses), count, attempt)
        if waiting < 0:
            raise rules.refusal(waiting)
        if waiting:
            attempt.append((OPTION, rules.cell(p.WAITING_START, RESIDENT), 0))
        start_number = cover_start(rules.rules, RESIDENT, in_window, waiting)
        if count:
            start_number = max(start_number, day_number(repairs[count - 1]))
        if months < 0 or start_number < first_number:
            months, first_number, trace = waiting, start_number, attempt
    first = max(cover_from, to_date(first_number))
    why = (
        message("集中缴费期内连续缴费")
        if months == 0
        else message("待遇等待期 {months}", months=Months(months))
    )
    return _decide(enrolment, day, months, first, explain(rules, trace), why)


def _cover_before_year(
    library: PolicyLibrary, person: Person, enrolment: Enrolment, day: datetime.date
) -> Cover | None:
    """Cover by next year's payment, where a group has it from a month of this year on."""
    paid = any(
        payment.year == day.year + 1 and payment.paid_on <= day
        for payment in person.contributions_resident or ()
    )
    if not paid:
        return None
    rules = day_rules(library, enrolment.area, day, day)
    month, cell = cover_before_year(rules.rules, group_mask(rules, person, day))
    if month < 0:
        return None
    first = max(datetime.date(day.year, month, 1), enrolment.start)
    explanation = explain(rules, [(COVER_BEFORE_YEAR, cell, 0)])
    why = message("已缴下一年度，提前享受")
    return _decide(enrolment, day, 0, first, explanation, why)


def _newborn_start(rules: DayRules, person: Person, paid_on: datetime.date) -> datetime.date | None:
    """The day of birth, for a newborn that is paid for within the days of grace."""
    position = rules.rulebook.groups.get("newborn")
    days = rules.rules[p.NEWBORN_DAYS]
    newborn = any(membership.group == "newborn" for membership in person.groups)
    if position is None or not newborn or days <= 0:
        return None
    return person.birth if (paid_on - person.birth).days <= days else None


def _decide(
    enrolment: Enrolment,
    day: datetime.date,
    months: int,
    first: datetime.date,
    explanation: Explanation,
    why: Message,
) -> Cover:
    entitled = first <= day
    stated = message("{why}，{state}", why=why, state=_state(entitled, first))
    return Cover(entitled, enrolment, months, first, stated, explanation)


def _state(entitled: bool, first: datetime.date) -> Message:
    """Whether benefits have begun, or when they do."""
    return message("已享受待遇") if entitled else message("{day} 起享受待遇", day=first)


# --- employees, by month ----------------------------------------------------------------------


@dataclass(slots=True)
class _Lapse:
    months: list[int]
    open_: bool
    """Still unpaid on the day of the question."""
    resumed: datetime.date | None
    repaired: bool


def _paid_in_window(
    library: PolicyLibrary, enrolment: Enrolment, payment: EmployeeContribution, day: datetime.date
) -> bool:
    """Whether a flexible member paid for a month inside the window of its year."""
    if enrolment.contribution_class != ContributionClass.FLEXIBLE or payment.paid_on is None:
        return False
    new_year = datetime.date(payment.month // 100, 1, 1)
    rules = day_rules(library, enrolment.area, new_year, day)
    return in_flexible_window(rules.rules, day_number(payment.paid_on)) == 1


def _lapses(library: PolicyLibrary, person: Person, day: datetime.date) -> list[_Lapse]:
    """The runs of months without timely payment before the month of ``day``, in order.

    That month itself can still be paid in time: it ends a lapse, it never makes one.
    """
    listed = person.contributions_employee
    if not listed:
        return []
    paid = paid_months(listed)
    first_enrolled = min(
        enrolment.start for enrolment in person.enrolments if enrolment.scheme == Scheme.EMPLOYEE
    )
    month = max(paid.first_month, month_of(first_enrolled))
    last = month_of(day)
    runs: list[_Lapse] = []
    run: _Lapse | None = None
    while month <= last:
        # Without a lapse to end, months paid in time change nothing, however many they are.
        until = paid.in_time_until(month) if run is None else 0
        if until:
            month = next_month(until)
            continue
        enrolment = person.enrolment_in_month(month)
        if enrolment is not None and not (
            enrolment.scheme == Scheme.EMPLOYEE and enrolment.status != Status.RETIRED
        ):
            # Nothing is owed up to the end of such an enrolment.
            end = last if enrolment.end is None else month_of(enrolment.end)
            month = next_month(max(month, end))
            continue
        payment = paid.payment_for(month)
        in_window = (
            payment is not None
            and enrolment is not None
            and _paid_in_window(library, enrolment, payment, day)
        )
        if payment is not None and (payment.is_in_time or in_window):
            resumed = payment.paid_on or datetime.date(month // 100, month % 100, 1)
            if run is not None and resumed <= day:
                run.open_ = False
                run.resumed = resumed
                run = None
        elif month < last:
            if run is None:
                run = _Lapse([], True, None, True)
                runs.append(run)
            run.months.append(month)
            if payment is None or payment.paid_on is None or payment.paid_on > day:
                run.repaired = False
        month = next_month(month)
    return runs


def _employee_cover(
    library: PolicyLibrary, person: Person, enrolment: Enrolment, day: datetime.date
) -> Cover:
    if enrolment.status == Status.RETIRED:
        return Cover(
            True, enrolment, 0, enrolment.start, message("退休人员不再缴费，按规定享受待遇")
        )
    lapses = _lapses(library, person, day)
    if not lapses:
        return Cover(True, enrolment, 0, enrolment.start, message("职工医保按月连续缴费"))
    latest = _after_lapse(library, person, enrolment, lapses[-1], day)
    cover = latest
    for lapse in reversed(lapses[:-1]):
        if not cover.entitled or cover.waiting_months > 0:
            break
        # made good: what an earlier lapse left to wait goes on
        cover = _after_lapse(library, person, enrolment, lapse, day)
    return latest if cover.entitled else cover


def _after_lapse(
    library: PolicyLibrary,
    person: Person,
    enrolment: Enrolment,
    lapse: _Lapse,
    day: datetime.date,
) -> Cover:
    """Cover as one lapse leaves it: made good, still open, or waiting since it ended."""
    position = CLASSES.index(enrolment.contribution_class)
    resumed = lapse.resumed or day
    rules = day_rules(library, enrolment.area, resumed, day)
    trace: TraceEntries = []
    months = employee_waiting(rules.rules, position, len(lapse.months), trace)
    if months < 0:
        raise rules.refusal(months)
    may_repair = repairable(
        rules.rules, position, len(lapse.months), int(lapse.months[0] // 100 == resumed.year)
    )
    if may_repair < 0:
        raise rules.refusal(may_repair)
    trace.append((OPTION, rules.cell(p.EMPLOYEE_BACK_PAYMENT, position), 0))
    if not lapse.open_ and not lapse.repaired:
        trace.append((OPTION, rules.cell(p.WAITING_START, EMPLOYEE), 0))
    explanation = explain(rules, trace)
    count = len(lapse.months)
    if lapse.repaired and may_repair:
        last_repair = max(
            payment.paid_on
            for payment in person.contributions_employee or ()
            if payment.month in lapse.months and payment.paid_on is not None
        )
        if not lapse.open_ or last_repair <= day:
            first = max(enrolment.start, last_repair)
            why = message("中断 {count}已在宽限内补缴，连续计算", count=Months(count))
            return Cover(True, enrolment, 0, first, why, explanation)
    if lapse.open_:
        why = message("已中断缴费 {count}，停止享受待遇", count=Months(count))
        lapsed = tuple(lapse.months)
        return Cover(False, enrolment, 0, None, why, explanation, lapsed, bool(may_repair))
    first = max(
        enrolment.start,
        to_date(cover_start(rules.rules, EMPLOYEE, day_number(resumed), months)),
    )
    entitled = first <= day
    return Cover(
        entitled,
        enrolment,
        months,
        first,
        message(
            "中断 {count}后重新缴费，等待 {months}，{state}",
            count=Months(count),
            months=Months(months),
            state=_state(entitled, first),
        ),
        explanation,
        tuple(lapse.months),
        bool(may_repair),
    )


_MOST_QUALIFYING = 600
"""Months that are counted: fifty years are enough for every rule."""


def months_paid_before(person: Person, day: datetime.date) -> int:
    """Months of the employee scheme paid or counted as paid in a row before ``day``."""
    enrolment = person.enrolment_on(day)
    if enrolment is None or enrolment.scheme != Scheme.EMPLOYEE:
        return 0
    month = before = previous_month(month_of(day))
    first = _first_insured_month(person, month)
    paid = paid_months(person.contributions_employee)
    if paid and month >= paid.first_month:
        around = paid.paid.around(month)
        if around is None:
            return 0
        if around[0] > paid.first_month:
            first = max(first, around[0])
    return min(months_between(first, before) + 1, _MOST_QUALIFYING)


def _first_insured_month(person: Person, month: int) -> int:
    """The first of the months up to ``month`` in a row that are insured as an employee's.

    The month after ``month`` where that one is not.
    """
    while True:
        enrolment = person.enrolment_in_month(month)
        if enrolment is None or enrolment.scheme != Scheme.EMPLOYEE:
            return next_month(month)
        whole = month_of(enrolment.start)
        if enrolment.start.day > 1:
            whole = next_month(whole)
        month = previous_month(min(month, whole))
