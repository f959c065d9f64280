"""What an office promises, asks and reviews; no benefit function reads these parameters."""

from __future__ import annotations

from yibao.policy.declarations import NONE
from yibao.policy.declared import DECLARED

__all__ = [
    "CHRONIC_REVIEW",
    "CLAIM_ALLOWANCE_DAYS",
    "CLAIM_ALLOWANCE_PAYEE",
    "CLAIM_DECISION_DAYS",
    "CLAIM_FILING_LAST_DAY",
    "CLAIM_FILING_YEARS",
    "CLAIM_PROMISED_DAYS",
    "CLAIM_SIGNED_ABOVE",
    "CONDUCT_OUTLIER_SIGMAS",
    "REGISTRATION_CHANGE_DAYS",
    "REGISTRATION_DAYS",
]

_table = DECLARED.table

CLAIM_DECISION_DAYS = _table("manual_claim.decision_days", (), "days", NONE)
CLAIM_PROMISED_DAYS = _table("manual_claim.promised_days", (), "days", NONE)
CLAIM_FILING_YEARS = _table("manual_claim.filing_years", (), "years", NONE)
CLAIM_FILING_LAST_DAY = _table("manual_claim.filing_last_day", (), "count", NONE)
CLAIM_SIGNED_ABOVE = _table("manual_claim.signed_above", (), "yuan", NONE)
"""``filing_last_day``: month and day of the year after the care, as 331 for the end of March."""
CLAIM_ALLOWANCE_DAYS = _table("manual_claim.allowance_decision_days", (), "days", NONE)
CLAIM_ALLOWANCE_PAYEE = _table(
    "manual_claim.allowance_payee", (), "choice", NONE, ("to_person", "to_employer")
)
"""Of the maternity allowance: working days to decide, and to whom it is paid."""
CHRONIC_REVIEW = _table(
    "crossing.chronic_review", ("disease",), "choice", 0, ("reviewed", "commitment")
)
"""Whether the office looks at the proof of a chronic disease first, or a commitment is enough."""
CONDUCT_OUTLIER_SIGMAS = _table("conduct.outlier_sigmas", (), "count", NONE)
"""Above how many standard deviations of its peers an institution's mean stay is looked at."""
REGISTRATION_DAYS = _table("registration.decision_days", (), "days", NONE)
REGISTRATION_CHANGE_DAYS = _table("registration.change_days", (), "days", NONE)
"""Working days in which somebody is registered, and in which a registration is changed."""
