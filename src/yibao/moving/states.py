"""Where somebody's move to another area, or leaving, stands."""

from __future__ import annotations

from yibao.policy.kinds import TextEnum


class TransferState(TextEnum):
    """The states of both areas' cases."""

    APPLIED = "applied"
    ACCEPTED = "accepted"
    FORM_SENT = "form_sent"
    MONEY_SENT = "money_sent"
    FORM_IN = "form_in"
    MONEY_IN = "money_in"
    DONE = "done"
    RETURNED = "returned"
    NOT_ACCEPTED = "not_accepted"
    WITHDRAWN = "withdrawn"


class LeavingState(TextEnum):
    """The states of those who leave, are given back, or give back, beyond the shared ones."""

    PAYING = "paying"
    PAID = "paid"
    BANK_RETURNED = "bank_returned"
    IN_SUSPENSE = "in_suspense"
    APPLIED = "applied"
    APPROVED = "approved"
    SENT_TO_TAX = "sent_to_tax"
    REFUNDED = "refunded"
    FOUND = "found"
    HEARD = "heard"
    DECIDED = "decided"
    RECOVERED = "recovered"
    DROPPED = "dropped"
