"""Worked cases of contributions, cover and incentives, as texts."""

from __future__ import annotations

from .parts import (
    EMPLOYER,
    FLEXIBLE,
    NO_UPPER,
    RESIDENT,
    RETIRED,
    Inputs,
    Run,
    basic_layer,
    overlay,
    percent,
    person,
    scenario,
    stay,
    yuan,
)

MONTHS = tuple(f"2025-{number:02d}" for number in range(1, 13))
FIRST_MONTH = {12: "2025-01", 9: "2025-04"}
"""First month of a flexible year that ends in December."""
BACK_PAID = {3: "2025-07", 4: "2025-08"}
"""The month after those missed from April on, in which payment resumes."""
LAST_PAID = {0: 2024, 1: 2023, 2: 2022}
"""Year paid last before 2025, by the number of lapsed years between."""
STREAK_ENDS = {4: "2028-12-31", 28: "2052-12-31"}
"""Last day of a streak that starts in 2025."""


# --- contributions -----------------------------------------------------------------------


def resident_premium(case: Inputs) -> list[Run]:
    opens, closes = case["window"]
    rules = overlay(
        ("resident.contribution.individual", yuan(case["individual"])),
        ("resident.contribution.fiscal_subsidy", yuan(case["subsidy"])),
        ("resident.contribution.window_open", opens),
        ("resident.contribution.window_close", closes),
        ("resident.contribution.late_payment", "total_funding"),
    )
    steps = [f"contribute: {{person: wang, year: {closes[:4]}, paid_on: {case['paid_on']}}}"]
    return [Run(rules, scenario([person("wang", RESIDENT)], steps))]


def monthly_equivalent(case: Inputs) -> list[Run]:
    rules = overlay(("resident.contribution.individual", yuan(case["annual"])))
    steps = ["contribute: {person: wang, year: 2025, paid_on: 2024-12-20}"]
    return [Run(rules, scenario([person("wang", RESIDENT)], steps))]


def subsidised_premium(case: Inputs) -> list[Run]:
    rules = overlay(
        ("resident.contribution.individual", yuan(case["individual"])),
        ("resident.contribution.group_subsidy", "group", "{low_income: 0.00}"),
        (
            "resident.contribution.group_subsidy_ratio",
            "group",
            f"{{low_income: {percent(case['subsidy_bp'])}}}",
        ),
    )
    poor = person("wang", RESIDENT, "groups: [{group: low_income, from: 2024-01-01}]")
    steps = ["contribute: {person: wang, year: 2025, paid_on: 2024-12-20}"]
    return [Run(rules, scenario([poor], steps))]


def flexible_rules(rate: int, large_amount: int) -> tuple[tuple[str, str], ...]:
    return (
        ("employee.contribution.base_floor", "0.00"),
        ("employee.contribution.base_ceiling", "100000.00"),
        ("employee.contribution.flexible_rate", percent(rate)),
        ("employee.contribution.flexible_large_amount_year", yuan(large_amount)),
        ("employee.contribution.flexible_large_amount_month", "0.00"),
        ("employee.contribution.flexible_extra_month", "0.00"),
    )


def flexible_bill(case: Inputs, base: int, rate: int) -> list[Run]:
    first, terms = FIRST_MONTH[case["months"]], f"base: {yuan(base)}, "
    steps = [
        f"ask: {{contribution: li, month: {first}, {terms}on: {first}-10}}",
        f"contribute: {{person: li, month: {first}, months: {case['months']}, {terms}"
        f"paid_on: {first}-10}}",
    ]
    rules = overlay(*flexible_rules(rate, case["large_amount"]))
    return [Run(rules, scenario([person("li", FLEXIBLE)], steps))]


def flexible_year(case: Inputs) -> list[Run]:
    """The seeds give the month's amount only: the whole of a base of that amount."""
    return flexible_bill(case, case["monthly"], 10_000)


def flexible_base(case: Inputs) -> list[Run]:
    return flexible_bill(case, case["base"], case["rate_bp"])


def base_clamp(case: Inputs) -> list[Run]:
    wage = "employee.contribution.average_wage_month"
    rules = overlay(
        (wage, yuan(case["average"])),
        *(
            (
                f"employee.contribution.base_{limit}",
                f"{{formula: {{percent: {percent(case[share])}, of: {wage}}}}}",
            )
            for limit, share in (("floor", "min_bp"), ("ceiling", "max_bp"))
        ),
    )
    steps = [
        f"ask: {{contribution: li, month: 2025-03, base: {yuan(base)}, on: 2025-03-10}}"
        for base in case["declared"]
    ]
    return [Run(rules, scenario([person("li", EMPLOYER)], steps))]


def backpay(case: Inputs) -> list[Run]:
    base = f"base: {yuan(case['monthly'])}, "
    rules = overlay(
        *flexible_rules(10_000, 0),
        ("employee.waiting.grace", str(case["grace_months"])),
        ("employee.waiting.back_payment", "within_grace"),
        ("employee.waiting.after_lapse", "6"),
    )
    paid = [f"{{month: {month}, {base}paid_on: {month}-10}}" for month in MONTHS[:3]]
    flexible = person("li", FLEXIBLE, f"contributions: [{', '.join(paid)}]")
    runs = []
    for missed in case["missed"]:
        resumed = BACK_PAID[missed]
        steps = [
            f"ask: {{waiting: li, on: {resumed}-01}}",
            f"contribute: {{person: li, month: 2025-04, months: {missed}, {base}"
            f"paid_on: {resumed}-01}}",
            f"contribute: {{person: li, month: {resumed}, {base}paid_on: {resumed}-01}}",
            f"ask: {{waiting: li, on: {resumed}-01}}",
        ]
        runs.append(Run(rules, scenario([flexible], steps)))
    return runs


def premium_for_relatives(case: Inputs) -> list[Run]:
    rules = overlay(
        ("resident.contribution.individual", yuan(case["premium"])),
        ("mutual_aid.floor", yuan(case["floor"])),
    )
    relatives = [f"relative{number}" for number in range(case["relatives"])]
    grants = [
        f"  - {{grantor: li, grantee: {name}, relation: parent, from: 2024-10-01}}"
        for name in relatives
    ]
    people = [person("li", EMPLOYER, f"account: {yuan(case['grantor'])}")]
    people += [person(name, RESIDENT) for name in relatives]
    steps = [
        f"contribute: {{person: {name}, year: 2025, paid_on: 2024-12-01, draw: [li]}}"
        for name in relatives
    ]
    steps.append("ask: {balance: li, on: 2024-12-01}")
    return [Run(rules, scenario(people, steps, "grants:", *grants))]


def account_credit(case: Inputs) -> list[Run]:
    base = yuan(case["base"])
    rules = overlay(
        ("employee.contribution.base_floor", base),
        ("personal_account.working_ratio", percent(case["own_bp"])),
        ("personal_account.retired_amount", yuan(case["retired_month"])),
    )
    paid = [f"{{month: {month}, base: {base}}}" for month in MONTHS]
    people = [
        person("worker", EMPLOYER, f"contributions: [{', '.join(paid)}]"),
        person("retiree", RETIRED),
    ]
    steps = [
        f"credit: {{person: {who}, month: {month}}}"
        for who in ("worker", "retiree")
        for month in MONTHS
    ]
    steps += [f"ask: {{balance: {who}, on: 2025-12-31}}" for who in ("worker", "retiree")]
    return [Run(rules, scenario(people, steps))]


# --- cover and incentives ------------------------------------------------------------------


def waiting_rules(fixed: int, per_year: int, closes: str) -> tuple[tuple[str, str], ...]:
    return (
        ("resident.contribution.window_close", closes),
        ("resident.waiting.fixed", str(fixed)),
        ("resident.waiting.per_lapsed_year", str(per_year)),
        ("resident.waiting.uncounted_lapsed_years", "0"),
        ("resident.waiting.start", "same_day_after_months"),
    )


def paid_years(last_paid: int, paid_on: str) -> str:
    return (
        f"contributions: [{{year: {last_paid}, paid_on: {last_paid}-01-05}}, "
        f"{{year: 2025, paid_on: {paid_on}}}]"
    )


def waiting(case: Inputs) -> list[Run]:
    rules = overlay(*waiting_rules(case["fixed"], case["per_year"], case["window"][1]))
    paid = paid_years(LAST_PAID[case["lapsed_years"]], case["paid_on"])
    steps = [f"ask: {{waiting: wang, on: {case['paid_on']}}}"]
    return [Run(rules, scenario([person("wang", RESIDENT, paid)], steps))]


def visit_in_waiting(case: Inputs) -> list[Run]:
    """Paid on the first late day, as in C12, so that cover starts three months later."""
    rules = overlay(
        *waiting_rules(3, 1, "2025-02-28"),
        *basic_layer("resident.inpatient", case["deductible"], case["ratio_bp"], None),
        *NO_UPPER,
    )
    steps = [
        f"ask: {{waiting: wang, on: {case['visit_on']}}}",
        stay("visit", "wang", f"total: {yuan(case['eligible'])}", case["visit_on"]),
    ]
    late = person("wang", RESIDENT, paid_years(2024, "2025-03-01"))
    return [Run(rules, scenario([late], steps))]


def incentive_rules(threshold: int, step: int) -> tuple[tuple[str, str], ...]:
    return (
        ("resident.incentive.first_year", "2025"),
        ("resident.incentive.threshold_years", str(threshold)),
        ("resident.incentive.continuity_step", yuan(step)),
        ("resident.incentive.zero_claim_step", "0.00"),
    )


def incentive(case: Inputs) -> list[Run]:
    rules = overlay(*incentive_rules(case["threshold"], case["step"]))
    steps = [f"ask: {{ceiling: wang, on: {STREAK_ENDS[case['streak']]}}}"]
    return [Run(rules, scenario([person("wang", RESIDENT)], steps))]


def incentive_ceiling(case: Inputs) -> list[Run]:
    rules = overlay(
        *incentive_rules(0, case["step"]),
        ("resident.incentive.ceiling", percent(case["max_bp"])),
        ("resident.upper.annual_ceiling", yuan(case["cap"])),
    )
    steps = [f"ask: {{ceiling: wang, on: {STREAK_ENDS[case['steps']]}}}"]
    return [Run(rules, scenario([person("wang", RESIDENT)], steps))]
