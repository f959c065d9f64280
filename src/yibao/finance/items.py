"""What a fund statement calls the money that comes in and goes out, scheme by scheme and part
by part.

The names of the items are recalled from the ministry's accounting rules (财社〔2017〕144号), which
no source at hand prints.
"""

from __future__ import annotations

from collections.abc import Mapping

from yibao.employers.pricing import ASSESSED_PART, EMPLOYER_PART
from yibao.ledger.chart import PREMIUM_SUBSIDY
from yibao.messages import Text, message, message_in
from yibao.policy.kinds import Scheme, TextEnum, VisitKind


class FundPart(TextEnum):
    """Money that is counted apart within a scheme."""

    POOLED = "pooled_part"
    UPPER = "upper_part"
    """What the large-amount and major-illness layers are paid from."""
    ASSISTANCE = "assistance_part"
    ACCOUNT = "accounts_part"
    """What belongs to people's own accounts, and what is still to be credited to them."""


LAYERS: Mapping[str, FundPart] = {
    "pooled": FundPart.POOLED,
    "other": FundPart.POOLED,
    "upper": FundPart.UPPER,
    "upper_after_year": FundPart.UPPER,
    "assistance": FundPart.ASSISTANCE,
    "account": FundPart.ACCOUNT,
}
"""Layers of the ledger's fund accounts."""
LAYER_OF: Mapping[str, str] = {
    part: next(layer for layer, of_part in LAYERS.items() if of_part is part) for part in FundPart
}
"""The layer that money of a part is booked on."""


class FundSide(TextEnum):
    """Where an item stands; ``BETWEEN``: from one part to another, nothing comes or goes."""

    INCOME = "fund_income"
    SPENDING = "fund_spending"
    BETWEEN = "between_parts"


class FundItem(TextEnum):
    """A line of the statement."""

    OPENING = "opened_with"
    BY_EMPLOYERS = "paid_by_employers"
    BY_PERSONS = "paid_by_persons"
    BY_FLEXIBLE = "paid_by_flexible"
    BY_RESIDENTS = "paid_by_residents"
    LARGE_AMOUNT = "paid_for_large_amounts"
    SUBSIDY = "subsidy_of_state"
    INTEREST = "interest_earned"
    TRANSFER_IN = "transferred_in"
    FROM_ABOVE = "from_higher_level"
    FROM_BELOW = "from_lower_level"
    LATE_FEE = "late_fees"
    OTHER_INCOME = "other_income"
    INPATIENT = "for_inpatient"
    OUTPATIENT = "for_outpatient"
    CHRONIC = "for_chronic"
    PHARMACY = "for_pharmacy"
    MATERNITY = "for_maternity"
    ALLOWANCE = "for_allowances"
    PREMIUM_SUBSIDY = "for_premium_subsidies"
    AFTER_YEAR = "after_the_year"
    DRAWN = "drawn_by_persons"
    PREMIUMS = "premiums_from_accounts"
    CLEARED = "cut_in_clearing"
    TRANSFER_OUT = "transferred_out"
    TO_BELOW = "to_lower_level"
    TO_ABOVE = "to_higher_level"
    OTHER_SPENDING = "other_spending"
    CREDITED = "credited_to_persons"


ITEM_WORDS: Mapping[str, Text] = {
    FundItem.OPENING: message("启用前的余额"),
    FundItem.BY_EMPLOYERS: message("保险费：单位"),
    FundItem.BY_PERSONS: message("保险费：职工个人"),
    FundItem.BY_FLEXIBLE: message("保险费：灵活就业"),
    FundItem.BY_RESIDENTS: message("保险费：居民"),
    FundItem.LARGE_AMOUNT: message("大额医疗与补充缴费"),
    FundItem.SUBSIDY: message("财政补贴"),
    FundItem.INTEREST: message("利息"),
    FundItem.TRANSFER_IN: message_in("fund", "转移收入"),
    FundItem.FROM_ABOVE: message("上级补助"),
    FundItem.FROM_BELOW: message("下级上解"),
    FundItem.LATE_FEE: message_in("fund", "滞纳金"),
    FundItem.OTHER_INCOME: message("其他收入（追回等）"),
    FundItem.INPATIENT: message("住院"),
    FundItem.OUTPATIENT: message("普通门诊"),
    FundItem.CHRONIC: message("门诊慢特病"),
    FundItem.PHARMACY: message("药店"),
    FundItem.MATERNITY: message("生育医疗"),
    FundItem.ALLOWANCE: message("生育津贴"),
    FundItem.PREMIUM_SUBSIDY: message("灵活就业缴费补贴"),
    FundItem.AFTER_YEAR: message("年后一次付的大病"),
    FundItem.DRAWN: message("个人账户付的医药费"),
    FundItem.PREMIUMS: message("个人账户缴的保费"),
    FundItem.CLEARED: message("清算扣减与返还"),
    FundItem.TRANSFER_OUT: message_in("fund", "转移支出"),
    FundItem.TO_BELOW: message("补助下级"),
    FundItem.TO_ABOVE: message("上解上级"),
    FundItem.OTHER_SPENDING: message("其他支出"),
    FundItem.CREDITED: message("划入个人账户"),
}
PART_WORDS: Mapping[str, Text] = {
    FundPart.POOLED: message_in("fund", "统筹"),
    FundPart.UPPER: message_in("fund", "大额与大病"),
    FundPart.ASSISTANCE: message_in("fund", "医疗救助"),
    FundPart.ACCOUNT: message_in("fund", "个人账户"),
}
SIDE_WORDS: Mapping[str, Text] = {
    FundSide.INCOME: message_in("fund", "收入"),
    FundSide.SPENDING: message_in("fund", "支出"),
    FundSide.BETWEEN: message("统筹与个人账户之间"),
}
SCHEME_WORDS: Mapping[str, Text] = {
    Scheme.EMPLOYEE: message("职工基本医疗保险"),
    Scheme.RESIDENT: message("城乡居民基本医疗保险"),
}

_INCOME = (
    FundItem.OPENING,
    FundItem.BY_EMPLOYERS,
    FundItem.BY_PERSONS,
    FundItem.BY_FLEXIBLE,
    FundItem.BY_RESIDENTS,
    FundItem.LARGE_AMOUNT,
    FundItem.SUBSIDY,
    FundItem.INTEREST,
    FundItem.TRANSFER_IN,
    FundItem.FROM_ABOVE,
    FundItem.FROM_BELOW,
    FundItem.LATE_FEE,
    FundItem.OTHER_INCOME,
)

OF_VISITS: Mapping[str, FundItem] = {
    VisitKind.INPATIENT: FundItem.INPATIENT,
    VisitKind.OUTPATIENT: FundItem.OUTPATIENT,
    VisitKind.CHRONIC: FundItem.CHRONIC,
    VisitKind.PHARMACY: FundItem.PHARMACY,
    VisitKind.MATERNITY: FundItem.MATERNITY,
}

_OF_EMPLOYEES: Mapping[str, FundItem] = {
    EMPLOYER_PART: FundItem.BY_EMPLOYERS,
    ASSESSED_PART: FundItem.BY_EMPLOYERS,
    "individual": FundItem.BY_PERSONS,
    "basic": FundItem.BY_FLEXIBLE,
    "large_amount": FundItem.LARGE_AMOUNT,
    "extra": FundItem.LARGE_AMOUNT,
    PREMIUM_SUBSIDY: FundItem.PREMIUM_SUBSIDY,
}
"""By the name of a bill's line."""
LATE = "late"
"""How the account of late fees ends, which has no scheme: employers alone owe them."""


def side_of(item: FundItem) -> FundSide:
    """Where an item stands."""
    if item == FundItem.CREDITED:
        return FundSide.BETWEEN
    return FundSide.INCOME if item in _INCOME else FundSide.SPENDING


def contribution_of(account: str) -> tuple[str, str, FundItem]:
    """Scheme, layer of the fund and item of what stands on a ``contribution:`` account."""
    _, _, scheme, *names = account.split(":")
    if scheme == LATE:
        return Scheme.EMPLOYEE, "pooled", FundItem.LATE_FEE
    if scheme == Scheme.RESIDENT:
        return scheme, "pooled", FundItem.BY_RESIDENTS
    item = _OF_EMPLOYEES.get(names[0] if names else "", FundItem.BY_EMPLOYERS)
    return scheme, "upper" if item == FundItem.LARGE_AMOUNT else "pooled", item
