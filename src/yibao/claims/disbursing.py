"""What becomes of a claim when its payment goes out, arrives or comes back."""

from __future__ import annotations

from collections.abc import Mapping

from yibao.claims.allowances import MATERNITY_ALLOWANCE
from yibao.claims.forms import MANUAL_CLAIM
from yibao.claims.subsidies import PREMIUM_SUBSIDY
from yibao.database.unit import Unit
from yibao.disbursement.purposes import Follow, PaymentMoved, PaymentPurpose, register_purpose
from yibao.disbursement.states import OrderState
from yibao.messages import message
from yibao.office.operations import follow_within

BY_BANK = {OrderState.PAID: "pay", OrderState.RETURNED: "return"}
"""The moves of ``office.flows.by_bank``."""


def case_follows(moves: Mapping[OrderState, str] = BY_BANK) -> Follow:
    """The case that a payment is of takes these steps; on another answer it stays."""

    def follow(unit: Unit, moved: PaymentMoved) -> None:
        move = moves.get(moved.state)
        if move is not None:
            follow_within(
                unit, moved.reference, move, actor=moved.actor, at=moved.at, reason=moved.reason
            )

    return follow


# Nothing is kept from an allowance: it may be the employer's, who paid the wage meanwhile.
register_purpose(PaymentPurpose(MATERNITY_ALLOWANCE, message("生育津贴"), case_follows()))
register_purpose(
    PaymentPurpose(PREMIUM_SUBSIDY, message("灵活就业缴费补贴"), case_follows(), takes_set_off=True)
)
register_purpose(
    PaymentPurpose(
        MANUAL_CLAIM,
        message("手工报销"),
        case_follows({OrderState.SENT: "send", **BY_BANK}),
        takes_set_off=True,
    )
)
