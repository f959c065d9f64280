"""Beside visits: retirement years, maternity allowance, premium subsidy (M28, M35, M37)."""

from __future__ import annotations

import datetime
from dataclasses import dataclass

from yibao.benefit.explain import Explanation, TraceEntries, explain
from yibao.benefit.functions.contribution import premium_subsidy
from yibao.benefit.functions.maternity import allowance, allowance_days, spouse_payment
from yibao.benefit.functions.retirement import retirement_shortfall, shortfall_cost
from yibao.benefit.people import CLASSES
from yibao.benefit.rules import DayRules, day_rules
from yibao.errors import InputError, RefusedError
from yibao.messages import Listed, message
from yibao.money.units import Fen
from yibao.policy import parameters as p
from yibao.policy.compile import PolicyLibrary
from yibao.policy.keys import KEYS
from yibao.policy.kinds import ContributionClass


@dataclass(frozen=True, slots=True)
class Retirement:
    """Whether the years suffice for lifelong benefits, and what the rest costs."""

    required_months: int
    actual_required_months: int
    missing_months: int
    cost: Fen
    explanation: Explanation
    rulebook: str


def retirement(
    library: PolicyLibrary,
    area: str,
    sex: str,
    on: datetime.date,
    actual_months: int,
    deemed_months: int = 0,
    own_base: int = 0,
) -> Retirement:
    """Years by sex, actual and deemed, on the day of retirement (K32)."""
    rules = day_rules(library, area, on, on)
    trace: TraceEntries = []
    position = KEYS["sex"].members.index(sex)
    missing = retirement_shortfall(rules.rules, position, actual_months, deemed_months, trace)
    if missing < 0:
        raise rules.refusal(missing)
    cost = shortfall_cost(rules.rules, missing, own_base, trace)
    if cost < 0:
        raise rules.refusal(cost)
    return Retirement(
        rules.at(p.RETIREMENT_YEARS, position) * 12,
        rules.rules[p.RETIREMENT_ACTUAL] * 12,
        missing,
        cost,
        explain(rules, trace),
        rules.rulebook.hash,
    )


@dataclass(frozen=True, slots=True)
class Allowance:
    """Maternity allowance: days and amount."""

    days: int
    amount: Fen
    explanation: Explanation
    rulebook: str


def maternity_allowance(
    library: PolicyLibrary,
    area: str,
    on: datetime.date,
    monthly_average: int,
    *,
    contribution_class: str = ContributionClass.EMPLOYER,
    miscarriage: bool = False,
    gestation_months: int = 10,
    difficult: bool = False,
    fetuses: int = 1,
) -> Allowance:
    """Days and amount on the employer's average monthly wage of the year before (O-MT-05)."""
    rules = day_rules(library, area, on, on)
    trace: TraceEntries = []
    cell = rules.cell(p.ALLOWANCE_ELIGIBLE, CLASSES.index(contribution_class))
    if rules.rules[cell] != 1:
        raise InputError(message("这类参保人员没有生育津贴（灵活就业人员只报生育医疗费用）"))
    days = allowance_days(
        rules.rules, int(miscarriage), gestation_months, int(difficult), fetuses, trace
    )
    if days < 0:
        raise rules.refusal(days)
    amount = allowance(rules.rules, monthly_average, days, trace)
    return Allowance(days, amount, explain(rules, trace), rules.rulebook.hash)


def spouse_part(library: PolicyLibrary, area: str, on: datetime.date, payment: int) -> int:
    """What a worker's uninsured spouse gets of a maternity payment."""
    rules = day_rules(library, area, on, on)
    part = spouse_payment(rules.rules, payment)
    if part < 0:
        raise rules.refusal(part)
    return part


@dataclass(frozen=True, slots=True)
class PremiumSubsidy:
    """What comes back of a flexible year's contributions, and from when."""

    amount: Fen
    apply_from: datetime.date | None
    explanation: Explanation


def flexible_subsidy(
    library: PolicyLibrary, area: str, year: int, groups: tuple[str, ...], paid: int
) -> PremiumSubsidy:
    """Pay first, apply in the year after (S3-031)."""
    day = datetime.date(year, 12, 31)
    rules = day_rules(library, area, day, None)
    mask = 0
    for group in groups:
        position = rules.rulebook.groups.get(group)
        if position is None:
            raise InputError(
                message(
                    "政策包里没有人群 {group}：{groups}",
                    group=group,
                    groups=Listed(rules.rulebook.groups),
                )
            )
        mask |= 1 << position
    trace: TraceEntries = []
    amount = premium_subsidy(rules.rules, mask, paid, trace)
    if amount < 0:
        raise _no_subsidy_known(rules, amount)
    month = rules.rules[p.PREMIUM_SUBSIDY_FROM_MONTH]
    apply_from = datetime.date(year + 1, month, 1) if amount and 1 <= month <= 12 else None
    return PremiumSubsidy(amount, apply_from, explain(rules, trace))


def _no_subsidy_known(rules: DayRules, status: int) -> RefusedError:
    """The refusal for a subsidy without a figure; it names the sources that were looked at."""
    sources = rules.citation(-2 - status).sources
    if not sources:
        return rules.refusal(status)
    return RefusedError(
        message(
            "没有找到这类人的灵活就业缴费补贴办法：查过 {sources}，都没有可用的比例，不代为估计",
            sources=Listed(sources),
        )
    )
