"""What is worked out for a question, by the name that readings give it."""

from __future__ import annotations

from collections.abc import Callable, Mapping

from yibao.inquiry.ask.away import ratio_away
from yibao.inquiry.ask.compared import areas_apart
from yibao.inquiry.ask.draft import Draft
from yibao.inquiry.ask.family import family_bill
from yibao.inquiry.ask.periods import (
    allowance_days,
    cover_after_lapse,
    employee_lapse,
    retirement_gap,
)
from yibao.inquiry.ask.premiums import (
    account_base,
    base_bill,
    flexible_bill,
    resident_bill,
    resident_late,
)
from yibao.inquiry.ask.visits import (
    birth_bill,
    days_apart,
    schemes_apart,
    visit_bill,
    visits_of_year,
)

COMPUTED: Mapping[str, Callable[[Draft], None]] = {
    "visit": visit_bill,
    "ratio_away": ratio_away,
    "areas_apart": areas_apart,
    "schemes_apart": schemes_apart,
    "days_apart": days_apart,
    "visits_of_year": visits_of_year,
    "birth": birth_bill,
    "resident_bill": resident_bill,
    "resident_late": resident_late,
    "flexible_bill": flexible_bill,
    "base_bill": base_bill,
    "account_base": account_base,
    "family_bill": family_bill,
    "employee_lapse": employee_lapse,
    "allowance_days": allowance_days,
    "cover_after_lapse": cover_after_lapse,
    "retirement_gap": retirement_gap,
}
