"""Every parameter that the engine knows, with its fixed place in a compiled segment.

A segment of a rulebook is one flat sequence of integers, laid out for that rulebook
(see ``yibao.policy.layout``).  Each constant below is a fixed place at its beginning:
of a parameter without keys the value itself, of a table where its description stands,
from which the accessors of ``yibao.benefit.functions.cells`` find a cell.  Units in a
segment: fen, basis points (percent and points), day numbers (dates), plain counts,
0/1 flags, positions in ``choices``.

A table with the key ``member`` is written by packs as two parameters, one of
the resident scheme and one of the employee scheme by ``status``; a table with
the key ``scheme`` as one parameter of each; a table with ``care`` as one for
each kind of care.
"""

from __future__ import annotations

from yibao.policy.declarations import MISSING, NONE, REQUIRED, Declaration, Table
from yibao.policy.declared import BANDS, DECLARED, GESTATIONS, GROUPS
from yibao.policy.keys import PRICE_CLASSES, TIER_COMMUNITY
from yibao.policy.kinds import Setting
from yibao.policy.parameters_of_cities import *  # noqa: F403 - declared there, used as p.NAME
from yibao.policy.parameters_of_claims import *  # noqa: F403 - declared there, used as p.NAME
from yibao.policy.parameters_of_moving import *  # noqa: F403 - declared there, used as p.NAME

__all__ = [
    "BANDS",
    "DECLARED",
    "GESTATIONS",
    "GROUPS",
    "MISSING",
    "NONE",
    "REQUIRED",
    "Declaration",
    "Table",
]

_table = DECLARED.table


def _of_care(name: str, keys: tuple[str, ...], unit: str, default: int | str = REQUIRED) -> int:
    """A table of every kind of care and member."""
    return _table(f"{{scheme}}.{{care}}.{name}", ("care", "member", *keys), unit, default)


# --- ordinary care: outpatient, inpatient, chronic -------------------------------------

DEDUCTIBLE = _of_care("deductible", ("price_class", "nth"), "yuan")
DEDUCTIBLE_PERIOD = _table(
    "{scheme}.{care}.deductible_period", ("care", "member"), "choice", 0, ("visit", "year")
)
DEDUCTIBLE_YEAR_CEILING = _of_care("deductible_year_ceiling", (), "yuan", NONE)
RATIO = _of_care("ratio", ("price_class", "age", "band"), "percent")
BAND_TOP = _of_care("band_top", ("price_class", "band"), "yuan", NONE)
BAND_PERIOD = _table(
    "{scheme}.{care}.band_period", ("care", "member"), "choice", 0, ("visit", "year", "days")
)
BAND_START = _table(
    "{scheme}.{care}.band_start",
    ("care", "member"),
    "choice",
    0,
    ("with_deductible", "above_deductible"),
)
ANNUAL_CEILING = _of_care("annual_ceiling", (), "yuan")
RETIREE_RULE = _table(
    "employee.{care}.retiree_rule",
    ("care",),
    "choice",
    0,
    ("own_table", "points", "own_share_factor"),
)
RETIREE_POINTS = _table("employee.{care}.retiree_points", ("care", "price_class"), "points", 0)
RETIREE_OWN_SHARE_FACTOR = _table(
    "employee.{care}.retiree_own_share_factor", ("care",), "percent", 10_000
)
FAMILY_DOCTOR_POINTS = _of_care("family_doctor_points", ("price_class",), "points", 0)
GROUP_DEDUCTIBLE_FACTOR = _of_care(
    "group_deductible_factor", ("price_class", "group"), "percent", 10_000
)
GROUP_RATIO = _of_care("group_ratio", ("price_class", "group"), "percent", NONE)
PLACE_POINTS = _of_care("place_points", ("place",), "points", 0)
PLACE_RATIO = _of_care("place_ratio", ("place",), "percent", NONE)
PLACE_DEDUCTIBLE = _of_care("place_deductible", ("place",), "yuan", NONE)


# --- inpatient only ---------------------------------------------------------------------

NTH_FACTOR = _table(
    "{scheme}.inpatient.nth_factor", ("member", "price_class", "nth"), "percent", 10_000
)
NTH_STEP = _table("{scheme}.inpatient.nth_step", ("member", "price_class"), "yuan", 0)
NTH_FLOOR = _table("{scheme}.inpatient.nth_floor", ("member", "price_class"), "yuan", 0)
NTH_APPLIES = _table("{scheme}.inpatient.nth_applies", ("member", "place"), "flag", 1)
DISEASE_POINTS = _table("{scheme}.inpatient.disease_points", ("member", "disease"), "points", 0)
HOME_EMERGENCY = _table(
    "{scheme}.inpatient.home_emergency", ("member",), "choice", 0, ("no_effect", "as_away")
)

# --- chronic and special diseases, two diseases, dual-channel drugs ----------------------

DISEASE_TERMS = ("not_listed", "no_ceiling", "month_ceiling", "year_ceiling", "inpatient_ceiling")
TERMS_NOT_LISTED, TERMS_NO_CEILING, TERMS_MONTH, TERMS_YEAR, TERMS_INPATIENT = range(5)
DISEASE_TERM = _table(
    "{scheme}.chronic.disease_terms", ("scheme", "disease"), "choice", 0, DISEASE_TERMS
)
DISEASE_CEILING = _table("{scheme}.chronic.disease_ceiling", ("scheme", "disease"), "yuan", NONE)
DISEASE_RATIO = _table("{scheme}.chronic.disease_ratio", ("scheme", "disease"), "percent", NONE)
_SETTINGS = tuple(setting.value for setting in Setting)
"""Plain texts, because rulebooks are cached through ``marshal``, which knows no enum."""
DISEASE_SETTING = _table(
    "{scheme}.chronic.disease_setting", ("scheme", "disease"), "choice", 0, _SETTINGS
)
FORMER_ADMITTED_BEFORE = _table("{scheme}.chronic.former_admitted_before", ("scheme",), "date", 0)
FORMER_UNTIL = _table("{scheme}.chronic.former_until", ("scheme",), "date", 0)
FORMER_TERM = _table(
    "{scheme}.chronic.former_disease_terms", ("scheme", "disease"), "choice", 0, DISEASE_TERMS
)
FORMER_CEILING = _table(
    "{scheme}.chronic.former_disease_ceiling", ("scheme", "disease"), "yuan", NONE
)
FORMER_RATIO = _table(
    "{scheme}.chronic.former_disease_ratio", ("scheme", "disease"), "percent", NONE
)

# --- upper layer: large-amount (employee), major-illness (resident) ----------------------

UPPER_RULE = _table(
    "{scheme}.upper.rule",
    ("member",),
    "choice",
    REQUIRED,
    ("none", "above_ceiling", "own_burden", "each_visit", "by_disease"),
)
UPPER_NONE, UPPER_ABOVE_CEILING, UPPER_OWN_BURDEN, UPPER_EACH_VISIT, UPPER_BY_DISEASE = range(5)
UPPER_THRESHOLD = _table("{scheme}.upper.threshold", ("member",), "yuan", 0)
UPPER_BAND_TOP = _table("{scheme}.upper.band_top", ("member", "band"), "yuan", NONE)
UPPER_RATIO = _table("{scheme}.upper.ratio", ("member", "band"), "percent")
UPPER_SECOND_THRESHOLD = _table("{scheme}.upper.second_threshold", ("member",), "yuan", NONE)
UPPER_SECOND_RATIO = _table("{scheme}.upper.second_ratio", ("member",), "percent", 0)
UPPER_ANNUAL_CEILING = _table("{scheme}.upper.annual_ceiling", ("member",), "yuan")
UPPER_CEILING_REACHED = _table(
    "{scheme}.upper.when_basic_ceiling_reached",
    ("member",),
    "choice",
    0,
    ("threshold_applies", "threshold_waived"),
)
UPPER_GROUP_THRESHOLD_FACTOR = _table(
    "{scheme}.upper.group_threshold_factor", ("member", "group"), "percent", 10_000
)
UPPER_GROUP_POINTS = _table("{scheme}.upper.group_points", ("member", "group"), "points", 0)
UPPER_GROUP_UNCAPPED = _table("{scheme}.upper.group_uncapped", ("member", "group"), "flag", 0)

# --- medical assistance ------------------------------------------------------------------

ASSISTANCE_RATIO = _table("assistance.ratio", ("group",), "percent", NONE)
ASSISTANCE_THRESHOLD = _table("assistance.threshold", ("group",), "yuan", 0)
ASSISTANCE_CEILING = _table("assistance.annual_ceiling", ("group",), "yuan", NONE)

# --- catalogue and institutions ----------------------------------------------------------

UPFRONT = _table(
    "{scheme}.catalogue.upfront", ("scheme", "setting", "item_kind", "band"), "percent"
)
GRADE_CLASS = _table(
    "institution.grade_class", ("rank", "grade"), "choice", REQUIRED, PRICE_CLASSES
)
COUNTY_SPLIT = _table("institution.county_split", (), "flag", 0)
PHARMACY_CLASS = _table(
    "institution.pharmacy_class",
    (),
    "choice",
    REQUIRED,
    (*PRICE_CLASSES, "as_prescriber"),
)
PHARMACY_AS_PRESCRIBER = len(PRICE_CLASSES)

# --- contributions -----------------------------------------------------------------------

INDIVIDUAL = _table("resident.contribution.individual", (), "yuan")
FISCAL_SUBSIDY = _table("resident.contribution.fiscal_subsidy", (), "yuan")
WINDOW_OPEN = _table("resident.contribution.window_open", (), "date")
WINDOW_CLOSE = _table("resident.contribution.window_close", (), "date")
_LATE = ("total_funding", "individual_only")
LATE_PAYMENT = _table("resident.contribution.late_payment", (), "choice", REQUIRED, _LATE)
GROUP_INDIVIDUAL = _table("resident.contribution.group_individual", ("group",), "yuan", NONE)
GROUP_SUBSIDY = _table("resident.contribution.group_subsidy", ("group",), "yuan", 0)
GROUP_SUBSIDY_RATIO = _table("resident.contribution.group_subsidy_ratio", ("group",), "percent", 0)
GROUP_LATE_EXEMPT = _table("resident.contribution.group_late_exempt", ("group",), "flag", 0)
NEWBORN_DAYS = _table("resident.contribution.newborn_days", (), "days", 0)
NEWBORN_FREE = _table("resident.contribution.newborn_birth_year_free", (), "flag", 0)
AVERAGE_WAGE_YEAR = _table("employee.contribution.average_wage_year", (), "yuan")
AVERAGE_WAGE_MONTH = _table("employee.contribution.average_wage_month", (), "yuan")
BASE_FLOOR = _table("employee.contribution.base_floor", (), "yuan")
BASE_CEILING = _table("employee.contribution.base_ceiling", (), "yuan")
INDIVIDUAL_RATE = _table("employee.contribution.individual_rate", (), "percent")
EMPLOYER_RATE = _table("employee.contribution.employer_rate", (), "percent")
FLEXIBLE_RATE = _table("employee.contribution.flexible_rate", (), "percent")
FLEXIBLE_LARGE_AMOUNT_YEAR = _table(
    "employee.contribution.flexible_large_amount_year", (), "yuan", 0
)
FLEXIBLE_LARGE_AMOUNT_MONTH = _table(
    "employee.contribution.flexible_large_amount_month", (), "yuan", 0
)
FLEXIBLE_EXTRA_MONTH = _table("employee.contribution.flexible_extra_month", (), "yuan", 0)
PREMIUM_SUBSIDY_RATIO = _table(
    "employee.contribution.premium_subsidy_ratio", ("group",), "percent", 0
)
PREMIUM_SUBSIDY_FROM_MONTH = _table(
    "employee.contribution.premium_subsidy_from_month", (), "months", 0
)

# --- personal account and mutual aid -----------------------------------------------------

CREDIT_AGE_LINE = _table("personal_account.age_line", (), "years", 200, (), (0, 200))
CREDIT_WORKING_RATIO = _table("personal_account.working_ratio", ("credit_age",), "percent")
CREDIT_RETIRED_AMOUNT = _table("personal_account.retired_amount", ("credit_age",), "yuan", NONE)
CREDIT_RETIRED_RATIO = _table("personal_account.retired_pension_ratio", (), "percent", NONE)
ACCOUNT_SCOPE = _table(
    "personal_account.scope", (), "choice", 0, ("own_part", "own_part_in_catalogue")
)
AID_RELATION = _table("mutual_aid.relation", ("relation",), "flag", 0)
AID_FLOOR = _table("mutual_aid.floor", (), "yuan")
AID_OWN_BALANCE = _table(
    "mutual_aid.own_balance", (), "choice", REQUIRED, ("drain_then_grant", "must_be_zero_before")
)
AID_AREA = _table("mutual_aid.area", (), "choice", 0, ("province", "pooling_area", "anywhere"))
AID_GRANTORS = _table("mutual_aid.grantors_per_settlement", (), "count", 1)
AID_GRANTORS_AT_A_TIME = _table("mutual_aid.grantors_at_a_time", (), "count", 0)
"""How many grantors a grantee may have at a time; 0: no number is set."""
AID_PREMIUM = _table("mutual_aid.premium_for_relatives", (), "flag", 0)
WALLET_OPEN = _table("mutual_aid.wallet_open", (), "flag", 1)

# --- waiting periods ---------------------------------------------------------------------

WAITING_FIXED = _table("resident.waiting.fixed", (), "months")
WAITING_PER_YEAR = _table("resident.waiting.per_lapsed_year", (), "months")
WAITING_FREE_YEARS = _table("resident.waiting.uncounted_lapsed_years", (), "count", 0)
WAITING_REPAIR = _table("resident.waiting.repair_per_paid_year", (), "months", 0)
WAITING_FLOOR_YEARS = _table("resident.waiting.floor_from_lapsed_years", (), "years", NONE)
WAITING_FLOOR = _table("resident.waiting.floor", (), "months", 0)
WAITING_EXEMPT = _table("resident.waiting.group_exempt", ("group",), "flag", 0)
WAITING_BRIDGE = _table("resident.waiting.bridge_from_employee", (), "months", 0)
WAITING_START = _table(
    "{scheme}.waiting.start",
    ("scheme",),
    "choice",
    0,
    ("same_day_after_months", "first_of_following_month"),
)
EMPLOYEE_GRACE = _table("employee.waiting.grace", ("class",), "months")
EMPLOYEE_WAITING = _table("employee.waiting.after_lapse", ("class",), "months")
EMPLOYEE_BACK_PAYMENT = _table(
    "employee.waiting.back_payment",
    ("class",),
    "choice",
    REQUIRED,
    ("none", "same_year", "within_grace", "any_time"),
)

# --- incentives --------------------------------------------------------------------------

INCENTIVE_FIRST_YEAR = _table("resident.incentive.first_year", (), "count", NONE)
INCENTIVE_THRESHOLD = _table("resident.incentive.threshold_years", (), "years", 0)
INCENTIVE_CONTINUITY = _table("resident.incentive.continuity_step", (), "yuan", 0)
INCENTIVE_ZERO_CLAIM = _table("resident.incentive.zero_claim_step", (), "yuan", 0)
INCENTIVE_CEILING = _table("resident.incentive.ceiling", (), "percent", 0)
INCENTIVE_AFTER_BREAK = _table(
    "resident.incentive.after_break", (), "choice", 0, ("keep_earned", "lose_earned")
)
INCENTIVE_AFTER_USE = _table(
    "resident.incentive.after_use", (), "choice", 0, ("reset_zero_claim", "reset_both", "keep")
)
INCENTIVE_BREAK_ZERO_CLAIM = _table(
    "resident.incentive.zero_claim_after_break", (), "choice", 0, ("keep", "reset")
)

# --- maternity ---------------------------------------------------------------------------

PRENATAL_QUOTA = _table("{scheme}.maternity.prenatal_quota", ("scheme",), "yuan")
PRENATAL_EXTRA = _table("{scheme}.maternity.prenatal_per_extra_fetus", ("scheme",), "yuan", 0)
PRENATAL_RATIO = _table("{scheme}.maternity.prenatal_ratio", ("scheme",), "percent", 10_000)
PRENATAL_EXCESS = _table(
    "{scheme}.maternity.prenatal_excess",
    ("scheme",),
    "choice",
    0,
    ("person", Setting.OUTPATIENT.value, "ratio"),
)
PRENATAL_EXCESS_PERSON, PRENATAL_EXCESS_OUTPATIENT, PRENATAL_EXCESS_RATE = range(3)
DELIVERY_RATIO = _table("{scheme}.maternity.delivery_ratio", ("scheme", "delivery"), "percent")
DELIVERY_CEILING = _table(
    "{scheme}.maternity.delivery_ceiling", ("scheme", "delivery", "price_class"), "yuan"
)
DELIVERY_WITH_PRENATAL = _table(
    "{scheme}.maternity.ceiling_includes_prenatal", ("scheme",), "flag", 0
)
MISCARRIAGE_AMOUNT = _table(
    "{scheme}.maternity.miscarriage_ceiling", ("scheme", "gestation"), "yuan", NONE
)
GESTATION_FROM = _table("maternity.gestation_from", ("gestation",), "months", NONE)
SPOUSE_RATIO = _table("maternity.spouse_ratio", (), "percent", NONE)
QUALIFYING_MONTHS = _table("maternity.qualifying_months", ("class",), "months", 0)
ALLOWANCE_ELIGIBLE = _table("maternity.allowance_for", ("class",), "flag", 0)
ALLOWANCE_DAYS = _table("maternity.allowance_days", (), "days")
ALLOWANCE_DIFFICULT = _table("maternity.allowance_difficult_days", (), "days", 0)
ALLOWANCE_PER_CHILD = _table("maternity.allowance_extra_child_days", (), "days", 0)
ALLOWANCE_MISCARRIAGE = _table("maternity.allowance_miscarriage_days", ("gestation",), "days", NONE)
ALLOWANCE_MONTH_DAYS = _table("maternity.allowance_month_days", (), "days", 30)

# --- retirement --------------------------------------------------------------------------

RETIREMENT_YEARS = _table("retirement.years", ("sex",), "years")
RETIREMENT_ACTUAL = _table("retirement.actual_years", (), "years", 0)
SHORTFALL_RATE = _table("retirement.shortfall_rate", (), "percent")
SHORTFALL_BASE = _table(
    "retirement.shortfall_base",
    (),
    "choice",
    REQUIRED,
    ("base_floor", "average_wage_month", "own_base"),
)

# --- persons, stays, rounding ------------------------------------------------------------

AGE_LINE = _table("person.age_line", (), "years", 200, (), (0, 200))
STAY_YEAR = _table("stay.year_by", (), "choice", REQUIRED, ("discharge", "admission"))
STAY_PERSON = _table("stay.person_by", (), "choice", REQUIRED, ("admission", "discharge"))
STAY_OVERLAP = _table("stay.overlap", (), "choice", 0, ("unchecked", "warn", "refuse"))
OVERLAP_UNCHECKED, OVERLAP_WARN, OVERLAP_REFUSE = range(3)
CATALOGUE_DIRECT = _table(
    "crossing.direct_catalogue", (), "choice", REQUIRED, ("care_area", "home_area")
)
CATALOGUE_MANUAL = _table(
    "crossing.manual_catalogue", (), "choice", REQUIRED, ("home_area", "care_area")
)
FILING_TEMPORARY_MONTHS = _table("crossing.temporary_filing_months", (), "months", NONE)
ROUNDING = ("half_up_fen", "down_fen", "up_fen", "half_up_jiao")
ROUND_FUND = _table("rounding.fund", (), "choice", REQUIRED, ROUNDING)
ROUND_ITEM = _table("rounding.item", (), "choice", REQUIRED, ROUNDING)
ROUND_BILL = _table("rounding.bill", (), "choice", REQUIRED, ROUNDING)

# --- operations of the store; tables are added at the end, see Rulebook.from_canonical ---

AID_REVIEW = _table("mutual_aid.review", (), "choice", 0, ("none", "office"))
ACCOUNT_CLOSING = _table(
    "personal_account.closing", ("closing",), "choice", REQUIRED, ("pay_out", "heir", "move")
)
REFUND_UNTIL = _table(
    "{scheme}.contribution.refund_until",
    ("scheme",),
    "choice",
    REQUIRED,
    ("before_period", "while_unused", "never"),
)
REVERSAL_ORDER = _table("reversal.order", (), "choice", 0, ("refuse", "propose"))
REVERSAL_REFUSE, REVERSAL_PROPOSE = range(2)
OVERPAID = _table("employee.contribution.overpaid", (), "choice", REQUIRED, ("channel", "account"))

# --- fixed amounts of contributions, subsidies by group, a window past New Year, yearly credits ---

INDIVIDUAL_EXTRA_MONTH = _table("employee.contribution.individual_extra_month", (), "yuan", 0)
RETIRED_MONTH = _table("employee.contribution.retired_month", (), "yuan", NONE)
FLEXIBLE_AMOUNT_MONTH = _table("employee.contribution.flexible_amount_month", (), "yuan", NONE)
GROUP_FISCAL_SUBSIDY = _table(
    "resident.contribution.group_fiscal_subsidy", ("group",), "yuan", NONE
)
WINDOW_COVER_FROM = _table(
    "resident.contribution.window_cover_from", (), "choice", 0, ("payment", "new_year")
)
CREDIT_RETIRED_PERIOD = _table(
    "personal_account.retired_period", (), "choice", 0, ("month", "year")
)
GROUP_NTH_FACTOR = _table(
    "{scheme}.inpatient.group_nth_factor", ("member", "nth", "group"), "percent", NONE
)
COMMUNITY_AWAY = _table(
    "institution.community_class_away", (), "choice", TIER_COMMUNITY, PRICE_CLASSES
)
UPPER_COUNTS_OUTPATIENT = _table("{scheme}.upper.counts_outpatient", ("member",), "flag", 0)
UPPER_COUNTS_UPFRONT = _table("{scheme}.upper.counts_upfront", ("member",), "flag", 0)
UPPER_COUNTS_ABOVE_CEILING = _table("{scheme}.upper.counts_above_ceiling", ("member",), "flag", 1)
UPPER_SETTLED = _table(
    "{scheme}.upper.settled", ("member",), "choice", 0, ("at_visit", "after_year")
)
PRENATAL_EXCESS_RATIO = _table(
    "{scheme}.maternity.prenatal_excess_ratio", ("scheme",), "percent", 0
)
PRENATAL_CEILING = _table("{scheme}.maternity.prenatal_ceiling", ("scheme",), "yuan", NONE)
FIRST_VISIT_RULE = _table(
    "{scheme}.outpatient.first_visit_rule",
    ("member", "group"),
    "choice",
    0,
    ("none", "primary_or_signed"),
)
FIRST_CONTACT = _table("institution.first_contact", ("price_class",), "flag", 0)
CREDIT_RETIRED_MONTH = _table("personal_account.retired_credit_month", (), "count", 1)

# --- ceilings that kinds of care share, and amounts of groups -----------------------------

_POOLS = ("own", "with_inpatient")
OUTPATIENT_POOL = _table("{scheme}.outpatient.ceiling_pool", ("member",), "choice", 0, _POOLS)
CHRONIC_POOL = _table("{scheme}.chronic.ceiling_pool", ("member",), "choice", 0, _POOLS)
CEILING_ON = _table("{scheme}.inpatient.ceiling_on", ("member",), "choice", 0, ("payments", "cost"))
GROUP_CEILING = _of_care("group_ceiling", ("group",), "yuan", NONE)
AGE_DEDUCTIBLE = _of_care("age_deductible", ("price_class", "age"), "yuan", NONE)
DEDUCTIBLE_EVERY_DAYS = _table(
    "{scheme}.inpatient.deductible_every_days", ("member", "hospital_kind"), "days", NONE
)
YEAR_FIRST_MONTH = _table("{scheme}.benefit_year.first_month", ("scheme",), "count", 1, (), (1, 12))
CEILING_PERIOD = _table(
    "{scheme}.outpatient.ceiling_period", ("member",), "choice", 0, ("year", "month", "quarter")
)

RESIDENT_BASE = _table("resident.contribution.base", (), "yuan", NONE)
STAFF_WAGE = _table("employee.contribution.staff_wage_two_years_before", (), "yuan", NONE)

# --- groups by age and plan, and what they have of their own ------------------------------

GROUP_DEDUCTIBLE = _of_care("group_deductible", ("price_class", "nth", "group"), "yuan", NONE)
FAMILY_DOCTOR_DEDUCTIBLE = _of_care("family_doctor_deductible", ("price_class",), "yuan", NONE)
GROUP_POINTS = _of_care("group_points", ("price_class", "group"), "points", 0)
PLAN_RATIO = _of_care("plan_ratio", ("price_class", "band", "group"), "percent", NONE)
ITEM_POINTS = _of_care("item_points", ("price_class", "item_group"), "points", 0)
UPFRONT_BAND_TOP = _table(
    "{scheme}.catalogue.upfront_band_top",
    ("scheme", "setting", "item_kind", "band"),
    "yuan",
    NONE,
)
PLAN_INDIVIDUAL_RATE = _table(
    "employee.contribution.plan_individual_rate", ("group",), "percent", NONE
)
PLAN_EMPLOYER_RATE = _table("employee.contribution.plan_employer_rate", ("group",), "percent", NONE)
PLAN_FLEXIBLE_RATE = _table("employee.contribution.plan_flexible_rate", ("group",), "percent", NONE)
CREDIT_GROUP_RATIO = _table("personal_account.group_working_ratio", ("group",), "percent", NONE)
GROUP_FROM_AGE = _table("person.group_from_age", ("group",), "years", NONE)
GROUP_TO_AGE = _table("person.group_to_age", ("group",), "years", NONE)

# --- employers: late fee a day, until which day, share of the month before if undeclared ---
LATE_FEE = _table("employee.contribution.late_fee", (), "percent", NONE)
_DAYS, _SHARE = ("through_payment", "before_payment"), (10_000, 20_000)
LATE_FEE_DAYS = _table("employee.contribution.late_fee_days", (), "choice", 0, _DAYS)
UNDECLARED_RATIO = _table("employee.contribution.undeclared_ratio", (), "percent", NONE, (), _SHARE)
UPPER_ABOVE_RATIO = _table("{scheme}.upper.above_ceiling_ratio", ("member",), "percent", NONE)
TABLES = DECLARED.tables
DECLARATIONS = DECLARED.parameters
"""The parameters as packs write them, by name."""
