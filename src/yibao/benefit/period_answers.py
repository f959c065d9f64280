"""The answers about a person's periods: what they cost, when cover begins, its ceiling."""

from __future__ import annotations

import datetime
from collections.abc import Mapping
from typing import Any, ClassVar, Literal

from yibao.benefit.accounts import AidToday
from yibao.benefit.billing import Bill, BillLine
from yibao.benefit.coverage import Cover
from yibao.benefit.explain import Step
from yibao.benefit.incentives import Ceiling
from yibao.benefit.lifetime import Retirement
from yibao.messages import Wording
from yibao.money.units import Fen
from yibao.written import UNSET, TypedAnswer, UnsetType


def month_text(month: int) -> str:
    """``2025-03`` for 202503."""
    return f"{month // 100}-{month % 100:02d}"


class BilledAnswer(TypedAnswer, frozen=True, kw_only=True):
    """A period and what its bill says."""

    year: int | UnsetType = UNSET
    """A resident's coverage year, or a whole year of months."""
    month: str | UnsetType = UNSET
    """The first month, ``2025-03``; either it or ``year`` is there."""
    months: int | UnsetType = UNSET
    """How many, where it is not one."""
    due: Fen
    late: bool
    lines: tuple[BillLine, ...]
    base: Fen | UnsetType = UNSET
    """Employee scheme: the base inside its limits."""
    employer: Fen | UnsetType = UNSET
    """Employee scheme: the employer's part, beside ``due``."""
    total_funding: Fen | UnsetType = UNSET
    """Residents: the individual amount and the fiscal subsidy, where they are known."""
    fiscal_subsidy: Fen | UnsetType = UNSET
    monthly_equivalent: Fen | UnsetType = UNSET
    assumptions: tuple[str, ...]
    disputes: tuple[str, ...]
    steps: tuple[Step, ...]


class ContributionAnswer(BilledAnswer, frozen=True, kw_only=True, own_first=True):
    """What a period costs if it is paid on a day."""

    ask: Literal["contribution"] = "contribution"
    person: str
    on: datetime.date


def contribution_answer(
    bill: Bill,
    on: datetime.date,
    *,
    year: int | None = None,
    month: int | None = None,
    months: int = 1,
    person: str = "person",
) -> ContributionAnswer:
    """The answer about a bill of ``year``, or of ``months`` months from ``month`` (yyyymm) on."""
    return ContributionAnswer(
        person=person, on=on, **period_members(year, month, months), **bill_members(bill)
    )


def period_members(year: int | None, month: int | None, months: int) -> dict[str, Any]:
    """What an answer says of the period of a bill."""
    if month is None:
        return {"year": year}
    return {"month": month_text(month), "months": UNSET if months == 1 else months}


def bill_members(bill: Bill) -> dict[str, Any]:
    """What an answer says of a bill."""
    monthly, funded = bill.base is not None, bool(bill.full_amount)
    equivalent = bill.monthly_equivalent
    return {
        "due": bill.due,
        "late": bill.late,
        "lines": bill.lines,
        "base": bill.base if monthly else UNSET,
        "employer": bill.employer if monthly else UNSET,
        "total_funding": bill.full_amount if funded else UNSET,
        "fiscal_subsidy": bill.subsidy if funded else UNSET,
        "monthly_equivalent": UNSET if equivalent is None else equivalent,
        "assumptions": bill.explanation.assumptions,
        "disputes": bill.explanation.disputes,
        "steps": bill.explanation.shown,
    }


class WaitingAnswer(TypedAnswer, frozen=True, kw_only=True):
    """Months of waiting and the first day of cover, as of a day."""

    json_names: ClassVar[Mapping[str, str]] = {"since": "from"}
    ask: Literal["waiting"] = "waiting"
    person: str
    on: datetime.date
    months: int
    since: datetime.date | None
    """The first day of benefits; None where none is in sight."""
    entitled: bool
    why: Wording
    lapsed_months: int | UnsetType = UNSET
    """The months of the latest lapse, where there is one; so the two that follow."""
    repairable: bool | UnsetType = UNSET
    back_payment: Fen | UnsetType | None = UNSET
    """What they cost, where they may still be paid and it is known."""
    assumptions: tuple[str, ...]
    disputes: tuple[str, ...]
    steps: tuple[Step, ...]


def waiting_answer(
    cover: Cover, on: datetime.date, back_payment: int | None, *, person: str = "person"
) -> WaitingAnswer:
    """The answer about a person's cover on a day; ``back_payment`` in fen."""
    lapsed = bool(cover.lapsed)
    return WaitingAnswer(
        person=person,
        on=on,
        months=cover.waiting_months,
        since=cover.first_day,
        entitled=cover.entitled,
        why=cover.why,
        lapsed_months=len(cover.lapsed) if lapsed else UNSET,
        repairable=cover.repairable if lapsed else UNSET,
        back_payment=back_payment if lapsed else UNSET,
        assumptions=cover.explanation.assumptions,
        disputes=cover.explanation.disputes,
        steps=cover.explanation.shown,
    )


class CeilingAnswer(TypedAnswer, frozen=True, kw_only=True):
    """A resident's major-illness ceiling with incentives, on a day."""

    ask: Literal["ceiling"] = "ceiling"
    person: str
    on: datetime.date
    original: Fen | None
    """None where there is no ceiling."""
    continuity: Fen
    zero_claim: Fen
    ceiling: Fen | None
    """The original one and what is added to it."""
    assumptions: tuple[str, ...]
    disputes: tuple[str, ...]
    steps: tuple[Step, ...]


def ceiling_answer(ceiling: Ceiling, on: datetime.date, *, person: str = "person") -> CeilingAnswer:
    """The answer about a ceiling."""
    return CeilingAnswer(
        person=person,
        on=on,
        original=ceiling.original,
        continuity=ceiling.continuity,
        zero_claim=ceiling.zero_claim,
        ceiling=None if ceiling.original is None else ceiling.original + ceiling.bonus,
        assumptions=ceiling.explanation.assumptions,
        disputes=ceiling.explanation.disputes,
        steps=ceiling.explanation.shown,
    )


class RetirementAnswer(TypedAnswer, frozen=True, kw_only=True):
    """Whether the years suffice for lifelong benefits, and what the missing ones cost."""

    sex: str
    on: datetime.date
    actual_months: int
    deemed_months: int
    required_months: int
    actual_required_months: int
    missing_months: int
    cost: Fen
    assumptions: tuple[str, ...]
    disputes: tuple[str, ...]
    steps: tuple[Step, ...]
    area: str


def retirement_answer(
    years: Retirement,
    area: str,
    sex: str,
    on: datetime.date,
    *,
    actual_months: int,
    deemed_months: int,
) -> RetirementAnswer:
    """The answer about the years of somebody who retires ``on`` a day."""
    return RetirementAnswer(
        area=area,
        sex=sex,
        on=on,
        actual_months=actual_months,
        deemed_months=deemed_months,
        required_months=years.required_months,
        actual_required_months=years.actual_required_months,
        missing_months=years.missing_months,
        cost=years.cost,
        assumptions=years.explanation.assumptions,
        disputes=years.explanation.disputes,
        steps=years.explanation.shown,
    )


class MutualAidAnswer(TypedAnswer, frozen=True, kw_only=True):
    """What a relative may draw on a personal account in one payment, and why."""

    relation: str
    on: datetime.date
    available: Fen
    why: Wording
    assumptions: tuple[str, ...]
    disputes: tuple[str, ...]
    steps: tuple[Step, ...]
    area: str


def mutual_aid_answer(
    today: AidToday, area: str, relation: str, on: datetime.date
) -> MutualAidAnswer:
    """The answer about what a relative may draw."""
    return MutualAidAnswer(
        area=area,
        relation=relation,
        on=on,
        available=today.available,
        why=today.why,
        assumptions=today.explanation.assumptions,
        disputes=today.explanation.disputes,
        steps=today.explanation.shown,
    )
