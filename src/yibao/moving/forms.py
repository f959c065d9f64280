"""The form of somebody who moves: made from the record, kept, and read again."""

from __future__ import annotations

import datetime
from typing import Any

import msgspec
from sqlalchemy import insert, select
from sqlalchemy.exc import IntegrityError

from yibao.access.permissions import is_within
from yibao.benefit.facts import (
    EmployeeContribution,
    Enrolment,
    Person,
    month_of,
    next_month,
)
from yibao.database.identifiers import new_identifier
from yibao.database.secrets import Secrets
from yibao.database.unit import Unit
from yibao.errors import ConflictError, NotFoundError
from yibao.insured.fragments import opening_periods
from yibao.insured.people.finding import full_numbers, name_of
from yibao.ledger.balances import balance
from yibao.ledger.fragments import own_balance
from yibao.ledger.operations import personal
from yibao.messages import message
from yibao.moving.applications import InformationForm, PaidPeriod
from yibao.moving.tables import IN, OUT, transfer_form
from yibao.policy.kinds import Scheme


def spells_in(facts: Person, area: str) -> list[Enrolment]:
    """The enrolments of a person in an area, which may be a whole city or province."""
    return [spell for spell in facts.enrolments if is_within(spell.area, area)]


def paid_elsewhere(
    unit: Unit, facts: Person, area: str, day: datetime.date
) -> tuple[PaidPeriod, ...]:
    """What was paid outside an area, period by period: what was known before came from elsewhere.

    Where no payment is listed, every month or year of an enrolment counts as paid.
    """
    return tuple(
        paid
        for paid in paid_at_all(unit, facts, day)
        if not any(_is_of(spell, paid) for spell in spells_in(facts, area))
    )


def paid_at_all(unit: Unit, facts: Person, day: datetime.date) -> tuple[PaidPeriod, ...]:
    """Everything on a person's record, by scheme and period."""
    opening = opening_periods(unit, facts.id)
    paid: list[PaidPeriod] = []
    for month in _months(facts, day):
        spell = facts.enrolment_in_month(month.month)
        paid.append(
            PaidPeriod(
                scheme=Scheme.EMPLOYEE.value,
                period=month.month,
                status=None if spell is None or spell.status is None else str(spell.status),
                base=month.base,
                paid_on=month.paid_on,
            )
        )
    for year, paid_on in _years(facts, day):
        paid.append(PaidPeriod(scheme=Scheme.RESIDENT.value, period=year, paid_on=paid_on))
    listed = [period for period in paid if (period.scheme, period.period) not in opening]
    return tuple(sorted(listed, key=lambda period: (period.scheme, period.period)))


def _months(facts: Person, day: datetime.date) -> list[EmployeeContribution]:
    if facts.contributions_employee is not None:
        return list(facts.contributions_employee)
    months: list[EmployeeContribution] = []
    for spell in facts.enrolments:
        if spell.scheme == Scheme.EMPLOYEE:
            month, last = month_of(spell.start), month_of(min(spell.end or day, day))
            while month <= last:
                months.append(EmployeeContribution(month, None, None))
                month = next_month(month)
    return months


def _years(facts: Person, day: datetime.date) -> list[tuple[int, datetime.date | None]]:
    if facts.contributions_resident is not None:
        return [(paid.year, paid.paid_on) for paid in facts.contributions_resident]
    years = {
        year
        for spell in facts.enrolments
        if spell.scheme == Scheme.RESIDENT
        for year in range(spell.start.year, min(spell.end or day, day).year + 1)
    }
    return [(year, None) for year in sorted(years)]


def _is_of(spell: Enrolment, paid: PaidPeriod) -> bool:
    """Whether a period was paid under an enrolment."""
    if paid.scheme != spell.scheme:
        return False
    if paid.scheme == Scheme.RESIDENT:
        return _touches(spell, paid.period)
    last = None if spell.end is None else month_of(spell.end)
    return month_of(spell.start) <= paid.period and (last is None or paid.period <= last)


def _touches(spell: Enrolment, year: int) -> bool:
    return spell.start.year <= year and (spell.end is None or spell.end.year >= year)


def balance_to_go(unit: Unit, person_id: str, last_day: datetime.date) -> int:
    """What goes along of a personal account: what it held on the last day there, or has left."""
    today = own_balance(unit, person_id)
    then = balance(unit, personal(person_id), last_day)
    return 0 if today is None else max(min(today, then), 0)


def form_of(
    unit: Unit, secrets: Secrets, facts: Person, from_area: str, to_area: str, day: datetime.date
) -> InformationForm:
    """The form as the record gives it on a day; ``NotFoundError`` for whoever was never there."""
    spells = spells_in(facts, from_area)
    if not spells:
        raise NotFoundError(message("这个人没有在 {area} 参过保", area=from_area))
    last_day = min(spells[-1].end or day, day)
    numbers = full_numbers(unit, secrets, facts.id)
    certificate, id_number = numbers[0] if numbers else ("", "")
    return InformationForm(
        number=new_identifier(),
        from_area=from_area,
        to_area=to_area,
        made_on=day,
        certificate=certificate,
        id_number=id_number,
        name=name_of(unit, secrets, facts.id),
        sex=facts.sex,
        birth=facts.birth,
        paid=paid_elsewhere(unit, facts, to_area, day),
        balance=balance_to_go(unit, facts.id, last_day),
    )


def keep_form(
    unit: Unit,
    form: InformationForm,
    direction: str,
    person_id: str,
    case_id: str,
    at: datetime.datetime,
) -> None:
    """Keep a form that goes out or came in; ``ConflictError`` for one that did so before."""
    row = {
        "number": form.number,
        "direction": direction,
        "person_id": person_id,
        "case_id": case_id,
        "other_area": form.to_area if direction == OUT else form.from_area,
        "made_on": form.made_on,
        "balance": form.balance,
        "form": msgspec.to_builtins(form),
        "recorded_at": at,
    }
    try:
        unit.run(insert(transfer_form), row)
    except IntegrityError:
        raise ConflictError(
            message("信息表 {number} 已经收过，不能再收一次", number=form.number)
        ) from None


def _read(row: Any) -> InformationForm:
    return msgspec.convert(row.form, InformationForm)


def form_in_case(unit: Unit, case_id: str) -> InformationForm | None:
    """The form that belongs to a case; None: there is none yet."""
    mine = transfer_form.c.case_id == case_id
    row = unit.run(select(transfer_form.c.form).where(mine)).one_or_none()
    return None if row is None else _read(row)


def forms_from(unit: Unit, person_id: str, area: str) -> list[InformationForm]:
    """The forms of a person that came in from an area."""
    rows = unit.run(
        select(transfer_form.c.form, transfer_form.c.other_area).where(
            transfer_form.c.person_id == person_id, transfer_form.c.direction == IN
        )
    )
    return [_read(row) for row in rows if is_within(row.other_area, area)]


def went_out(unit: Unit, number: str) -> bool:
    """Whether a form was made in this store."""
    mine = (transfer_form.c.number == number) & (transfer_form.c.direction == OUT)
    return unit.run(select(transfer_form.c.number).where(mine)).first() is not None
