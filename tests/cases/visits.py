"""Worked cases of visits and of who pays for them, as texts."""

from __future__ import annotations

from .parts import (
    EMPLOYER,
    NO_UPPER,
    NO_YEAR_CEILING,
    RESIDENT,
    RETIRED,
    Inputs,
    Run,
    basic_layer,
    clinic,
    overlay,
    percent,
    person,
    scenario,
    stay,
    yuan,
)

# --- mutual aid -----------------------------------------------------------------------------


ARREARS = {"active": (), "arrears": ("contributions: [{year: 2024, paid_on: 2023-12-01}]",)}


def mutual_aid(case: Inputs) -> list[Run]:
    """A pharmacy bill that no fund pays; the relation's dates are those of the real pack."""
    rules = overlay(
        ("mutual_aid.floor", yuan(case["floor"])),
        ("mutual_aid.own_balance", case["mode"]),
    )
    first, last = case["auth"]
    limit = "" if case["ceiling"] is None else f", limit: {yuan(case['ceiling'])}"
    grant = (
        f"  - {{grantor: li, grantee: wang, relation: {case['relation']}, "
        f"from: {first}, to: {last}{limit}}}"
    )
    people = [
        person("li", EMPLOYER, f"account: {yuan(case['grantor'])}"),
        person("wang", RESIDENT, f"account: {yuan(case['own'])}", *ARREARS[case["grantee_status"]]),
    ]
    steps = [
        "{visit: visit, person: wang, institution: pharmacy, kind: pharmacy, "
        f"on: {case['on']}, total: {yuan(case['need'])}, draw: [own, li]}}",
        f"ask: {{balance: li, on: {case['on']}}}",
    ]
    return [Run(rules, scenario(people, steps, "grants:", grant))]


# --- visits -----------------------------------------------------------------------------------


def one_stay(deductible: int, ratio: int, ceiling: int | None, total: str) -> Run:
    rules = overlay(*basic_layer("employee.inpatient", deductible, ratio, ceiling), *NO_UPPER)
    return Run(rules, scenario([person("li", EMPLOYER)], [stay("visit", "li", total)]))


def inpatient(case: Inputs) -> list[Run]:
    total = f"total: {yuan(case['total'])}"
    if case["class_b"]:
        terms = f"amount: {yuan(case['class_b'])}, upfront: {percent(case['b_first_bp'])}"
        total = f"items: [{{class: A, amount: {yuan(case['class_a'])}}}, {{class: B, {terms}}}]"
    return [one_stay(case["deductible"], case["ratio_bp"], case["cap_left"], total)]


def range_pair(case: Inputs) -> list[Run]:
    total = f"total: {yuan(case['eligible'])}"
    pairs = zip(case["deductible"], case["ratio_bp"], strict=True)
    return [one_stay(deductible, ratio, None, total) for deductible, ratio in pairs]


def half_share(case: Inputs) -> list[Run]:
    total = f"total: {yuan(case['base'])}"
    ratios = f"{{working: {percent(case['worker_bp'])}, retired: {percent(case['retired_bp'])}}}"
    rules = overlay(
        ("employee.inpatient.deductible", "0.00"),
        ("employee.inpatient.ratio", "status", ratios),
        ("employee.inpatient.annual_ceiling", "none"),
        *NO_UPPER,
    )
    return [
        Run(rules, scenario([person("li", status)], [stay("visit", "li", total)]))
        for status in (EMPLOYER, RETIRED)
    ]


def cap_crossing(case: Inputs) -> list[Run]:
    rules = overlay(
        *basic_layer("employee.inpatient", case["deductible"], case["ratio_bp"], case["cap"]),
        *NO_UPPER,
    )
    used = f"used: {{year: 2025, inpatient_pooled: {yuan(case['paid_before'])}}}"
    steps = [stay("visit", "li", f"total: {yuan(case['total'])}")]
    return [Run(rules, scenario([person("li", EMPLOYER, used)], steps))]


def upper_layer(case: Inputs) -> list[Run]:
    """One person has used up the basic ceiling; another uses up both with one huge bill."""
    rules = overlay(
        *basic_layer("employee.inpatient", 0, 10_000, case["basic_cap"]),
        ("employee.upper.rule", "above_ceiling"),
        ("employee.upper.ratio", percent(case["ratio_bp"])),
        ("employee.upper.annual_ceiling", yuan(case["cap"])),
    )
    used = (
        f"used: {{year: 2025, inpatient_pooled: {yuan(case['basic_cap'])}, "
        f"upper: {yuan(case['paid_before'])}}}"
    )
    people = [person("li", EMPLOYER, used), person("zhao", EMPLOYER)]
    steps = [
        stay("visit", "li", f"total: {yuan(case['base'])}"),
        stay("huge", "zhao", "total: 1000000.00"),
    ]
    return [Run(rules, scenario(people, steps))]


def major_illness(case: Inputs) -> list[Run]:
    """The basic layer pays nothing, so that the whole bill is the person's own payment."""
    rules = overlay(
        *basic_layer("resident.inpatient", 0, 0, None),
        ("resident.upper.rule", "own_burden"),
        ("resident.upper.threshold", yuan(case["deductible"])),
        ("resident.upper.ratio", percent(case["ratio_bp"])),
        ("resident.upper.second_threshold", yuan(case["second_threshold"])),
        ("resident.upper.second_ratio", percent(case["second_bp"])),
        ("resident.upper.annual_ceiling", yuan(case["cap"])),
    )
    steps = [stay("visit", "wang", f"total: {yuan(case['own'])}")]
    return [Run(rules, scenario([person("wang", RESIDENT)], steps))]


def outpatient(case: Inputs) -> list[Run]:
    rules = overlay(
        *basic_layer("employee.outpatient", case["deductible"], case["ratio_bp"], case["cap"]),
        NO_YEAR_CEILING,
    )
    used = f"used: {{year: 2024, outpatient_pooled: {yuan(case['paid_before'])}}}"
    steps = [clinic(f"total: {yuan(case['eligible'])}")]
    return [Run(rules, scenario([person("li", EMPLOYER, used)], steps))]


def outpatient_sum_deductible(case: Inputs) -> list[Run]:
    rules = overlay(
        *basic_layer("employee.outpatient", case["per_visit"], case["ratio_bp"], None),
        ("employee.outpatient.deductible_year_ceiling", yuan(case["year_ceiling"])),
    )
    used = f"used: {{year: 2024, outpatient_deductible: {yuan(case['used'])}}}"
    steps = [clinic(f"total: {yuan(case['eligible'])}"), "ask: {accumulators: li, year: 2024}"]
    return [Run(rules, scenario([person("li", EMPLOYER, used)], steps))]


def implied_wage(case: Inputs) -> list[Run]:
    """The ceiling as the stated share of the wage that the case arrives at."""
    wage = "employee.contribution.average_wage_year"
    share = f"{{formula: {{percent: {percent(case['bp'])}, of: {wage}}}}}"
    rules = overlay(
        (wage, yuan(case["implied_annual_wage"])),
        ("employee.outpatient.deductible", "0.00"),
        ("employee.outpatient.ratio", "100"),
        ("employee.outpatient.annual_ceiling", share),
        NO_YEAR_CEILING,
    )
    return [Run(rules, scenario([person("li", EMPLOYER)], [clinic("total: 100000.00")]))]


def prenatal(case: Inputs) -> list[Run]:
    rules = overlay(
        ("employee.maternity.prenatal_quota", yuan(case["cap"])),
        ("employee.maternity.prenatal_per_extra_fetus", yuan(case["extra"])),
        ("employee.maternity.prenatal_ratio", "100"),
        ("employee.maternity.prenatal_excess", "outpatient"),
    )
    steps = [
        "{visit: visit, person: li, institution: hospital, kind: maternity, on: 2025-03-01, "
        f"fetuses: {case['fetuses']}, total: {yuan(case['spent'])}}}"
    ]
    return [Run(rules, scenario([person("li", EMPLOYER)], steps))]
