"""How a channel's file differs from the books, what a voucher is and how far it is, and how far
a month is."""

from __future__ import annotations

from yibao.policy.kinds import TextEnum


class DifferenceKind(TextEnum):
    """``MISSING_HERE``: the channel has it, the books do not; ``LATE``: they have it on another
    day."""

    MISSING_HERE = "missing_here"
    MISSING_THERE = "missing_there"
    AMOUNT = "other_amount"
    DUPLICATE = "twice"
    LATE = "other_day"


class VoucherKind(TextEnum):
    """Money of the fund that no other room books."""

    SUBSIDY = "subsidy"
    INTEREST = "interest"
    TRANSFER_IN = "transfer_in"
    FROM_ABOVE = "from_above"
    FROM_BELOW = "from_below"
    OTHER_INCOME = "other_income"
    OPENING = "opening_balance"
    TRANSFER_OUT = "transfer_out"
    TO_BELOW = "to_below"
    TO_ABOVE = "to_above"
    OTHER_SPENDING = "other_spending"
    COLLECTED = "collected"
    """What a channel hands over, to the account that takes in."""
    PAID_IN = "paid_in"
    """From the account that takes in to the treasury's."""
    ALLOTTED = "allotted"
    """From the treasury's account to the one that pays."""


class VoucherState(TextEnum):
    """``ENTERED``: waits for somebody else to sign."""

    ENTERED = "entered"
    SIGNED = "signed_off"
    DROPPED = "voided"


class Level(TextEnum):
    """Of government."""

    CENTRAL = "central"
    PROVINCE = "province"
    CITY = "city"
    COUNTY = "county"


class BankAccount(TextEnum):
    """The three bank accounts of a fund."""

    INCOME = "income_bank"
    TREASURY = "treasury_bank"
    SPENDING = "spending_bank"


class ClosingState(TextEnum):
    """``PREPARED``: waits for a head."""

    PREPARED = "prepared"
    CLOSED = "closed_month"


def one_of(kinds: type[TextEnum]) -> str:
    """The members as the condition of a column writes them."""
    return ", ".join(repr(kind) for kind in kinds)
