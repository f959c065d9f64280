"""Parameters of shapes that some cities have, see :mod:`yibao.policy.parameters`."""

from __future__ import annotations

from yibao.policy.declarations import NONE
from yibao.policy.declared import DECLARED
from yibao.policy.keys import KEYS, TIER_COMMUNITY

__all__ = [
    "CEILING_AT_LEAST",
    "COMMUNITY_CLASS",
    "DEDUCTIBLE_DAYS",
    "DEDUCTIBLE_DAYS_AT",
    "DEDUCTIBLE_FREE",
    "FLEXIBLE_WINDOW_CLOSE",
    "FLEXIBLE_WINDOW_OPEN",
    "GROUP_COVER_FROM_MONTH",
    "GROUP_HOME_TERMS",
    "INCENTIVE_AS_COUNTED",
    "INCENTIVE_KIND",
    "OUTPATIENT_DELIVERY_CEILING",
    "UPPER_DISEASE_RATIO",
    "UPPER_GROUP_DISEASE_RATIO",
    "VILLAGE_CLASS",
]

_table = DECLARED.table

# --- meanings that older rulebooks do not have: they keep the old one ---

INCENTIVE_KIND = _table("resident.incentive.visit_kind", (), "choice", 0, ("written", "counted"))
INCENTIVE_AS_COUNTED = 1

# --- kinds of institutions, miscarriages without a stay, ceilings and layers of some cities ---

COMMUNITY_CLASS = _table(
    "institution.community_class", (), "choice", TIER_COMMUNITY, KEYS["price_class"].members
)
VILLAGE_CLASS = _table(
    "institution.village_class", (), "choice", TIER_COMMUNITY, KEYS["price_class"].members
)
DEDUCTIBLE_FREE = _table(
    "{scheme}.inpatient.deductible_free", ("member", "hospital_kind"), "flag", 0
)
DEDUCTIBLE_DAYS = _table("{scheme}.{care}.deductible_days", ("care", "member"), "days", NONE)
DEDUCTIBLE_DAYS_AT = _table(
    "{scheme}.{care}.deductible_days_at",
    ("care", "member"),
    "choice",
    0,
    ("together", "institution"),
)
OUTPATIENT_DELIVERY_CEILING = _table(
    "{scheme}.maternity.outpatient_ceiling", ("scheme", "delivery"), "yuan", NONE
)
CEILING_AT_LEAST = _table("{scheme}.inpatient.ceiling_at_least", ("member",), "yuan", NONE)
UPPER_DISEASE_RATIO = _table("{scheme}.upper.disease_ratio", ("member", "disease"), "percent", NONE)
UPPER_GROUP_DISEASE_RATIO = _table(
    "{scheme}.upper.group_disease_ratio", ("member", "group"), "percent", NONE
)
GROUP_COVER_FROM_MONTH = _table(
    "resident.contribution.group_cover_from_month", ("group",), "count", NONE, (), (1, 12)
)
FLEXIBLE_WINDOW_OPEN = _table("employee.contribution.flexible_window_open", (), "date", NONE)
FLEXIBLE_WINDOW_CLOSE = _table("employee.contribution.flexible_window_close", (), "date", NONE)
GROUP_HOME_TERMS = _table("crossing.group_home_terms", ("group",), "flag", 0)
