"""From the inputs of a worked case to an overlay and a scenario, as texts.

Plain templates, one function per kind of case.  Nothing here adds, subtracts, multiplies
or divides; a test reads these files and makes sure.  What a template needs besides the
inputs (which month, which year was paid last) stands in small tables.
"""

from __future__ import annotations

from collections.abc import Callable

from .parts import Inputs, Run
from .periods import (
    account_credit,
    backpay,
    base_clamp,
    flexible_base,
    flexible_year,
    incentive,
    incentive_ceiling,
    monthly_equivalent,
    premium_for_relatives,
    resident_premium,
    subsidised_premium,
    visit_in_waiting,
    waiting,
)
from .visits import (
    cap_crossing,
    half_share,
    implied_wage,
    inpatient,
    major_illness,
    mutual_aid,
    outpatient,
    outpatient_sum_deductible,
    prenatal,
    range_pair,
    upper_layer,
)

__all__ = ["TEMPLATES", "Inputs", "Run"]

TEMPLATES: dict[str, Callable[[Inputs], list[Run]]] = {
    template.__name__: template
    for template in (
        account_credit,
        backpay,
        base_clamp,
        cap_crossing,
        flexible_base,
        flexible_year,
        half_share,
        implied_wage,
        incentive,
        incentive_ceiling,
        inpatient,
        major_illness,
        monthly_equivalent,
        mutual_aid,
        outpatient,
        outpatient_sum_deductible,
        premium_for_relatives,
        prenatal,
        range_pair,
        resident_premium,
        subsidised_premium,
        upper_layer,
        visit_in_waiting,
        waiting,
    )
}
