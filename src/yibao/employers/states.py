"""How far an employer, an employment, a month and the money for it have come."""

from __future__ import annotations

from yibao.policy.kinds import TextEnum


class EmployerState(TextEnum):
    """What an employer is to the insurance."""

    REGISTERED = "registered"
    ACTIVE = "active"
    IN_ARREARS = "in_arrears"
    ENDED = "ended"


class EmployerKind(TextEnum):
    """What kind an employer is, for the tables."""

    ENTERPRISE = "enterprise"
    GOVERNMENT = "government"
    INSTITUTION = "public_institution"
    ASSOCIATION = "association"
    PRIVATE_NON_ENTERPRISE = "private_non_enterprise"
    PERSON = "self_employed"
    OTHER = "other"


class MonthState(TextEnum):
    """How far the declaration of a month is."""

    DECLARED = "declared"
    ASSESSED = "assessed"
    BILLED = "billed"
    OVERDUE = "overdue"
    PAID = "paid"


class DueKind(TextEnum):
    """What a bill is for."""

    MONTH = "for_month"
    ASSESSED = "assessment"
    DIFFERENCE = "rerating"


class DueState(TextEnum):
    """What became of a bill."""

    OPEN = "open"
    PAID = "paid"
    REPLACED = "replaced"


class ChangeKind(TextEnum):
    """What a line of a declaration says of somebody."""

    ADD = "joins"
    LEAVE = "leaves"
    BASE = "rebased"


class HireWay(TextEnum):
    """How somebody who is nobody's on record yet comes in with an employer's declaration."""

    BY_DECLARATION = "by_declaration"
    """Registered at once: the employer answers for number and name."""
    BY_PROOF = "by_proof"
    """Asked for as a case: the office sees the documents first."""


class MoneyState(TextEnum):
    """What became of money that came for an employer."""

    POSTED = "posted"
    LEFT_OVER = "left_over"
    RETURNED = "returned"


def one_of(states: type[TextEnum]) -> str:
    """The members as the condition of a column writes them."""
    return ", ".join(repr(state) for state in states)
