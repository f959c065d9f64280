"""What a period costs if it is paid on a day, line by line (M01-M03)."""

from __future__ import annotations

import datetime
from collections.abc import Iterator
from dataclasses import dataclass, replace

from yibao.benefit.coverage import Cover
from yibao.benefit.explain import Explanation, TraceEntries, explain, merge
from yibao.benefit.facts import Enrolment, Person
from yibao.benefit.functions.contribution import (
    amount_cell_of_groups,
    contribution_base,
    employee_month,
    fixed_month,
    flexible_month,
    in_flexible_window,
    late_for_year,
    late_share,
    monthly_equivalent,
    rate_cell,
    resident_individual,
)
from yibao.benefit.people import (
    enrolment_in_year,
    group_mask,
    month_end,
    pays_as_resident,
    plan_mask,
)
from yibao.benefit.rules import DayRules, day_rules
from yibao.benefit.steps import GROUP_SUBSIDY, OPTION
from yibao.errors import RefusedError
from yibao.messages import message
from yibao.money.units import Fen
from yibao.policy import parameters as p
from yibao.policy.compile import PolicyLibrary
from yibao.policy.days import day_number, to_date
from yibao.policy.declarations import MISSING
from yibao.policy.kinds import ContributionClass, Scheme, Status
from yibao.written import SourceIds, TypedAnswer

MONTHS_OF_YEAR = 12


class BillLine(TypedAnswer, frozen=True):
    """One line of a bill; a subsidy is negative."""

    name: str
    amount: Fen
    source: SourceIds
    """The gap or the parameter where no source gives the amount."""


@dataclass(frozen=True, slots=True)
class Bill:
    """What a period costs the person; ``due`` is the sum of the lines."""

    due: Fen
    late: bool
    lines: tuple[BillLine, ...]
    explanation: Explanation
    rulebook: str
    base: Fen | None = None
    """Contribution base inside its limits (employee scheme)."""
    employer: Fen = 0
    """The employer's part, never part of ``due``."""
    full_amount: Fen = 0
    """Residents: individual amount and fiscal subsidy together (0: not known)."""
    subsidy: Fen = 0
    """Residents: the fiscal subsidy that the government pays (0 when late)."""
    monthly_equivalent: Fen | None = None
    yearly: Fen = 0
    """What of ``due`` is for a whole year, and falls due with its first month alone."""


def _source(rules: DayRules, cell: int) -> SourceIds:
    citation = rules.citation(cell)
    return SourceIds(citation.sources or (citation.gap or citation.parameter,))


def resident_bill(
    library: PolicyLibrary,
    person: Person,
    area: str,
    year: int,
    paid_on: datetime.date,
) -> Bill:
    """A resident's coverage year paid on a day.

    After its own 31 December it is a repair: the individual amount of the year of
    payment (O-WP-03).
    """
    repair = paid_on.year > year
    rules = day_rules(library, area, datetime.date(paid_on.year if repair else year, 1, 1), paid_on)
    if repair:
        # A year before the first figure was never one that could be paid.
        day_rules(library, area, datetime.date(year, 1, 1), paid_on).need(p.INDIVIDUAL)
    trace: TraceEntries = []
    groups = group_mask(rules, person, paid_on)
    individual, group_subsidy = resident_individual(rules.rules, groups, trace)
    if individual < 0:
        raise rules.refusal(individual)
    late = 1
    if not repair:
        late = late_for_year(rules.rules, day_number(paid_on), day_number(rules.day))
    if late < 0:
        raise rules.refusal(late)
    options: list[int] = []
    if _newborn_free(rules, person, year, paid_on):
        group_subsidy, late = individual, 0
        options += [p.NEWBORN_FREE, p.NEWBORN_DAYS]
    elif not repair:
        if rules.rules[p.WINDOW_CLOSE] != MISSING:
            options.append(p.WINDOW_CLOSE)
        if late:
            exempt = [
                rules.cell(p.GROUP_LATE_EXEMPT, group)
                for group in range(rules.rules[p.GROUPS])
                if groups >> group & 1
            ]
            options += [cell for cell in exempt if rules.rules[cell] == 1] or [p.LATE_PAYMENT]
    share = 0 if repair else late_share(rules.rules, groups, late, trace)
    if share < 0:
        raise rules.refusal(share)
    trace.extend((OPTION, cell, rules.rules[cell]) for cell in options)
    explanation = explain(rules, trace)
    amount_cell = amount_cell_of_groups(rules.rules, p.GROUP_INDIVIDUAL, p.INDIVIDUAL, groups)
    subsidy_cell = amount_cell_of_groups(
        rules.rules, p.GROUP_FISCAL_SUBSIDY, p.FISCAL_SUBSIDY, groups
    )
    lines = [BillLine("individual", individual, _source(rules, amount_cell))]
    if share:
        lines.append(BillLine("fiscal_subsidy", share, _source(rules, subsidy_cell)))
    if group_subsidy:
        step = next((s for s in explanation.steps if s.code == GROUP_SUBSIDY), None)
        source = SourceIds(step.source_names) if step else _source(rules, p.NEWBORN_FREE)
        lines.append(BillLine("group_subsidy", -group_subsidy, source))
    subsidy = rules.rules[subsidy_cell]
    known = subsidy >= 0 and not repair
    return Bill(
        due=sum(line.amount for line in lines),
        late=bool(late),
        lines=tuple(lines),
        explanation=explanation,
        rulebook=rules.rulebook.hash,
        full_amount=individual + subsidy if known else 0,
        subsidy=subsidy - share if known else 0,
        monthly_equivalent=monthly_equivalent(sum(line.amount for line in lines)),
    )


def _newborn_free(rules: DayRules, person: Person, year: int, paid_on: datetime.date) -> bool:
    """A newborn's year of birth costs nothing if registered in time (O-NB-01)."""
    return (
        rules.rules[p.NEWBORN_FREE] == 1
        and any(membership.group == "newborn" for membership in person.groups)
        and person.birth.year == year
        and 0 <= (paid_on - person.birth).days <= rules.rules[p.NEWBORN_DAYS]
    )


def employee_bill(
    library: PolicyLibrary,
    enrolment: Enrolment,
    month: int,
    declared: int | None,
    paid_on: datetime.date,
    *,
    first_of_year: bool = False,
    months: int = 1,
) -> Bill:
    """``months`` months of the employee scheme from ``month`` on, each under its own rules.

    ``declared`` is the base in fen, None the lowest of each month.  A worker owes the
    individual part; the employer's part stands beside it.  A flexible member owes the whole
    premium, and with the first month of a year that year's large-amount premium.  A retiree
    owes a fixed sum where the pack says so.
    """
    if months == MONTHS_OF_YEAR:
        _check_flexible_window(library, enrolment, month, paid_on)
    parts: list[Bill] = []
    parts_year = 0
    for rules, of_year in _months(library, enrolment, month, months, paid_on):
        if enrolment.status == Status.RETIRED:
            parts.append(_retired_bill(rules))
            continue
        first = first_of_year if not parts else of_year != parts_year
        base = _lowest_base(rules, enrolment) if declared is None else declared
        parts.append(_month_bill(rules, enrolment, base, first))
        parts_year = of_year
    bill = parts[0]
    if len(parts) > 1:
        lines: dict[str, BillLine] = {}
        for line in (line for part in parts for line in part.lines):
            before = lines.get(line.name)
            if before is not None:
                source = SourceIds(dict.fromkeys((*before.source, *line.source)))
                line = BillLine(line.name, before.amount + line.amount, source)
            lines[line.name] = line
        bill = replace(
            bill,
            due=sum(part.due for part in parts),
            lines=tuple(lines.values()),
            explanation=merge([part.explanation for part in parts]),
            employer=sum(part.employer for part in parts),
            yearly=sum(part.yearly for part in parts),
        )
    return replace(bill, late=paid_on.year * 100 + paid_on.month > month)


def _check_flexible_window(
    library: PolicyLibrary, enrolment: Enrolment, month: int, paid_on: datetime.date
) -> None:
    """``RefusedError`` where a flexible member pays a year outside its window."""
    if enrolment.contribution_class != ContributionClass.FLEXIBLE:
        return
    year = month // 100
    rules = day_rules(library, enrolment.area, datetime.date(year, 1, 1), paid_on)
    if in_flexible_window(rules.rules, day_number(paid_on)) == 0:
        raise RefusedError(
            message(
                "灵活就业 {year} 年度集中缴费期是 {first} 至 {last}，期外怎样缴没有来源",
                year=year,
                first=to_date(rules.rules[p.FLEXIBLE_WINDOW_OPEN]),
                last=to_date(rules.rules[p.FLEXIBLE_WINDOW_CLOSE]),
            )
        )


def _months(
    library: PolicyLibrary, enrolment: Enrolment, month: int, months: int, paid_on: datetime.date
) -> Iterator[tuple[DayRules, int]]:
    """The rules of each month in a row and its year: a bill tells its steps month by month."""
    for _ in range(months):
        day = datetime.date(month // 100, month % 100, 1)
        yield day_rules(library, enrolment.area, day, paid_on), day.year
        month += 1 if month % 100 < 12 else 89


def _month_bill(rules: DayRules, enrolment: Enrolment, declared: int, first_of_year: bool) -> Bill:
    """One month; ``first_of_year``: with a year's large-amount premium."""
    trace: TraceEntries = [(OPTION, p.ROUND_BILL, 0)]
    groups = plan_mask(rules.rulebook, enrolment)
    base = 0
    if not _is_without_base(rules, enrolment):
        base = contribution_base(rules.rules, declared, trace)
        if base < 0:
            raise rules.refusal(base)
    employer = yearly = 0
    if enrolment.contribution_class == ContributionClass.FLEXIBLE:
        basic, large, extra = flexible_month(rules.rules, groups, base, int(first_of_year), trace)
        if basic < 0:
            raise rules.refusal(basic)
        fixed = rules.rules[p.FLEXIBLE_AMOUNT_MONTH] >= 0
        of_rate = rate_cell(rules.rules, p.FLEXIBLE_RATE, p.PLAN_FLEXIBLE_RATE, groups)
        basic_cell = p.FLEXIBLE_AMOUNT_MONTH if fixed else of_rate
        lines = [BillLine("basic", basic, _source(rules, basic_cell))]
        yearly = large - rules.rules[p.FLEXIBLE_LARGE_AMOUNT_MONTH]
        cell = (
            p.FLEXIBLE_LARGE_AMOUNT_YEAR
            if first_of_year and rules.rules[p.FLEXIBLE_LARGE_AMOUNT_YEAR] > 0
            else p.FLEXIBLE_LARGE_AMOUNT_MONTH
        )
        if large:
            lines.append(BillLine("large_amount", large, _source(rules, cell)))
        if extra:
            source = _source(rules, p.FLEXIBLE_EXTRA_MONTH)
            lines.append(BillLine("extra", extra, source))
    else:
        individual, employer = employee_month(rules.rules, groups, base, trace)
        if individual < 0:
            raise rules.refusal(individual)
        lines = [
            BillLine(
                "individual",
                individual,
                _source(
                    rules,
                    rate_cell(rules.rules, p.INDIVIDUAL_RATE, p.PLAN_INDIVIDUAL_RATE, groups),
                ),
            )
        ]
        extra = fixed_month(rules.rules, 0, trace)
        if extra > 0:
            source = _source(rules, p.INDIVIDUAL_EXTRA_MONTH)
            lines.append(BillLine("extra", extra, source))
    return Bill(
        due=sum(line.amount for line in lines),
        late=False,
        lines=tuple(lines),
        explanation=explain(rules, trace),
        rulebook=rules.rulebook.hash,
        base=base or None,
        employer=employer,
        yearly=yearly,
    )


def _retired_bill(rules: DayRules) -> Bill:
    trace: TraceEntries = []
    if rules.rules[p.RETIRED_MONTH] < 0:
        raise RefusedError(message("退休人员不缴职工医保费"))
    amount = fixed_month(rules.rules, 1, trace)
    return Bill(
        due=amount,
        late=False,
        lines=(BillLine("extra", amount, _source(rules, p.RETIRED_MONTH)),),
        explanation=explain(rules, trace),
        rulebook=rules.rulebook.hash,
    )


def base_floor(
    library: PolicyLibrary, enrolment: Enrolment, month: int, known_on: datetime.date
) -> int:
    """The lowest contribution base of a month, as known on a day; 0 of who has none.

    That is a retiree, and a flexible member where the pack prints one amount and no base.
    """
    if enrolment.status == Status.RETIRED:
        return 0
    rules = day_rules(
        library, enrolment.area, datetime.date(month // 100, month % 100, 1), known_on
    )
    return _lowest_base(rules, enrolment)


def _lowest_base(rules: DayRules, enrolment: Enrolment) -> int:
    return 0 if _is_without_base(rules, enrolment) else rules.need(p.BASE_FLOOR)


def _is_without_base(rules: DayRules, enrolment: Enrolment) -> bool:
    """Whether the amount is printed, and no base that it might be a share of."""
    return (
        enrolment.contribution_class == ContributionClass.FLEXIBLE
        and rules.rules[p.FLEXIBLE_AMOUNT_MONTH] >= 0
        and rules.rules[p.BASE_FLOOR] == p.MISSING
    )


def bill_for_period(
    library: PolicyLibrary,
    person: Person,
    paid_on: datetime.date,
    *,
    year: int | None = None,
    month: int | None = None,
    base: int | None = None,
    months: int = 1,
) -> Bill:
    """A resident year, or ``months`` months from ``month`` on; an employee's year is 12 months.

    Without a base the lowest one of each month counts, as known on the day of payment.
    """
    if year is not None and pays_as_resident(person, year):
        area = enrolment_in_year(person, Scheme.RESIDENT, year).area
        return resident_bill(library, person, area, year, paid_on)
    first = month if month is not None else (year or 0) * 100 + 1
    enrolment = person.enrolment_in_month(first) or enrolment_in_year(
        person, Scheme.EMPLOYEE, first // 100
    )
    bill = employee_bill(
        library,
        enrolment,
        first,
        base,
        paid_on,
        first_of_year=_first_of_year(person, first),
        months=months if month is not None else MONTHS_OF_YEAR,
    )
    # What a year costs is asked at any time of it: nothing of that is paid late.
    return bill if month is not None else replace(bill, late=False)


def _first_of_year(person: Person, month: int) -> bool:
    """Whether ``month`` is the one that a year's first payment was, or would be, made for.

    A month that is already paid bears the year's premium only if no other was paid before
    it, so that asking again gives what it cost.
    """
    payments_of_year = [
        (payment.paid_on or month_end(payment.month), payment.month)
        for payment in person.contributions_employee or ()
        if payment.month // 100 == month // 100
    ]
    payment_of_month = next((payment for payment in payments_of_year if payment[1] == month), None)
    return not payments_of_year or payment_of_month == min(payments_of_year)


def back_payment(
    library: PolicyLibrary, person: Person, cover: Cover, day: datetime.date
) -> int | None:
    """What the unpaid months of the latest lapse cost, if they may still be paid."""
    if not cover.lapsed or not cover.repairable or cover.enrolment is None:
        return None
    known = [paid.base for paid in person.contributions_employee or () if paid.base]
    owed = 0
    for month in cover.lapsed:
        base = known[-1] if known else None
        owed += employee_bill(library, cover.enrolment, month, base, day).due
    return owed
