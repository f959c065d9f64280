"""What becomes of a claim when its payment goes out, arrives or comes back."""

from __future__ import annotations

from yibao.claims.allowances import MATERNITY_ALLOWANCE
from yibao.claims.forms import MANUAL_CLAIM
from yibao.claims.subsidies import PREMIUM_SUBSIDY
from yibao.database.unit import Unit
from yibao.disbursement.purposes import PaymentMoved, PaymentPurpose, register_purpose
from yibao.disbursement.states import OrderState
from yibao.messages import message
from yibao.office.operations import follow_within

_MOVES = {OrderState.SENT: "send", OrderState.PAID: "pay", OrderState.RETURNED: "return"}


def _follow(unit: Unit, moved: PaymentMoved) -> None:
    follow_within(
        unit,
        moved.reference,
        _MOVES[moved.state],
        actor=moved.actor,
        at=moved.at,
        reason=moved.reason,
    )


def _follow_bank(unit: Unit, moved: PaymentMoved) -> None:
    if moved.state != OrderState.SENT:
        _follow(unit, moved)


register_purpose(PaymentPurpose(MATERNITY_ALLOWANCE, message("生育津贴"), _follow_bank))
register_purpose(PaymentPurpose(PREMIUM_SUBSIDY, message("灵活就业缴费补贴"), _follow_bank))
register_purpose(PaymentPurpose(MANUAL_CLAIM, message("手工报销"), _follow))
